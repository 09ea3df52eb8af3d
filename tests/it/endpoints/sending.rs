//! Published files are sent exactly once, whatever the receiver does with them.

use super::partner::{Partner, RENAMED, SOON, pulls, pushes, there};
use crate::daemon::{Daemon, wait_at_most};
use crate::people::{csv, person, today};
use crate::scenario::{DEMOGRAPHIC, files};
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

const ALL: &str = "\"output\", \"errors\", \"receipts\"";
const MARKED: &str = "output = { done_marker = true }\ncomplete = { by = \"rename\" }";

#[test]
fn everything_published_is_sent_once_to_a_receiver_that_takes_it_at_once() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = partner.site(RENAMED, &pushes(ALL));
    let folder = partner.make("in");
    let daemon = Daemon::start(&site);
    let over = AtomicBool::new(false);
    let taken = thread::scope(|scope| {
        let receiver = scope.spawn(|| {
            let mut taken = BTreeMap::<String, Vec<u8>>::new();
            while !over.load(Ordering::Relaxed) {
                for entry in fs::read_dir(&folder).expect("a folder").flatten() {
                    let name = entry.file_name().to_string_lossy().into_owned();
                    if name.starts_with('.') {
                        continue;
                    }
                    let bytes = fs::read(entry.path()).expect("read");
                    fs::remove_file(entry.path()).expect("taken");
                    let before = taken.insert(name, bytes);
                    assert!(before.is_none(), "it came again");
                }
            }
            taken
        });
        for n in 0..10 {
            let wrong = person(100 + n).with("ssn", "000-12-3456");
            let rows = csv(&[person(n), wrong]);
            site.inbound(DEMOGRAPHIC, &format!("hr{n}.csv"), rows);
        }
        for n in 0..10 {
            site.receipt(&format!("hr{n}"));
        }
        wait_at_most(SOON, "nothing that waits", || {
            let nothing = site.endpoint("partner")["waiting"] == 0;
            (nothing
                && site
                    .feedgate(&["runs", "--status", "in-progress", "--json"])
                    .summaries
                    .is_empty())
            .then_some(())
        });
        // What came again would come with the next round.
        let round = site.feedgate(&["transfer", "--wait"]);
        assert_eq!(round.code, 0, "{round:?}");
        over.store(true, Ordering::Relaxed);
        receiver.join().expect("the receiver")
    });
    daemon.stop();
    let published = files(&site.path("outbound"));
    let published: BTreeMap<String, Vec<u8>> = published
        .iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (name.into_owned(), fs::read(path).expect("read"))
        })
        .collect();
    assert!(
        published == taken,
        "{:?}\n{:?}",
        published.keys(),
        taken.keys()
    );
    let kinds = [".output.", ".errors.", ".rejects.", ".receipt."];
    for kind in kinds {
        assert_eq!(
            taken.keys().filter(|n| n.contains(kind)).count(),
            10,
            "{kind}"
        );
    }
}

#[test]
fn a_held_run_is_sent_when_it_is_released_its_marker_last() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let guards = format!("[integration.{DEMOGRAPHIC}.guards]\nmax_error_count = 0\n");
    let site = partner.site(MARKED, &(pushes("\"output\"") + &guards));
    partner.make("in");
    let daemon = Daemon::start(&site);
    let wrong = person(2).with("ssn", "000-12-3456");
    site.inbound(DEMOGRAPHIC, "held.csv", csv(&[person(1), wrong]));
    let held = wait_at_most(SOON, "a held run", || {
        let told = site.feedgate(&["runs", "--status", "held", "--json"]);
        told.summaries.first().cloned()
    });
    site.inbound(DEMOGRAPHIC, "next.csv", csv(&[person(3)]));
    let marker = |name: &&String| name.strip_suffix(".done").is_some();
    let sent = |names: &[String]| names.iter().filter(marker).count();
    there(&partner, "in", "the next file's output", |names| {
        sent(names) == 1
    });
    assert!(partner.names("in").iter().all(|n| n.starts_with("next.")));
    let reference = held["integration_reference_id"].as_str().expect("an ID");
    assert_eq!(
        site.feedgate(&["release", reference, "--why", "known"])
            .code,
        3
    );
    there(&partner, "in", "the held file's output", |names| {
        sent(names) == 2
    });
    let names = partner.names("in");
    assert!(
        names.len() == 4 && names[0].starts_with("held."),
        "{names:?}"
    );
    assert_eq!(
        fs::metadata(partner.path("in").join(&names[1]))
            .expect("a marker")
            .len(),
        0
    );
    daemon.stop();
}

#[test]
fn another_file_of_the_name_is_told_and_not_overwritten() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = partner.site(RENAMED, &pushes("\"output\""));
    partner.make("in");
    let content = csv(&[person(1)]);
    let day = today().format("%Y%m%d");
    let name = format!("a.{day}-000001.output.csv");
    partner.put(&format!("in/{name}"), "theirs");
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "a.csv", &content);
    site.inbound(DEMOGRAPHIC, "b.csv", csv(&[person(2)]));
    there(&partner, "in", "the other output", |names| names.len() == 2);
    let event = site.event("not sent", "another file of this name");
    assert!(event["why"].as_str().unwrap_or("").contains(&name));
    daemon.await_log("another file of this name");
    let theirs = partner.path(&format!("in/{name}"));
    assert_eq!(fs::read(&theirs).expect("read"), b"theirs");
    let now = site.endpoint("partner");
    assert_eq!(now["not_sent"][0]["file"], name.as_str(), "{now}");
    fs::remove_file(&theirs).expect("removed");
    assert_eq!(site.transfer().code, 0);
    let ours = site.published("a", "output").remove(0);
    assert_eq!(
        fs::read(theirs).expect("read"),
        fs::read(ours).expect("read")
    );
    daemon.stop();
}

#[test]
fn a_server_that_is_read_only_is_told_and_nothing_comes_twice() {
    let Some(partner) = Partner::start_with(&["ForceCommand internal-sftp -R"]) else {
        return;
    };
    let site = partner.site(RENAMED, &(pulls("delete") + &pushes("\"output\"")));
    partner.make("out");
    partner.make("in");
    partner.put("out/a.csv", csv(&[person(1)]));
    let daemon = Daemon::start(&site);
    site.receipt("a");
    site.event("not sent", "nothing can be sent to the folder");
    let event = site.event("not cleared", "a.csv");
    assert!(
        event["why"]
            .as_str()
            .unwrap_or("")
            .contains("pull.after = \"keep\"")
    );
    partner.put("out/b.csv", csv(&[person(2)]));
    site.receipt("b");
    daemon.kill();
    let daemon = Daemon::start(&site);
    partner.put("out/c.csv", csv(&[person(3)]));
    site.receipt("c");
    assert_eq!(site.judged(), ["a.csv", "b.csv", "c.csv"]);
    assert_eq!(partner.names("out").len(), 3);
    assert_eq!(site.endpoint("partner")["waiting"], 3);
    daemon.stop();
}
