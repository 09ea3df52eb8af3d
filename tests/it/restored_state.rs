//! A state folder that was lost, restored from a backup, or belongs to another site: nothing runs, the message says what to
//! type, and after it nothing is doubled or mixed.

use crate::people::{csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, files};
use chrono::Utc;
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::Quiet;
use feedgate::internal::spool::{Disk, Faults};
use std::fs;
use std::path::{Path, PathBuf};

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) {
    let done = std::process::Command::new("cp")
        .args(["-a", "--"])
        .args([from, to])
        .status();
    assert!(done.expect("cp").success());
}

/// Puts a folder in place of the state folder.
fn put_back(site: &Scenario, state: &Path) {
    let _ = fs::remove_dir_all(site.path("state"));
    copy(state, &site.path("state"));
}

/// A site with a run, a copy of its state, and a second run after that.
fn restored() -> (Scenario, PathBuf, String) {
    let site = Scenario::new();
    site.roster("first.csv", csv(&people(3)));
    let copied = site.path("copied-state");
    copy(&site.path("state"), &copied);
    let later = site.roster("second.csv", csv(&people(5)));
    let reference = later.reference().to_owned();
    put_back(&site, &copied);
    (site, copied, reference)
}

/// Every command that would do something is refused with this, and changes nothing.
#[track_caller]
fn refused(site: &Scenario, says: &str) {
    let before = site.tree();
    for command in [
        vec!["run", DEMOGRAPHIC],
        vec!["daemon"],
        vec!["pause", DEMOGRAPHIC],
        vec!["backup", "elsewhere"],
    ] {
        let outcome = site.feedgate(&command);
        assert_eq!(outcome.code, 2, "{command:?} {outcome:?}");
        assert!(outcome.stderr.contains(says), "{command:?} {outcome:?}");
    }
    let check = site.feedgate(&["check"]);
    assert!(check.stdout.contains(says), "{check:?}");
    assert_ne!(check.code, 0);
    let after = site.tree();
    let new = after.iter().filter(|path| !before.contains(path));
    let made: Vec<_> = new.filter(|path| !path.contains("/locks/")).collect();
    assert!(made.is_empty(), "{made:?}");
}

#[track_caller]
fn adopted(site: &Scenario) -> Outcome {
    let only_told = site.feedgate(&["recover"]);
    assert_eq!(only_told.code, 2, "{only_told:?}");
    let adopted = site.feedgate(&["recover", "--adopt"]);
    assert_eq!(adopted.code, 0, "{adopted:?}");
    let again = site.feedgate(&["recover", "--adopt"]);
    assert!(again.stdout.contains("belong together"), "{again:?}");
    adopted
}

#[test]
fn an_older_state_runs_nothing_until_somebody_decides() {
    let (site, _, later) = restored();
    site.inbound(DEMOGRAPHIC, "third.csv", csv(&people(7)));
    refused(&site, "feedgate recover --adopt");
    let status = site.feedgate(&["status"]);
    assert_eq!(status.code, 0, "{status:?}");
    let said = adopted(&site).stdout;
    assert!(said.contains(&later), "{said}");
    assert!(said.contains("Paused: demographic-export"), "{said}");
    let third = site.run(DEMOGRAPHIC, &[]);
    third.completed();
    assert!(third.reference() > later.as_str(), "given twice: {third:?}");
}

#[test]
fn what_a_lost_run_has_taken_is_not_taken_again_unseen() {
    let (site, _, later) = restored();
    adopted(&site);
    let again = site.inbound(DEMOGRAPHIC, "second.csv", csv(&people(5)));
    let again = again.run(DEMOGRAPHIC, &[]);
    assert_eq!(again.status(), "Held", "{again:?}");
    assert!(again.text("reason").contains(&later), "{again:?}");
    let same = site.inbound(DEMOGRAPHIC, "first.csv", csv(&people(3)));
    let same = same.run(DEMOGRAPHIC, &[]);
    assert_eq!(same.rows().len(), 0, "{same:?}");
}

