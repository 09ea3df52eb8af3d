//! The state of an endpoint, recorded after each round.

use super::endpoint_fingerprint::fingerprint;
use super::report::{Step, StopReason};
use super::session::{Contact, Session};
use crate::config::Endpoint;
use crate::ledger::{EndpointRow, EndpointState, EventAction};
use crate::site::Result;
use crate::transport::FaultKind;
use chrono::{DateTime, FixedOffset, TimeDelta};

/// A contact is recorded again after this time.
const CONTACT_AGAIN: TimeDelta = TimeDelta::seconds(60);
/// An outage that lasts this long is written to the event log, and so is its end.
const OUTAGE: TimeDelta = TimeDelta::seconds(60);
/// Added for a person whose own command lacks a secret.
const OWN: &str =
    "this concerns this command alone: a daemon has an environment and rights of its own";

/// Records what a round found out about the endpoint. `retry`: when the server is contacted again, if it didn't answer.
///
/// # Errors
/// Our own disk or ledger failed, now or in the round.
pub(super) fn record(
    session: &mut Session<'_>,
    endpoint: &Endpoint,
    known: Option<&EndpointRow>,
    outcome: Step<Contact>,
    retry: Option<DateTime<FixedOffset>>,
) -> Result<()> {
    let now = session.now;
    let worked = known.is_some_and(|k| k.state == EndpointState::Working);
    let last_contact = known.and_then(|k| k.last_contact);
    let is_recent = |at: DateTime<FixedOffset>| at <= now && now - at < CONTACT_AGAIN;
    let (state, why) = match outcome {
        Ok(Contact::None) => return Ok(()),
        Ok(Contact::Made) if worked && last_contact.is_some_and(is_recent) => return Ok(()),
        Ok(Contact::Made) => (EndpointState::Working, None),
        Err(StopReason::NeedsPerson(fault)) => {
            if session.by_hand && fault.kind == FaultKind::Secret {
                session.round.stopped = Some(format!("{fault} ({OWN})"));
                return Ok(());
            }
            (EndpointState::Stopped, Some(fault.what))
        }
        // Nothing failed: the program was told to stop.
        Err(StopReason::Transient(_)) if session.observer.is_cancelled() => return Ok(()),
        Err(StopReason::Transient(fault)) => (EndpointState::Failing, Some(fault.what)),
        Err(StopReason::Internal(error)) => return Err(error),
    };
    let same = known.filter(|k| k.state == state);
    let since = same.map_or(now, |k| k.since);
    let told = known.and_then(|k| k.told);
    let (action, tells) = match state {
        EndpointState::Working => (EventAction::EndpointWorksAgain, told.is_some()),
        EndpointState::Stopped => {
            let again = told == Some(state) && known.is_some_and(|k| k.why == why);
            (EventAction::EndpointStopped, !again)
        }
        EndpointState::Failing => {
            let lasts = now - since >= OUTAGE;
            (EventAction::EndpointFailing, lasts && told != Some(state))
        }
    };
    let works = state == EndpointState::Working;
    session.ledger.set_endpoint(&EndpointRow {
        name: endpoint.name.clone(),
        state,
        since,
        why: why.clone(),
        next_try: retry.filter(|_| state == EndpointState::Failing),
        last_contact: if works { Some(now) } else { last_contact },
        fingerprint: (state == EndpointState::Stopped)
            .then(|| fingerprint(session.config(), endpoint)),
        told: match tells {
            _ if works => None,
            true => Some(state),
            false => told,
        },
    })?;
    if tells {
        session.note(action, &endpoint.name, why.as_deref())?;
    }
    match state {
        EndpointState::Working => session.round.recovered = known.is_some() && !worked,
        EndpointState::Stopped => session.round.stopped = why,
        EndpointState::Failing => {}
    }
    Ok(())
}
