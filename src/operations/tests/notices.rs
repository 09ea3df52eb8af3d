//! Notices from what happened to what was sent, on a clock that the tests turn.

use super::receivers::Receivers;
use super::test_site::{NOW, START, TestSite, pass};
use crate::domain::{ReferenceId, RunStatus};
use crate::ledger::{Event, EventAction};
use crate::notices::{Gathering, Round, round};
use crate::operations::in_process::perform;
use crate::operations::notices;
use crate::run::Command;
use crate::schedule::late;
use crate::site::{Quiet, Result, Site};
use crate::skipped::missing;
use crate::spool::{Disk, Faults, names_in};
use chrono::TimeDelta;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;

impl TestSite {
    /// One whose mail goes into a folder.
    fn with_folder() -> TestSite {
        TestSite::new("[mail]\nserver = \"file:mail/\"\nfrom = \"Feedgate <feeds@example.com>\"")
    }

    fn round_on(&self, site: &Site, gathering: Gathering) -> Result<Round> {
        let mut ledger = site.ledger()?;
        Ok(round(site, &mut *ledger, gathering)?.expect("nobody else sends"))
    }

    fn round(&self, gathering: Gathering) -> Round {
        let done = self.round_on(&self.site(Disk::new()), gathering);
        done.expect("a round")
    }

    /// Adds an event to the ledger.
    fn record(&self, action: EventAction, subject: &str, why: String) {
        let site = self.site(Disk::new());
        let event = Event {
            at: site.now(),
            user: "scheduler".to_owned(),
            action,
            subject: subject.to_owned(),
            why: Some(why),
        };
        let mut ledger = site.ledger().expect("a ledger");
        ledger.record_event(&event).expect("recorded");
    }

    /// The mails in the folder.
    fn mails(&self) -> Vec<String> {
        let folder = self.path("mail");
        let names = names_in(&folder).unwrap_or_default();
        let whole = names.iter().filter(|name| name.ends_with(".eml"));
        whole
            .map(|name| fs::read_to_string(folder.join(name)).expect("text"))
            .collect()
    }

    fn subjects(&self) -> Vec<String> {
        self.mails()
            .iter()
            .map(|mail| header(mail, "Subject"))
            .collect()
    }
}

/// A header of a mail, unfolded.
fn header(mail: &str, name: &str) -> String {
    let unfolded = mail.replace("\r\n", "\n").replace("\n ", " ");
    let mut lines = unfolded.lines();
    let line = lines.find_map(|line| line.strip_prefix(&format!("{name}: ")).map(str::to_owned));
    line.unwrap_or_default()
}

#[test]
fn two_hundred_failures_in_a_quarter_of_an_hour_are_two_mails() {
    let bench = TestSite::with_folder();
    let mut failed = 0;
    for _ in 0..30 {
        for _ in 0..7 {
            failed += 1;
            bench.upload(&format!("{failed}.csv"), failed);
        }
        bench.run();
        bench.round(Gathering::Wait);
        pass(TimeDelta::seconds(30));
    }
    for _ in 0..10 {
        bench.round(Gathering::Wait);
        pass(TimeDelta::minutes(1));
    }
    let subjects = bench.subjects();
    assert_eq!(subjects.len(), 2, "{subjects:#?}");
    let told = |subject: &String| -> u32 {
        let rest = subject
            .strip_prefix("people: ")
            .expect("the integration first");
        assert!(rest.contains("files need you ("), "{rest}");
        rest.split(' ')
            .next()
            .expect("a word")
            .parse()
            .expect("a number")
    };
    assert_eq!(subjects.iter().map(told).sum::<u32>(), failed);
}

#[test]
fn one_failure_is_told_after_it_was_gathered_and_once() {
    let bench = TestSite::with_folder();
    bench.upload("a.csv", 1);
    let reference = bench.run().remove(0).integration_reference_id;
    assert_eq!(bench.round(Gathering::Wait).sent, 0);
    let list = notices(&bench.site(Disk::new()), 9).expect("listed");
    assert_eq!(list.waiting.len(), 1);
    assert_eq!(list.waiting[0].next_try.timestamp(), START + 30);
    pass(TimeDelta::seconds(30));
    assert_eq!(bench.round(Gathering::Wait).sent, 1);
    let mails = bench.mails();
    assert_eq!(
        header(&mails[0], "Subject"),
        "people: Completed with Errors, 1 of 1 records rejected"
    );
    assert!(header(&mails[0], "References").contains(reference.as_str()));
    for _ in 0..3 {
        pass(TimeDelta::hours(1));
        assert_eq!(bench.round(Gathering::Wait).sent, 0);
    }
}

