//! What keeps all files of an integration waiting, and until when: pauses, windows, schedules, a full disk, and files of
//! other integrations that go first. The order by plan year concerns single files and is in `plan_year_order`.
//!
//! Runs, the daemon and `feedgate status` all ask here, so that they agree.

use super::arrivals::count_queued;
use super::corrections::FileNames;
use super::inbound::Inbound;
use crate::config::{AfterHeld, Integration, NamedSchedule, Start};
use crate::domain::ReferenceId;
use crate::ledger::{Ledger, Pause, RunRow, RunState};
use crate::site::{GoesFirst, Result, RunError, Site, WaitReason};
use crate::spool::{Arriving, ScanTime, SpoolError, free_mib};
use chrono::{DateTime, FixedOffset};
use std::io::ErrorKind;
use std::time::{Duration, SystemTime};

/// What starts a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Starter {
    /// The arrival of its file.
    Arrival,
    /// A schedule: the daemon's, or another program's that runs `--unattended`.
    Schedule,
}

/// The pause of an integration. Its own pause comes before one of all integrations.
pub(crate) fn pause_on<'p>(site: &Site, pauses: &'p [Pause], name: &str) -> Option<&'p Pause> {
    let now = site.now();
    let on = |p: &&Pause| p.until.is_none_or(|until| now < until);
    let own = pauses
        .iter()
        .filter(on)
        .find(|p| p.name.as_deref() == Some(name));
    own.or_else(|| pauses.iter().filter(on).find(|p| p.name.is_none()))
}

/// What keeps all files of an integration from being taken now unless a user asks: of several reasons the one that ends
/// last. A run that a schedule starts doesn't wait for a schedule.
pub(crate) fn what_keeps(
    site: &Site,
    integration: &Integration,
    pauses: &[Pause],
    starter: Starter,
) -> Option<WaitReason> {
    let pause = pause_on(site, pauses, &integration.name).cloned();
    let waits = starter == Starter::Arrival && integration.start == Start::Schedule;
    let start = waits.then(|| WaitReason::NotStarted {
        next: next_run(site, &integration.name).map(|(at, _)| at),
    });
    let zone = site.config.site.timezone;
    let all = [
        pause.map(WaitReason::Paused),
        start,
        closed_window(site, integration),
    ];
    all.into_iter().flatten().reduce(
        |first, other| match (first.until(zone), other.until(zone)) {
            (Some(before), Some(after)) if after > before => other,
            (Some(_), None) => other,
            _ => first,
        },
    )
}

/// The window of an integration, if it is closed.
fn closed_window(site: &Site, integration: &Integration) -> Option<WaitReason> {
    let name = integration.window.as_ref()?;
    let window = site.config.window(name)?;
    let now = site.now().with_timezone(&site.config.site.timezone);
    match window.closes(now) {
        Some(_) => None,
        None => Some(WaitReason::WindowClosed {
            name: name.clone(),
            opens: window.next_open(now).map(|opens| opens.fixed_offset()),
        }),
    }
}

/// The wait for space on the disk: below the floor nothing is taken unless a user asks.
///
/// # Errors
/// The system doesn't say how much is free.
pub(crate) fn disk_full(site: &Site) -> std::result::Result<Option<WaitReason>, SpoolError> {
    let floor_mib = site.config.daemon.min_free_mib;
    let free = free_mib(&site.config.root)?;
    Ok((free < floor_mib).then_some(WaitReason::DiskFull { floor_mib }))
}

/// The next time a schedule runs an integration, by itself or in a set, and the name of the schedule.
pub(crate) fn next_run<'s>(site: &'s Site, name: &str) -> Option<(DateTime<FixedOffset>, &'s str)> {
    let all = site.config.schedules.iter();
    let schedules = all.filter(|s| runs_integration(site, s, name));
    let next = schedules.filter_map(|s| Some((schedule_next(site, s)?, s.name.as_str())));
    next.min_by_key(|(at, _)| *at)
}

/// Whether a schedule runs an integration, by itself or in a set.
pub(crate) fn runs_integration(site: &Site, schedule: &NamedSchedule, name: &str) -> bool {
    let set = site.config.set(&schedule.run);
    let in_set = set.is_some_and(|set| set.integrations.iter().any(|member| member == name));
    in_set || schedule.run == name
}

/// The next time of a schedule; `None`: never again.
pub(crate) fn schedule_next(
    site: &Site,
    schedule: &NamedSchedule,
) -> Option<DateTime<FixedOffset>> {
    let zone = site.config.site.timezone;
    let next = schedule.timetable.next(site.now().to_utc(), zone)?;
    Some(next.with_timezone(&zone).fixed_offset())
}

