//! Names that one part of the file uses and another gives.

use crate::config::mistake::{near_miss, shown};
use crate::config::model::{Auth, Config};
use crate::config::paper::Paper;
use std::collections::BTreeSet;

pub(super) fn check(config: &Config, paper: &mut Paper) {
    let integrations: Vec<&str> = config
        .integrations
        .iter()
        .map(|i| i.name.as_str())
        .collect();
    let sets: Vec<&str> = config.sets.iter().map(|s| s.name.as_str()).collect();
    let windows: Vec<&str> = config.windows.iter().map(|w| w.name.as_str()).collect();
    let endpoints: Vec<&str> = config.endpoints.iter().map(|e| e.name.as_str()).collect();
    let runnable: Vec<&str> = integrations.iter().chain(&sets).copied().collect();

    for integration in &config.integrations {
        let path = format!("integration.{}", integration.name);
        if let Some(name) = &integration.window {
            known(paper, &format!("{path}.window"), name, "window", &windows);
        }
        for (n, name) in integration.after.iter().enumerate() {
            let path = format!("{path}.after[{n}]");
            known(paper, &path, name, "integration", &integrations);
        }
        let pull = integration.pull.as_ref().map(|p| ("pull", &p.endpoint));
        let push = integration.push.as_ref().map(|p| ("push", &p.endpoint));
        for (way, name) in pull.into_iter().chain(push) {
            let path = format!("{path}.{way}.endpoint");
            known(paper, &path, name, "endpoint", &endpoints);
        }
    }
    for set in &config.sets {
        let path = format!("set.{}", set.name);
        if integrations.contains(&set.name.as_str()) {
            paper.disagree(
                &path,
                "has the name of an integration",
                "give the set another name: `run NAME` has to mean one of them",
            );
        }
        let mut seen = BTreeSet::new();
        for (n, name) in set.integrations.iter().enumerate() {
            let path = format!("{path}.integrations[{n}]");
            known(paper, &path, name, "integration", &integrations);
            if !seen.insert(name) {
                let problem = format!("{} is in the set twice", shown(name));
                paper.disagree(&path, problem, "keep it once");
            }
        }
    }
    for schedule in &config.schedules {
        let path = format!("schedule.{}", schedule.name);
        let run = &schedule.run;
        known(
            paper,
            &format!("{path}.run"),
            run,
            "integration or set",
            &runnable,
        );
        if let Some(name) = &schedule.window {
            known(paper, &format!("{path}.window"), name, "window", &windows);
        }
    }
    for endpoint in &config.endpoints {
        let path = format!("endpoint.{}.auth", endpoint.name);
        sign_in(&path, &endpoint.auth, paper);
    }
}

fn known(paper: &mut Paper, path: &str, name: &str, what: &str, known: &[&str]) {
    if known.contains(&name) {
        return;
    }
    let hint = match (near_miss(name, known.iter().copied()), known) {
        (Some(meant), _) => format!("did you mean {meant:?}?"),
        (None, []) => "there is none in this file yet: add it".to_owned(),
        (None, known) => format!("known here: {}", known.join(", ")),
    };
    paper.disagree(path, format!("there is no {what} {}", shown(name)), hint);
}

fn sign_in(path: &str, auth: &Auth, paper: &mut Paper) {
    // By what is given, not by what could be taken: a mistake in a key is told there.
    let given =
        ["key", "password", "passphrase"].map(|name| paper.is_given(&format!("{path}.{name}")));
    let [key, password, passphrase] = given;
    let ways = [key, password, auth.agent];
    if ways.iter().filter(|given| **given).count() != 1 {
        paper.disagree(
            path,
            "does not say in one way how to sign in",
            "give exactly one of key, password and agent = true",
        );
    }
    if auth.key.as_ref().is_some_and(|k| k.ends_with(".pub")) {
        paper.disagree(
            &format!("{path}.key"),
            "is the public key, which is for the server's owner",
            "write the private key's path, mostly the same without .pub",
        );
    }
    if passphrase && !key {
        paper.disagree(
            &format!("{path}.passphrase"),
            "means nothing without a key",
            "add key = \"…\", or leave the passphrase out",
        );
    }
}
