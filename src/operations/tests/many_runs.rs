//! How long pages take on a large ledger, printed for a person who asks:
//! `cargo test --release --lib -- --ignored --nocapture times_of_pages`. With `FEEDGATE_MANY_RUNS` the ledger is kept in that folder.

use crate::domain::{Code, RunStatus};
use crate::ledger::tests::many_runs::fill;
use crate::operations::{
    EventQuery, RunQuery, Visible, changes, event_page, front_page, integration_details,
    integrations, metrics, open_items, run_page,
};
use crate::site::Site;
use std::path::PathBuf;
use std::time::Instant;

const CONFIG: &str = "[site]\ntimezone = \"America/New_York\"\n[integration.demographic-export]\nkind = \"demographic\"\n\
    [integration.deduction-import]\nkind = \"deduction\"\n";
const TIMES: usize = 100;

fn measure(what: &str, mut act: impl FnMut()) {
    let mut times: Vec<u128> = (0..TIMES)
        .map(|_| {
            let began = Instant::now();
            act();
            began.elapsed().as_micros()
        })
        .collect();
    times.sort_unstable();
    println!(
        "{what}: p50 {} us, p99 {} us",
        times[TIMES / 2],
        times[TIMES * 99 / 100]
    );
}

#[test]
#[ignore = "takes minutes; run it by hand"]
fn times_of_pages() {
    let temporary = tempfile::tempdir().expect("a folder");
    let kept = std::env::var_os("FEEDGATE_MANY_RUNS").map(PathBuf::from);
    let root = kept.unwrap_or_else(|| temporary.path().to_owned());
    let file = root.join("feedgate.toml");
    std::fs::write(&file, CONFIG).expect("written");
    let site = Site::new(crate::config::load(&file).expect("a configuration"));
    if !site.ledger_path().exists() {
        drop(site.ledger().expect("a ledger"));
        std::fs::remove_file(site.ledger_path()).expect("removed");
        fill(&site.ledger_path(), site.now().timestamp()).expect("filled");
    }
    let visible = Visible::default();
    let day = site.today();
    let middle = day.checked_sub_days(chrono::Days::new(200));
    let queries = [
        ("all runs", RunQuery::default()),
        (
            "open",
            RunQuery {
                open: true,
                ..RunQuery::default()
            },
        ),
        (
            "failed",
            RunQuery {
                status: Some(RunStatus::Failed),
                ..RunQuery::default()
            },
        ),
        (
            "held",
            RunQuery {
                status: Some(RunStatus::Held),
                ..RunQuery::default()
            },
        ),
        (
            "by code",
            RunQuery {
                code: Some(Code::SsnArea),
                ..RunQuery::default()
            },
        ),
        (
            "by code, open",
            RunQuery {
                code: Some(Code::DateInvalid),
                open: true,
                ..RunQuery::default()
            },
        ),
        (
            "by rare code",
            RunQuery {
                code: Some(Code::SsnShared),
                ..RunQuery::default()
            },
        ),
        (
            "in the middle",
            RunQuery {
                from: middle,
                to: middle,
                ..RunQuery::default()
            },
        ),
        (
            "one integration, open",
            RunQuery {
                integration: Some("deduction-import".into()),
                open: true,
                ..RunQuery::default()
            },
        ),
    ];
    for (what, query) in &queries {
        let page = run_page(&site, query, &visible).expect("a page");
        print!("{} of ", page.runs.len());
        measure(what, || {
            drop(run_page(&site, query, &visible).expect("a page"))
        });
    }
    let mut deep = RunQuery::default();
    for _ in 0..200 {
        let page = run_page(&site, &deep, &visible).expect("a page");
        deep.cursor = page.next.and_then(|next| next.parse().ok());
    }
    measure("page 200", || {
        drop(run_page(&site, &deep, &visible).expect("a page"))
    });
    measure("open items", || {
        let _ = open_items(&site, &visible).expect("counts");
    });
    measure("changes", || {
        let _ = changes(&site).expect("a number");
    });
    measure("events", || {
        drop(event_page(&site, &EventQuery::default(), &visible).expect("a page"))
    });
    let rare = EventQuery {
        action: Some("release year".into()),
        ..EventQuery::default()
    };
    measure("rare events", || {
        drop(event_page(&site, &rare, &visible).expect("a page"))
    });
    measure("integrations", || {
        drop(integrations(&site, &visible).expect("a list"));
    });
    measure("an integration", || {
        let details = integration_details(&site, "deduction-import", &visible);
        drop(details.expect("details"));
    });
    measure("waiting list", || {
        drop(front_page(&site, &visible).expect("a page"));
    });
    measure("metrics", || drop(metrics(&site).expect("facts")));
    measure("opening the ledger", || {
        drop(site.ledger_for_reading().expect("opened"))
    });
}
