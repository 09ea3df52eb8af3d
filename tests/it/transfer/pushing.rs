//! Sending published files to the server.

use super::bench::{Bench, clock, faulty, next_day, next_week, people};
use crate::memory::Side;
use feedgate::internal::domain::ReferenceId;
use feedgate::internal::run;
use feedgate::internal::site::Quiet;
use feedgate::internal::spool::Disk;
use feedgate::internal::status;
use std::fs;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

const PUSH: &str = r#"[integration.people]
kind = "demographic"
complete = { by = "rename" }
guards = { max_error_count = 2 }
output = { done_marker = true }
push = { endpoint = "carrier", folder = "/in", files = ["output", "errors", "receipts"] }
"#;

const OUTPUT: &str = "a.20261120-000001.output.csv";

fn ran() -> Bench {
    let bench = Bench::new(PUSH);
    bench.write(
        "inbound/people/a.csv",
        people(1, 2) + &faulty(9, 1)[faulty(9, 0).len()..],
    );
    bench.run("people");
    bench
}

#[test]
fn what_a_run_publishes_is_sent_once_even_if_its_receiver_took_it_in_the_site() {
    let bench = ran();
    let output = fs::read(bench.path(&format!("outbound/people/output/{OUTPUT}"))).expect("output");
    fs::remove_dir_all(bench.path("outbound")).expect("taken");
    let round = bench.round();
    assert_eq!((round.sent, round.waiting, round.troubles.len()), (4, 0, 0));
    assert_eq!(
        bench.server.paths(),
        [
            "/in/a.20261120-000001.errors.csv",
            "/in/a.20261120-000001.output.csv",
            "/in/a.20261120-000001.output.csv.done",
            "/in/a.20261120-000001.receipt.json",
            "/in/a.20261120-000001.rejects.csv",
        ]
    );
    assert_eq!(bench.server.content(format!("/in/{OUTPUT}")), Some(output));
    assert!(bench.names("work/.outbox").is_empty());
    bench.server.take(format!("/in/{OUTPUT}"));
    assert_eq!(bench.round().sent, 0, "its receiver has it");
}

#[test]
fn a_file_of_the_same_bytes_is_ours_and_one_of_others_is_not_overwritten() {
    let bench = ran();
    let output = fs::read(bench.path(&format!("outbound/people/output/{OUTPUT}"))).expect("output");
    bench.server.put(format!("/in/{OUTPUT}"), output.clone());
    let receipt = "/in/a.20261120-000001.receipt.json";
    let local = bench.path("outbound/people/receipts/a.20261120-000001.receipt.json");
    let other = vec![b'x'; fs::read(local).expect("receipt").len()];
    bench.server.put(receipt, other.clone());
    let round = bench.round();
    assert_eq!((round.sent, round.waiting), (3, 1));
    assert!(
        round.troubles[0].contains("another file of this name"),
        "{round:?}"
    );
    assert_eq!(bench.server.content(receipt), Some(other));
    assert_eq!(bench.server.content(format!("/in/{OUTPUT}")), Some(output));
    assert!(bench.server.paths().iter().all(|p| !p.ends_with(".part")));
    // A person moves it away; it is sent with the next day's try.
    bench.server.take(receipt);
    assert_eq!(bench.round().sent, 0);
    let mut later = bench.courier_at(next_day);
    assert_eq!(later.round(&Quiet).expect("round").sent, 1);
}

#[test]
fn a_later_receipt_stands_beside_the_one_that_was_sent() {
    let bench = Bench::new(PUSH);
    bench.write("inbound/people/a.csv", faulty(1, 3));
    bench.run("people");
    assert_eq!(bench.statuses(), ["Held"]);
    assert_eq!(bench.round().sent, 3);
    let site = bench.site(Disk::new(), clock);
    let reference = ReferenceId::parse("20261120-000001").expect("reference");
    run::refuse(&site, &reference, "sent by mistake").expect("refused");
    assert_eq!(bench.round().sent, 1);
    assert_eq!(
        bench.server.paths(),
        [
            "/in/a.20261120-000001.errors.csv",
            "/in/a.20261120-000001.held.csv",
            "/in/a.20261120-000001.receipt.2.json",
            "/in/a.20261120-000001.receipt.json",
        ]
    );
}

