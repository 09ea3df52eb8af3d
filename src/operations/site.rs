//! The site that an operation works on, opened from its configuration.

use super::error::{OperationError, Result};
use crate::config;
use crate::site::Site;
use crate::spool::user_name;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Opens the site that a configuration file describes.
///
/// # Errors
/// Every mistake in the configuration.
pub(crate) fn open_site(file: &Path) -> Result<Site> {
    Ok(Site::new(config::load(file)?))
}

/// Opens a site to look at its past, also where the configuration has mistakes ([`config::Config::mistakes`]): the ledger
/// lies beside it.
///
/// # Errors
/// Every mistake in the configuration, where no ledger is beside it.
pub(crate) fn open_site_to_look(file: &Path) -> Result<Site> {
    let config = config::load_in_spite_of_mistakes(file);
    let site = Site::new(config);
    match site.config.mistakes.is_empty() || site.ledger_path().exists() {
        true => Ok(site),
        false => Err(site.config.mistakes.into()),
    }
}

/// Opens a site for an operation that creates files in it. Root is refused at the site of another user, who could not
/// read those files.
///
/// # Errors
/// Every mistake in the configuration, or the user who may do this.
pub(crate) fn open_own_site(file: &Path) -> Result<Site> {
    let site = open_site(file)?;
    let us = rustix::process::geteuid().as_raw();
    // A state folder that does not exist yet is created where the configuration lies.
    let places = [site.config.state(), site.config.root.clone()];
    let about = places.iter().find_map(|place| place.metadata().ok());
    match about.and_then(|about| refusal_of_root(us, about.uid())) {
        Some(sentence) => Err(OperationError::usage(sentence)),
        None => Ok(site),
    }
}

/// What to say to root (`us` is 0) at a site of this owner.
fn refusal_of_root(us: u32, owner: u32) -> Option<String> {
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
    use super::refusal_of_root;

    #[test]
    fn root_is_sent_to_the_sites_own_user() {
        assert_eq!(refusal_of_root(0, 0), None);
        assert_eq!(refusal_of_root(1000, 1001), None);
        let said = refusal_of_root(0, 4_000_000_000).expect("refused");
        assert!(said.contains("sudo -u '#4000000000' feedgate"), "{said}");
    }
}