/// Every record of the file is rejected, so that the guard holds it until somebody releases it.
#[test]
fn a_changed_outcome_is_told_again() {
    let bench = TestSite::new(
        "guards = { max_error_count = 0 }\n\
         [mail]\nserver = \"file:mail/\"\nfrom = \"Feedgate <feeds@example.com>\"",
    );
    bench.upload("a.csv", 1);
    let held = bench.run().remove(0);
    assert_eq!(held.status, RunStatus::Held);
    bench.round(Gathering::Now);
    pass(TimeDelta::hours(1));
    let release = Command::Release {
        references: vec![held.integration_reference_id],
        why: "right".to_owned(),
        for_year: false,
    };
    perform(&bench.site(Disk::new()), &release, &Quiet).expect("released");
    bench.round(Gathering::Now);
    assert_eq!(
        bench.subjects(),
        [
            "people: Held, 1 rejected records (limit 0)",
            "people: Completed with Errors, 1 of 1 records rejected"
        ]
    );
}

/// Runs a file that fails and tells of it, with each fault in turn, and goes on without faults after each. `told` looks at
/// what was sent and clears it.
fn walk(bench: impl Fn() -> TestSite, told: impl Fn(&TestSite, u64)) {
    const FULL: i32 = 28;
    for fault in [Faults::StopAt, |step| Faults::FailAt(step, FULL)] {
        for step in 1.. {
            let bench = bench();
            bench.upload("a.csv", 1);
            let site = bench.site(Disk::with_faults(fault(step)));
            let ran = bench.run_on(&site);
            let ended = ran.and_then(|_| bench.round_on(&site, Gathering::Now));
            let passed = ended.is_ok() && site.steps() < step;
            bench.run();
            pass(TimeDelta::hours(1));
            bench.round(Gathering::Now);
            told(&bench, step);
            if passed {
                assert!(step > 10, "only {step} steps: do they all pass the seam?");
                break;
            }
        }
    }
}

#[test]
fn nothing_is_lost_or_doubled_whatever_step_is_the_last() {
    walk(TestSite::with_folder, |bench, step| {
        let subjects = bench.subjects();
        assert_eq!(subjects.len(), 1, "step {step}: {subjects:?}");
        let list = notices(&bench.site(Disk::new()), 9).expect("listed");
        assert_eq!((list.waiting.len(), list.sent.len()), (0, 1), "step {step}");
    });
}

#[test]
fn a_real_server_gets_every_message_under_one_id() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(servers) = Receivers::start(folder.path(), None) else {
        return missing("aiosmtpd is not installed");
    };
    let seen = Cell::new(0);
    let doubled = Cell::new(0);
    let site = || {
        let port = servers.mail_port;
        TestSite::new(&format!(
            "[mail]\nserver = \"127.0.0.1:{port}\"\nfrom = \"Feedgate <feeds@example.com>\""
        ))
    };
    walk(site, |_, step| {
        let mails = servers.mails();
        let new = &mails[seen.replace(mails.len())..];
        let ids: BTreeSet<String> = new.iter().map(|mail| header(mail, "Message-ID")).collect();
        assert_eq!(ids.len(), 1, "step {step}");
        doubled.set(doubled.get() + new.len() - 1);
    });
    // Only where the server had taken it and the ledger was never told: that window can't be closed, and a mail program
    // shows messages of one ID once.
    assert!(
        doubled.get() <= 2,
        "{} mails were sent again",
        doubled.get()
    );
}

#[test]
fn a_server_that_takes_nothing_is_asked_less_and_less_often() {
    let bench = TestSite::new(
        "contact = { email = \"people@example.com\", remind_at = \"never\" }\n\
         [mail]\nserver = \"127.0.0.1:1\"\nfrom = \"Feedgate <feeds@example.com>\"",
    );
    bench.upload("a.csv", 1);
    bench.run();
    let mut tries = 0;
    let mut pauses = Vec::new();
    let mut last = NOW.get();
    while NOW.get() < START + 9 * 86_400 {
        let done = bench.round(Gathering::Now);
        if !done.troubles.is_empty() {
            tries += 1;
            pauses.push(NOW.get() - last);
            last = NOW.get();
        }
        pass(TimeDelta::minutes(if tries < 8 { 1 } else { 30 }));
    }
    assert_eq!(pauses[1..5], [60, 120, 240, 480]);
    assert!(pauses[8..].iter().all(|pause| *pause == 3600), "{pauses:?}");
    let list = notices(&bench.site(Disk::new()), 99).expect("listed");
    assert!(list.waiting.is_empty());
    let why = list.sent[0].why.as_deref().expect("given up");
    assert!(why.starts_with("127.0.0.1:1 can't be reached"), "{why}");
}

