//! The columns that an integration adds to the key of its deductions.

use super::column_name::named;
use crate::config::diagnostics::{Diagnostics, shown};
use crate::config::model::Integration;
use crate::domain::column::Type;

/// They have to tell deductions apart, not to change in their time.
pub(super) fn check(integration: &Integration, diagnostics: &mut Diagnostics) {
    const KEY: [&str; 5] = [
        "subscriber_id",
        "ein",
        "deduction_code",
        "effective_date",
        "frequency",
    ];
    const PERSON: [&str; 6] = [
        "employee_number",
        "username",
        "ssn",
        "first_name",
        "last_name",
        "test_employee",
    ];
    const CHANGES: [&str; 5] = [
        "end_date",
        "action",
        "last_changed_at",
        "plan_year_start",
        "plan_year_end",
    ];
    let path = format!("integration.{}.key", integration.name);
    if !diagnostics.is_sound(&format!("integration.{}.kind", integration.name)) {
        return;
    }
    for name in &integration.key {
        named(diagnostics, &path, integration.kind, name, true);
        let column = integration.kind.column(name);
        let problem = if KEY.contains(&name.as_str()) {
            format!("{} belongs to the key already", shown(name))
        } else if PERSON.contains(&name.as_str()) {
            format!("{} says who, not which deduction", shown(name))
        } else if CHANGES.contains(&name.as_str())
            || column.is_some_and(|c| matches!(c.kind, Type::Amount))
        {
            format!(
                "{} may change while the deduction stays the same",
                shown(name)
            )
        } else if name.starts_with("custom.") && !integration.named_columns().contains(&name) {
            format!("{} is no column of the files", shown(name))
        } else {
            continue;
        };
        let hint = "name columns that tell deductions apart, such as \"plan_name\"; a custom one is given under columns first";
        diagnostics.disagree(&path, problem, hint);
    }
}
