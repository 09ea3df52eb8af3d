//! What keeps an integration's files waiting, and until when: pauses, windows, schedules, a full disk, and the files of
//! others that go first. Days of plan years, which are a matter of single files, are in `day_order`.
//!
//! Runs, the daemon and `feedgate status` all ask here, so that they say the same.

use super::error::{Result, RunError};
use super::inbound::Inbound;
use super::inbox::Names;
use super::site::Site;
use crate::config::{Integration, Start};
use crate::ledger::{Ledger, Pause};
use crate::spool::{Arriving, Moment, SpoolError, free_mib};
use chrono::{DateTime, FixedOffset, Utc};
use std::fmt;
use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

/// A file that nobody finishes uploading keeps others waiting no longer than this after its last change.
const ARRIVING_GOES_FIRST: Duration = Duration::from_secs(3600);

/// Who or what starts a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Starter {
    /// The arrival of its file.
    Arrival,
    /// A schedule: the daemon's, or another program's that runs `--unattended`.
    Schedule,
}

/// Why files wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// A person has paused it.
    Paused(Pause),
    /// Its window is closed.
    Window {
        /// The window.
        name: String,
        /// When it opens; `None`: never again.
        opens: Option<DateTime<FixedOffset>>,
    },
    /// Nothing has started it yet.
    Start {
        /// The next time a schedule starts it.
        next: Option<DateTime<FixedOffset>>,
    },
    /// Files of an integration named under `after` go first.
    After {
        /// That integration.
        integration: String,
        /// What of it goes first.
        what: First,
    },
    /// There is too little room on the site's disk.
    Room {
        /// So many MiB have to be free.
        floor: u64,
    },
}

/// What goes first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum First {
    /// So many of its files wait.
    Waiting(usize),
    /// So many of its files are on their way.
    Arriving(usize),
    /// A run of it is In-Progress.
    InProgress,
    /// Its inbound folder can't be looked into.
    Unknown,
}

impl Wait {
    /// When it ends by itself, as far as that is known.
    pub(crate) fn until(&self) -> Option<DateTime<FixedOffset>> {
        match self {
            Wait::Paused(pause) => pause.until,
            Wait::Window { opens, .. } => *opens,
            Wait::Start { next } => *next,
            Wait::After { .. } | Wait::Room { .. } => None,
        }
    }

    /// What it is, in a word for machines.
    pub(crate) const fn word(&self) -> &'static str {
        match self {
            Wait::Paused(_) => "paused",
            Wait::Window { .. } => "window",
            Wait::Start { .. } => "start",
            Wait::After { .. } => "after",
            Wait::Room { .. } => "room",
        }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wait::Paused(pause) => {
                let since = minute(&pause.since);
                write!(f, "paused by {} since {since}", pause.user)?;
                if let Some(why) = &pause.why {
                    write!(f, " ({why})")?;
                }
                match (&pause.until, &pause.name) {
                    (Some(until), _) => write!(f, "; until {}", minute(until)),
                    (None, Some(name)) => write!(f, "; until `feedgate resume {name}`"),
                    (None, None) => f.write_str("; until `feedgate resume all`"),
                }
            }
            Wait::Window { name, opens } => {
                write!(f, "the window {name} is closed; ")?;
                match opens {
                    Some(opens) => write!(f, "until it opens at {}", minute(opens)),
                    None => f.write_str("it never opens again"),
                }
            }
            Wait::Start { next: Some(next) } => {
                write!(f, "until the schedule runs it at {}", minute(next))
            }
            Wait::Start { next: None } => f.write_str("until somebody runs it"),
            Wait::Room { floor } => write!(
                f,
                "until {floor} MiB are free on the site's disk (daemon.min_free_mib)"
            ),
            Wait::After { integration, what } => match what {
                First::Waiting(1) => write!(f, "until 1 waiting file of {integration} is done"),
                First::Waiting(n) => write!(f, "until {n} waiting files of {integration} are done"),
                First::Arriving(1) => {
                    write!(f, "until 1 file on its way to {integration} is done")
                }
                First::Arriving(n) => {
                    write!(f, "until {n} files on their way to {integration} are done")
                }
                First::InProgress => write!(f, "until the run of {integration} ends"),
                First::Unknown => write!(
                    f,
                    "until the inbound folder of {integration}, whose files go first, can be looked into"
                ),
            },
        }
    }
}

/// A moment to the minute, as people are told of it.
pub(super) fn minute(moment: &DateTime<FixedOffset>) -> String {
    moment.format("%Y-%m-%d %H:%M").to_string()
}

/// The pause that is on an integration now. A pause of its own comes before one of all.
pub(crate) fn paused<'p>(site: &Site, pauses: &'p [Pause], name: &str) -> Option<&'p Pause> {
    let now = site.now();
    let on = |p: &&Pause| p.until.is_none_or(|until| now < until);
    let own = pauses
        .iter()
        .filter(on)
        .find(|p| p.name.as_deref() == Some(name));
    own.or_else(|| pauses.iter().filter(on).find(|p| p.name.is_none()))
}

/// What keeps all files of an integration from being taken now unless a person asks: of several things the one that
/// ends last. A run that a schedule starts doesn't wait for one.
pub(crate) fn keeps(
    site: &Site,
    integration: &Integration,
    pauses: &[Pause],
    starter: Starter,
) -> Option<Wait> {
    let pause = paused(site, pauses, &integration.name).cloned();
    let waits = starter == Starter::Arrival && integration.start == Start::Schedule;
    let start = waits.then(|| Wait::Start {
        next: next_run(site, &integration.name).map(|(at, _)| at),
    });
    let all = [pause.map(Wait::Paused), start, shut(site, integration)];
    all.into_iter()
        .flatten()
        .reduce(|first, other| match (first.until(), other.until()) {
            (Some(before), Some(after)) if after > before => other,
            (Some(_), None) => other,
            _ => first,
        })
}

