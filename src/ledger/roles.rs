//! What a ledger does, by roles. One backend implements them all; the rest of the crate depends on [`Ledger`] alone.
//! The suite in `tests/support/ledger_suite/` holds a backend to it.

use super::error::Result;
use super::notice_roles::Notices;
use super::roster_roles::Rosters;
use super::runs::history::Baseline;
use super::runs::purge::Purged;
use super::runs::rejections::{RejectedPerson, RejectedPlace, Rejection};
use super::transfer_roles::{EndpointTroubles, Endpoints, Outbox, Pulls};
use super::user_roles::SignIns;
use super::{
    Adopted, ArrivalRow, Asked, Committed, EnrollmentStep, Event, EventFilter, EventPlace,
    ImportedYear, NewArrival, NewRun, OneOff, OpenTotals, OutgoingReceipt, Pause, RunFilter,
    RunRow, SiteIdentity, Tally,
};
use crate::changeset::change::ChangeReader;
use crate::domain::{ArrivalId, Code, Finding, ReferenceId};
use crate::matching::corrections::Sought;
use crate::matching::rejections::OpenRejection;
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// An open ledger. One per thread; several processes may have it open at once.
pub trait Ledger:
    Runs
    + Arrivals
    + SiteRecord
    + Rosters
    + Commands
    + Transfers
    + Events
    + Notices
    + Cursors
    + SignIns
    + UnitOfWork
    + Send
{
    /// Waits no longer than this for another process's transaction.
    fn set_patience(&self, patience: Duration) -> Result<()>;
}

/// Runs: what they did, and what later ones look back at.
pub trait Runs:
    RunSteps + RunHistory + RunLists + RunTallies + ImportedYears + Rejections + RunRetention
{
}
impl<T: RunSteps + RunHistory + RunLists + RunTallies + ImportedYears + Rejections + RunRetention>
    Runs for T
{
}

/// What people ask for: at once, later, or not for now.
pub trait Commands: Requests + OneTimeRuns + Pauses + OpenEnrollments {}
impl<T: Requests + OneTimeRuns + Pauses + OpenEnrollments> Commands for T {}

/// Files that are fetched from endpoints or sent to them.
pub trait Transfers: Pulls + Outbox + Endpoints + EndpointTroubles {}
impl<T: Pulls + Outbox + Endpoints + EndpointTroubles> Transfers for T {}

/// The steps of a run around its commit.
pub trait RunSteps {
    /// Writes a run's row (state claimed, status In-Progress) under the next reference ID.
    fn begin(&mut self, new: &NewRun<'_>) -> Result<RunRow>;

    /// Writes the size (bytes) and SHA-256 (lower-case hexadecimal) of a claimed run's source file. The disk is not
    /// waited for: the commit, which is what counts, waits for all that was written before it.
    fn set_source(&mut self, number: u32, size: u64, sha256: &str) -> Result<()>;

    /// All files of a committed run are delivered: a run with status Held waits from here on, any other is done.
    /// May be repeated. The disk is not waited for: a close that is lost in a power failure leaves a run that is finished
    /// already; recovery only has to close it again.
    fn close(&mut self, number: u32) -> Result<()>;

    /// Ends a claimed run whose source file vanished: Failed and closed, with the reason. May be repeated.
    fn abandon(&mut self, number: u32, reason: &str, end: DateTime<FixedOffset>) -> Result<()>;

    /// Takes a held run up again after its release, and writes the event of that: claimed and In-Progress, its `hold`
    /// now naming what was lifted. Its next commit takes the place of the first. May be repeated.
    fn reopen(&mut self, number: u32, event: &Event) -> Result<RunRow>;
}

/// Questions to past runs.
pub trait RunHistory {
    /// The run of this reference ID.
    fn run(&self, reference: &ReferenceId) -> Result<Option<RunRow>>;

    /// The reference ID of a run number, also of a purged run.
    fn reference(&self, number: u32) -> Result<ReferenceId>;

    /// Runs of an integration that began and did not end (state claimed or delivering), oldest first.
    fn unfinished(&self, integration: &str) -> Result<Vec<RunRow>>;

    /// Runs of all integrations that did not end or are Held, oldest first.
    fn runs_not_ended(&self) -> Result<Vec<RunRow>>;

    /// The last run that took (or holds) the same bytes for this integration, so that they are not taken again. It may be
    /// purged since.
    /// Failed runs, tests and duplicates took nothing; `parent` is no duplicate of its corrections.
    fn taken(
        &self,
        integration: &str,
        sha256: &str,
        parent: Option<&ReferenceId>,
    ) -> Result<Option<ReferenceId>>;

    /// The numbers of the runs that took these bytes for this integration and have ended, but for tests and duplicates.
    fn judged_bytes(&self, integration: &str, sha256: &str) -> Result<Vec<u32>>;

