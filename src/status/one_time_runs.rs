//! Runs asked for at a later time.

use super::viewpoint::{StoredRun, Viewpoint, runs_now, to_the_second};
use crate::config::Integration;
use crate::domain::RunStatus;
use crate::intake::{Inbound, Now, after};
use crate::site::{Result, WaitReason, to_the_minute};
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

/// A run that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OneOffNow {
    pub one_off: i64,
    /// The integration or set.
    pub name: String,
    #[serde(serialize_with = "to_the_second")]
    pub at: DateTime<FixedOffset>,
    /// Who asked for it.
    pub user: String,
    /// Scheduled, or Scheduled but Deleted.
    pub status: RunStatus,
    /// The reason in a sentence.
    pub why: String,
}

/// The one-off runs, or those of some integrations.
pub(super) fn one_offs(
    view: &Viewpoint<'_>,
    of: Option<&[&Integration]>,
) -> Result<Vec<OneOffNow>> {
    let wanted = |stored: &&StoredRun| {
        of.is_none_or(|of| {
            let mut members = stored.members.iter().flatten();
            members.any(|name| of.iter().any(|i| i.name == *name))
        })
    };
    let all = view.one_offs.iter().filter(wanted);
    all.map(|stored| one_off(view, stored)).collect()
}

fn one_off(view: &Viewpoint<'_>, stored: &StoredRun) -> Result<OneOffNow> {
    let one = &stored.one_off;
    let time = to_the_minute(&one.at);
    let certain = view.site.config.mistakes.is_empty();
    let why = match &stored.members {
        _ if !certain => format!("its time is {time}; the configuration has mistakes"),
        None => format!(
            "fails at {time}: `{}` is no longer in the configuration",
            one.name
        ),
        Some(members) if one.at <= view.site.now() => {
            format!("due since {time}; {}", keeps_due(view, members)?)
        }
        Some(_) if view.daemon => format!("until {time}"),
        Some(_) => {
            format!("until {time}; no daemon runs, and `feedgate daemon` has to by then")
        }
    };
    Ok(OneOffNow {
        one_off: one.number,
        name: one.name.clone(),
        at: one.at,
        user: one.user.clone(),
        status: match stored.members {
            None if certain => RunStatus::ScheduledButDeleted,
            _ => RunStatus::Scheduled,
        },
        why,
    })
}

/// What keeps a run of these integrations that is due, as far as it is known here.
fn keeps_due(view: &Viewpoint<'_>, members: &[String]) -> Result<String> {
    if !view.daemon {
        return Ok("it runs when a daemon does".to_owned());
    }
    if let Some(wait) = &view.disk_full {
        return Ok(wait.to_string());
    }
    let mut integrations = Vec::new();
    for name in members {
        integrations.push(view.site.integration(name)?);
    }
    for integration in &integrations {
        let runs = runs_now(view.site, &*view.ledger, integration)?;
        if let Some(run) = runs.iter().find(|run| run.at_work) {
            let (run, name) = (&run.reference_id, &integration.name);
            return Ok(format!("until run {run} of {name} ends"));
        }
    }
    if view.busy {
        return Ok(WaitReason::WorkersBusy.to_string());
    }
    // A set passes over those of its members that wait.
    if let [only] = integrations[..]
        && let Some(wait) = after(view.site, only, &*view.ledger, &Now, true)?
    {
        return Ok(wait.to_string());
    }
    for integration in integrations {
        let look = Now.glance(view.site, integration);
        if look.is_ok_and(|look| !look.arriving.is_empty()) {
            let name = &integration.name;
            return Ok(format!("until the files on their way to {name} are whole"));
        }
    }
    Ok("the daemon begins with it at once".to_owned())
}
