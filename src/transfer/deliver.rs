//! Moves fetched files from the work folder into inbound.

use super::report::About;
use super::session::Session;
use crate::config::{Folder, Integration};
use crate::ledger::{EventAction, OpenPull, Part, PullState};
use crate::site::Result;
use crate::spool::{self, Arrival};
use std::path::PathBuf;

/// The action of events about files that are not fetched, or can't be moved into inbound yet.
pub(super) const NOT_FETCHED: EventAction = EventAction::NotFetched;

/// The trouble of an integration that has nowhere to put files.
pub(super) const NO_INBOUND: &str =
    "its inbound folder is missing; make it with `feedgate init`, or mount it";

/// Where fetched files of an integration lie before they are in inbound.
pub(super) fn staging_folder(session: &Session<'_>, integration: &Integration) -> PathBuf {
    let name = format!(".pull-{}.{}", session.endpoint, integration.name);
    session.config().work().join(name)
}

/// Removes files that were fetched for an integration and not recorded in the ledger, or are not for inbound.
pub(super) fn sweep(session: &Session<'_>, integration: &Integration) -> Result<()> {
    let ledger = &session.ledger;
    let keep = ledger.temporaries(session.endpoint, &integration.name)?;
    let staging = staging_folder(session, integration);
    Ok(spool::sweep_staging(session.disk(), &staging, &keep)?)
}

/// The unfinished pulls of an integration that are in this state.
pub(super) fn open_pulls(
    session: &Session<'_>,
    integration: &Integration,
    state: PullState,
) -> Result<Vec<OpenPull>> {
    let mut open = session.ledger.open_pulls(session.endpoint)?;
    open.retain(|file| file.integration == integration.name && file.state == state);
    Ok(open)
}

/// Moves everything that arrived into inbound. A file whose name is taken there stays and is tried again.
pub(super) fn deliver(session: &mut Session<'_>, integration: &Integration) -> Result<()> {
    session.troubles.begin(Part::Inbound, &integration.name);
    let arrived = open_pulls(session, integration, PullState::Arrived)?;
    if arrived.is_empty() {
        return Ok(());
    }
    let about = About::new(Part::Inbound, &integration.name, NOT_FETCHED);
    let inbound = session.config().folder(integration, Folder::Inbound);
    if !inbound.is_dir() {
        session.troubles.add(&about, NO_INBOUND);
        return Ok(());
    }
    let staging = staging_folder(session, integration);
    let (mut ours, mut kept_back) = (Vec::new(), Vec::new());
    for file in arrived {
        let arrival = spool::arrive(
            session.disk(),
            &staging.join(&file.temporary),
            &inbound.join(&file.name),
            file.size,
            integration.complete.marker_ending(),
        );
        match arrival {
            Ok(Arrival::There) => ours.push(file.number),
            Ok(Arrival::Taken) => kept_back.push(format!(
                "{}: the inbound folder holds another file of this name; it is moved there when that is taken",
                file.shown
            )),
            Err(error) if error.is_about_the_folder() => kept_back.push(error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    if !ours.is_empty() {
        spool::sync_arrived(session.disk(), &inbound)?;
        session.step("ledger: ours")?;
        session.ledger.files_ours(&ours)?;
        session.round.fetched += ours.len() as u64;
    }
    session.troubles.add_each(&about, &kept_back);
    Ok(())
}
