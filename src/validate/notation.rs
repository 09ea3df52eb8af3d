//! In which forms the values of a column are written, for the person who sets up a sender. Only forms and counts leave
//! this module, no value.

use super::FieldRules;
use super::advice::{likely_dates, other_orders};
use super::date::DateForm;
use crate::domain::Code;
use crate::domain::column::{Column, Type};
use crate::format::amount::{self, AmountForm, Decimals, other_forms, read_telling};
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;

/// What the values of one column looked like.
#[derive(Debug, Default)]
pub(crate) struct Notation {
    /// Values that aren't blank.
    pub(crate) values: u64,
    /// How many values are written in which form: a pattern of a date, or words for an amount.
    pub(crate) forms: BTreeMap<String, u64>,
    /// Values that are a date or an amount in a form of the integration.
    pub(crate) read: u64,
    /// Values that no form of the integration reads.
    pub(crate) unread: u64,
    /// Of the unread dates, how many are dates in which other forms, likeliest first.
    pub(crate) other_dates: BTreeMap<Vec<LikelyForm>, u64>,
    /// Dates that the integration reads, or lists as no end, by the forms that read them: its own first, then others of
    /// the same parts in another order.
    pub(crate) own_dates: BTreeMap<Vec<String>, u64>,
    /// What other forms make of the amounts.
    pub(crate) other_amounts: Vec<(AmountForm, OtherAmounts)>,
    /// Unread amounts that are a dash.
    pub(crate) dashes: u64,
    /// The forms in which a pattern's parts stand in another order.
    orders: BTreeMap<String, Vec<&'static DateForm>>,
}

/// A form in which an unread value is a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LikelyForm {
    pub(crate) pattern: &'static str,
    /// Whether that date is one that feeds are full of.
    pub(crate) usual: bool,
}

/// What a form makes of the amounts of a column, compared with the form of the integration.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OtherAmounts {
    /// Amounts that only this form reads.
    pub(crate) gained: u64,
    /// Amounts that only this form reads; for the other one, too, they are numbers, but with too many decimals.
    pub(crate) doubtful: u64,
    /// Amounts that it reads differently, or not at all.
    pub(crate) harmed: u64,
}

impl Notation {
    /// Takes a value of a column, cleaned and not blank.
    pub(crate) fn take(&mut self, column: &Column, text: &[u8], rules: &FieldRules) {
        self.values += 1;
        match column.kind {
            Type::Date | Type::EndDate => self.date(column, text, &rules.dates, rules),
            Type::Timestamp => {
                let forms = [&rules.dates[..], &rules.moments].concat();
                self.date(column, text, &forms, rules);
            }
            Type::Amount => self.amount(text, rules.amounts.of(column.index), rules.dash_is_zero),
            _ => {}
        }
    }

    fn date(&mut self, column: &Column, text: &[u8], forms: &[DateForm], rules: &FieldRules) {
        let own = forms.iter().find(|f| f.read(text, rules.today).is_some());
        let likely = || likely_dates(text).into_iter();
        if let Some(form) = own {
            let pattern = form.pattern();
            *self.forms.entry(pattern.to_owned()).or_default() += 1;
            self.read += 1;
            let orders = self.orders.entry(pattern.to_owned());
            let orders = orders.or_insert_with(|| other_orders(pattern));
            let also = orders
                .iter()
                .filter(|f| f.read(text, NaiveDate::MAX).is_some());
            let all = std::iter::once(pattern).chain(also.map(|f| f.pattern()));
            let all = all.map(str::to_owned).collect();
            *self.own_dates.entry(all).or_default() += 1;
        } else if rules.is_no_date(text) || rules.open_dates.lists(text) {
            *self.forms.entry("no date".to_owned()).or_default() += 1;
            let all: Vec<String> = likely().map(|(pattern, _)| pattern.to_owned()).collect();
            if !all.is_empty() {
                *self.own_dates.entry(all).or_default() += 1;
            }
        } else {
            self.unread += 1;
            let birth = column.name == "birth_date";
            let usual = |day: NaiveDate| match birth {
                true => day <= rules.today,
                false => (1980..=2050).contains(&day.year()),
            };
            let likely = likely().map(|(pattern, day)| LikelyForm {
                pattern,
                usual: usual(day),
            });
            let likely: Vec<LikelyForm> = likely.collect();
            if !likely.is_empty() {
                *self.other_dates.entry(likely).or_default() += 1;
            }
        }
    }

    fn amount(&mut self, text: &[u8], form: AmountForm, dash_is_zero: bool) {
        let dash = amount::is_dash(text);
        let own = amount::read(text, form);
        if own.is_ok() || dash && dash_is_zero {
            let words = words(text, form, dash);
            *self.forms.entry(words.to_owned()).or_default() += 1;
            self.read += 1;
        } else {
            self.unread += 1;
            self.dashes += u64::from(dash);
        }
        if dash {
            return;
        }
        for other in other_forms(form) {
            let known = self.other_amounts.iter().position(|(f, _)| *f == other);
            let place = known.unwrap_or_else(|| {
                self.other_amounts.push((other, OtherAmounts::default()));
                self.other_amounts.len() - 1
            });
            let counts = &mut self.other_amounts[place].1;
            match own {
                Ok(cents) => counts.harmed += u64::from(amount::read(text, other) != Ok(cents)),
                Err(_) if read_telling(text, other).is_none() => {}
                Err(Code::AmountPrecision) => counts.doubtful += 1,
                Err(_) => counts.gained += 1,
            }
        }
    }
}

/// How a readable amount is written.
fn words(text: &[u8], form: AmountForm, dash: bool) -> &'static str {
    let digits = text.iter().all(u8::is_ascii_digit);
    match form.decimals {
        _ if dash => "a dash for zero",
        Decimals::Implied(_) if digits => "digits, the last ones decimals",
        Decimals::Implied(_) => "digits with a sign, the last ones decimals",
        Decimals::Explicit if digits => "whole dollars",
        Decimals::Explicit if text.contains(&form.mark) => "with decimals",
        Decimals::Explicit => "whole dollars with signs",
    }
}