#[test]
fn a_receipt_that_was_not_sent_is_followed_by_the_later_one() {
    let bench = Bench::new(PUSH);
    bench.write("inbound/people/a.csv", faulty(1, 3));
    bench.run("people");
    let site = bench.site(Disk::new(), clock);
    let reference = ReferenceId::parse("20261120-000001").expect("reference");
    run::refuse(&site, &reference, "sent by mistake").expect("refused");
    assert_eq!(bench.round().sent, 3);
    let receipt = bench.server.content("/in/a.20261120-000001.receipt.json");
    let receipt = String::from_utf8(receipt.expect("there")).expect("text");
    assert!(receipt.contains("refused by"), "{receipt}");
    assert!(bench.names("work/.outbox").is_empty());
}

#[test]
fn bytes_that_were_changed_since_are_not_sent() {
    let bench = ran();
    let kept = bench.names("work/.outbox");
    fs::write(bench.path(&format!("work/.outbox/{}", kept[0])), "other").expect("changed");
    let round = bench.round();
    assert_eq!((round.sent, round.waiting), (3, 1));
    assert!(round.troubles[0].contains("feedgate rerun"), "{round:?}");
}

#[test]
fn after_a_week_a_file_is_given_up_until_a_person_asks() {
    let bench = ran();
    bench.server.remove_folder("/in");
    let round = bench.round();
    assert_eq!((round.sent, round.waiting), (0, 4));
    assert!(round.troubles[0].contains("the folder /in"), "{round:?}");
    let mut later = bench.courier_at(next_week);
    let round = later.round(&Quiet).expect("round");
    assert_eq!((round.troubles.len(), round.waiting), (5, 0));
    assert!(round.troubles[1].contains("feedgate transfer carrier"));
    bench.server.make_folder("/in");
    assert_eq!(later.round(&Quiet).expect("round").sent, 0);
    later.ask();
    assert_eq!(later.round(&Quiet).expect("round").sent, 4);
}

#[test]
fn a_name_that_the_server_refuses_keeps_no_other_file_back() {
    let bench = ran();
    bench.server.refuse_name(OUTPUT);
    let round = bench.round();
    assert_eq!((round.sent, round.waiting), (3, 1));
    assert!(
        round.troubles[0].starts_with("20261120-000001: a."),
        "{round:?}"
    );
    assert!(bench.server.paths().iter().all(|p| !p.ends_with(".part")));
    let now = {
        let site = bench.site(Disk::new(), clock);
        status::overview(&site, None, 20).expect("read").endpoints
    };
    assert_eq!((now[0].waiting, now[0].not_sent.len()), (0, 1));
    assert_eq!(now[0].not_sent[0].file, OUTPUT);
}

#[test]
fn a_released_run_is_sent_with_its_output() {
    let bench = Bench::new(PUSH);
    bench.write(
        "inbound/people/a.csv",
        people(20, 1) + &faulty(1, 3)[faulty(1, 0).len()..],
    );
    bench.run("people");
    assert_eq!(bench.round().sent, 3);
    let site = bench.site(Disk::new(), clock);
    let reference = ReferenceId::parse("20261120-000001").expect("reference");
    run::release(&site, &reference, "seen", &Quiet).expect("released");
    let round = bench.round();
    assert_eq!((round.sent, round.waiting), (4, 0), "{round:?}");
    let paths = bench.server.paths();
    let names: Vec<&str> = paths
        .iter()
        .filter_map(|p| p.strip_prefix("/in/a.20261120-000001."))
        .collect();
    assert_eq!(
        names,
        [
            "errors.2.csv",
            "errors.csv",
            "held.csv",
            "output.csv",
            "output.csv.done",
            "receipt.2.json",
            "receipt.json",
            "rejects.csv"
        ]
    );
}

#[test]
fn a_refused_file_is_not_taken_for_sent_if_we_end_when_its_temporary_name_has_gone() {
    let bench = ran();
    bench.server.refuse_name(OUTPUT);
    let server = bench.server.clone();
    bench.server.set_hook(move |side, what| {
        if (side, what) == (Side::After, "remove") {
            server.clear_hook();
            panic!("the process ends");
        }
        Ok(())
    });
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bench.round()));
    assert!(ended.is_err());
    assert_eq!(bench.round().waiting, 1);
    let outbox = bench.ledger().outbox("carrier").expect("read");
    let outputs = outbox.iter().filter(|file| file.name.contains("output"));
    let states: Vec<_> = outputs.map(|file| file.state.as_str()).collect();
    assert_eq!(states, ["refused"]);
}

