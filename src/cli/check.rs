//! `feedgate check`: configuration, folders, key, ledger and what the daemon needs. Changes nothing.

mod chroots;
mod daemon;
mod endpoints;
mod folders;
mod runs;
mod starts;

use super::{Context, Out, Stop, stop::USAGE};
use crate::config::{self, Config};
use crate::domain::masking;
use crate::ledger::{Ledger, LedgerError};
use crate::spool::{self, KeyError};
use serde::Serialize;
use serde_json::json;
use std::io::Write;

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Standing {
    Ok,
    Note,
    Problem,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Line {
    standing: Standing,
    /// What was looked at.
    what: String,
    /// What was found, and what to do about a problem.
    found: String,
}

impl Line {
    fn new(standing: Standing, what: impl Into<String>, found: impl Into<String>) -> Line {
        Line {
            standing,
            what: what.into(),
            found: found.into(),
        }
    }
}

pub(super) fn perform(context: &mut Context<'_>) -> Result<u8, Stop> {
    let config = match config::load(&context.file) {
        Ok(config) => config,
        Err(mistakes) if context.json => {
            context.out.json(&json!({"mistakes": mistakes}))?;
            return Ok(USAGE);
        }
        Err(mistakes) => return Err(Stop::from(mistakes)),
    };
    let lines = look(&config);
    if context.json {
        context.out.json(&json!({"lines": lines}))?;
    } else {
        print(&lines, context.out)?;
    }
    let bad = lines.iter().any(|l| l.standing == Standing::Problem);
    Ok(if bad { USAGE } else { 0 })
}

fn look(config: &Config) -> Vec<Line> {
    let mut lines = vec![configuration(config)];
    lines.extend(folders::look(config));
    lines.extend(chroots::look(config));
    lines.extend(key(config));
    lines.push(ledger(config));
    lines.extend(runs::look(config));
    lines.extend(starts::look(config));
    lines.extend(daemon::look(config));
    lines.extend(endpoints::look(config));
    let notes = config.not_in_effect();
    lines.extend(notes.into_iter().map(|sentence| {
        let (what, found) = sentence.split_once(": ").unwrap_or(("", &sentence));
        Line::new(Standing::Note, what, found)
    }));
    lines
}

fn configuration(config: &Config) -> Line {
    let what = masking::shown(&config.file);
    let count = |n: usize, one: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    };
    if folders::mode(&config.file).is_some_and(|mode| mode & 0o022 != 0) {
        let found = "others may change it; run `chmod go-w` on it";
        return Line::new(Standing::Problem, what, found);
    }
    let parts = [
        count(config.integrations.len(), "integration"),
        count(config.sets.len(), "set"),
        count(config.plan_years.len(), "plan year"),
    ];
    Line::new(Standing::Ok, what, parts.join(", "))
}

fn key(config: &Config) -> Option<Line> {
    let path = config.state().join("key");
    let what = masking::shown(&path);
    let found = spool::read_key(&config.state());
    Some(match found {
        Ok(Some(_)) => Line::new(Standing::Ok, what, "the key for SSN hashes, private"),
        Ok(None) if config.state().join("ledger.db").exists() => Line::new(
            Standing::Problem,
            what,
            "is missing though there is a ledger; restore it from the backup of the state folder",
        ),
        Ok(None) => Line::new(Standing::Ok, what, "not there yet; made by the first run"),
        // The state folder has its own line.
        Err(KeyError::Open { mode: 0o700, .. }) => return None,
        Err(e) => Line::new(Standing::Problem, what, e.to_string()),
    })
}

fn ledger(config: &Config) -> Line {
    let path = config.state().join("ledger.db");
    let what = masking::shown(&path);
    if !path.exists() {
        return Line::new(Standing::Ok, what, "not there yet; made by the first run");
    }
    if folders::mode(&path).is_some_and(|mode| mode & 0o077 != 0) {
        let found = "is open to other users of this machine; run `chmod 600` on it";
        return Line::new(Standing::Problem, what, found);
    }
    match Ledger::open_read_only(&path) {
        Ok(_) => Line::new(Standing::Ok, what, "of this program's version"),
        Err(e @ LedgerError::Older { .. }) => Line::new(Standing::Note, what, e.to_string()),
        Err(e) => Line::new(Standing::Problem, what, e.to_string()),
    }
}

