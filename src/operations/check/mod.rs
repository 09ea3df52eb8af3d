//! Whether a site is ready: configuration, folders, key, ledger, what the daemon needs, and the endpoints. Changes nothing.

mod chroots;
mod daemon;
mod dashboard;
mod endpoints;
mod folders;
mod notices;
mod runs;

use super::by_key;
use super::error::Result;
use super::site::open_site;
use crate::config::{Config, Diagnostic};
use crate::domain::masking::shown;
use crate::ledger::LedgerError;
use crate::site::{RunError, Site};
use crate::spool::{self, KeyError};
use serde::Serialize;
use std::path::Path;

/// What a check found.
#[derive(Debug, Serialize)]
pub(crate) struct CheckReport {
    #[serde(rename = "lines")]
    pub(crate) findings: Vec<CheckFinding>,
}

/// How one thing stands.
#[derive(Debug, Serialize)]
pub(crate) struct CheckFinding {
    /// What was found, and what to do about a problem.
    pub(crate) found: String,
    pub(crate) standing: CheckStanding,
    /// What was looked at.
    pub(crate) what: String,
}

/// Whether something is in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckStanding {
    Ok,
    Note,
    Problem,
}

/// The mistakes of a configuration, which keep anything else from being checked.
#[derive(Debug, Serialize)]
pub(crate) struct CheckMistakes {
    #[serde(serialize_with = "by_key")]
    pub(crate) mistakes: Vec<Diagnostic>,
}

impl CheckFinding {
    fn new(
        standing: CheckStanding,
        what: impl Into<String>,
        found: impl Into<String>,
    ) -> CheckFinding {
        CheckFinding {
            found: found.into(),
            standing,
            what: what.into(),
        }
    }

    fn ok(what: impl Into<String>, found: impl Into<String>) -> CheckFinding {
        CheckFinding::new(CheckStanding::Ok, what, found)
    }

    fn note(what: impl Into<String>, found: impl Into<String>) -> CheckFinding {
        CheckFinding::new(CheckStanding::Note, what, found)
    }

    fn problem(what: impl Into<String>, found: impl Into<String>) -> CheckFinding {
        CheckFinding::new(CheckStanding::Problem, what, found)
    }
}

impl CheckReport {
    /// How many problems there are.
    pub(crate) fn problems(&self) -> usize {
        let problem = |f: &&CheckFinding| f.standing == CheckStanding::Problem;
        self.findings.iter().filter(problem).count()
    }
}

/// Checks the site that a configuration file describes.
///
/// # Errors
/// The mistakes in the configuration.
pub(crate) fn check(file: &Path) -> Result<CheckReport> {
    let site = open_site(file)?;
    Ok(CheckReport {
        findings: look(&site),
    })
}

fn look(site: &Site) -> Vec<CheckFinding> {
    let config = &site.config;
    let mut findings = vec![configuration(config)];
    findings.extend(folders::look(config));
    findings.extend(chroots::look(config));
    findings.extend(key(config));
    findings.push(ledger(site));
    findings.extend(runs::look(site));
    findings.extend(daemon::look(site));
    findings.extend(endpoints::look(site));
    findings.extend(notices::look(site));
    findings.extend(dashboard::look(site));
    let notes = config.unused_settings();
    findings.extend(notes.into_iter().map(|sentence| {
        let (what, found) = sentence.split_once(": ").unwrap_or(("", &sentence));
        CheckFinding::note(what, found)
    }));
    findings
}

fn configuration(config: &Config) -> CheckFinding {
    let what = shown(&config.file);
    let count = |n: usize, one: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    };
    if folders::mode(&config.file).is_some_and(|mode| mode & 0o022 != 0) {
        let found = "others may change it; run `chmod go-w` on it";
        return CheckFinding::problem(what, found);
    }
    let parts = [
        count(config.integrations.len(), "integration"),
        count(config.sets.len(), "set"),
        count(config.plan_years.len(), "plan year"),
    ];
    CheckFinding::ok(what, parts.join(", "))
}

fn key(config: &Config) -> Option<CheckFinding> {
    let path = config.state().join("key");
    let what = shown(&path);
    let found = spool::read_key(&config.state());
    Some(match found {
        Ok(Some(_)) => CheckFinding::ok(what, "the key for SSN hashes, private"),
        Ok(None) if config.state().join("ledger.db").exists() => CheckFinding::problem(
            what,
            "is missing though there is a ledger; restore it from the backup of the state folder",
        ),
        Ok(None) => CheckFinding::ok(what, "not there yet; made by the first run"),
        // The state folder has its own finding.
        Err(KeyError::Open { mode: 0o700, .. }) => return None,
        Err(e) => CheckFinding::problem(what, e.to_string()),
    })
}

