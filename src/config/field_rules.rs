//! From the configuration to the rules by which fields are read.

use super::model::{FixedColumn, IdentityRules, Integration};
use crate::format::amount::{AmountForm, AmountForms, Decimals};
use crate::validate::FieldRules;
use crate::validate::date::{DateForm, spreadsheet_forms};
use crate::validate::field::moment_forms;
use crate::validate::marked_dates::MarkedDates;
use crate::validate::placeholders::BlankWords;
use crate::validate::ssn::SsnRules;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// How the fields of an integration's files are read on a day.
pub(crate) fn field_rules(
    identity: &IdentityRules,
    integration: &Integration,
    today: NaiveDate,
) -> FieldRules {
    let cross = |(column, table): (&String, &BTreeMap<String, String>)| {
        let table = table.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        integration.kind.column(column).map(|c| (c.index, table))
    };
    let format = &integration.format;
    let pivoted = |form: &DateForm| form.clone().with_pivot(format.century_pivot);
    let dates: Vec<DateForm> = format.dates.iter().map(pivoted).collect();
    FieldRules {
        subscriber_id: identity.subscriber_id.pattern.clone(),
        username: identity.username.pattern.clone(),
        ssn: SsnRules {
            placeholders: identity.ssn.placeholders,
            itin: identity.ssn.itin,
            restore_leading_zeros: identity.ssn.restore_leading_zeros,
        },
        no_dates: MarkedDates::new(&format.no_dates, &dates),
        open_dates: MarkedDates::new(&format.open_dates, &dates),
        dates,
        edited_dates: Vec::new(),
        moments: moment_forms(),
        blanks: BlankWords::new(&format.blanks),
        today,
        eins: integration.eins.clone(),
        cross: integration.codes.iter().filter_map(cross).collect(),
        not_required: integration.not_required(),
        allow_negative: integration.allow_negative,
        dash_is_zero: format.dash_is_zero,
        amounts: amount_forms(integration),
    }
}

/// How they are read in corrections, which people edit in spreadsheets.
pub(crate) fn rules_of_corrections(rules: FieldRules, integration: &Integration) -> FieldRules {
    FieldRules {
        edited_dates: spreadsheet_forms(&rules.dates, integration.format.century_pivot),
        ..rules
    }
}

/// How the amounts of each column are written.
pub(crate) fn amount_forms(integration: &Integration) -> AmountForms {
    let format = &integration.format;
    let form = AmountForm {
        mark: format.decimal_mark,
        decimals: format.decimals.unwrap_or(Decimals::Explicit),
    };
    let own = |(name, column): &(String, FixedColumn)| {
        let index = integration.kind.column(name)?.index;
        Some((index, column.decimals?))
    };
    let placed = integration.fixed_width.iter().flatten();
    AmountForms::new(form, placed.filter_map(own).collect())
}
