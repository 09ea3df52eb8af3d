//! In which other forms the dates of a file may be written.

use super::quoted;
use crate::config::Integration;
use crate::validate::advice::{same_parts, with_pattern};
use crate::validate::date::{DateForm, SERIAL};
use crate::validate::notation::Notation;
use std::collections::BTreeMap;

/// So few values may be mistakes.
const FEW: u64 = 3;

/// Forms of the same parts in different orders. A date that several of them read tells nothing.
#[derive(Debug, Default)]
struct Family {
    /// How many dates are read by which of the forms, likeliest first.
    dates: BTreeMap<Vec<String>, u64>,
    /// How many dates would be usual ones by which form, of those that the integration doesn't read.
    usual: BTreeMap<String, u64>,
    unread: u64,
    /// Whether nearly all unread dates of some column are such dates, and most of its dates are unread.
    whole: bool,
}

/// What the sample says of a family.
enum Order {
    Known(String),
    /// For the sender to say, with the question.
    Asked(Vec<String>, String),
}

/// The list of date forms, if the file has dates in others than the integration has. Where the sample doesn't tell which
/// form is meant, it is a comment.
pub(super) fn keys(integration: &Integration, notations: &[Notation]) -> Vec<String> {
    let orders: Vec<Order> = families(notations).iter().map(Family::order).collect();
    if orders.is_empty() {
        return Vec::new();
    }
    // Forms that the sender doesn't use make dates ambiguous sooner or later.
    let used = |pattern: &&str| notations.iter().any(|n| n.forms.contains_key(*pattern));
    let own = integration.format.dates.iter().map(DateForm::pattern);
    let own: Vec<String> = own.filter(used).map(str::to_owned).collect();
    let mut lines = Vec::new();
    let mut choices = 0;
    for order in &orders {
        let Order::Asked(patterns, question) = order else {
            continue;
        };
        choices = choices.max(patterns.len());
        lines.push(question.clone());
    }
    let list = |choice: usize| {
        let chosen = orders.iter().filter_map(|order| match order {
            Order::Known(pattern) => Some(pattern),
            Order::Asked(patterns, _) => patterns.get(choice).or_else(|| patterns.last()),
        });
        let list = chosen.fold(own.clone(), |list, pattern| with_pattern(list, pattern));
        let list: Vec<String> = list.iter().map(|pattern| quoted(pattern)).collect();
        format!("dates = [{}]", list.join(", "))
    };
    match choices {
        0 => lines.push(list(0)),
        _ => lines.extend((0..choices).map(|choice| format!("# {}", list(choice)))),
    }
    lines
}

/// The families with dates that the integration doesn't read, unless it reads most dates of their columns.
fn families(notations: &[Notation]) -> Vec<Family> {
    let mut found: Vec<Family> = Vec::new();
    // Dates of other columns tell of the order too.
    let mut others: Vec<(Vec<String>, u64)> = Vec::new();
    for notation in notations.iter().filter(|n| n.unread > 0) {
        let most = notation.read >= notation.unread;
        let likely: u64 = notation.other_dates.values().sum();
        for (forms, dates) in &notation.other_dates {
            let patterns: Vec<String> = forms.iter().map(|f| f.pattern.to_owned()).collect();
            // Dates that this form reads too speak for no other.
            let neutral = |own: &Vec<String>| patterns.iter().any(|p| own.contains(p));
            if most && !notation.own_dates.keys().all(neutral) {
                others.push((patterns, *dates));
                continue;
            }
            let known = found.iter().position(|family| family.has(&patterns));
            let place = known.unwrap_or_else(|| {
                found.push(Family::default());
                found.len() - 1
            });
            let family = &mut found[place];
            family.unread += dates;
            family.whole |= !most && likely * 10 >= notation.unread * 9;
            for form in forms.iter().filter(|f| f.usual) {
                *family.usual.entry(form.pattern.to_owned()).or_default() += dates;
            }
            *family.dates.entry(patterns).or_default() += dates;
        }
    }
    let own = notations.iter().flat_map(|n| n.own_dates.clone());
    for (patterns, dates) in own.chain(others) {
        if let Some(family) = found.iter_mut().find(|family| family.has(&patterns)) {
            *family.dates.entry(patterns).or_default() += dates;
        }
    }
    found
}

impl Family {
    fn has(&self, patterns: &[String]) -> bool {
        let first = self.dates.keys().flatten().next();
        let first = first.zip(patterns.first());
        first.is_some_and(|(own, other)| same_parts(own, other))
    }

    /// All forms, likelier ones first.
    fn patterns(&self) -> Vec<&String> {
        let mut sets: Vec<&Vec<String>> = self.dates.keys().collect();
        sets.sort_by_key(|set| std::cmp::Reverse(set.len()));
        let mut all: Vec<&String> = Vec::new();
        for pattern in sets.into_iter().flatten() {
            if !all.contains(&pattern) {
                all.push(pattern);
            }
        }
        all
    }

    fn order(&self) -> Order {
        let all = self.patterns();
        let owned = |some: &[&String]| some.iter().map(|p| (*p).clone()).collect::<Vec<String>>();
        let reads_all = |p: &&&String| self.dates.keys().all(|set| set.contains(**p));
        let mut reading: Vec<&String> = all.iter().filter(reads_all).copied().collect();
        let usual = |p: &String| self.usual.get(p).copied().unwrap_or(0);
        // Five digits are either the number of a day or a year and a day of it.
        if all.iter().any(|p| *p == SERIAL) && all.len() > 1 {
            let all_usual = |p: &&&String| usual(p) == self.unread;
            let likely: Vec<&String> = reading.iter().filter(all_usual).copied().collect();
            let rest = reading.iter().filter(|p| !likely.contains(p));
            let none = rest.map(|p| usual(p)).sum::<u64>() == 0;
            reading = match (&likely[..], &reading[..]) {
                ([_], _) if none && (reading.len() == 1 || self.unread >= FEW) => likely,
                ([], [only]) if usual(only) * 2 <= self.unread => all.clone(),
                _ => reading,
            };
        }
        match reading[..] {
            [only] if self.whole => Order::Known(only.clone()),
            [only] if all.len() > 1 => Order::Asked(owned(&[only]), asked(&all, "few dates tell")),
            [only] => Order::Asked(
                owned(&[only]),
                asked(&all, "it reads only some of the dates"),
            ),
            [] => Order::Asked(
                owned(&all),
                asked(&all, "each reads dates that others don't"),
            ),
            _ => Order::Asked(owned(&reading), asked(&reading, "the sample doesn't tell")),
        }
    }
}

fn asked(patterns: &[&String], why: &str) -> String {
    let patterns: Vec<String> = patterns.iter().map(|p| quoted(p)).collect();
    format!("# {}: {why}, so ask the sender.", patterns.join(" or "))
}
