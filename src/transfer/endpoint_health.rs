//! The state of an endpoint, recorded after each round, and how a person's change of what it depends on is detected.

use super::session::{Contact, Session};
use super::trouble::{Step, StopReason};
use crate::config::{Config, Endpoint};
use crate::ledger::{EndpointRow, EndpointState, EventAction};
use crate::site::Result;
use crate::transport::FaultKind;
use chrono::{DateTime, FixedOffset, TimeDelta};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

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

/// The prefixes of secrets that are not in a file of the site.
const CREDENTIAL: &str = "credential:";
const VARIABLE: &str = "env:";

/// A fingerprint of an endpoint's configuration and of the metadata (never the content) of the files it names.
pub(super) fn fingerprint(config: &Config, endpoint: &Endpoint) -> String {
    let mut text = format!("{endpoint:?}");
    let auth = &endpoint.auth;
    let secrets = [&auth.key, &auth.passphrase, &auth.password];
    let files = secrets
        .into_iter()
        .flatten()
        .filter_map(|s| secret_file(config, s));
    for file in files.chain([config.root.join(&endpoint.host_keys)]) {
        let _ = write!(text, "\n{}", metadata_text(&file));
    }
    let digest = Sha256::digest(text.as_bytes());
    let head = digest.first_chunk::<8>().expect("32 bytes");
    format!("{:016x}", u64::from_be_bytes(*head))
}

/// The file that a secret is in.
fn secret_file(config: &Config, secret: &str) -> Option<PathBuf> {
    if secret.starts_with(VARIABLE) {
        return None;
    }
    match secret.strip_prefix(CREDENTIAL) {
        Some(name) => Some(PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join(name)),
        None => Some(config.root.join(secret)),
    }
}

fn metadata_text(file: &Path) -> String {
    match std::fs::metadata(file) {
        Ok(about) => format!(
            "{} {} {} {:o} {}.{}",
            about.ino(),
            about.len(),
            about.uid(),
            about.mode(),
            about.ctime(),
            about.ctime_nsec()
        ),
        Err(_) => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn a_change_of_the_configuration_or_of_a_file_it_names_shows() {
        let folder = tempfile::tempdir().expect("folder");
        let of = |user: &str| {
            let text = format!(
                "[site]\ntimezone = \"UTC\"\n[[plan_year]]\nstart = \"2026-01-01\"\nend = \"2026-12-31\"\n\
                 [endpoint.carrier]\nhost = \"h\"\nuser = \"{user}\"\nauth = {{ password = \"./secret\" }}\n\
                 host_keys = \"known\"\n"
            );
            let path = folder.path().join("feedgate.toml");
            std::fs::write(&path, text).expect("file");
            let config = crate::config::load(&path).expect("configuration");
            fingerprint(&config, &config.endpoints[0])
        };
        let first = of("acme");
        assert_eq!(of("acme"), first);
        assert_ne!(of("other"), first);
        std::fs::write(folder.path().join("known"), "key").expect("file");
        let second = of("acme");
        assert_ne!(second, first);
        std::fs::write(folder.path().join("secret"), "word").expect("file");
        assert_ne!(of("acme"), second);
    }
}
