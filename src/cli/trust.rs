//! `feedgate trust ENDPOINT`: the host keys a server offers, and one of them put on record if a person says so.

use super::{CliError, Context};
use crate::operations::{self, HostKeys, KeyStanding};
use clap::Args;
use std::io::{self, BufRead, IsTerminal, Write};

/// How the command exits when none of the server's keys is on record.
const NOT_TRUSTED: u8 = 5;

/// Arguments of `trust`.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The endpoint.
    #[arg(value_name = "ENDPOINT")]
    endpoint: String,
    /// Put the key with this fingerprint on record, which the server's owner has told you: SHA256:…
    #[arg(long, value_name = "FINGERPRINT")]
    pin: Option<String>,
}

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, CliError> {
    let site = context.own_site()?;
    let endpoint = operations::endpoint(&site, &arguments.endpoint)?;
    // What can't be a fingerprint is refused before anything is asked of the server.
    let pin = arguments.pin.as_deref().map(operations::read_fingerprint);
    let pin = pin.transpose()?;
    let mut keys = operations::host_keys(&site, endpoint)?;
    if !context.json {
        list(&keys, context)?;
    }
    let chosen = match pin {
        Some(fingerprint) => Some(fingerprint),
        None => ask(&keys, context)?,
    };
    if let Some(fingerprint) = chosen {
        keys.trust(&site, &fingerprint)?;
    }
    let pinned = |standing| standing == KeyStanding::Pinned;
    if context.json {
        context.out.json(&keys)?;
    } else if let Some(key) = keys.keys.iter().find(|key| pinned(key.standing)) {
        let (fingerprint, file) = (&key.offered.fingerprint, keys.known_hosts());
        writeln!(context.out, "{fingerprint} is on record in {file}.")?;
    } else if !keys.trusted {
        writeln!(
            context.out,
            "Nothing was put on record. Ask the server's owner for the fingerprint, by telephone or a page you trust; then\n  feedgate trust {} --pin FINGERPRINT",
            keys.endpoint
        )?;
    }
    Ok(if keys.trusted { 0 } else { NOT_TRUSTED })
}

fn list(keys: &HostKeys, context: &mut Context<'_>) -> Result<(), CliError> {
    let (host, port) = &keys.server;
    writeln!(context.out, "{host}:{port} offers these host keys:\n")?;
    // No table: a fingerprint has to stay in one piece, to be compared and copied.
    for key in &keys.keys {
        let standing = match key.standing {
            KeyStanding::OnRecord | KeyStanding::Pinned => "on record",
            KeyStanding::New => "not on record",
            KeyStanding::Changed => "ANOTHER KEY of this type is on record:",
            KeyStanding::Revoked => "REVOKED on record",
        };
        let out = &mut *context.out;
        writeln!(
            out,
            "  {:<19}  {}",
            key.offered.algorithm, key.offered.fingerprint
        )?;
        writeln!(out, "  {:<19}  {standing}", "")?;
        for other in &key.offered.instead_of {
            writeln!(out, "  {:<19}  {other}", "")?;
        }
    }
    Ok(writeln!(context.out)?)
}

/// Asks the person at the terminal whether to put a key on record; returns its fingerprint if so. Nothing is asked without
/// a terminal, or if a key is on record already.
fn ask(keys: &HostKeys, context: &mut Context<'_>) -> Result<Option<String>, CliError> {
    if context.json || !io::stdin().is_terminal() || keys.trusted {
        return Ok(None);
    }
    let candidates = &mut keys.keys.iter();
    let Some(key) = candidates.find(|key| key.standing != KeyStanding::Revoked) else {
        return Ok(None);
    };
    let out = &mut *context.out;
    if key.standing == KeyStanding::Changed {
        writeln!(
            out,
            "The server used to have another key. Either its owner has changed it, or somebody is in between."
        )?;
    }
    write!(
        out,
        "Has the owner of {} told you this fingerprint: {}?\nType yes to put it on record: ",
        keys.server.0, key.offered.fingerprint
    )?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok((answer.trim() == "yes").then(|| key.offered.fingerprint.clone()))
}
