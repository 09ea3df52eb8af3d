//! Selection: which records a run is about. It comes before validation and reads only the fields it needs, so an invalid
//! record of a test employee is skipped and not an error.

use crate::domain::SkipReason;
use crate::domain::column::KindColumns;
use crate::format::clean::clean;
use crate::format::fields::MisplacedQuote;
use crate::format::{Fields, Layout};
use crate::matching::roster::Employee;
use crate::validate::date::Moment;
use crate::validate::field::{FieldRules, readable_moment};
use chrono::NaiveDateTime;
use std::collections::HashMap;

/// A threshold for change times, both as the site's clock shows it and as UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    pub local: NaiveDateTime,
    /// The same moment in UTC.
    pub utc: NaiveDateTime,
}

/// Rows that an integration takes, or leaves out, by what stands in one of the sender's columns.
#[derive(Debug)]
pub struct RowFilter {
    /// In lower case and without blanks around them.
    values: Vec<String>,
    /// Whether rows with one of these values are the only ones that are taken; else they are the ones that are left out.
    only: bool,
}

/// Which of the rows of one key counts, by what stands in one of the sender's columns.
#[derive(Debug)]
pub struct PrimaryRow {
    /// The preferred value first; in lower case and without blanks around them.
    prefer: Vec<String>,
}

impl PrimaryRow {
    /// With the preferred value first.
    pub fn new(prefer: &[String]) -> PrimaryRow {
        PrimaryRow {
            prefer: RowFilter::only(prefer).values,
        }
    }
}

/// Whether a cell holds a value that is in lower case.
fn holds(cell: &[u8], value: &str) -> bool {
    let other_letters = || {
        let text = str::from_utf8(cell);
        text.is_ok_and(|text| text.to_lowercase() == *value)
    };
    value.as_bytes().eq_ignore_ascii_case(cell) || !cell.is_ascii() && other_letters()
}

impl RowFilter {
    /// Takes only rows with one of these values.
    pub fn only(values: &[String]) -> RowFilter {
        RowFilter {
            values: values.iter().map(|v| v.trim().to_lowercase()).collect(),
            only: true,
        }
    }

    /// Leaves out rows with one of these values.
    pub fn skip(values: &[String]) -> RowFilter {
        RowFilter {
            only: false,
            ..RowFilter::only(values)
        }
    }

    /// Whether a row is left out by its cell. Where it is in `doubt` which cell that is, only a value that is listed
    /// leaves a row out.
    fn leaves_out(&self, cell: &[u8], doubt: bool) -> bool {
        let cell = clean(cell);
        let is = |value: &String| holds(cell, value);
        match (self.only, self.values.iter().any(is)) {
            (true, listed) => !listed && !doubt,
            (false, listed) => listed,
        }
    }
}

/// Which records a run selects.
#[derive(Debug, Default)]
pub struct Selection {
    /// By the columns of [`Layout::rows`], in their order.
    pub rows: Vec<RowFilter>,
    /// By the last column of [`Layout::rows`].
    pub primary: Option<PrimaryRow>,
    /// Person numbers of Include Employees with their place in the parameter; `None` takes everyone.
    pub include: Option<HashMap<Vec<u8>, usize>>,
    /// Employment statuses the integration takes; `None` takes all.
    pub statuses: Option<Vec<String>>,
    /// Delta with a look-back: records changed before this are left out, whatever they say.
    pub changed_since: Option<Since>,
    /// Deductions: records changed before this are left out.
    pub deductions_since: Option<Since>,
}

/// What the roster remembers of a test flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownTest {
    No,
    Yes,
    /// It is one unless the record itself says no.
    UntilDenied,
}

impl KnownTest {
    /// Of an employee whom the roster flags or not; a record of a kind that `fills_roster` can lift the flag.
    pub(crate) fn of(fills_roster: bool, flagged: bool) -> KnownTest {
        match (flagged, fills_roster) {
            (false, _) => KnownTest::No,
            (true, false) => KnownTest::Yes,
            (true, true) => KnownTest::UntilDenied,
        }
    }
}

/// What selection decided about a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selected {
    /// Why the record is skipped.
    pub skip: Option<SkipReason>,
    /// Place in Include Employees of the record's person number.
    pub included: Option<usize>,
}

/// What the roster knows of the person of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownPerson {
    pub test: KnownTest,
    /// A record of this employee was accepted before.
    pub sent: bool,
}

