//! Quiet: no change between two looks.

use super::{FILE, SETTLE, Scene, names, set_modified};
use crate::domain::CompleteBy;
use crate::spool::{NotYet, Sign};
use std::fs::{self, OpenOptions};
use std::path::Path;
use std::time::Duration;

const WAITS: Result<(), NotYet> = Err(NotYet::Settling);

#[test]
fn two_looks_that_far_apart_and_no_sign_is_worth_one() {
    for mut scene in [
        Scene::new(CompleteBy::Quiet),
        Scene::unknowing(CompleteBy::Quiet),
        Scene::unknowing(CompleteBy::Auto),
    ] {
        scene.drop(FILE, "rows");
        scene.pass(1_000);
        assert_eq!(scene.look(Sign::Closed), WAITS);
        assert_eq!(scene.pass(SETTLE - 1).look(None), WAITS);
        assert_eq!(scene.pass(1).look(None), Ok(()));
        assert_eq!(scene.look(None), Ok(()));
    }
}

#[test]
fn the_next_look_is_told() {
    let mut scene = Scene::new(CompleteBy::Quiet);
    scene.drop(FILE, "rows");
    let after = |scene: &mut Scene| scene.all(&[], false).arriving[0].after;
    assert_eq!(after(&mut scene), Some(Duration::from_secs(SETTLE)));
    assert_eq!(after(scene.pass(3)), Some(Duration::from_secs(SETTLE - 3)));
    let _writer = scene.writer(FILE);
    assert_eq!(after(&mut scene), None);
}

#[test]
fn every_change_starts_the_wait_anew() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 7] = [
        ("growth", |p| fs::write(p, "rows and rows").expect("more")),
        ("truncation", |p| fs::write(p, "").expect("less")),
        ("other mtime", |p| set_modified(p, 77)),
        ("mtime of long ago", |p| set_modified(p, 1)),
        ("other inode", |p| {
            let other = p.with_file_name(".other");
            fs::write(&other, "ROWS").expect("other");
            set_modified(&other, 1_000);
            fs::rename(&other, p).expect("replaced");
        }),
        ("same size and mtime", |p| {
            fs::write(p, "ROWS").expect("rewritten");
            set_modified(p, 1_000);
        }),
        ("deleted and sent again", |p| {
            fs::remove_file(p).expect("deleted");
            fs::write(p, "ROWS!").expect("again");
        }),
    ];
    for (what, change) in changes {
        for whole in [false, true] {
            let mut scene = Scene::unknowing(CompleteBy::Quiet);
            scene.drop(FILE, "rows");
            set_modified(&scene.path(FILE), 1_000);
            assert_eq!(scene.look(None), WAITS);
            let before = if whole { SETTLE } else { SETTLE - 1 };
            assert_eq!(scene.pass(before).look(None).is_ok(), whole);
            change(&scene.tick(FILE).path(FILE));
            assert_eq!(scene.pass(1).look(None), WAITS, "{what}, whole: {whole}");
            assert_eq!(scene.pass(SETTLE - 1).look(None), WAITS, "{what}");
            assert_eq!(scene.pass(1).look(None), Ok(()), "{what}");
        }
    }
}

#[test]
fn an_open_writer_blocks_however_quiet_it_is() {
    for proof in [CompleteBy::Quiet, CompleteBy::Auto] {
        let mut scene = Scene::new(proof);
        let writer = scene.writer(FILE);
        for _ in 0..3 {
            assert_eq!(
                scene.pass(SETTLE).look(None),
                Err(NotYet::OpenForWriting),
                "{proof:?}"
            );
        }
        drop(writer);
        assert_eq!(scene.look(None), Ok(()), "quiet since the first look");
        // Whole, not taken yet, and opened again without a word.
        let again = OpenOptions::new().append(true).open(scene.path(FILE));
        let again = again.expect("opened");
        assert_eq!(scene.look(None), Err(NotYet::OpenForWriting), "{proof:?}");
        assert_eq!(scene.asked(), Err(NotYet::OpenForWriting), "{proof:?}");
        drop(again);
        assert_eq!(scene.look(None), Ok(()), "nothing was written");
    }
}

#[test]
fn for_a_person_who_asks_the_time_before_the_first_look_counts() {
    let mut scene = Scene::new(CompleteBy::Quiet);
    scene.drop(FILE, "rows");
    set_modified(&scene.path(FILE), 1_000);
    assert_eq!(scene.asked(), WAITS, "its sender may set the mtime back");
    scene.ahead = SETTLE as i64 + 1;
    assert_eq!(scene.look(None), WAITS, "nobody asks");
    assert_eq!(scene.asked(), Ok(()));
}

#[test]
fn a_wall_clock_that_goes_back_delays_nothing() {
    for proof in [CompleteBy::Quiet, CompleteBy::Auto] {
        let mut scene = Scene::new(proof);
        scene.drop(FILE, "rows");
        assert_eq!(scene.look(None), WAITS);
        scene.ahead = -86_400;
        assert_eq!(scene.look(None), WAITS);
        assert_eq!(scene.pass(SETTLE).look(None), Ok(()));
    }
}

#[test]
fn one_file_that_grows_keeps_no_other_waiting() {
    let mut scene = Scene::new(CompleteBy::Quiet);
    scene.drop("a.csv", "rows").drop("b.csv", "rows");
    scene.all(&[], false);
    scene.drop("a.csv", "rows and rows");
    assert_eq!(names(&scene.pass(SETTLE).all(&[], false)), ["b.csv"]);
    assert_eq!(names(&scene.pass(SETTLE).all(&[], false)).len(), 2);
}
