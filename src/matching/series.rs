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
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, in the bytes that would be padding"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeriesRow {
    pub(crate) series: u64,
    /// Effective date as days from the Common Era.
    pub(crate) effective: i32,
    /// Last day; see [`DeductionState::said`].
    pub(crate) ends: i32,
    /// Position of the deduction of its key, if one is `stored`.
    pub(crate) stored_at: u32,
    pub(crate) stored: bool,
    /// Its content is the stored one.
    pub(crate) same: bool,
    /// Its content is the stored one but for the last day.
    pub(crate) same_body: bool,
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
    /// Last day of its deduction.
    pub(crate) last: i32,
    /// The receiver was told that it is stopped then.
    pub(crate) stopped: bool,
    /// The last day is that before a later rate, which the record doesn't say.
    pub(crate) superseded: bool,
}

/// A stored deduction whose last day becomes another by what records of others say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ended {
    pub(crate) position: u32,
    pub(crate) last: i32,
    pub(crate) stopped: bool,
    /// A later rate ends it.
    pub(crate) superseded: bool,
}

/// What records do to stored deductions that others are about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Effects {
    pub(crate) ended: Vec<Ended>,
}

impl Effects {
    pub(crate) fn append(&mut self, other: &mut Effects) {
        self.ended.append(&mut other.ended);
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

/// The records of one series, in the order of their effective dates, against each other and what is stored.
struct Series<'a> {
    rows: &'a [SeriesRow],
    /// For each record, what those behind it say of its last day.
    limits: Vec<Limits>,
    /// Stored deductions that were in force and have no record in the file, by effective date.
    others: BTreeMap<i32, (u32, &'a DeductionState)>,
    deductions: &'a Deductions,
    /// Last days that stored marks say, if the file has no record of these.
    marks: Vec<i32>,
    /// The date of the run, in days.
    today: i32,
}

/// What the later records of a file say of the last day of an earlier deduction.
#[derive(Clone, Copy)]
struct Limits {
    /// The day before the next rate.
    rate: i32,
    /// The earliest day by a stop that has its own effective date.
    stop: i32,
}

const NO_LIMITS: Limits = Limits {
    rate: DeductionState::OPEN,
    stop: DeductionState::OPEN,
};

impl<'a> Series<'a> {
    /// `None` where more than `most` are stored.
    fn new(
        rows: &'a [SeriesRow],
        deductions: &'a Deductions,
        today: i32,
        most: usize,
    ) -> Option<Series<'a>> {
        let series = rows.first().map_or(0, |row| row.series);
        let mut others = BTreeMap::new();
        let mut marks = Vec::new();
        for position in deductions.of_series(series, most)? {
            let state = deductions.at(position);
            let has_row = rows.binary_search_by_key(&state.effective, |row| row.effective);
            match (has_row, state.is(DeductionState::MARK)) {
                (Err(_), true) => marks.push(state.ends),
                (Err(_), false) => {
                    let position = u32::try_from(position).expect("numbered with 32 bits");
                    others.insert(state.effective, (position, state));
                }
                _ => {}
            }
        }
        let mut series = Series {
            rows,
            limits: Vec::new(),
            others,
            deductions,
            marks,
            today,
        };
        let mut behind = NO_LIMITS;
        let mut limits: Vec<Limits> = Vec::with_capacity(rows.len());
        for row in rows.iter().rev() {
            limits.push(behind);
            if row.statement == Statement::InForce {
                behind.rate = row.effective - 1;
            } else if series.is_mark(row) {
                behind.stop = behind.stop.min(row.ends);
            }
        }
        limits.reverse();
        series.limits = limits;
        Some(series)
    }

    /// The stored deduction of a record that was in force.
    fn before(&self, row: &SeriesRow) -> Option<&'a DeductionState> {
        let deductions = self.deductions;
        let state = row.stored.then(|| deductions.at(row.stored_at as usize));
        state.filter(|state| !state.is(DeductionState::MARK))
    }

    /// Whether a stop has no deduction of its own effective date, so that it ends those before it.
    fn is_mark(&self, row: &SeriesRow) -> bool {
        row.statement != Statement::InForce && self.before(row).is_none()
    }

