//! Entries of rosters that were made by mistake: which one is meant, and the command that changes it.

use super::employee::{find, rosters};
use super::error::{OperationError, Result};
use crate::domain::handle::Handle;
use crate::ledger::Ledger;
use crate::run::{Command, RosterAct};
use crate::site::Site;
use serde::Serialize;

/// What a person wants to be done to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EntryAct {
    Remove,
    /// It is the same person's as the one of this ID or handle.
    MergeInto(String),
    /// Take a removal back.
    Undo,
    /// End the link with an account.
    Unlink,
}

/// An entry that is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct EditedEntry {
    /// Stands for the person whose entry it is.
    pub(crate) handle: String,
    pub(crate) roster: String,
    /// `removed`, `merged`, `restored` or `unlinked`.
    pub(crate) done: &'static str,
    /// The handle of the one that it was merged into.
    pub(crate) into: Option<String>,
}

/// The command that changes an entry, and what it will have done. `roster` says which one, where several have an entry of
/// this ID.
///
/// # Errors
/// There is no such entry, or several; the other one is not there, or is the same.
pub(crate) fn edit_command(
    site: &Site,
    wanted: &str,
    roster: Option<&str>,
    act: &EntryAct,
    why: String,
) -> Result<(Command, EditedEntry)> {
    let ledger = &*site.ledger_for_reading()?;
    let (_, subject) = find(site, wanted, ledger)?;
    let roster = roster_of(site, ledger, subject, roster, act)?;
    let (act, done) = match act {
        EntryAct::Remove => (RosterAct::Remove, "removed"),
        EntryAct::Undo => (RosterAct::Undo, "restored"),
        EntryAct::Unlink => (RosterAct::Unlink, "unlinked"),
        EntryAct::MergeInto(other) => {
            let (_, other) = find(site, other, ledger)?;
            if other == subject {
                return Err(OperationError::usage("both IDs are the same entry"));
            }
            if ledger.find_employee(&roster, other)?.is_none() {
                return Err(OperationError::usage(format!(
                    "the roster {roster} has no entry of the ID to merge into"
                )));
            }
            (RosterAct::MergeInto(other), "merged")
        }
    };
    let edited = EditedEntry {
        handle: Handle::of(subject).to_string(),
        roster: roster.clone(),
        done,
        into: match act {
            RosterAct::MergeInto(other) => Some(Handle::of(other).to_string()),
            RosterAct::Remove | RosterAct::Undo | RosterAct::Unlink => None,
        },
    };
    let command = Command::EditRoster {
        roster,
        subject,
        edit: act,
        why,
    };
    Ok((command, edited))
}

/// The roster with the entry, or with its removal.
fn roster_of(
    site: &Site,
    ledger: &dyn Ledger,
    subject: u64,
    asked: Option<&str>,
    act: &EntryAct,
) -> Result<String> {
    let mut found = Vec::new();
    for roster in rosters(site) {
        let has = match act {
            EntryAct::Undo => ledger.removed_employees(roster)?.contains(&subject),
            _ => ledger.find_employee(roster, subject)?.is_some(),
        };
        if has && asked.is_none_or(|asked| asked == roster) {
            found.push(roster.to_owned());
        }
    }
    match &found[..] {
        [only] => Ok(only.clone()),
        [] if *act == EntryAct::Undo => Err(OperationError::usage(
            "nothing can be taken back: no entry of this ID was removed since a run last changed its roster",
        )),
        [] => Err(OperationError::usage(
            "no roster has an entry of this ID; upper and lower case matter",
        )),
        several => Err(OperationError::usage(format!(
            "the rosters {} have an entry of this ID; say which is meant with --roster",
            several.join(", ")
        ))),
    }
}
