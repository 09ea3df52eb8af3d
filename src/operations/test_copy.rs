//! A copy of a site for tests: its configuration, roster and history, and nothing that reaches a partner.

use super::backup::{KEY, copy_ledger, copy_private, to_be_copied};
use super::error::{OperationError, Result};
use super::init::make_site;
use crate::config::{self, Config};
use crate::domain::masking::shown;
use crate::ledger::{Event, EventAction, Pause};
use crate::site::{RunError, Site, new_identity};
use crate::spool::{self, PRIVATE, SHARED};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// The first line of a copy's configuration. A key before all tables fits every configuration.
const FIRST_LINE: &str = "test_copy = { endpoints = [] }\n";

/// A test copy that was made.
#[derive(Debug, Serialize)]
pub(crate) struct TestCopyMade {
    pub(crate) configuration: PathBuf,
    /// What is switched off in it, in a sentence each.
    pub(crate) to_be_set_again: Vec<String>,
}

/// Makes a test copy of a site in a folder that doesn't exist yet or is empty. All of it is paused. The site may be at
/// work. The configuration is written last: without it, the folder is no site.
///
/// # Errors
/// The folder has something in it, the site has no ledger or is a test copy, or something can't be read or written.
pub(crate) fn clone_site(site: &Site, folder: &Path) -> Result<TestCopyMade> {
    if site.config.test_copy.is_some() {
        return Err(OperationError::usage(
            "this site is a test copy itself; clone the original site",
        ));
    }
    let ledger = to_be_copied(site, folder, EventAction::Clone)?;
    let original = fs::read_to_string(&site.config.file);
    let original = original.map_err(RunError::place(&site.config.file))?;
    let text = format!("{FIRST_LINE}{original}");
    let folder = std::path::absolute(folder).map_err(RunError::place(folder))?;
    let copy = site.with_config(config::parse(&text, &folder.join("feedgate.toml"))?);
    let state = copy.config.state();
    for (place, mode) in [(&folder, SHARED), (&state, PRIVATE)] {
        let made = site.disk.make_folder(place, mode);
        made.map_err(RunError::place(place))?;
    }
    copy_ledger(&site.disk, &*ledger, &copy.ledger_path())?;
    copy_private(&site.disk, &site.config.state().join(KEY), &state.join(KEY))?;
    separate(site, &copy)?;
    let Config {
        file, switched_off, ..
    } = make_site(&folder, &text)?;
    Ok(TestCopyMade {
        configuration: file,
        to_be_set_again: switched_off,
    })
}

/// Makes the copied ledger that of a site of its own, on which everything is paused.
fn separate(site: &Site, copy: &Site) -> Result<()> {
    let mut ledger = copy.unchecked_ledger()?;
    let identity = new_identity(&copy.key()?)?;
    let original = shown(&site.config.root);
    let why = format!("a test copy of {original}");
    let event = Event {
        at: site.now(),
        user: site.user().to_owned(),
        action: EventAction::Clone,
        subject: "site".to_owned(),
        why: Some(why.clone()),
    };
    let step = site.disk.step("ledger: become a copy");
    step.map_err(RunError::place(&copy.ledger_path()))?;
    let paused = ledger.become_copy(&identity, &event).and_then(|()| {
        ledger.pause(&Pause {
            name: None,
            until: None,
            since: site.now(),
            user: site.user().to_owned(),
            why: Some(why),
        })
    });
    paused.map_err(RunError::from)?;
    let marked = spool::write_site_mark(&copy.config.work(), &identity.identity);
    Ok(marked.map_err(RunError::from)?)
}
