//! Every way a file can arrive: it is taken exactly once, complete, and never too early.

use super::{Daemon, quick, wait_for};
use crate::people::{csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use std::fs::{self, File, FileTimes};
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

fn by(how: &str) -> Scenario {
    let keys = format!("complete = {{ {how}, settle = \"1s\" }}");
    let site = Scenario::new().and_keys(DEMOGRAPHIC, &keys);
    site.inbox(DEMOGRAPHIC);
    site.and_config("[daemon]\nscan_interval = \"1s\"")
}

/// Lets a program bring a file; `false` if the machine has no such program.
fn tool(program: &str, arguments: &[&Path]) -> bool {
    let done = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    match done {
        // In place, rsync sets the times after its close, by name, and may find the file taken by then.
        Ok(done) => assert!(
            done.status.success() || (program == "rsync" && done.status.code() == Some(23)),
            "{program}: {done:?}"
        ),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            crate::skipped::missing(&format!("{program} is not installed"));
            return false;
        }
        Err(e) => panic!("{program}: {e}"),
    }
    true
}

/// Exactly these people have been delivered, each once.
#[track_caller]
fn exactly(site: &Scenario, numbers: impl IntoIterator<Item = usize>) {
    let wanted = numbers
        .into_iter()
        .map(|n| (crate::people::subscriber_id(n), 1))
        .collect();
    assert_eq!(site.delivered(DEMOGRAPHIC), wanted);
}

#[test]
fn copied_moved_and_synchronized_files_are_taken_once_and_whole() {
    let site = quick();
    let inbox = site.inbox(DEMOGRAPHIC);
    let daemon = Daemon::start(&site);
    let source = |name: &str, n: usize| {
        let path = site.path(name);
        let many: Vec<_> = (n..n + 3000).map(person).collect();
        fs::write(&path, csv(&many)).expect("written");
        path
    };
    let ways: [(&str, &str, &[&str]); 4] = [
        ("copied", "cp", &[]),
        ("moved", "mv", &[]),
        ("synced", "rsync", &["--times"]),
        // Under its final name while it is written.
        ("inplace", "rsync", &["--inplace"]),
    ];
    let mut sent = 0;
    for (stem, program, options) in ways {
        let file = source(&format!("{stem}.csv"), sent);
        let mut arguments: Vec<&Path> = options.iter().map(Path::new).collect();
        arguments.extend([file.as_path(), inbox.as_path()]);
        if tool(program, &arguments) {
            let receipt = site.receipt(stem);
            assert_eq!(receipt["records_processed"], 3000, "{receipt}");
            assert_eq!(receipt["status"], "Completed");
            sent += 3000;
        }
    }
    site.rests();
    exactly(&site, 0..sent);
    daemon.stop();
}

/// Writes a file in pieces with pauses longer than it would have to settle, and holds it open all the while.
fn write_slowly(site: &Scenario, daemon: &Daemon, name: &str, pieces: usize) {
    let bytes = csv(&people(40));
    let path = site.inbox(DEMOGRAPHIC).join(name);
    let mut file = File::create(&path).expect("made");
    for piece in bytes.chunks(bytes.len() / pieces + 1) {
        file.write_all(piece).expect("written");
        file.sync_all().expect("written");
        daemon.leaves_what_waits(DEMOGRAPHIC);
        assert!(path.exists(), "{name} was taken early");
    }
}

#[test]
fn a_slow_writer_is_waited_for() {
    // Both run concurrently, to save time.
    std::thread::scope(|scope| {
        for how in ["by = \"auto\"", "by = \"quiet\""] {
            scope.spawn(move || {
                let site = by(how);
                let daemon = Daemon::start(&site);
                write_slowly(&site, &daemon, "slow.csv", 4);
                assert_eq!(site.receipt("slow")["records_processed"], 40);
                site.rests();
                exactly(&site, 1..=40);
                daemon.stop();
            });
        }
    });
}

#[test]
fn a_daemon_that_starts_while_a_file_is_written_waits_for_it() {
    let site = quick();
    let path = site.inbox(DEMOGRAPHIC).join("slow.csv");
    let bytes = csv(&people(40));
    let (begin, end) = bytes.split_at(bytes.len() / 2);
    let mut file = File::create(&path).expect("made");
    file.write_all(begin).expect("written");
    let old = SystemTime::now() - Duration::from_secs(7 * 86_400);
    file.set_modified(old).expect("set back");
    let daemon = Daemon::start(&site);
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert!(path.exists(), "taken early");
    file.write_all(end).expect("written");
    drop(file);
    assert_eq!(site.receipt("slow")["records_processed"], 40);
    daemon.stop();
}

#[test]
fn a_file_written_in_several_opens_is_one_file_where_quiet_tells() {
    let site = by("by = \"quiet\"");
    let path = site.inbox(DEMOGRAPHIC).join("parts.csv");
    let daemon = Daemon::start(&site);
    let bytes = csv(&people(40));
    for piece in bytes.chunks(bytes.len() / 8 + 1) {
        let mut file = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .expect("open");
        file.write_all(piece).expect("written");
        drop(file);
        sleep(Duration::from_millis(400));
    }
    assert_eq!(site.receipt("parts")["records_processed"], 40);
    site.rests();
    exactly(&site, 1..=40);
    daemon.stop();
}

#[test]
fn many_small_files_are_taken_once_each() {
    small_files(250);
}

#[test]
#[ignore = "takes half a minute"]
fn a_thousand_small_files_are_taken_once_each() {
    small_files(1000);
}

