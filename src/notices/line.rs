//! What a notice says in one line: the status first, which mail rules go by, then the numbers. No names, no IDs.

use crate::config::{Config, Integration};
use crate::domain::explanation::explain;
use crate::domain::{Code, RunStatus, grouped};
use crate::ledger::EventAction;
use crate::rules::guards::Limit;
use crate::schedule::late::expected_in;
use chrono_tz::Tz;

/// The longest detail of a line, in characters.
const LONGEST: usize = 100;

/// What ended a run so, or holds it. `reason` is that of its summary.
pub(super) fn of_run(
    integration: Option<&Integration>,
    status: RunStatus,
    reason: Option<&str>,
) -> String {
    let first = reason.and_then(|reason| reason.split("; ").next());
    let detail = first.map(|first| match coded(first) {
        Some((code, rest)) if status == RunStatus::Held => held(integration, code, rest),
        Some((code, _)) => format!("{code}: {}", message(code)),
        None => cut(&grouped(first)),
    });
    match detail {
        Some(detail) => format!("{status}, {detail}"),
        None => status.to_string(),
    }
}

/// A code at the begin of a reason, and what follows it.
fn coded(reason: &str) -> Option<(Code, &str)> {
    let (code, rest) = reason.split_once(':')?;
    let code = code.split(' ').next()?;
    Some((Code::parse(code)?, rest.trim()))
}

/// The message of a code, for the middle of a sentence.
fn message(code: Code) -> String {
    let message = explain(code).message.trim_end_matches('.');
    let mut letters = message.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    let second = letters.clone().next();
    match second.is_some_and(char::is_lowercase) || second == Some(' ') {
        true => first.chain(letters).collect(),
        false => message.to_owned(),
    }
}

/// What holds a run: shares and limits of guards, the message of any other code.
fn held(integration: Option<&Integration>, code: Code, reason: &str) -> String {
    let Some(guards) = integration.map(|i| &i.guards) else {
        return message(code);
    };
    let (what, limit) = match code {
        Code::GuardErrors => ("rejected records", guards.errors),
        Code::GuardTerminations => ("terminations", guards.terminations),
        Code::GuardMissing => ("missing", guards.missing),
        Code::GuardRows => ("change in the number of records", guards.rows),
        Code::GuardAmount => ("change in the total amount", guards.amount),
        _ => return message(code),
    };
    let money = code == Code::GuardAmount;
    match numbers(reason)[..] {
        [now, before, ..] if matches!(code, Code::GuardRows | Code::GuardAmount) => {
            share((now - before).abs(), before, what, limit, money)
        }
        [part, whole, ..] => share(part, whole, what, limit, money),
        _ => message(code),
    }
}

/// `31 % terminations (limit 10 %)`.
fn share(part: f64, whole: f64, what: &str, limit: Limit, money: bool) -> String {
    let dollars = |count: u64| if money { count / 100 } else { count };
    match (limit.percent, limit.count) {
        (Some(most), _) if whole > 0.0 => {
            format!("{:.0} % {what} (limit {most} %)", part * 100.0 / whole)
        }
        (_, Some(most)) => {
            let most = grouped(&dollars(most).to_string());
            format!("{} {what} (limit {most})", grouped(&format!("{part:.0}")))
        }
        _ => what.to_owned(),
    }
}

/// The numbers of a sentence; amounts have cents.
fn numbers(sentence: &str) -> Vec<f64> {
    let words = sentence.split(' ').map(|word| word.replace(',', ""));
    words.filter_map(|word| word.parse().ok()).collect()
}

/// Text with its whole numbers of more than three digits in groups: `4,310`.
pub(super) fn grouped(text: &str) -> String {
    let word = |word: &str| match word.parse() {
        Ok(number) if word.len() > 3 => grouped::grouped(number),
        _ => word.to_owned(),
    };
    let words: Vec<String> = text.split(' ').map(word).collect();
    words.join(" ")
}

/// A sentence of ours, cut to what a line has room for.
fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// Whom or what an event is about, as it stands in front of a subject.
pub(super) fn prefix(config: &Config, action: &EventAction, subject: &str) -> String {
    match action {
        EventAction::EndpointFailing | EventAction::EndpointStopped => {
            format!("endpoint {subject}")
        }
        // What keeps endpoints from being asked is told of an integration or of the endpoint.
        EventAction::Trouble if config.integration(subject).is_none() => {
            format!("endpoint {subject}")
        }
        _ => subject.to_owned(),
    }
}

