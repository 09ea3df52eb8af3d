//! A record that gets a code and a near miss, both in a file with many others.

use crate::people::{Record, csv, deduction, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, ErrorRow, Scenario};
use feedgate::internal::domain::{Code, Kind};
use std::collections::BTreeMap;

/// A configuration that some cases share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Site {
    /// As it comes.
    Plain,
    /// American and European dates both listed.
    TwoDateForms,
    /// Usernames by `PlanSource`'s rule.
    PlanSource,
    /// One employer.
    OneEmployer,
    /// Placeholders and ITINs warned of, lost zeros restored.
    Lenient,
    /// A cross-reference table for deduction codes.
    CrossReference,
}

impl Site {
    fn scenario(self) -> Scenario {
        let site = Scenario::new();
        match self {
            Site::Plain => site,
            Site::TwoDateForms => site.and_config(
                "[integration.demographic-export.format]\ndates = ['%Y-%m-%d', '%m/%d/%Y', '%d/%m/%Y']",
            ),
            Site::PlanSource => site.and_config("[identity]\nusername = { rule = 'plansource' }"),
            Site::OneEmployer => site.and_keys(DEMOGRAPHIC, "eins = ['12-3456789']"),
            Site::Lenient => site.and_config(
                "[identity]\nssn = { placeholders = 'warn', itin = 'accept', restore_leading_zeros = true }",
            ),
            Site::CrossReference => {
                site.and_config("[integration.deduction-import.codes.deduction_code]\nMEDPPO = 'MED01'")
            }
        }
    }
}

