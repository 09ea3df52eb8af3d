//! Why a file waits. Runs, the daemon and `feedgate status` give the same reasons in the same words.

use crate::domain::ReferenceId;
use crate::ledger::Pause;
use crate::schedule::resolve;
use crate::spool::NotYet;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use std::fmt;

/// Why a file waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WaitReason {
    /// A user has paused its integration.
    Paused(Pause),
    /// The window of its integration is closed.
    WindowClosed {
        name: String,
        /// When it opens; `None`: never again.
        opens: Option<DateTime<FixedOffset>>,
    },
    /// Its integration runs on a schedule only.
    NotStarted {
        /// The next time a schedule runs it.
        next: Option<DateTime<FixedOffset>>,
    },
    /// Less than this is free on the site's disk.
    DiskFull {
        floor_mib: u64,
    },
    /// A one-off run will take it; otherwise it would wait for longer.
    OneOff {
        number: i64,
        at: DateTime<FixedOffset>,
        otherwise: Box<WaitReason>,
    },
    /// Something of an integration named under `after` goes first.
    After {
        integration: String,
        what: GoesFirst,
    },
    /// A file of an earlier plan year goes first, and each plan year takes a day.
    EarlierYear {
        day: NaiveDate,
        first: EarlierYear,
    },
    /// A run holds a file of an earlier plan year, and a user has to end the hold.
    EarlierYearHeld {
        year: NaiveDate,
        run: ReferenceId,
    },
    /// It is not complete yet.
    Arriving {
        why: NotYet,
        /// The name of its marker file, as it may be shown.
        marker: String,
        /// When it is looked at again.
        until: Option<DateTime<FixedOffset>>,
    },
    /// A run of its integration is under way.
    Running {
        run: ReferenceId,
    },
    /// All workers of the daemon are busy.
    WorkersBusy,
    /// The daemon takes this number of files before it.
    InQueue {
        before: usize,
    },
    NoDaemon {
        integration: String,
    },
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
    /// Its inbound folder can't be listed.
    Unknown,
}

/// What of an earlier plan year goes before a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EarlierYear {
    /// A file of this year, which waits or is In-Progress.
    File(NaiveDate),
    /// A run that imported a file of this year today.
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
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            WaitReason::Paused(_) => "paused",
            WaitReason::WindowClosed { .. } => "window",
            WaitReason::NotStarted { .. } => "start",
            WaitReason::DiskFull { .. } => "room",
            WaitReason::OneOff { .. } => "one-off",
            WaitReason::After { .. } => "after",
            WaitReason::EarlierYear { .. } | WaitReason::EarlierYearHeld { .. } => "plan-year",
            WaitReason::Arriving { .. } => "arriving",
            WaitReason::Running { .. } => "running",
            WaitReason::WorkersBusy | WaitReason::InQueue { .. } => "turn",
            WaitReason::NoDaemon { .. } => "run",
        }
    }
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaitReason::Paused(pause) => paused(pause, f),
            WaitReason::WindowClosed { name, opens } => {
                write!(f, "the window {name} is closed; ")?;
                match opens {
                    Some(opens) => write!(f, "until it opens at {}", to_the_minute(opens)),
                    None => f.write_str("it never opens again"),
                }
            }
            WaitReason::NotStarted { next: Some(next) } => {
                write!(f, "until the schedule runs it at {}", to_the_minute(next))
            }
            WaitReason::NotStarted { next: None } => f.write_str("until somebody runs it"),
            WaitReason::DiskFull { floor_mib } => write!(
                f,
                "until {floor_mib} MiB are free on the site's disk (daemon.min_free_mib)"
            ),
            WaitReason::OneOff {
                number,
                at,
                otherwise,
            } => write!(
                f,
                "until one-off {number} runs it at {}; without it, {otherwise}",
                to_the_minute(at)
            ),
            WaitReason::After { integration, what } => after(integration, what, f),
            WaitReason::EarlierYear { day, first } => match first {
                EarlierYear::File(year) => write!(
                    f,
                    "Scheduled for {day}: a file of the plan year from {year} goes first, and later years go on another day"
                ),
                EarlierYear::Run(year, run) => write!(
                    f,
                    "Scheduled for {day}: run {run} imported the plan year from {year} today, and later years go on another day"
                ),
            },
            WaitReason::EarlierYearHeld { year, run } => write!(
                f,
                "Scheduled: run {run} holds a file of the plan year from {year}, which goes first; release or refuse it"
            ),
            WaitReason::Arriving { why, marker, .. } => match why {
                NotYet::NoMarker => write!(
                    f,
                    "arriving: its marker file is not there; upload {marker} when the file is whole"
                ),
                NotYet::OldMarker => write!(
                    f,
                    "arriving: its marker file {marker} is older than the file itself; upload it again"
                ),
                other => write!(f, "arriving: {other}"),
            },
            WaitReason::Running { run } => write!(f, "until run {run} of it ends"),
            WaitReason::WorkersBusy => f.write_str("until a worker of the daemon is free"),
            WaitReason::InQueue { before: 0 } => f.write_str("next: the daemon takes it at once"),
            WaitReason::InQueue { before: 1 } => f.write_str("until the file before it is done"),
            WaitReason::InQueue { before } => {
                write!(f, "until the {before} files before it are done")
            }
            WaitReason::NoDaemon { integration } => {
                write!(f, "no daemon runs; `feedgate run {integration}` takes it")
            }
        }
    }
}

fn paused(pause: &Pause, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let since = to_the_minute(&pause.since);
    write!(f, "paused by {} since {since}", pause.user)?;
    if let Some(why) = &pause.why {
        write!(f, " ({why})")?;
    }
    match (&pause.until, &pause.name) {
        (Some(until), _) => write!(f, "; until {}", to_the_minute(until)),
        (None, Some(name)) => write!(f, "; until `feedgate resume {name}`"),
        (None, None) => f.write_str("; until `feedgate resume all`"),
    }
}

fn after(integration: &str, what: &GoesFirst, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match what {
        GoesFirst::Waiting(1) => write!(f, "until 1 waiting file of {integration} is done"),
        GoesFirst::Waiting(n) => write!(f, "until {n} waiting files of {integration} are done"),
        GoesFirst::Arriving(1) => write!(f, "until 1 file on its way to {integration} is done"),
        GoesFirst::Arriving(n) => {
            write!(f, "until {n} files on their way to {integration} are done")
        }
        GoesFirst::InProgress => write!(f, "until the run of {integration} ends"),
        GoesFirst::Unknown => write!(
            f,
            "until the inbound folder of {integration}, whose files go first, can be looked into"
        ),
    }
}

/// A moment to the minute, as messages show it.
pub(crate) fn to_the_minute(moment: &DateTime<FixedOffset>) -> String {
    moment.format("%Y-%m-%d %H:%M").to_string()
}