#[test]
fn without_its_ledger_a_site_is_no_new_site() {
    for keep_key in [false, true] {
        let site = Scenario::new();
        let first = site.roster("first.csv", csv(&people(3)));
        let away = site.path("away");
        copy(&site.path("state"), &away);
        fs::remove_dir_all(site.path("state")).expect("removed");
        fs::create_dir(site.path("state")).expect("an empty mount point");
        if keep_key {
            copy(&away.join("key"), &site.path("state/key"));
        }
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(site.path("state"), mode).expect("mode");
        site.inbound(DEMOGRAPHIC, "second.csv", csv(&people(4)));
        refused(&site, "Is the state folder mounted?");
        assert_eq!(site.path("state/key").exists(), keep_key, "a new key");
        // Mounted again, it goes on as if nothing had been.
        put_back(&site, &away);
        let second = site.run(DEMOGRAPHIC, &[]);
        second.completed().buckets([1, 3, 0, 0]);
        // Lost for good, a new ledger begins above what was given.
        fs::remove_dir_all(site.path("state")).expect("removed");
        adopted(&site);
        let third = site.inbound(DEMOGRAPHIC, "third.csv", csv(&people(2)));
        let third = third.run(DEMOGRAPHIC, &[]);
        third.completed();
        assert!(third.reference() > second.reference());
        assert!(first.reference() < second.reference());
    }
}

#[test]
fn a_ledger_without_its_key_or_with_another_is_refused() {
    let site = Scenario::new();
    site.roster("first.csv", csv(&people(3)));
    let key = fs::read(site.path("state/key")).expect("key");
    fs::remove_file(site.path("state/key")).expect("removed");
    let lost = site.run(DEMOGRAPHIC, &[]);
    assert_ne!(lost.code, 0);
    assert!(lost.stderr.contains("feedgate restore DIR"), "{lost:?}");
    assert!(!site.path("state/key").exists());
    fs::write(site.path("state/key"), [7; 16]).expect("another key");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(site.path("state/key"), mode).expect("mode");
    refused(&site, "is not the key of this ledger");
    let adopted = site.feedgate(&["recover", "--adopt"]);
    assert_eq!(adopted.code, 2, "{adopted:?}");
    fs::write(site.path("state/key"), key).expect("the key again");
    assert_eq!(site.run(DEMOGRAPHIC, &[]).code, 0);
}

#[test]
fn the_states_of_two_sites_are_not_mixed_up() {
    let (one, other) = (Scenario::new(), Scenario::new());
    one.roster("first.csv", csv(&people(3)));
    // The other site's ledger is ahead, so that reference IDs alone would not show it.
    other.roster("first.csv", csv(&people(3)));
    other.roster("second.csv", csv(&people(4)));
    put_back(&one, &other.path("state"));
    one.inbound(DEMOGRAPHIC, "more.csv", csv(&people(6)));
    refused(&one, "belongs to another site");
}

#[test]
fn a_claim_that_the_ledger_does_not_know_goes_to_a_person() {
    let (site, _, later) = restored();
    // The later run was killed after its claim.
    let [work, archived] = ["work", "archive"].map(|inside| site.path(inside));
    let mut archived = files(&archived).into_iter();
    let source = archived.find(|path| path.to_string_lossy().contains(&later));
    let source = source.expect("archived");
    let claimed = work.join(&later);
    fs::create_dir(&claimed).expect("work");
    fs::rename(&source, claimed.join("source")).expect("claimed");
    fs::remove_dir(source.parent().expect("folder")).expect("removed");
    refused(&site, "feedgate recover --adopt");
    adopted(&site);
    let unknown = site.path("held/unknown").join(&later).join("source");
    assert_eq!(fs::read(unknown).expect("kept"), csv(&people(5)));
    let next = site.roster("next.csv", csv(&people(4)));
    assert!(next.reference() > later.as_str());
    assert_eq!(next.rows().len(), 1, "of its own file: {next:?}");
}

#[test]
fn a_run_that_was_under_way_at_the_backup_takes_no_later_file_of_its_name() {
    let site = Scenario::new();
    site.roster("first.csv", csv(&people(3)));
    let copied = site.path("copied-state");
    // Stopped before its claim, at the moment of the backup.
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(4)));
    let mut step = 1;
    while site
        .ledger()
        .unfinished(DEMOGRAPHIC)
        .expect("read")
        .is_empty()
    {
        let stopped = site.open(Disk::with_faults(Faults::StopAt(step)), Utc::now);
        let request = RunRequest {
            name: DEMOGRAPHIC.to_owned(),
            ..RunRequest::default()
        };
        assert!(run::run(&stopped, &request, &Quiet).is_err(), "stopped");
        step += 1;
    }
    copy(&site.path("state"), &copied);
    let ended = site.run(DEMOGRAPHIC, &[]);
    ended.completed().buckets([1, 3, 0, 0]);
    put_back(&site, &copied);
    // Another file of the same name is there now.
    site.inbound(DEMOGRAPHIC, "hr.csv", csv(&people(6)));
    let said = adopted(&site).stdout;
    let reference = ended.reference();
    assert!(said.contains(&format!("Ended: run {reference}")), "{said}");
    let next = site.run(DEMOGRAPHIC, &[]);
    assert_ne!(next.reference(), reference, "{next:?}");
    next.completed().buckets([3, 3, 0, 0]);
}

