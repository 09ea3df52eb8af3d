//! Folders that would get in each other's way.

use crate::config::model::{Config, Folder};
use crate::config::paper::Paper;
use std::collections::BTreeMap;
use std::path::{Component, PathBuf};

/// An inbound folder belongs to one integration and is nothing else: else one's files would be taken by another,
/// or our own outputs as source files. The other folders may be shared, names in them are unique.
pub(super) fn check(config: &Config, paper: &mut Paper) {
    let mut uses: BTreeMap<PathBuf, Vec<(String, Folder)>> = BTreeMap::new();
    for (folder, name) in [config.work(), config.state()]
        .into_iter()
        .zip(["work", "state"])
    {
        let users = uses.entry(plain(folder)).or_default();
        users.push((format!("the site's {name} folder"), Folder::Held));
    }
    for integration in &config.integrations {
        for folder in Folder::ALL {
            let place = plain(config.folder(integration, folder));
            let path = format!(
                "integration.{}.folders.{}",
                integration.name,
                folder.as_str()
            );
            let users = uses.entry(place).or_default();
            let clash = users
                .iter()
                .find(|(_, other)| folder == Folder::Inbound || *other == Folder::Inbound);
            if let Some((other, _)) = clash {
                paper.disagree(
                    &path,
                    format!("is the same folder as {other}"),
                    "give every inbound folder to one integration alone",
                );
            }
            users.push((path, folder));
        }
    }
}

/// Without `.` and, where it can be told from the words, `..`.
fn plain(path: PathBuf) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}