/// What happened. `why` is that of the event.
pub(super) fn of_event(action: &EventAction, why: Option<&str>, zone: Tz) -> String {
    let trouble = match action {
        EventAction::FileExpected => {
            return match why.and_then(expected_in) {
                Some(time) => format!("Late, expected {time} {zone}"),
                None => "Late, an expected file has not come".to_owned(),
            };
        }
        EventAction::Bug => "a bug in Feedgate stopped a run",
        EventAction::DiskFull => "the disk is too full to take files",
        EventAction::EndpointFailing => "it can't be reached, and is tried again",
        EventAction::EndpointStopped => "nothing is fetched or sent until somebody acts",
        EventAction::GivenUp => "a file could not be sent and is given up",
        EventAction::InboundUnknown => "the inbound folder can't be listed",
        EventAction::NotCleared => "a fetched file can't be cleared on the server",
        EventAction::NotFetched => "a file can't be fetched",
        EventAction::NotSent => "a file can't be sent",
        EventAction::NotTaken => "a file with a name that no pattern takes",
        EventAction::PurgeFailed => "old files can't be removed",
        EventAction::RunFailed => "waiting files can't be run",
        _ => "nothing can be fetched or sent",
    };
    format!("Trouble, {trouble}")
}

#[cfg(test)]
mod tests {
    use super::{grouped, of_event, of_run};
    use crate::config::{Integration, parse};
    use crate::domain::RunStatus;
    use crate::ledger::EventAction;
    use crate::schedule::late::sentence;
    use chrono::NaiveDate;
    use chrono_tz::America::New_York;
    use std::path::Path;

    fn integration(guards: &str) -> Integration {
        let text = format!(
            "[site]\ntimezone = \"America/New_York\"\n[integration.people]\nkind = \"demographic\"\n\
             [integration.people.guards]\n{guards}\n"
        );
        let config = parse(&text, Path::new("/site/feedgate.toml")).expect("a configuration");
        config.integrations[0].clone()
    }

    #[test]
    fn the_status_comes_first_and_the_numbers_after_it() {
        let rejected = of_run(
            None,
            RunStatus::CompletedWithErrors,
            Some("12 of 4310 records rejected; and more"),
        );
        assert_eq!(
            rejected,
            "Completed with Errors, 12 of 4,310 records rejected"
        );
        let failed = of_run(
            None,
            RunStatus::Failed,
            Some("FILE_EMPTY (line 3): nothing"),
        );
        assert!(failed.starts_with("Failed, FILE_EMPTY: "), "{failed}");
        let gone = "the source file was gone before it was claimed";
        assert_eq!(
            of_run(None, RunStatus::Failed, Some(gone)),
            format!("Failed, {gone}")
        );
        assert_eq!(of_run(None, RunStatus::Completed, None), "Completed");
    }

    #[test]
    fn a_guard_shows_its_share_and_its_limit() {
        let held = |guards: &str, reason: &str| {
            let integration = integration(guards);
            of_run(Some(&integration), RunStatus::Held, Some(reason))
        };
        let reason = "GUARD_TERMINATIONS: 31 of 100 active employees would be deactivated";
        assert_eq!(
            held("max_termination_percent = 10", reason),
            "Held, 31 % terminations (limit 10 %)"
        );
        assert_eq!(
            held("max_termination_count = 20", reason),
            "Held, 31 terminations (limit 20)"
        );
        let rows = "GUARD_ROWS: 4310 records after 2000 in the last file that was taken";
        assert_eq!(
            held("max_row_change_percent = 20", rows),
            "Held, 116 % change in the number of records (limit 20 %)"
        );
        let other = held("max_row_change_percent = 20", "SAME_AS_EARLIER: 3 people");
        assert!(other.starts_with("Held, "), "{other}");
    }

    #[test]
    fn a_late_file_has_its_hour_and_the_time_zone() {
        let at = NaiveDate::from_ymd_opt(2026, 11, 30).expect("a day");
        let why = sentence("mornings", at.and_hms_opt(6, 0, 0).expect("a time"));
        let line = of_event(&EventAction::FileExpected, Some(&why), New_York);
        assert_eq!(line, "Late, expected 06:00 America/New_York");
    }

    #[test]
    fn long_numbers_are_grouped() {
        assert_eq!(
            grouped("1 of 123 and 1234567 of 1000"),
            "1 of 123 and 1,234,567 of 1,000"
        );
    }
}
