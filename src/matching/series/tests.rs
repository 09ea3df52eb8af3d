use super::{Effects, Ended, SeriesRow, SettledSeries, Statement, Verdict, settle_one};
use crate::domain::Action;
use crate::matching::deductions::{DeductionState, Deductions, key};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SERIES: u64 = 7;
const OPEN: i32 = DeductionState::OPEN;
/// Before the days of these tests.
const TODAY: i32 = 0;
const STOPPED: u8 = DeductionState::STOPPED;

/// A deduction of the series, open from its effective date on.
fn open(id: u32, effective: i32) -> DeductionState {
    DeductionState {
        id,
        series: SERIES,
        content: 1,
        effective,
        said: OPEN,
        ends: OPEN,
        ..DeductionState::default()
    }
}

/// One that was stopped on a day, by its own end date or by another record.
fn stopped(id: u32, effective: i32, said: i32, ends: i32) -> DeductionState {
    DeductionState {
        said,
        ends,
        flags: STOPPED,
        ..open(id, effective)
    }
}

/// A stop of its own key, which ends the deduction before it.
fn mark(id: u32, effective: i32) -> DeductionState {
    DeductionState {
        ends: effective - 1,
        flags: STOPPED | DeductionState::MARK,
        ..open(id, effective)
    }
}

fn stored(states: &[DeductionState]) -> Deductions {
    let mut all = Deductions::new(0);
    for state in states {
        all.put(*state);
    }
    all
}

/// A record with other content than the stored one.
fn row(statement: Statement, effective: i32, deductions: &Deductions) -> SeriesRow {
    let found = deductions.find(key(SERIES, effective));
    SeriesRow {
        series: SERIES,
        effective,
        ends: match statement {
            Statement::InForce => OPEN,
            _ => effective - 1,
        },
        stored_at: found.map_or(0, |d| d.id - 1),
        stored: found.is_some(),
        same: false,
        same_body: false,
        statement,
        unsettled: false,
    }
}

fn same(row: SeriesRow) -> SeriesRow {
    SeriesRow {
        same: true,
        same_body: true,
        ..row
    }
}

/// A record of a deduction in force.
fn rate(effective: i32, deductions: &Deductions) -> SeriesRow {
    row(Statement::InForce, effective, deductions)
}

fn stop(effective: i32, deductions: &Deductions) -> SeriesRow {
    row(Statement::Stop, effective, deductions)
}

/// The actions of the records of a file.
type Actions = Vec<Option<Action>>;

/// The actions of a file, and the last days of others: position, last day, whether it was stopped.
fn judged(rows: &[SeriesRow], deductions: &Deductions) -> (Actions, Vec<(u32, i32, bool)>) {
    let settled = SettledSeries::of(rows.to_vec(), deductions, TODAY);
    let mut effects = settled.effects.clone();
    let mut actions = Vec::new();
    for row in rows {
        let verdict = settled.verdict(key(SERIES, row.effective));
        let verdict = verdict.unwrap_or_else(|| {
            let (verdict, mut of_one) =
                settle_one(*row, deductions, TODAY).expect("few are stored");
            effects.append(&mut of_one);
            verdict
        });
        actions.push(verdict.action);
    }
    effects.ended.sort_unstable();
    effects.ended.dedup();
    let ended = effects.ended.iter();
    let ended = ended.map(|e| (e.position, e.last, e.stopped));
    (actions, ended.collect())
}

const ADD: Option<Action> = Some(Action::Add);
const CHANGE: Option<Action> = Some(Action::Change);
const STOP: Option<Action> = Some(Action::Stop);

#[test]
fn a_new_rate_changes_what_is_in_force_and_ends_it_the_day_before() {
    let known = stored(&[open(1, 10)]);
    let ended = vec![(0, 19, false)];
    assert_eq!(judged(&[rate(20, &known)], &known), (vec![CHANGE], ended));
    // What comes late ends where the other begins.
    assert_eq!(judged(&[rate(5, &known)], &known), (vec![ADD], vec![]));
    let (verdict, _) = settle_one(rate(5, &known), &known, TODAY).expect("few are stored");
    assert!(verdict.superseded && verdict.last == 9);
    // Nothing is in force behind the end, whatever record said it; until then it is.
    for limited in [stopped(1, 10, 15, 15), stopped(1, 10, OPEN, 15)] {
        let known = stored(&[limited]);
        assert_eq!(judged(&[rate(20, &known)], &known), (vec![ADD], vec![]));
        let within = judged(&[rate(15, &known)], &known);
        assert_eq!(within, (vec![CHANGE], vec![(0, 14, true)]));
    }
}

