//! Runs asked for at a later time.

use super::integration::runs_now;
use super::{Viewpoint, to_the_second};
use crate::config::Integration;
use crate::domain::RunStatus;
use crate::ledger::{Ledger, OneOff};
use crate::run::Errand;
use crate::run::error::Result;
use crate::run::inbound::{Inbound, Now};
use crate::run::order::{self, minute};
use crate::run::site::Site;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;

/// A run that waits for its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OneOffNow {
    /// Its number.
    pub one_off: i64,
    /// The integration or set.
    pub name: String,
    /// Its time.
    #[serde(serialize_with = "to_the_second")]
    pub at: DateTime<FixedOffset>,
    /// Who asked for it.
    pub user: String,
    /// Scheduled, or Scheduled but Deleted.
    pub status: RunStatus,
    /// The reason in a sentence.
    pub why: String,
}

/// A stored run with the integrations it runs; `None`: its integration or set is gone.
pub(super) struct Stored {
    one: OneOff,
    members: Option<Vec<String>>,
}

/// All stored runs, by their time.
pub(super) fn stored(site: &Site, ledger: &Ledger) -> Result<Vec<Stored>> {
    let all = ledger.one_offs()?.into_iter();
    let with_members = all.map(|one| Stored {
        members: match Errand::read(&one.body) {
            Some(errand @ Errand::Run(_)) => errand.integrations(site).ok(),
            _ => None,
        },
        one,
    });
    Ok(with_members.collect())
}

impl Viewpoint<'_> {
    /// The one-off runs, or those of some integrations.
    pub(super) fn one_offs(&self, of: Option<&[&Integration]>) -> Result<Vec<OneOffNow>> {
        let wanted = |stored: &&Stored| {
            of.is_none_or(|of| {
                let mut members = stored.members.iter().flatten();
                members.any(|name| of.iter().any(|i| i.name == *name))
            })
        };
        let all = self.one_offs.iter().filter(wanted);
        all.map(|stored| self.one_off(stored)).collect()
    }

    /// The next one-off run of an integration.
    pub(super) fn first_one_off(&self, name: &str) -> Option<&OneOff> {
        let mut all = self.one_offs.iter();
        let mine = all.find(|stored| stored.members.iter().flatten().any(|m| m == name));
        mine.map(|stored| &stored.one)
    }

    fn one_off(&self, stored: &Stored) -> Result<OneOffNow> {
        let one = &stored.one;
        let time = minute(&one.at);
        let why = match &stored.members {
            None => format!(
                "fails at {time}: `{}` is no longer in the configuration",
                one.name
            ),
            Some(members) if one.at <= self.site.now() => {
                format!("due since {time}; {}", self.keeps_due(members)?)
            }
            Some(_) if self.daemon => format!("until {time}"),
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
                Some(_) => RunStatus::Scheduled,
                None => RunStatus::ScheduledButDeleted,
            },
            why,
        })
    }

    /// What keeps a run of these integrations that is due, as far as it can be seen from here.
    fn keeps_due(&self, members: &[String]) -> Result<String> {
        if !self.daemon {
            return Ok("it runs when a daemon does".to_owned());
        }
        if let Some(wait) = &self.full {
            return Ok(wait.to_string());
        }
        let mut integrations = Vec::new();
        for name in members {
            integrations.push(self.site.integration(name)?);
        }
        for integration in &integrations {
            let runs = runs_now(self.site, self.ledger, integration)?;
            if let Some(run) = runs.iter().find(|run| run.at_work) {
                let (run, name) = (&run.reference_id, &integration.name);
                return Ok(format!("until run {run} of {name} ends"));
            }
        }
        if self.busy {
            return Ok("until a worker of the daemon is free".to_owned());
        }
        // A set passes over those of its members that wait.
        if let [only] = integrations[..]
            && let Some(wait) = order::after(self.site, only, self.ledger, &Now, true)?
        {
            return Ok(wait.to_string());
        }
        for integration in integrations {
            let look = Now.glance(self.site, integration);
            if look.is_ok_and(|look| !look.arriving.is_empty()) {
                let name = &integration.name;
                return Ok(format!("until the files on their way to {name} are whole"));
            }
        }
        Ok("the daemon begins with it at once".to_owned())
    }
}
