//! The first day of an employee who left and came back.
//!
//! A sender that keeps one hire date sends the new one after a rehire, and the receiver needs the original one with it.
//! What was filled in once is filled into every later record that lacks it: else the next change of address would take it
//! away again.

use crate::matching::roster::Employee;

/// When an employee was first hired, as the roster keeps it. Dates are days from the Common Era.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FirstHired {
    /// The first day that is known, 0 if none is.
    pub day: i32,
    /// [`Employee::ORIGINAL`] and [`Employee::REHIRED`], as they apply.
    pub flags: u8,
    /// The original hire date to write where the record has none.
    pub filled: Option<i32>,
}

/// What follows from the roster, the two hire dates of an accepted record, and whether it brings back an employee who
/// left.
///
/// A date that the sender calls the original one counts as sent. Without one, a hire date corrects the last one, unless
/// the employee came back in between: then the earlier one stays.
pub(crate) fn first_hired(
    known: Option<&Employee>,
    original: Option<i32>,
    hired: Option<i32>,
    comes_back: bool,
) -> FirstHired {
    let flag = |flag: u8| known.map_or(0, |e| e.flags & flag);
    let rehired = match comes_back {
        true => Employee::REHIRED,
        false => flag(Employee::REHIRED),
    };
    if let Some(day) = original {
        return FirstHired {
            day,
            flags: rehired | Employee::ORIGINAL,
            filled: None,
        };
    }
    let stated = flag(Employee::ORIGINAL);
    let before = known.map(|e| e.hired).filter(|day| *day != 0);
    let (day, filled) = match (before, hired) {
        (Some(before), hired) if rehired != 0 => {
            let day = hired.map_or(before, |hired| hired.min(before));
            (Some(day), Some(day))
        }
        (Some(before), _) if stated != 0 => (Some(before), None),
        (before, hired) => (hired.or(before), None),
    };
    FirstHired {
        day: day.unwrap_or(0),
        flags: rehired | stated,
        filled,
    }
}

#[cfg(test)]
mod tests {
    use super::first_hired;
    use crate::matching::roster::Employee;
    use proptest::prelude::*;

    /// What a sender says: the hire date, the original one, and whether the employee is there.
    type Said = (i32, Option<i32>, bool);

    /// The records of one employee in order; what is written as original hire date for each.
    fn written(said: &[Said]) -> Vec<Option<i32>> {
        let mut known: Option<Employee> = None;
        let next = |(hired, original, there): &Said| {
            let before = known.as_ref();
            let comes_back = *there && before.is_some_and(|e| e.is(Employee::LEFT));
            let first = first_hired(before, *original, Some(*hired), comes_back);
            let left = if *there { 0 } else { Employee::LEFT };
            known = Some(Employee {
                hired: first.day,
                flags: first.flags | left,
                ..Employee::default()
            });
            original.or(first.filled)
        };
        said.iter().map(next).collect()
    }

    /// The same, looked up in the whole history for each record.
    fn expected(said: &[Said]) -> Vec<Option<i32>> {
        let back = (1..said.len()).find(|i| said[*i].2 && !said[i - 1].2);
        let filled = |i: usize| {
            let back = back.filter(|back| *back <= i)?;
            let stated = (0..i).rev().find_map(|j| Some((said[j].1?, j + 1)));
            let (first, from) = match stated {
                Some((stated, after)) => (stated, back.max(after)),
                None => (said[back - 1].0, back),
            };
            let hired = said[from..=i].iter().map(|s| s.0);
            Some(hired.fold(first, i32::min))
        };
        let of = |i: usize| said[i].1.or_else(|| filled(i));
        (0..said.len()).map(of).collect()
    }

    #[test]
    fn the_first_day_survives_whatever_comes_after_a_rehire() {
        let said = [
            (2010, None, true),
            (2010, None, false),
            (2018, None, true),
            (2018, None, true),
            (2018, None, false),
            (2024, None, true),
            (2024, None, true),
        ];
        let filled = Some(2010);
        assert_eq!(
            written(&said),
            [None, None, filled, filled, filled, filled, filled]
        );
    }

    #[test]
    fn a_corrected_hire_date_is_no_earlier_stay() {
        let said = [(2001, None, true), (2010, None, true), (2010, None, false)];
        assert_eq!(written(&said), [None; 3]);
        let back = [&said[..], &[(2018, None, true)]].concat();
        assert_eq!(written(&back).last(), Some(&Some(2010)));
    }

    #[test]
    fn what_the_sender_states_is_written_as_sent_and_remembered() {
        let said = [
            (2010, Some(2005), true),
            (2010, None, true),
            (2010, None, false),
            (2018, None, true),
            (2018, Some(2018), true),
            (2018, None, true),
        ];
        let (stated, restated) = (Some(2005), Some(2018));
        assert_eq!(
            written(&said),
            [stated, None, None, stated, restated, restated]
        );
    }

    proptest! {
        #[test]
        fn says_what_the_history_says(
            said in proptest::collection::vec((2000i32..2030, proptest::option::weighted(0.2, 2000i32..2030), any::<bool>()), 0..12),
        ) {
            let out = written(&said);
            prop_assert_eq!(&out, &expected(&said));
            for (row, (hired, original, _)) in out.iter().zip(&said) {
                prop_assert!(original.is_none() || row == original, "a stated date is written as sent");
                prop_assert!(original.is_some() || row.is_none_or(|day| day <= *hired));
            }
        }
    }
}