fn small_files(count: usize) {
    let site = quick();
    let inbox = site.inbox(DEMOGRAPHIC);
    let daemon = Daemon::start(&site);
    for n in 1..=count {
        fs::write(inbox.join(format!("hr-{n:04}.csv")), csv(&[person(n)])).expect("written");
    }
    site.rests();
    exactly(&site, 1..=count);
    let runs = site.feedgate(&["runs", "--limit", "2000", "--json"]);
    let sources = runs.summaries.iter();
    let mut names: Vec<String> = sources.map(|run| run["source_files"].to_string()).collect();
    names.sort();
    names.dedup();
    assert_eq!((runs.summaries.len(), names.len()), (count, count));
    daemon.stop();
}

#[test]
fn a_file_with_an_old_or_a_future_time_is_taken() {
    let site = quick();
    let inbox = site.inbox(DEMOGRAPHIC);
    let daemon = Daemon::start(&site);
    let year = Duration::from_secs(365 * 86_400);
    let now = SystemTime::now();
    for (n, (name, time)) in [
        ("epoch.csv", SystemTime::UNIX_EPOCH),
        ("old.csv", now - year),
        ("future.csv", now + year),
    ]
    .into_iter()
    .enumerate()
    {
        let mut file = File::create(inbox.join(name)).expect("made");
        file.write_all(&csv(&[person(n)])).expect("written");
        let times = FileTimes::new().set_modified(time).set_accessed(time);
        file.set_times(times).expect("set");
    }
    for stem in ["epoch", "old", "future"] {
        assert_eq!(site.receipt(stem)["status"], "Completed");
    }
    exactly(&site, 0..3);
    daemon.stop();
}

#[test]
fn empty_repeated_and_changed_files_are_answered() {
    let site = quick();
    let inbox = site.inbox(DEMOGRAPHIC);
    let daemon = Daemon::start(&site);
    fs::write(inbox.join("empty.csv"), "").expect("written");
    let empty = site.receipt("empty");
    assert_eq!(
        (&empty["status"], &empty["findings"]["FILE_EMPTY"]),
        (&"Failed".into(), &1.into()),
        "{empty}"
    );

    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    let first = site.receipt("hr");
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(3)));
    let again = site.receipts("hr", 2).remove(1);
    assert_eq!(
        (&again["status"], &again["records_processed"]),
        (&"Completed".into(), &0.into())
    );
    let reference = first["integration_reference_id"]
        .as_str()
        .expect("a reference ID");
    assert!(
        again["reason"]
            .as_str()
            .unwrap_or_default()
            .contains(reference),
        "{again}"
    );

    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(4)));
    let other = site.receipts("hr", 3).remove(2);
    assert_eq!(
        (&other["records_created"], &other["records_unchanged"]),
        (&1.into(), &3.into())
    );
    site.rests();
    exactly(&site, 1..=4);
    daemon.stop();
}

#[test]
fn with_markers_a_file_waits_for_its_own() {
    let site = by("by = \"marker\", marker = \".ok\"");
    let inbox = site.inbox(DEMOGRAPHIC);
    let daemon = Daemon::start(&site);
    fs::write(inbox.join("a.csv"), csv(&[person(1)])).expect("written");
    fs::write(inbox.join("b.csv"), csv(&[person(2)])).expect("written");
    fs::write(inbox.join("b.csv.ok"), "").expect("written");
    site.receipt("b");
    // Scanning continues; the other file stays.
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC), ["a.csv"]);
    fs::write(inbox.join("a.csv.ok"), "").expect("written");
    site.receipt("a");
    wait_for("the marker is gone", || {
        site.waiting(DEMOGRAPHIC).is_empty().then_some(())
    });
    // The next file of the name needs a marker of its own.
    fs::write(inbox.join("a.csv"), csv(&[person(3)])).expect("written");
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC), ["a.csv"]);
    fs::write(inbox.join("a.csv.ok"), "").expect("written");
    site.receipts("a", 2);
    exactly(&site, 1..=3);
    daemon.stop();
}

#[test]
fn names_of_unfinished_uploads_are_left_until_they_are_renamed() {
    std::thread::scope(|scope| {
        for how in ["by = \"rename\"", "by = \"auto\"", "by = \"quiet\""] {
            scope.spawn(move || only_renamed_ones(how));
        }
    });
}

fn only_renamed_ones(how: &str) {
    let site = by(how);
    let inbox = site.inbox(DEMOGRAPHIC);
    let daemon = Daemon::start(&site);
    let endings = [".part", ".filepart", ".tmp", ".writing", ".crdownload"];
    let upload = |n: usize| inbox.join(format!("f{n}.csv{}", endings[n]));
    for n in 0..endings.len() {
        fs::write(upload(n), csv(&[person(n)])).expect("written");
    }
    site.inbound(DEMOGRAPHIC, "other.csv", csv(&[person(100)]));
    site.receipt("other");
    daemon.leaves_what_waits(DEMOGRAPHIC);
    assert_eq!(site.waiting(DEMOGRAPHIC).len(), endings.len(), "{how}");
    for n in 0..endings.len() {
        fs::rename(upload(n), inbox.join(format!("f{n}.csv"))).expect("renamed");
    }
    for n in 0..endings.len() {
        site.receipt(&format!("f{n}"));
    }
    exactly(&site, (0..endings.len()).chain([100]));
    daemon.stop();
}

#[test]
fn a_name_used_again_before_its_first_file_is_done_is_two_files() {
    let site = quick();
    let inbox = site.inbox(DEMOGRAPHIC);
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(20_000)));
    let daemon = Daemon::start(&site);
    wait_for("the first is claimed", || {
        (!inbox.join("hr.csv").exists()).then_some(())
    });
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&[person(30_000)]));
    let receipts = site.receipts("hr", 2);
    assert_eq!(receipts[0]["records_processed"], 20_000);
    assert_eq!(receipts[1]["records_processed"], 1);
    exactly(&site, (1..=20_000).chain([30_000]));
    daemon.stop();
}