#[test]
fn a_backup_is_whole_while_the_daemon_works_and_can_be_put_back() {
    let site = Scenario::new();
    site.roster("first.csv", csv(&people(3)));
    let made = site.feedgate(&["backup", "kept/monday"]);
    assert_eq!(made.code, 0, "{made:?}");
    let backup = site.path("kept/monday");
    for name in ["backup.json", "feedgate.toml", "key", "ledger.db"] {
        assert!(backup.join(name).is_file(), "{name}");
    }
    let again = site.feedgate(&["backup", "kept/monday"]);
    assert_eq!(again.code, 2, "{again:?}");
    fs::remove_dir_all(site.path("state")).expect("lost");
    refused(&site, "feedgate restore DIR");
    let restored = site.feedgate(&["restore", "kept/monday"]);
    assert_eq!(restored.code, 0, "{restored:?}");
    assert!(restored.stdout.contains("belong together"), "{restored:?}");
    let next = site.roster("next.csv", csv(&people(4)));
    next.buckets([1, 3, 0, 0]);
    // Now the backup is older than the folders.
    let older = site.feedgate(&["restore", "kept/monday"]);
    assert_eq!(older.code, 0, "{older:?}");
    assert!(
        older.stdout.contains("feedgate recover --adopt"),
        "{older:?}"
    );
    assert!(older.stdout.contains("state.before-"), "{older:?}");
    adopted(&site);
    let last = site.roster("last.csv", csv(&[person(900)]));
    assert!(last.reference() > next.reference());
}

#[test]
fn a_backup_is_restored_into_a_site_that_is_not_there_yet() {
    let site = Scenario::new();
    let run = site.roster("first.csv", csv(&people(3)));
    assert_eq!(site.feedgate(&["backup", "kept"]).code, 0);
    let new = ["--config", "new/site/feedgate.toml"];
    let restored = site.feedgate(&[&new[..], &["restore", "kept"]].concat());
    assert_eq!(restored.code, 0, "{restored:?}");
    assert!(restored.stdout.contains("belong together"), "{restored:?}");
    let shown = site.feedgate(&[&new[..], &["runs", "--json"]].concat());
    assert_eq!(shown.reference(), run.reference());
}

#[test]
fn a_backup_that_is_not_whole_is_refused() {
    let site = Scenario::new();
    site.roster("first.csv", csv(&people(3)));
    assert_eq!(site.feedgate(&["backup", "kept"]).code, 0);
    let before = site.tree();
    let ledger = site.path("kept/ledger.db");
    let mut bytes = fs::read(&ledger).expect("ledger");
    bytes[5000] ^= 1;
    fs::write(&ledger, &bytes).expect("damaged");
    let damaged = site.feedgate(&["restore", "kept"]);
    assert_eq!(damaged.code, 2, "{damaged:?}");
    fs::remove_file(site.path("kept/backup.json")).expect("unfinished");
    let unfinished = site.feedgate(&["restore", "kept"]);
    assert_eq!(unfinished.code, 2, "{unfinished:?}");
    let mut after = site.tree();
    after.push("kept/backup.json".to_owned());
    after.sort();
    let mut before = before;
    before.sort();
    assert_eq!(after, before);
}

#[test]
fn lost_deductions_are_paused_and_not_doubled() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let copied = site.path("copied-state");
    copy(&site.path("state"), &copied);
    let file = csv(&[deduction(1), deduction(2)]);
    let taken = site
        .inbound(DEDUCTION, "ded.csv", &file)
        .run(DEDUCTION, &[]);
    assert_eq!(taken.rows().len(), 2, "{taken:?}");
    put_back(&site, &copied);
    let said = adopted(&site).stdout;
    assert!(said.contains("Paused: deduction-import"), "{said}");
    let again = site
        .inbound(DEDUCTION, "ded.csv", &file)
        .run(DEDUCTION, &[]);
    assert_eq!(again.status(), "Held", "{again:?}");
    assert_eq!(again.rows().len(), 0, "doubled: {again:?}");
}