fn print(lines: &[Line], out: &mut Out) -> Result<(), Stop> {
    for line in lines {
        let (word, colour) = match line.standing {
            Standing::Ok => ("ok", 32),
            Standing::Note => ("note", 33),
            Standing::Problem => ("PROBLEM", 31),
        };
        let word = format!("{word:<8}");
        let word = if out.colours() {
            format!("\u{1b}[{colour}m{word}\u{1b}[0m")
        } else {
            word
        };
        let stop = if line.what.is_empty() { "" } else { ": " };
        writeln!(out, "{word}{}{stop}{}", line.what, line.found)?;
    }
    let problems = lines.iter().filter(|l| l.standing == Standing::Problem);
    match problems.count() {
        0 => writeln!(out, "\nNo problems.")?,
        1 => writeln!(out, "\n1 problem.")?,
        n => writeln!(out, "\n{n} problems.")?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Line, Standing, look, print};
    use crate::cli::init;
    use crate::cli::out::tests::Printed;
    use crate::config::{Config, Folder, template};
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    fn site(folder: &Path) -> Config {
        let config = init::make(folder, template()).expect("site");
        let file = Permissions::from_mode(0o644);
        set_permissions(&config.file, file).expect("mode");
        config
    }

    fn problems(config: &Config) -> Vec<String> {
        let bad = look(config).into_iter();
        bad.filter(|l| l.standing == Standing::Problem)
            .map(|l| format!("{}: {}", l.what, l.found))
            .collect()
    }

    #[test]
    fn a_fresh_site_has_no_problems_and_stays_as_it_is() {
        let folder = tempfile::tempdir().expect("folder");
        let config = site(folder.path());
        assert_eq!(problems(&config), Vec::<String>::new());
        let left: Vec<_> = std::fs::read_dir(config.state()).expect("state").collect();
        assert!(left.is_empty());
        let printed = Printed::default();
        print(&look(&config), &mut printed.out()).expect("printed");
        assert!(printed.text().ends_with("\nNo problems.\n"));
    }

    #[test]
    fn what_others_may_touch_is_a_problem() {
        let folder = tempfile::tempdir().expect("folder");
        let config = site(folder.path());
        let open = |path: &Path, mode: u32| {
            set_permissions(path, Permissions::from_mode(mode)).expect("mode");
        };
        open(&config.work(), 0o777);
        open(&config.file, 0o666);
        std::fs::write(config.state().join("key"), [1; 16]).expect("key");
        open(&config.state().join("key"), 0o644);
        std::fs::write(config.state().join("ledger.db"), "").expect("ledger");
        open(&config.state().join("ledger.db"), 0o644);
        let found = problems(&config);
        for what in ["feedgate.toml", "work", "key", "ledger.db"] {
            let named = |p: &&String| p.split(": ").next().is_some_and(|w| w.ends_with(what));
            assert_eq!(found.iter().filter(named).count(), 1, "{what}: {found:?}");
        }
        // What others may only read is a note.
        let held = config.folder(&config.integrations[0], Folder::Held);
        std::fs::create_dir_all(&held).expect("folder");
        for folder in [&config.work(), &held] {
            open(folder, 0o755);
        }
        let noted: Vec<Line> = look(&config)
            .into_iter()
            .filter(|l| l.standing == Standing::Note && l.found.contains("run `chmod 700"))
            .collect();
        assert_eq!(noted.len(), 2, "{noted:?}");
        open(&config.work(), 0o2700);
        open(&config.state(), 0o750);
        let found = problems(&config);
        let named = |p: &&String| p.starts_with("state: ");
        assert_eq!(found.iter().filter(named).count(), 1, "{found:?}");
    }

    #[test]
    fn a_file_in_place_of_a_folder_is_a_problem() {
        let folder = tempfile::tempdir().expect("folder");
        let config = site(folder.path());
        std::fs::remove_dir(folder.path().join("inbound/deduction-import")).expect("folder");
        assert_eq!(problems(&config), Vec::<String>::new());
        let missing = |l: &Line| l.standing == Standing::Note && l.found.contains("is missing");
        assert_eq!(look(&config).iter().filter(|l| missing(l)).count(), 1);
        std::fs::write(folder.path().join("inbound/deduction-import"), "").expect("file");
        let found = problems(&config);
        assert!(
            found.len() == 1 && found[0].contains("not a folder"),
            "{found:?}"
        );
    }
}
