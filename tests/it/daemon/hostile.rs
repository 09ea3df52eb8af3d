//! Malicious senders: no link in inbound is followed, no sender blocks another, and each file gets an answer.

use super::{Daemon, quick, wait_for};
use crate::people::{csv, people, person, ssn, subscriber_id};
use crate::scenario::{DEMOGRAPHIC, Scenario, files};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

/// Number of a person who is only in a file that no sender may read.
const SECRET: usize = 31_000;

fn secret(site: &Scenario) -> PathBuf {
    let path = site.path("secret.csv");
    fs::write(&path, csv(&[person(SECRET)])).expect("written");
    path
}

/// Nothing of the secret is in anything that was written since.
#[track_caller]
fn kept(site: &Scenario, log: &str) {
    let secrets = [ssn(SECRET), ssn(SECRET).replace('-', "")];
    let told = |text: &[u8]| {
        let text = String::from_utf8_lossy(text);
        secrets.iter().any(|s| text.contains(s.as_str()))
    };
    assert!(!told(log.as_bytes()), "in the log");
    let here = site.path("secret.csv");
    for folder in ["outbound", "archive", "held", "work", "state"] {
        for file in files(&site.path(folder)) {
            assert!(
                !told(&fs::read(&file).expect("readable")),
                "{}",
                file.display()
            );
        }
    }
    assert_eq!(fs::read(here).expect("still there"), csv(&[person(SECRET)]));
}

fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().expect("mkfifo");
    assert!(made.success());
}

#[test]
fn what_is_no_plain_file_is_told_of_and_never_opened() {
    let site = quick();
    let inbox = site.inbox(DEMOGRAPHIC);
    let secret = secret(&site);
    let daemon = Daemon::start(&site);
    symlink(&secret, inbox.join("symlink.csv")).expect("link");
    symlink("../../state/key", inbox.join("dots.csv")).expect("link");
    symlink(site.path("outbound"), inbox.join("folderlink.csv")).expect("link");
    symlink("/dev/zero", inbox.join("device.csv")).expect("link");
    fs::hard_link(&secret, inbox.join("hardlink.csv")).expect("link");
    fs::hard_link(site.path("feedgate.toml"), inbox.join("config.csv")).expect("link");
    fifo(&inbox.join("fifo.csv"));
    fs::create_dir(inbox.join("folder.csv")).expect("folder");
    fs::write(inbox.join("folder.csv/inside.csv"), csv(&[person(7)])).expect("written");
    let _socket = UnixListener::bind(inbox.join("socket.csv")).expect("socket");
    site.inbound(DEMOGRAPHIC, "good.csv", csv(&people(3)));
    assert_eq!(site.receipt("good")["records_accepted"], 3);
    for (name, words) in [
        ("symlink.csv", "symbolic link"),
        ("dots.csv", "symbolic link"),
        ("folderlink.csv", "symbolic link"),
        ("device.csv", "symbolic link"),
        ("hardlink.csv", "hard link"),
        ("config.csv", "hard link"),
        ("fifo.csv", "FIFO"),
        ("folder.csv", "folder"),
        ("socket.csv", "socket"),
    ] {
        let event = site.event("not taken", &format!("{name}: "));
        let why = event["why"].as_str().unwrap_or_default();
        assert!(why.contains(words), "{event}");
        assert_eq!(
            (&event["subject"], &event["user"]),
            (&DEMOGRAPHIC.into(), &"scheduler".into())
        );
    }
    // Reported once, however often the folder is scanned.
    site.inbound(DEMOGRAPHIC, "good2.csv", csv(&[person(4)]));
    site.receipt("good2");
    assert_eq!(site.events(&["--subject", DEMOGRAPHIC]).len(), 9);
    let log = daemon.stop();
    kept(&site, &log);
    assert_eq!(fs::read_dir(&inbox).expect("inbox").count(), 9);
}