    /// The newest change time, not later than `now`, among the records of the integration's whole files that ended
    /// Completed in runs before number `before`.
    fn watermark(
        &self,
        integration: &str,
        before: u32,
        now: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>>;

    /// Size and amount of the integration's last whole file that was taken with at least one record: no test, no
    /// duplicate, no corrections, no run for some employees only. With a `plan_year` (its first day) the last one of that
    /// year.
    fn baseline(&self, integration: &str, plan_year: Option<NaiveDate>)
    -> Result<Option<Baseline>>;

    /// Whether an initial import of a plan year (its first day) has Completed: a run that took the whole file, or was
    /// given a deduction start date. `None` asks about files of no plan year.
    fn initial_import_done(&self, integration: &str, plan_year: Option<NaiveDate>) -> Result<bool>;

    /// The listed findings of a run, in the order they were made.
    fn findings(&self, number: u32) -> Result<Vec<Finding>>;

    /// The findings of a run about the records from one number to another.
    fn findings_between(&self, number: u32, first: u64, last: u64) -> Result<Vec<Finding>>;

    /// Visits the errors of a run: the number of the record, the code and the column.
    fn each_error(&self, number: u32, visit: &mut dyn FnMut(u64, Code, &str)) -> Result<()>;
}

/// Lists of runs, newest first.
pub trait RunLists {
    /// At most `limit` runs, those that began last first.
    fn runs(&self, filter: &RunFilter, limit: usize) -> Result<Vec<RunRow>>;

    /// The names of the integrations that have runs.
    fn integrations_with_runs(&self) -> Result<Vec<String>>;

    /// How much of an integration needs a person.
    fn open_totals(&self, integration: &str) -> Result<OpenTotals>;

    /// The runs that correct or repeat a run, oldest first.
    fn runs_made_of(&self, run: &RunRow) -> Result<Vec<RunRow>>;

    /// The run of the integration that began before.
    fn run_before(&self, run: &RunRow) -> Result<Option<RunRow>>;

    /// The last earlier run that took records of a whole file: of the same source if there is one, else of the integration.
    fn last_taken(&self, run: &RunRow) -> Result<Option<RunRow>>;

    /// A number that grows whenever something that people look at changes, by whichever process.
    fn changes(&self) -> Result<u64>;
}

/// What the runs of an integration did together.
pub trait RunTallies {
    /// What was counted by day, on this one and later; with `None` what was counted in all.
    fn tallies(&self, integration: &str, since: Option<NaiveDate>) -> Result<Vec<Tally>>;

    /// The integrations of which anything was counted.
    fn tallied_integrations(&self) -> Result<Vec<String>>;
}

/// Which plan years integrations have imported, and when.
pub trait ImportedYears {
    /// The plan years that runs of these integrations but number `besides` imported, the earliest first, each with the last
    /// run that did.
    ///
    /// A run imports when it accepts a record, whenever it began: one that was held may end after younger ones. Tests
    /// and duplicates import nothing.
    fn imported_years(&self, integrations: &[&str], besides: u32) -> Result<Vec<ImportedYear>>;

    /// The plan years that runs imported which began or ended on this day in the site's time zone, oldest run first.
    fn years_on(&self, integrations: &[&str], day: NaiveDate) -> Result<Vec<ImportedYear>>;

    /// Lets files of a plan year (its first day) pass for all integrations of a roster, whatever was imported before, and
    /// writes the event of that. May be repeated.
    fn let_year_pass(&mut self, roster: &str, year: NaiveDate, event: &Event) -> Result<()>;

    /// The plan years of which files pass, the earliest first.
    fn passing_years(&self, roster: &str) -> Result<Vec<NaiveDate>>;
}

/// Rejected records that wait for their correction.
pub trait Rejections {
    /// The rejected records of an integration that wait for their correction, oldest first.
    fn open_rejections(&self, integration: &str) -> Result<Vec<OpenRejection>>;

    /// Those of [`Rejections::open_rejections`] that are sought.
    fn open_rejections_sought(
        &self,
        integration: &str,
        sought: &Sought,
    ) -> Result<Vec<OpenRejection>>;

    /// All rejected records of a run, in source order.
    fn rejections(&self, number: u32) -> Result<Vec<Rejection>>;

    /// Where the rejected records of a run are, in source order: at most `limit` behind this row of the ledger.
    fn rejected_places(&self, number: u32, after: i64, limit: usize) -> Result<Vec<RejectedPlace>>;

    /// How many rejected records of a run each run has accepted corrections of; `None`: they are open. Those that a person
    /// dismissed stand with the run itself.
    fn rejections_by_end(&self, number: u32) -> Result<BTreeMap<Option<u32>, u64>>;

