//! Which part of the page a person is at, as its address says it.

use crate::domain::Code;
use crate::operations::correction::RejectionFilter;
use crate::operations::explain;
use crate::web::failure::Failure;
use crate::web::fields::{Fields, query};
use serde::Deserialize;

/// Which rejected records are on the page.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct PagePlace {
    /// The code of whose group the records are.
    pub(super) code: Option<String>,
    /// Where the page begins.
    pub(super) after: Option<String>,
    /// The record that is shown with all its cells.
    pub(super) show: Option<u64>,
}

impl PagePlace {
    /// The place that a form of the page has with it.
    pub(super) fn of(fields: &Fields) -> PagePlace {
        PagePlace {
            code: fields.filled("code"),
            after: fields.filled("after"),
            show: fields.text("show").parse().ok(),
        }
    }

    /// The code that is asked for.
    ///
    /// # Errors
    /// There is no such code.
    pub(super) fn code(&self) -> Result<Option<Code>, Failure> {
        let asked = self.code.as_deref().filter(|text| !text.is_empty());
        let known = asked.map(|text| explain(text).map(|found| found.code));
        known
            .transpose()
            .map_err(|error| Failure::invalid(error.sentences().join(" ")))
    }

    /// As the operation takes it, with the group that is shown.
    pub(super) fn filter(&self, code: Option<Code>) -> RejectionFilter {
        RejectionFilter {
            code,
            open_only: true,
            after: self.after.clone().filter(|text| !text.is_empty()),
        }
    }

    /// The address of this place on the page of a run.
    pub(super) fn address(&self, reference: &str) -> String {
        let show = self.show.map(|record| record.to_string());
        let fields = [
            ("code", self.code.as_deref().unwrap_or_default()),
            ("after", self.after.as_deref().unwrap_or_default()),
            ("show", show.as_deref().unwrap_or_default()),
        ];
        format!("/runs/{reference}/correct{}", query(&fields))
    }
}

/// The address of a record's row on the page.
pub(super) fn at_row(address: &str, record: Option<u64>) -> String {
    match record {
        Some(record) => format!("{address}#r-{record}"),
        None => format!("{address}#records"),
    }
}