#[test]
fn a_stop_on_a_later_day_ends_what_is_in_force() {
    let known = stored(&[open(1, 10)]);
    let ended = |day| vec![(0, day, true)];
    assert_eq!(judged(&[stop(20, &known)], &known), (vec![STOP], ended(19)));
    let after = stored(&[stopped(1, 10, OPEN, 19), mark(2, 20)]);
    let again = same(stop(20, &after));
    assert_eq!(judged(&[again], &after), (vec![None], vec![]));
    // Another day of the stop counts, earlier or later, and the first one again.
    for day in [15, 25] {
        let other = judged(&[stop(day, &after)], &after);
        assert_eq!(other, (vec![STOP], ended(day - 1)));
        let moved = stored(&[stopped(1, 10, OPEN, day - 1), mark(2, 20), mark(3, day)]);
        let back = judged(&[same(stop(20, &moved))], &moved);
        assert_eq!(back, (vec![STOP], ended(19)));
    }
    // It ends a rate or an amount of its file too, though it was said before.
    let both = judged(&[rate(15, &after), again], &after);
    assert_eq!(both.0, [CHANGE, STOP]);
    let both = judged(&[rate(10, &after), again], &after);
    assert_eq!(both, (vec![CHANGE, STOP], vec![]));
    // What has come can't be put off.
    let gone = SettledSeries::of(vec![stop(25, &after)], &after, 20);
    assert_eq!(gone.effects, Effects::default());
    let (_, effects) = settle_one(stop(25, &after), &after, 20).expect("few are stored");
    assert_eq!(effects, Effects::default());
    let none = stored(&[]);
    let (verdict, _) = settle_one(stop(20, &none), &none, TODAY).expect("none is stored");
    assert!(verdict.unknown && verdict.action == STOP);
    // A plan that was declined was never in force.
    let waived = row(Statement::Waive, 20, &none);
    let (verdict, _) = settle_one(waived, &none, TODAY).expect("none is stored");
    assert!(!verdict.unknown && verdict.action == Some(Action::Waive));
}

#[test]
fn what_was_stopped_comes_back_as_added() {
    let marked = stored(&[stopped(1, 10, OPEN, 19), mark(2, 20)]);
    assert_eq!(judged(&[rate(30, &marked)], &marked), (vec![ADD], vec![]));
    let again = same(rate(10, &marked));
    assert_eq!(judged(&[again], &marked), (vec![ADD], vec![]));
    assert_eq!(judged(&[rate(20, &marked)], &marked), (vec![ADD], vec![]));
    // With an earlier date too, and a rate behind it is a change.
    let back = judged(&[rate(5, &marked)], &marked);
    assert_eq!(back, (vec![ADD], vec![]));
    let (verdict, _) = settle_one(rate(5, &marked), &marked, TODAY).expect("few are stored");
    assert_eq!(verdict.last, OPEN);
    let both = judged(&[again, rate(30, &marked)], &marked);
    assert_eq!(both.0, [ADD, CHANGE]);
    let ended = stored(&[stopped(1, 10, 15, 15)]);
    assert_eq!(judged(&[rate(10, &ended)], &ended), (vec![ADD], vec![]));
    // Another end date is no return, and the day that is known already is nothing new.
    let until = |last| SeriesRow {
        ends: last,
        ..rate(10, &ended)
    };
    assert_eq!(judged(&[until(17)], &ended).0, [CHANGE]);
    let known = SeriesRow {
        same_body: true,
        ends: 19,
        ..rate(10, &marked)
    };
    assert_eq!(judged(&[known], &marked), (vec![None], vec![]));
}

#[test]
fn older_rates_don_t_undo_what_later_ones_said() {
    let known = stored(&[
        DeductionState {
            ends: 19,
            ..open(1, 10)
        },
        stopped(2, 20, OPEN, 24),
        mark(3, 25),
    ]);
    let old = same(rate(10, &known));
    assert_eq!(judged(&[old], &known), (vec![None], vec![]));
    let with_end = SeriesRow {
        same: false,
        ends: 19,
        ..old
    };
    assert_eq!(judged(&[with_end], &known), (vec![None], vec![]));
    assert_eq!(judged(&[rate(10, &known)], &known), (vec![CHANGE], vec![]));
    // After that the series is still stopped.
    assert_eq!(judged(&[rate(40, &known)], &known), (vec![ADD], vec![]));
}

#[test]
fn records_of_one_file_are_settled_together_in_the_order_of_their_days() {
    let none = stored(&[]);
    let rows = [20, 10].map(|day| rate(day, &none));
    let settled = SettledSeries::of(rows.to_vec(), &none, TODAY);
    let first = settled.verdict(key(SERIES, 10)).expect("settled");
    assert_eq!(
        (first.action, first.last, first.superseded),
        (ADD, 19, true)
    );
    let second = settled.verdict(key(SERIES, 20)).expect("settled");
    assert_eq!((second.action, second.last), (CHANGE, OPEN));
    // A deduction and the stop behind it, as they were sent before.
    let known = stored(&[stopped(1, 10, OPEN, 19), mark(2, 20)]);
    let rows = [same(rate(10, &known)), same(stop(20, &known))];
    assert_eq!(judged(&rows, &known), (vec![None, None], vec![]));
    // The stop is moved beside what it ends.
    let rows = [same(rate(10, &known)), stop(15, &known)];
    assert_eq!(
        judged(&rows, &known),
        (vec![None, STOP], vec![(0, 14, true)])
    );
    // A wrong date is cancelled, and the right one added.
    let open_one = stored(&[open(1, 20)]);
    let rows = [rate(15, &open_one), stop(20, &open_one)];
    let settled = SettledSeries::of(rows.to_vec(), &open_one, TODAY);
    let added = settled.verdict(key(SERIES, 15));
    let added = added.unwrap_or_else(|| settle_one(rows[0], &open_one, TODAY).expect("few").0);
    assert_eq!((added.action, added.last), (ADD, OPEN));
    // Where nothing overlaps, each says the same alone.
    let apart = [(10, 19), (20, OPEN)].map(|(day, ends)| SeriesRow {
        ends,
        ..rate(day, &none)
    });
    let settled = SettledSeries::of(apart.to_vec(), &none, TODAY);
    assert_eq!(settled, SettledSeries::default());
}

