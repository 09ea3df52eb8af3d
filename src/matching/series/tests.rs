use super::{Effects, SeriesRow, SettledSeries, Statement, Verdict, last_day, settle_one};
use crate::domain::Action;
use crate::matching::deductions::{DeductionState, Deductions, key};
use proptest::prelude::*;
use std::collections::BTreeMap;

const SERIES: u64 = 7;
const OPEN: i32 = DeductionState::OPEN;

/// A deduction of the series, open from its effective date on.
fn open(id: u32, effective: i32) -> DeductionState {
    DeductionState {
        id,
        series: SERIES,
        content: 1,
        effective,
        ends: OPEN,
        ..DeductionState::default()
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
        statement,
        unsettled: false,
    }
}

fn alone(row: SeriesRow, deductions: &Deductions) -> (Option<Action>, bool, Effects) {
    let (verdict, effects) = settle_one(row, deductions).expect("few are stored");
    (verdict.action, verdict.unknown, effects)
}

fn ended(position: u32, day: i32) -> Effects {
    Effects {
        ended: vec![(position, day)],
        void: Vec::new(),
    }
}

fn void(position: u32) -> Effects {
    Effects {
        ended: Vec::new(),
        void: vec![position],
    }
}

/// A stop of its own key, which ends the deduction before it.
fn mark(id: u32, effective: i32) -> DeductionState {
    DeductionState {
        ends: effective - 1,
        flags: DeductionState::STOPPED | DeductionState::MARK,
        ..open(id, effective)
    }
}

#[test]
fn a_new_rate_changes_what_is_open_and_ends_it_the_day_before() {
    let known = stored(&[open(1, 10)]);
    let later = row(Statement::InForce, 20, &known);
    let change = (Some(Action::Change), false, ended(0, 19));
    assert_eq!(alone(later, &known), change);
    // Before it nothing was in force; what comes late ends where the other begins.
    let earlier = row(Statement::InForce, 5, &known);
    let add = (Some(Action::Add), false, Effects::default());
    assert_eq!(alone(earlier, &known), add);
    let (verdict, _) = settle_one(earlier, &known).expect("few are stored");
    assert_eq!(verdict.ended, Some(9));
    // Nor is anything after its end.
    let limited = stored(&[DeductionState {
        ends: 15,
        ..open(1, 10)
    }]);
    assert_eq!(alone(later, &limited), add);
    let within = row(Statement::InForce, 15, &limited);
    assert_eq!(
        alone(within, &limited),
        (Some(Action::Change), false, ended(0, 14))
    );
}

#[test]
fn a_stop_on_a_later_day_ends_what_is_open() {
    let known = stored(&[open(1, 10)]);
    let stop = row(Statement::Stop, 20, &known);
    let want = (Some(Action::Stop), false, Effects::default());
    assert_eq!(alone(stop, &known), want);
    let after = stored(&[open(1, 10), mark(2, 20)]);
    assert_eq!(last_day(&after, after.at(0)), 19);
    let same = SeriesRow {
        same: true,
        ..row(Statement::Stop, 20, &after)
    };
    assert_eq!(alone(same, &after), (None, false, Effects::default()));
    let unknown = alone(row(Statement::Stop, 20, &stored(&[])), &stored(&[]));
    assert_eq!(unknown, (Some(Action::Stop), true, Effects::default()));
    // A plan that was declined was never in force.
    let waived = alone(row(Statement::Waive, 20, &stored(&[])), &stored(&[]));
    assert_eq!(waived, (Some(Action::Waive), false, Effects::default()));
}

#[test]
fn what_was_stopped_comes_back_as_added() {
    let add = |effects| (Some(Action::Add), false, effects);
    // By a later record, by the same record again, and where the stop had its own key or the deduction's.
    let marked = stored(&[open(1, 10), mark(2, 20)]);
    let later = row(Statement::InForce, 30, &marked);
    assert_eq!(alone(later, &marked), add(Effects::default()));
    let again = SeriesRow {
        same: true,
        ..row(Statement::InForce, 10, &marked)
    };
    assert_eq!(alone(again, &marked), add(void(1)));
    let on_the_day = row(Statement::InForce, 20, &marked);
    assert_eq!(alone(on_the_day, &marked), add(Effects::default()));
    let stopped = stored(&[DeductionState {
        flags: DeductionState::STOPPED,
        ends: 15,
        ..open(1, 10)
    }]);
    let back = row(Statement::InForce, 10, &stopped);
    assert_eq!(alone(back, &stopped), add(Effects::default()));
    // Another end date is no return.
    let other_end = SeriesRow { ends: 17, ..back };
    let change = (Some(Action::Change), false, Effects::default());
    assert_eq!(alone(other_end, &stopped), change);
    // A mark that no longer holds ends nothing, and said again it is a stop again.
    let void = DeductionState {
        flags: DeductionState::STOPPED | DeductionState::MARK | DeductionState::VOID,
        ..mark(2, 20)
    };
    let returned = stored(&[open(1, 10), void]);
    assert_eq!(last_day(&returned, returned.at(0)), OPEN);
    let stop = SeriesRow {
        same: true,
        ..row(Statement::Stop, 20, &returned)
    };
    let want = (Some(Action::Stop), false, Effects::default());
    assert_eq!(alone(stop, &returned), want);
}

