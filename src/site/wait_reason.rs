//! Why a file waits. Runs, the daemon and `feedgate status` give the same reasons in the same words.

use crate::domain::ReferenceId;
use crate::ledger::Pause;
use crate::schedule::resolve;
use crate::spool::NotYet;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use chrono_tz::Tz;

/// Why a file waits. Its word names it in JSON, its sentence explains it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum WaitReason {
    /// A user has paused its integration.
    #[error("{}", paused(.0))]
    Paused(Pause),
    /// The window of its integration is closed.
    #[error("the window {name} is closed; {}", opening(.opens.as_ref()))]
    #[strum(serialize = "window")]
    WindowClosed {
        name: String,
        /// When it opens; `None`: never again.
        opens: Option<DateTime<FixedOffset>>,
    },
    /// Its integration runs on a schedule only.
    #[error("until {}", start(.next.as_ref()))]
    #[strum(serialize = "start")]
    NotStarted {
        /// The next time a schedule runs it.
        next: Option<DateTime<FixedOffset>>,
    },
    /// Less than this is free on the site's disk.
    #[error("until {floor_mib} MiB are free on the site's disk (daemon.min_free_mib)")]
    #[strum(serialize = "room")]
    DiskFull { floor_mib: u64 },
    /// A one-off run will take it; otherwise it would wait for longer.
    #[error("until one-off {number} runs it at {}; without it, {otherwise}", to_the_minute(.at))]
    OneOff {
        number: i64,
        at: DateTime<FixedOffset>,
        otherwise: Box<WaitReason>,
    },
    /// Something of an integration named under `after` goes first.
    #[error("until {}", after(.integration, .what))]
    After {
        integration: String,
        what: GoesFirst,
    },
    /// A file of an earlier plan year goes first, and each plan year takes a day.
    #[error("Scheduled for {day}: {first}, and later years go on another day")]
    #[strum(serialize = "plan-year")]
    EarlierYear { day: NaiveDate, first: EarlierYear },
    /// A run holds a file of an earlier plan year, and a user has to end the hold.
    #[error(
        "Scheduled: run {run} holds a file of the plan year from {year}, which goes first; release or refuse it"
    )]
    #[strum(serialize = "plan-year")]
    EarlierYearHeld { year: NaiveDate, run: ReferenceId },
    /// It is not complete yet.
    #[error("arriving: {}", arriving(*.why, .marker))]
    Arriving {
        why: NotYet,
        /// The name of its marker file, as it may be shown.
        marker: String,
        /// When it is looked at again.
        until: Option<DateTime<FixedOffset>>,
    },
    /// A run of its integration is under way.
    #[error("until run {run} of it ends")]
    Running { run: ReferenceId },
    /// All workers of the daemon are busy.
    #[error("until a worker of the daemon is free")]
    #[strum(serialize = "turn")]
    WorkersBusy,
    /// The daemon takes this number of files before it.
    #[error("{}", turn(*.before))]
    #[strum(serialize = "turn")]
    InQueue { before: usize },
    #[error("no daemon runs; `feedgate run {integration}` takes it")]
    #[strum(serialize = "run")]
    NoDaemon { integration: String },
}

/// What of another integration goes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoesFirst {
    /// The number of its files that wait.
    Waiting(usize),
    /// The number of its files that are arriving.
    Arriving(usize),
    /// A run of it is In-Progress.
    InProgress,
    /// A run of it waits for a person.
    Held(ReferenceId),
    /// Its inbound folder can't be listed.
    Unknown,
}

/// What of an earlier plan year goes before a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EarlierYear {
    /// A file of this year, which waits or is In-Progress.
    #[error("a file of the plan year from {0} goes first")]
    File(NaiveDate),
    /// A run that imported a file of this year today.
    #[error("run {1} imported the plan year from {0} today")]
    Run(NaiveDate, ReferenceId),
}

impl WaitReason {
    /// When it ends by itself, as far as that is known.
    pub(crate) fn until(&self, zone: Tz) -> Option<DateTime<FixedOffset>> {
        match self {
            WaitReason::Paused(pause) => pause.until,
            WaitReason::WindowClosed { opens, .. } => *opens,
            WaitReason::NotStarted { next } => *next,
            WaitReason::OneOff { at, .. } => Some(*at),
            WaitReason::EarlierYear { day, .. } => {
                Some(resolve(day.and_time(NaiveTime::MIN), zone).fixed_offset())
            }
            WaitReason::Arriving { until, .. } => *until,
            WaitReason::DiskFull { .. }
            | WaitReason::After { .. }
            | WaitReason::EarlierYearHeld { .. }
            | WaitReason::Running { .. }
            | WaitReason::WorkersBusy
            | WaitReason::InQueue { .. }
            | WaitReason::NoDaemon { .. } => None,
        }
    }

    /// Whether it lasts until a time, or until a user acts, and concerns all files of an integration.
    pub(crate) fn lasts(&self) -> bool {
        matches!(
            self,
            WaitReason::Paused(_)
                | WaitReason::WindowClosed { .. }
                | WaitReason::NotStarted { .. }
                | WaitReason::DiskFull { .. }
        )
    }

    /// Its name in JSON.
    pub(crate) fn word(&self) -> &'static str {
        self.into()
    }
}

fn paused(pause: &Pause) -> String {
    let since = to_the_minute(&pause.since);
    let why = pause.why.iter().map(|why| format!(" ({why})"));
    let why: String = why.collect();
    let until = match (&pause.until, &pause.name) {
        (Some(until), _) => to_the_minute(until),
        (None, name) => format!("`feedgate resume {}`", name.as_deref().unwrap_or("all")),
    };
    format!("paused by {} since {since}{why}; until {until}", pause.user)
}

fn opening(opens: Option<&DateTime<FixedOffset>>) -> String {
    opens.map_or_else(
        || "it never opens again".to_owned(),
        |opens| format!("until it opens at {}", to_the_minute(opens)),
    )
}

fn start(next: Option<&DateTime<FixedOffset>>) -> String {
    next.map_or_else(
        || "somebody runs it".to_owned(),
        |next| format!("the schedule runs it at {}", to_the_minute(next)),
    )
}

fn after(integration: &str, what: &GoesFirst) -> String {
    match what {
        GoesFirst::Waiting(1) => format!("1 waiting file of {integration} is done"),
        GoesFirst::Waiting(n) => format!("{n} waiting files of {integration} are done"),
        GoesFirst::Arriving(1) => format!("1 file on its way to {integration} is done"),
        GoesFirst::Arriving(n) => format!("{n} files on their way to {integration} are done"),
        GoesFirst::InProgress => format!("the run of {integration} ends"),
        GoesFirst::Held(run) => {
            format!("run {run} of {integration} is no longer Held: release or refuse it")
        }
        GoesFirst::Unknown => {
            format!("the inbound folder of {integration}, whose files go first, can be looked into")
        }
    }
}

fn arriving(why: NotYet, marker: &str) -> String {
    match why {
        NotYet::NoMarker => {
            format!("its marker file is not there; upload {marker} when the file is whole")
        }
        NotYet::OldMarker => {
            format!("its marker file {marker} is older than the file itself; upload it again")
        }
        other => other.to_string(),
    }
}

fn turn(before: usize) -> String {
    match before {
        0 => "next: the daemon takes it at once".to_owned(),
        1 => "until the file before it is done".to_owned(),
        n => format!("until the {n} files before it are done"),
    }
}

/// A moment to the minute, as messages show it.
pub(crate) fn to_the_minute(moment: &DateTime<FixedOffset>) -> String {
    moment.format("%Y-%m-%d %H:%M").to_string()
}