/// What of the integrations named under `after` goes first now.
///
/// # Errors
/// The ledger can't be read.
pub(crate) fn after(
    site: &Site,
    integration: &Integration,
    ledger: &dyn Ledger,
    inbound: &dyn Inbound,
    unattended: bool,
) -> Result<Option<WaitReason>> {
    for name in &integration.after {
        let first = site.integration(name)?;
        if let Some(what) = goes_first(site, [first, integration], ledger, inbound, unattended)? {
            return Ok(Some(WaitReason::After {
                integration: name.clone(),
                what,
            }));
        }
    }
    Ok(None)
}

/// What of `first` goes before files of `later`, which names it under `after`.
fn goes_first(
    site: &Site,
    [first, later]: [&Integration; 2],
    ledger: &dyn Ledger,
    inbound: &dyn Inbound,
    unattended: bool,
) -> Result<Option<GoesFirst>> {
    if !ledger.unfinished(&first.name)?.is_empty() {
        return Ok(Some(GoesFirst::InProgress));
    }
    let held_count = later.after_held == AfterHeld::Wait;
    let stopped = || -> Result<bool> {
        let pauses = ledger.pauses()?;
        let paused = pause_on(site, &pauses, &first.name).is_some();
        Ok(paused || closed_window(site, first).is_some())
    };
    if !held_count && stopped()? {
        return Ok(None);
    }
    let look = match inbound.glance(site, first) {
        Ok(look) => look,
        // To a user who runs it by hand, a folder that was never made is an empty one.
        Err(RunError::Scan(e)) if !unattended && e.source.kind() == ErrorKind::NotFound => {
            return Ok(None);
        }
        Err(_) => return Ok(Some(GoesFirst::Unknown)),
    };
    let names = FileNames::of(first);
    let mut waiting = count_queued(site, first)?.files;
    // A misnamed file brings no records that another integration could need.
    for file in look.complete.iter().filter(|f| f.misnamed.is_none()) {
        waiting += usize::from(names.take(ledger, &file.name)?);
    }
    let mut arriving = 0;
    let longest = later.after_longest;
    for one in look.arriving.iter().filter(|a| is_fresh(a, longest)) {
        arriving += usize::from(names.take(ledger, &one.file.name)?);
    }
    Ok(match (waiting, arriving) {
        // A file that was taken before the look had its row by then, and a look after that row doesn't show the file.
        (0, 0) if !ledger.unfinished(&first.name)?.is_empty() => Some(GoesFirst::InProgress),
        (0, 0) if held_count => held_run(ledger, &first.name)?.map(GoesFirst::Held),
        (0, 0) => None,
        (0, n) => Some(GoesFirst::Arriving(n)),
        (n, _) => Some(GoesFirst::Waiting(n)),
    })
}

/// A run of an integration that waits for a person, if there is one.
fn held_run(ledger: &dyn Ledger, name: &str) -> Result<Option<ReferenceId>> {
    let open = ledger.runs_not_ended()?.into_iter();
    let held = |row: &RunRow| row.integration == name && row.state == RunState::Held;
    Ok(open.filter(held).map(|row| row.reference).next())
}

/// Whether a file that is not whole came, and was changed, within this time: a sender that changes it again and again
/// keeps nothing waiting for longer.
fn is_fresh(arriving: &Arriving, longest: Duration) -> bool {
    let now = SystemTime::now();
    let about = std::fs::symlink_metadata(&arriving.file.path);
    let came = about.and_then(|about| about.created()).ok();
    let lies_since = came.and_then(|came| now.duration_since(came).ok());
    ScanTime::age_of(&arriving.file, now) < longest && lies_since.is_none_or(|age| age < longest)
}

#[cfg(test)]
mod tests {
    use super::{GoesFirst, goes_first};
    use crate::config::Integration;
    use crate::domain::Kind;
    use crate::domain::parameters::GivenParameters;
    use crate::intake::Inbound;
    use crate::ledger::{NewRun, Origin};
    use crate::site::{Result, Site};
    use crate::spool::InboundScan;
    use std::fs;

    /// While it looks, the only file is taken.
    struct Taken;

    impl Inbound for Taken {
        fn look(&self, site: &Site, integration: &Integration) -> Result<InboundScan> {
            self.glance(site, integration)
        }

        fn glance(&self, site: &Site, integration: &Integration) -> Result<InboundScan> {
            let parameters = GivenParameters::default().complete();
            site.ledger()?.begin(&NewRun {
                integration: &integration.name,
                kind: Kind::Demographic,
                process_name: None,
                user: "scheduler",
                run_name: None,
                parameters: &parameters,
                start: site.now(),
                arrived: None,
                origin: Origin::Inbound,
                arrival: None,
                source_path: None,
                source_name: None,
                resubmission_of: None,
                rerun_of: None,
                configuration_fingerprint: "f",
                test: false,
                unattended: true,
            })?;
            Ok(InboundScan::default())
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
        let first = goes_first(&site, [hr, hr], &*ledger, &Taken, true).expect("read");
        assert_eq!(first, Some(GoesFirst::InProgress));
    }
}
