//! The state of an endpoint across processes and restarts.

use super::bench::{Bench, clock, people, soon};
use crate::memory::Side;
use chrono::{DateTime, Utc};
use feedgate::internal::site::Quiet;
use feedgate::internal::transport::FaultKind;

const PULL: &str = r#"[integration.people]
kind = "demographic"
complete = { by = "rename" }
pull = { endpoint = "carrier", folder = "/out", after = "delete", every = "5m" }
"#;

/// Two minutes after [`clock`].
fn later() -> DateTime<Utc> {
    clock() + chrono::TimeDelta::seconds(120)
}

#[test]
fn a_new_courier_tries_a_stopped_endpoint_once_and_tells_the_same_fault_once() {
    let bench = Bench::new(PULL);
    bench.server.set_refusal(Some(FaultKind::SignIn));
    let calls = |bench: &Bench| {
        let row = bench.ledger().endpoint("carrier").expect("read");
        row.expect("tried").since
    };
    assert!(bench.round().stopped.is_some());
    let first = calls(&bench);
    assert!(bench.round().stopped.is_some());
    assert_eq!((calls(&bench), bench.actions().len()), (first, 1));
    bench.server.set_refusal(None);
    bench.server.put("/out/a.csv", people(1, 1));
    assert_eq!(bench.round().fetched, 1);
}

#[test]
fn a_secret_that_a_command_lacks_is_not_the_endpoints_state() {
    let bench = Bench::new(PULL);
    bench.round();
    bench.server.set_refusal(Some(FaultKind::Secret));
    let mut by_hand = bench.courier_at(clock);
    by_hand.ask();
    let why = by_hand.round(&Quiet).expect("round").stopped;
    assert!(why.expect("told").contains("this command alone"));
    assert_eq!(bench.endpoint(), "working");
    assert!(bench.actions().is_empty());
}

#[test]
fn a_courier_that_stopped_tries_again_after_another_process_got_through() {
    let bench = Bench::new(PULL);
    let mut daemon = bench.courier_at(clock);
    daemon.round(&Quiet).expect("round");
    let mut daemon = bench.courier_at(clock);
    bench.server.set_refusal(Some(FaultKind::Secret));
    assert!(daemon.round(&Quiet).expect("round").stopped.is_some());
    bench.server.set_refusal(None);
    let mut by_hand = bench.courier_at(clock);
    by_hand.ask();
    by_hand.round(&Quiet).expect("round");
    assert_eq!(bench.endpoint(), "working");
    bench.server.set_refusal(Some(FaultKind::Secret));
    assert!(daemon.round(&Quiet).expect("round").stopped.is_some());
    assert_eq!(bench.endpoint(), "stopped");
}

#[test]
fn an_outage_of_more_than_a_minute_is_told_once_with_its_end() {
    let bench = Bench::new(PULL);
    bench.server.set_refusal(Some(FaultKind::Transient));
    let at = |clock| bench.courier_at(clock).round(&Quiet).expect("round");
    assert!(at(clock).failing.is_some());
    at(soon);
    assert!(bench.actions().is_empty());
    at(later);
    at(later);
    assert_eq!(bench.actions(), ["endpoint failing"]);
    bench.server.set_refusal(None);
    let back = at(later);
    assert!(back.recovered && back.failing.is_none(), "{back:?}");
    assert_eq!(
        bench.actions(),
        ["endpoint failing", "endpoint works again"]
    );
}

#[test]
fn what_a_server_fails_at_is_kept_with_its_file_until_it_goes_well() {
    let both = PULL.replace(
        "[integration.people]",
        "[integration.people]\npush = { endpoint = \"carrier\", folder = \"/in\", files = [\"output\"] }",
    );
    let bench = Bench::new(&both);
    bench.server.put("/out/a.csv", people(1, 1));
    bench.server.set_hook(|side, what| match (side, what) {
        (Side::Before, "remove") => Err(std::io::Error::other("failure")),
        _ => Ok(()),
    });
    let mut courier = bench.courier_at(clock);
    let round = courier.round(&Quiet).expect("round");
    assert_eq!((round.fetched, round.failing), (1, None));
    let why = "people: a.csv: fetched, but it can't be deleted there: ";
    assert!(round.news[0].starts_with(why), "{:?}", round.news);
    assert_eq!(bench.actions(), ["not cleared"]);
    let troubles = || {
        let site = bench.site(feedgate::internal::spool::Disk::new(), clock);
        let now = feedgate::internal::status::overview(&site, None, 20).expect("read");
        now.endpoints[0].troubles.clone()
    };
    assert_eq!(troubles()[0].integration, "people");
    assert_eq!(troubles()[0].next_try, None, "no daemon runs");
    // Not due, so as bad as it was.
    assert!(courier.round(&Quiet).expect("round").over.is_empty());
    assert_eq!(troubles().len(), 1);
    bench.server.clear_hook();
    bench.run("people");
    bench.server.remove_folder("/in");
    let round = bench.round();
    assert!(round.news[0].contains("every minute"), "{:?}", round.news);
    assert_eq!(troubles().len(), 1);
    bench.server.make_folder("/in");
    let round = bench.round();
    assert_eq!((round.sent, round.over.len()), (1, 1));
    assert!(troubles().is_empty());
}
