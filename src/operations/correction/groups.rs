//! What is wrong with the open rejected records of a run, by finding code, with the cause of each group.

use super::draft_file;
use super::proof::{Proof, proof_of};
use super::rejected_numbers::open_records;
use crate::config::Integration;
use crate::domain::explanation::explain;
use crate::domain::{Cause, Code, ReferenceId};
use crate::ledger::{Ledger, RejectedPlace, RunRow};
use crate::operations::error::Result;
use crate::site::Site;
use crate::validate::date::DateForm;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The open rejected records of a run, by what is wrong with them.
#[derive(Debug, Serialize)]
pub(crate) struct RejectionGroups {
    /// One for each code, most records first. A record with several errors is in several groups.
    pub(crate) groups: Vec<CodeGroup>,
    /// Open records of which no finding is listed, because the list of findings was cut.
    pub(crate) not_listed: u64,
    pub(crate) proof: Proof,
    pub(crate) draft: DraftState,
}

/// What the draft has of the open records.
#[derive(Debug, Serialize)]
pub(crate) struct DraftState {
    pub(crate) version: u64,
    /// Records with new values that are to be sent.
    pub(crate) corrected: usize,
    /// Records that are not to be sent.
    pub(crate) dismissed: usize,
    /// Who has changed something.
    pub(crate) editors: BTreeMap<String, Editing>,
}

/// From when to when a person has changed something in a draft, RFC 3339 with the site's offset.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Editing {
    pub(crate) since: String,
    pub(crate) last: String,
}

/// The open records with errors of one code.
#[derive(Debug, Serialize)]
pub(crate) struct CodeGroup {
    pub(crate) code: Code,
    /// What is wrong, in words.
    pub(crate) message: &'static str,
    pub(crate) cause: Cause,
    /// The cause in words.
    pub(crate) cause_in_words: &'static str,
    pub(crate) how_to_fix: &'static str,
    pub(crate) records: u64,
    /// The columns the errors are about, each with the number of its records; none for errors of whole records.
    pub(crate) columns: BTreeMap<String, u64>,
    /// What can be done besides correcting rows.
    pub(crate) remedy: Option<Remedy>,
}

/// What can be done about a group besides correcting its rows.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Remedy {
    /// This number of the people is in the roster by now: their records can be sent again as they are.
    InRoster {
        records: u64,
        /// When the last of them came, RFC 3339 with the site's offset.
        since: String,
    },
    /// The table that gets the codes of the sender; the values of the column tell its lines.
    CrossReference { table: String },
    /// Which of these keys the operator sets, depending on how the sender means the dates.
    DateForms { choices: Vec<String> },
}

/// Groups the open rejected records of a run by code.
///
/// # Errors
/// There is no such run, or the ledger or the draft can't be read.
pub(crate) fn rejection_groups(site: &Site, reference: &ReferenceId) -> Result<RejectionGroups> {
    let row = super::source::correctable(site, reference)?;
    let integration = site.integration_of(&row)?;
    let ledger = site.ledger_for_reading()?;
    let proof = proof_of(&*ledger, &row)?;
    let open = match proof.open == proof.rejected {
        true => None,
        false => Some(open_records(&*ledger, &row)?),
    };
    let mut tally: BTreeMap<Code, GroupTally> = BTreeMap::new();
    let mut listed = Vec::new();
    ledger.each_error(row.number, &mut |record, code, column| {
        if open.as_ref().is_none_or(|open| open.contains(&record)) {
            listed.push(record);
            tally.entry(code).or_default().add(record, column);
        }
    })?;
    let listed = different(&mut listed);
    let mut groups = Vec::new();
    for (code, tally) in &mut tally {
        groups.push(group(*code, tally));
    }
    for group in &mut groups {
        group.remedy = remedy(site, (&*ledger, &row), integration, group, &tally)?;
    }
    groups.sort_by(|a, b| b.records.cmp(&a.records).then(a.code.cmp(&b.code)));
    Ok(RejectionGroups {
        groups,
        not_listed: proof.open.saturating_sub(listed),
        proof,
        draft: draft_state(site, &*ledger, &row)?,
    })
}

/// The records of a group, and those of its columns; a record may be there several times.
#[derive(Default)]
struct GroupTally {
    records: Vec<u64>,
    columns: BTreeMap<String, Vec<u64>>,
}

impl GroupTally {
    fn add(&mut self, record: u64, column: &str) {
        self.records.push(record);
        if column.is_empty() {
            return;
        }
        if let Some(records) = self.columns.get_mut(column) {
            records.push(record);
        } else {
            self.columns.insert(column.to_owned(), vec![record]);
        }
    }
}

/// How many different ones there are; only these stay.
fn different(records: &mut Vec<u64>) -> u64 {
    records.sort_unstable();
    records.dedup();
    records.len() as u64
}

fn group(code: Code, tally: &mut GroupTally) -> CodeGroup {
    let explanation = explain(code);
    let columns = tally.columns.iter_mut();
    CodeGroup {
        code,
        message: explanation.message,
        cause: explanation.cause,
        cause_in_words: explanation.cause.in_words(),
        how_to_fix: explanation.fix,
        records: different(&mut tally.records),
        columns: columns
            .map(|(name, records)| (name.clone(), different(records)))
            .collect(),
        remedy: None,
    }
}

