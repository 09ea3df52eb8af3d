//! Employees and the accounts that the receiver has: the link that an employee has, or gets at the first sync.

use super::job::{FileContext, JobSpec};
use super::judged::JudgedChunk;
use super::kind::RecordKind;
use super::record::Record;
use crate::changeset::change::{Change, ChangeWriter};
use crate::domain::{Action, Bucket, Code, DemographicColumn};
use crate::matching::accounts::{Accounts, Ambiguity, FirstSync, LinkClaim, email_hash};
use crate::matching::identity_moves::Identity;
use crate::matching::roster::Employee;
use crate::validate::Findings;
use std::io::{self, Write};

/// See [`super::kind::RecordKind::find_account`].
pub(super) fn find_account<K: RecordKind<Column = DemographicColumn>>(
    record: &mut Record<'_, K>,
    context: FileContext<'_>,
    (content, owners, findings): (u64, &[(Identity, u32)], &mut Findings),
    claims: &mut Vec<LinkClaim>,
) -> bool {
    let job = context.job;
    let (Some(accounts), Some(column)) = (job.known.accounts, job.link_by) else {
        return false;
    };
    let own = record.identity.subscriber_hash;
    let Some(subscriber) = own.filter(|_| !record.identity.foreign) else {
        return false;
    };
    let known = record.stored.employee();
    let email = record.values[column].text();
    let email = email.map(|email| email_hash(&job.key, email));
    let passed_on = passes_on(context, accounts, subscriber);
    if let Some(position) = accounts.of(subscriber).filter(|_| !passed_on) {
        record.account.position = Some(position);
        let changed = known.is_some_and(|e| e.content != content);
        if changed && email.is_some_and(|email| email != accounts.state(position).email) {
            findings.column(column, Code::EmailChangedElsewhere);
        }
        return false;
    }
    if known.is_some_and(|e| !e.is(Employee::NOT_SYNCING)) || K::waits_for_sync(record, job) {
        return false;
    }
    let former = former_entries(context, owners);
    match first_sync(accounts, context, (subscriber, email), &former, claims) {
        Ok(position) => {
            record.account.position = position;
            false
        }
        Err((ambiguity, owner)) => {
            record.account.ambiguity = Some(ambiguity);
            findings.column(column, Code::EmailAmbiguous);
            // Whether the employee is the account's owner under another ID depends on other records of the file.
            !owner.is_some_and(|owner| former.contains(&owner))
        }
    }
}

/// Notes the link of an employee who is linked by an accepted record, and that a chosen benefits level is over.
pub(super) fn take<K: RecordKind>(record: &Record<'_, K>, bucket: Bucket, out: &mut JudgedChunk) {
    let subscriber = record.identity.subscriber_hash;
    let of = record.account.position.zip(subscriber);
    let link = of.filter(|_| bucket == Bucket::Accepted(Action::Link));
    out.links
        .extend(link.map(|(account, subscriber)| LinkClaim {
            account,
            subscriber,
        }));
    out.levels_over
        .extend(subscriber.filter(|_| record.level_over));
}

/// Writes the links of a chunk, and the levels that are over, as changes for the ledger.
pub(super) fn write<W: Write>(
    job: &JobSpec<'_>,
    judged: &JudgedChunk,
    changes: &mut ChangeWriter<W>,
) -> io::Result<()> {
    for link in &judged.links {
        if let Some(accounts) = job.known.accounts {
            changes.write(&Change::Link {
                subscriber: link.subscriber,
                account: accounts.state(link.account).key,
            })?;
        }
    }
    for subscriber in &judged.levels_over {
        changes.write(&Change::LevelOver(*subscriber))?;
    }
    Ok(())
}

/// The ID of the account of a record's employee; empty where there is none.
pub(super) fn account_id<'j, K: RecordKind>(record: &Record<'_, K>, job: &JobSpec<'j>) -> &'j [u8] {
    let account = record.account.position.zip(job.known.accounts);
    account.map_or(b"", |(position, accounts)| accounts.id(position))
}

/// Whether the account of a subscriber passes on in this run, to an entry of the same person that is new: only the new one
/// is told of it.
fn passes_on(context: FileContext<'_>, accounts: &Accounts, subscriber: u64) -> bool {
    let is_new = |later: u64| {
        let known = context
            .job
            .known
            .roster
            .and_then(|roster| roster.find(later));
        known.is_none_or(|(_, e)| e.content == 0) && accounts.of(later).is_none()
    };
    let links = &context.conflicts.moves.links;
    let mut later = links.range((subscriber, 0)..=(subscriber, u64::MAX));
    later.any(|(_, later)| is_new(*later))
}

/// The account that an employee gets who is sent for the first time: that of a `former` entry of the same person, else the
/// one with the address. An error tells why it is in doubt, and who has the account.
fn first_sync(
    accounts: &Accounts,
    context: FileContext<'_>,
    (subscriber, email): (u64, Option<u64>),
    former: &[u64],
    claims: &mut Vec<LinkClaim>,
) -> Result<Option<u32>, (Ambiguity, Option<u64>)> {
    let conflicts = context.conflicts;
    let by_email = accounts.first_sync(subscriber, email);
    let claim = match by_email {
        FirstSync::Link(account) => Some(LinkClaim {
            account,
            subscriber,
        }),
        _ => None,
    };
    claims.extend(claim);
    let again = |former: &&u64| conflicts.moves.links.contains(&(**former, subscriber));
    let passed_on = former.iter().filter(again);
    if let Some(position) = passed_on.filter_map(|former| accounts.of(*former)).max() {
        return Ok(Some(position));
    }
    match (by_email, claim) {
        (_, Some(claim)) if conflicts.links.has(claim) => Err((Ambiguity::Shared, None)),
        (FirstSync::Link(position), _) => Ok(Some(position)),
        (FirstSync::Create, _) => Ok(None),
        (FirstSync::Several, _) => Err((Ambiguity::Several, None)),
        (FirstSync::Taken(owner), _) => Err((Ambiguity::Taken, Some(owner))),
    }
}

/// The subscribers who have an identity of a record.
fn former_entries(context: FileContext<'_>, owners: &[(Identity, u32)]) -> Vec<u64> {
    let Some(roster) = context.job.known.roster else {
        return Vec::new();
    };
    let employees = roster.employees();
    let entries = owners
        .iter()
        .filter_map(|(_, owner)| employees.get(*owner as usize));
    entries.map(|e| e.subscriber_hash).collect()
}
