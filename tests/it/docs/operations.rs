//! The commands of `docs/operations.md` are run in their order, with what the page says that they print.

use super::fences::{fences, shown};
use super::shell::{PROGRAM, shell, text};
use crate::people::{csv, people, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};

const PAGE: &str = "operations.md";

#[test]
fn backup_restore_and_move_by_the_page() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(3)));
    let root = site.root().to_str().expect("UTF-8");
    let mut commands = 0;
    for step in shown(PAGE) {
        let Some(rest) = step.command.strip_prefix("feedgate ") else {
            continue;
        };
        let elsewhere = format!("{root}/restored");
        let rest = rest.replace("/tmp/restored", &elsewhere);
        let done = shell(&site, &format!("{PROGRAM} {rest}"));
        assert!(done.status.success(), "{}: {done:?}", step.command);
        let printed = text(&done.stdout).replace(&elsewhere, "/tmp/restored");
        step.is_in(&printed.replace(&format!("{root}/backups"), "/var/backups/feedgate"));
        commands += 1;
    }
    assert_eq!(commands, 9);
    let again = site.roster("hr-2.csv", csv(&[person(4)]));
    again.buckets([1, 0, 0, 0]);
}

#[test]
fn the_lines_for_a_monitor_print_what_a_person_has_to_do() {
    let guard = "[integration.demographic-export.guards]\nmax_error_count = 0";
    let site = Scenario::new().and_config(guard);
    let lines = fences(PAGE).into_iter().find(|f| f.language == "sh");
    let lines = lines.expect("an example").text;
    let program = env!("CARGO_BIN_EXE_feedgate");
    let script =
        format!("PATH=/usr/local/bin:/usr/bin:/bin\nfeedgate() {{ {program} \"$@\"; }}\n{lines}");
    let quiet = shell(&site, &script);
    assert!(
        quiet.status.success() && quiet.stdout.is_empty(),
        "{quiet:?}"
    );
    let held = [person(1).with("ssn", "666-12-3456")];
    let held = site.send_people("hr.csv", &held, &[]);
    let failed = site
        .inbound(DEMOGRAPHIC, "empty.csv", "")
        .run(DEMOGRAPHIC, &[]);
    let told = text(&shell(&site, &script).stdout);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], format!("held {} hr.csv", held.reference()));
    assert!(
        lines[1].starts_with(&format!("failed {} FILE_EMPTY", failed.reference())),
        "{told}"
    );
    assert_eq!(lines.len(), 2, "{told}");
}
