//! Runs asked for at a later time.

use super::{Viewpoint, to_the_second};
use crate::config::Integration;
use crate::domain::RunStatus;
use crate::ledger::OneOff;
use crate::run::Errand;
use crate::run::error::Result;
use crate::run::order::minute;
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

impl Viewpoint<'_> {
    /// The one-off runs, or those of some integrations.
    pub(super) fn one_offs(&self, of: Option<&[&Integration]>) -> Result<Vec<OneOffNow>> {
        let mut all = Vec::new();
        for one in self.ledger.one_offs()? {
            let members = match Errand::read(&one.body) {
                Some(errand @ Errand::Run(_)) => errand.integrations(self.site).ok(),
                _ => None,
            };
            let wanted = of.is_none_or(|of| {
                let mut members = members.iter().flatten();
                members.any(|name| of.iter().any(|i| i.name == *name))
            });
            if wanted {
                all.push(self.one_off(one, members.is_none()));
            }
        }
        Ok(all)
    }

    fn one_off(&self, one: OneOff, deleted: bool) -> OneOffNow {
        let daemon = if self.daemon {
            ""
        } else {
            "; no daemon runs, and `feedgate daemon` has to by then"
        };
        let time = minute(&one.at);
        let why = if deleted {
            format!(
                "fails at {time}: `{}` is no longer in the configuration",
                one.name
            )
        } else if one.at <= self.site.now() && self.daemon {
            format!("due since {time}; it runs when its integrations and a worker are free")
        } else if one.at <= self.site.now() {
            format!("due since {time}; it runs when a daemon does")
        } else {
            format!("until {time}{daemon}")
        };
        OneOffNow {
            one_off: one.number,
            name: one.name,
            at: one.at,
            user: one.user,
            status: if deleted {
                RunStatus::ScheduledButDeleted
            } else {
                RunStatus::Scheduled
            },
            why,
        }
    }
}