    /// The rejected records of all integrations that wait for their correction, oldest run first.
    fn open_people(&self) -> Result<Vec<RejectedPerson>>;

    /// The rejected records of a subscriber, by the keyed hash of the ID, oldest run first.
    fn rejections_of(&self, subscriber: u64) -> Result<Vec<RejectedPerson>>;

    /// Closes open rejections of a run by hand and writes why; the run itself then stands in `closed_by`.
    /// Returns how many were open.
    fn dismiss(&mut self, number: u32, records: &[u64], event: &Event) -> Result<usize>;
}

pub trait RunRetention {
    /// Purges at most `limit` closed runs that began before a moment, oldest first, in many small transactions.
    ///
    /// Runs under way or Held stay, and whatever later runs look back at. Uncorrected rejections go
    /// with their run: a correction after so long would be a new file, and data past its age must not stay for it.
    fn purge_runs(&mut self, before: DateTime<FixedOffset>, limit: usize) -> Result<Purged>;

    /// Whether a purged run of the integration took its file.
    fn purged_run_took(&self, integration: &str, reference: &ReferenceId) -> Result<bool>;

    /// Every run that is under way or Held.
    fn open_runs(&self) -> Result<BTreeSet<ReferenceId>>;
}

/// What people ask of the daemon, and its answers.
pub trait Requests {
    /// Writes a request. Returns its number.
    fn ask(&mut self, user: &str, body: &str, at: DateTime<FixedOffset>) -> Result<i64>;

    /// The waiting requests, in the order they were asked.
    fn asked(&self) -> Result<Vec<Asked>>;

    /// Takes a waiting request to be done. `false`: it was withdrawn or is taken already.
    fn take_request(&mut self, number: i64) -> Result<bool>;

    /// Gives back a request that was taken and not begun: the command that made it does the work without the daemon.
    fn give_back(&mut self, number: i64) -> Result<()>;

    /// Writes the answer (JSON) to a request; its body is forgotten.
    fn answer(&mut self, number: i64, answer: &str) -> Result<()>;

    /// The answer to a request, once there is one.
    fn answer_to(&self, number: i64) -> Result<Option<String>>;

    /// Takes a request back. `false`: it is no longer waiting.
    fn withdraw(&mut self, number: i64) -> Result<bool>;

    /// Gives this answer to whatever was taken and not answered: what an earlier daemon was at when it ended.
    /// Returns how many there were.
    fn drop_taken(&mut self, answer: &str) -> Result<usize>;

    /// Forgets the requests answered long ago: those asked before this moment. Returns how many.
    fn forget_requests(&mut self, before: DateTime<Utc>) -> Result<usize>;
}

/// Runs asked for once, at a later time.
pub trait OneTimeRuns {
    /// Stores a one-off run (its `number` is not looked at) and writes the event. Returns its number.
    fn add_one_off(&mut self, new: &OneOff) -> Result<i64>;

    /// The one-off runs that wait, by their time.
    fn one_offs(&self) -> Result<Vec<OneOff>>;

    /// Takes a one-off run off the list, because it starts now or never will, and writes the event with what became
    /// of it. `false`: another process has taken it, and nothing is written.
    fn end_one_off(
        &mut self,
        number: i64,
        what: &str,
        user: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<bool>;
}

/// What does not start by itself for now.
pub trait Pauses {
    /// Pauses an integration or all, in place of an earlier pause of the same, and writes the event.
    fn pause(&mut self, pause: &Pause) -> Result<()>;

    /// Ends the pause of an integration, or with `None` the pause of all, and writes the event.
    /// `false`: there was no such pause, and nothing is written.
    fn resume(&mut self, name: Option<&str>, user: &str, at: DateTime<FixedOffset>)
    -> Result<bool>;

    /// Lets a pause go on until this moment and no longer, and writes the event `resume`.
    /// `false`: there was no such pause, and nothing is written.
    fn resume_from(
        &mut self,
        name: Option<&str>,
        from: DateTime<FixedOffset>,
        user: &str,
        at: DateTime<FixedOffset>,
    ) -> Result<bool>;

    /// All pauses, that of all integrations first, then by name. One whose end has passed is still among them.
    fn pauses(&self) -> Result<Vec<Pause>>;
}

/// Open enrollments that have begun.
pub trait OpenEnrollments {
    /// The steps of an integration's open enrollment, in their order; none where none has begun.
    fn enrollment_steps(&self, integration: &str) -> Result<Vec<EnrollmentStep>>;

    /// Notes a step, in place of an earlier one of its kind, and writes the event. A carrier that is asked again has not
    /// answered yet.
    fn note_enrollment_step(
        &mut self,
        integration: &str,
        step: &EnrollmentStep,
        event: &Event,
    ) -> Result<()>;