    /// What the file's records behind a day say.
    fn limits_behind(&self, day: i32) -> Limits {
        let next = self.rows.partition_point(|row| row.effective <= day);
        let Some(row) = self.rows.get(next) else {
            return NO_LIMITS;
        };
        let mut limits = self.limits[next];
        if row.statement == Statement::InForce {
            limits.rate = row.effective - 1;
        } else if self.is_mark(row) {
            limits.stop = limits.stop.min(row.ends);
        }
        limits
    }

    /// The day before the next stored rate that has no record. One that was stopped ends only what it had ended before.
    fn next_stored_rate(&self, row: &SeriesRow) -> i32 {
        let before = self.before(row);
        let ends = |(_, (_, state)): &(&i32, &(u32, &DeductionState))| {
            let was = before.is_some_and(|b| b.ends < state.effective);
            let stopped = state.is(DeductionState::STOPPED);
            state.ends >= state.effective && (!stopped || was)
        };
        let next = self.others.range(row.effective + 1..).find(ends);
        next.map_or(DeductionState::OPEN, |(day, _)| day - 1)
    }

    /// Whether a deduction before this new one is in force on its effective date.
    fn follows_one_in_force(&self, index: usize) -> bool {
        let day = self.rows[index].effective;
        let last = |(day, (_, state)): (&i32, &(u32, &DeductionState))| {
            state.ends.min(self.limits_behind(*day).stop)
        };
        let mut stored = self.others.range(..day).rev().map(last);
        let in_file = |(row, limits): (&SeriesRow, &Limits)| {
            let in_force = row.statement == Statement::InForce;
            in_force && row.ends.min(limits.stop) >= day
        };
        let mut before = self.rows[..index].iter().zip(&self.limits);
        stored.any(|last| last >= day) || before.any(in_file)
    }

    fn in_force(&self, index: usize) -> Verdict {
        let row = &self.rows[index];
        let Limits { rate, stop } = self.limits[index];
        let rate = rate.min(self.next_stored_rate(row));
        let last = row.ends.min(rate).min(stop);
        let by_stop = last == stop && stop < row.ends.min(rate);
        let own_end = row.ends != DeductionState::OPEN && last == row.ends;
        let action = match self.before(row) {
            None if self.follows_one_in_force(index) => Some(Action::Change),
            None => Some(Action::Add),
            Some(b) if row.same_body && last == b.ends => None,
            // A stop may be put off until it has come.
            Some(b) if row.same_body && by_stop && b.ends.min(last) >= self.today => None,
            Some(b) if row.same_body && by_stop && last < b.ends => None,
            Some(b) if last > b.ends && !own_end => Some(Action::Add),
            Some(b) if last < b.ends && own_end => {
                let open = b.ends == DeductionState::OPEN && !b.is(DeductionState::STOPPED);
                Some(if open { Action::Stop } else { Action::Change })
            }
            Some(b) if last < b.ends && row.same_body => None,
            Some(_) => Some(Action::Change),
        };
        let still =
            |b: &DeductionState| b.is(DeductionState::STOPPED) && last <= b.ends.max(row.ends);
        let kept = action == Some(Action::Change)
            && last != DeductionState::OPEN
            && self.before(row).is_some_and(still);
        Verdict {
            action,
            unknown: false,
            last,
            stopped: by_stop || action == Some(Action::Stop) || kept,
            superseded: last == rate && rate < row.ends.min(stop),
        }
    }

    /// A stop or a waiver; `ends_something`: it is news for what it ends.
    fn stop(&self, row: &SeriesRow, ends_something: bool) -> Verdict {
        let action = match row.statement {
            Statement::Waive => Action::Waive,
            _ => Action::Stop,
        };
        let told = match self.before(row) {
            Some(before) => row.same && before.ends == row.ends,
            None => row.same && !ends_something,
        };
        let nothing = || {
            let in_force = |row: &SeriesRow| row.statement == Statement::InForce;
            self.others.is_empty() && !self.rows.iter().any(in_force)
        };
        Verdict {
            action: (!told).then_some(action),
            unknown: action == Action::Stop && !row.stored && nothing(),
            last: row.ends,
            stopped: true,
            superseded: false,
        }
    }

