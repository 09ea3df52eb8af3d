//! Deductions that follow each other: those of one subscriber, employer and code, and of what else the integration's key
//! names. A new rate ends the one before it, a stop ends what is in force, and what was stopped may come back.
//!
//! What a record means depends on the others of its series, those of the ledger and those of its file. Records that are
//! alone in their file are judged one by one; the others are settled together once all of them are known.

use super::deductions::{DeductionState, Deductions, key};
use super::shared_identities::shared;
use crate::domain::Action;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Stored deductions of one series with which a record is compared while its file is read. Where there are more, all of
/// the file's records of the series are settled at once, so that long series don't cost the square of their length.
const MOST: usize = 1_000;

/// What a record says of its deduction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// It is in force from its effective date on, until its end date if there is one.
    InForce,
    Stop,
    Waive,
}

/// A record without errors, as the others of its series see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeriesRow {
    pub(crate) series: u64,
    /// Effective date as days from the Common Era.
    pub(crate) effective: i32,
    /// Last day; see [`DeductionState::ends`].
    pub(crate) ends: i32,
    /// Position of the deduction of its key, if one is `stored`.
    pub(crate) stored_at: u32,
    pub(crate) stored: bool,
    /// Its content is the stored one.
    pub(crate) same: bool,
    pub(crate) statement: Statement,
    /// It was not settled alone: its series is long, or an earlier pass settled it with others.
    pub(crate) unsettled: bool,
}

/// What becomes of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// What happens to the receiver's data, if anything.
    pub(crate) action: Option<Action>,
    /// It stops what was never accepted.
    pub(crate) unknown: bool,
    /// Last day of its deduction, if a later record of the file newly ends it.
    pub(crate) ended: Option<i32>,
}

/// What records do to stored deductions that have no record in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    /// Positions of those that a new rate ends, each with its last day.
    pub(crate) ended: Vec<(u32, i32)>,
    /// Positions of [marks](DeductionState::MARK) that no longer hold.
    pub(crate) void: Vec<u32>,
}

impl Effects {
    pub(crate) fn append(&mut self, other: &mut Effects) {
        self.ended.append(&mut other.ended);
        self.void.append(&mut other.void);
    }
}

/// What the records of a file, or of a part of it, say of their series.
#[derive(Debug, Default)]
pub(crate) struct FileSeries {
    pub(crate) rows: Vec<SeriesRow>,
    pub(crate) effects: Effects,
    /// Subscribers with their codes, by hashes, of records of which nothing is stored; for full files.
    pub(crate) subjects: Vec<(u64, Option<u32>)>,
}

impl FileSeries {
    /// None so far, with the effects of what was settled before.
    pub(crate) fn of(settled: &SettledSeries) -> FileSeries {
        FileSeries {
            effects: settled.effects.clone(),
            ..FileSeries::default()
        }
    }

    pub(crate) fn append(&mut self, other: &mut FileSeries) {
        self.rows.append(&mut other.rows);
        self.effects.append(&mut other.effects);
        self.subjects.append(&mut other.subjects);
    }

    pub(crate) fn clear(&mut self) {
        self.rows.clear();
        self.subjects.clear();
        self.effects = Effects::default();
    }
}

/// What is known of the series with several records in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SettledSeries {
    /// By the hash of the key.
    verdicts: HashMap<u64, Verdict>,
    pub(crate) effects: Effects,
}

/// The deduction of one day in a series.
#[derive(Clone, Copy)]
struct Item {
    ends: i32,
    kind: ItemKind,
    /// The record that says it, else it is stored.
    row: Option<usize>,
    position: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ItemKind {
    InForce,
    /// It was in force and was stopped.
    Stopped,
    Mark,
}

impl ItemKind {
    fn of(state: &DeductionState) -> ItemKind {
        if state.is(DeductionState::MARK) {
            ItemKind::Mark
        } else if state.is(DeductionState::STOPPED) {
            ItemKind::Stopped
        } else {
            ItemKind::InForce
        }
    }
}

/// Last day of a deduction before an item of its series that comes later: a mark says it, another deduction begins after it.
fn last_day_before(kind: ItemKind, effective: i32, ends: i32) -> i32 {
    match kind {
        ItemKind::Mark => ends,
        _ => effective - 1,
    }
}

/// Last day of a stored deduction: it ends where the next of its series says so or begins.
pub(crate) fn last_day(deductions: &Deductions, state: &DeductionState) -> i32 {
    let others = deductions.of_series(state.series, usize::MAX);
    last_day_among(state, others.iter().flatten().map(|p| deductions.at(*p)))
}

/// Last day of a deduction among all of its series.
pub(crate) fn last_day_among<'a>(
    state: &DeductionState,
    series: impl Iterator<Item = &'a DeductionState>,
) -> i32 {
    let later = series.filter(|s| s.effective > state.effective && !s.is(DeductionState::VOID));
    let next = later.min_by_key(|s| s.effective);
    let before = next.map_or(DeductionState::OPEN, |next| {
        last_day_before(ItemKind::of(next), next.effective, next.ends)
    });
    state.ends.min(before)
}

