//! Schedules in words.

use super::{Cron, Timing};
use chrono::{NaiveTime, Weekday};

const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Mon, "Monday"),
    (Weekday::Tue, "Tuesday"),
    (Weekday::Wed, "Wednesday"),
    (Weekday::Thu, "Thursday"),
    (Weekday::Fri, "Friday"),
    (Weekday::Sat, "Saturday"),
    (Weekday::Sun, "Sunday"),
];
/// The days of work stand in front of these.
const WORKING: usize = 5;
/// Fewer days than this that are left out of the week, or of its working days, are named instead of the others.
const LEFT_OUT: usize = 2;

/// When it is, in words, such as `Weekdays except Monday at 06:00`.
pub(crate) fn words(timing: &Timing) -> String {
    match timing {
        Timing::Every(every) => every_words(every.as_secs()),
        Timing::At { time, days } => at(days, *time),
        Timing::Cron(cron) => cron_words(cron),
    }
}

fn every_words(seconds: u64) -> String {
    let units = [
        (86_400, "day"),
        (3_600, "hour"),
        (60, "minute"),
        (1, "second"),
    ];
    let fits = |(unit, _): &&(u64, &str)| seconds.is_multiple_of(*unit);
    let (unit, name) = units.iter().find(fits).unwrap_or(&(1, "second"));
    match seconds / unit {
        1 => format!("Every {name}"),
        count => format!("Every {count} {name}s"),
    }
}

fn at(days: &[Weekday], time: NaiveTime) -> String {
    let form = if time.format("%S").to_string() == "00" {
        "%H:%M"
    } else {
        "%H:%M:%S"
    };
    format!("{} at {}", day_words(days), time.format(form))
}

/// Days of the week, the first word in upper case.
fn day_words(days: &[Weekday]) -> String {
    let has = |day: &(Weekday, &str)| days.contains(&day.0);
    let (work, weekend) = WEEK.split_at(WORKING);
    let names = |of: &[(Weekday, &'static str)], wanted: bool| -> Vec<&'static str> {
        let some = of.iter().filter(|day| has(day) == wanted);
        some.map(|(_, name)| *name).collect()
    };
    let (off_work, off_weekend) = (names(work, false), names(weekend, false));
    let without = |of: &str, off: Vec<&str>| match off.is_empty() {
        true => of.to_owned(),
        false => format!("{of} except {}", listed(&off)),
    };
    if off_work.len() == WORKING && off_weekend.is_empty() {
        "Weekends".to_owned()
    } else if off_weekend.len() == weekend.len() && off_work.len() < LEFT_OUT {
        without("Weekdays", off_work)
    } else if off_work.len() + off_weekend.len() < LEFT_OUT {
        without("Every day", [off_work, off_weekend].concat())
    } else {
        listed(&names(&WEEK, true))
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// A cron expression in words: one time on days of the week as schedules of the other form say it, anything else as its
/// reader describes it.
fn cron_words(cron: &Cron) -> String {
    let text = cron.text();
    let fields: Vec<&str> = text.split_ascii_whitespace().collect();
    let simple = match fields[..] {
        [minute, hour, "*" | "?", "*", days] => minute
            .parse()
            .ok()
            .zip(hour.parse().ok())
            .and_then(|(minute, hour)| NaiveTime::from_hms_opt(hour, minute, 0))
            .zip(cron_days(days)),
        _ => None,
    };
    match simple {
        Some((time, days)) => at(&days, time),
        None => cron.description(),
    }
}

/// The days of the week of a cron field, if it only names days and ranges of them.
fn cron_days(field: &str) -> Option<Vec<Weekday>> {
    if matches!(field, "*" | "?") {
        return Some(WEEK.map(|(day, _)| day).to_vec());
    }
    // From Sunday to Sunday, as the field counts them.
    let counted: Vec<Weekday> = std::iter::successors(Some(Weekday::Sun), |day| Some(day.succ()))
        .take(8)
        .collect();
    let number = |text: &str| -> Option<usize> {
        text.parse::<usize>()
            .ok()
            .filter(|n| *n < counted.len())
            .or_else(|| {
                let day: Weekday = text.parse().ok()?;
                counted.iter().position(|d| *d == day)
            })
    };
    let mut days = Vec::new();
    for part in field.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (number(from)?, number(to)?);
        days.extend(counted.get(from..=to)?);
    }
    Some(days)
}

#[cfg(test)]
mod tests {
    use super::{Cron, Timing, day_words, words};
    use chrono::{NaiveTime, Weekday};
    use std::time::Duration;

    #[test]
    fn cron_expressions_are_told_in_words() {
        for (cron, told) in [
            ("0 6 * * *", "Every day at 06:00"),
            ("0 6 * * 1-5", "Weekdays at 06:00"),
            ("0 6 * * Tue-Fri", "Weekdays except Monday at 06:00"),
            ("30 18 * * 0,6", "Weekends at 18:30"),
            ("30 18 * * 6,7", "Weekends at 18:30"),
            (
                "5 0 ? * mon,wed,fri",
                "Monday, Wednesday and Friday at 00:05",
            ),
            ("0 6 * * 1-6", "Every day except Sunday at 06:00"),
        ] {
            let timing = Timing::Cron(Cron::parse(cron).expect(cron));
            assert_eq!(words(&timing), told, "{cron}");
        }
        for other in ["*/20 * * * *", "0 2 L * *", "0 2 * * mon#2", "0 2 13 * Fri"] {
            let told = words(&Timing::Cron(Cron::parse(other).expect(other)));
            assert!(told.len() > 10 && !told.contains('*'), "{other}: {told}");
        }
    }

    #[test]
    fn other_schedules_are_told_in_words() {
        for (seconds, told) in [
            (900, "Every 15 minutes"),
            (3_600, "Every hour"),
            (5_400, "Every 90 minutes"),
            (172_800, "Every 2 days"),
            (61, "Every 61 seconds"),
        ] {
            assert_eq!(words(&Timing::Every(Duration::from_secs(seconds))), told);
        }
        let time = NaiveTime::from_hms_opt(2, 0, 30).expect("a time");
        let days = vec![Weekday::Sat];
        assert_eq!(words(&Timing::At { time, days }), "Saturday at 02:00:30");
        assert_eq!(
            day_words(&[Weekday::Mon, Weekday::Sun]),
            "Monday and Sunday"
        );
    }
}