/// A case.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The code it is about.
    pub code: Code,
    /// What kind of record.
    pub kind: Kind,
    /// The configuration.
    pub site: Site,
    /// The column the finding names; empty for the record.
    pub field: &'static str,
    /// Whether it only warns.
    pub warns: bool,
    /// What gets the code.
    pub bad: Vec<(&'static str, String)>,
    /// What nearly gets it, and has no finding at all.
    pub near: Vec<(&'static str, String)>,
    /// The roster's records of both people, where they matter (deductions).
    pub known: Vec<(&'static str, String)>,
    /// Codes that the near miss gets instead.
    pub instead: Vec<Code>,
}

/// A case of employees that rejects; `bad` and `near` are values of `field`.
pub(super) fn value(code: Code, field: &'static str, bad: &str, near: &str) -> Case {
    changes(code, field, &[(field, bad)], &[(field, near)])
}

/// A case of employees that rejects, with changes in several columns.
pub(super) fn changes(
    code: Code,
    field: &'static str,
    bad: &[(&'static str, &str)],
    near: &[(&'static str, &str)],
) -> Case {
    let own =
        |list: &[(&'static str, &str)]| list.iter().map(|(c, v)| (*c, (*v).to_owned())).collect();
    Case {
        code,
        kind: Kind::Demographic,
        site: Site::Plain,
        field,
        warns: false,
        bad: own(bad),
        near: own(near),
        known: Vec::new(),
        instead: Vec::new(),
    }
}

impl Case {
    /// The case with a warning, not an error.
    pub(crate) fn warns(mut self) -> Case {
        self.warns = true;
        self
    }

    /// The case under another configuration.
    pub(crate) fn on(mut self, site: Site) -> Case {
        self.site = site;
        self
    }

    /// The case for deductions.
    pub(crate) fn deduction(mut self) -> Case {
        self.kind = Kind::Deduction;
        self
    }

    /// The case whose near miss gets another code.
    pub(crate) fn instead(mut self, codes: &[Code]) -> Case {
        self.instead = codes.to_vec();
        self
    }

    /// A record with what is wrong in this case.
    pub(crate) fn faulty(&self, record: Record) -> Record {
        changed(record, &self.bad)
    }

    /// The case with people whom the roster knows so.
    pub(crate) fn known(mut self, changes: &[(&'static str, String)]) -> Case {
        self.known = changes.to_vec();
        self
    }
}

fn changed(mut record: Record, changes: &[(&'static str, String)]) -> Record {
    for (column, value) in changes {
        record = record.with(column, value);
    }
    record
}

/// Judges the cases, those of one configuration and kind in one file; returns what is not as it should be.
pub(super) fn check(cases: &[Case]) -> Vec<String> {
    let mut groups: BTreeMap<(Site, bool), Vec<&Case>> = BTreeMap::new();
    for case in cases {
        let deduction = case.kind == Kind::Deduction;
        groups.entry((case.site, deduction)).or_default().push(case);
    }
    groups
        .into_iter()
        .flat_map(|((site, deduction), cases)| check_file(&site.scenario(), deduction, &cases))
        .collect()
}

fn check_file(site: &Scenario, deductions: bool, cases: &[&Case]) -> Vec<String> {
    let (name, make): (_, fn(usize) -> Record) = if deductions {
        (DEDUCTION, deduction)
    } else {
        (DEMOGRAPHIC, person)
    };
    let numbers = |i: usize| [2 * i + 1, 2 * i + 2];
    if deductions {
        let known = cases
            .iter()
            .enumerate()
            .flat_map(|(i, case)| numbers(i).map(|n| changed(person(n), &case.known)));
        site.roster("roster.csv", csv(&known.collect::<Vec<_>>()));
    }
    let records: Vec<Record> = cases
        .iter()
        .enumerate()
        .flat_map(|(i, case)| {
            let [bad, near] = numbers(i);
            [
                changed(make(bad), &case.bad),
                changed(make(near), &case.near),
            ]
        })
        .collect();
    let outcome = site
        .inbound(name, "cases.csv", csv(&records))
        .run(name, &[]);
    assert!(outcome.code == 0 || outcome.code == 3, "{outcome:?}");
    let rows = outcome.errors();
    let mut wrong = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        let [bad, near] = numbers(i);
        let of = |n: usize| -> Vec<&ErrorRow> {
            let record = Some(n as u64);
            rows.iter().filter(|r| r.record == record).collect()
        };
        let found: Vec<&str> = of(bad).iter().map(|r| r.code.as_str()).collect();
        if found == [case.code.as_str()] {
            let fault = complaint(case, of(bad), records[bad - 1].get("subscriber_id"));
            wrong.extend(fault.map(|f| format!("{} {:?}: {f}", case.code, case.bad)));
        } else {
            let hint = if found.is_empty() {
                " (does its quick reader in validate/fast/field_plan.rs accept it?)"
            } else {
                ""
            };
            wrong.push(format!(
                "{} {:?} found {found:?}{hint}",
                case.code, case.bad
            ));
        }
        let found: Vec<&str> = of(near).iter().map(|r| r.code.as_str()).collect();
        let wanted: Vec<&str> = case.instead.iter().map(|c| c.as_str()).collect();
        if !same(&found, &wanted) {
            wrong.push(format!(
                "near {} {:?} found {found:?}",
                case.code, case.near
            ));
        }
    }
    wrong
}

fn same(found: &[&str], wanted: &[&str]) -> bool {
    let sorted = |list: &[&str]| {
        let mut list: Vec<String> = list.iter().map(|c| (*c).to_owned()).collect();
        list.sort_unstable();
        list
    };
    sorted(found) == sorted(wanted)
}

/// What is wrong with the row of a case's own code.
fn complaint(case: &Case, rows: Vec<&ErrorRow>, subscriber_id: &str) -> Option<String> {
    let row = rows.into_iter().find(|r| r.code == case.code.as_str())?;
    let severity = if case.warns { "warning" } else { "error" };
    if row.severity != severity {
        return Some(format!("is {}", row.severity));
    }
    if row.field != case.field {
        return Some(format!("names the field {:?}", row.field));
    }
    // A header line, one line a record.
    if row.line != row.record.map(|n| n + 1) {
        return Some(format!("names line {:?}", row.line));
    }
    if row.message.is_empty() || row.how_to_fix.is_empty() {
        return Some("says nothing".to_owned());
    }
    let by_id = row.subscriber_id == subscriber_id || case.field == "subscriber_id";
    (!by_id).then(|| format!("names subscriber {:?}", row.subscriber_id))
}
