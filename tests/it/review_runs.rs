//! Runs that can't be finished must not keep others from running.

use crate::people::{csv, people};
use crate::scenario::{DEMOGRAPHIC, Scenario};

fn still_works(site: &Scenario) {
    let outcome = site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(people(2).iter()))
        .run(DEMOGRAPHIC, &["--json"]);
    let last = outcome.summaries.last().expect("a run");
    assert_eq!(last["records_processed"], 2, "{outcome:?}");
    assert!(
        outcome.stderr.is_empty() || !outcome.stderr.contains("error"),
        "{outcome:?}"
    );
}

#[test]
fn a_folder_named_with_file_blocks_nothing() {
    let site = Scenario::new();
    let refused = site.run(DEMOGRAPHIC, &["--file", "."]);
    assert_ne!(refused.code, 0, "{refused:?}");
    still_works(&site);
}

#[test]
fn a_hard_link_named_with_file_blocks_nothing() {
    let site = Scenario::new();
    site.inbound(DEMOGRAPHIC, "linked.csv", csv(&people(3)));
    let path = site.path("inbound/demographic-export/linked.csv");
    std::fs::hard_link(&path, site.path("second")).expect("a link");
    let refused = site.run(DEMOGRAPHIC, &["--file", path.to_str().expect("UTF-8")]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(path.exists(), "it stays where it is");
    still_works(&site);
}

#[test]
fn two_integrations_can_start_on_a_fresh_site_at_once() {
    for _ in 0..12 {
        let site = Scenario::new();
        site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(2)));
        std::fs::create_dir_all(site.path("inbound/deduction-import")).expect("folder");
        std::thread::scope(|scope| {
            let start = |name: &'static str| {
                let site_root = site.root().to_owned();
                scope.spawn(move || {
                    std::process::Command::new(env!("CARGO_BIN_EXE_feedgate"))
                        .args(["run", name, "--json"])
                        .current_dir(&site_root)
                        .output()
                        .expect("started")
                })
            };
            let all = [start(DEMOGRAPHIC), start("deduction-import")];
            for one in all {
                let done = one.join().expect("ended");
                assert!(done.status.success(), "{done:?}");
            }
        });
    }
}
