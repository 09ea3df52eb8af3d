//! What has to hold between the keys that say how amounts are written.

use crate::config::amount_forms;
use crate::config::diagnostics::Diagnostics;
use crate::config::model::Integration;
use crate::domain::Kind;
use crate::domain::column::Type;
use crate::format::amount::Decimals;

pub(super) fn check(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    decimals(integration, path, diagnostics);
    decimal_mark(integration, path, diagnostics);
}

/// Where the decimals of amounts are must be known: a fixed-width file of deductions may show them or not, and either
/// reading of the other is wrong by a hundred times.
fn decimals(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let placed = integration.fixed_width.iter().flatten();
    let is_amount = |name: &str| match integration.kind.column(name) {
        Some(column) => Some(matches!(column.kind, Type::Amount)),
        None => name.starts_with("custom.").then_some(false),
    };
    let mut unsaid = Vec::new();
    for (name, column) in placed {
        match (is_amount(name), column.decimals) {
            (Some(true), None) => unsaid.push(name.as_str()),
            (Some(false), Some(_)) => diagnostics.disagree(
                &format!("{path}.fixed_width.{name}.decimals"),
                format!("means nothing: {name} is no amount"),
                "leave it out",
            ),
            _ => {}
        }
    }
    let key = format!("{path}.format.decimals");
    let said = integration.format.decimals.is_some() || !diagnostics.is_sound(&key);
    if integration.kind == Kind::Deduction && !unsaid.is_empty() && !said {
        diagnostics.disagree(
            &key,
            format!("is missing: where are the decimals of {}?", unsaid.join(", ")),
            "write decimals = \"implied\" if 00850 means 8.50, or decimals = \"explicit\" if the files write 8.50 with \
             a decimal mark",
        );
    }
}

/// A decimal mark where no amount has one: no column, and no total of a control record.
fn decimal_mark(integration: &Integration, path: &str, diagnostics: &mut Diagnostics) {
    let forms = amount_forms(integration);
    let placed = |name: &str| {
        let mut layout = integration.fixed_width.iter();
        layout.all(|columns| columns.iter().any(|(n, _)| n == name))
    };
    let columns = integration.kind.columns().iter();
    let marked = columns.filter(|c| matches!(c.kind, Type::Amount) && placed(c.name));
    let marked = marked.filter(|c| forms.of(c.index).decimals == Decimals::Explicit);
    let controls = [&integration.format.header, &integration.format.trailer];
    let totals = controls.into_iter().flatten();
    let mut totals = totals.map(|c| c.employee_amount.or(c.employer_amount));
    let key = format!("{path}.format.decimal_mark");
    if diagnostics.is_given(&key) && marked.count() == 0 && totals.all(|t| t.is_none()) {
        diagnostics.disagree(
            &key,
            "means nothing: the amounts of these files have no decimal mark",
            "leave it out, or write decimals = \"explicit\"",
        );
    }
}