fn remedy(
    site: &Site,
    (ledger, row): (&dyn Ledger, &RunRow),
    integration: &Integration,
    group: &CodeGroup,
    tally: &BTreeMap<Code, GroupTally>,
) -> Result<Option<Remedy>> {
    match group.code {
        Code::SubscriberUnknown => {
            let Some(tally) = tally.get(&group.code) else {
                return Ok(None);
            };
            let places = ledger.rejected_places(row.number, 0, usize::MAX)?;
            let of_group = |place: &&RejectedPlace| {
                let listed = tally.records.binary_search(&place.record).is_ok();
                listed && place.closed_by.is_none()
            };
            let places = places.iter().filter(of_group);
            let known = known_by_now(site, ledger, integration, places)?;
            Ok(known.map(|(records, since)| Remedy::InRoster {
                records: records.len() as u64,
                since,
            }))
        }
        Code::CodeUnknown => Ok(group.columns.keys().next().map(|column| {
            let table = format!("[integration.{}.codes.{column}]", integration.name);
            Remedy::CrossReference { table }
        })),
        Code::DateAmbiguous => {
            let choices = date_choices(&integration.format.dates);
            Ok((!choices.is_empty()).then_some(Remedy::DateForms { choices }))
        }
        _ => Ok(None),
    }
}

/// Those of these records whose subscribers are in the roster by now, and when the last of them came.
pub(super) fn known_by_now<'p>(
    site: &Site,
    ledger: &dyn Ledger,
    integration: &Integration,
    places: impl Iterator<Item = &'p RejectedPlace>,
) -> Result<Option<(BTreeSet<u64>, String)>> {
    let roster = site.roster_cache.roster(ledger, &integration.roster)?;
    let (mut records, mut last) = (BTreeSet::new(), 0);
    for place in places {
        let known = place
            .subscriber
            .and_then(|subscriber| roster.find(subscriber));
        if let Some((_, employee)) = known.filter(|(_, employee)| employee.content != 0) {
            records.insert(place.record);
            last = last.max(employee.run);
        }
    }
    site.roster_cache.keep_roster(&integration.roster, roster);
    if records.is_empty() {
        return Ok(None);
    }
    let run = ledger.run(&ledger.reference(last)?)?;
    let since = run.map(|run| {
        let summary = run.summary.clone().unwrap_or_else(|| run.fresh_summary());
        summary.end_date.unwrap_or(summary.start_date)
    });
    Ok(Some((records, since.unwrap_or_default())))
}

/// The forms of dates without those that have the day before the month, and without those that have the month before the
/// day.
fn date_choices(forms: &[DateForm]) -> Vec<String> {
    let place = |form: &DateForm, letters: [&str; 2]| {
        letters
            .iter()
            .find_map(|letter| form.pattern().find(letter))
    };
    let month_first = |form: &DateForm| {
        let month = place(form, ["%m", "%-m"]);
        let day = place(form, ["%d", "%-d"]);
        month.zip(day).map(|(month, day)| month < day)
    };
    // Those that begin with the year are in no doubt.
    let in_doubt = |form: &DateForm| !form.pattern().starts_with("%Y");
    let keeps = |first: bool| {
        let kept = forms.iter().filter(|form| {
            !in_doubt(form) || month_first(form) == Some(first) || month_first(form).is_none()
        });
        let kept: Vec<String> = kept.map(|form| format!("\"{}\"", form.pattern())).collect();
        (kept.len() < forms.len()).then(|| format!("format.dates = [{}]", kept.join(", ")))
    };
    [true, false].into_iter().filter_map(keeps).collect()
}

fn draft_state(site: &Site, ledger: &dyn Ledger, row: &RunRow) -> Result<DraftState> {
    let draft = draft_file::load_open(site, ledger, row)?;
    let dismissed = draft.dismissed();
    let corrected = draft.cells();
    let mut editors = BTreeMap::new();
    for entry in &draft.entries {
        let first = || Editing {
            since: entry.at.clone(),
            last: String::new(),
        };
        let editing: &mut Editing = editors.entry(entry.by.clone()).or_insert_with(first);
        editing.last.clone_from(&entry.at);
    }
    Ok(DraftState {
        version: draft.version,
        corrected: corrected
            .keys()
            .filter(|record| !dismissed.contains_key(*record))
            .count(),
        dismissed: dismissed.len(),
        editors,
    })
}

#[cfg(test)]
mod tests {
    use super::date_choices;
    use crate::validate::date::DateForm;

    #[test]
    fn one_of_two_orders_is_struck() {
        let form = |pattern: &str| DateForm::compile(pattern).expect("a form");
        let forms = ["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%Y"].map(form);
        assert_eq!(
            date_choices(&forms),
            [
                "format.dates = [\"%Y-%m-%d\", \"%m/%d/%Y\"]",
                "format.dates = [\"%Y-%m-%d\", \"%d/%m/%Y\"]",
            ]
        );
        assert_eq!(date_choices(&["%Y-%m-%d"].map(form)), [""; 0]);
    }
}
