//! Pauses: which integrations do not start by themselves.

use super::error::{OperationError, Result};
use super::local_time::ClockTime;
use crate::ledger::Pause;
use crate::site::Site;
use crate::status::{to_the_second, to_the_second_if_any};
use chrono::{DateTime, FixedOffset, NaiveDate};
use serde::Serialize;

/// The name that means all integrations.
const ALL: &str = "all";

/// What to say where one pause ends and that of all integrations lasts.
pub(crate) const ALL_PAUSED: &str =
    "all integrations are paused too: `feedgate resume all` ends that";

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PauseEntry {
    /// The integration, or `all`.
    pub(crate) name: String,
    #[serde(serialize_with = "to_the_second")]
    pub(crate) since: DateTime<FixedOffset>,
    /// When it ends by itself.
    #[serde(serialize_with = "to_the_second_if_any")]
    pub(crate) until: Option<DateTime<FixedOffset>>,
    pub(crate) user: String,
    pub(crate) why: Option<String>,
}

/// A pause that was ended, or will end on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Resumed {
    /// The integration, or `all`.
    pub(crate) name: String,
    /// The pause, if it lasts until a day.
    pub(crate) pause: Option<PauseEntry>,
    /// Whether the pause of all integrations still covers this one.
    #[serde(skip)]
    pub(crate) all_paused: bool,
}

/// What was done with one name, or with each integration of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum ByName<T> {
    One(T),
    Members(Vec<T>),
}

impl<T> ByName<T> {
    /// All of them, in their order.
    pub(crate) fn all(&self) -> &[T] {
        match self {
            ByName::One(one) => std::slice::from_ref(one),
            ByName::Members(all) => all,
        }
    }
}

/// Pauses an integration, those of a set, or with `all` every one: unattended runs stop, and files wait.
///
/// # Errors
/// There is no such integration or set, the end has passed, or the ledger failed.
pub(crate) fn pause(
    site: &Site,
    name: &str,
    until: Option<ClockTime>,
    why: Option<&str>,
) -> Result<ByName<PauseEntry>> {
    let until = until.map(|until| until.in_future(site)).transpose()?;
    let pause = |name| Pause {
        name,
        until,
        since: site.now(),
        user: site.user().to_owned(),
        why: why.map(str::to_owned),
    };
    let paused = match site.config.set(name) {
        Some(set) => {
            let members = set.integrations.iter();
            ByName::Members(members.map(|m| pause(Some(m.clone()))).collect())
        }
        None => ByName::One(pause(paused_name(site, name)?)),
    };
    let mut ledger = site.ledger()?;
    for pause in paused.all() {
        ledger.pause(pause)?;
    }
    site.coordination().wake();
    Ok(match paused {
        ByName::One(pause) => ByName::One(pause.into()),
        ByName::Members(all) => ByName::Members(all.into_iter().map(PauseEntry::from).collect()),
    })
}

/// Ends a pause now, or when a day begins on the site's clock; of a set, the pauses of its integrations.
///
/// # Errors
/// There is no such pause, it ends before that day, the day has begun, or the ledger failed. Of a set: no integration of it
/// is paused by its name.
pub(crate) fn resume(site: &Site, name: &str, from: Option<NaiveDate>) -> Result<ByName<Resumed>> {
    let Some(set) = site.config.set(name) else {
        let paused = paused_name(site, name)?;
        return Ok(ByName::One(resume_one(
            site,
            name,
            paused.as_deref(),
            from,
        )?));
    };
    let now = site.now();
    let pauses = site.ledger()?.pauses()?;
    let lasts = |p: &Pause| p.until.is_none_or(|until| until > now);
    let is_paused = |member: &&String| {
        let mut lasting = pauses.iter().filter(|p| lasts(p));
        lasting.any(|p| p.name.as_ref() == Some(*member))
    };
    let members: Vec<&String> = set.integrations.iter().filter(is_paused).collect();
    if members.is_empty() {
        return Err(OperationError::usage(format!(
            "no integration of the set {name} is paused by its name"
        )));
    }
    let resumed = members
        .into_iter()
        .map(|member| resume_one(site, member, Some(member), from));
    Ok(ByName::Members(resumed.collect::<Result<_>>()?))
}

/// Ends the pause of one name, of `all` where that is nothing.
fn resume_one(
    site: &Site,
    name: &str,
    paused: Option<&str>,
    from: Option<NaiveDate>,
) -> Result<Resumed> {
    let from = from.map(|day| ClockTime::Day(day).in_future(site));
    let from = from.transpose()?;
    let mut ledger = site.ledger()?;
    let (now, user) = (site.now(), site.user());
    let pauses = ledger.pauses()?;
    let lasting = |name: Option<&str>| {
        let lasts = |p: &&Pause| p.until.is_none_or(|until| until > now);
        pauses
            .iter()
            .filter(lasts)
            .find(|p| p.name.as_deref() == name)
    };
    let own = lasting(paused);
    if let (Some(until), Some(from)) = (own.and_then(|p| p.until), from)
        && from > until
    {
        return Err(OperationError::usage(format!(
            "the pause of {name} ends by itself at {}, before that day; to lengthen it, `feedgate pause {name} --until TIME`",
            until.format("%Y-%m-%d %H:%M")
        )));
    }
    let done = match (own, from) {
        (None, _) => false,
        (Some(_), None) => ledger.resume(paused, user, now)?,
        (Some(_), Some(from)) => ledger.resume_from(paused, from, user, now)?,
    };
    let all_paused = paused.is_some() && lasting(None).is_some();
    if !done {
        let sentence = match paused {
            None => not_all_paused(&pauses),
            Some(_) if all_paused => format!("{name} is not paused; {ALL_PAUSED}"),
            Some(_) => format!("{name} is not paused"),
        };
        return Err(OperationError::usage(sentence));
    }
    site.coordination().wake();
    let left = ledger
        .pauses()?
        .into_iter()
        .find(|p| p.name.as_deref() == paused);
    Ok(Resumed {
        name: name.to_owned(),
        pause: left.map(PauseEntry::from),
        all_paused,
    })
}

fn not_all_paused(pauses: &[Pause]) -> String {
    let by_name: Vec<&str> = pauses.iter().filter_map(|p| p.name.as_deref()).collect();
    if by_name.is_empty() {
        return "nothing is paused".to_owned();
    }
    format!(
        "no pause of all integrations is on; paused by name: {}",
        by_name.join(", ")
    )
}

/// The integration that a name means; `None` for all of them.
fn paused_name(site: &Site, name: &str) -> Result<Option<String>> {
    if name == ALL {
        return Ok(None);
    }
    match site.integration(name) {
        Ok(integration) => Ok(Some(integration.name.clone())),
        Err(unknown) => Err(OperationError::usage(format!(
            "{unknown}, and `all` means all of them"
        ))),
    }
}

impl From<Pause> for PauseEntry {
    fn from(pause: Pause) -> PauseEntry {
        PauseEntry {
            name: pause.name.unwrap_or_else(|| ALL.to_owned()),
            since: pause.since,
            until: pause.until,
            user: pause.user,
            why: pause.why,
        }
    }
}
