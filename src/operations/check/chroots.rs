//! The chroots of the site's SFTP server: whether sshd accepts them, and what they hold.

use super::CheckFinding;
use crate::config::{Config, Folder};
use crate::domain::masking::shown;
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub(super) fn look(config: &Config) -> Vec<CheckFinding> {
    let chroots = match config.sftp_server.chroots(&config.root) {
        Ok(chroots) => chroots,
        Err((folder, error)) => {
            let found = format!(
                "{0} can't be listed ({error}); make it with `sudo install -d -o root -g root -m 0755 {0}`",
                shown(&folder)
            );
            return vec![CheckFinding::problem("sftp_server.chroots", found)];
        }
    };
    // A fault of a folder above several chroots is reported once.
    let mut told = BTreeSet::new();
    let mut findings = Vec::new();
    for chroot in chroots {
        let what = format!("chroot {}", shown(&chroot));
        let before = findings.len();
        let faults = ownership_faults(&chroot)
            .into_iter()
            .chain(exposed(config, &chroot));
        let known = |fault: &String| !told.insert(fault.clone());
        let (old, new): (Vec<_>, Vec<_>) = faults.partition(known);
        findings.extend(
            new.into_iter()
                .map(|fault| CheckFinding::problem(&what, fault)),
        );
        findings.extend(inbounds(config, &chroot));
        if findings.len() == before && old.is_empty() {
            findings.push(CheckFinding::ok(what, holds(config, &chroot)));
        }
    }
    findings
}

/// Why sshd would refuse this folder: it and every folder above it must belong to root and be writable by root only.
fn ownership_faults(chroot: &Path) -> Vec<String> {
    let name = shown(chroot);
    match std::fs::symlink_metadata(chroot) {
        Err(_) => {
            return vec![format!(
                "is missing; make it with `sudo install -d -o root -g root -m 0755 {name}`"
            )];
        }
        Ok(about) if about.is_symlink() => {
            return vec![format!(
                "is a link; name the folder itself in sftp_server.chroots and in ChrootDirectory: `readlink -f {name}`"
            )];
        }
        Ok(about) if !about.is_dir() => {
            return vec![format!("is not a folder; move it away: `ls -l {name}`")];
        }
        Ok(_) => {}
    }
    let mut components: Vec<&Path> = chroot.ancestors().collect();
    components.reverse();
    let seen = components.into_iter().filter_map(|path| {
        let about = std::fs::metadata(path).ok()?;
        ownership_fault(path, about.uid(), about.mode())
    });
    seen.collect()
}

/// Where sshd would say "bad ownership or modes for chroot directory".
fn ownership_fault(path: &Path, owner: u32, mode: u32) -> Option<String> {
    let name = shown(path);
    if owner != 0 {
        Some(format!(
            "{name} belongs to user {owner}, so sshd refuses every login to it; run `sudo chown root:root {name}`"
        ))
    } else if mode & 0o022 != 0 {
        Some(format!(
            "others than root may write to {name} (mode {:04o}), so sshd refuses every login to it; run `sudo chmod go-w {name}`, and keep uploads to a folder in the chroot",
            mode & 0o7777
        ))
    } else {
        None
    }
}

/// What lies in this chroot though no account may read it.
fn exposed(config: &Config, chroot: &Path) -> Vec<String> {
    let ours = [
        ("the configuration", config.file.clone()),
        ("the state folder", config.state()),
        ("the work folder", config.work()),
        ("the queue folder", config.queue()),
        ("the secrets folder", config.root.join("secrets")),
    ];
    let mut ours: Vec<(String, PathBuf)> = ours.map(|(n, p)| (n.to_owned(), p)).into();
    for integration in &config.integrations {
        for folder in [Folder::Held, Folder::Archive] {
            let name = format!("the {} folder of {}", folder.as_str(), integration.name);
            ours.push((name, config.folder(integration, folder)));
        }
    }
    let root = real(chroot);
    let inside = ours
        .into_iter()
        .filter(|(_, path)| real(path).starts_with(&root));
    inside
        .map(|(name, path)| {
            format!(
                "{name} lies in it, within reach of its account: {}; name a chroot that holds inbound and published files alone",
                shown(&path)
            )
        })
        .collect()
}

/// The inbound folders in this chroot that no account can upload to, or that other accounts can look into.
fn inbounds(config: &Config, chroot: &Path) -> Vec<CheckFinding> {
    let root = real(chroot);
    let notes = config.integrations.iter().filter_map(|integration| {
        let path = config.folder(integration, Folder::Inbound);
        let why = inbound(&path, &std::fs::metadata(&path).ok()?)?;
        let what = format!("{} inbound", integration.name);
        let inside = real(&path).starts_with(&root);
        inside.then(|| CheckFinding::note(what, why))
    });
    notes.collect()
}

fn inbound(path: &Path, about: &Metadata) -> Option<String> {
    let (name, mode) = (shown(path), about.mode());
    let us = [0, rustix::process::geteuid().as_raw()];
    if us.contains(&about.uid()) && mode & 0o020 == 0 {
        Some(format!(
            "no account may upload to {name}; give it the sender's group: `sudo chgrp GROUP {name} && sudo chmod 2770 {name}`"
        ))
    } else if mode & 0o007 != 0 {
        Some(format!(
            "{name} is open to other accounts of this machine; run `sudo chmod o-rwx {name}`"
        ))
    } else {
        None
    }
}