#[test]
fn what_is_still_open_is_told_once_a_day() {
    let bench = TestSite::with_folder();
    bench.upload("a.csv", 1);
    let run = bench.run().remove(0).integration_reference_id;
    bench.round(Gathering::Now);
    let mut days = Vec::new();
    for hour in 0..72 {
        let before = bench.mails().len();
        bench.round(Gathering::Now);
        if bench.mails().len() > before {
            days.push(hour);
        }
        if hour == 60 {
            dismiss(&bench, &run);
        }
        pass(TimeDelta::hours(1));
    }
    // At 08:00 on the second and third day; by the fourth nothing was open.
    assert_eq!(days, [23, 47]);
    let subjects = bench.subjects();
    assert_eq!(
        subjects[1],
        "Feedgate: 1 still open (1 Completed with Errors)"
    );
    let reminder = bench.mails()[1].replace("=\r\n", "");
    assert!(
        reminder.contains("1 rejected record waits for correction"),
        "{reminder}"
    );
}

/// What keeps files from being fetched, sent or taken is told as well, and what is late by the name of its schedule.
#[test]
fn events_that_need_people_are_told_and_others_are_not() {
    let told = [
        (EventAction::Bug, "people"),
        (EventAction::DiskFull, "site"),
        (EventAction::EndpointFailing, "acme"),
        (EventAction::EndpointStopped, "acme"),
        (EventAction::FileExpected, "people"),
        (EventAction::GivenUp, "people"),
        (EventAction::InboundUnknown, "people"),
        (EventAction::NotCleared, "people"),
        (EventAction::NotFetched, "people"),
        (EventAction::NotSent, "people"),
        (EventAction::NotTaken, "people"),
        (EventAction::PurgeFailed, "site"),
        (EventAction::RunFailed, "people"),
        (EventAction::Trouble, "acme"),
    ];
    let others = [
        EventAction::Pause,
        EventAction::Reload,
        EventAction::DiskHasRoom,
    ];
    let bench = TestSite::with_folder();
    let six = bench
        .site(Disk::new())
        .now()
        .date_naive()
        .and_hms_opt(6, 0, 0)
        .expect("a time");
    for (action, subject) in told.clone() {
        let why = match action {
            EventAction::FileExpected => late::sentence("mornings", six),
            _ => "doe 880-12-3456.csv is in the way".to_owned(),
        };
        bench.record(action, subject, why);
    }
    for action in others {
        bench.record(action, "people", "nothing".to_owned());
    }
    bench.round(Gathering::Now);
    let mut subjects = bench.subjects();
    subjects.sort();
    assert_eq!(
        subjects,
        [
            "endpoint acme: 3 notices need you (3 Trouble)",
            "people: 9 notices need you (8 Trouble, 1 Late)",
            "site: 2 notices need you (2 Trouble)"
        ]
    );
    let all = bench.mails().concat().replace("=\r\n", "");
    assert!(
        all.contains("Late, expected 06:00 America/New_York"),
        "{all}"
    );
    assert!(!all.contains("880-12-3456"), "{all}");
}

#[test]
fn a_file_that_is_not_taken_is_told_without_the_numbers_in_its_name() {
    let bench = TestSite::with_folder();
    let why = "doe 880-12-3456.csv: NAME_NOT_TAKEN: no pattern takes its name";
    bench.record(EventAction::NotTaken, "people", why.to_owned());
    bench.round(Gathering::Now);
    let last = bench.mails().pop().expect("a mail");
    let subject = "people: Trouble, a file with a name that no pattern takes";
    assert_eq!(header(&last, "Subject"), subject);
    assert!(last.contains("xxx-xx-3456.csv"), "{last}");
    assert!(last.contains("feedgate status people"), "{last}");
}

#[test]
fn a_reminder_takes_the_place_of_one_that_was_never_taken() {
    let bench =
        TestSite::new("[mail]\nserver = \"127.0.0.1:1\"\nfrom = \"Feedgate <feeds@example.com>\"");
    bench.upload("a.csv", 1);
    bench.run();
    for _ in 0..4 {
        pass(TimeDelta::days(1));
        bench.round(Gathering::Now);
    }
    let list = notices(&bench.site(Disk::new()), 99).expect("listed");
    let kinds: Vec<&str> = list.waiting.iter().map(|message| message.kind).collect();
    assert_eq!(kinds, ["run", "reminder"]);
}

fn dismiss(bench: &TestSite, run: &ReferenceId) {
    let site = bench.site(Disk::new());
    let mut ledger = site.ledger().expect("a ledger");
    let row = ledger.run(run).expect("read").expect("known");
    let event = Event {
        at: site.now(),
        user: "ada".to_owned(),
        action: EventAction::DismissRecords(vec![1]),
        subject: run.to_string(),
        why: None,
    };
    assert_eq!(
        ledger.dismiss(row.number, &[1], &event).expect("dismissed"),
        1
    );
}
