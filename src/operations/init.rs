//! Making a new site.

use super::error::{OperationError, Result};
use crate::config::{self, Config, Folder};
use crate::domain::Kind;
use crate::domain::masking::shown;
use crate::format::receipt;
use crate::spool::{Disk, PRIVATE, SHARED, create_new};
use serde::Serialize;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A site that was made.
#[derive(Debug, Serialize)]
pub(crate) struct NewSite {
    pub(crate) configuration: PathBuf,
    pub(crate) inbound: Vec<PathBuf>,
    /// The names and kinds of the integrations, in the order of `inbound`.
    #[serde(skip)]
    pub(crate) integrations: Vec<(String, Kind)>,
}

/// Makes a site with a commented configuration, and the folders of its integrations.
///
/// # Errors
/// There is a site in the folder already, which is not touched; or something can't be written.
pub(crate) fn init(folder: &Path) -> Result<NewSite> {
    let config = make_site(folder, config::template())?;
    let integrations = config.integrations.iter();
    Ok(NewSite {
        inbound: integrations
            .clone()
            .map(|i| config.folder(i, Folder::Inbound))
            .collect(),
        integrations: integrations.map(|i| (i.name.clone(), i.kind)).collect(),
        configuration: config.file,
    })
}

/// The JSON Schema of receipts.
pub(crate) fn receipt_schema() -> serde_json::Value {
    serde_json::from_str(receipt::SCHEMA).expect("the schema is JSON")
}

/// The JSON Schema of the configuration.
pub(crate) fn configuration_schema() -> serde_json::Value {
    config::schema()
}

/// Writes a configuration and makes the folders it names. A site that is there already is not touched.
pub(super) fn make_site(folder: &Path, text: &str) -> Result<Config> {
    let file = folder.join("feedgate.toml");
    if file.symlink_metadata().is_ok() {
        return Err(OperationError::usage(format!(
            "{} exists: there is a site already, and it was not touched; name another folder",
            shown(&file)
        )));
    }
    let config = config::parse(text, &file)?;
    let disk = Disk::new();
    let make = |folder: &Path, mode: u32| {
        disk.make_folder(folder, mode).map_err(|e| {
            OperationError::failed(format_args!(
                "can't make the folder {}: {e}; check the permissions above it",
                shown(folder)
            ))
        })
    };
    make(&config.root, SHARED)?;
    make(&config.state(), PRIVATE)?;
    make(&config.work(), PRIVATE)?;
    for integration in &config.integrations {
        for place in Folder::ALL {
            let mode = match place {
                Folder::Archive | Folder::Held => PRIVATE,
                Folder::Inbound | Folder::Output | Folder::Errors | Folder::Receipts => SHARED,
            };
            make(&config.folder(integration, place), mode)?;
        }
    }
    write_new(&file, text.as_bytes())?;
    Ok(config)
}

/// Writes a file that must not exist yet.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = create_new(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|e| match e.kind() {
        ErrorKind::AlreadyExists => OperationError::usage(format!(
            "{} exists and was not touched; name another folder",
            shown(path)
        )),
        _ => OperationError::failed(format_args!(
            "can't write {}: {e}; check permissions and room on the disk",
            shown(path)
        )),
    })
}

#[cfg(test)]
mod tests {
    use super::make_site;
    use crate::config::{load, template};
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn a_site_that_loads_with_a_private_state() {
        let folder = tempfile::tempdir().expect("folder");
        let site = folder.path().join("a/site");
        make_site(&site, template()).expect("made");
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
        let refused = make_site(folder.path(), template()).expect_err("refused");
        assert_eq!(refused.exit_code(), 2);
        let entries = std::fs::read_dir(folder.path()).expect("folder").count();
        assert_eq!(entries, 1);
    }
}
