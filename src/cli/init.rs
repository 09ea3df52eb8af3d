//! `feedgate init DIR`: a site with a commented configuration and its folders.

use super::{Context, Stop};
use crate::config::{self, Config, Folder};
use crate::domain::masking::shown;
use crate::spool::Disk;
use clap::Args;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The folder of the new site; made if need be.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

const OURS_ALONE: u32 = 0o700;
/// Less the umask.
const SHARED: u32 = 0o777;

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let folder = &arguments.folder;
    let config = make(folder, config::template())?;
    let file = folder.join("feedgate.toml");
    if context.json {
        let inbound: Vec<PathBuf> = config
            .integrations
            .iter()
            .map(|i| config.folder(i, Folder::Inbound))
            .collect();
        context
            .out
            .json(&json!({"configuration": config.file, "inbound": inbound}))?;
        return Ok(0);
    }
    let out = &mut context.out;
    let file = shown(&file);
    writeln!(out, "Made a site in {}.\n", shown(folder))?;
    writeln!(out, "Next:")?;
    writeln!(
        out,
        "  1. Edit {file}: time zone, plan years, integrations."
    )?;
    writeln!(
        out,
        "  2. Check it:            feedgate --config {file} check"
    )?;
    writeln!(out, "  3. Put source files into their inbound folders:")?;
    for integration in &config.integrations {
        let inbound = folder.join("inbound").join(&integration.name);
        writeln!(
            out,
            "       {}/  ({})",
            shown(&inbound),
            integration.kind.as_str()
        )?;
    }
    writeln!(
        out,
        "  4. Look before you run: feedgate --config {file} validate FILE --integration NAME"
    )?;
    writeln!(
        out,
        "  5. Run:                 feedgate --config {file} run nightly"
    )?;
    Ok(0)
}

/// Writes a configuration and makes the folders it names. A site that is there already is not touched.
pub(super) fn make(folder: &Path, text: &str) -> Result<Config, Stop> {
    let file = folder.join("feedgate.toml");
    if file.symlink_metadata().is_ok() {
        return Err(Stop::usage(format!(
            "{} exists: there is a site already, and it was not touched; name another folder",
            shown(&file)
        )));
    }
    let config = config::parse(text, &file)?;
    let disk = Disk::new();
    let make = |folder: &Path, mode: u32| {
        disk.make_folder(folder, mode).map_err(|e| {
            Stop::failed(format_args!(
                "can't make the folder {}: {e}; check the permissions above it",
                shown(folder)
            ))
        })
    };
    make(&config.root, SHARED)?;
    make(&config.state(), OURS_ALONE)?;
    make(&config.work(), OURS_ALONE)?;
    for integration in &config.integrations {
        for place in Folder::ALL {
            let mode = match place {
                Folder::Archive | Folder::Held => OURS_ALONE,
                Folder::Inbound | Folder::Output | Folder::Errors | Folder::Receipts => SHARED,
            };
            make(&config.folder(integration, place), mode)?;
        }
    }
    write_new(&file, text.as_bytes())?;
    Ok(config)
}

/// Writes a file that must not be there yet.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Stop> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(bytes));
    written.map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => Stop::usage(format!(
            "{} exists and was not touched; name another folder",
            shown(path)
        )),
        _ => Stop::failed(format_args!(
            "can't write {}: {e}; check permissions and room on the disk",
            shown(path)
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::make;
    use crate::config::{load, template};
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_site_that_loads_with_a_private_state() {
        let folder = tempfile::tempdir().expect("folder");
        let site = folder.path().join("a/site");
        make(&site, template()).expect("made");
        load(&site.join("feedgate.toml")).expect("loads");
        for (place, mode) in [("state", 0o700), ("work", 0o700)] {
            let about = std::fs::metadata(site.join(place)).expect(place);
            assert_eq!(about.mode() & 0o777, mode, "{place}");
        }
        assert!(site.join("inbound/demographic-export").is_dir());
        assert!(site.join("outbound/deduction-import/receipts").is_dir());
    }

    #[test]
    fn a_site_is_never_made_over_another() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("feedgate.toml"), "mine").expect("file");
        let refused = make(folder.path(), template()).expect_err("refused");
        assert_eq!(refused.code, 2);
        let entries = std::fs::read_dir(folder.path()).expect("folder").count();
        assert_eq!(entries, 1);
    }
}
