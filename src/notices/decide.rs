//! Who is told of what happened.

use super::line;
use super::step;
use crate::config::{Config, NoticeOn};
use crate::domain::masking::masked;
use crate::ledger::{EventAction, Happened, Ledger, NewNotice, NoticeKind, Occurrence};
use crate::site::{Result, Site};
use chrono::{TimeDelta, Utc};
use std::collections::BTreeSet;

/// The name of mail among recipients.
pub(super) const MAIL: &str = "mail";
/// What happened longer ago than this is not told any more; what of it is still open, the reminder says.
const STALE: TimeDelta = TimeDelta::days(3);
/// Occurrences that are read at once.
const BATCH: usize = 1_000;

/// Decides who is told of everything that happened.
pub(super) fn decide(site: &Site, ledger: &mut dyn Ledger) -> Result<()> {
    let now = site.now().with_timezone(&Utc);
    loop {
        let occurrences = ledger.occurrences(BATCH)?;
        let decided = occurrences.iter().map(|occurrence| {
            let notices = match now - occurrence.at < STALE {
                true => notices(&site.config, occurrence),
                false => Vec::new(),
            };
            (occurrence.number, notices)
        });
        let decided: Vec<(i64, Vec<NewNotice>)> = decided.collect();
        if !decided.is_empty() {
            step(site, "ledger: decide who is told")?;
            ledger.decide(&decided)?;
        }
        if occurrences.len() < BATCH {
            return Ok(());
        }
    }
}

/// The notices of an occurrence, one for each recipient.
fn notices(config: &Config, occurrence: &Occurrence) -> Vec<NewNotice> {
    let (on, notice) = match &occurrence.what {
        Happened::Run {
            reference,
            integration,
            status,
            reason,
        } => {
            let reason = reason.as_deref().map(masked);
            let notice = NewNotice {
                kind: NoticeKind::Run,
                integration: integration.clone(),
                recipient: String::new(),
                address: String::new(),
                about: reference.to_string(),
                line: line::of_run(config.integration(integration), *status, reason.as_deref()),
                status: Some(*status),
                why: reason,
                at: occurrence.at,
            };
            (NoticeOn::Run(*status), notice)
        }
        Happened::Event {
            number,
            action,
            subject,
            why,
        } => {
            let late = *action == EventAction::FileExpected;
            let (kind, on) = match late {
                true => (NoticeKind::Late, NoticeOn::Late),
                false => (NoticeKind::Trouble, NoticeOn::Trouble),
            };
            let why = why.as_deref().map(masked);
            let notice = NewNotice {
                kind,
                integration: line::prefix(config, action, subject),
                recipient: String::new(),
                address: String::new(),
                about: number.to_string(),
                line: line::of_event(action, why.as_deref(), config.site.timezone),
                status: None,
                why,
                at: occurrence.at,
            };
            (on, notice)
        }
    };
    let to = recipients(config, on, &notice.integration);
    let to = to.into_iter().map(|(recipient, address)| NewNotice {
        recipient,
        address,
        ..notice.clone()
    });
    to.collect()
}

/// Who wants to hear of something: recipients with their mail addresses.
fn recipients(config: &Config, on: NoticeOn, integration: &str) -> Vec<(String, String)> {
    let wants = |wanted: &[NoticeOn]| wanted.contains(&on);
    let mut to = Vec::new();
    if config.mail.is_some() {
        let contacts = match config.contact_of(Some(integration)) {
            Some(contact) => vec![contact],
            // What belongs to no integration, and the site has no contact: all have to hear of it.
            None if config.integration(integration).is_none() => {
                let own = config.integrations.iter();
                own.filter_map(|i| i.contact.as_ref()).collect()
            }
            None => Vec::new(),
        };
        let contacts = contacts.into_iter();
        let contacts = contacts.filter(|c| on == NoticeOn::Trouble || wants(&c.on));
        let addresses: BTreeSet<&str> = contacts.map(|c| c.email.as_str()).collect();
        to.extend(
            addresses
                .into_iter()
                .map(|a| (MAIL.to_owned(), a.to_owned())),
        );
    }
    let webhooks = config.webhooks.iter().filter(|webhook| wants(&webhook.on));
    to.extend(webhooks.map(|webhook| (webhook.name(), String::new())));
    to
}