#[test]
fn names_that_deceive_are_answered_harmlessly() {
    let site = quick();
    let inbox = site.inbox(DEMOGRAPHIC);
    let daemon = Daemon::start(&site);
    let long = format!("{}.csv", "a".repeat(246));
    let names: [&[u8]; 8] = [
        b"two\nlines.csv",
        b"\x1b[2Jclear.csv",
        "gpj\u{202e}vsc.exe.csv".as_bytes(),
        b"-rf.csv",
        long.as_bytes(),
        b"latin-\xe9.csv",
        b"back\\slash.csv",
        "line\u{2028}separator.csv".as_bytes(),
    ];
    for (n, name) in names.iter().enumerate() {
        fs::write(inbox.join(OsStr::from_bytes(name)), csv(&[person(n)])).expect("written");
    }
    site.inbound(DEMOGRAPHIC, "good.csv", csv(&[person(100)]));
    site.receipt("good");
    let harmless = |text: &str, but: &[char]| {
        let bad = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{202e}');
        assert!(!text.contains(|c| bad(c) && !but.contains(&c)), "{text:?}");
    };
    for receipt in site.receipts("source", names.len()) {
        assert_eq!(receipt["status"], "Failed");
        assert_eq!(receipt["findings"]["FILE_NAME_REFUSED"], 1, "{receipt}");
        assert_eq!(receipt["records_processed"], 0);
        harmless(receipt["source_name"].as_str().expect("a name"), &[]);
    }
    site.rests();
    let log = daemon.stop();
    harmless(&log, &['\n']);
    let whole = |line: &str| line.contains("Z  INFO ") || line.contains("Z ERROR ");
    assert!(
        log.lines().all(whole),
        "a fact takes more than a line: {log:?}"
    );
    assert_eq!(site.delivered(DEMOGRAPHIC).len(), 1);
    // They are kept as they came, under harmless names.
    let archived = files(&site.path("archive"));
    assert_eq!(archived.len(), names.len() + 1);
    for path in archived {
        harmless(path.to_str().expect("UTF-8"), &[]);
    }
}

#[test]
fn a_file_that_is_swapped_for_a_link_again_and_again_leaks_nothing() {
    let site = quick();
    let secret = secret(&site);
    let (aside, bait) = (site.path("aside"), site.inbox(DEMOGRAPHIC).join("bait.csv"));
    let daemon = Daemon::start(&site);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut n = 0;
            while !over.load(Ordering::Relaxed) {
                n += 1;
                let _ = fs::remove_file(&aside);
                match n % 4 {
                    0 => fs::hard_link(&secret, &aside).expect("link"),
                    1 => fifo(&aside),
                    _ => symlink(&secret, &aside).expect("link"),
                }
                let part = bait.with_extension("part");
                fs::write(&part, csv(&[person(n % 20_000)])).expect("written");
                fs::rename(part, &bait).expect("renamed");
                // The two trade places until the daemon has one of them.
                let traded = || renameat_with(CWD, &aside, CWD, &bait, RenameFlags::EXCHANGE);
                while !over.load(Ordering::Relaxed) && traded().is_ok() {
                    std::hint::spin_loop();
                }
            }
        });
        for n in 0..20 {
            let stem = format!("good{n:02}");
            site.inbound(
                DEMOGRAPHIC,
                &format!("{stem}.csv"),
                csv(&[person(20_000 + n)]),
            );
            site.receipt(&stem);
        }
        over.store(true, Ordering::Relaxed);
    });
    let _ = fs::remove_file(&bait);
    site.rests();
    let taken = site.delivered(DEMOGRAPHIC);
    for n in 0..20 {
        assert_eq!(taken.get(&subscriber_id(20_000 + n)), Some(&1));
    }
    assert!(!taken.contains_key(&subscriber_id(SECRET)));
    // Files that stay are reported.
    symlink(&secret, &bait).expect("link");
    site.event("not taken", "bait.csv: it is a symbolic link");
    let log = daemon.stop();
    kept(&site, &log);
}

#[test]
fn a_sender_who_goes_on_writing_after_the_claim_loses_and_doubles_nothing() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "complete = { by = \"rename\" }");
    let path = site.inbox(DEMOGRAPHIC).join("hr.csv");
    let daemon = Daemon::start(&site);
    let part = path.with_extension("part");
    fs::write(&part, csv(&people(20_000))).expect("written");
    let mut sender = fs::File::options().append(true).open(&part).expect("open");
    fs::rename(&part, &path).expect("renamed");
    wait_for("the claim", || (!path.exists()).then_some(()));
    let more = csv(&[person(30_000), person(30_001)]);
    let rows = more.split_inclusive(|b| *b == b'\n').skip(1);
    for row in rows {
        std::io::Write::write_all(&mut sender, row).expect("written");
    }
    drop(sender);
    assert_eq!(site.receipt("hr")["records_processed"], 20_002);
    assert_eq!(site.delivered(DEMOGRAPHIC).len(), 20_002);
    daemon.stop();
}

#[test]
fn a_folder_full_of_rubbish_stops_nobody() {
    let site = quick();
    let inbox = site.inbox(DEMOGRAPHIC);
    let secret = secret(&site);
    for n in 0..2000 {
        symlink(&secret, inbox.join(format!("link-{n}.csv"))).expect("link");
        fs::create_dir(inbox.join(format!("folder-{n}.csv"))).expect("folder");
    }
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "good.csv", csv(&people(2)));
    site.receipt("good");
    let events = site.events(&[]).len();
    assert!(
        (1..=200).contains(&events),
        "{events} events for 4,000 entries"
    );
    let log = daemon.stop();
    assert!(log.lines().count() < 400, "{} lines", log.lines().count());
    kept(&site, &log);
}