    /// Forgets the steps, and writes the event. `false`: there were none, and nothing is written.
    fn end_open_enrollment(&mut self, integration: &str, event: &Event) -> Result<bool>;
}

pub trait Events {
    fn record_event(&mut self, event: &Event) -> Result<()>;

    /// Writes an event unless one with the same action, subject and reason was written in the day before it: then
    /// `false`.
    fn record_event_once(&mut self, event: &Event) -> Result<bool>;

    /// Writes events, keeps a moment under these names and puts receipts that no run wrote into the outbox, all of it or
    /// nothing.
    fn record_events_and_marks(
        &mut self,
        events: &[Event],
        marks: &[String],
        at: DateTime<Utc>,
        receipts: &[OutgoingReceipt<'_>],
    ) -> Result<()>;

    /// At most `limit` events, the newest first.
    fn events(&self, filter: &EventFilter, limit: usize) -> Result<Vec<Event>>;

    /// The same, each with its place in the list.
    fn placed_events(&self, filter: &EventFilter, limit: usize)
    -> Result<Vec<(EventPlace, Event)>>;
}

/// Files taken from inbound into the queue.
pub trait Arrivals {
    /// Gives IDs to files of an integration, in their order, before they are moved.
    fn arrive(
        &mut self,
        integration: &str,
        files: &[NewArrival],
        at: DateTime<FixedOffset>,
    ) -> Result<Vec<ArrivalId>>;

    /// What is known of an arrival; `None`: nothing, or it has been purged.
    fn arrival(&self, arrival: &ArrivalId) -> Result<Option<ArrivalRow>>;

    /// The arrivals of an integration that no run has taken, and whose senders have no receipt of them, in their order.
    fn unanswered(&self, integration: &str) -> Result<Vec<ArrivalRow>>;

    /// Notes that receipts of arrivals are ready, with the SHA-256 of each file, and puts the receipts into the outbox.
    fn answer_arrivals(
        &mut self,
        answered: &[(ArrivalId, String)],
        receipts: &[OutgoingReceipt<'_>],
    ) -> Result<()>;

    /// Forgets arrivals that no run has taken: their files were never moved.
    fn forget_arrivals(&mut self, arrivals: &[ArrivalId]) -> Result<()>;

    /// The highest ID that was ever given.
    fn highest_arrival(&self) -> Result<Option<ArrivalId>>;
}

/// Which site a ledger belongs to, and what it has ever given out.
pub trait SiteRecord {
    /// The site that the ledger belongs to; `None`: nothing has been done with it yet.
    fn identity(&self) -> Result<Option<SiteIdentity>>;

    /// Says which site it belongs to, unless it belongs to one already. Returns the site it belongs to from now on.
    fn set_identity(&mut self, identity: &SiteIdentity) -> Result<SiteIdentity>;

    /// The highest reference ID that was ever given, also to a run that is purged.
    fn highest_reference(&self) -> Result<Option<ReferenceId>>;

    /// Whether a run of this reference ID was ever begun, also if it is purged.
    fn knows(&self, reference: &ReferenceId) -> Result<bool>;

    /// Takes over what the folders show of runs that this ledger doesn't know: all of it or nothing. May be repeated.
    fn adopt(&mut self, adopted: &Adopted<'_>) -> Result<()>;

    /// Makes this copy of a ledger that of another site, which works on nothing of the first.
    fn become_copy(&mut self, identity: &SiteIdentity, event: &Event) -> Result<()>;

    /// Writes a copy of the ledger, as it is at one moment, to a file that must not exist. Others go on working.
    fn back_up(&self, to: &Path) -> Result<()>;
}

/// Moments that have to survive a restart.
pub trait Cursors {
    /// The moment kept under this name, to the microsecond.
    fn mark(&self, name: &str) -> Result<Option<DateTime<Utc>>>;

    /// Keeps a moment under a name, in place of an earlier one.
    fn set_mark(&mut self, name: &str, at: DateTime<Utc>) -> Result<()>;

    /// All marks, by name.
    fn marks(&self) -> Result<Vec<(String, DateTime<Utc>)>>;

    /// Forgets a mark. `false`: there was none.
    fn remove_mark(&mut self, name: &str) -> Result<bool>;
}

/// The commit of a run.
pub trait UnitOfWork {
    /// Writes a claimed (or held) run's changes and result: all of it or, on any error, nothing.
    ///
    /// `changes` are read block by block, whatever their number. Those of employees and deductions must stand on what
    /// is stored now ([`super::LedgerError::Overtaken`]). What an earlier commit of the same run
    /// (before its release) left in findings and rejections is replaced by these; without changes it stays.
    fn commit(
        &mut self,
        number: u32,
        result: &Committed<'_>,
        changes: Option<&mut ChangeReader<'_>>,
        roster: &str,
    ) -> Result<()>;
}
