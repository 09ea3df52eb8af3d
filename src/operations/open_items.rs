//! What is open, in numbers, and whether anything changed since someone looked.

use super::error::Result;
use super::visible::Visible;
use crate::config::NamedSchedule;
use crate::domain::masking::masked;
use crate::ledger::{EventAction, EventFilter, Ledger, RunFilter};
use crate::site::Site;
use crate::status::to_the_second;
use chrono::{DateTime, FixedOffset};
use serde::Serialize;
use std::collections::BTreeMap;

/// What is open, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct OpenItems {
    /// Runs that are Held.
    pub(crate) held: u64,
    /// Runs that Failed, without a later run that took a file of the same source.
    pub(crate) failed: u64,
    /// Rejected records that wait for their correction.
    pub(crate) rejected: u64,
    /// Files that were expected and have not come.
    pub(crate) late: u64,
}

/// A file that was expected and has not come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct LateFile {
    /// The integration or set whose schedule expected it.
    pub(crate) name: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) since: DateTime<FixedOffset>,
    pub(crate) why: String,
}

/// Counts what is open of the integrations that may be seen.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn open_items(site: &Site, visible: &Visible) -> Result<OpenItems> {
    let ledger = site.ledger_for_reading()?;
    let mut items = OpenItems::default();
    for name in ledger.integrations_with_runs()? {
        if visible.sees(&name) {
            items.add(&*ledger, &name)?;
        }
    }
    items.late = late_files(site, &*ledger, visible)?.len() as u64;
    Ok(items)
}

/// What is open of one integration, in numbers.
pub(super) fn open_items_of(site: &Site, ledger: &dyn Ledger, name: &str) -> Result<OpenItems> {
    let mut items = OpenItems::default();
    items.add(ledger, name)?;
    let visible = Visible::default();
    let late = late_files(site, ledger, &visible)?.into_iter();
    items.late = late.filter(|late| late.name == name).count() as u64;
    Ok(items)
}

impl OpenItems {
    fn add(&mut self, ledger: &dyn Ledger, name: &str) -> Result<()> {
        let open = ledger.open_totals(name)?;
        self.held += open.held;
        self.failed += open.failed;
        self.rejected += open.rejected;
        Ok(())
    }
}

/// A number that grows whenever the ledger changes in something that pages show, by whichever process. What lies in folders
/// is not part of it.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn changes(site: &Site) -> Result<u64> {
    Ok(site.ledger_for_reading()?.changes()?)
}

/// The files that schedules expected and that have not come since.
pub(super) fn late_files(
    site: &Site,
    ledger: &dyn Ledger,
    visible: &Visible,
) -> Result<Vec<LateFile>> {
    let expecting = site.config.schedules.iter().filter(|s| s.expect_file);
    let runs: BTreeMap<&str, &NamedSchedule> = expecting.map(|s| (s.run.as_str(), s)).collect();
    let mut late = Vec::new();
    for name in runs.into_keys() {
        let members = site.members(name)?;
        if !members.iter().any(|member| visible.sees(&member.name)) {
            continue;
        }
        let told = EventFilter {
            subject: Some(name.to_owned()),
            action: Some(EventAction::FileExpected),
            ..EventFilter::default()
        };
        let Some(event) = ledger.events(&told, 1)?.into_iter().next() else {
            continue;
        };
        let since = RunFilter {
            only: Some(members.iter().map(|member| member.name.clone()).collect()),
            since: Some(event.at.to_utc()),
            ..RunFilter::default()
        };
        if ledger.runs(&since, 1)?.is_empty() {
            late.push(LateFile {
                name: name.to_owned(),
                since: event.at,
                why: event.why.as_deref().map(masked).unwrap_or_default(),
            });
        }
    }
    Ok(late)
}
