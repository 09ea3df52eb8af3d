//! Codes that need several records or several files: a story that ends with the code, and a near miss.

use crate::people::{Record, csv};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use feedgate::internal::domain::Code;

/// How the bad end looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The number of records that the run rejects.
    Rejected(u64),
    /// The run is held.
    Held,
}

/// A story.
#[derive(Clone, Debug)]
pub(super) struct Story {
    /// The code it is about.
    pub code: Code,
    integration: &'static str,
    field: &'static str,
    end: End,
    site: Option<String>,
    config: String,
    keys: String,
    arguments: Vec<String>,
    roster: Vec<Vec<u8>>,
    near_roster: Vec<u8>,
    before: Vec<Vec<u8>>,
    bad: Vec<u8>,
    near: Vec<u8>,
    also: Vec<Code>,
}

/// A story of employees: in the bad case the field gets the code and that many records are rejected.
pub(super) fn demographic(code: Code, field: &'static str, rejected: u64) -> Story {
    Story {
        code,
        integration: DEMOGRAPHIC,
        field,
        end: End::Rejected(rejected),
        site: None,
        config: String::new(),
        keys: String::new(),
        arguments: Vec::new(),
        roster: Vec::new(),
        near_roster: Vec::new(),
        before: Vec::new(),
        bad: Vec::new(),
        near: Vec::new(),
        also: Vec::new(),
    }
}

/// A story of deductions.
pub(super) fn deduction(code: Code, field: &'static str, rejected: u64) -> Story {
    let mut story = demographic(code, field, rejected);
    story.integration = DEDUCTION;
    story
}

impl Story {
    /// It ends with the file held.
    pub(super) fn held(mut self) -> Story {
        self.end = End::Held;
        self
    }

    /// Another configuration.
    pub(super) fn site(mut self, toml: &str) -> Story {
        self.site = Some(toml.to_owned());
        self
    }

    /// More configuration.
    pub(super) fn config(mut self, toml: &str) -> Story {
        toml.clone_into(&mut self.config);
        self
    }

    /// More keys of the integration.
    pub(super) fn keys(mut self, toml: &str) -> Story {
        toml.clone_into(&mut self.keys);
        self
    }

    /// Run parameters.
    pub(super) fn arguments(mut self, arguments: &[&str]) -> Story {
        self.arguments = arguments.iter().map(|a| (*a).to_owned()).collect();
        self
    }

    /// The roster knows these people.
    pub(super) fn after(mut self, people: Vec<Record>) -> Story {
        self.roster.push(csv(&people));
        self
    }

    /// In the near miss alone the roster knows these people.
    pub(super) fn near_after(mut self, people: Vec<Record>) -> Story {
        self.near_roster = csv(&people);
        self
    }

    /// The integration took these records before.
    pub(super) fn before(mut self, records: Vec<Record>) -> Story {
        self.before.push(csv(&records));
        self
    }

    /// The file that gets the code.
    pub(super) fn bad(self, records: Vec<Record>) -> Story {
        self.bad_bytes(csv(&records))
    }

    /// The file that gets the code, as bytes.
    pub(super) fn bad_bytes(mut self, bytes: Vec<u8>) -> Story {
        self.bad = bytes;
        self
    }

    /// The file that nearly gets it.
    pub(super) fn near(self, records: Vec<Record>) -> Story {
        self.near_bytes(csv(&records))
    }

    /// The file that nearly gets it, as bytes.
    pub(super) fn near_bytes(mut self, bytes: Vec<u8>) -> Story {
        self.near = bytes;
        self
    }

    /// Other codes in the bad file, each rejecting one more record.
    pub(super) fn also(mut self, codes: &[Code]) -> Story {
        self.also = codes.to_vec();
        self
    }

    fn tell(&self, file: &[u8], rosters: &[&[u8]]) -> Outcome {
        let mut site = Scenario::new();
        if let Some(toml) = &self.site {
            site = site.config(toml);
        }
        if !self.keys.is_empty() {
            site = site.and_keys(self.integration, &self.keys);
        }
        site = site.and_config(&self.config);
        for (i, bytes) in rosters.iter().enumerate() {
            site.roster(&format!("roster{i}.csv"), bytes);
        }
        for (i, bytes) in self.before.iter().enumerate() {
            let outcome = site
                .inbound(self.integration, &format!("before{i}.csv"), bytes)
                .run(self.integration, &[]);
            assert_eq!(outcome.code, 0, "{}: {outcome:?}", self.code);
        }
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        site.inbound(self.integration, "story.csv", file)
            .run(self.integration, &arguments)
    }

    /// Tells both ends; returns what is not as it should be.
    pub(super) fn check(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let code = self.code.as_str();
        let mut rosters: Vec<&[u8]> = self.roster.iter().map(Vec::as_slice).collect();
        let bad = self.tell(&self.bad, &rosters);
        let mut wanted: Vec<&str> = self.also.iter().map(|c| c.as_str()).collect();
        wanted.push(code);
        wanted.sort_unstable();
        match self.end {
            End::Rejected(count) => {
                let count = count + self.also.len() as u64;
                let found: Vec<String> = bad.findings().into_keys().collect();
                let exit = if count > 0 { 3 } else { 0 };
                if found != wanted || bad.count("errors") != count || bad.code != exit {
                    wrong.push(format!("{code} found {found:?}: {bad:?}"));
                }
                let severity = if count > 0 { "error" } else { "warning" };
                let mut rows = bad.errors();
                rows.retain(|r| r.code == code);
                if rows.is_empty()
                    || rows
                        .iter()
                        .any(|r| r.field != self.field || r.severity != severity)
                {
                    wrong.push(format!("{code} says {rows:#?}"));
                }
            }
            End::Held => {
                let named = bad.findings().contains_key(code) || bad.text("reason").contains(code);
                if bad.code != 5 || bad.status() != "Held" || !named || bad.output().is_some() {
                    wrong.push(format!("{code} is not held for it: {bad:?}"));
                }
            }
        }
        rosters.extend((!self.near_roster.is_empty()).then_some(&self.near_roster[..]));
        let near = self.tell(&self.near, &rosters);
        let named = near.findings().contains_key(code) || near.text("reason").contains(code);
        if near.code != 0 || named {
            wrong.push(format!("near {code}: {near:?}"));
        }
        wrong
    }
}