/// The records of one series, in the order of their effective dates, against each other and what is stored.
struct Series<'a> {
    rows: &'a [SeriesRow],
    deductions: &'a Deductions,
    /// What is stored and holds, by effective date.
    stored: BTreeMap<i32, Item>,
    /// The same with the file's records.
    items: BTreeMap<i32, Item>,
    /// Effective date of the last stored mark that has no record.
    last_mark: i32,
}

impl<'a> Series<'a> {
    /// `None` where more than `most` are stored.
    fn new(rows: &'a [SeriesRow], deductions: &'a Deductions, most: usize) -> Option<Series<'a>> {
        let series = rows.first().map_or(0, |row| row.series);
        let positions = deductions.of_series(series, most)?;
        let stored: BTreeMap<i32, Item> = positions
            .iter()
            .map(|p| (*p, deductions.at(*p)))
            .filter(|(_, state)| !state.is(DeductionState::VOID))
            .map(|(position, state)| {
                let item = Item {
                    ends: state.ends,
                    kind: ItemKind::of(state),
                    row: None,
                    position: u32::try_from(position).expect("numbered with 32 bits"),
                };
                (state.effective, item)
            })
            .collect();
        let mut items = stored.clone();
        for (index, row) in rows.iter().enumerate() {
            let before = row.stored.then(|| deductions.at(row.stored_at as usize));
            let mark = before.is_none_or(|b| b.is(DeductionState::MARK));
            let stopped = row.same && before.is_some_and(|b| b.is(DeductionState::STOPPED));
            let kind = match row.statement {
                Statement::InForce if stopped && !mark => ItemKind::Stopped,
                Statement::InForce => ItemKind::InForce,
                _ if mark => ItemKind::Mark,
                _ => ItemKind::Stopped,
            };
            let item = Item {
                ends: row.ends,
                kind,
                row: Some(index),
                position: row.stored_at,
            };
            items.insert(row.effective, item);
        }
        let marks = items
            .iter()
            .filter(|(_, item)| item.kind == ItemKind::Mark && item.row.is_none());
        Some(Series {
            rows,
            deductions,
            last_mark: marks.map(|(day, _)| *day).max().unwrap_or(i32::MIN),
            stored,
            items,
        })
    }

    fn before(&self, row: &SeriesRow) -> Option<&'a DeductionState> {
        let deductions = self.deductions;
        row.stored.then(|| deductions.at(row.stored_at as usize))
    }

    fn action(&self, row: &SeriesRow) -> Option<Action> {
        let before = self.before(row);
        let stop = match row.statement {
            Statement::Stop => Some(Action::Stop),
            Statement::Waive => Some(Action::Waive),
            Statement::InForce => None,
        };
        if stop.is_some() {
            let holds = before.is_some_and(|b| !b.is(DeductionState::VOID));
            return stop.filter(|_| !(row.same && holds));
        }
        let marked = self.last_mark > row.effective;
        let Some(before) = before else {
            return Some(match self.items.range(..row.effective).next_back() {
                Some((day, earlier)) if self.is_open(*day, *earlier, row.effective) => {
                    Action::Change
                }
                _ => Action::Add,
            });
        };
        let stopped = before.is(DeductionState::STOPPED);
        let ends = row.ends != DeductionState::OPEN;
        if before.is(DeductionState::MARK) {
            Some(Action::Add)
        } else if row.same && !marked {
            None
        } else if marked || stopped && !ends {
            Some(Action::Add)
        } else if ends && !stopped && before.ends == DeductionState::OPEN {
            Some(Action::Stop)
        } else {
            Some(Action::Change)
        }
    }

    /// Whether an earlier deduction is in force on a day, and the receiver was not told that it is stopped.
    fn is_open(&self, effective: i32, earlier: Item, day: i32) -> bool {
        let told = earlier.row.is_none() && self.last_mark > effective;
        earlier.kind == ItemKind::InForce && earlier.ends >= day && !told
    }

    /// Last day of a deduction before the file.
    fn last_day_before_file(&self, effective: i32, item: Item) -> i32 {
        let Some(stored) = self.stored.get(&effective) else {
            return item.ends;
        };
        let next = self.stored.range(effective + 1..).next();
        let before = next.map_or(DeductionState::OPEN, |(day, next)| {
            last_day_before(next.kind, *day, next.ends)
        });
        stored.ends.min(before)
    }

    fn settle(mut self) -> (Vec<Verdict>, Effects) {
        let known = |item: &Item| item.kind != ItemKind::Mark;
        let known = self.items.values().any(known);
        let mut verdicts: Vec<Verdict> = Vec::with_capacity(self.rows.len());
        for row in self.rows {
            let action = self.action(row);
            let stops = row.statement == Statement::Stop && action.is_some();
            verdicts.push(Verdict {
                action,
                unknown: stops && !row.stored && !known,
                ended: None,
            });
        }
        let mut effects = Effects::default();
        let back = self.rows.iter().zip(&verdicts).find(|(row, verdict)| {
            let in_force = row.statement == Statement::InForce;
            in_force && verdict.action.is_some() && self.last_mark > row.effective
        });
        if let Some((row, _)) = back {
            self.items.retain(|day, item| {
                let void =
                    *day > row.effective && item.kind == ItemKind::Mark && item.row.is_none();
                effects.void.extend(void.then_some(item.position));
                !void
            });
        }
        let later = self.items.iter().skip(1);
        for ((day, earlier), (next, later)) in self.items.iter().zip(later) {
            let said = |item: &Item| item.row.is_some_and(|row| verdicts[row].action.is_some());
            let in_force = [earlier, later].map(|item| item.kind) == [ItemKind::InForce; 2];
            let end = next - 1;
            let before = match said(earlier) {
                // The receiver takes it as it is said now.
                true => earlier.ends,
                false if said(later) => self.last_day_before_file(*day, *earlier),
                false => continue,
            };
            if in_force && before > end {
                match earlier.row {
                    Some(row) => verdicts[row].ended = Some(end),
                    None => effects.ended.push((earlier.position, end)),
                }
            }
        }
        (verdicts, effects)
    }
}

