//! What a submission of corrections would send, leave and dismiss, for the person who confirms it.

use super::check::{DraftCheck, check_records};
use super::draft::{ChangedCells, CorrectionDraft};
use super::draft_file;
use super::edit::all_open;
use super::groups::known_by_now;
use super::rejected_numbers::{open_records, records_with};
use super::source::RejectedSource;
use crate::domain::{Cents, Code, ReferenceId};
use crate::operations::error::{OperationError, Result};
use crate::site::Site;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Which corrected records are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// All of the draft that are to be sent.
    AllCorrected,
    /// Of them those that the judge doesn't reject again.
    WouldBeAccepted,
    These(BTreeSet<u64>),
}

/// Which records are sent as they are, because their cause was elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum AsTheyAre {
    #[default]
    None,
    These(BTreeSet<u64>),
    /// Those of `SUBSCRIBER_UNKNOWN` whose subscribers are in the roster by now.
    InRoster,
    /// All open records with an error of this code.
    WithCode(Code),
}

/// What a person wants to send.
#[derive(Clone, Debug)]
pub(crate) struct SubmissionRequest {
    /// The one-time ID that the page has: the same request again finds the first one.
    pub(crate) id: String,
    /// The version of the draft that the person saw.
    pub(crate) seen: u64,
    pub(crate) chosen: Chosen,
    pub(crate) as_they_are: AsTheyAre,
    /// Whether the records that the draft says are not to be sent are dismissed.
    pub(crate) dismiss: bool,
}

/// A number of records, and the amounts in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct RecordsAndAmounts {
    pub(crate) records: u64,
    pub(crate) employee: Cents,
    pub(crate) employer: Cents,
}

impl RecordsAndAmounts {
    fn add(&mut self, [employee, employer]: [i64; 2]) {
        self.records += 1;
        self.employee += employee.into();
        self.employer += employer.into();
    }
}

/// What a submission would do. The three parts are all open records.
#[derive(Debug, Serialize)]
pub(crate) struct SubmissionPlan {
    /// The version of the draft.
    pub(crate) version: u64,
    pub(crate) going: RecordsAndAmounts,
    pub(crate) staying: RecordsAndAmounts,
    pub(crate) dismissed: RecordsAndAmounts,
    /// The reasons of what is dismissed, each with the number of its records.
    pub(crate) why: BTreeMap<String, u64>,
    /// What the judge says of those that go.
    pub(crate) check: DraftCheck,
}

/// Which open records a request is about.
pub(super) struct Parts {
    pub(super) going: BTreeSet<u64>,
    pub(super) dismissed: BTreeMap<u64, String>,
    pub(super) open: BTreeSet<u64>,
}

/// Says what a submission would do, and what the judge says of it.
///
/// # Errors
/// The records can't be corrected now, a chosen one is not open, or nothing is chosen.
pub(crate) fn plan_submission(
    site: &Site,
    reference: &ReferenceId,
    request: &SubmissionRequest,
) -> Result<SubmissionPlan> {
    let source = RejectedSource::open(site, reference)?;
    let draft = draft_file::load_open(site, &*source.context.ledger, &source.row)?;
    let parts = parts(&source, &draft, request)?;
    let cells = draft.cells();
    let mut plan = SubmissionPlan {
        version: draft.version,
        going: RecordsAndAmounts::default(),
        staying: RecordsAndAmounts::default(),
        dismissed: RecordsAndAmounts::default(),
        why: BTreeMap::new(),
        check: check_records(&source, &parts.going, &cells, draft.version)?,
    };
    for why in parts.dismissed.values() {
        *plan.why.entry(why.clone()).or_default() += 1;
    }
    each_amount(&source, &parts.open, &cells, |record, cents| {
        let part = match record {
            record if parts.going.contains(&record) => &mut plan.going,
            record if parts.dismissed.contains_key(&record) => &mut plan.dismissed,
            _ => &mut plan.staying,
        };
        part.add(cents);
    })?;
    Ok(plan)
}

