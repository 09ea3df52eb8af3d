//! Names that one part of the file uses and another gives.

use crate::config::diagnostics::{Diagnostics, did_you_mean, shown};
use crate::config::model::{Auth, Config};
use crate::domain::Kind;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

/// The names that the file gives to things of one sort.
struct KnownNames<'c> {
    sort: &'static str,
    names: Vec<&'c str>,
}

impl KnownNames<'_> {
    /// Reports a name that nothing of this sort has.
    fn check(&self, name: &str, path: &str, diagnostics: &mut Diagnostics) {
        if self.names.contains(&name) {
            return;
        }
        let hint = match did_you_mean(name, self.names.iter().copied()) {
            Some(hint) => hint,
            None if self.names.is_empty() => "there is none in this file yet: add it".to_owned(),
            None => format!("known here: {}", self.names.join(", ")),
        };
        let problem = format!("there is no {} {}", self.sort, shown(name));
        diagnostics.disagree(path, problem, hint);
    }
}

pub(super) fn check(config: &Config, diagnostics: &mut Diagnostics) {
    let known = |sort, names| KnownNames { sort, names };
    let names = config.integrations.iter().map(|i| i.name.as_str());
    let integrations = known("integration", names.collect());
    let names = config.windows.iter().map(|w| w.name.as_str());
    let windows = known("window", names.collect());
    let names = config.endpoints.iter().map(|e| e.name.as_str());
    let endpoints = known("endpoint", names.collect());
    let sets = config.sets.iter().map(|s| s.name.as_str());
    let names = integrations.names.iter().copied().chain(sets);
    let runnable = known("integration or set", names.collect());

    let copied = config.test_copy.iter().flat_map(|copy| &copy.endpoints);
    for (n, name) in copied.enumerate() {
        endpoints.check(name, &format!("test_copy.endpoints[{n}]"), diagnostics);
    }
    for integration in &config.integrations {
        let path = format!("integration.{}", integration.name);
        if let Some(name) = &integration.window {
            windows.check(name, &format!("{path}.window"), diagnostics);
        }
        for (n, name) in integration.after.iter().enumerate() {
            integrations.check(name, &format!("{path}.after[{n}]"), diagnostics);
        }
        for key in ["after_held", "after_longest"] {
            let key = format!("{path}.{key}");
            if integration.after.is_empty() && diagnostics.is_given(&key) {
                diagnostics.disagree(&key, "means nothing without after", "leave it out");
            }
        }
        if let Some(pull) = &integration.pull {
            endpoints.check(
                &pull.endpoint,
                &format!("{path}.pull.endpoint"),
                diagnostics,
            );
        }
        if let Some(push) = &integration.push {
            endpoints.check(
                &push.endpoint,
                &format!("{path}.push.endpoint"),
                diagnostics,
            );
        }
    }
    for set in &config.sets {
        let path = format!("set.{}", set.name);
        if integrations.names.contains(&set.name.as_str()) {
            diagnostics.disagree(
                &path,
                "has the name of an integration",
                "give the set another name: `run NAME` has to mean one of them",
            );
        }
        let mut seen = BTreeSet::new();
        for (n, name) in set.integrations.iter().enumerate() {
            let path = format!("{path}.integrations[{n}]");
            integrations.check(name, &path, diagnostics);
            if !seen.insert(name) {
                let problem = format!("{} is in the set twice", shown(name));
                diagnostics.disagree(&path, problem, "keep it once");
            }
        }
    }
    for schedule in &config.schedules {
        let path = format!("schedule.{}", schedule.name);
        runnable.check(&schedule.run, &format!("{path}.run"), diagnostics);
        if let Some(name) = &schedule.window {
            windows.check(name, &format!("{path}.window"), diagnostics);
        }
    }
    webhooks(config, diagnostics);
    for endpoint in &config.endpoints {
        let path = format!("endpoint.{}.auth", endpoint.name);
        sign_in(&path, &endpoint.auth, diagnostics);
    }
}

