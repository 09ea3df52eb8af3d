//! Which records a run is about: from its parameters to the thresholds that selection compares with.

use super::Site;
use crate::config::Integration;
use crate::domain::Parameters;
use crate::schedule::resolve;
use crate::select::{Selection, Since};
use chrono::{DateTime, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};

/// `corrections`: the file holds corrections of rejected records. `watermark`: the start of the last run that took all of
/// its file.
pub(super) fn selection(
    site: &Site,
    integration: &Integration,
    parameters: &Parameters,
    corrections: bool,
    watermark: Option<DateTime<Utc>>,
    today: NaiveDate,
) -> Selection {
    let include = parameters.include_employees.as_ref().map(|numbers| {
        let numbered = numbers.iter().enumerate();
        numbered.map(|(i, n)| (n.clone().into_bytes(), i)).collect()
    });
    // A correction was in scope when its original was; it doesn't change with the time of its last edit.
    let changed_since = match (parameters.delta && !corrections, parameters.lookback_days) {
        (false, _) => None,
        (true, Some(days)) => {
            let day = today.checked_sub_days(Days::new(u64::from(days)));
            day.map(|d| midnight(site, d))
        }
        (true, None) => watermark.map(|w| since(site.config.site.timezone, w)),
    };
    Selection {
        include,
        statuses: integration.statuses.clone(),
        changed_since,
        deductions_since: parameters.deduction_start_date.map(|d| midnight(site, d)),
    }
}

/// 00:00 of a day in the site's time zone; where a clock change swallows it, the first moment after.
fn midnight(site: &Site, day: NaiveDate) -> Since {
    let local = day.and_time(NaiveTime::MIN);
    let utc = resolve(local, site.config.site.timezone).naive_utc();
    Since { local, utc }
}

fn since(zone: chrono_tz::Tz, moment: DateTime<Utc>) -> Since {
    let local = moment.with_timezone(&zone).naive_local();
    // In the hour that a clock change repeats, an earlier time of day may be a later moment.
    let repeated = match zone.from_local_datetime(&local) {
        LocalResult::Ambiguous(first, second) if first == moment => second - first,
        _ => TimeDelta::zero(),
    };
    Since {
        local: local - repeated,
        utc: moment.naive_utc(),
    }
}

#[cfg(test)]
mod tests {
    use super::since;
    use chrono::{DateTime, Utc};

    #[test]
    fn in_the_hour_that_comes_twice_nothing_is_left_out() {
        let local = |utc: &str| {
            let moment: DateTime<Utc> = utc.parse().expect("a moment");
            since(chrono_tz::America::New_York, moment)
                .local
                .to_string()
        };
        // 01:45 for the first time: a record changed at 01:15 may have been changed after it.
        assert_eq!(local("2026-11-01T05:45:00Z"), "2026-11-01 00:45:00");
        assert_eq!(local("2026-11-01T06:45:00Z"), "2026-11-01 01:45:00");
        assert_eq!(local("2026-11-01T07:45:00Z"), "2026-11-01 02:45:00");
    }
}
