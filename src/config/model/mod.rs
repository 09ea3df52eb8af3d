//! The configuration as the rest of the program sees it: typed, complete, defaults filled in.

mod endpoint;
mod folders;
mod integration;
mod layout;
mod notices;
mod site;
mod time;
mod web;

pub(crate) use endpoint::{AfterPull, Auth, Endpoint, Pull, Push};
pub(crate) use folders::Folder;
pub(crate) use integration::{
    AfterHeld, ColumnsGone, Complete, Enrolment, FileContent, InitialImport, Integration,
    PlanYearsOfFile, ReceiptForm, Start,
};
pub(crate) use layout::FixedColumn;
use layout::{Format, OutputSettings};
pub(crate) use notices::{Mail, MailServer, NoticeOn, TechnicalContact, Webhook};
pub(crate) use site::{
    DaemonSettings, IdentityRules, LogForm, MatchMode, SftpServer, SiteSettings, TestCopy,
    UsernameRule,
};
pub(crate) use time::{NamedSchedule, NamedWindow, Set};
pub(crate) use web::{Listen, SecondFactor, Web};

use super::checker::{Given, table};
use super::compound::{named, table, tables};
use super::diagnostics::Diagnostic;
use crate::rules::plan_year::PlanYear;
use crate::schedule;
use crate::validate::ssn::Policy;
use site::PlanYearKeys;
use std::path::PathBuf;
use time::{ScheduleKeys, WindowKeys};

table! {
    /// A site's configuration, checked. Named tables are in file order.
    ///
    /// `file` is the file it was read from and `root` the folder it is in, the site's; both absolute. `fingerprint` is
    /// the first 16 hexadecimal characters of the SHA-256 of the file's bytes. `mistakes` is not empty where the file was
    /// read in spite of them. `switched_off` says in a sentence each what a test copy doesn't use of the file.
    pub struct Config(
        file: PathBuf = Given::later,
        root: PathBuf = Given::later,
        fingerprint: String = Given::later,
        mistakes: Vec<Diagnostic> = Given::later,
        switched_off: Vec<String> = Given::later
    ) {
        site: SiteSettings = default(table::<SiteSettings>(), "{}"),
            "The site as a whole.";
        test_copy: Option<TestCopy> = optional(table::<TestCopy>()),
            "Says that this site is a test copy of another one; `feedgate clone` writes it into the first line. A test copy \
             uses no endpoint that is not listed here, no folder outside of its own, and begins the names of output files \
             with `TEST.`.";
        plan_years = "plan_year": Vec<PlanYear> = default(tables::<PlanYearKeys>(), "[]"),
            "The plan years, client-wide; they need not follow the calendar year and may not overlap.";
        identity: IdentityRules = default(table::<IdentityRules>(), "{}"),
            "How an employee is recognised.";
        integrations = "integration": Vec<Integration> = default(named::<Integration>(), "{}"),
            "The integrations; folders are named after them.";
        sets = "set": Vec<Set> = default(named::<Set>(), "{}"),
            "Integration sets: integrations run in order under one name.";
        windows = "window": Vec<NamedWindow> = default(named::<WindowKeys>(), "{}"),
            "Windows: times of the day when unattended runs may start, on the site's clock. A run that began before \
             its window closes goes on to its end.";
        schedules = "schedule": Vec<NamedSchedule> = default(named::<ScheduleKeys>(), "{}"),
            "Schedules: when the daemon runs integrations and sets, on the site's clock. A time that a change of the \
             clock swallows runs right after the gap, a doubled one runs once.";
        daemon: DaemonSettings = default(table::<DaemonSettings>(), "{}"),
            "How `feedgate daemon` works.";
        endpoints = "endpoint": Vec<Endpoint> = default(named::<Endpoint>(), "{}"),
            "SFTP servers that files are fetched from or sent to.";
        contact: Option<TechnicalContact> = optional(table::<TechnicalContact>()),
            "The Technical Contact: the address that hears of what needs a person (docs/notices.md).";
        mail: Option<Mail> = optional(table::<Mail>()),
            "How mail to the contacts is sent.";
        webhooks = "webhook": Vec<Webhook> = default(tables::<Webhook>(), "[]"),
            "Web addresses that are told what needs a person.";
        web: Web = default(table::<Web>(), "{}"),
            "The dashboard and the API, which the daemon serves (docs/dashboard.md).";
        sftp_server: SftpServer = default(table::<SftpServer>(), "{}"),
            "An SFTP server of ours that lets senders and HR into folders of the site (docs/sftp.md).";
    }
}

impl Config {
    /// Who is mailed about an integration; `None`: about what belongs to none.
    pub(crate) fn contact_of(&self, integration: Option<&str>) -> Option<&TechnicalContact> {
        let own = integration.and_then(|name| self.integration(name)?.contact.as_ref());
        own.or(self.contact.as_ref())
    }

    /// The folder that mail is written into, where it is not sent.
    pub(crate) fn mail_folder(&self) -> Option<PathBuf> {
        match &self.mail.as_ref()?.server {
            MailServer::Folder(folder) => Some(self.root.join(folder)),
            MailServer::Smtp { .. } => None,
        }
    }

    /// Gives schedules the windows they name.
    pub(super) fn resolve_windows(&mut self) {
        for schedule in &mut self.schedules {
            let named = |window: &&NamedWindow| schedule.window.as_ref() == Some(&window.name);
            let window = self.windows.iter().find(named);
            schedule.timetable.window = window.map(|window| window.hours.clone());
        }
    }

