//! Notices about one integration go into one message, so that a person gets one mail where many files fail.

use super::decide::MAIL;
use super::{Gathering, step, text, webhook_body};
use crate::ledger::{Ledger, NewMessage, Notice, NoticeKind};
use crate::site::{Result, Site};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// How long notices are gathered before the first message.
const GATHER: TimeDelta = TimeDelta::seconds(30);
/// The least time between two messages about one integration.
const BETWEEN: TimeDelta = TimeDelta::minutes(15);

/// When a message is due that has notices from `oldest` on, if the last one about the same was made at `last`.
pub(crate) fn due(
    oldest: DateTime<Utc>,
    last: Option<DateTime<Utc>>,
    gathering: Gathering,
) -> DateTime<Utc> {
    let gathered = match gathering {
        Gathering::Wait => oldest + GATHER,
        Gathering::Now => oldest,
    };
    last.map_or(gathered, |last| gathered.max(last + BETWEEN))
}

/// Makes messages of what is due. Returns when the next one is.
pub(super) fn gather(
    site: &Site,
    ledger: &mut dyn Ledger,
    gathering: Gathering,
) -> Result<Option<DateTime<Utc>>> {
    let now = site.now().with_timezone(&Utc);
    let mut groups: BTreeMap<(String, String, String), Vec<Notice>> = BTreeMap::new();
    for notice in ledger.ungathered()? {
        let of = &notice.notice;
        let group = (
            of.integration.clone(),
            of.recipient.clone(),
            of.address.clone(),
        );
        groups.entry(group).or_default().push(notice);
    }
    let mut next = None;
    for ((integration, recipient, address), notices) in groups {
        let Some(oldest) = notices.iter().map(|n| n.notice.at).min() else {
            continue;
        };
        // Moments that a wrong clock wrote delay no message.
        let last = ledger.last_gathered(&recipient, &address, &integration)?;
        let last = last.filter(|last| *last <= now);
        let due = due(oldest.min(now), last, gathering);
        if due > now {
            next = next.into_iter().chain([due]).min();
            continue;
        }
        let subject = text::subject(&notices);
        let (kind, thread) = match &notices[..] {
            [one] if one.notice.kind == NoticeKind::Run => {
                (NoticeKind::Run, one.notice.about.clone())
            }
            [one] => (one.notice.kind, String::new()),
            _ => (NoticeKind::Digest, String::new()),
        };
        let body = match recipient == MAIL {
            true => text::body(site, ledger, &notices)?,
            false => webhook_body::json(site, ledger, &subject, &notices)?,
        };
        let message = NewMessage {
            kind,
            integration,
            recipient,
            address,
            subject,
            body,
            thread,
            at: now,
        };
        let numbers: Vec<i64> = notices.iter().map(|n| n.number).collect();
        step(site, "ledger: gather notices")?;
        ledger.gather(&message, &numbers, None)?;
    }
    Ok(next)
}
