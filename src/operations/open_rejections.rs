//! The rejected records that wait for their correction, of all runs: who is still failing.

use super::error::Result;
use crate::changeset::shown::KeptField;
use crate::domain::masking::shown;
use crate::domain::masking::value::guarded;
use crate::domain::{Code, ReferenceId, Severity, SiteKey, ValueCipher};
use crate::format::csv_rows::CsvRows;
use crate::ledger::{Ledger, RejectedPerson, RunRow};
use crate::run::rejects_for_people;
use crate::site::Site;
use crate::spool;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A page of open rejections.
#[derive(Debug, Serialize)]
pub(crate) struct OpenRejectionPage {
    pub(crate) open: Vec<ListedRejection>,
    /// Where the next page begins; all are on one.
    pub(crate) next: Option<String>,
}

impl OpenRejectionPage {
    /// The rejections as a table for a spreadsheet.
    pub(crate) fn csv(&self) -> Vec<u8> {
        let mut rows = CsvRows::default();
        rows.push(COLUMNS);
        for r in &self.open {
            let codes: Vec<&str> = r.codes.iter().map(|code| code.as_str()).collect();
            let places = [r.line, r.record].map(|number| number.to_string());
            rows.push([
                r.reference_id.as_str(),
                &r.integration,
                &places[0],
                &places[1],
                &guarded(r.subscriber_id.clone()),
                &codes.join(" "),
                &r.since,
                r.rejects_file.as_deref().unwrap_or_default(),
            ]);
        }
        rows.as_bytes().to_vec()
    }
}

/// The columns of the table, named like the keys of the JSON.
const COLUMNS: [&str; 8] = [
    "reference_id",
    "integration",
    "line",
    "record",
    "subscriber_id",
    "codes",
    "since",
    "rejects_file",
];

/// A rejected record that waits for its correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct ListedRejection {
    /// The run that rejected it.
    pub(crate) reference_id: ReferenceId,
    pub(crate) integration: String,
    /// The physical line where it starts.
    pub(crate) line: u64,
    /// The data record's number.
    pub(crate) record: u64,
    /// As people may see it; empty where it could not be read.
    pub(crate) subscriber_id: String,
    /// Of its errors, as far as they are listed.
    pub(crate) codes: Vec<Code>,
    /// When its run began.
    pub(crate) since: String,
    /// The rejects file of its run, as it was published.
    pub(crate) rejects_file: Option<String>,
}

/// A rejection of one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PersonRejection {
    #[serde(flatten)]
    pub(crate) rejection: ListedRejection,
    /// Whether it waits for its correction.
    pub(crate) open: bool,
    /// The run that accepted its correction; its own run where a user dismissed it.
    pub(crate) closed_by: Option<ReferenceId>,
}

/// Lists the open rejections, oldest first: of one integration, with one code.
///
/// # Errors
/// There is no such integration, or the ledger can't be read.
pub(crate) fn open_rejections(
    site: &Site,
    integration: Option<&str>,
    code: Option<Code>,
) -> Result<OpenRejectionPage> {
    if let Some(name) = integration {
        site.integration(name)?;
    }
    let ledger = site.ledger_for_reading()?;
    let key = spool::read_key(&site.config.state())?;
    let people = ledger.open_people()?;
    let mut open = told(&*ledger, key.as_ref(), people, integration)?;
    open.retain(|r| code.is_none_or(|code| r.rejection.codes.contains(&code)));
    Ok(OpenRejectionPage {
        open: open.into_iter().map(|r| r.rejection).collect(),
        next: None,
    })
}

/// All rejections of a subscriber, oldest first.
///
/// # Errors
/// The ledger can't be read.
pub(super) fn rejections_of(
    ledger: &dyn Ledger,
    key: &SiteKey,
    subscriber: u64,
) -> Result<Vec<PersonRejection>> {
    told(ledger, Some(key), ledger.rejections_of(subscriber)?, None)
}

/// Rejected records with what is known of them. They come run by run.
pub(super) fn told(
    ledger: &dyn Ledger,
    key: Option<&SiteKey>,
    people: Vec<RejectedPerson>,
    integration: Option<&str>,
) -> Result<Vec<PersonRejection>> {
    let cipher = key.map(ValueCipher::new);
    let mut found = Vec::new();
    let mut run: Option<KnownRun> = None;
    for person in people {
        let known = match run.take() {
            Some(known) if known.number == person.run => known,
            _ => KnownRun::of(ledger, person.run, integration)?,
        };
        if let Some(row) = &known.row {
            let closed_by = person.closed_by.map(|run| ledger.reference(run));
            found.push(PersonRejection {
                open: person.closed_by.is_none(),
                closed_by: closed_by.transpose()?,
                rejection: known.rejection(row, &person, cipher.as_ref()),
            });
        }
        run = Some(known);
    }
    Ok(found)
}

/// A run with the codes of its records.
struct KnownRun {
    number: u32,
    /// `None` where it is not wanted.
    row: Option<RunRow>,
    codes: BTreeMap<u64, Vec<Code>>,
}

impl KnownRun {
    /// The run of a number, if it is of the integration.
    fn of(ledger: &dyn Ledger, number: u32, integration: Option<&str>) -> Result<KnownRun> {
        let row = ledger.run(&ledger.reference(number)?)?;
        let row = row.filter(|row| integration.is_none_or(|name| row.integration == name));
        let mut codes: BTreeMap<u64, Vec<Code>> = BTreeMap::new();
        let findings = match &row {
            Some(_) => ledger.findings(number)?,
            None => Vec::new(),
        };
        for finding in findings {
            let of_record = codes.entry(finding.record).or_default();
            if finding.severity == Severity::Error && !of_record.contains(&finding.code) {
                of_record.push(finding.code);
            }
        }
        Ok(KnownRun { number, row, codes })
    }

    fn rejection(
        &self,
        row: &RunRow,
        person: &RejectedPerson,
        cipher: Option<&ValueCipher>,
    ) -> ListedRejection {
        let rejects = rejects_for_people(&row.publications);
        ListedRejection {
            reference_id: row.reference.clone(),
            integration: row.integration.clone(),
            line: person.line,
            record: person.record,
            subscriber_id: id(&person.id, cipher),
            codes: self.codes.get(&person.record).cloned().unwrap_or_default(),
            since: row.fresh_summary().start_date,
            rejects_file: rejects
                .and_then(|file| file.to.file_name())
                .map(|name| shown(name.as_ref())),
        }
    }
}

/// A kept ID; empty where it can't be decrypted.
fn id(kept: &KeptField, cipher: Option<&ValueCipher>) -> String {
    let id = cipher.and_then(|cipher| kept.value(cipher).ok());
    id.map(Cow::into_owned).unwrap_or_default()
}