    /// Takes out what a test copy must not use: endpoints that are not its own, folders outside of it, notices and the SFTP
    /// server.
    pub(super) fn switch_off_in_copy(&mut self) {
        let Some(copy) = &self.test_copy else {
            return;
        };
        let sentence =
            "test_copy: this site is a test copy; the names of its output files begin with TEST.";
        self.switched_off.push(sentence.to_owned());
        let own = |endpoint: &String| copy.endpoints.contains(endpoint);
        for endpoint in self.endpoints.extract_if(.., |e| !own(&e.name)) {
            self.switched_off.push(format!(
                "endpoint {}: is switched off in this test copy; to be set again: give it the server, account, key and host keys of a test, then name it in test_copy.endpoints",
                endpoint.name
            ));
        }
        for integration in &mut self.integrations {
            integration.pull.take_if(|pull| !own(&pull.endpoint));
            integration.push.take_if(|push| !own(&push.endpoint));
            for key in integration.folders.keep_inside() {
                self.switched_off.push(format!(
                    "integration.{}.folders.{key}: lies outside of this test copy, which uses its default place; to be set again",
                    integration.name
                ));
            }
        }
        let mut contacts = self.contact.take().is_some();
        for integration in &mut self.integrations {
            contacts |= integration.contact.take().is_some();
        }
        let webhooks = !std::mem::take(&mut self.webhooks).is_empty();
        for (key, was_set) in [
            ("contact", contacts),
            ("mail", self.mail.take().is_some()),
            ("webhook", webhooks),
            ("web.listen", self.web.listen.take().is_some()),
        ] {
            if was_set {
                let sentence = format!("{key}: is switched off in this test copy; to be set again");
                self.switched_off.push(sentence);
            }
        }
        if !std::mem::take(&mut self.sftp_server.chroots).is_empty() {
            let sentence = "sftp_server: is of the original site and is not looked at in this test copy; to be set again";
            self.switched_off.push(sentence.to_owned());
        }
    }

    /// The integration with this name.
    pub(crate) fn integration(&self, name: &str) -> Option<&Integration> {
        self.integrations.iter().find(|i| i.name == name)
    }

    /// The names of the integrations whose files have one order of plan years: those of a roster whose records have plan
    /// years.
    pub(crate) fn year_order(&self, roster: &str) -> Vec<&str> {
        let ordered = |i: &&Integration| i.kind.has_plan_years() && i.roster == roster;
        let all = self.integrations.iter().filter(ordered);
        all.map(|i| i.name.as_str()).collect()
    }

    /// Whether an integration takes subscriber IDs that are the employee's SSN.
    pub(crate) fn ssn_as_id(&self, integration: &Integration) -> bool {
        let policy = integration.subscriber_id.is_ssn;
        policy.unwrap_or(self.identity.subscriber_id.is_ssn) == Policy::Accept
    }

    /// Days until a published file of an integration is removed; `None`: never.
    pub(crate) fn outbound_days(&self, integration: &Integration) -> Option<u32> {
        let own = integration.retention.outbound_days;
        own.or(self.site.retention.outbound_days)
            .filter(|days| *days > 0)
    }

    /// The integration set with this name.
    pub(crate) fn set(&self, name: &str) -> Option<&Set> {
        self.sets.iter().find(|s| s.name == name)
    }

    /// The schedule with this name.
    pub(crate) fn schedule(&self, name: &str) -> Option<&NamedSchedule> {
        self.schedules.iter().find(|s| s.name == name)
    }

    /// The window with this name.
    pub(crate) fn window(&self, name: &str) -> Option<&schedule::Window> {
        let window = self.windows.iter().find(|w| w.name == name)?;
        Some(&window.hours)
    }

    /// Whether a schedule expects a file for this integration or set: one that runs it, or a set it belongs to.
    pub(crate) fn expects_file(&self, name: &str) -> bool {
        self.schedules.iter().filter(|s| s.expect_file).any(|s| {
            s.run == name
                || self
                    .set(&s.run)
                    .is_some_and(|set| set.integrations.iter().any(|member| member == name))
        })
    }

    /// A folder of an integration: where the configuration puts it, or else its default place in the site.
    pub(crate) fn folder(&self, integration: &Integration, folder: Folder) -> PathBuf {
        match integration.folders.configured(folder) {
            Some(elsewhere) => self.root.join(elsewhere),
            None => self.root.join(folder.default_place(&integration.name)),
        }
    }

    /// Claimed source files and unpublished outputs; never visible to SFTP accounts.
    pub(crate) fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    /// Files taken from inbound that wait for their runs, by integration; never visible to SFTP accounts.
    pub(crate) fn queue(&self) -> PathBuf {
        self.root.join("queue")
    }

    /// The ledger, the lock and the key for SSN hashes.
    pub(crate) fn state(&self) -> PathBuf {
        self.root.join("state")
    }

    /// Why it is not known what it says, where it has mistakes.
    pub(crate) fn unsure(&self) -> Option<String> {
        let (first, more) = self.mistakes.split_first()?;
        let count = match more.len() {
            0 => "a mistake".to_owned(),
            more => format!("{} mistakes", more + 1),
        };
        Some(format!(
            "the configuration has {count} (`feedgate check`); only what the ledger knows is certain here: {first}"
        ))
    }

    /// A sentence for each setting that is checked but not acted on: by this version, or in a test copy.
    pub(crate) fn unused_settings(&self) -> Vec<String> {
        let own = self.integrations.iter().any(|i| i.contact.is_some());
        let contact = self.contact.is_some() || own;
        let unsent = contact && self.mail.is_none();
        let unsent = unsent
            .then_some("contact: gets no mail, for there is no [mail] that says how it is sent.");
        let unread = self.mail.is_some() && !contact;
        let unread = unread.then_some("mail: is sent to nobody, for there is no [contact].");
        let notices = unsent.into_iter().chain(unread).map(str::to_owned);
        notices.chain(self.switched_off.iter().cloned()).collect()
    }
}
