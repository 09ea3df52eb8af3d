//! Endpoints: secrets, host keys, signing in, and the remote folders of integrations.

use super::CheckFinding;
use crate::config::{AfterPull, Config, Endpoint};
use crate::domain::masking::escape_control;
use crate::site::Site;
use crate::transfer::{place, target};
use crate::transport::{Fault, Place, missing};
use std::sync::Arc;
use std::thread;

/// The configured endpoints, then those that are gone.
pub(super) fn look(site: &Site) -> Vec<CheckFinding> {
    let mut findings = connect(&site.config);
    findings.extend(gone(site));
    findings
}

/// Endpoints that left the configuration before all their files were transferred. A ledger that can't be read has its own
/// finding.
fn gone(site: &Site) -> Vec<CheckFinding> {
    let ledger = site.ledger_for_reading().ok();
    let names = ledger.and_then(|ledger| ledger.endpoints_with_work().ok());
    let known = |name: &String| site.config.endpoints.iter().any(|e| e.name == *name);
    let gone = names.unwrap_or_default().into_iter().filter(|n| !known(n));
    gone.map(|name| {
        let found = "is gone from the configuration, and files are on their way between it and the site; put it back until `feedgate status` lists none, or leave them";
        CheckFinding::note(format!("endpoint {name}"), found)
    })
    .collect()
}

/// Connects to all endpoints at the same time, so that one that doesn't answer delays no other.
fn connect(config: &Config) -> Vec<CheckFinding> {
    thread::scope(|scope| {
        let looks: Vec<_> = config
            .endpoints
            .iter()
            .map(|endpoint| (endpoint, scope.spawn(|| one(config, endpoint))))
            .collect();
        let findings = looks.into_iter().flat_map(|(endpoint, look)| {
            look.join().unwrap_or_else(|_| {
                let found = "can't be looked at: a bug in Feedgate";
                vec![CheckFinding::problem(name(endpoint), found)]
            })
        });
        findings.collect()
    })
}

fn one(config: &Config, endpoint: &Endpoint) -> Vec<CheckFinding> {
    let stop = Arc::default();
    let problem = |fault: Fault| {
        let found = escape_control(&fault.what);
        CheckFinding::problem(name(endpoint), found)
    };
    let missing = missing(&target(config, endpoint, &stop));
    if !missing.is_empty() {
        return missing.into_iter().map(problem).collect();
    }
    let mut there = place(config, endpoint, &stop);
    if let Err(fault) = there.connect() {
        return vec![problem(fault)];
    }
    let found = format!(
        "{}:{} lets `{}` in; its host key is on record",
        endpoint.host, endpoint.port, endpoint.user
    );
    let mut findings = vec![CheckFinding::ok(name(endpoint), escape_control(&found))];
    for (what, folder) in folders(config, endpoint) {
        let remark = match what.ends_with("pull.folder") {
            true => "",
            false => "; whether it can be written to shows with the first file",
        };
        findings.push(listed(there.as_mut(), what, folder, remark));
    }
    if findings.len() == 1 {
        let found = "no integration fetches or sends there";
        findings.push(CheckFinding::note(name(endpoint), found));
    }
    there.disconnect();
    findings
}

/// The folders on the server that integrations name, with the keys that name them.
fn folders<'c>(config: &'c Config, endpoint: &Endpoint) -> Vec<(String, &'c str)> {
    let mut found = Vec::new();
    for integration in &config.integrations {
        let key = |key: &str| format!("integration.{}.{key}", integration.name);
        if let Some(pull) = integration.pull.as_ref()
            && pull.endpoint == endpoint.name
        {
            found.push((key("pull.folder"), pull.folder.as_str()));
            if let AfterPull::Move(to) = &pull.after {
                found.push((key("pull.after"), to));
            }
        }
        if let Some(push) = integration.push.as_ref()
            && push.endpoint == endpoint.name
        {
            found.push((key("push.folder"), &push.folder));
        }
    }
    found
}

fn listed(there: &mut dyn Place, what: String, folder: &str, remark: &str) -> CheckFinding {
    match there.list(folder.as_bytes()) {
        Ok(entries) => {
            let found = match entries.len() {
                1 => format!("{folder} is there, 1 entry{remark}"),
                n => format!("{folder} is there, {n} entries{remark}"),
            };
            CheckFinding::ok(what, escape_control(&found))
        }
        Err(fault) => {
            let found = format!(
                "{folder}: {}; ask the server's owner, or correct the key",
                fault.what
            );
            CheckFinding::problem(what, escape_control(&found))
        }
    }
}

fn name(endpoint: &Endpoint) -> String {
    format!("endpoint {}", endpoint.name)
}
