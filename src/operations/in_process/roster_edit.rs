//! Changing entries of a roster that were made by mistake, and ending links with accounts.

use super::past_run::reason;
use crate::domain::handle::Handle;
use crate::ledger::{Event, EventAction, Restoration, RosterEdit};
use crate::run::{RosterAct, step};
use crate::site::{Result, RunError, Site, roster_lock};

/// Removes an entry of a roster, merges it into another, takes that back, or ends its link with an account. No run of the roster's integrations is under
/// way meanwhile.
///
/// # Errors
/// The roster is busy, an entry is not there, there is nothing to take back, or no reason is given.
pub(super) fn edit_roster(
    site: &Site,
    roster: &str,
    subject: u64,
    act: RosterAct,
    why: &str,
) -> Result<()> {
    let reason = reason(why)?;
    let what = format!("the roster {roster}");
    let _lock = site.lock(&roster_lock(roster), &what, false)?;
    let mut ledger = site.ledger()?;
    let into = match act {
        RosterAct::MergeInto(other) => Some(other),
        RosterAct::Remove | RosterAct::Undo | RosterAct::Unlink => None,
    };
    let merged = into.map(|other| format!("into {}: ", Handle::of(other)));
    let event = Event {
        at: site.now(),
        user: site.user().to_owned(),
        action: match act {
            RosterAct::Remove => EventAction::EmployeeRemoved,
            RosterAct::MergeInto(_) => EventAction::EmployeeMerged,
            RosterAct::Undo => EventAction::EmployeeRestored,
            RosterAct::Unlink => EventAction::EmployeeUnlinked,
        },
        subject: Handle::of(subject).to_string(),
        why: Some(format!(
            "roster {roster}: {}{reason}",
            merged.unwrap_or_default()
        )),
    };
    step(site, "ledger: edit roster")?;
    if act == RosterAct::Unlink {
        return match ledger.end_link(roster, subject, &event)? {
            true => Ok(()),
            false => Err(RunError::usage(format!(
                "the employee is linked with no account of the roster {roster}; nothing was changed"
            ))),
        };
    }
    if act == RosterAct::Undo {
        return match ledger.restore_employee(roster, subject, &event)? {
            Restoration::Done => Ok(()),
            Restoration::Unknown => Err(RunError::usage(format!(
                "nothing can be taken back: no entry of this ID was removed from the roster {roster} since a run last changed it"
            ))),
            Restoration::After(later) => Err(RunError::usage(format!(
                "{0} was changed later and has to be taken back first: feedgate employee {0} --undo --why …",
                Handle::of(later)
            ))),
        };
    }
    if ledger.account_of(roster, subject)?.is_some() {
        return Err(RunError::usage(format!(
            "the employee is linked with an account; end the link first: feedgate employee {} --unlink --why …",
            Handle::of(subject)
        )));
    }
    let edit = RosterEdit {
        roster,
        subject,
        into,
    };
    match ledger.remove_employee(&edit, &event)? {
        true => Ok(()),
        false => Err(RunError::usage(format!(
            "the roster {roster} no longer has this entry; nothing was changed"
        ))),
    }
}
