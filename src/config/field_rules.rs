//! From the configuration to the rules by which fields are read.

use super::model::{IdentityRules, Integration};
use crate::validate::FieldRules;
use crate::validate::field::moment_forms;
use crate::validate::marked_dates::MarkedDates;
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
    FieldRules {
        subscriber_id: identity.subscriber_id.clone(),
        username: identity.username.pattern.clone(),
        ssn: SsnRules {
            placeholders: identity.ssn.placeholders,
            itin: identity.ssn.itin,
            restore_leading_zeros: identity.ssn.restore_leading_zeros,
        },
        dates: integration.format.dates.clone(),
        moments: moment_forms(),
        no_dates: MarkedDates::new(&integration.format.no_dates, &integration.format.dates),
        open_dates: MarkedDates::new(&integration.format.open_dates, &integration.format.dates),
        today,
        eins: integration.eins.clone(),
        cross: integration.codes.iter().filter_map(cross).collect(),
        not_required: integration.not_required(),
        allow_negative: integration.allow_negative,
        dash_is_zero: integration.format.dash_is_zero,
    }
}
