//! The session of the README is typed as it stands there.

use super::fences::shown;
use super::shell::text;
use std::process::Command;

#[test]
fn the_session_of_the_readme_can_be_pasted() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut place = folder.path().to_owned();
    let program = env!("CARGO_BIN_EXE_feedgate");
    let session = shown("../README.md").into_iter();
    let session = session.skip_while(|step| step.command != "feedgate demo");
    let mut commands = 0;
    for step in session {
        commands += 1;
        if let Some(folder) = step.command.strip_prefix("cd ") {
            place.push(folder);
            continue;
        }
        let line = format!("feedgate() {{ {program} \"$@\"; }}\n{}", step.command);
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", &line]).current_dir(&place);
        let done = shell.env_remove("FEEDGATE_CONFIG").output();
        let done = done.expect("a shell");
        assert!(done.status.success(), "{}: {done:?}", step.command);
        step.is_in(&text(&done.stdout));
    }
    assert_eq!(commands, 11);
}
