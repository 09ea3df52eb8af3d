//! Failures of an endpoint, of one integration and of one file, and what continues despite each.

use super::bench::{Bench, next_week, people};
use crate::memory::Side;
use feedgate::internal::site::Quiet;
use feedgate::internal::transport::FaultKind;
use std::sync::atomic::{AtomicBool, Ordering};

const BOTH: &str = r#"[integration.people]
kind = "demographic"
complete = { by = "rename" }
pull = { endpoint = "carrier", folder = "/out/people", after = "delete" }
[integration.others]
kind = "demographic"
roster = "others"
complete = { by = "rename" }
pull = { endpoint = "carrier", folder = "/out/others", after = "delete" }
"#;

#[test]
fn a_missing_folder_is_its_integrations_trouble_alone() {
    let bench = Bench::new(BOTH);
    bench.server.put("/out/others/a.csv", people(1, 1));
    let round = bench.round();
    assert_eq!(round.fetched, 1);
    assert!(
        round.troubles[0].starts_with("people: the folder /out/people"),
        "{round:?}"
    );
    assert_eq!((round.stopped, round.failing), (None, None));
    bench.server.make_folder("/out/people");
    bench.server.deny("/out/people", true);
    bench.server.put("/out/others/b.csv", people(2, 1));
    assert_eq!(bench.round().fetched, 1);
}

#[test]
fn an_endpoint_that_refuses_us_stops_until_a_person_acts() {
    for kind in [FaultKind::HostKey, FaultKind::SignIn, FaultKind::Secret] {
        let bench = Bench::new(BOTH);
        bench.server.make_folder("/out/people");
        bench.server.put("/out/others/a.csv", people(1, 1));
        bench.server.set_refusal(Some(kind));
        let mut courier = bench.courier_at(super::bench::clock);
        let round = courier.round(&Quiet).expect("round");
        assert!(round.stopped.is_some(), "{round:?}");
        let next = round.next.expect("a look whether something changed");
        assert_eq!((next.to_utc() - super::bench::clock()).num_seconds(), 60);
        assert_eq!(bench.endpoint(), "stopped");
        bench.server.set_refusal(None);
        let round = courier.round(&Quiet).expect("round");
        assert_eq!((round.fetched, round.stopped.is_some()), (0, true));
        assert!(round.next.is_some());
        // What it depends on changes, a person asks, or the daemon restarts.
        match kind {
            FaultKind::HostKey => bench.write("secrets/known_hosts", "another key"),
            FaultKind::SignIn => courier.ask(),
            _ => courier = bench.courier_at(super::bench::clock),
        }
        let round = courier.round(&Quiet).expect("round");
        assert_eq!((round.fetched, round.recovered), (1, true));
        assert_eq!(bench.endpoint(), "working");
        let told = bench.actions();
        assert_eq!(told, ["endpoint stopped", "endpoint works again"]);
    }
}

#[test]
fn what_may_pass_by_itself_is_tried_again_later() {
    let bench = Bench::new(BOTH);
    bench.server.make_folder("/out/people");
    bench.server.set_refusal(Some(FaultKind::Transient));
    let mut courier = bench.courier_at(super::bench::clock);
    let round = courier.round(&Quiet).expect("round");
    assert!(
        round.failing.is_some() && round.troubles.is_empty(),
        "{round:?}"
    );
    assert_eq!(bench.endpoint(), "failing");
    let next = round.next.expect("later");
    let wait = (next.to_utc() - super::bench::clock()).num_seconds();
    assert!((12..=15).contains(&wait), "{wait}");
    bench.server.set_refusal(None);
    // Not asked again before it is due, and no better for that.
    let still = courier.round(&Quiet).expect("not due").failing;
    assert_eq!((round.failing, still.is_some()), (still, true));
    assert_eq!(bench.endpoint(), "failing");
    bench.round();
    assert_eq!(bench.endpoint(), "working");
}

#[test]
fn a_courier_may_work_on_a_thread_of_its_own_and_tells_how_endpoints_are_doing() {
    let bench = Bench::new(BOTH);
    bench.server.put("/out/people/a.csv", people(1, 1));
    bench.server.make_folder("/out/others");
    bench.write("inbound/people/a.csv", people(2, 1));
    let site = bench.site(feedgate::internal::spool::Disk::new(), super::bench::clock);
    let endpoints = || {
        feedgate::internal::status::overview(&site, None, 20)
            .expect("read")
            .endpoints
    };
    let now = endpoints();
    assert_eq!((now[0].state, now[0].arrived), ("not tried yet", 0));
    let mut courier = bench.courier_at(super::bench::clock);
    let worked = std::thread::spawn(move || courier.round(&Quiet).map(|r| r.fetched));
    assert_eq!(worked.join().expect("thread").expect("round"), 0);
    let now = endpoints();
    assert_eq!((now.len(), now[0].state, now[0].arrived), (1, "working", 1));
}