#[test]
fn a_long_series_is_settled_at_once_and_its_records_say_the_same_in_every_pass() {
    let states: Vec<DeductionState> = (1..=1_200)
        .map(|id: u32| {
            let day = id.cast_signed() * 10;
            DeductionState {
                ends: if id == 1_200 { OPEN } else { day + 9 },
                ..open(id, day)
            }
        })
        .collect();
    let known = stored(&states);
    let new = rate(12_005, &known);
    assert_eq!(settle_one(new, &known, TODAY), None);
    let unsettled = SeriesRow {
        unsettled: true,
        ..new
    };
    for _ in 0..2 {
        let settled = SettledSeries::of(vec![unsettled], &known, TODAY);
        let verdict = settled.verdict(key(SERIES, 12_005)).expect("settled");
        assert_eq!(verdict.action, CHANGE);
        let ended = Ended {
            position: 1_199,
            last: 12_004,
            stopped: false,
            superseded: true,
        };
        assert_eq!(settled.effects, Effects { ended: vec![ended] });
    }
}

/// The deductions after a file whose records are all accepted.
fn after(before: &Deductions, rows: &[SeriesRow]) -> Deductions {
    let settled = SettledSeries::of(rows.to_vec(), before, TODAY);
    let mut states: BTreeMap<i32, DeductionState> = before
        .all()
        .iter()
        .map(|state| (state.effective, *state))
        .collect();
    let mut effects = settled.effects.clone();
    for row in rows {
        let verdict: Verdict = settled
            .verdict(key(SERIES, row.effective))
            .unwrap_or_else(|| {
                let (verdict, mut of_one) = settle_one(*row, before, TODAY).expect("few");
                effects.append(&mut of_one);
                verdict
            });
        if verdict.action.is_none() {
            continue;
        }
        let id = u32::try_from(states.len()).expect("few") + 1;
        let known = states.get(&row.effective).copied();
        let is_mark =
            known.is_none_or(|s| s.is(DeductionState::MARK)) && row.statement != Statement::InForce;
        let state = DeductionState {
            said: row.ends,
            ends: verdict.last,
            flags: (u8::from(verdict.stopped) * STOPPED)
                | (u8::from(is_mark) * DeductionState::MARK),
            ..open(known.map_or(id, |s| s.id), row.effective)
        };
        states.insert(row.effective, state);
    }
    for ended in effects.ended {
        let state = states.values_mut().find(|s| s.id == ended.position + 1);
        state.expect("stored").ends = ended.last;
    }
    stored(&states.into_values().collect::<Vec<_>>())
}

/// Last days by effective date.
fn last_days(deductions: &Deductions) -> BTreeMap<i32, i32> {
    let all = deductions.all().iter();
    all.filter(|s| !s.is(DeductionState::MARK))
        .map(|s| (s.effective, s.ends))
        .collect()
}

proptest! {
    /// Whether rates and stops come in one file or one by one in the order of their days, in the end the same is in force;
    /// no two are on the same day, and the file again says nothing new.
    #[test]
    fn one_file_or_many_end_the_same(days in prop::collection::btree_map(0i32..40, any::<bool>(), 1..6)) {
        let none = stored(&[]);
        let statement = |stops: bool| if stops { Statement::Stop } else { Statement::InForce };
        let rows: Vec<SeriesRow> = days.iter().map(|(day, stops)| row(statement(*stops), *day, &none)).collect();
        let at_once = after(&none, &rows);
        let mut in_turn = stored(&[]);
        for (day, stops) in &days {
            in_turn = after(&in_turn, &[row(statement(*stops), *day, &in_turn)]);
        }
        prop_assert_eq!(last_days(&at_once), last_days(&in_turn));
        let ends = last_days(&at_once);
        for ((_, end), (next, _)) in ends.iter().zip(ends.iter().skip(1)) {
            prop_assert!(end < next);
        }
        let again: Vec<SeriesRow> = days
            .iter()
            .map(|(day, stops)| same(row(statement(*stops), *day, &at_once)))
            .collect();
        let (actions, ended) = judged(&again, &at_once);
        prop_assert_eq!(actions, vec![None; days.len()]);
        prop_assert_eq!(ended, vec![]);
    }
}
