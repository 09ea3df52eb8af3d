//! Folders with files that belong to no integration of the configuration: the integration is gone, was renamed, or a
//! sender made a folder of another name.

use crate::config::{Config, Folder};
use crate::domain::masking::{masked, shown};
use serde::Serialize;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// At most this number of files is counted in one folder, and they lie at most [`DEPTH`] folders below it.
const MOST_COUNTED: usize = 10_000;
const DEPTH: usize = 8;

/// A folder with files, in a place where integrations have theirs, that no integration has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OrphanedFolder {
    /// The name of the integration that it would belong to, masked.
    pub(crate) integration: String,
    /// `inbound`, `held` or `outbound`.
    pub(crate) place: &'static str,
    #[serde(skip)]
    pub(crate) path: PathBuf,
    /// How many files lie in it; 10,000 stands for as many or more.
    pub(crate) files: usize,
    /// What that means, and what to do.
    pub(crate) why: String,
}

impl OrphanedFolder {
    /// How many files it has, what that means, and what to do.
    pub(crate) fn sentence(&self) -> String {
        match self.files {
            1 => format!("1 file: {}", self.why),
            n => format!("{n} files: {}", self.why),
        }
    }
}

/// The folders with files that no integration has, by place and name. A configuration with mistakes knows of none.
pub(crate) fn orphaned_folders(config: &Config) -> Vec<OrphanedFolder> {
    if !config.mistakes.is_empty() {
        return Vec::new();
    }
    let integrations = config.integrations.iter();
    let used: Vec<PathBuf> = integrations
        .flat_map(|i| Folder::ALL.map(|folder| config.folder(i, folder)))
        .collect();
    let places = [
        (
            "inbound",
            "what lies there is taken by no run; put the integration back under this name, or move the files to another's inbound folder",
        ),
        (
            "held",
            "what is held there can be released or refused once the integration is back under this name",
        ),
        (
            "outbound",
            "what was published there stays; put the integration back under this name, or remove what has been fetched",
        ),
    ];
    let mut found = Vec::new();
    for (place, means) in places {
        for (name, path) in folders(&config.root.join(place)) {
            if used.iter().any(|folder| folder.starts_with(&path)) {
                continue;
            }
            let files = count(&path);
            if files > 0 {
                found.push(OrphanedFolder {
                    why: format!("no integration `{name}` is in the configuration; {means}"),
                    integration: name,
                    place,
                    path,
                    files,
                });
            }
        }
    }
    found
}

/// The folders in a folder, by name; none where it can't be listed, which those who need it tell. Hidden ones are not for
/// integrations.
fn folders(above: &Path) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(above).into_iter().flatten().flatten();
    let folder = |entry: &std::fs::DirEntry| {
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        !hidden && entry.file_type().is_ok_and(|kind| kind.is_dir())
    };
    let named = |entry: std::fs::DirEntry| {
        let name = masked(&shown(Path::new(&entry.file_name())));
        (name, entry.path())
    };
    let mut all: Vec<_> = entries.filter(folder).map(named).collect();
    all.sort();
    all
}

/// How many files lie in a folder and below it, up to a limit; links are not followed.
fn count(folder: &Path) -> usize {
    let entries = WalkDir::new(folder).max_depth(DEPTH).into_iter();
    let files = entries.flatten().filter(|e| !e.file_type().is_dir());
    files.take(MOST_COUNTED).count()
}

#[cfg(test)]
mod tests {
    use super::orphaned_folders;
    use crate::config::{parse, template};
    use std::fs;

    #[test]
    fn folders_of_no_integration_are_found_and_those_below_which_one_has_its_own_are_not() {
        let site = tempfile::tempdir().expect("folder");
        let title = "[integration.demographic-export]\n";
        let keys = format!("{title}folders = {{ inbound = \"inbound/acme/hr\" }}\n");
        let text = template().replace(title, &keys);
        let file = site.path().join("feedgate.toml");
        let config = parse(&text, &file).expect("configuration");
        for path in [
            "inbound/acme/x.csv",
            "inbound/deduction-import/x.csv",
            "inbound/left/x.csv",
            "inbound/left/.x.csv.part",
            "inbound/.trash/x.csv",
            "held/left/20261120-000001/x.csv",
            "outbound/left/output/x.csv",
            "archive/left/x.csv",
        ] {
            let path = site.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(path, "").expect("written");
        }
        fs::create_dir_all(site.path().join("inbound/empty/below")).expect("made");
        let found = orphaned_folders(&config);
        let told: Vec<_> = found
            .iter()
            .map(|f| (f.place, &*f.integration, f.files))
            .collect();
        let expected = [
            ("inbound", "left", 2),
            ("held", "left", 1),
            ("outbound", "left", 1),
        ];
        assert_eq!(told, expected);
    }
}
