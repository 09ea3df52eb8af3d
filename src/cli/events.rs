//! `feedgate events`: who did what, when and why, newest first.

use super::table::{break_only_the_last, keep_words, printed, table};
use super::value_parsers::day;
use super::{CliError, Context, Out};
use crate::domain::masking::escape_control;
use crate::operations::{self, EventEntry};
use chrono::NaiveDate;
use clap::Args;
use std::io::Write;

/// How the fingerprint of a host key begins.
const FINGERPRINT: &str = "SHA256:";
/// Width of a fingerprint and the character after it: it has to stay in one piece, to be compared.
const FINGERPRINT_WIDTH: u16 = 52;

/// Arguments of `events`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Only about this: a reference ID, an integration, a set, `all`.
    #[arg(long, value_name = "SUBJECT")]
    subject: Option<String>,
    /// Only on or after this day.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    since: Option<NaiveDate>,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

pub(super) fn perform(arguments: Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let Arguments {
        subject,
        since,
        limit,
    } = arguments;
    let events = operations::events(&context.site_to_look()?, subject, since, limit)?;
    context.show(&events[..], print)
}

fn print(events: &[EventEntry], out: &mut Out) -> Result<(), CliError> {
    if events.is_empty() {
        return Ok(writeln!(out, "No events.")?);
    }
    let mut rows = table(&["time", "user", "did", "to", "why"], &[]);
    for event in events {
        rows.add_row([
            event.at.format("%Y-%m-%d %H:%M").to_string(),
            escape_control(&event.user),
            escape_control(&event.action),
            escape_control(&event.subject),
            escape_control(event.why.as_deref().unwrap_or_default()),
        ]);
    }
    break_only_the_last(&mut rows);
    if events
        .iter()
        .any(|e| e.why.as_deref().is_some_and(|w| w.contains(FINGERPRINT)))
    {
        keep_words(&mut rows, FINGERPRINT_WIDTH);
    }
    Ok(write!(out, "{}", printed(&mut rows))?)
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::cli::Context;
    use crate::cli::out::tests::Printed;
    use crate::ledger::{Event, EventAction};
    use crate::operations::EventEntry;
    use chrono::DateTime;

    #[test]
    fn a_fingerprint_stays_in_one_piece() {
        let fingerprint = "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk";
        let event = Event {
            at: DateTime::parse_from_rfc3339("2026-11-20T05:30:12-05:00").expect("moment"),
            user: "somebody".into(),
            action: EventAction::EndpointWorksAgain,
            subject: "plansource-production".into(),
            why: Some(format!("it offers ssh-ed25519 {fingerprint}; somebody")),
        };
        let printed = Printed::default();
        print(&[EventEntry::from(event)], &mut printed.out()).expect("printed");
        assert!(printed.text().contains(fingerprint), "{}", printed.text());
    }

    #[test]
    fn a_line_or_an_object_per_event() {
        let event = Event {
            at: DateTime::parse_from_rfc3339("2026-11-20T05:30:12-05:00").expect("moment"),
            user: "ada".into(),
            action: EventAction::Pause,
            subject: "hr".into(),
            why: Some("until the carrier \u{1b}[2J has looked at 123-45-6789.csv".into()),
        };
        let event = EventEntry::from(event);
        for (json, told) in [
            (false, "2026-11-20 05:30  ada"),
            (true, "\"at\": \"2026-11-20T05:30:12-05:00\""),
        ] {
            let printed = Printed::default();
            let mut out = printed.out();
            let mut context = Context::new("x".into(), json, &mut out);
            context
                .show(std::slice::from_ref(&event), print)
                .expect("printed");
            let text = printed.text();
            assert!(text.contains(told), "{text}");
            assert!(
                !text.contains("123-45") && !text.contains('\u{1b}'),
                "{text}"
            );
        }
    }
}
