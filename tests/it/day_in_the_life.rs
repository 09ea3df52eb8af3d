//! Some weeks of an HR department with manual enrolment, on a given clock: a baseline, a sync, a new starter, a benefits level,
//! an address, a correction, a leaver and a rehire. States, histories, outputs and mails are what they must be.

use crate::clock::{clock, read};
use crate::in_process;
use crate::people::{Record, csv, people, person, subscriber_id};
use crate::scenario::{Scenario, files, read_csv, two_years};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicI64, Ordering};

clock!(CLOCK);

fn now() -> DateTime<Utc> {
    read(&CLOCK)
}

const CONFIG: &str = concat!(
    two_years!(),
    r#"[integration.people]
kind = "demographic"
enrolment = "manual"
link_by = "work_email"
[integration.accounts]
kind = "accounts"
[contact]
email = "hr@example.com"
[mail]
server = "file:state/mail/"
from = "Feedgate <feeds@example.com>"
"#
);

/// An SSN and a birth date that must be in no mail, no state and no history.
const CANARY: [&str; 4] = ["900-70-1234", "900701234", "1984-02-29", "02/29/1984"];

/// The site, and what was sent so far.
struct Department {
    site: Scenario,
    /// Output files that were looked at.
    seen: usize,
}

impl Department {
    fn at(&self, time: &str, line: &str) -> (u8, String) {
        let time: DateTime<Utc> = format!("{time}:00-05:00").parse().expect("a moment");
        CLOCK.store(time.timestamp(), Ordering::SeqCst);
        let words: Vec<String> = line.split(' ').map(|word| word.replace('_', " ")).collect();
        in_process::command(&self.site, &words, now)
    }

    fn json(&self, time: &str, line: &str) -> Value {
        let (_, text) = self.at(time, &format!("{line} --json"));
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{line}: {text}"))
    }

    /// Drops a file into inbound and runs: the exit code.
    fn run(&self, time: &str, integration: &str, name: &str, records: &[Record]) -> u8 {
        self.site.inbound(integration, name, csv(records));
        self.at(time, &format!("feedgate run {integration}")).0
    }

    /// The rows of the output files that came since the last look: action, subscriber, and some other columns.
    fn sent(&mut self, columns: &[&str]) -> Vec<Vec<String>> {
        let mut all = files(&self.site.path("outbound/people/output"));
        all.sort_by_key(|path| {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            name.split('.')
                .rev()
                .nth(2)
                .expect("a reference")
                .to_owned()
        });
        let new = &all[self.seen..];
        let mut rows = Vec::new();
        for path in new {
            let bytes = fs::read(path).expect("read");
            for row in read_csv::<BTreeMap<String, String>>(&bytes) {
                let own = ["action", "subscriber_id"].iter().chain(columns);
                rows.push(own.map(|column| row[*column].clone()).collect());
            }
        }
        self.seen = all.len();
        rows
    }

    fn states(&self, time: &str) -> Value {
        self.json(time, "feedgate employees")["counts"].clone()
    }

    fn employee(&self, time: &str, n: usize) -> Value {
        self.json(time, &format!("feedgate employee {}", subscriber_id(n)))
    }

    /// Actions of an employee's history with the columns that changed, the oldest first.
    fn history(&self, time: &str, n: usize) -> Vec<(String, Value)> {
        let all = self.employee(time, n)["history"].clone();
        let all = all.as_array().expect("a list").iter().rev();
        let step = |step: &Value| {
            (
                step["action"].as_str().expect("text").to_owned(),
                step["columns"].clone(),
            )
        };
        all.map(step).collect()
    }

    /// Subjects of the mails, in their order.
    fn subjects(&self) -> Vec<String> {
        let mut all = files(&self.site.path("state/mail"));
        all.sort();
        let subject = |text: String| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix("Subject: ").map(str::to_owned));
            line.expect("a subject")
        };
        all.iter()
            .map(|path| subject(fs::read_to_string(path).expect("text")))
            .collect()
    }
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

fn step(action: &str, columns: &[&str]) -> (String, Value) {
    (action.to_owned(), json!(columns))
}

#[test]
fn from_the_baseline_to_a_rehire() {
    let site = Scenario::new().config(CONFIG);
    site.inbox("people");
    site.inbox("accounts");
    let mut hr = Department { site, seen: 0 };
    a_baseline_and_a_sync_of_three(&mut hr);
    a_new_starter_and_a_level(&mut hr);
    a_wrong_record_is_corrected(&mut hr);
    a_leaver_and_a_rehire(&mut hr);
    no_value_is_told(&hr);
}

