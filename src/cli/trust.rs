//! `feedgate trust ENDPOINT`: the host keys a server offers, and one of them put on record if a person says so.

mod fingerprint;

use super::{Context, Stop};
use crate::config::Endpoint;
use crate::domain::masking::shown;
use crate::ledger::Event;
use crate::run::Site;
use crate::spool::Disk;
use crate::transfer::target;
use crate::transport::{HostKeyStatus, OfferedKey, SshTarget, offered_keys, pinned};
use clap::Args;
use serde_json::json;
use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

/// How the command exits when the server's key is not on record and nobody put it there.
const NOT_TRUSTED: u8 = 5;
/// The mode of a folder made for secrets.
const OURS_ALONE: u32 = 0o700;

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

pub(super) fn perform(arguments: &Arguments, context: &mut Context<'_>) -> Result<u8, Stop> {
    let site = context.own_site()?;
    let endpoint = find(&site, &arguments.endpoint)?;
    // Before the server is bothered: what can't be meant.
    let pin = arguments.pin.as_deref().map(fingerprint::given);
    let pin = pin.transpose().map_err(Stop::usage)?;
    let target = target(&site.config, endpoint, &Arc::default());
    let offered = offered_keys(&target).map_err(Stop::failed)?;
    if !context.json {
        list(&target, &offered, context)?;
    }
    let chosen = match &pin {
        Some(fingerprint) => Some(named(&offered, fingerprint)?),
        None => asked(&target, &offered, context)?,
    };
    let pinned_now = match chosen.filter(|key| key.status != HostKeyStatus::OnRecord) {
        Some(key) => {
            put_on_record(&site, &target, key)?;
            Some(key)
        }
        None => None,
    };
    let trusted = chosen.is_some() || offered.iter().any(|k| k.status == HostKeyStatus::OnRecord);
    if context.json {
        let keys = offered.iter().map(|key| {
            let standing = match key.status {
                _ if pinned_now == Some(key) => "pinned",
                HostKeyStatus::OnRecord => "on record",
                HostKeyStatus::New => "new",
                HostKeyStatus::Changed => "changed",
                HostKeyStatus::Revoked => "revoked",
            };
            json!({
                "algorithm": key.algorithm, "fingerprint": key.fingerprint, "standing": standing,
                "instead_of": key.instead_of,
            })
        });
        let keys: Vec<_> = keys.collect();
        let trusted = json!({"endpoint": endpoint.name, "trusted": trusted, "keys": keys});
        context.out.json(&trusted)?;
    } else if let Some(key) = pinned_now {
        let file = shown(&target.known_hosts);
        let fingerprint = &key.fingerprint;
        writeln!(context.out, "{fingerprint} is on record in {file}.")?;
    } else if !trusted {
        writeln!(
            context.out,
            "Nothing was put on record. Ask the server's owner for the fingerprint, by telephone or a page you trust; then\n  feedgate trust {} --pin FINGERPRINT",
            endpoint.name
        )?;
    }
    Ok(if trusted { 0 } else { NOT_TRUSTED })
}

/// The endpoint of this name.
pub(super) fn find<'s>(site: &'s Site, name: &str) -> Result<&'s Endpoint, Stop> {
    let endpoints = &site.config.endpoints;
    endpoints.iter().find(|e| e.name == name).ok_or_else(|| {
        let known: Vec<&str> = endpoints.iter().map(|e| e.name.as_str()).collect();
        let known = match &known[..] {
            [] => "the configuration has none".to_owned(),
            known => format!("there is {}", known.join(", ")),
        };
        Stop::usage(format!("there is no endpoint {name:?}; {known}"))
    })
}

fn list(target: &SshTarget, offered: &[OfferedKey], context: &mut Context<'_>) -> Result<(), Stop> {
    writeln!(
        context.out,
        "{}:{} offers these host keys:\n",
        target.host, target.port
    )?;
    // No table: a fingerprint has to stay in one piece, to be compared and copied.
    for key in offered {
        let standing = match key.status {
            HostKeyStatus::OnRecord => "on record",
            HostKeyStatus::New => "not on record",
            HostKeyStatus::Changed => "ANOTHER KEY of this type is on record:",
            HostKeyStatus::Revoked => "REVOKED on record",
        };
        let out = &mut context.out;
        writeln!(out, "  {:<19}  {}", key.algorithm, key.fingerprint)?;
        writeln!(out, "  {:<19}  {standing}", "")?;
        for other in &key.instead_of {
            writeln!(out, "  {:<19}  {other}", "")?;
        }
    }
    Ok(writeln!(context.out)?)
}

fn named<'k>(offered: &'k [OfferedKey], fingerprint: &str) -> Result<&'k OfferedKey, Stop> {
    let found = offered.iter().find(|k| k.fingerprint == fingerprint);
    found.ok_or_else(|| {
        Stop::usage(format!(
            "the server offers no key with the fingerprint {fingerprint}; nothing was put on record. If its owner gave \
             you this one, you are not talking to their server"
        ))
    })
}

/// The key that the person at the terminal says yes to. Nobody is asked where there is no terminal, or nothing to ask.
fn asked<'k>(
    target: &SshTarget,
    offered: &'k [OfferedKey],
    context: &mut Context<'_>,
) -> Result<Option<&'k OfferedKey>, Stop> {
    let on_record = |k: &OfferedKey| k.status == HostKeyStatus::OnRecord;
    if context.json || !io::stdin().is_terminal() || offered.iter().any(on_record) {
        return Ok(None);
    }
    let candidate = offered.iter().find(|k| k.status != HostKeyStatus::Revoked);
    let Some(key) = candidate else {
        return Ok(None);
    };
    let out = &mut context.out;
    if key.status == HostKeyStatus::Changed {
        writeln!(
            out,
            "The server used to have another key. Either its owner has changed it, or somebody is in between."
        )?;
    }
    write!(
        out,
        "Has the owner of {} told you this fingerprint: {}?\nType yes to put it on record: ",
        target.host, key.fingerprint
    )?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok((answer.trim() == "yes").then_some(key))
}

fn put_on_record(site: &Site, target: &SshTarget, key: &OfferedKey) -> Result<(), Stop> {
    let text = pinned(target, key).map_err(Stop::failed)?;
    let file = &target.known_hosts;
    write(file, text.as_bytes())
        .map_err(|e| Stop::failed(format_args!("can't write {}: {e}", shown(file))))?;
    site.ledger()?.record_event(&Event {
        at: site.now(),
        user: site.user().to_owned(),
        action: "trust".to_owned(),
        subject: target.endpoint.clone(),
        why: Some(format!("{} {}", key.algorithm, key.fingerprint)),
    })?;
    // An endpoint that stopped for its host key goes on.
    site.ring();
    Ok(())
}

/// Writes the file as a whole or not at all.
fn write(file: &Path, text: &[u8]) -> io::Result<()> {
    let disk = Disk::new();
    let folder = file.parent().unwrap_or(Path::new("."));
    disk.make_folder(folder, OURS_ALONE)?;
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = file.with_file_name(name);
    let mut part = disk.create_file(&new)?;
    part.write_all(text)?;
    disk.sync_file(&part)?;
    disk.rename_over(&new, file)?;
    disk.sync_folder(folder)
}