fn ledger(site: &Site) -> CheckFinding {
    let path = site.ledger_path();
    let what = shown(&path);
    if let Err(RunError::State(fault)) = site.check_state() {
        return CheckFinding::problem(what, fault.to_string());
    }
    if !path.exists() {
        return CheckFinding::ok(what, "not there yet; made by the first run");
    }
    if folders::mode(&path).is_some_and(|mode| mode & 0o077 != 0) {
        let found = "is open to other users of this machine; run `chmod 600` on it";
        return CheckFinding::problem(what, found);
    }
    match site.ledger_for_reading() {
        Ok(_) => CheckFinding::ok(what, "of this program's version"),
        Err(e @ RunError::Ledger(LedgerError::Older { found: 0, .. })) => {
            CheckFinding::note(what, e.to_string())
        }
        Err(e) => CheckFinding::problem(what, e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{CheckFinding, CheckStanding, look};
    use crate::config::{Folder, template};
    use crate::operations::init::make_site;
    use crate::site::Site;
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn site(folder: &Path) -> Site {
        let config = make_site(folder, template()).expect("site");
        let file = Permissions::from_mode(0o644);
        set_permissions(&config.file, file).expect("mode");
        Site::new(config)
    }

    fn problems(site: &Site) -> Vec<String> {
        let bad = look(site).into_iter();
        bad.filter(|l| l.standing == CheckStanding::Problem)
            .map(|l| format!("{}: {}", l.what, l.found))
            .collect()
    }

    #[test]
    fn a_fresh_site_has_no_problems_and_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("folder");
        let site = site(folder.path());
        assert_eq!(problems(&site), Vec::<String>::new());
        let left: Vec<_> = std::fs::read_dir(site.config.state())
            .expect("state")
            .collect();
        assert!(left.is_empty());
    }

    #[test]
    fn what_others_may_touch_is_a_problem() {
        let folder = tempfile::tempdir().expect("folder");
        let site = site(folder.path());
        let open = |path: &Path, mode: u32| {
            set_permissions(path, Permissions::from_mode(mode)).expect("mode");
        };
        open(&site.config.work(), 0o777);
        open(&site.config.file, 0o666);
        std::fs::write(site.config.state().join("key"), [1; 16]).expect("key");
        open(&site.config.state().join("key"), 0o644);
        std::fs::write(site.config.state().join("ledger.db"), "").expect("ledger");
        open(&site.config.state().join("ledger.db"), 0o644);
        let found = problems(&site);
        for what in ["feedgate.toml", "work", "key", "ledger.db"] {
            let named = |p: &&String| p.split(": ").next().is_some_and(|w| w.ends_with(what));
            assert_eq!(found.iter().filter(named).count(), 1, "{what}: {found:?}");
        }
        // What other users may only read is a note.
        let held = site
            .config
            .folder(&site.config.integrations[0], Folder::Held);
        std::fs::create_dir_all(&held).expect("folder");
        for folder in [&site.config.work(), &held] {
            open(folder, 0o755);
        }
        let noted: Vec<CheckFinding> = look(&site)
            .into_iter()
            .filter(|l| l.standing == CheckStanding::Note && l.found.contains("run `chmod 700"))
            .collect();
        assert_eq!(noted.len(), 2, "{noted:?}");
        open(&site.config.work(), 0o2700);
        open(&site.config.state(), 0o750);
        let found = problems(&site);
        let named = |p: &&String| p.starts_with("state: ");
        assert_eq!(found.iter().filter(named).count(), 1, "{found:?}");
    }

    #[test]
    fn a_file_in_place_of_a_folder_is_a_problem() {
        let folder = tempfile::tempdir().expect("folder");
        let site = site(folder.path());
        std::fs::remove_dir(folder.path().join("inbound/deduction-import")).expect("folder");
        assert_eq!(problems(&site), Vec::<String>::new());
        let missing =
            |l: &CheckFinding| l.standing == CheckStanding::Note && l.found.contains("is missing");
        assert_eq!(look(&site).iter().filter(|l| missing(l)).count(), 1);
        std::fs::write(folder.path().join("inbound/deduction-import"), "").expect("file");
        let found = problems(&site);
        assert!(
            found.len() == 1 && found[0].contains("not a folder"),
            "{found:?}"
        );
    }
}