#[test]
fn a_giant_is_not_fetched_and_keeps_no_other_back() {
    let bench = Bench::new(&format!("{BOTH}limits = {{ max_file_bytes = 300 }}\n"));
    bench.server.make_folder("/out/people");
    bench.server.put("/out/others/a.csv", people(1, 90));
    bench.server.put("/out/others/b.csv", people(1, 1));
    let round = bench.round();
    assert_eq!(round.fetched, 1);
    assert!(
        round.troubles[0].contains("limits.max_file_bytes"),
        "{round:?}"
    );
}

#[test]
fn a_server_that_fails_to_delete_keeps_no_new_file_back() {
    let bench = Bench::new(BOTH);
    bench.server.make_folder("/out/others");
    bench.server.set_hook(|side, what| match (side, what) {
        (Side::Before, "remove") => Err(std::io::Error::other("failure")),
        _ => Ok(()),
    });
    for n in [1, 2] {
        bench
            .server
            .put(format!("/out/people/{n}.csv"), people(n, 1));
        let round = bench.round();
        assert_eq!(round.fetched, 1);
        let why = &round.troubles[0];
        assert!(why.contains("can't be deleted there"), "{why}");
    }
    bench.server.clear_hook();
    assert_eq!(bench.round().fetched, 0);
    assert!(bench.server.paths().is_empty());
}

#[test]
fn what_was_fetched_goes_into_inbound_also_while_its_endpoint_is_stopped() {
    let bench = Bench::new(BOTH);
    bench.server.make_folder("/out/others");
    bench.server.put("/out/people/a.csv", people(1, 1));
    bench.write("inbound/people/a.csv", people(2, 1));
    assert_eq!(bench.round().fetched, 0);
    bench.server.set_refusal(Some(FaultKind::HostKey));
    let mut courier = bench.courier_at(super::bench::clock);
    assert!(courier.round(&Quiet).expect("round").stopped.is_some());
    bench.run("people");
    let round = courier.round(&Quiet).expect("round");
    assert_eq!((round.fetched, round.stopped.is_some()), (1, true));
    assert_eq!(bench.names("inbound/people"), ["a.csv"]);
}

#[test]
fn a_clock_that_was_set_back_keeps_nothing_waiting() {
    static BACK: AtomicBool = AtomicBool::new(false);
    let clock = || match BACK.load(Ordering::Relaxed) {
        false => next_week(),
        true => super::bench::clock(),
    };
    let bench = Bench::new(BOTH);
    bench.server.make_folder("/out/others");
    bench.server.make_folder("/out/people");
    let mut courier = bench.courier_at(clock);
    courier.round(&Quiet).expect("round");
    bench.server.put("/out/people/a.csv", people(1, 1));
    assert_eq!(courier.round(&Quiet).expect("not due").fetched, 0);
    BACK.store(true, Ordering::Relaxed);
    assert_eq!(courier.round(&Quiet).expect("round").fetched, 1);
}

#[test]
fn a_folder_in_the_place_of_a_marker_keeps_one_file_back_alone() {
    let marker = "complete = { by = \"marker\", marker = \".done\" }";
    let bench = Bench::new(&BOTH.replacen("complete = { by = \"rename\" }", marker, 1));
    bench.server.put("/out/people/a.csv", people(1, 1));
    bench.server.put("/out/people/a.csv.done", "");
    bench.server.put("/out/others/b.csv", people(2, 1));
    let in_the_way = bench.path("inbound/people/a.csv.done");
    std::fs::create_dir(&in_the_way).expect("folder");
    let round = bench.round();
    assert_eq!(round.fetched, 1);
    assert!(round.troubles[0].contains("a.csv.done"), "{round:?}");
    std::fs::remove_dir(&in_the_way).expect("removed");
    assert_eq!(bench.round().fetched, 1);
    bench.run("people");
    assert_eq!(bench.statuses(), ["Completed"]);
}
