//! What the values of a column of unknown meaning look like, for the person who sets up a sender. Only yes and no leave this
//! module, no value.

use super::FieldRules;
use super::advice::likely_dates;
use crate::domain::column::{Column, Type};
use crate::format::amount::{self, likely_form};
use crate::format::clean::clean_as;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// What the values of a file's column could be.
#[derive(Debug, Default)]
pub(crate) struct ValueShape {
    values: usize,
    ssns: usize,
    dates: usize,
    amounts: usize,
    ids: usize,
    usernames: usize,
    /// Hashes of the values, to tell how many there are.
    different: HashSet<u64>,
}

impl ValueShape {
    /// Takes a value as it stands in the file.
    pub(crate) fn take(&mut self, raw: &[u8], rules: &FieldRules) {
        let text = clean_as(Type::Username, raw);
        if text.is_empty() || rules.blanks.lists(text) {
            return;
        }
        let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
        let own_date = || {
            rules
                .dates
                .iter()
                .any(|f| f.read(text, rules.today).is_some())
        };
        let date =
            digits > 0 && (rules.is_no_date(text) || own_date() || !likely_dates(text).is_empty());
        let form = rules.amounts.form();
        let number = amount::read(text, form).is_ok() || likely_form(text, form).is_some();
        let dashed = || {
            text.iter()
                .all(|b| b.is_ascii_digit() || matches!(b, b'-' | b' '))
        };
        let ssn = digits == 9 && dashed();
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        self.different.insert(hasher.finish());
        self.values += 1;
        self.ssns += usize::from(ssn);
        self.dates += usize::from(date);
        self.amounts += usize::from(number && !ssn);
        self.ids += usize::from(digits > 0 && rules.subscriber_id.is_match(text));
        self.usernames += usize::from(!ssn && rules.username.is_match(text));
    }

    /// Whether the values could be those of a canonical column.
    pub(crate) fn fits(&self, column: &Column) -> bool {
        let mostly = |n: usize| self.values > 0 && n * 10 >= self.values * 9;
        let own = mostly(self.different.len()) && !mostly(self.dates);
        match column.kind {
            Type::Ssn => mostly(self.ssns),
            Type::Date | Type::EndDate | Type::Timestamp => mostly(self.dates),
            Type::Amount => mostly(self.amounts),
            Type::SubscriberId => mostly(self.ids) && own,
            Type::Username => mostly(self.usernames) && own,
            _ => self.values > 0 && !mostly(self.ssns) && !mostly(self.dates),
        }
    }
}
