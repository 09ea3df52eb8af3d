//! Files that are waiting to be sent when the configuration changes.

use super::bench::{Bench, SITE, clock, people, soon};
use crate::memory::Side;
use feedgate::internal::site::Quiet;
use std::fs;

const PUSH: &str = r#"[integration.people]
kind = "demographic"
complete = { by = "rename" }
push = { endpoint = "carrier", folder = "/nope", files = ["output", "receipts"] }
"#;

/// Changes the site's configuration.
fn configure(bench: &Bench, from: &str, to: &str) {
    let integrations = PUSH.replace(from, to);
    fs::write(bench.path("feedgate.toml"), [SITE, &integrations].concat()).expect("file");
}

fn ran() -> Bench {
    let bench = Bench::new(PUSH);
    bench.write("inbound/people/a.csv", people(1, 2));
    bench.run("people");
    bench
}

#[test]
fn what_waits_goes_to_the_present_folder() {
    let bench = ran();
    let round = bench.round();
    assert!(round.troubles[0].contains("the folder /nope"), "{round:?}");
    configure(&bench, "/nope", "/in");
    let round = bench.round();
    assert_eq!((round.sent, round.waiting), (2, 0), "{round:?}");
    assert_eq!(round.over, ["people"]);
    assert_eq!(bench.server.paths().len(), 2);
    assert!(bench.ledger().troubles("carrier").expect("read").is_empty());
}

#[test]
fn what_an_upload_left_in_the_folder_before_is_removed() {
    let bench = ran();
    bench.server.make_folder("/nope");
    // The connection is lost when the files are there, before the ledger has recorded it.
    let server = bench.server.clone();
    bench.server.set_hook(move |side, what| {
        if (side, what) == (Side::After, "send") {
            server.clear_hook();
            panic!("the process ends");
        }
        Ok(())
    });
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bench.round()));
    assert!(ended.is_err());
    let left = bench.server.paths();
    assert!(left.iter().any(|p| p.ends_with(".part")), "{left:?}");
    configure(&bench, "/nope", "/in");
    assert_eq!(bench.round().sent, 2);
    let paths = bench.server.paths();
    assert!(paths.iter().all(|p| p.starts_with("/in/")), "{paths:?}");
}

#[test]
fn what_is_being_renamed_is_finished_where_it_is() {
    let bench = ran();
    bench.server.make_folder("/nope");
    let server = bench.server.clone();
    bench.server.set_hook(move |side, what| {
        if (side, what) == (Side::After, "rename") {
            server.clear_hook();
            panic!("the process ends");
        }
        Ok(())
    });
    let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bench.round()));
    assert!(ended.is_err());
    configure(&bench, "/nope", "/in");
    assert_eq!(bench.round().waiting, 0);
    let paths = bench.server.paths();
    assert_eq!(paths.len(), 2, "each once: {paths:?}");
    assert!(paths.iter().all(|p| p.starts_with("/nope/a.")), "{paths:?}");
}

#[test]
fn without_a_push_files_wait_and_say_so() {
    let bench = ran();
    configure(&bench, "push =", "#");
    let mut courier = bench.courier_at(clock);
    let round = courier.round(&Quiet).expect("round");
    assert_eq!((round.sent, round.waiting, round.next), (0, 2, None));
    let why = "people: 2 files wait to be sent, and the configuration no longer says where";
    assert!(round.troubles[0].starts_with(why), "{round:?}");
    configure(&bench, "/nope", "/in");
    let round = bench.courier_at(soon).round(&Quiet).expect("round");
    assert_eq!((round.sent, round.over), (2, vec!["people".to_owned()]));
}

#[test]
fn what_waits_goes_to_the_present_endpoint() {
    let bench = ran();
    let second = SITE.replace("[endpoint.carrier]", "[endpoint.other]");
    let second = &second[second.find("[endpoint").expect("there")..];
    let integrations = PUSH.replace("carrier", "other").replace("/nope", "/in");
    let whole = [SITE, second, &integrations].concat();
    fs::write(bench.path("feedgate.toml"), whole).expect("file");
    assert_eq!(bench.round().waiting, 0);
    let waiting = |endpoint| bench.ledger().outbox(endpoint).expect("read").len();
    assert_eq!((waiting("carrier"), waiting("other")), (0, 2));
    let site = std::sync::Arc::new(bench.site(feedgate::internal::spool::Disk::new(), clock));
    let there = Box::new(bench.server.clone());
    let mut other = feedgate::internal::transfer::Courier::new(site, "other", there);
    assert_eq!(other.round(&Quiet).expect("round").sent, 2);
}