#[test]
fn records_of_one_file_are_settled_together_in_the_order_of_their_days() {
    let none = stored(&[]);
    let rows = [20, 10].map(|day| row(Statement::InForce, day, &none));
    let settled = SettledSeries::of(rows.to_vec(), &none);
    let add = Verdict {
        action: Some(Action::Add),
        unknown: false,
        ended: Some(19),
    };
    let change = Verdict {
        action: Some(Action::Change),
        ..Verdict::default()
    };
    assert_eq!(settled.verdict(key(SERIES, 10)), Some(add));
    assert_eq!(settled.verdict(key(SERIES, 20)), Some(change));
    // A deduction and the stop behind it, as they were sent before.
    let known = stored(&[open(1, 10), mark(2, 20)]);
    let same = |statement, day| SeriesRow {
        same: true,
        ..row(statement, day, &known)
    };
    let rows = vec![same(Statement::InForce, 10), same(Statement::Stop, 20)];
    let settled = SettledSeries::of(rows, &known);
    assert_eq!(settled.verdict(key(SERIES, 10)), Some(Verdict::default()));
    assert_eq!(settled.effects, Effects::default());
    // Where nothing overlaps, each says the same alone.
    let apart = [(10, 19), (20, OPEN)].map(|(day, ends)| SeriesRow {
        ends,
        ..row(Statement::InForce, day, &none)
    });
    assert_eq!(
        SettledSeries::of(apart.to_vec(), &none),
        SettledSeries::default()
    );
}

/// The deductions after a file whose records are all accepted.
fn after(before: &Deductions, rows: &[SeriesRow]) -> Deductions {
    let settled = SettledSeries::of(rows.to_vec(), before);
    let mut states: BTreeMap<i32, DeductionState> = before
        .all()
        .iter()
        .map(|state| (state.effective, *state))
        .collect();
    let mut effects = settled.effects.clone();
    for row in rows {
        let verdict = settled
            .verdict(key(SERIES, row.effective))
            .unwrap_or_else(|| {
                let (verdict, mut of_one) = settle_one(*row, before).expect("few");
                effects.append(&mut of_one);
                verdict
            });
        if verdict.action.is_none() {
            continue;
        }
        let id = u32::try_from(states.len()).expect("few") + 1;
        let known = states.get(&row.effective).copied();
        let mark = known.is_none_or(|s| s.is(DeductionState::MARK));
        let flags = match row.statement {
            Statement::InForce => 0,
            _ if mark => DeductionState::STOPPED | DeductionState::MARK,
            _ => DeductionState::STOPPED,
        };
        let state = DeductionState {
            ends: row.ends,
            flags,
            ..open(known.map_or(id, |s| s.id), row.effective)
        };
        states.insert(row.effective, state);
    }
    for position in effects.void {
        let state = states
            .values_mut()
            .find(|s| s.id == position + 1)
            .expect("stored");
        state.flags |= DeductionState::VOID;
    }
    stored(&states.into_values().collect::<Vec<_>>())
}

/// Last days by effective date.
fn last_days(deductions: &Deductions) -> BTreeMap<i32, i32> {
    let in_force = |s: &&DeductionState| s.flags == 0;
    deductions
        .all()
        .iter()
        .filter(in_force)
        .map(|s| (s.effective, last_day(deductions, s)))
        .collect()
}

proptest! {
    /// Whether rates and stops come in one file or one by one in the order of their days, in the end the same is in force;
    /// and no two are on the same day.
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
        // The same file again says nothing new.
        let same: Vec<SeriesRow> = days
            .iter()
            .map(|(day, stops)| SeriesRow { same: true, ..row(statement(*stops), *day, &at_once) })
            .collect();
        let again = SettledSeries::of(same.clone(), &at_once);
        for row in same {
            let verdict = again.verdict(key(SERIES, row.effective));
            let verdict = verdict.unwrap_or_else(|| settle_one(row, &at_once).expect("few").0);
            prop_assert_eq!(verdict.action, None);
        }
        prop_assert_eq!(again.effects, Effects::default());
    }
}

#[test]
fn a_long_series_is_settled_at_once_and_its_records_say_the_same_in_every_pass() {
    let states: Vec<DeductionState> = (1..=1_200)
        .map(|id| open(id, id.cast_signed() * 10))
        .collect();
    let known = stored(&states);
    let new = row(Statement::InForce, 12_005, &known);
    assert_eq!(settle_one(new, &known), None);
    let unsettled = SeriesRow {
        unsettled: true,
        ..new
    };
    for _ in 0..2 {
        let settled = SettledSeries::of(vec![unsettled], &known);
        let verdict = settled.verdict(key(SERIES, 12_005)).expect("settled");
        assert_eq!(verdict.action, Some(Action::Change));
        assert_eq!(settled.effects, ended(1_199, 12_004));
    }
}
