//! Fetching files from the server into inbound.

use super::bench::{Bench, clock, people, soon};
use crate::memory::Side;
use feedgate::internal::ledger::EventAction;
use feedgate::internal::site::Quiet;
use feedgate::internal::spool::Disk;
use feedgate::internal::transport::Place;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const DELETE: &str = r#"[integration.people]
kind = "demographic"
complete = { by = "rename" }
pull = { endpoint = "carrier", folder = "/out", after = "delete" }
"#;

#[test]
fn what_is_fetched_is_whole_in_inbound_before_it_goes_from_the_server() {
    let bench = Bench::new(DELETE);
    for (name, n) in [("a.csv", 1), ("b.csv", 2)] {
        bench.server.put(format!("/out/{name}"), people(n, 1));
    }
    bench.server.put("/out/c.csv.part", "half");
    bench.server.put("/out/other.doc", "not ours");
    let round = bench.round();
    assert_eq!((round.fetched, round.troubles.len()), (2, 0));
    assert_eq!(bench.names("inbound/people"), ["a.csv", "b.csv"]);
    assert_eq!(bench.server.paths(), ["/out/c.csv.part", "/out/other.doc"]);
    assert_eq!(bench.pulls(), 0);
    assert!(bench.names("work/.pull-carrier.people").is_empty());
    assert_eq!(bench.endpoint(), "working");
    bench.run("people");
    assert_eq!(bench.statuses(), ["Completed"; 2]);
    assert_eq!(bench.round().fetched, 0);
}

#[test]
fn a_name_that_is_taken_in_inbound_waits_and_replaces_nothing() {
    let bench = Bench::new(DELETE);
    bench.server.put("/out/a.csv", people(1, 1));
    bench.write("inbound/people/a.csv", people(7, 1));
    for _ in 0..2 {
        let round = bench.round();
        assert_eq!(round.fetched, 0);
        assert!(
            round.troubles[0].contains("another file of this name"),
            "{round:?}"
        );
        assert!(round.next.expect("soon") <= soon());
    }
    assert_eq!(bench.server.paths(), ["/out/a.csv"]);
    bench.run("people");
    assert_eq!(bench.round().fetched, 1);
    assert!(bench.server.paths().is_empty());
    bench.run("people");
    assert_eq!(bench.statuses(), ["Completed"; 2]);
    let told = bench.actions();
    let told = told.iter().filter(|action| *action == "not fetched");
    assert_eq!(told.count(), 1);
}

#[test]
fn a_file_that_changes_while_it_is_fetched_is_not_taken_then() {
    let bench = Bench::new(DELETE);
    bench.server.put("/out/a.csv", "half");
    let writer = bench.server.clone();
    bench.server.set_hook(move |side, what| {
        if (side, what) == (Side::After, "fetch") {
            writer.clear_hook();
            writer.set_clock(1_795_000_001);
            writer.put("/out/a.csv", people(1, 1));
        }
        Ok(())
    });
    assert_eq!(bench.round().fetched, 0);
    assert!(bench.names("inbound/people").is_empty());
    assert_eq!(bench.round().fetched, 1);
    bench.run("people");
    assert_eq!(bench.statuses(), ["Completed"]);
}

#[test]
fn a_file_that_was_sent_anew_before_its_deletion_stays_and_is_fetched_too() {
    let bench = Bench::new(DELETE);
    bench.server.put("/out/a.csv", people(1, 1));
    let sender = bench.server.clone();
    // The connection is lost when the first is to be deleted; its sender uploads a new file of the name.
    bench.server.set_hook(move |side, what| {
        if (side, what) == (Side::Before, "remove") {
            sender.clear_hook();
            sender.set_clock(1_795_000_009);
            sender.put("/out/a.csv", people(2, 1));
            return Err(std::io::Error::other("cut"));
        }
        Ok(())
    });
    let round = bench.round();
    assert!(
        round.troubles[0].contains("it can't be deleted there"),
        "{round:?}"
    );
    bench.run("people");
    assert_eq!(bench.round().fetched, 1);
    assert!(bench.server.paths().is_empty());
    bench.run("people");
    assert_eq!(bench.statuses(), ["Completed"; 2]);
}

