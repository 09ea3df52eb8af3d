//! What has to hold between keys, after each of them is right in itself.

mod amounts;
mod column_name;
mod integration;
mod key_columns;
mod names;
mod output;
mod time;
mod web;

use super::diagnostics::Diagnostics;
use super::model::{Config, Folder};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

pub(super) fn all(config: &Config, diagnostics: &mut Diagnostics) {
    time::check(config, diagnostics);
    web::check(&config.web, diagnostics);
    names::check(config, diagnostics);
    names::order(config, diagnostics);
    folders(config, diagnostics);
    names::accounts(config, diagnostics);
    for integration in &config.integrations {
        integration::check(integration, &config.identity, diagnostics);
        key_columns::check(integration, diagnostics);
    }
}

/// An inbound folder belongs to one integration and is nothing else: else one's files would be taken by another,
/// or our own outputs as source files. The other folders may be shared, names in them are unique.
fn folders(config: &Config, diagnostics: &mut Diagnostics) {
    let mut uses: BTreeMap<PathBuf, Vec<(String, Folder)>> = BTreeMap::new();
    for (folder, name) in [
        (config.work(), "work"),
        (config.queue(), "queue"),
        (config.state(), "state"),
    ] {
        let users = uses.entry(plain(&folder)).or_default();
        users.push((format!("the site's {name} folder"), Folder::Held));
    }
    if let Some(folder) = config.mail_folder() {
        let users = uses.entry(plain(&folder)).or_default();
        users.push(("the folder of mail.server".to_owned(), Folder::Held));
    }
    for integration in &config.integrations {
        for folder in Folder::ALL {
            let place = plain(&config.folder(integration, folder));
            let (name, key) = (&integration.name, folder.as_str());
            let path = format!("integration.{name}.folders.{key}");
            let users = uses.entry(place).or_default();
            let clash = users
                .iter()
                .find(|(_, other)| folder == Folder::Inbound || *other == Folder::Inbound);
            if let Some((other, _)) = clash {
                diagnostics.disagree(
                    &path,
                    format!("is the same folder as {other}"),
                    "give every inbound folder to one integration alone",
                );
            }
            users.push((path, folder));
        }
    }
}

/// Without `.` and, as far as the path itself tells, `..`.
fn plain(path: &Path) -> PathBuf {
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
