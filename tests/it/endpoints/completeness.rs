//! When a file on the server counts as complete, and what happens to it there.

use super::partner::{Partner, RENAMED, pulls, there};
use crate::daemon::Daemon;
use crate::people::{csv, people, person};
use std::fs::{self, File, FileTimes};
use std::io::Write;
use std::thread;
use std::time::{Duration, SystemTime};

#[test]
fn moved_files_never_replace_another() {
    let Some(partner) = Partner::start() else {
        return;
    };
    partner.make("out");
    let done = partner.make("done");
    let to = format!("move:{}", done.display());
    let site = partner.site(RENAMED, &pulls(&to));
    partner.put("done/a.csv", "older");
    partner.put("out/a.csv", csv(&[person(1)]));
    partner.put("out/b.csv", csv(&[person(2)]));
    let daemon = Daemon::start(&site);
    site.receipt("a");
    site.receipt("b");
    there(&partner, "out", "nothing", <[String]>::is_empty);
    let names = partner.names("done");
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(
        fs::read(partner.path("done/a.csv")).expect("read"),
        b"older"
    );
    let numbered = names.iter().find(|n| n.starts_with("a.") && *n != "a.csv");
    let numbered = format!("done/{}", numbered.expect("a number"));
    let moved = fs::read(partner.path(&numbered)).expect("read");
    assert_eq!(moved, csv(&[person(1)]));
    daemon.stop();
}

#[test]
fn kept_files_are_judged_once_and_again_when_they_change() {
    let Some(partner) = Partner::start() else {
        return;
    };
    partner.make("out");
    let site = partner.site(RENAMED, &pulls("keep"));
    partner.put("out/a.csv", csv(&[person(1)]));
    let daemon = Daemon::start(&site);
    site.receipt("a");
    daemon.kill();
    let daemon = Daemon::start(&site);
    let look = |name: &str, n: usize| {
        partner.put(&format!("out/{name}.csv"), csv(&[person(n)]));
        site.receipt(name);
    };
    look("b", 2);
    let touched = File::options()
        .append(true)
        .open(partner.path("out/a.csv"))
        .expect("opened");
    let times = FileTimes::new().set_modified(SystemTime::now() - Duration::from_secs(500));
    touched.set_times(times).expect("touched");
    look("c", 3);
    look("d", 4);
    assert_eq!(site.judged(), ["a.csv", "b.csv", "c.csv", "d.csv"]);
    partner.put("out/a.csv", csv(&[person(1), person(5)]));
    site.receipts("a", 2);
    look("e", 6);
    let judged = site.judged();
    assert_eq!(
        judged,
        ["a.csv", "b.csv", "c.csv", "d.csv", "a.csv", "e.csv"]
    );
    assert_eq!(partner.names("out").len(), 5);
    daemon.stop();
}

#[test]
fn a_file_that_grows_between_looks_is_not_fetched_before_it_rests() {
    let Some(partner) = Partner::start() else {
        return;
    };
    for by in ["auto", "quiet"] {
        let complete = format!("complete = {{ by = \"{by}\", settle = \"2s\" }}");
        let site = partner.site(&complete, &pulls("delete"));
        partner.make("out");
        let daemon = Daemon::start(&site);
        let whole = csv(&people(4));
        let mut file = File::create(partner.path("out/slow.csv")).expect("made");
        for part in whole.chunks(whole.len() / 4 + 1) {
            file.write_all(part).expect("written");
            thread::sleep(Duration::from_millis(1100));
            assert_eq!(partner.names("out"), ["slow.csv"]);
        }
        let receipt = site.receipt("slow");
        assert_eq!(receipt["records_processed"], 4, "{receipt}");
        there(&partner, "out", "nothing", <[String]>::is_empty);
        daemon.stop();
    }
}

#[test]
fn a_marker_that_lies_there_proves_its_file() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = partner.site("complete = { by = \"marker\" }", &pulls("delete"));
    partner.make("out");
    partner.put("out/a.csv", csv(&[person(1)]));
    partner.put("out/b.csv", csv(&[person(2)]));
    partner.put("out/b.csv.done", "");
    let daemon = Daemon::start(&site);
    site.receipt("b");
    there(&partner, "out", "a.csv alone", |names| names == ["a.csv"]);
    partner.put("out/a.csv.done", "");
    site.receipt("a");
    there(&partner, "out", "nothing", <[String]>::is_empty);
    site.rests();
    daemon.stop();
}
