//! Transfers that are stopped, fail or are disconnected at any step end with the same files and the same ledger.
//!
//! One story covers everything transfers do: files that are deleted, moved and kept on the server, by rename and by
//! marker, and outputs, error files and receipts that are sent, with a done marker and a later receipt. The suite tests a
//! sample of the steps. To test all of them:
//! `cargo test --test it transfer::interruptions -- --ignored --nocapture`

use super::bench::{Bench, PAY, clock, faulty, people, try_run};
use crate::interruptions::{differences, on_all_cores};
use crate::memory::Side;
use feedgate::internal::domain::RunStatus;
use feedgate::internal::run;
use feedgate::internal::site::{Quiet, Site};
use feedgate::internal::spool::{Disk, Faults};
use feedgate::internal::transfer::Courier;
use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const STORY: &str = r#"[integration.people]
kind = "demographic"
complete = { by = "rename" }
guards = { max_error_count = 2 }
output = { done_marker = true }
pull = { endpoint = "carrier", folder = "/out/people", after = "delete" }
push = { endpoint = "carrier", folder = "/in", files = ["output", "errors", "receipts"] }
[integration.pay]
kind = "deduction"
complete = { by = "marker", marker = ".done" }
pull = { endpoint = "carrier", folder = "/out/pay", after = "move:/processed" }
push = { endpoint = "carrier", folder = "/in/pay" }
[integration.others]
kind = "demographic"
roster = "others"
complete = { by = "rename" }
pull = { endpoint = "carrier", folder = "/out/others", after = "keep" }
"#;

fn bench() -> Bench {
    let bench = Bench::new(STORY);
    let server = &bench.server;
    let one_bad = people(1, 2) + &faulty(9, 1)[faulty(9, 0).len()..];
    server.put("/out/people/a.csv", one_bad);
    server.put("/out/people/b.csv", people(4, 2));
    server.set_clock(1_795_000_001);
    server.put("/out/people/c.csv", faulty(11, 3));
    server.put("/out/pay/pay.csv", PAY);
    server.put("/out/pay/pay.csv.done", "");
    server.put("/processed/pay.csv", "an earlier one");
    server.put("/out/others/one.csv", people(21, 1));
    server.put("/out/others/two.csv", people(22, 1));
    server.make_folder("/in/pay");
    bench
}

/// Everything that daemon and users of the site do; stops at the first failure. How many of its rounds were cut short is
/// told by the text.
fn act(bench: &Bench, site: Arc<Site>) -> Result<(), String> {
    let round = || {
        let place = Box::new(bench.server.clone());
        let mut courier = Courier::new(Arc::clone(&site), "carrier", place);
        let round = courier.round(&Quiet).map_err(|e| e.to_string())?;
        let trouble = round.troubles.into_iter().next();
        match round.failing.or(round.stopped).or(trouble) {
            Some(why) => Err(why),
            None => Ok(()),
        }
    };
    round()?;
    for integration in ["people", "pay", "others"] {
        try_run(&site, integration).map_err(|e| e.to_string())?;
    }
    round()?;
    let mut runs = bench.runs().into_iter();
    if let Some(held) = runs.find(|run| run.status == RunStatus::Held) {
        run::refuse(&site, &held.reference, "sent by mistake").map_err(|e| e.to_string())?;
    }
    round()
}

fn site(bench: &Bench, disk: Disk) -> Arc<Site> {
    Arc::new(bench.site(disk, clock))
}

/// What the story is about has happened.
fn told(picture: &BTreeMap<String, String>) {
    let names: Vec<&str> = picture.keys().map(String::as_str).collect();
    let server: Vec<&str> = names
        .iter()
        .filter_map(|n| n.strip_prefix("server "))
        .collect();
    let expected = [
        "/in/a.20261120-000001.errors.csv",
        "/in/a.20261120-000001.output.csv",
        "/in/a.20261120-000001.output.csv.done",
        "/in/a.20261120-000001.receipt.json",
        "/in/a.20261120-000001.rejects.csv",
        "/in/b.20261120-000002.output.csv",
        "/in/b.20261120-000002.output.csv.done",
        "/in/b.20261120-000002.receipt.json",
        "/in/c.20261120-000003.errors.csv",
        "/in/c.20261120-000003.held.csv",
        "/in/c.20261120-000003.receipt.2.json",
        "/in/c.20261120-000003.receipt.json",
        "/in/pay/pay.20261120-000004.output.csv",
        "/out/others/one.csv",
        "/out/others/two.csv",
        "/processed/pay.NUMBER.csv",
        "/processed/pay.csv",
    ];
    assert_eq!(server, expected);
    let runs = names.iter().filter(|n| n.starts_with("runs ")).count();
    assert_eq!(runs, 6, "each file is judged once");
    let left = |n: &&&str| n.starts_with("inbound/") || n.starts_with("work/");
    assert_eq!(names.iter().find(left), None);
}

