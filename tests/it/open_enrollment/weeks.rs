//! The site of `docs/open-enrollment.md` on its way through the weeks.

use crate::clock::{clock, read};
use crate::docs::fences::{Shown, fences, shown};
use crate::in_process;
use crate::people::{Record, csv};
use crate::scenario::Scenario;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};

const PAGE: &str = "open-enrollment.md";
const NIGHT: &str = "feedgate run nightly --unattended";
const YEAR_2027: &str = "[[plan_year]]\nstart = 2027-01-01\nend   = 2027-12-31\n";

clock!(CLOCK);

fn now() -> DateTime<Utc> {
    read(&CLOCK)
}

/// The configuration of the page.
pub(super) fn configuration() -> String {
    let fences = fences(PAGE).into_iter();
    let toml: Vec<String> = fences
        .filter(|fence| fence.language == "toml")
        .map(|fence| fence.text)
        .collect();
    toml.concat()
}

/// The site of the page on its way through the weeks.
pub(super) struct Weeks {
    pub(super) site: Scenario,
    /// The commands of the page that are still to come.
    pub(super) steps: VecDeque<Shown>,
    /// Every file that was put into inbound.
    pub(super) dropped: Vec<String>,
    /// The last row of each deduction that was sent: person, code and first day, with the amount.
    pub(super) sent: BTreeMap<[String; 3], String>,
}

impl Weeks {
    pub(super) fn new() -> Weeks {
        let config = configuration();
        let mut steps = VecDeque::from(shown(PAGE));
        let night = steps.pop_front().expect("the nightly run");
        assert_eq!(night.command, NIGHT);
        assert!(config.contains(YEAR_2027));
        let site = Scenario::new().config(&config.replace(YEAR_2027, ""));
        for name in ["employees", "medical", "dental"] {
            std::fs::create_dir_all(site.path("inbound").join(name)).expect("inbound");
        }
        Weeks {
            site,
            steps,
            dropped: Vec::new(),
            sent: BTreeMap::new(),
        }
    }

    fn set(&self, time: &str) {
        let time: DateTime<Utc> = format!("{time}:00-05:00").parse().expect("a moment");
        CLOCK.store(time.timestamp(), Ordering::SeqCst);
    }

    /// Runs a command line at a time of the site's clock: its exit code, and what it printed.
    pub(super) fn run(&self, time: &str, command: &str) -> (u8, String) {
        self.set(time);
        in_process::command(&self.site, &words(command), now)
    }

    /// The next command of the page, which has to be this one, exits so and prints what the page says.
    #[track_caller]
    pub(super) fn step(&mut self, time: &str, command: &str, code: u8) -> String {
        let step = self.steps.pop_front().expect("a command");
        assert_eq!(step.command, command, "the page goes on otherwise");
        let (ended, text) = self.run(time, command);
        assert_eq!(ended, code, "{command}: {text}");
        step.is_in(&text);
        text
    }

    /// The nightly run: integration, file, status and buckets (accepted, unchanged, rejected) of each run.
    #[track_caller]
    pub(super) fn night(
        &self,
        day: &str,
        code: u8,
        runs: &[(&str, &str, &str, [u64; 3])],
    ) -> Vec<Value> {
        let (ended, text) = self.run(&format!("{day}T22:00"), &format!("{NIGHT} --json"));
        let summaries: Vec<Value> = serde_json::from_str(&text).expect("JSON");
        let found: Vec<_> = summaries
            .iter()
            .map(|s| {
                let count = |key: &str| s[key].as_u64().expect("a number");
                let counts = ["records_accepted", "records_unchanged", "errors"].map(count);
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                (
                    text(&s["integration_name"]),
                    text(&s["source_files"][0]),
                    text(&s["status"]),
                    counts,
                )
            })
            .collect();
        let expected: Vec<_> = runs
            .iter()
            .map(|(i, f, s, c)| ((*i).to_owned(), (*f).to_owned(), (*s).to_owned(), *c))
            .collect();
        assert_eq!((ended, found), (code, expected));
        summaries
    }

    pub(super) fn drop(&mut self, integration: &str, name: &str, bytes: impl AsRef<[u8]>) {
        self.site.inbound(integration, name, bytes);
        self.dropped.push(name.to_owned());
    }

    /// Deductions, which a carrier sends.
    pub(super) fn send(&mut self, integration: &str, name: &str, rows: &[Record]) {
        self.note(rows);
        self.drop(integration, name, csv(rows));
    }

    pub(super) fn note(&mut self, rows: &[Record]) {
        for row in rows {
            let key = ["subscriber_id", "deduction_code", "effective_date"]
                .map(|c| row.get(c).to_owned());
            self.sent.insert(key, row.get("employee_amount").to_owned());
        }
    }

    /// A file of this kind that a run wrote for HR.
    pub(super) fn for_hr(&self, integration: &str, end: &str) -> String {
        let path = self
            .site
            .path(format!("outbound/{integration}/errors/{end}"));
        std::fs::read_to_string(path).expect(end)
    }

    /// HR puts a rejects file back, with one text in place of another.
    pub(super) fn put_back(&mut self, integration: &str, name: &str, old: &str, new: &str) {
        let text = self.for_hr(integration, name);
        assert!(text.contains(old), "{text}");
        self.drop(integration, name, text.replace(old, new));
    }
}

/// The words of a command line, of which some stand in double quotes.
fn words(command: &str) -> Vec<String> {
    let quoted = command.split('"').enumerate();
    let parts = quoted.flat_map(|(n, part)| match n % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    parts.collect()
}
