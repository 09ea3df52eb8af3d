//! How an endpoint is doing, written down after each round.

use super::desk::Desk;
use super::fingerprint::fingerprint;
use super::halt::Halt;
use super::plan::Contact;
use crate::config::Endpoint;
use crate::ledger::{EndpointRow, EndpointState};
use crate::run::RunError;
use chrono::{DateTime, FixedOffset, TimeDelta};

/// A contact is written down again after this time.
const CONTACT_AGAIN: TimeDelta = TimeDelta::seconds(60);

/// Ends a round. `retry`: when the server is asked again, if it didn't answer.
///
/// # Errors
/// Our own disk or ledger failed.
pub(super) fn end(
    desk: &mut Desk<'_>,
    endpoint: &Endpoint,
    known: Option<EndpointRow>,
    outcome: Result<Contact, Halt>,
    retry: Option<DateTime<FixedOffset>>,
) -> Result<(), RunError> {
    let row = |state, why: Option<String>| EndpointRow {
        name: endpoint.name.clone(),
        state,
        since: known
            .as_ref()
            .filter(|k| k.state == state)
            .map_or(desk.now, |k| k.since),
        why,
        next_try: None,
        last_contact: known.as_ref().and_then(|k| k.last_contact),
        fingerprint: None,
    };
    match outcome {
        Ok(Contact::None) => Ok(()),
        Ok(Contact::Made) => {
            let recent = known.as_ref().is_some_and(|k| {
                k.state == EndpointState::Working
                    && k.last_contact
                        .is_some_and(|at| at <= desk.now && desk.now - at < CONTACT_AGAIN)
            });
            if recent {
                return Ok(());
            }
            let row = EndpointRow {
                last_contact: Some(desk.now),
                ..row(EndpointState::Working, None)
            };
            desk.ledger.set_endpoint(&row)?;
            if known.is_some_and(|k| k.state == EndpointState::Stopped) {
                desk.note("endpoint works again", &endpoint.name, None)?;
            }
            Ok(())
        }
        Err(Halt::Stop(fault)) => {
            let row = EndpointRow {
                fingerprint: Some(fingerprint(desk.config(), endpoint)),
                ..row(EndpointState::Stopped, Some(fault.what.clone()))
            };
            desk.ledger.set_endpoint(&row)?;
            let again = known.is_some_and(|k| k.state == row.state && k.why == row.why);
            if !again {
                desk.note("endpoint stopped", &endpoint.name, Some(&fault.what))?;
            }
            desk.round.stopped = Some(fault.what);
            Ok(())
        }
        // Nothing failed: it was told to stop.
        Err(Halt::Later(_)) if desk.watch.gives_up() => Ok(()),
        Err(Halt::Later(fault)) => {
            let row = EndpointRow {
                next_try: retry,
                ..row(EndpointState::Failing, Some(fault.what.clone()))
            };
            Ok(desk.ledger.set_endpoint(&row)?)
        }
        Err(Halt::Here(why)) => desk.tell("trouble", &endpoint.name, &why),
        Err(Halt::Broken(error)) => Err(error),
    }
}
