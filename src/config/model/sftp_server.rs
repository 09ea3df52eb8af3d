//! The SFTP server in front of the site's folders.

use serde::Deserialize;
use std::io;
use std::path::{Path, PathBuf};

/// An SFTP server of ours that lets senders into folders of the site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SftpServer {
    /// Folders that accounts are locked into, as written; `…/*` stands for every folder in one.
    pub chroots: Vec<PathBuf>,
}

impl SftpServer {
    /// The chroots, in the order written; relative ones lie in the site. Hidden folders don't belong to `…/*`.
    ///
    /// # Errors
    /// A folder before `/*` can't be listed; it is given with what the system said.
    pub fn chroots(&self, site: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
        let mut all = Vec::new();
        for written in &self.chroots {
            let path = site.join(written);
            match path.file_name() {
                Some(name) if name == "*" => {
                    let above = path.with_file_name("");
                    let mut found = folders(&above).map_err(|e| (above, e))?;
                    found.sort();
                    all.append(&mut found);
                }
                _ => all.push(path),
            }
        }
        Ok(all)
    }
}

fn folders(above: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(above)? {
        let entry = entry?;
        let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        // A plain file beside the chroots is nobody's chroot; a link may be meant as one.
        if !hidden && !entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::SftpServer;
    use std::fs;
    use std::path::PathBuf;

    #[test]
    fn a_star_stands_for_every_folder() {
        let site = tempfile::tempdir().expect("folder");
        for name in ["sftp/hr", "sftp/acme", "sftp/.old"] {
            fs::create_dir_all(site.path().join(name)).expect("made");
        }
        fs::write(site.path().join("sftp/note"), "").expect("written");
        let server = |written: &[&str]| SftpServer {
            chroots: written.iter().map(PathBuf::from).collect(),
        };
        let at = |name: &str| site.path().join(name);
        let found = server(&["/srv/x", "sftp/*"]).chroots(site.path());
        let found = found.expect("listed");
        assert_eq!(
            found,
            [PathBuf::from("/srv/x"), at("sftp/acme"), at("sftp/hr")]
        );
        let missing = server(&["none/*"]).chroots(site.path());
        assert_eq!(missing.expect_err("missing").0, at("none/"));
    }
}
