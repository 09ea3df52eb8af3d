//! A sync that is stopped before any of its steps, or of which a step fails, is done again: each employee goes out once.

use super::test_site::TestSite;
use crate::domain::EmployeeState;
use crate::operations::in_process::perform;
use crate::operations::{EmployeeFilter, employees};
use crate::run::Command;
use crate::site::{Quiet, Result, Site};
use crate::spool::{Disk, Faults, names_in};
use std::fs;

const FULL: i32 = 28;
const PEOPLE: usize = 3;

fn bench() -> TestSite {
    let bench = TestSite::new("enrolment = \"manual\"");
    let row = |n| format!("S{n},user{n}x,52134{n:04},Ann,Lee,1990-01-01,2020-01-01,A\n");
    let rows: String = (1..=PEOPLE).map(row).collect();
    bench.upload_rows("hr.csv", &rows);
    bench.run();
    bench
}

fn sync(site: &Site) -> Result<()> {
    let key = site.key()?;
    let subject = |n| {
        let hashed = crate::domain::keyed_hash::HashedType::Subscriber;
        key.hash(hashed, format!("S{n}").as_bytes())
    };
    let command = Command::Sync {
        integration: super::test_site::NAME.to_owned(),
        subjects: (1..=PEOPLE).map(subject).collect(),
        again: false,
    };
    perform(site, &command, &Quiet).map(drop)
}

/// The rows of all outputs.
fn sent(bench: &TestSite) -> Vec<String> {
    let folder = bench.path("outbound/people/output");
    let names = names_in(&folder).unwrap_or_default();
    let texts = names
        .iter()
        .map(|name| fs::read_to_string(folder.join(name)).expect("text"));
    let rows = texts.flat_map(|text| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>());
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    rows
}

#[test]
fn whatever_step_is_the_last_everybody_goes_out_once() {
    for fault in [Faults::StopAt, |step| Faults::FailAt(step, FULL)] {
        for step in 1.. {
            let bench = bench();
            let site = bench.site(Disk::with_faults(fault(step)));
            let ended = sync(&site);
            bench.run();
            sync(&bench.site(Disk::new())).expect("it goes on");
            let rows = sent(&bench);
            assert_eq!(rows.len(), PEOPLE, "step {step}: {rows:?}");
            assert!(
                rows.iter().all(|row| row.starts_with("create,S")),
                "{rows:?}"
            );
            let all = employees(&bench.site(Disk::new()), &EmployeeFilter::default(), None);
            let counts = all.expect("listed").counts;
            assert_eq!(
                counts[&EmployeeState::Successful],
                PEOPLE as u64,
                "step {step}"
            );
            let left = names_in(&bench.path("work/.sync")).unwrap_or_default();
            assert_eq!(left, [""; 0], "step {step}");
            if ended.is_ok() && site.steps() < step {
                assert!(step > 10, "only {step} steps: do they all pass the seam?");
                break;
            }
        }
    }
}