#[test]
fn a_quiet_file_is_looked_at_again_when_it_has_settled() {
    let bench = Bench::new(
        r#"[integration.people]
kind = "demographic"
complete = { by = "quiet", settle = "30s" }
pull = { endpoint = "carrier", folder = "/out", after = "delete", every = "5m" }
"#,
    );
    bench.server.put("/out/a.csv", people(1, 1));
    let mut first = bench.courier_at(clock);
    let round = first.round(&Quiet).expect("round");
    assert_eq!((round.fetched, round.arriving), (0, 1));
    assert_eq!(round.next.expect("again"), soon());
    assert_eq!(first.round(&Quiet).expect("nothing due").fetched, 0);
}

#[test]
fn a_marker_says_it_on_both_sides() {
    let bench = Bench::new(
        r#"[integration.people]
kind = "demographic"
complete = { by = "marker", marker = ".done" }
pull = { endpoint = "carrier", folder = "/out", after = "move:/processed" }
"#,
    );
    bench.server.put("/out/a.csv", people(1, 1));
    bench.server.put("/processed/a.csv", "an earlier one");
    assert_eq!(bench.round().fetched, 0);
    bench.server.put("/out/a.csv.done", "");
    assert_eq!(bench.round().fetched, 1);
    assert_eq!(
        bench.server.paths(),
        ["/processed/a.1.csv", "/processed/a.csv"]
    );
    assert_eq!(bench.names("inbound/people"), ["a.csv", "a.csv.done"]);
    bench.run("people");
    assert_eq!(bench.statuses(), ["Completed"]);
    assert!(bench.names("inbound/people").is_empty());
}

#[test]
fn names_that_deceive_stay_and_are_told_once_and_without_a_number() {
    let bench = Bench::new(DELETE);
    bench.server.put(b"/out/521-34-0001\n\x1b[2J.csv", "x");
    bench.server.put_other("/out/link.csv");
    let round = bench.round();
    assert_eq!((round.fetched, round.troubles.len()), (0, 2));
    bench.round();
    let told = bench.events().into_iter();
    let told = told.filter(|event| event.action == EventAction::NotFetched);
    let told: Vec<String> = told.filter_map(|event| event.why).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .all(|why| !why.contains("521-34") && !why.contains('\x1b'))
    );
    assert_eq!(bench.server.paths().len(), 2);
}

#[test]
fn thousands_of_files_come_in_batches() {
    let bench = Bench::new(DELETE);
    for n in 0..1000 {
        bench.server.put(format!("/out/{n:04}.csv"), "x");
    }
    assert_eq!(bench.round().fetched, 1000);
    assert_eq!(bench.names("inbound/people").len(), 1000);
    assert!(bench.server.paths().is_empty());
}

#[test]
fn nothing_is_fetched_below_the_floor_of_free_room() {
    let bench = Bench::new(&format!("{DELETE}[daemon]\nmin_free_mib = 1_000_000_000\n"));
    bench.server.put("/out/a.csv", people(1, 1));
    let round = bench.round();
    assert_eq!(round.fetched, 0);
    assert!(
        round.troubles[0].contains("daemon.min_free_mib"),
        "{round:?}"
    );
    assert_eq!(bench.server.paths(), ["/out/a.csv"]);
}

#[test]
fn one_process_at_a_time_is_at_an_endpoint() {
    let bench = Bench::new(DELETE);
    let site = Arc::new(bench.site(Disk::new(), clock));
    let path = bench.path("state/locks/endpoint-carrier.lock");
    let lock = feedgate::internal::spool::Lock::try_acquire(&path).expect("lock");
    assert!(lock.is_some());
    let mut place = bench.server.clone();
    place.connect().expect("connected");
    let mut courier = feedgate::internal::transfer::Courier::new(site, "carrier", Box::new(place));
    let busy = courier.round(&Quiet).expect_err("busy");
    assert_eq!(busy.exit_code(), 6);
}

