//! What keeps files from being taken that nobody may expect: a full disk, and schedules that are not there.

use super::{Line, Standing};
use crate::config::{Config, Start};
use crate::run::{Site, order};

/// Looks at the room on the disk and at what starts each integration.
pub(super) fn look(config: &Config) -> Vec<Line> {
    let site = Site::new(config.clone());
    let mut lines: Vec<Line> = room(&site).into_iter().collect();
    let waits = config
        .integrations
        .iter()
        .filter(|i| i.start == Start::Schedule && order::next_run(&site, &i.name).is_none());
    lines.extend(waits.map(|integration| {
        let name = &integration.name;
        let found = format!(
            "start is \"schedule\", but no schedule runs it any more, by itself or in a set: its files wait until somebody calls `feedgate run {name}`"
        );
        Line::new(Standing::Note, format!("integration {name}"), found)
    }));
    lines
}

fn room(site: &Site) -> Option<Line> {
    let what = "room";
    match order::room(site) {
        Ok(None) => None,
        Ok(Some(wait)) => {
            let found = format!("no file is taken {wait}; make room there, or lower the limit");
            Some(Line::new(Standing::Problem, what, found))
        }
        Err(error) => Some(Line::new(Standing::Note, what, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::{Standing, look};
    use crate::config::{parse, template};

    fn found(keys: &str, of: &str, more: &str) -> Vec<(Standing, String)> {
        let folder = tempfile::tempdir().expect("folder");
        let text = template().replace(&format!("\n{of}\n"), &format!("\n{of}\n{keys}\n"));
        let config = parse(
            &format!("{text}\n{more}"),
            &folder.path().join("feedgate.toml"),
        );
        let lines = look(&config.expect("configuration")).into_iter();
        lines
            .map(|l| (l.standing, format!("{}: {}", l.what, l.found)))
            .collect()
    }

    #[test]
    fn a_full_disk_is_a_problem() {
        assert_eq!(found("", "", ""), []);
        let full = found("min_free_mib = 1_000_000_000", "[daemon]", "");
        assert_eq!(full.len(), 1);
        assert_eq!(full[0].0, Standing::Problem);
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
        assert_eq!((none.len(), none[0].0), (1, Standing::Note));
        assert!(
            none[0].1.starts_with("integration deduction-import: "),
            "{none:?}"
        );
        let daily = |run: &str| format!("[schedule.daily]\nrun = \"{run}\"\nat = \"02:00\"\n");
        assert_eq!(scheduled(&daily("deduction-import")), []);
        assert_eq!(scheduled(&daily("nightly")), [], "by a set");
        assert_eq!(scheduled(&daily("demographic-export")).len(), 1);
    }
}
