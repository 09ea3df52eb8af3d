//! In which other form the amounts of a file may be written.

use crate::config::Integration;
use crate::format::amount::{AmountForm, Decimals};
use crate::validate::notation::{Notation, OtherAmounts};

/// So few values may be mistakes.
const FEW: u64 = 3;

/// What the amounts say of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    /// Nearly all amounts that aren't read are in this form, and no other amount would change.
    Tells,
    /// The sender knows whether they are.
    Asks,
    Denies,
}

/// The keys for amounts that the integration doesn't read. What could turn amounts into others is a comment.
pub(super) fn keys(integration: &Integration, notations: &[Notation]) -> Vec<String> {
    let columns = integration.kind.columns().iter().zip(notations);
    let with_own = |name: &str| {
        let mut placed = integration.fixed_width.iter().flatten();
        placed.any(|(n, place)| n == name && place.decimals.is_some())
    };
    // Where a column has decimals of its own, those of the format mean nothing.
    let columns = columns.filter(|(column, _)| !with_own(column.name));
    let columns: Vec<&Notation> = columns.map(|(_, notation)| notation).collect();
    let mut found: Vec<(AmountForm, Sample)> = Vec::new();
    for (form, _) in columns.iter().flat_map(|n| &n.other_amounts) {
        let known = found.iter().any(|(f, _)| f == form);
        let sample = judged(*form, &columns);
        if !known && sample != Sample::Denies {
            found.push((*form, sample));
        }
    }
    let several = found.len() > 1;
    let mut lines: Vec<String> = found
        .iter()
        .flat_map(|(form, sample)| {
            let asks = several || *sample == Sample::Asks;
            let key = changed(*form, integration);
            commented(asks.then(|| question(*form)), key)
        })
        .collect();
    let dashes = |n: &&&Notation| n.dashes > 0;
    if notations.iter().any(|n| n.dashes > n.read) {
        lines.extend(commented(None, vec!["dash_is_zero = true".to_owned()]));
    } else if columns.iter().filter(dashes).any(|n| n.dashes >= FEW) {
        let question = "Does a dash mean 0.00? Ask the sender.";
        lines.extend(commented(
            Some(question.to_owned()),
            vec!["dash_is_zero = true".to_owned()],
        ));
    }
    lines
}

fn judged(form: AmountForm, columns: &[&Notation]) -> Sample {
    let of = |n: &Notation| -> OtherAmounts {
        let counts = n.other_amounts.iter().find(|(f, _)| *f == form);
        counts.map_or_else(OtherAmounts::default, |(_, counts)| *counts)
    };
    let (mut gained, mut doubtful, mut harmed) = (0, 0, 0);
    // Of the columns that have such amounts.
    let (mut read, mut unread) = (0, 0);
    for notation in columns {
        let counts = of(notation);
        harmed += counts.harmed;
        if counts.gained + counts.doubtful > 0 {
            gained += counts.gained;
            doubtful += counts.doubtful;
            read += notation.read;
            unread += notation.unread - notation.dashes;
        }
    }
    let all = gained + doubtful;
    let nearly = all > 0 && all * 10 >= unread * 9;
    let most = all > read;
    if nearly && most && harmed == 0 && gained * 10 >= all {
        Sample::Tells
    } else if nearly && (most || harmed == 0 && gained >= FEW) {
        Sample::Asks
    } else {
        Sample::Denies
    }
}

/// The keys in which a form differs from that of the integration.
fn changed(form: AmountForm, integration: &Integration) -> Vec<String> {
    let format = &integration.format;
    let decimals = format.decimals.unwrap_or(Decimals::Explicit);
    let mut keys = Vec::new();
    if form.mark != format.decimal_mark {
        keys.push(format!("decimal_mark = \"{}\"", char::from(form.mark)));
    }
    match (form.decimals, decimals) {
        (Decimals::Explicit, Decimals::Implied(_)) => {
            keys.push("decimals = \"explicit\"".to_owned());
        }
        (Decimals::Implied(_), Decimals::Explicit) => {
            keys.push("decimals = \"implied\"".to_owned());
        }
        _ => {}
    }
    keys
}

fn question(form: AmountForm) -> String {
    let written = match (form.decimals, form.mark) {
        (Decimals::Implied(_), _) => "without a mark, the last two digits decimals",
        (Decimals::Explicit, b',') => {
            "with a comma before decimals, and those without one in whole dollars"
        }
        (Decimals::Explicit, _) => {
            "with a point before decimals, and those without one in whole dollars"
        }
    };
    format!("Are all amounts written {written}? The sample doesn't tell, so ask the sender.")
}

/// Keys; a question makes them comments.
fn commented(question: Option<String>, keys: Vec<String>) -> Vec<String> {
    let Some(question) = question else {
        return keys;
    };
    let lines = std::iter::once(question).chain(keys);
    lines.map(|line| format!("# {line}")).collect()
}