fn a_baseline_and_a_sync_of_three(hr: &mut Department) {
    let account = |n: usize| {
        let email = person(n).get("work_email").to_owned();
        Record::of(&[("account_id", format!("A{n}")), ("email", email)])
    };
    assert_eq!(
        hr.run(
            "2026-11-02T08:00",
            "accounts",
            "accounts.csv",
            &[account(2)]
        ),
        0
    );
    assert_eq!(
        hr.run("2026-11-02T09:00", "people", "baseline.csv", &people(8)),
        0
    );
    assert_eq!(hr.sent(&[]), Vec::<Vec<String>>::new());
    assert_eq!(hr.states("2026-11-02T09:30")["Not syncing"], 8);
    let three = format!(
        "feedgate sync {} {} {}",
        subscriber_id(1),
        subscriber_id(2),
        subscriber_id(3)
    );
    let done = hr.json("2026-11-02T10:00", &three);
    assert_eq!((&done["synced"], &done["already"]), (&json!(3), &json!(0)));
    let ids = [1, 2, 3].map(subscriber_id);
    assert_eq!(
        hr.sent(&["account_id"]),
        [
            row(&["create", &ids[0], ""]),
            row(&["link", &ids[1], "A2"]),
            row(&["create", &ids[2], ""])
        ]
    );
    let states = hr.states("2026-11-02T10:30");
    assert_eq!(
        (&states["Not syncing"], &states["Successful"]),
        (&json!(5), &json!(3))
    );
    assert_eq!(hr.employee("2026-11-02T10:30", 2)["account_id"], "A2");
}

fn a_new_starter_and_a_level(hr: &mut Department) {
    let starter = person(9).with("create_benefits_record", "yes");
    let moved = person(1).with("city", "Utica").with("zip_code", "13501");
    assert_eq!(
        hr.run(
            "2026-11-03T09:00",
            "people",
            "monday.csv",
            &[starter, moved, person(5)]
        ),
        0
    );
    let city = |n: usize, action: &str, city: &str| row(&[action, &subscriber_id(n), city]);
    assert_eq!(
        hr.sent(&["city"]),
        [city(9, "create", "Madison"), city(1, "update", "Utica")]
    );
    assert_eq!(
        hr.history("2026-11-03T10:00", 1).last(),
        Some(&step("update", &["city", "zip_code"]))
    );
    // Everybody of one city gets a level; only those who are synced go out.
    let asked = hr.json(
        "2026-11-03T11:00",
        "feedgate benefits-level EXEC --search example",
    );
    assert_eq!(asked, json!({"would_set": 9}));
    let done = hr.json(
        "2026-11-03T11:05",
        "feedgate benefits-level EXEC --search example --yes",
    );
    assert_eq!(done["set"], 9);
    let two = [person(2), person(6)];
    assert_eq!(hr.run("2026-11-04T09:00", "people", "tuesday.csv", &two), 0);
    let level = row(&["update", &subscriber_id(2), "EXEC", "A2"]);
    assert_eq!(hr.sent(&["benefits_level", "account_id"]), [level]);
    assert_eq!(hr.employee("2026-11-04T10:00", 6)["state"], "Not syncing");
    assert_eq!(hr.employee("2026-11-04T10:00", 6)["benefits_level"], "EXEC");
    assert_eq!(hr.subjects(), [""; 0], "nothing needs anybody so far");
}

