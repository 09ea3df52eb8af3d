//! How an endpoint is doing, written down after each round.

use super::endpoint_fingerprint::fingerprint;
use super::scheduler::Contact;
use super::session::Session;
use super::stop_reason::StopReason;
use crate::config::Endpoint;
use crate::ledger::{EndpointRow, EndpointState};
use crate::run::RunError;
use crate::transport::FaultKind;
use chrono::{DateTime, FixedOffset, TimeDelta};

/// A contact is written down again after this time.
const CONTACT_AGAIN: TimeDelta = TimeDelta::seconds(60);
/// An outage that lasts so long is written into the event log, and its end is, too.
const OUTAGE: TimeDelta = TimeDelta::seconds(60);
/// What is added for a person whose own command lacks a secret.
const OWN: &str =
    "this concerns this command alone: a daemon has an environment and rights of its own";

/// Ends a round. `retry`: when the server is asked again, if it didn't answer.
///
/// # Errors
/// Our own disk or ledger failed.
pub(super) fn end(
    session: &mut Session<'_>,
    endpoint: &Endpoint,
    known: Option<EndpointRow>,
    outcome: Result<Contact, StopReason>,
    retry: Option<DateTime<FixedOffset>>,
) -> Result<(), RunError> {
    let row = |state, why: Option<String>| EndpointRow {
        name: endpoint.name.clone(),
        state,
        since: known
            .as_ref()
            .filter(|k| k.state == state)
            .map_or(session.now, |k| k.since),
        why,
        next_try: None,
        last_contact: known.as_ref().and_then(|k| k.last_contact),
        fingerprint: None,
        told: known.as_ref().and_then(|k| k.told),
    };
    match outcome {
        Ok(Contact::None) => Ok(()),
        Ok(Contact::Made) => {
            let recent = known.as_ref().is_some_and(|k| {
                k.state == EndpointState::Working
                    && k.last_contact
                        .is_some_and(|at| at <= session.now && session.now - at < CONTACT_AGAIN)
            });
            if recent {
                return Ok(());
            }
            let row = EndpointRow {
                last_contact: Some(session.now),
                told: None,
                ..row(EndpointState::Working, None)
            };
            session.ledger.set_endpoint(&row)?;
            session.round.recovered = known
                .as_ref()
                .is_some_and(|k| k.state != EndpointState::Working);
            if known.is_some_and(|k| k.told.is_some()) {
                session.note("endpoint works again", &endpoint.name, None)?;
            }
            Ok(())
        }
        Err(StopReason::Stop(fault)) if session.by_hand && fault.kind == FaultKind::Secret => {
            session.round.stopped = Some(format!("{fault} ({OWN})"));
            Ok(())
        }
        Err(StopReason::Stop(fault)) => {
            let row = EndpointRow {
                fingerprint: Some(fingerprint(session.config(), endpoint)),
                told: Some(EndpointState::Stopped),
                ..row(EndpointState::Stopped, Some(fault.what.clone()))
            };
            session.ledger.set_endpoint(&row)?;
            let again = known.is_some_and(|k| k.told == row.told && k.why == row.why);
            if !again {
                session.note("endpoint stopped", &endpoint.name, Some(&fault.what))?;
            }
            session.round.stopped = Some(fault.what);
            Ok(())
        }
        // Nothing failed: it was told to stop.
        Err(StopReason::Later(_)) if session.watch.gives_up() => Ok(()),
        Err(StopReason::Later(fault)) => {
            let mut row = EndpointRow {
                next_try: retry,
                ..row(EndpointState::Failing, Some(fault.what.clone()))
            };
            let tells =
                row.told != Some(EndpointState::Failing) && session.now - row.since >= OUTAGE;
            if tells {
                row.told = Some(EndpointState::Failing);
            }
            session.ledger.set_endpoint(&row)?;
            if tells {
                session.note("endpoint failing", &endpoint.name, Some(&fault.what))?;
            }
            Ok(())
        }
        Err(StopReason::Here(why)) => session.tell("trouble", &endpoint.name, &why),
        Err(StopReason::Broken(error)) => Err(error),
    }
}