/// The records that a request sends and dismisses.
///
/// # Errors
/// A chosen record is not open or not to be sent, or nothing is chosen.
pub(super) fn parts(
    source: &RejectedSource<'_>,
    draft: &CorrectionDraft,
    request: &SubmissionRequest,
) -> Result<Parts> {
    let ledger = &*source.context.ledger;
    let reference = &source.row.reference;
    let open = open_records(ledger, &source.row)?;
    let not_sent = draft.dismissed();
    let mut going: BTreeSet<u64> = match &request.chosen {
        Chosen::AllCorrected | Chosen::WouldBeAccepted => draft
            .cells()
            .into_keys()
            .filter(|r| open.contains(r))
            .collect(),
        Chosen::These(records) => {
            all_open(reference, &open, records.iter().copied())?;
            records.clone()
        }
    };
    going.extend(as_they_are(source, &open, &request.as_they_are)?);
    going.retain(|record| !not_sent.contains_key(record));
    if request.chosen == Chosen::WouldBeAccepted {
        let check = check_records(source, &going, &draft.cells(), draft.version)?;
        for rejected in check.rejected {
            going.remove(&rejected.record);
        }
    }
    let dismissed: BTreeMap<u64, String> = not_sent
        .into_iter()
        .filter(|(record, _)| request.dismiss && open.contains(record))
        .map(|(record, why)| (record, why.to_owned()))
        .collect();
    if going.is_empty() && dismissed.is_empty() {
        return Err(OperationError::usage(format!(
            "nothing to send: no open record of run {reference} is corrected, chosen to be sent as it is, or marked as not \
             to be sent"
        )));
    }
    Ok(Parts {
        going,
        dismissed,
        open,
    })
}

fn as_they_are(
    source: &RejectedSource<'_>,
    open: &BTreeSet<u64>,
    which: &AsTheyAre,
) -> Result<BTreeSet<u64>> {
    let (ledger, number) = (&*source.context.ledger, source.row.number);
    match which {
        AsTheyAre::None => Ok(BTreeSet::new()),
        AsTheyAre::These(records) => {
            all_open(&source.row.reference, open, records.iter().copied())?;
            Ok(records.clone())
        }
        AsTheyAre::WithCode(code) => {
            let with_code = records_with(ledger, number, *code, None)?;
            Ok(open
                .intersection(&with_code.into_iter().collect())
                .copied()
                .collect())
        }
        AsTheyAre::InRoster => {
            let unknown = records_with(ledger, number, Code::SubscriberUnknown, None)?;
            let places = ledger.rejected_places(number, 0, usize::MAX)?;
            let places = places
                .iter()
                .filter(|p| unknown.contains(&p.record) && open.contains(&p.record));
            let (site, integration) = (source.context.site, source.context.integration);
            let known = known_by_now(site, ledger, integration, places)?;
            Ok(known.map_or_else(BTreeSet::new, |(records, _)| records))
        }
    }
}

/// The employee's and the employer's amount of records, with the changes of the draft.
fn each_amount(
    source: &RejectedSource<'_>,
    records: &BTreeSet<u64>,
    cells: &ChangedCells<'_>,
    mut take: impl FnMut(u64, [i64; 2]),
) -> Result<()> {
    let columns = ["employee_amount", "employer_amount"].map(|name| source.kind().column(name));
    if columns.iter().all(Option::is_none) {
        for record in records {
            take(*record, [0, 0]);
        }
        return Ok(());
    }
    let mut reader = source.reader()?;
    let layout = reader.layout().clone();
    source.each(&mut reader, records, |record| {
        let number = record.position.record;
        let changed = cells.get(&number);
        let cents = columns.map(|column| {
            let Some(column) = column else {
                return 0;
            };
            let sent = layout.get(&record.fields, column.index);
            let new = changed.and_then(|cells| cells.get(column.name));
            let value = new.map_or(sent, |value| value.as_bytes());
            source.job.fields.cents(column.index, value)
        });
        take(number, cents);
        Ok(())
    })
}
