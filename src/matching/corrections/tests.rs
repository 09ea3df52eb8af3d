use super::{Belongs, Correction, Corrections, Part, RejectedPlace, Trait};
use crate::matching::rejections::OpenRejection;

/// A trait; one that was in doubt has a negative hash.
fn kept(part: Part, hash: i32) -> Trait {
    Trait {
        part,
        doubted: hash < 0,
        hash: hash.unsigned_abs(),
    }
}

fn rejected(row: i64, key: Option<u64>, traits: &[(Part, i32)]) -> OpenRejection {
    OpenRejection {
        row,
        run: 7,
        record: row.unsigned_abs(),
        line: 0,
        key,
        traits: traits
            .iter()
            .map(|(part, hash)| kept(*part, *hash))
            .collect(),
    }
}

fn belongs(all: &[OpenRejection], key: u64, traits: &[(Part, i32)]) -> Belongs {
    let correction = Correction {
        key: Some(key),
        traits: traits
            .iter()
            .map(|(part, hash)| kept(*part, *hash))
            .collect(),
        ..Correction::default()
    };
    Corrections::new(Vec::new(), all.to_vec(), Vec::new()).belongs(&correction)
}

use Part::{Code, Effective, Name, Ssn, Subscriber, Username};

#[test]
fn the_key_tells_unless_everything_else_is_somebody_elses() {
    let ann = &[(Subscriber, 1), (Ssn, -11), (Username, 21), (Name, 31)];
    let bob = &[(Subscriber, 2), (Ssn, 12), (Username, 22), (Name, 32)];
    let all = [rejected(1, Some(1), ann), rejected(2, Some(2), bob)];
    let fixed = &[(Subscriber, 1), (Ssn, 19), (Username, 21), (Name, 39)];
    assert_eq!(belongs(&all, 1, fixed), Belongs::ByKey);
    let moved = &[(Subscriber, 1), (Ssn, 12), (Username, 22), (Name, 32)];
    let bobs = Some(RejectedPlace { run: 7, record: 2 });
    assert_eq!(belongs(&all, 1, moved), Belongs::No(bobs));
}

#[test]
fn a_right_id_stays() {
    let ann = &[(Subscriber, 1), (Ssn, -11), (Username, 21), (Name, 31)];
    let all = [rejected(1, Some(1), ann)];
    let other = &[(Subscriber, 5), (Ssn, 19), (Username, 21), (Name, 31)];
    let anns = Some(RejectedPlace { run: 7, record: 1 });
    assert_eq!(belongs(&all, 5, other), Belongs::No(anns));
    let stranger = &[(Subscriber, 5), (Ssn, 19), (Username, 29), (Name, 39)];
    assert_eq!(belongs(&all, 5, stranger), Belongs::No(None));
}

#[test]
fn of_an_id_in_doubt_most_else_has_to_be_the_same() {
    let unread = &[(Ssn, 11), (Username, 21), (Name, 31)];
    let doubted = &[(Subscriber, -2), (Ssn, -12), (Username, 22), (Name, 32)];
    let all = [rejected(1, None, unread), rejected(2, Some(2), doubted)];
    let is = |traits: &[(Part, i32)]| belongs(&all, 5, traits);
    let first = Belongs::ByTraits(vec![1]);
    assert_eq!(
        is(&[(Subscriber, 5), (Ssn, 11), (Username, 21), (Name, 39)]),
        first
    );
    let half = is(&[(Subscriber, 5), (Ssn, 11), (Username, 29), (Name, 39)]);
    assert_eq!(half, Belongs::No(None));
    let second = is(&[(Subscriber, 5), (Ssn, 12), (Username, 22), (Name, 32)]);
    assert_eq!(second, Belongs::ByTraits(vec![2]));
}

#[test]
fn of_a_deduction_only_the_part_in_doubt_changes() {
    let traits = &[(Subscriber, 1), (Code, 41), (Effective, -51), (Ssn, 11)];
    let other = &[(Subscriber, 1), (Code, 42), (Ssn, 11)];
    let all = [rejected(1, Some(100), traits), rejected(2, None, other)];
    let is = |code, effective| {
        let own = [
            (Subscriber, 1),
            (Code, code),
            (Effective, effective),
            (Ssn, 11),
        ];
        belongs(&all, 5, &own)
    };
    assert_eq!(is(41, 52), Belongs::ByTraits(vec![1]));
    assert_eq!(is(42, 52), Belongs::ByTraits(vec![2]));
    assert!(matches!(is(43, 51), Belongs::No(_)));
}

#[test]
fn cells_tell_where_fields_could_not_be_told_apart() {
    let cells: Vec<(Part, i32)> = (1..=6).map(|n| (Part::Cell, n)).collect();
    let corrections = Corrections::new(Vec::new(), vec![rejected(3, None, &cells)], Vec::new());
    let is = |cells: &[u32], person: &[u32]| {
        let correction = Correction {
            cells: cells.to_vec(),
            person_cells: person.to_vec(),
            ..Correction::default()
        };
        corrections.belongs(&correction)
    };
    assert_eq!(is(&[1, 2, 3, 9], &[1, 2]), Belongs::ByTraits(vec![3]));
    assert_eq!(is(&[1, 2, 8, 9, 10, 11], &[1, 2]), Belongs::No(None));
    assert_eq!(
        is(&[1, 4, 5, 6], &[1, 9]),
        Belongs::No(None),
        "another person's"
    );
}

#[test]
fn traits_are_read_as_they_were_stored() {
    let all = [
        kept(Part::Cell, 7),
        kept(Name, -1_000_000),
        kept(Part::Else, -1),
    ];
    let mut stored = Vec::new();
    for one in all {
        one.store(&mut stored);
    }
    assert_eq!(Trait::read(&stored).collect::<Vec<_>>(), all);
    stored[0] = 77;
    assert_eq!(Trait::read(&stored).collect::<Vec<_>>(), all[1..]);
}
