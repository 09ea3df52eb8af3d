//! A connection that is lost repeatedly.

use super::bench::{Bench, clock, people};
use feedgate::internal::site::Quiet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

const BOTH: &str = r#"[integration.people]
kind = "demographic"
complete = { by = "rename" }
output = { done_marker = true }
pull = { endpoint = "carrier", folder = "/out", after = "delete" }
push = { endpoint = "carrier", folder = "/in", files = ["output", "receipts"] }
"#;

const FILES: u32 = 60;

/// Rounds until one goes through; how many were cut short.
fn rounds(bench: &Bench, every: u64) -> u64 {
    let count = AtomicU64::new(0);
    bench.server.set_hook(move |_, what| {
        let effect = count.fetch_add(1, Ordering::Relaxed) + 1;
        // `connect` has to go through now and then, or nothing would.
        let lost = effect.is_multiple_of(every) && what != "connect";
        if lost {
            return Err(io::Error::other("cut"));
        }
        Ok(())
    });
    for cut in 0..500 {
        let round = bench
            .courier_at(clock)
            .round(&Quiet)
            .expect("disk and ledger work");
        if round.failing.is_none() && round.troubles.is_empty() {
            bench.server.clear_hook();
            return cut;
        }
    }
    panic!("no round went through");
}

#[test]
fn every_file_arrives_once_whatever_the_connection_does() {
    for every in [19, 29, 101] {
        let bench = Bench::new(BOTH);
        for n in 0..FILES {
            bench
                .server
                .put(format!("/out/{n:02}.csv"), people(n * 10 + 1, 1));
        }
        let cut = rounds(&bench, every);
        assert!(cut > 0, "every {every}: nothing went wrong");
        assert_eq!(bench.names("inbound/people").len(), FILES as usize);
        assert!(bench.server.paths().is_empty());
        bench.run("people");
        assert!(bench.statuses().iter().all(|status| *status == "Completed"));
        assert!(rounds(&bench, every) > 0);
        let paths = bench.server.paths();
        let ending = |end: &str| paths.iter().filter(|p| p.ends_with(end)).count();
        let count = FILES as usize;
        assert_eq!(
            (ending(".output.csv"), ending(".done"), ending(".json")),
            (count, count, count)
        );
        assert_eq!(paths.len(), 3 * count, "none is left half");
        assert!(bench.ledger().unsent().expect("read").is_empty());
        assert!(bench.names("work/.outbox").is_empty());
    }
}