#[test]
fn what_can_not_be_moved_there_is_told_and_given_to_the_integration_once() {
    let bench = Bench::new(&DELETE.replace("delete", "move:/gone"));
    bench.server.put("/out/a.csv", people(1, 1));
    let round = bench.round();
    assert_eq!(round.fetched, 1);
    assert!(
        round.troubles[0].contains("make that folder on the server"),
        "{round:?}"
    );
    bench.run("people");
    assert_eq!(bench.round().fetched, 0);
    assert_eq!(bench.server.paths(), ["/out/a.csv"]);
    bench.server.make_folder("/gone");
    bench.round();
    assert_eq!(bench.server.paths(), ["/gone/a.csv"]);
    assert_eq!(bench.runs().len(), 1);
    assert_eq!(bench.pulls(), 0);
}

#[test]
fn an_inbound_folder_that_is_missing_is_told_and_nothing_is_fetched() {
    let bench = Bench::new(DELETE);
    bench.server.put("/out/a.csv", people(1, 1));
    std::fs::remove_dir(bench.path("inbound/people")).expect("empty");
    let round = bench.round();
    assert!(
        round.troubles[0].contains("inbound folder is missing"),
        "{round:?}"
    );
    assert_eq!(bench.server.paths(), ["/out/a.csv"]);
}

#[test]
fn a_file_that_is_ours_is_not_fetched_again_when_its_folder_was_away_for_a_while() {
    let bench = Bench::new(DELETE);
    bench.server.put("/out/a.csv", people(1, 1));
    let server = bench.server.clone();
    bench.server.set_hook(move |side, what| {
        if (side, what) == (Side::Before, "remove") {
            server.clear_hook();
            server.remove_folder("/out");
            return Err(std::io::Error::other("cut"));
        }
        Ok(())
    });
    assert_eq!(bench.round().fetched, 1);
    let round = bench.round();
    assert!(round.troubles[0].contains("the folder /out"), "{round:?}");
    bench.server.put("/out/a.csv", people(1, 1));
    bench.run("people");
    assert_eq!(bench.round().fetched, 0);
    assert!(bench.names("inbound/people").is_empty());
    assert!(bench.server.paths().is_empty());
}

#[test]
fn a_file_settles_from_the_look_on_that_saw_it_however_long_the_round_took_before() {
    static NOW: AtomicI64 = AtomicI64::new(1_795_170_000);
    let moving = || {
        let now = NOW.load(Ordering::Relaxed);
        chrono::DateTime::from_timestamp(now, 0).expect("a moment")
    };
    let bench = Bench::new(
        r#"[integration.people]
kind = "demographic"
complete = { by = "rename" }
push = { endpoint = "carrier", folder = "/in" }
[integration.others]
kind = "demographic"
roster = "others"
complete = { by = "quiet", settle = "30s" }
pull = { endpoint = "carrier", folder = "/out", after = "delete" }
"#,
    );
    bench.write("inbound/people/first.csv", people(1, 1));
    bench.run("people");
    bench.server.put("/out/a.csv", people(2, 1));
    bench.server.set_hook(|side, what| {
        if (side, what) == (Side::Before, "send") {
            NOW.fetch_add(600, Ordering::Relaxed);
        }
        Ok(())
    });
    let mut courier = bench.courier_at(moving);
    let round = courier.round(&Quiet).expect("round");
    assert_eq!((round.sent, round.fetched, round.arriving), (1, 0, 1));
    NOW.fetch_add(1, Ordering::Relaxed);
    assert_eq!(courier.round(&Quiet).expect("too soon").fetched, 0);
    NOW.fetch_add(30, Ordering::Relaxed);
    assert_eq!(courier.round(&Quiet).expect("settled").fetched, 1);
}
