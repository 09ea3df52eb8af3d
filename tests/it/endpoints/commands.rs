//! `trust`, `transfer` and `check`.

use super::partner::{Partner, RENAMED, pulls, pushes};
use crate::daemon::Daemon;
use crate::people::{csv, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use feedgate::internal::spool::Lock;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// `feedgate trust partner` at a terminal with this input; its exit code and the screen.
fn at_a_terminal(site: &Scenario, answer: &str) -> Option<(i32, String)> {
    let program = env!("CARGO_BIN_EXE_feedgate");
    let mut child = Command::new("script")
        .args(["-qec", &format!("'{program}' trust partner"), "/dev/null"])
        .env("FEEDGATE_CONFIG", site.path("feedgate.toml"))
        .env("NO_COLOR", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut keyboard = child.stdin.take().expect("piped");
    writeln!(keyboard, "{answer}").expect("typed");
    let done = child.wait_with_output().expect("ended");
    drop(keyboard);
    let screen = String::from_utf8_lossy(&done.stdout).into_owned();
    Some((done.status.code()?, screen))
}

#[test]
fn a_key_is_put_on_record_by_yes_or_by_its_fingerprint_alone() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = partner.site(RENAMED, &pulls("delete"));
    partner.make("out");
    let record = site.path("secrets/partner_hosts");
    let right = fs::read_to_string(&record).expect("read");
    fs::remove_file(&record).expect("removed");
    for answer in ["no", "y", "YES", ""] {
        let Some((code, screen)) = at_a_terminal(&site, answer) else {
            return;
        };
        assert!(screen.contains("Type yes to put it on record"), "{screen}");
        assert_eq!(code, 5, "{answer:?}: {screen}");
        assert!(!record.exists());
    }
    let other = format!("SHA256:{}", "A".repeat(43));
    for (pin, said) in [
        ("SHA256:AAAA", "43 characters"),
        (&other, "you are not talking to their server"),
    ] {
        let wrong = site.feedgate(&["trust", "partner", "--pin", pin]);
        assert_eq!((wrong.code, record.exists()), (2, false), "{wrong:?}");
        assert!(wrong.stderr.contains(said), "{wrong:?}");
    }
    let check = site.feedgate(&["check"]);
    assert!(
        check.stdout.contains("type: feedgate trust partner"),
        "{check:?}"
    );
    let (code, screen) = at_a_terminal(&site, "yes").expect("a terminal");
    assert_eq!(code, 0, "{screen}");
    let written = fs::read_to_string(&record).expect("written");
    let key = |text: &str| text.split(' ').nth(2).map(|k| k.trim().to_owned());
    assert_eq!(key(&written), key(&right));
    let event = site.event("trust", "SHA256:");
    assert_eq!(event["subject"], "partner");
    // Nothing is asked any more.
    let again = site.feedgate(&["trust", "partner", "--json"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(again.summary()["keys"][0]["standing"], "on record");
    assert_eq!(site.transfer().code, 0);
    fs::remove_file(&record).expect("removed");
    let fingerprint = again.summary()["keys"][0]["fingerprint"].clone();
    let fingerprint = fingerprint.as_str().expect("a text");
    // Every way to write it is the same one.
    let digest = fingerprint.trim_start_matches("SHA256:");
    let pinned = site.feedgate(&["trust", "partner", "--pin", digest, "--json"]);
    assert_eq!(pinned.summary()["keys"][0]["standing"], "pinned");
    assert_eq!(site.transfer().code, 0);
    assert_eq!(site.feedgate(&["trust", "nobody"]).code, 2);
}

#[test]
fn transfer_says_how_it_went_by_its_exit_code() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let complete = "complete = { by = \"marker\" }";
    let site = partner.site(complete, &(pulls("delete") + &pushes("\"output\"")));
    partner.make("out");
    partner.make("in");
    let daemon = Daemon::start(&site);
    // Until the transfer has ended, no run makes a file that waits to be sent.
    assert_eq!(site.feedgate(&["pause", DEMOGRAPHIC]).code, 0);
    partner.put("out/a.csv", csv(&[person(1)]));
    partner.put("out/a.csv.done", "");
    let done = site.transfer();
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(site.feedgate(&["resume", DEMOGRAPHIC]).code, 0);
    site.receipt("a");
    let lock = Lock::try_acquire(&site.path("state/locks/endpoint-partner.lock"));
    let mut lock = lock.expect("works");
    while lock.is_none() {
        thread::sleep(Duration::from_millis(5));
        lock = Lock::try_acquire(&site.path("state/locks/endpoint-partner.lock")).expect("works");
    }
    let busy = site.feedgate(&["transfer", "partner"]);
    assert_eq!(busy.code, 6, "{busy:?}");
    let began = Instant::now();
    let waited = thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(700));
            drop(lock);
        });
        site.feedgate(&["transfer", "--wait"])
    });
    assert_eq!(waited.code, 0, "{waited:?}");
    assert!(began.elapsed() >= Duration::from_millis(700));
    daemon.stop();
    fs::remove_dir_all(partner.path("out")).expect("removed");
    let trouble = site.transfer();
    assert_eq!(trouble.code, 1, "{trouble:?}");
    assert!(trouble.stdout.contains("check pull.folder"), "{trouble:?}");
    assert_eq!(site.feedgate(&["transfer", "nobody"]).code, 2);
}

#[test]
fn what_waits_there_or_here_is_exit_code_five() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let complete = "complete = { by = \"quiet\", settle = \"120s\" }";
    let rarely = pulls("delete").replace("\"1s\"", "\"5m\"");
    let site = partner.site(complete, &rarely);
    partner.make("out");
    partner.put("out/a.csv", csv(&[person(1)]));
    let arriving = site.transfer();
    assert_eq!(arriving.code, 5, "{arriving:?}");
    assert!(
        arriving.stdout.contains("1 still arriving there"),
        "{arriving:?}"
    );
    assert!(
        site.inbox(DEMOGRAPHIC)
            .read_dir()
            .expect("read")
            .next()
            .is_none()
    );
}

#[test]
fn a_secret_that_others_may_read_is_refused_with_the_command_to_type() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = partner.site(RENAMED, &pulls("delete"));
    partner.make("out");
    partner.put("out/a.csv", csv(&[person(1)]));
    let key = site.path("secrets/partner_key");
    let mode = |mode| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).expect("a mode");
    mode(0o644);
    let check = site.feedgate(&["check"]);
    assert!(
        check.code == 2 && check.stdout.contains("chmod 600"),
        "{check:?}"
    );
    let daemon = Daemon::start(&site);
    daemon.await_log("chmod 600");
    site.event("endpoint stopped", "chmod 600");
    assert_eq!(partner.names("out").len(), 1);
    mode(0o600);
    // The daemon sees that by itself within a minute; any other work wakes it.
    site.inbound(DEMOGRAPHIC, "b.csv", csv(&[person(2)]));
    site.receipt("b");
    site.receipt("a");
    assert_eq!(site.feedgate(&["check"]).code, 0);
    daemon.stop();
}
