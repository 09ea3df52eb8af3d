//! Runs the checks of the fuzz targets on their seeds (`fuzz/seeds`) and on inputs that once failed (`fuzz/found`).

// Elsewhere this is a library of its own, which needs `pub`.
#[allow(unreachable_pub)]
#[path = "../../fuzz/src/lib.rs"]
mod checks;

use checks::{config, delimited, fields, fixed_width, notations, sftp, whole};
use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut replayed = 0;
    for kept in ["seeds", "found"] {
        let Ok(files) = std::fs::read_dir(root.join(kept).join(target)) else {
            continue;
        };
        for file in files {
            let file = file.expect("a readable folder").path();
            println!("{}", file.display());
            check(&std::fs::read(&file).expect("a readable file"));
            replayed += 1;
        }
    }
    assert!(replayed >= 5, "{target}: only {replayed} inputs");
}

#[test]
fn delimited_text() {
    replay("delimited", delimited::check);
}

#[test]
fn fixed_width_text() {
    replay("fixed_width", fixed_width::check);
}

#[test]
fn single_fields() {
    replay("fields", fields::check);
}

#[test]
fn notations_of_values() {
    replay("notations", notations::check);
}

#[test]
fn configurations() {
    replay("config", config::check);
}

#[test]
fn whole_files() {
    replay("whole", whole::check);
}

#[test]
fn sftp_servers() {
    replay("sftp", sftp::check);
}