fn a_wrong_record_is_corrected(hr: &mut Department) {
    let wrong = person(3)
        .with("ssn", CANARY[0])
        .with("birth_date", CANARY[2]);
    assert_eq!(
        hr.run(
            "2026-11-05T09:00",
            "people",
            "wednesday.csv",
            &[wrong, person(2)]
        ),
        3
    );
    assert_eq!(hr.sent(&[]), Vec::<Vec<String>>::new());
    let failed = hr.employee("2026-11-05T09:30", 3);
    assert_eq!(failed["state"], "Failed");
    assert_eq!(failed["last_finding"]["line"], 2);
    let subject = "people: Completed with Errors, 1 of 2 records rejected";
    assert_eq!(hr.subjects(), [subject]);
    // The next morning it is still open.
    hr.at("2026-11-06T08:00", "feedgate notices --send");
    let open = "Feedgate: 1 still open (1 Completed with Errors)";
    assert_eq!(hr.subjects(), [subject, open]);
    let rejects = files(&hr.site.path("outbound/people/errors"));
    let rejects = rejects
        .iter()
        .find(|path| path.to_string_lossy().ends_with(".rejects.csv"));
    let rejects = rejects.expect("a rejects file").clone();
    let text = fs::read_to_string(&rejects).expect("text");
    let mended = text
        .replace(CANARY[0], person(3).get("ssn"))
        .replace(CANARY[2], person(3).get("birth_date"));
    assert_ne!(mended, text);
    let name = rejects
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned();
    hr.site.inbound("people", &name, mended);
    assert_eq!(hr.at("2026-11-06T09:00", "feedgate run people").0, 0);
    // The level that was chosen goes out with it.
    assert_eq!(
        hr.sent(&["benefits_level"]),
        [row(&["update", &subscriber_id(3), "EXEC"])]
    );
    assert_eq!(hr.employee("2026-11-06T09:30", 3)["state"], "Successful");
    let done: Vec<String> = hr
        .history("2026-11-06T09:30", 3)
        .into_iter()
        .map(|(action, _)| action)
        .collect();
    assert_eq!(
        done,
        [
            "create",
            "benefits_level",
            "rejected",
            "update",
            "corrected"
        ]
    );
    hr.at("2026-11-07T08:00", "feedgate notices --send");
    assert_eq!(hr.subjects().len(), 2, "nothing is open any more");
}

fn a_leaver_and_a_rehire(hr: &mut Department) {
    let gone = |n: usize| {
        let gone = person(n).with("employment_status", "T");
        gone.with("termination_date", "2026-11-06")
            .with("hire_date", "2020-01-06")
    };
    // One who is synced, and one who never was.
    assert_eq!(
        hr.run(
            "2026-11-09T09:00",
            "people",
            "leavers.csv",
            &[gone(2), gone(7)]
        ),
        0
    );
    let leaves = row(&["deactivate", &subscriber_id(2), "A2"]);
    assert_eq!(hr.sent(&["account_id"]), [leaves]);
    let left = hr.employee("2026-11-09T10:00", 2);
    assert_eq!(
        (&left["state"], &left["left"]),
        (&json!("Successful"), &json!(true))
    );
    assert_eq!(hr.employee("2026-11-09T10:00", 7)["state"], "Not syncing");
    // Deactivated once.
    assert_eq!(
        hr.run(
            "2026-11-10T09:00",
            "people",
            "again.csv",
            &[gone(2), person(4)]
        ),
        0
    );
    assert_eq!(hr.sent(&[]), Vec::<Vec<String>>::new());
    // Back under the same ID, with the same account.
    let back = person(2).with("hire_date", "2026-12-01");
    assert_eq!(
        hr.run("2026-12-01T09:00", "people", "rehire.csv", &[back]),
        0
    );
    assert_eq!(
        hr.sent(&["account_id"]),
        [row(&["reactivate", &subscriber_id(2), "A2"])]
    );
    let now = hr.employee("2026-12-01T10:00", 2);
    assert_eq!(
        (&now["state"], &now["left"]),
        (&json!("Successful"), &json!(false))
    );
    let done: Vec<String> = hr
        .history("2026-12-01T10:00", 2)
        .into_iter()
        .map(|(action, _)| action)
        .collect();
    assert_eq!(
        done,
        [
            "link",
            "benefits_level",
            "update",
            "deactivate",
            "reactivate"
        ]
    );
    let states = hr.states("2026-12-01T10:00");
    assert_eq!(
        (
            &states["Not syncing"],
            &states["Successful"],
            &states["Failed"]
        ),
        (&json!(5), &json!(4), &json!(0))
    );
}

/// The canary is in outputs, rejects and the archive alone.
fn no_value_is_told(hr: &Department) {
    hr.at("2026-12-01T11:00", "feedgate employees --search canary");
    let state = files(&hr.site.path("state"));
    let told = hr.at(
        "2026-12-01T11:00",
        &format!("feedgate employee {}", subscriber_id(3)),
    );
    for hidden in CANARY {
        assert!(!told.1.contains(hidden), "{hidden}");
        for path in &state {
            let bytes = fs::read(path).expect("read");
            let found = bytes
                .windows(hidden.len())
                .any(|part| part == hidden.as_bytes());
            assert!(!found, "{hidden} in {}", path.display());
        }
    }
}
