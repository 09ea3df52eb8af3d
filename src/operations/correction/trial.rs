//! The judgement of corrected records by the judge of runs, with nothing written.

use super::corrected_file::{self, WrittenRecord};
use super::draft::ChangedCells;
use super::finding::RowFinding;
use super::source::RejectedSource;
use crate::domain::Totals;
use crate::format::error_file::ListedFinding;
use crate::format::survey::Surveyor;
use crate::intake::correction_parameters;
use crate::matching::corrections::Sought;
use crate::operations::error::Result;
use crate::run::{FileToJudge, FileVerdict, MemoryIo};
use crate::site::{Quiet, RunError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Up to this number of records only the open rejections that they may belong to are loaded, and not all.
const FEW: usize = 1_000;

/// What a run of corrected records would come to.
pub(super) struct Trial {
    /// The records that were judged, in their order.
    pub(super) records: Vec<WrittenRecord>,
    pub(super) totals: Totals,
    /// What was found, by the number of the record in the source file.
    pub(super) findings: BTreeMap<u64, Vec<RowFinding>>,
    /// Why the file of the corrections would be held or fail, in sentences.
    pub(super) stopped: Vec<String>,
}

impl Trial {
    /// The records that would be rejected.
    pub(super) fn rejected(&self) -> impl Iterator<Item = &WrittenRecord> {
        self.records
            .iter()
            .filter(|written| self.rejects(written.record))
    }

    /// Whether a record would be rejected.
    pub(super) fn rejects(&self, record: u64) -> bool {
        let findings = self.findings.get(&record);
        findings.is_some_and(|all| all.iter().any(RowFinding::is_error))
    }
}

/// Judges rejected records with changed cells as the corrections of their run.
///
/// # Errors
/// A value can't be written into its record, or something can't be read.
pub(super) fn judge(
    source: &RejectedSource<'_>,
    wanted: &BTreeSet<u64>,
    cells: &ChangedCells<'_>,
) -> Result<Trial> {
    let mut bytes = Vec::new();
    let records = corrected_file::write(source, wanted, cells, &mut bytes)?;
    let (context, row) = (&source.context, &source.row);
    let mut surveyor = Surveyor::without_hash();
    surveyor.feed(&bytes);
    let survey = surveyor.finish();
    let parameters = correction_parameters(context.site, &row.parameters);
    let integration = context.integration;
    let names = (&integration.roster[..], &integration.name[..]);
    let sought = (wanted.len() <= FEW).then(Arc::<Sought>::default);
    let file = FileToJudge {
        context,
        run: None,
        parameters: &parameters,
        resubmission_of: Some(&row.reference),
        same_bytes: &[],
        sought: sought.as_ref(),
        part: false,
        survey: &survey,
        rows: true,
        hold: None,
    };
    let mut trial = Trial {
        records,
        totals: Totals::default(),
        findings: BTreeMap::new(),
        stopped: Vec::new(),
    };
    // What the judgement asks for is known when it is done; then it is done with that, until it asks for nothing more.
    let (io, verdict) = loop {
        let before = sought.as_ref().map(|sought| sought.len());
        let io = MemoryIo::new(&bytes, &*context.ledger, names);
        let verdict = file.judge(&io, &Quiet)?;
        if sought.as_ref().map(|sought| sought.len()) == before {
            break (io, verdict);
        }
    };
    match verdict {
        FileVerdict::Bad(fault) => {
            let sentence = format!("the file of these corrections would fail: {fault}");
            trial.stopped.push(sentence);
        }
        FileVerdict::Held(holds) => trial.hold(holds.into_iter().map(|(_, why)| why)),
        FileVerdict::Judged(outcome, holds) => {
            trial.hold(holds.into_iter().map(|(_, why)| why));
            trial.totals = outcome.totals;
            trial.read(&io.errors())?;
        }
    }
    Ok(trial)
}

impl Trial {
    fn hold(&mut self, reasons: impl Iterator<Item = String>) {
        let sentences =
            reasons.map(|why| format!("the file of these corrections would be held: {why}"));
        self.stopped.extend(sentences);
    }

    /// Takes the findings of records from their error file.
    fn read(&mut self, errors: &[u8]) -> Result<()> {
        for listed in ListedFinding::read(errors) {
            let listed = listed.map_err(RunError::io("reading what was found"))?;
            let place = listed
                .record
                .and_then(|number| usize::try_from(number).ok());
            let place = place.and_then(|number| number.checked_sub(1));
            if let Some(written) = place.and_then(|place| self.records.get(place)) {
                let record = written.record;
                let mut finding = RowFinding::from(listed);
                finding.message = self.with_source_lines(&finding.message);
                self.findings.entry(record).or_default().push(finding);
            }
        }
        Ok(())
    }

    /// A message with the lines of the source file in the place of those of the file of corrections.
    fn with_source_lines(&self, message: &str) -> String {
        const LINES: [&str; 2] = [
            " The other row is on line ",
            " The other rows are on lines ",
        ];
        let found = LINES
            .iter()
            .find_map(|text| Some(message.find(text)? + text.len()));
        let Some(start) = found else {
            return message.to_owned();
        };
        let length = message[start..].find('.').unwrap_or(message.len() - start);
        let (before, rest) = message.split_at(start);
        let (list, behind) = rest.split_at(length);
        let line = |number: &str| {
            let new: u64 = number.parse().ok()?;
            let written = self.records.iter().find(|w| w.new_line == new)?;
            Some(written.line.to_string())
        };
        let numbers = list.split(' ').map(|word| {
            let number = word.trim_end_matches(',');
            let comma = &word[number.len()..];
            line(number).map_or_else(|| word.to_owned(), |line| line + comma)
        });
        let numbers: Vec<String> = numbers.collect();
        format!("{before}{}{behind}", numbers.join(" "))
    }
}
