//! The state of an endpoint, recorded after each round.

use super::endpoint_fingerprint::fingerprint;
use super::round::Contact;
use super::session::Session;
use super::stop_reason::{Step, StopReason};
use crate::config::Endpoint;
use crate::ledger::{EndpointRow, EndpointState, EventAction};
use crate::site::Result;
use crate::transport::{Fault, FaultKind};
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
    match outcome {
        Ok(Contact::None) => Ok(()),
        Ok(Contact::Made) => works(session, known),
        Err(StopReason::NeedsPerson(fault)) => stops(session, endpoint, known, fault),
        // Nothing failed: the program was told to stop.
        Err(StopReason::Transient(_)) if session.watch.is_cancelled() => Ok(()),
        Err(StopReason::Transient(fault)) => fails(session, known, &fault, retry),
        Err(StopReason::Internal(error)) => Err(error),
    }
}

/// The row of an endpoint in this state, with what stays of the row before.
fn row(
    session: &Session<'_>,
    known: Option<&EndpointRow>,
    state: EndpointState,
    why: Option<String>,
) -> EndpointRow {
    let same = known.filter(|k| k.state == state);
    EndpointRow {
        name: session.endpoint.to_owned(),
        state,
        since: same.map_or(session.now, |k| k.since),
        why,
        next_try: None,
        last_contact: known.and_then(|k| k.last_contact),
        fingerprint: None,
        told: known.and_then(|k| k.told),
    }
}

fn works(session: &mut Session<'_>, known: Option<&EndpointRow>) -> Result<()> {
    let now = session.now;
    let is_recent = |at: DateTime<FixedOffset>| at <= now && now - at < CONTACT_AGAIN;
    let worked = known.is_some_and(|k| k.state == EndpointState::Working);
    if worked && known.and_then(|k| k.last_contact).is_some_and(is_recent) {
        return Ok(());
    }
    let row = EndpointRow {
        last_contact: Some(now),
        told: None,
        ..row(session, known, EndpointState::Working, None)
    };
    session.ledger.set_endpoint(&row)?;
    session.round.recovered = known.is_some() && !worked;
    if known.is_some_and(|k| k.told.is_some()) {
        session.note(EventAction::EndpointWorksAgain, session.endpoint, None)?;
    }
    Ok(())
}

fn stops(
    session: &mut Session<'_>,
    endpoint: &Endpoint,
    known: Option<&EndpointRow>,
    fault: Fault,
) -> Result<()> {
    if session.by_hand && fault.kind == FaultKind::Secret {
        session.round.stopped = Some(format!("{fault} ({OWN})"));
        return Ok(());
    }
    let row = EndpointRow {
        fingerprint: Some(fingerprint(session.config(), endpoint)),
        told: Some(EndpointState::Stopped),
        ..row(
            session,
            known,
            EndpointState::Stopped,
            Some(fault.what.clone()),
        )
    };
    session.ledger.set_endpoint(&row)?;
    if !known.is_some_and(|k| k.told == row.told && k.why == row.why) {
        session.note(
            EventAction::EndpointStopped,
            session.endpoint,
            Some(&fault.what),
        )?;
    }
    session.round.stopped = Some(fault.what);
    Ok(())
}

fn fails(
    session: &mut Session<'_>,
    known: Option<&EndpointRow>,
    fault: &Fault,
    retry: Option<DateTime<FixedOffset>>,
) -> Result<()> {
    let mut row = EndpointRow {
        next_try: retry,
        ..row(
            session,
            known,
            EndpointState::Failing,
            Some(fault.what.clone()),
        )
    };
    let lasts = session.now - row.since >= OUTAGE;
    let tells = lasts && row.told != Some(EndpointState::Failing);
    if tells {
        row.told = Some(EndpointState::Failing);
    }
    session.ledger.set_endpoint(&row)?;
    if tells {
        session.note(
            EventAction::EndpointFailing,
            session.endpoint,
            Some(&fault.what),
        )?;
    }
    Ok(())
}