impl KnownPerson {
    /// A record of a kind that `fills_roster` can say that its person is no test employee.
    pub(crate) fn of(known: Option<&Employee>, fills_roster: bool) -> KnownPerson {
        let flagged = known.is_some_and(|e| e.is(Employee::TEST));
        KnownPerson {
            test: KnownTest::of(fills_roster, flagged),
            sent: known.is_some_and(|e| e.content != 0),
        }
    }
}

/// Whether an employment status says that a person is no longer an employee.
pub(crate) fn is_gone(status: &[u8]) -> bool {
    matches!(status, b"T" | b"R")
}

impl Selection {
    /// Whether a row is none of this integration's, before anything else of it is looked at. A row is `misshapen` if it
    /// has more values than there are columns or a misplaced quote; then only the value at its beginning is certainly
    /// that of its column, unless the quote is in it.
    #[inline]
    pub fn leaves_out(&self, layout: &Layout, fields: &Fields<'_>, misshapen: bool) -> bool {
        let mut filters = self.rows.iter().zip(&layout.rows);
        filters.any(|(filter, column)| {
            let cell = fields.get(usize::from(column.field));
            let misread = |q: MisplacedQuote| !q.is_behind(Some(column.field));
            let misread = cell.contains(&b'"') || fields.misplaced().is_some_and(misread);
            let doubt = misshapen && (!column.leads || misread);
            filter.leaves_out(cell, doubt)
        })
    }

    /// The place of a row among those of its key, 0 for the most preferred; the same for all where no row is preferred.
    pub fn rank(&self, layout: &Layout, fields: &Fields<'_>) -> u8 {
        let (Some(primary), Some(column)) = (&self.primary, layout.rows.last()) else {
            return 0;
        };
        let cell = clean(fields.get(usize::from(column.field)));
        let place = primary.prefer.iter().position(|value| holds(cell, value));
        u8::try_from(place.unwrap_or(primary.prefer.len())).unwrap_or(u8::MAX)
    }

    /// Whether the integration takes employees of this employment status.
    pub(crate) fn takes_status(&self, status: &[u8]) -> bool {
        let taken = |statuses: &Vec<String>| statuses.iter().any(|s| s.as_bytes() == status);
        self.statuses.as_ref().is_none_or(taken)
    }

    /// Decides about one record.
    pub fn judge<C: KindColumns>(
        &self,
        layout: &Layout,
        fields: &Fields<'_>,
        rules: &FieldRules,
        known: KnownPerson,
    ) -> Selected {
        let columns = C::SHARED;
        let cell = |column: C| rules.text(column.definition(), layout.get(fields, column));
        let any = |column: Option<C>| column.map_or(&b""[..], cell);
        let flag = |column: C| rules.flag(column.definition(), cell(column));
        let included = self.include.as_ref().and_then(|include| {
            let number = any(columns.employee_number);
            let person = if number.is_empty() {
                cell(columns.id)
            } else {
                number
            };
            include.get(person).copied()
        });
        let skip = |reason| Selected {
            skip: Some(reason),
            included,
        };
        let test = match known.test {
            KnownTest::No => columns.test_employee.and_then(flag) == Some(true),
            KnownTest::Yes => true,
            KnownTest::UntilDenied => columns.test_employee.and_then(flag) != Some(false),
        };
        if test {
            return skip(SkipReason::TestEmployee);
        }
        if C::EXCLUDED.and_then(flag) == Some(true) {
            return skip(SkipReason::Excluded);
        }
        if C::PRIMARY_EIN.and_then(flag) == Some(false) {
            return skip(SkipReason::NonPrimaryEin);
        }
        if self.include.is_some() && included.is_none() {
            return skip(SkipReason::NotIncluded);
        }
        if let Some(column) = C::STATUS.filter(|_| self.statuses.is_some()) {
            // The receiver has to hear that an employee is gone whom it was told of.
            let ends = |status: &[u8]| known.sent && is_gone(status);
            let status = rules.code(column.definition(), cell(column));
            if status.is_some_and(|s| !self.takes_status(s) && !ends(s)) {
                return skip(SkipReason::StatusFiltered);
            }
        }
        let changed = || readable_moment(rules, any(columns.last_changed_at));
        let before = |since: Since, moment: Moment| !moment.at_or_after(since.local, since.utc);
        if let Some(since) = self.changed_since
            && changed().is_some_and(|m| before(since, m))
        {
            return skip(SkipReason::OutsideLookback);
        }
        if C::HAS_START_DATE
            && let Some(since) = self.deductions_since
            && changed().is_some_and(|m| before(since, m))
        {
            return skip(SkipReason::BeforeDeductionStart);
        }
        Selected {
            skip: None,
            included,
        }
    }
}