fn webhooks(config: &Config, diagnostics: &mut Diagnostics) {
    let mut seen = BTreeSet::new();
    for (n, webhook) in config.webhooks.iter().enumerate() {
        if !seen.insert(&webhook.url) {
            let path = format!("webhook[{n}].url");
            diagnostics.disagree(
                &path,
                "is there twice",
                "keep it once, with all words in `on`",
            );
        }
    }
}

fn sign_in(path: &str, auth: &Auth, diagnostics: &mut Diagnostics) {
    // By what is given, not by what could be taken: a mistake in a key is told there.
    let given = ["key", "password", "passphrase"]
        .map(|name| diagnostics.is_given(&format!("{path}.{name}")));
    let [key, password, passphrase] = given;
    let ways = [key, password, auth.agent];
    if ways.iter().filter(|given| **given).count() != 1 {
        diagnostics.disagree(
            path,
            "does not say in one way how to sign in",
            "give exactly one of key, password and agent = true",
        );
    }
    let public = |key: &String| Path::new(key).extension().is_some_and(|e| e == "pub");
    if auth.key.as_ref().is_some_and(public) {
        diagnostics.disagree(
            &format!("{path}.key"),
            "is the public key, which is for the server's owner",
            "write the private key's path, mostly the same without .pub",
        );
    }
    if passphrase && !key {
        diagnostics.disagree(
            &format!("{path}.passphrase"),
            "means nothing without a key",
            "add key = \"…\", or leave the passphrase out",
        );
    }
}

/// `after` may not go in a circle: all of them would wait for each other.
pub(super) fn order(config: &Config, diagnostics: &mut Diagnostics) {
    let place: BTreeMap<&str, usize> = config
        .integrations
        .iter()
        .enumerate()
        .map(|(n, i)| (i.name.as_str(), n))
        .collect();
    let next: Vec<Vec<usize>> = config
        .integrations
        .iter()
        .map(|i| {
            i.after
                .iter()
                .filter_map(|a| place.get(a.as_str()).copied())
                .collect()
        })
        .collect();
    for (start, integration) in config.integrations.iter().enumerate() {
        let Some(circle) = circle(&next, start) else {
            continue;
        };
        // A circle is reported once, at its first integration.
        if circle.iter().all(|n| *n >= start) {
            let names: Vec<&str> = circle
                .iter()
                .chain([&start])
                .map(|n| config.integrations[*n].name.as_str())
                .collect();
            diagnostics.disagree(
                &format!("integration.{}.after", integration.name),
                format!("goes in a circle: {}", names.join(" after ")),
                "take one of them out",
            );
        }
    }
}

/// The shortest path from `start` back to itself.
fn circle(next: &[Vec<usize>], start: usize) -> Option<Vec<usize>> {
    let mut came_from = vec![None; next.len()];
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for &to in &next[at] {
            if to == start {
                let mut path = vec![at];
                let mut back = at;
                while back != start {
                    back = came_from[back]?;
                    path.push(back);
                }
                path.reverse();
                return Some(path);
            }
            if came_from[to].is_none() {
                came_from[to] = Some(at);
                queue.push_back(to);
            }
        }
    }
    None
}

/// Who links employees with accounts needs files of accounts.
pub(super) fn accounts(config: &Config, diagnostics: &mut Diagnostics) {
    let all = config.integrations.iter();
    for integration in all.clone().filter(|i| i.link_by.is_some()) {
        let roster = &integration.roster;
        let mut lists = all.clone().filter(|i| i.kind == Kind::Accounts);
        if !lists.any(|list| list.roster == *roster) {
            diagnostics.disagree(
                &format!("integration.{}.link_by", integration.name),
                format!("needs accounts, and no integration takes those of the roster {}", shown(roster)),
                format!("add an integration with kind = \"accounts\" and roster = {roster:?}, or leave it out"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::circle;

    #[test]
    fn finds_the_way_back() {
        let next = vec![vec![1], vec![2], vec![0, 3], vec![]];
        assert_eq!(circle(&next, 0), Some(vec![0, 1, 2]));
        assert_eq!(circle(&next, 3), None);
        assert_eq!(circle(&[vec![0]], 0), Some(vec![0]));
    }
}
