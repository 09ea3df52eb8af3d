//! A server that never answers, and a large transfer that is under way when the daemon has to stop.

use super::partner::{Partner, RENAMED, SOON, pulls, there};
use crate::daemon::{Daemon, wait_at_most};
use crate::people::{csv, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, files};
use std::fs::{self, File};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn a_server_that_says_nothing_slows_nobody() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let silent = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = silent.local_addr().expect("an address").port();
    // It accepts whatever comes, and keeps it.
    thread::spawn(move || silent.incoming().collect::<Vec<_>>());
    let more = format!(
        "[endpoint.silent]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"acme\"\n\
         auth = {{ key = \"secrets/partner_key\" }}\nhost_keys = \"secrets/partner_hosts\"\n\
         [integration.{DEDUCTION}.pull]\nendpoint = \"silent\"\nfolder = \"out\"\nevery = \"1s\"\nafter = \"delete\"\n"
    );
    let site = partner.site(RENAMED, &(pulls("delete") + &more));
    partner.make("out");
    let daemon = Daemon::start(&site);
    let began = Instant::now();
    for n in 0..3 {
        partner.put(&format!("out/p{n}.csv"), csv(&[person(n)]));
        site.receipt(&format!("p{n}"));
    }
    site.inbound(DEMOGRAPHIC, "local.csv", csv(&[person(7)]));
    site.receipt("local");
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "{:?}",
        began.elapsed()
    );
    let checked = Instant::now();
    let check = site.feedgate(&["check"]);
    assert!(checked.elapsed() < Duration::from_secs(20));
    assert_eq!(check.code, 2, "{check:?}");
    assert!(check.stdout.contains("within 10 s"), "{check:?}");
    assert!(
        check.stdout.contains("its host key is on record"),
        "{check:?}"
    );
    site.endpoint_is("silent", "failing");
    // It may be in the middle of a try.
    let told = Instant::now();
    daemon.stop();
    assert!(
        told.elapsed() < Duration::from_secs(5),
        "{:?}",
        told.elapsed()
    );
}

#[test]
fn a_giant_is_left_where_it_is_and_fetched_by_the_next_daemon() {
    const SIZE: u64 = 200 << 20;
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = partner.site(RENAMED, &pulls("delete"));
    // No run takes it out of inbound.
    let site = site.and_keys(DEMOGRAPHIC, "start = \"schedule\"");
    partner.make("out");
    let giant = File::create(partner.path("out/giant.csv")).expect("made");
    giant.set_len(SIZE).expect("large");
    let daemon = Daemon::start(&site);
    let arriving = || {
        files(&site.path("work"))
            .into_iter()
            .find(|p| p.metadata().is_ok_and(|m| m.len() > 1 << 20))
    };
    let there_now = wait_at_most(SOON, "a part of it", arriving);
    let told = Instant::now();
    // The first signal lets it finish, if that doesn't take long; the second is impatient.
    daemon.signal(rustix::process::Signal::TERM);
    thread::sleep(Duration::from_millis(30));
    daemon.stop();
    assert!(
        told.elapsed() < Duration::from_secs(5),
        "{:?}",
        told.elapsed()
    );
    let whole = site.inbox(DEMOGRAPHIC).join("giant.csv");
    assert!(
        !whole.exists() && partner.names("out").len() == 1,
        "{there_now:?}"
    );
    let daemon = Daemon::start(&site);
    there(&partner, "out", "nothing", <[String]>::is_empty);
    let queued = || files(&site.path("queue")).into_iter().next();
    let whole = wait_at_most(SOON, "it waits in the queue", queued);
    assert_eq!(fs::metadata(whole).expect("in the queue").len(), SIZE);
    assert!(files(&site.path("work")).is_empty());
    daemon.stop();
}
