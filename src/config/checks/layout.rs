//! Fixed width or delimited: keys of the one mean nothing to the other.

use crate::config::model::{Control, Delimiter, Integration, Place};
use crate::config::paper::Paper;

pub(super) fn check(integration: &Integration, paper: &mut Paper) {
    let path = format!("integration.{}", integration.name);
    let fixed = integration.fixed_width.is_some();
    if let Some(placed) = &integration.fixed_width {
        if !integration.columns.is_empty() {
            paper.disagree(
                &format!("{path}.columns"),
                "names headers, but fixed-width files have none",
                "leave it out: fixed_width says where the columns stand",
            );
        }
        if integration.format.delimiter != Delimiter::Auto {
            paper.disagree(
                &format!("{path}.format.delimiter"),
                "means nothing in fixed-width files",
                "leave it out",
            );
        }
        let missing: Vec<&str> = integration
            .kind
            .columns()
            .iter()
            .filter(|c| c.required && !placed.iter().any(|(name, _)| name == c.name))
            .map(|c| c.name)
            .collect();
        if !missing.is_empty() && paper.is_sound(&format!("{path}.kind")) {
            paper.disagree(
                &format!("{path}.fixed_width"),
                format!("lacks required columns: {}", missing.join(", ")),
                "say where they stand, such as ssn = { start = 1, length = 9 }",
            );
        }
    }
    let format = &integration.format;
    for (name, control) in [("header", &format.header), ("trailer", &format.trailer)] {
        if let Some(control) = control {
            places(control, fixed, &format!("{path}.format.{name}"), paper);
        }
    }
}

fn places(control: &Control, fixed: bool, path: &str, paper: &mut Paper) {
    let all = [
        ("count", control.count),
        ("employee_amount", control.employee_amount),
        ("employer_amount", control.employer_amount),
    ];
    for (name, place) in all {
        let path = format!("{path}.{name}");
        match place {
            Some(Place::Field(_)) if fixed => paper.disagree(
                &path,
                "is a field number, but the files are fixed width",
                "write { start = 1, length = 10 }",
            ),
            Some(Place::Span(_)) if !fixed => paper.disagree(
                &path,
                "is a stretch of characters, but the files are delimited",
                "write the number of the field, from 1",
            ),
            _ => {}
        }
    }
}
