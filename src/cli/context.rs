//! What every command is given: where the configuration is, how to print, and where to.

use super::{Out, Stop};
use crate::config::{self, Config};
use crate::ledger::Ledger;
use crate::run::Site;
use crate::spool::user_name;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// What every command is given.
pub(super) struct Context<'a> {
    /// The configuration file as named.
    pub(super) file: PathBuf,
    /// Whether to print JSON.
    pub(super) json: bool,
    /// Where to print.
    pub(super) out: &'a mut Out,
}

impl<'a> Context<'a> {
    pub(super) fn new(file: PathBuf, json: bool, out: &'a mut Out) -> Context<'a> {
        Context { file, json, out }
    }

    /// The configuration, checked; every mistake otherwise.
    pub(super) fn config(&self) -> Result<Config, Stop> {
        Ok(config::load(&self.file)?)
    }

    /// The site of the configuration.
    pub(super) fn site(&self) -> Result<Site, Stop> {
        Ok(Site::new(self.config()?))
    }

    /// The site, for a command that makes files in it: root makes none that the site's own user couldn't read.
    pub(super) fn own_site(&self) -> Result<Site, Stop> {
        let site = self.site()?;
        let us = rustix::process::geteuid().as_raw();
        // A state folder that isn't there yet is made where the configuration lies.
        let places = [site.config.state(), site.config.root.clone()];
        let about = places.iter().find_map(|place| place.metadata().ok());
        match about.and_then(|about| anothers(us, about.uid())) {
            Some(sentence) => Err(Stop::usage(sentence)),
            None => Ok(site),
        }
    }

    /// The site and its ledger, for reading only.
    pub(super) fn site_and_ledger(&self) -> Result<(Site, Ledger), Stop> {
        let site = self.site()?;
        let ledger = Ledger::open_read_only(&site.ledger_path())?;
        Ok((site, ledger))
    }
}

/// What to say to root (`us` is 0) at a site of this owner.
fn anothers(us: u32, owner: u32) -> Option<String> {
    if us != 0 || owner == 0 {
        return None;
    }
    let (owner, sudo) = match user_name(owner) {
        Some(name) => (name.clone(), name),
        None => (format!("uid {owner}"), format!("'#{owner}'")),
    };
    Some(format!(
        "the site is {owner}'s, who could not read what root makes there; type: sudo -u {sudo} feedgate …"
    ))
}

#[cfg(test)]
mod tests {
    use super::anothers;

    #[test]
    fn root_is_sent_to_the_sites_own_user() {
        assert_eq!(anothers(0, 0), None);
        assert_eq!(anothers(1000, 1001), None);
        let said = anothers(0, 4_000_000_000).expect("refused");
        assert!(said.contains("sudo -u '#4000000000' feedgate"), "{said}");
    }
}