#[test]
fn what_waits_for_its_renaming_is_not_taken_for_sent_while_its_folder_is_away() {
    let bench = ran();
    let (server, kept) = (bench.server.clone(), Arc::new(Mutex::new(Vec::new())));
    let away = Arc::clone(&kept);
    bench.server.set_hook(move |side, what| {
        if (side, what) == (Side::Before, "rename") {
            server.clear_hook();
            let files = server.paths().into_iter();
            let files = files.map(|path| (server.content(&path).expect("there"), path));
            away.lock().expect("kept").extend(files);
            server.remove_folder("/in");
            return Err(std::io::Error::other("cut"));
        }
        Ok(())
    });
    assert!(bench.round().troubles[0].starts_with("people: a."));
    let round = bench.round();
    assert_eq!((round.sent, round.waiting), (0, 4));
    assert!(round.troubles[0].contains("the folder /in"), "{round:?}");
    for (content, path) in kept.lock().expect("kept").drain(..) {
        bench.server.put(path, content);
    }
    let round = bench.round();
    assert_eq!((round.sent, round.waiting), (4, 0));
    assert!(bench.server.content(format!("/in/{OUTPUT}")).is_some());
}

#[test]
fn the_waits_between_pushes_that_fail_grow() {
    static NOW: AtomicI64 = AtomicI64::new(0);
    let clock = || chrono::DateTime::from_timestamp(NOW.load(Ordering::Relaxed), 0).expect("time");
    NOW.store(super::bench::clock().timestamp(), Ordering::Relaxed);
    let bench = ran();
    bench.server.set_hook(|side, what| match (side, what) {
        (Side::Before, "create") => Err(std::io::Error::other("cut")),
        _ => Ok(()),
    });
    let mut courier = bench.courier_at(clock);
    for longest in [15, 22, 33, 50] {
        let round = courier.round(&Quiet).expect("round");
        assert_eq!((round.sent, round.failing), (0, None));
        let next = round.next.expect("another try").timestamp();
        let wait = next - NOW.load(Ordering::Relaxed);
        assert!(
            (longest * 4 / 5 - 1..=longest + 1).contains(&wait),
            "{wait}"
        );
        NOW.store(next + 1, Ordering::Relaxed);
    }
    bench.server.clear_hook();
    assert_eq!(courier.round(&Quiet).expect("round").sent, 4);
}

#[test]
fn a_temporary_file_that_can_not_be_removed_keeps_nothing_waiting() {
    let bench = ran();
    let output = fs::read(bench.path(&format!("outbound/people/output/{OUTPUT}"))).expect("output");
    let server = bench.server.clone();
    bench.server.set_hook(move |side, what| {
        if (side, what) == (Side::Before, "rename") {
            server.clear_hook();
            server.put(format!("/in/{OUTPUT}"), output.clone());
        }
        Ok(())
    });
    bench.server.keep_all();
    let round = bench.round();
    assert_eq!((round.sent, round.waiting, round.next), (4, 0, None));
    assert!(round.troubles[0].contains("temporary file"), "{round:?}");
    let paths = bench.server.paths();
    assert_eq!(paths.iter().filter(|p| p.ends_with(".part")).count(), 1);
}

#[test]
fn a_longer_file_that_begins_like_ours_is_another() {
    let bench = ran();
    let local = bench.path(&format!("outbound/people/output/{OUTPUT}"));
    let mut longer = fs::read(local).expect("output");
    longer.extend(b"more");
    let (server, content) = (bench.server.clone(), longer.clone());
    bench.server.set_hook(move |side, what| {
        if (side, what) == (Side::Before, "rename") {
            server.clear_hook();
            server.put(format!("/in/{OUTPUT}"), content.clone());
        }
        Ok(())
    });
    let round = bench.round();
    assert_eq!((round.sent, round.waiting), (3, 1));
    assert!(
        round.troubles[0].contains("another file of this name"),
        "{round:?}"
    );
    assert_eq!(bench.server.content(format!("/in/{OUTPUT}")), Some(longer));
}