/// Settles a record that is alone in its series in the file. `None` where that has to be done for the whole series.
pub(crate) fn settle_one(row: SeriesRow, deductions: &Deductions) -> Option<(Verdict, Effects)> {
    if !deductions.has_series(row.series) {
        let action = match row.statement {
            Statement::InForce => Action::Add,
            Statement::Stop => Action::Stop,
            Statement::Waive => Action::Waive,
        };
        let verdict = Verdict {
            action: Some(action),
            unknown: row.statement == Statement::Stop,
            ended: None,
        };
        return Some((verdict, Effects::default()));
    }
    let (verdicts, effects) = Series::new(&[row], deductions, MOST)?.settle();
    Some((verdicts[0], effects))
}

impl SettledSeries {
    /// Settles the series of a file that have several records. `rows` may hold a key more than once.
    pub(crate) fn of(mut rows: Vec<SeriesRow>, deductions: &Deductions) -> SettledSeries {
        let mut settled = SettledSeries::default();
        let places = || rows.iter().map(|row| (row.series, row.effective));
        let several: HashSet<u64> = shared(rows.len(), places).into_iter().collect();
        rows.retain(|row| row.unsettled || several.contains(&row.series));
        rows.sort_unstable_by_key(|row| (row.series, row.effective));
        rows.dedup_by_key(|row| (row.series, row.effective));
        for series in rows.chunk_by(|a, b| a.series == b.series) {
            settled.add(series, deductions);
        }
        settled
    }

    fn add(&mut self, rows: &[SeriesRow], deductions: &Deductions) {
        let alone = match rows.len() {
            ..=MOST => each_alone(rows, deductions),
            _ => None,
        };
        let Some(series) = Series::new(rows, deductions, usize::MAX) else {
            return;
        };
        let (verdicts, mut effects) = series.settle();
        // Where each says the same alone, nothing has to be remembered, and the file is not read again.
        if alone.is_none_or(|alone| alone != (verdicts.clone(), effects.clone())) {
            let keys = rows.iter().map(|row| key(row.series, row.effective));
            self.verdicts.extend(keys.zip(verdicts));
            self.effects.append(&mut effects);
        }
    }

    /// The verdict on a record, if it is settled together with others.
    pub(crate) fn verdict(&self, key: u64) -> Option<Verdict> {
        self.verdicts.get(&key).copied()
    }
}

/// What becomes of records if each of them is alone. `None` where that isn't asked.
fn each_alone(rows: &[SeriesRow], deductions: &Deductions) -> Option<(Vec<Verdict>, Effects)> {
    let (mut verdicts, mut effects) = (Vec::new(), Effects::default());
    for row in rows {
        let (verdict, mut of_one) = settle_one(*row, deductions)?;
        verdicts.push(verdict);
        effects.append(&mut of_one);
    }
    Some((verdicts, effects))
}

#[cfg(test)]
mod tests;
