//! Once a day, each contact is told what is still open.

use super::decide::MAIL;
use super::{step, text};
use crate::config::{Config, TechnicalContact};
use crate::domain::RunStatus;
use crate::ledger::{EndpointState, Ledger, NewMessage, NoticeKind, RunFilter, RunRow};
use crate::schedule::resolve;
use crate::site::{Result, Site};
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Prefix of the mark that says when a contact was reminded last.
const REMINDED: &str = "reminder.";
/// Open runs that a reminder lists.
const MOST_LISTED: usize = 30;

/// Something that still needs a person.
struct StillOpen {
    /// The word that counts it.
    word: &'static str,
    line: String,
}

/// Makes the reminders that are due. Returns when the next one is.
pub(super) fn remind(site: &Site, ledger: &mut dyn Ledger) -> Result<Option<DateTime<Utc>>> {
    if site.config.mail.is_none() {
        return Ok(None);
    }
    let now = site.now();
    let mut next = None;
    for (address, (contact, integrations)) in contacts(&site.config) {
        let Some(at) = contact.remind_at else {
            continue;
        };
        let zone = site.config.site.timezone;
        let on = |day: NaiveDate| resolve(day.and_time(at), zone).with_timezone(&Utc);
        let today = site.today();
        let due = on(today);
        let now = now.with_timezone(&Utc);
        let mark = format!("{REMINDED}{address}");
        let reminded = ledger.mark(&mark)?;
        if reminded.is_none() {
            // A new contact hears of what is open from the next time on.
            step(site, "ledger: begin with reminders")?;
            ledger.set_mark(&mark, now)?;
        }
        let later = match now < due {
            true => due,
            false => today.checked_add_days(Days::new(1)).map_or(due, on),
        };
        next = next.into_iter().chain([later]).min();
        if now < due || reminded.is_none_or(|reminded| reminded >= due) {
            continue;
        }
        let open = still_open(site, ledger, &integrations, due)?;
        step(site, "ledger: remind")?;
        match message(site, &address, &open, now) {
            Some(message) => drop(ledger.gather(&message, &[], Some(&mark))?),
            None => ledger.set_mark(&mark, now)?,
        }
    }
    Ok(next)
}

/// Each mail address with the integrations that it is told about; the site's contact also has `site`.
fn contacts(config: &Config) -> BTreeMap<String, (&TechnicalContact, BTreeSet<&str>)> {
    let mut all: BTreeMap<String, (&TechnicalContact, BTreeSet<&str>)> = BTreeMap::new();
    let names = config.integrations.iter().map(|i| i.name.as_str());
    for name in names {
        if let Some(contact) = config.contact_of(Some(name)) {
            let entry = all
                .entry(contact.email.clone())
                .or_insert((contact, BTreeSet::new()));
            entry.1.insert(name);
        }
    }
    if let Some(contact) = &config.contact {
        let entry = all
            .entry(contact.email.clone())
            .or_insert((contact, BTreeSet::new()));
        entry.1.insert("site");
    }
    all
}

/// What is open of these integrations since before a moment: rejected records, held files, and files that Failed without a
/// later run. What came after it was just told.
fn still_open(
    site: &Site,
    ledger: &dyn Ledger,
    integrations: &BTreeSet<&str>,
    before: DateTime<Utc>,
) -> Result<Vec<StillOpen>> {
    let mut open = Vec::new();
    for name in integrations.iter().filter(|name| **name != "site") {
        let of = |status: RunStatus| RunFilter {
            integration: Some((*name).to_owned()),
            status: Some(status),
            open: true,
            ..RunFilter::default()
        };
        let mut listed = |run: &RunRow, detail: String| {
            if run.start >= before {
                return;
            }
            open.push(StillOpen {
                word: run.status.as_str(),
                line: format!("{name}  {}  {}, {detail}", run.reference, run.status),
            });
        };
        for run in ledger.runs(&of(RunStatus::Held), usize::MAX)? {
            listed(&run, "waits for a decision".to_owned());
        }
        for run in ledger.runs(&of(RunStatus::CompletedWithErrors), usize::MAX)? {
            let records = match run.open_rejections {
                1 => "1 rejected record waits".to_owned(),
                count => format!("{count} rejected records wait"),
            };
            listed(&run, format!("{records} for correction"));
        }
        for run in ledger.runs(&of(RunStatus::Failed), usize::MAX)? {
            listed(&run, "and no file of its source was taken since".to_owned());
        }
    }
    if integrations.contains("site") {
        for endpoint in &site.config.endpoints {
            let row = ledger.endpoint(&endpoint.name)?;
            if row.is_some_and(|row| row.state != EndpointState::Working) {
                let line = format!("endpoint {}  does not work", endpoint.name);
                open.push(StillOpen {
                    word: "Trouble",
                    line,
                });
            }
        }
    }
    Ok(open)
}

fn message(
    site: &Site,
    address: &str,
    open: &[StillOpen],
    at: DateTime<Utc>,
) -> Option<NewMessage> {
    if open.is_empty() {
        return None;
    }
    let mut words: BTreeMap<&str, usize> = BTreeMap::new();
    for one in open {
        *words.entry(one.word).or_default() += 1;
    }
    let words: Vec<String> = words
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let what = format!("{} still open ({})", open.len(), words.join(", "));
    let mut body = format!("{what}:\n\n");
    for one in open.iter().take(MOST_LISTED) {
        let _ = writeln!(body, "  {}", one.line);
    }
    if open.len() > MOST_LISTED {
        let _ = writeln!(body, "  and {} more", open.len() - MOST_LISTED);
    }
    body.push('\n');
    if let Some(link) = text::link(site, "/") {
        let _ = writeln!(body, "{link}");
    }
    body.push_str("feedgate status\n");
    text::sign(&mut body);
    Some(NewMessage {
        kind: NoticeKind::Reminder,
        integration: "site".to_owned(),
        recipient: MAIL.to_owned(),
        address: address.to_owned(),
        subject: format!("Feedgate: {what}"),
        body,
        thread: String::new(),
        at,
    })
}
