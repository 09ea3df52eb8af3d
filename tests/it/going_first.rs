//! What of other integrations goes first: `after`, `after_held`, `after_longest`.

use crate::people::{Record, csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use std::fs::File;
use std::time::{Duration, Instant, SystemTime};

/// A site on which a demographic file with a rejected record is held.
fn site() -> Scenario {
    Scenario::new().and_config("[integration.demographic-export.guards]\nmax_error_count = 0\n")
}

fn held(site: &Scenario) -> Outcome {
    let records: [Record; 2] = [person(3), person(4).with("zip_code", "1")];
    let held = site.send_people("held.csv", &records, &[]);
    held.ended(5, "Held");
    held
}

fn send_deduction(site: &Scenario, arguments: &[&str]) -> Outcome {
    site.send_deductions("ded.csv", &[deduction(1)], arguments)
}

#[test]
fn a_held_run_goes_first_until_a_person_ends_the_hold() {
    let site = site();
    site.roster("hr.csv", csv(&people(2)));
    let held = held(&site);
    let why = format!(
        "until run {} of {DEMOGRAPHIC} is no longer Held: release or refuse it",
        held.reference()
    );
    for arguments in [&[][..], &["--unattended"]] {
        let waits = send_deduction(&site, arguments);
        assert_eq!((waits.code, waits.summaries.len()), (5, 0), "{waits:?}");
        assert!(waits.stderr.contains(&why), "{waits:?}");
    }
    let status = site.feedgate(&["status", "--json"]);
    assert!(status.stdout.contains(&why), "{status:?}");
    // A file that a person names goes on.
    std::fs::write(site.path("now.csv"), csv(&[deduction(2)])).expect("written");
    site.run(DEDUCTION, &["--file", "now.csv"]).completed();
    let released = site.feedgate(&["release", held.reference(), "--why", "known"]);
    assert_eq!(released.code, 3, "{released:?}");
    // The same file came twice: what waited was not overwritten.
    let both = site.run(DEDUCTION, &[]);
    assert_eq!((both.code, both.summaries.len()), (0, 2), "{both:?}");
}

#[test]
fn a_set_passes_over_a_member_that_waits_for_a_held_run() {
    let site = site().and_config(
        "[set.nightly]\nintegrations = [\"demographic-export\", \"deduction-import\"]\nabort_on_failure = false\n",
    );
    site.roster("hr.csv", csv(&people(2)));
    let bad = person(4).with("zip_code", "1");
    site.inbound(DEMOGRAPHIC, "bad.csv", csv(&[person(3), bad]))
        .inbound(DEDUCTION, "ded.csv", csv(&[deduction(1)]));
    let set = site.run("nightly", &[]);
    assert_eq!((set.code, set.summaries.len()), (5, 1), "{set:?}");
    assert_eq!(site.waiting(DEDUCTION), ["ded.csv"]);
}

#[test]
fn an_integration_may_go_on_without_what_is_held_or_paused() {
    let site = site().and_keys(DEDUCTION, "after_held = \"ignore\"");
    site.roster("hr.csv", csv(&people(2)));
    held(&site);
    send_deduction(&site, &[]).completed();
    site.inbound(DEMOGRAPHIC, "more.csv", csv(&people(1)));
    let again = |site: &Scenario, n: usize| {
        let record = deduction(1).with("employee_amount", format!("{n}.00"));
        site.send_deductions(&format!("{n}.csv"), &[record], &["--unattended"])
    };
    let waits = again(&site, 1);
    assert_eq!(waits.code, 5, "a file that waits goes first: {waits:?}");
    assert_eq!(site.feedgate(&["pause", DEMOGRAPHIC]).code, 0);
    let outcome = site.run(DEDUCTION, &["--unattended"]);
    outcome.completed();
    let wait = site.and_keys(DEDUCTION, "# comment");
    let text = std::fs::read_to_string(wait.path("feedgate.toml")).expect("read");
    let wait = wait.config(&text.replace("\"ignore\"", "\"wait\""));
    assert_eq!(again(&wait, 2).code, 5, "a paused file goes first as well");
}

#[test]
fn a_file_that_is_never_whole_keeps_others_waiting_no_longer_than_that() {
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, "complete = { by = \"marker\" }")
        .and_keys(DEDUCTION, "after_longest = \"2s\"");
    let upload = site.path(format!("inbound/{DEMOGRAPHIC}/hr-2.csv"));
    std::fs::create_dir_all(upload.parent().expect("a folder")).expect("inbound");
    std::fs::write(&upload, csv(&people(1))).expect("written");
    let first = send_deduction(&site, &[]);
    assert!(first.stderr.contains("1 file on its way"), "{first:?}");
    // Its sender touches it again and again.
    let late = Instant::now() + Duration::from_secs(60);
    loop {
        let touched = File::options().append(true).open(&upload);
        let touched = touched.and_then(|file| file.set_modified(SystemTime::now()));
        touched.expect("touched");
        let outcome = site.run(DEDUCTION, &[]);
        if !outcome.summaries.is_empty() {
            break;
        }
        assert!(Instant::now() < late, "{outcome:?}");
    }
}

#[test]
fn the_keys_mean_nothing_without_after() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "after_held = \"ignore\"");
    let refused = site.feedgate(&["check"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    let said = "integration.demographic-export.after_held";
    assert!(refused.stderr.contains(said), "{refused:?}");
}