fn holds(config: &Config, chroot: &Path) -> String {
    let root = real(chroot);
    let all = config.integrations.iter().flat_map(|integration| {
        Folder::ALL.map(|folder| (integration, folder, config.folder(integration, folder)))
    });
    let inside: Vec<String> = all
        .filter(|(_, _, path)| real(path).starts_with(&root))
        .map(|(integration, folder, _)| format!("{} {}", integration.name, folder.as_str()))
        .collect();
    match inside.as_slice() {
        [] => {
            "holds no folder of an integration; mount them there, or set integration.NAME.folders"
                .to_owned()
        }
        some => format!("holds {}", some.join(", ")),
    }
}

/// A path with the links of the part that exists resolved.
fn real(path: &Path) -> PathBuf {
    for above in path.ancestors() {
        if let (Ok(there), Ok(rest)) = (above.canonicalize(), path.strip_prefix(above)) {
            return if rest.as_os_str().is_empty() {
                there
            } else {
                there.join(rest)
            };
        }
    }
    path.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{exposed, inbound, look, ownership_fault, ownership_faults};
    use crate::config::{Config, parse, template};
    use crate::operations::check::CheckStanding;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    fn site(root: &Path, chroots: &str) -> Config {
        let text = format!("{}\n[sftp_server]\nchroots = {chroots}\n", template());
        let text = text.replace(
            "\n[integration.deduction-import]\n",
            "\n[integration.deduction-import]\nfolders = { inbound = \"sftp/acme/inbound\" }\n",
        );
        fs::create_dir_all(root.join("sftp/acme/inbound")).expect("folders");
        parse(&text, &root.join("feedgate.toml")).expect("configuration")
    }

    #[test]
    fn only_what_is_roots_alone_is_accepted() {
        let path = Path::new("/srv/x");
        assert_eq!(ownership_fault(path, 0, 0o40755), None);
        assert_eq!(ownership_fault(path, 0, 0o41711), None);
        let owned = ownership_fault(path, 1000, 0o40755).expect("a fault");
        assert!(owned.contains("`sudo chown root:root /srv/x`"), "{owned}");
        for mode in [0o40775, 0o40757, 0o41777] {
            let open = ownership_fault(path, 0, mode).expect("a fault");
            assert!(open.contains("`sudo chmod go-w /srv/x`"), "{open}");
        }
    }

    #[test]
    fn links_files_and_nothing_are_no_chroots() {
        let here = tempfile::tempdir().expect("folder");
        let at = |name: &str| here.path().join(name);
        fs::write(at("file"), "").expect("written");
        symlink(here.path(), at("link")).expect("link");
        for (name, words) in [
            ("none", "is missing"),
            ("file", "not a folder"),
            ("link", "is a link"),
        ] {
            let found = ownership_faults(&at(name));
            assert!(found.len() == 1 && found[0].contains(words), "{found:?}");
        }
    }

    #[test]
    fn what_accounts_may_not_see_is_found_also_behind_links() {
        let here = tempfile::tempdir().expect("folder");
        let config = site(here.path(), "[\"sftp/*\"]");
        let chroot = here.path().join("sftp/acme");
        assert_eq!(exposed(&config, &chroot), Vec::<String>::new());
        symlink(&chroot, config.work()).expect("link");
        let found = exposed(&config, &chroot);
        assert!(
            found.len() == 1 && found[0].starts_with("the work folder"),
            "{found:?}"
        );
        let whole = exposed(&config, here.path());
        for name in ["configuration", "state", "secrets", "held", "archive"] {
            let named = |f: &&String| f.split(" lies").next().is_some_and(|n| n.contains(name));
            assert!(whole.iter().any(|f| named(&f)), "{name}: {whole:?}");
        }
    }

    #[test]
    fn an_inbound_folder_is_for_its_sender_alone() {
        let here = tempfile::tempdir().expect("folder");
        let judged = |mode: u32| {
            fs::set_permissions(here.path(), Permissions::from_mode(mode)).expect("mode");
            inbound(here.path(), &fs::metadata(here.path()).expect("there"))
        };
        assert_eq!(judged(0o2770), None);
        assert!(judged(0o2750).is_some_and(|why| why.contains("may upload")));
        assert!(judged(0o2775).is_some_and(|why| why.contains("o-rwx")));
    }

    #[test]
    fn faults_above_several_chroots_are_told_once() {
        let here = tempfile::tempdir().expect("folder");
        let config = site(here.path(), "[\"sftp/*\"]");
        fs::create_dir(here.path().join("sftp/hr")).expect("folder");
        let open = Permissions::from_mode(0o777);
        fs::set_permissions(here.path().join("sftp"), open).expect("mode");
        let findings = look(&config);
        let about = |l: &&super::CheckFinding| {
            l.found
                .contains(&format!("{}/sftp ", here.path().display()))
        };
        let told: Vec<_> = findings.iter().filter(about).collect();
        assert_eq!(told.len(), 1, "{findings:?}");
        assert_eq!(told[0].standing, CheckStanding::Problem);
        assert!(look(&site(here.path(), "[]")).is_empty());
        let nowhere = look(&site(here.path(), "[\"none/*\"]"));
        assert!(nowhere.len() == 1 && nowhere[0].found.contains("install -d"));
    }
}