    /// What the file's records say of a stored deduction that has none.
    fn of_other(&self, position: u32, state: &DeductionState) -> Option<Ended> {
        let Limits { rate, stop } = self.limits_behind(state.effective);
        let earlier = rate.min(stop);
        let stopped = state.is(DeductionState::STOPPED);
        // A stop may be put off until it has come.
        let postponed = stopped
            && state.ends >= self.today
            && stop != DeductionState::OPEN
            && self.marks.contains(&state.ends);
        let last = match state.ends {
            ends if ends > earlier => earlier,
            ends if postponed && ends < stop => stop.min(rate),
            _ => return None,
        };
        Some(Ended {
            position,
            last,
            stopped: last == stop || stopped,
            superseded: last == rate && rate < stop,
        })
    }

    fn settle(&self) -> (Vec<Verdict>, Effects) {
        let mut effects = Effects::default();
        let others = self.others.values();
        effects
            .ended
            .extend(others.filter_map(|(position, state)| self.of_other(*position, state)));
        let mut verdicts: Vec<Verdict> = vec![Verdict::default(); self.rows.len()];
        // Last days by stops that are news for what they end.
        let mut news: HashSet<i32> = effects.ended.iter().map(|e| e.last).collect();
        for (index, row) in self.rows.iter().enumerate() {
            if row.statement != Statement::InForce {
                continue;
            }
            let verdict = self.in_force(index);
            let before = self.before(row).filter(|b| b.ends != verdict.last);
            if let (None, Some(_)) = (verdict.action, before) {
                effects.ended.push(Ended {
                    position: row.stored_at,
                    last: verdict.last,
                    stopped: verdict.stopped,
                    superseded: verdict.superseded,
                });
            }
            if verdict.action.is_some() || before.is_some() {
                news.insert(verdict.last);
            }
            verdicts[index] = verdict;
        }
        for (row, verdict) in self.rows.iter().zip(&mut verdicts) {
            if row.statement != Statement::InForce {
                *verdict = self.stop(row, news.contains(&row.ends));
            }
        }
        effects.ended.sort_unstable();
        (verdicts, effects)
    }
}

/// Settles a record that is alone in its series in the file. `None` where that has to be done for the whole series.
pub(crate) fn settle_one(
    row: SeriesRow,
    deductions: &Deductions,
    today: i32,
) -> Option<(Verdict, Effects)> {
    if !deductions.has_series(row.series) {
        let action = match row.statement {
            Statement::InForce => Action::Add,
            Statement::Stop => Action::Stop,
            Statement::Waive => Action::Waive,
        };
        let verdict = Verdict {
            action: Some(action),
            unknown: row.statement == Statement::Stop,
            last: row.ends,
            stopped: row.statement != Statement::InForce,
            superseded: false,
        };
        return Some((verdict, Effects::default()));
    }
    let (verdicts, effects) = Series::new(&[row], deductions, today, MOST)?.settle();
    Some((verdicts[0], effects))
}

impl SettledSeries {
    /// Settles the series of a file that have several records. `rows` may hold a key more than once.
    pub(crate) fn of(
        mut rows: Vec<SeriesRow>,
        deductions: &Deductions,
        today: i32,
    ) -> SettledSeries {
        let mut settled = SettledSeries::default();
        let places = || rows.iter().map(|row| (row.series, row.effective));
        let several: HashSet<u64> = shared(rows.len(), places).into_iter().collect();
        rows.retain(|row| row.unsettled || several.contains(&row.series));
        rows.sort_unstable_by_key(|row| (row.series, row.effective));
        rows.dedup_by_key(|row| (row.series, row.effective));
        for series in rows.chunk_by(|a, b| a.series == b.series) {
            settled.add(series, deductions, today);
        }
        settled
    }

    fn add(&mut self, rows: &[SeriesRow], deductions: &Deductions, today: i32) {
        let alone = match rows.len() {
            ..=MOST => each_alone(rows, deductions, today),
            _ => None,
        };
        let Some(series) = Series::new(rows, deductions, today, usize::MAX) else {
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
fn each_alone(
    rows: &[SeriesRow],
    deductions: &Deductions,
    today: i32,
) -> Option<(Vec<Verdict>, Effects)> {
    let (mut verdicts, mut effects) = (Vec::new(), Effects::default());
    for row in rows {
        let (verdict, mut of_one) = settle_one(*row, deductions, today)?;
        verdicts.push(verdict);
        effects.append(&mut of_one);
    }
    effects.ended.sort_unstable();
    Some((verdicts, effects))
}

#[cfg(test)]
mod tests;
