//! Keys that make sense for one kind of integration, or together with another key.

use crate::config::mistake::{any_of, shown};
use crate::config::model::{Content, Integration};
use crate::config::paper::Paper;
use crate::domain::{Action, Kind};

pub(super) fn check(integration: &Integration, paper: &mut Paper) {
    let path = format!("integration.{}", integration.name);
    if !paper.is_sound(&format!("{path}.kind")) {
        return;
    }
    let kind = integration.kind;
    for (key_path, key) in paper.given_under(&path) {
        if let Some(only) = key.only
            && only != kind
        {
            paper.disagree(
                &key_path,
                format!("means nothing in a {} integration", kind.as_str()),
                format!("leave it out: it is for {} integrations", only.as_str()),
            );
        }
    }
    if kind == Kind::Demographic && integration.content == Content::Changes {
        for key in [
            "omission",
            "guards.max_missing_percent",
            "guards.max_missing_count",
        ] {
            let key = format!("{path}.{key}");
            if paper.is_given(&key) && paper.is_sound(&format!("{path}.content")) {
                paper.disagree(
                    &key,
                    "means nothing when files hold changes only",
                    "add content = \"full\" if every file holds all employees, or leave it out",
                );
            }
        }
    }
    if integration
        .retro_reject_days
        .is_some_and(|d| d < integration.retro_days)
    {
        paper.disagree(
            &format!("{path}.retro_reject_days"),
            "is less than retro_days: records would be rejected before they are warned about",
            "write a number from retro_days on",
        );
    }
    actions(integration, &path, paper);
}

/// The actions a kind of integration has.
fn actions(integration: &Integration, path: &str, paper: &mut Paper) {
    let path = format!("{path}.output.actions");
    let known: Vec<&str> = Action::ALL
        .into_iter()
        .filter(|a| kind_of(*a).is_none_or(|k| k == integration.kind))
        .map(Action::as_str)
        .collect();
    let prefix = format!("{path}.");
    for name in paper.names_under(&path) {
        if !known.contains(&name.as_str()) {
            paper.disagree(
                &format!("{prefix}{name}"),
                format!(
                    "{} is not an action of a {} integration",
                    shown(&name),
                    integration.kind.as_str()
                ),
                format!("write {}", any_of(&known)),
            );
        }
    }
}

fn kind_of(action: Action) -> Option<Kind> {
    match action {
        Action::Create
        | Action::Update
        | Action::Deactivate
        | Action::Link
        | Action::Reactivate => Some(Kind::Demographic),
        Action::Add | Action::Change | Action::Stop | Action::Waive => Some(Kind::Deduction),
        Action::None => None,
    }
}
