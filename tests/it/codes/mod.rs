//! Every finding code: an input that gets it, and a near miss that does not.

mod deductions;
mod demographics;
mod held;
mod identity;
mod in_file;
mod plan_years;
mod record;
mod shape;
mod ssn;
mod story;

use crate::bad_files;
use crate::scenario::DEMOGRAPHIC;
use feedgate::internal::domain::{Code, Kind};
use record::Case;
use std::collections::BTreeSet;
use std::path::Path;
use story::Story;

/// The tables of single records, each judged in one file with its configuration.
fn records() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("fields of employees", demographics::cases()),
        ("SSNs", ssn::cases()),
        ("identities", identity::cases()),
        ("fields of deductions", deductions::cases()),
    ]
}

/// The tables of what takes more than one record or more than one file.
fn stories() -> Vec<Story> {
    [
        shape::stories(),
        identity::stories(),
        in_file::stories(),
        plan_years::stories(),
        held::stories(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Codes that nothing gets yet, and why.
const EXEMPT: [(Code, &str); 1] = [(
    Code::StoredIdUnreadable,
    "another key is refused before a file is read, so only a damaged ledger leads to it",
)];

/// Codes with a test of their own beside the tables.
const ELSEWHERE: [(Code, &str); 18] = [
    (Code::EmailAmbiguous, "accounts.rs"),
    (Code::EmailChangedElsewhere, "accounts.rs"),
    (Code::OlderThanRoster, "delta.rs"),
    (Code::SameAsEarlier, "reruns.rs"),
    (Code::InitialImportRequired, "initial_import.rs"),
    (Code::PriorYearAfterCurrent, "year_order.rs"),
    (Code::AlreadyAccepted, "round_trip.rs"),
    (Code::NotRejected, "corrections.rs"),
    (Code::LeadingZerosRestored, "corrections.rs"),
    (Code::CorrectionSkipped, "corrections.rs"),
    (Code::FileNameRefused, "hostile_inbound.rs"),
    (Code::NameNotTaken, "names_not_taken.rs"),
    (Code::EncodingAssumed, "bad_files.rs"),
    (Code::EncodingMixed, "encodings.rs"),
    (Code::ColumnNotFound, "columns_gone.rs"),
    (Code::DeductionMissing, "deductions_over_time.rs"),
    (Code::StopUnknown, "deductions_over_time.rs"),
    (Code::ActionOverruled, "deductions_over_time.rs"),
];

/// The cases of single records that reject under the configuration as it comes.
pub(crate) fn plain_cases(integration: &str) -> Vec<Case> {
    let kind = if integration == DEMOGRAPHIC {
        Kind::Demographic
    } else {
        Kind::Deduction
    };
    let all = records().into_iter().flat_map(|(_, cases)| cases);
    all.filter(|c| c.kind == kind && c.site == record::Site::Plain && !c.warns)
        .collect()
}

#[test]
fn every_code_has_a_record_that_gets_it_and_a_near_miss() {
    let mut covered: BTreeSet<Code> = BTreeSet::new();
    covered.extend(
        records()
            .iter()
            .flat_map(|(_, cases)| cases)
            .map(|c| c.code),
    );
    covered.extend(stories().iter().map(|s| s.code));
    covered.extend(bad_files::faults().iter().map(|f| f.code));
    for (code, file) in ELSEWHERE {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/it")
            .join(file);
        let text = std::fs::read_to_string(path).expect(file);
        assert!(text.contains(code.as_str()), "{file} does not name {code}");
    }
    let named = EXEMPT.iter().chain(&ELSEWHERE).map(|(code, _)| *code);
    for code in named {
        assert!(covered.insert(code), "{code} is both covered and named");
    }
    let missing: Vec<&Code> = Code::ALL.iter().filter(|c| !covered.contains(c)).collect();
    assert!(missing.is_empty(), "no test gets {missing:?}");
}

#[test]
fn single_records() {
    let mut wrong = Vec::new();
    for (table, cases) in records() {
        for fault in record::check(&cases) {
            wrong.push(format!("{table}: {fault}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn stories_of_several_records() {
    let wrong: Vec<String> = stories().iter().flat_map(Story::check).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
