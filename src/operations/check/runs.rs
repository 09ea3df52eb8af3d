//! Runs that wait for a person: interrupted ones, and those whose integration left the configuration. And what silently
//! keeps integrations from starting: a full disk, and schedules that do not exist.

use super::CheckFinding;
use crate::config::Start;
use crate::domain::parameters::GivenParameters;
use crate::intake::{disk_full, next_run, schedule_next};
use crate::ledger::RunRow;
use crate::site::job_builder::parameter_problems;
use crate::site::{OrphanedRun, Site, orphaned_runs};

/// Looks at the ledger, the free space, and what starts each integration.
pub(super) fn look(site: &Site) -> Vec<CheckFinding> {
    let mut findings = waiting(site);
    findings.extend(room(site));
    findings.extend(without_schedule(site));
    findings.extend(scheduled_parameters(site));
    findings
}

/// Everything found is a note. A ledger that can't be read has its own finding.
fn waiting(site: &Site) -> Vec<CheckFinding> {
    let Ok(ledger) = site.ledger_for_reading() else {
        return Vec::new();
    };
    let names = site.config.integrations.iter().map(|i| &i.name);
    let runs = names
        .filter_map(|name| ledger.unfinished(name).ok())
        .flatten();
    let left = orphaned_runs(site, &*ledger).unwrap_or_default();
    runs.map(|run| unfinished(&run))
        .chain(left.into_iter().map(gone))
        .collect()
}

/// A run that is in progress or was interrupted.
fn unfinished(run: &RunRow) -> CheckFinding {
    let found = format!(
        "has not ended; unless it is running now it was interrupted, and the daemon or `feedgate run {}` finishes it",
        run.integration
    );
    CheckFinding::note(format!("run {}", run.reference), found)
}

fn gone(run: OrphanedRun) -> CheckFinding {
    CheckFinding::note(format!("run {}", run.reference_id), run.why)
}

fn room(site: &Site) -> Option<CheckFinding> {
    let what = "room";
    match disk_full(site) {
        Ok(None) => None,
        Ok(Some(wait)) => {
            let found = format!("no file is taken {wait}; make room there, or lower the limit");
            Some(CheckFinding::problem(what, found))
        }
        Err(error) => Some(CheckFinding::note(what, error.to_string())),
    }
}

/// Integrations that are started by schedules only, but are in no schedule.
fn without_schedule(site: &Site) -> impl Iterator<Item = CheckFinding> {
    let scheduled = |name: &str| next_run(site, name).is_some();
    let integrations = site.config.integrations.iter();
    let waits = integrations.filter(move |i| i.start == Start::Schedule && !scheduled(&i.name));
    waits.map(|integration| {
        let name = &integration.name;
        let found = format!(
            "start is \"schedule\", but no schedule runs it any more, by itself or in a set: its files wait until somebody calls `feedgate run {name}`"
        );
        CheckFinding::note(format!("integration {name}"), found)
    })
}

/// Parameters of schedules that are wrong for an integration on the day of the next run, or that have no effect because its
/// files don't wait for the schedule.
fn scheduled_parameters(site: &Site) -> Vec<CheckFinding> {
    let mut findings = Vec::new();
    for schedule in &site.config.schedules {
        if schedule.parameters == GivenParameters::default() {
            continue;
        }
        let what = format!("schedule {}", schedule.name);
        let next = schedule_next(site, schedule);
        let day = next.map_or_else(|| site.today(), |at| at.date_naive());
        for integration in site.members(&schedule.run).into_iter().flatten() {
            let name = &integration.name;
            let given = schedule.parameters.clone().or(&integration.parameters);
            let wrong = parameter_problems(&site.config, integration.kind, &given.complete(), day);
            let problem = |why| CheckFinding::problem(&*what, format!("for {name}: {why}"));
            findings.extend(wrong.into_iter().map(problem));
            if integration.start != Start::Schedule {
                let found = format!(
                    "its parameters hold only for files that wait for it, and {name} takes its files as they arrive; give it start = \"schedule\""
                );
                findings.push(CheckFinding::note(&*what, found));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::look;
    use crate::config::{parse, template};
    use crate::operations::CheckStanding;
    use crate::site::Site;

    fn found(keys: &str, of: &str, more: &str) -> Vec<(CheckStanding, String)> {
        let folder = tempfile::tempdir().expect("folder");
        let text = template().replace(&format!("\n{of}\n"), &format!("\n{of}\n{keys}\n"));
        let config = parse(
            &format!("{text}\n{more}"),
            &folder.path().join("feedgate.toml"),
        );
        let lines = look(&Site::new(config.expect("configuration"))).into_iter();
        lines
            .map(|l| (l.standing, format!("{}: {}", l.what, l.found)))
            .collect()
    }

    #[test]
    fn a_full_disk_is_a_problem() {
        assert_eq!(found("", "", ""), []);
        let full = found("min_free_mib = 1_000_000_000", "[daemon]", "");
        assert_eq!(full.len(), 1);
        assert_eq!(full[0].0, CheckStanding::Problem);
        let said = "no file is taken until 1000000000 MiB are free";
        assert!(full[0].1.contains(said), "{full:?}");
    }

    #[test]
    fn files_that_wait_for_a_schedule_that_is_not_there_are_noted() {
        let scheduled = |more: &str| {
            found(
                "start = \"schedule\"",
                "[integration.deduction-import]",
                more,
            )
        };
        let none = scheduled("");
        assert_eq!((none.len(), none[0].0), (1, CheckStanding::Note));
        assert!(
            none[0].1.starts_with("integration deduction-import: "),
            "{none:?}"
        );
        let daily = |run: &str| format!("[schedule.daily]\nrun = \"{run}\"\nat = \"02:00\"\n");
        assert_eq!(scheduled(&daily("deduction-import")), []);
        assert_eq!(scheduled(&daily("nightly")), [], "by a set");
        assert_eq!(scheduled(&daily("demographic-export")).len(), 1);
    }

    #[test]
    fn parameters_of_schedules_are_checked_for_every_member() {
        let weekly = |run: &str, parameters: &str| {
            let schedule = format!(
                "[schedule.weekly]\nrun = \"{run}\"\nat = \"02:00\"\nparameters = {parameters}\n"
            );
            let of = "[integration.deduction-import]";
            found("start = \"schedule\"", of, &schedule)
        };
        assert_eq!(weekly("deduction-import", "{ delta = false }"), []);
        let wrong = weekly("deduction-import", "{ plan_year_start_date = 2001-02-03 }");
        assert_eq!(
            (wrong.len(), wrong[0].0),
            (1, CheckStanding::Problem),
            "{wrong:?}"
        );
        assert!(
            wrong[0]
                .1
                .starts_with("schedule weekly: for deduction-import: "),
            "{wrong:?}"
        );
        let arrival = weekly("nightly", "{ delta = false }");
        assert_eq!(
            (arrival.len(), arrival[0].0),
            (1, CheckStanding::Note),
            "{arrival:?}"
        );
        assert!(
            arrival[0]
                .1
                .contains("demographic-export takes its files as they arrive"),
            "{arrival:?}"
        );
    }
}