/// One way in which the story goes wrong.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// At our own disk or ledger.
    Here(Faults),
    /// The process ends on this side of an effect at the server.
    Ends(Side, u64),
    /// The connection is lost on this side of an effect at the server, and all later ones.
    Cut(Side, u64),
    /// It is lost once.
    Blinks(Side, u64),
}

/// The story as it goes wrong.
fn go_wrong(bench: &Bench, wrong: Wrong) -> Result<(), String> {
    let count = AtomicU64::new(0);
    match wrong {
        Wrong::Here(fault) => return act(bench, site(bench, Disk::with_faults(fault))),
        Wrong::Ends(side, at) | Wrong::Cut(side, at) | Wrong::Blinks(side, at) => {
            let server = bench.server.clone();
            bench.server.set_hook(move |now, what| {
                if now != side {
                    return Ok(());
                }
                let effect = count.fetch_add(1, Ordering::Relaxed) + 1;
                let lost = || Err(io::Error::other(format!("{effect}: {what}")));
                match wrong {
                    Wrong::Ends(..) if effect == at => {
                        server.clear_hook();
                        resume_unwind(Box::new("the process ends"));
                    }
                    Wrong::Cut(..) if effect >= at => lost(),
                    Wrong::Blinks(..) if effect == at => {
                        server.clear_hook();
                        lost()
                    }
                    _ => Ok(()),
                }
            });
        }
    }
    let site = site(bench, Disk::new());
    let acted = catch_unwind(AssertUnwindSafe(|| act(bench, site)));
    bench.server.clear_hook();
    acted.unwrap_or_else(|_| Err("the process ended".to_owned()))
}

/// Acts again without a fault, which has to succeed.
fn recover(bench: &Bench, after: Wrong) {
    let acted = act(bench, site(bench, Disk::new()));
    assert_eq!(acted, Ok(()), "after {after:?}");
}

/// The story undisturbed, then with every way to go wrong at each of its steps.
fn walk(steps: u64, ways: impl Fn(u64) -> Vec<Wrong> + Sync) {
    let want = {
        let bench = bench();
        assert_eq!(act(&bench, site(&bench, Disk::new())), Ok(()));
        bench.picture()
    };
    told(&want);
    let (next, walked) = (AtomicU64::new(1), AtomicU64::new(0));
    let worker = || loop {
        let step = next.fetch_add(1, Ordering::Relaxed);
        if step > steps {
            break;
        }
        for wrong in ways(step) {
            let bench = bench();
            let failed = go_wrong(&bench, wrong);
            assert!(failed.is_err(), "{wrong:?} of {steps} did not show");
            recover(&bench, wrong);
            let differs = differences(&want, &bench.picture());
            assert!(
                differs.is_empty(),
                "after {wrong:?}: {failed:?}: {differs:#?}"
            );
            walked.fetch_add(1, Ordering::Relaxed);
        }
    };
    on_all_cores(worker);
    println!("{steps} steps, {} faults", walked.into_inner());
}

/// Steps at our own disk and ledger, and effects at the server, in the undisturbed story.
fn steps() -> (u64, u64) {
    let bench = bench();
    let effects = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&effects);
    bench.server.set_hook(move |side, _| {
        if side == Side::Before {
            counted.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    });
    let site = site(&bench, Disk::new());
    assert_eq!(act(&bench, Arc::clone(&site)), Ok(()));
    let effects = effects.load(Ordering::Relaxed);
    assert!(
        site.steps() > 200 && effects > 100,
        "{} {effects}",
        site.steps()
    );
    (site.steps(), effects)
}

const ERRORS: [i32; 3] = [28, 5, 13];

fn here(step: u64) -> Vec<Wrong> {
    let fail = |errno| Wrong::Here(Faults::FailAt(step, errno));
    let mut ways: Vec<Wrong> = ERRORS.map(fail).to_vec();
    ways.push(Wrong::Here(Faults::StopAt(step)));
    ways
}

fn there(effect: u64) -> Vec<Wrong> {
    let sides = [Side::Before, Side::After];
    let ways: [fn(Side, u64) -> Wrong; 3] = [Wrong::Ends, Wrong::Cut, Wrong::Blinks];
    let way = |way: fn(Side, u64) -> Wrong| sides.map(|side| way(side, effect));
    ways.into_iter().flat_map(way).collect()
}

/// One of several failures, a different one at each step, and only at every nth step.
fn some(step: u64, every: u64, ways: Vec<Wrong>) -> Vec<Wrong> {
    let turn = (step / every) as usize % ways.len();
    if step.is_multiple_of(every) {
        vec![ways[turn]]
    } else {
        Vec::new()
    }
}

#[test]
fn stopped_or_failed_here() {
    walk(steps().0, |step| some(step, 5, here(step)));
}

#[test]
fn cut_off_there() {
    walk(steps().1, |effect| some(effect, 3, there(effect)));
}

#[test]
#[ignore = "minutes: every fault at every step here"]
fn stopped_or_failed_here_in_any_way() {
    walk(steps().0, here);
}

#[test]
#[ignore = "minutes: every fault at every effect there"]
fn cut_off_there_in_any_way() {
    walk(steps().1, there);
}