/// The closed window of an integration.
fn shut(site: &Site, integration: &Integration) -> Option<Wait> {
    let name = integration.window.as_ref()?;
    let window = site.config.window(name)?;
    let now = site.now().with_timezone(&site.config.site.timezone);
    match window.closes(now) {
        Some(_) => None,
        None => Some(Wait::Window {
            name: name.clone(),
            opens: window.next_open(now).map(|opens| opens.fixed_offset()),
        }),
    }
}

/// The wait for room on the disk: below the floor nothing is taken unless a person asks.
///
/// # Errors
/// The system doesn't say how much is free.
pub(crate) fn room(site: &Site) -> std::result::Result<Option<Wait>, SpoolError> {
    let floor = site.config.daemon.min_free_mib;
    let free = free_mib(&site.config.root)?;
    Ok((free < floor).then_some(Wait::Room { floor }))
}

/// The next time a schedule runs an integration, by itself or in a set, and the name of the schedule.
pub(crate) fn next_run<'s>(site: &'s Site, name: &str) -> Option<(DateTime<FixedOffset>, &'s str)> {
    let zone = site.config.site.timezone;
    let now = site.now().with_timezone(&Utc);
    let runs = |target: &str| {
        target == name
            || site
                .config
                .set(target)
                .is_some_and(|set| set.integrations.iter().any(|member| member == name))
    };
    let schedules = site.config.schedules.iter().filter(|s| runs(&s.run));
    let next = schedules.filter_map(|s| Some((site.config.timetable(s)?.next(now, zone)?, s)));
    next.min_by_key(|(at, _)| *at)
        .map(|(at, s)| (at.with_timezone(&zone).fixed_offset(), s.name.as_str()))
}

/// What of the integrations named under `after` goes first now.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn after(
    site: &Site,
    integration: &Integration,
    ledger: &Ledger,
    inbound: &dyn Inbound,
    unattended: bool,
) -> Result<Option<Wait>> {
    for name in &integration.after {
        let first = site.integration(name)?;
        if let Some(what) = goes_first(site, first, ledger, inbound, unattended)? {
            return Ok(Some(Wait::After {
                integration: name.clone(),
                what,
            }));
        }
    }
    Ok(None)
}

fn goes_first(
    site: &Site,
    first: &Integration,
    ledger: &Ledger,
    inbound: &dyn Inbound,
    unattended: bool,
) -> Result<Option<First>> {
    if !ledger.unfinished(&first.name)?.is_empty() {
        return Ok(Some(First::InProgress));
    }
    let look = match inbound.glance(site, first) {
        Ok(look) => look,
        // To a person who runs it by hand a folder that was never made is an empty one.
        Err(RunError::Scan(e)) if !unattended && e.source.kind() == ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(_) => return Ok(Some(First::Unknown)),
    };
    let names = Names::of(first);
    let mut waiting = 0;
    // A misnamed file brings no records that others could need.
    for file in look.whole.iter().filter(|f| f.misnamed.is_none()) {
        waiting += usize::from(names.take(ledger, &file.name)?);
    }
    let mut arriving = 0;
    for one in look.arriving.iter().filter(|a| is_fresh(a)) {
        arriving += usize::from(names.take(ledger, &one.file.name)?);
    }
    Ok(match (waiting, arriving) {
        // What was taken before the look had its row by then, and a look after that row doesn't show its file.
        (0, 0) if !ledger.unfinished(&first.name)?.is_empty() => Some(First::InProgress),
        (0, 0) => None,
        (0, n) => Some(First::Arriving(n)),
        (n, _) => Some(First::Waiting(n)),
    })
}

fn is_fresh(arriving: &Arriving) -> bool {
    Moment::age_of(&arriving.file, SystemTime::now()) < ARRIVING_GOES_FIRST
}

#[cfg(test)]
mod tests {
    use super::{First, goes_first};
    use crate::config::Integration;
    use crate::domain::Kind;
    use crate::domain::parameters::GivenParameters;
    use crate::ledger::{NewRun, Origin};
    use crate::run::{Inbound, Result, Site};
    use crate::spool::Look;
    use std::fs;

    /// While it looks, the only file is taken.
    struct Taken;

    impl Inbound for Taken {
        fn look(&self, site: &Site, integration: &Integration) -> Result<Look> {
            self.glance(site, integration)
        }

        fn glance(&self, site: &Site, integration: &Integration) -> Result<Look> {
            let parameters = GivenParameters::default().complete();
            site.ledger()?.begin(&NewRun {
                integration: &integration.name,
                kind: Kind::Demographic,
                process_name: None,
                user: "scheduler",
                run_name: None,
                parameters: &parameters,
                start: site.now(),
                origin: Origin::Inbound,
                source_path: None,
                source_name: None,
                resubmission_of: None,
                rerun_of: None,
                configuration_fingerprint: "f",
                test: false,
                unattended: true,
            })?;
            Ok(Look::default())
        }
    }

    #[test]
    fn a_file_that_is_taken_during_the_look_still_goes_first() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("feedgate.toml");
        let text =
            "[site]\ntimezone = \"America/New_York\"\n[integration.hr]\nkind = \"demographic\"\n";
        fs::write(&file, text).expect("written");
        let site = Site::new(crate::config::load(&file).expect("configuration"));
        let ledger = site.ledger().expect("ledger");
        let hr = site.integration("hr").expect("known");
        let first = goes_first(&site, hr, &ledger, &Taken, true).expect("read");
        assert_eq!(first, Some(First::InProgress));
    }
}
