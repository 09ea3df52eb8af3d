//! Auto: what the system can prove, else quiet.

use super::{FILE, SETTLE, Scene, set_modified};
use crate::domain::CompleteBy;
use crate::spool::{InboundScan, NotYet, Sign};
use std::fs;
use std::io::Write;

const WAITS: Result<(), NotYet> = Err(NotYet::Settling);
const OPEN: Result<(), NotYet> = Err(NotYet::OpenForWriting);

#[test]
fn a_rename_or_the_last_close_is_proof() {
    for sign in [Sign::Renamed, Sign::Closed] {
        let mut scene = Scene::new(CompleteBy::Auto);
        scene.drop(FILE, "rows");
        assert_eq!(scene.look(sign), Ok(()));
        assert_eq!(scene.look(None), Ok(()));
    }
    let mut scene = Scene::new(CompleteBy::Auto);
    scene.drop(FILE, "rows");
    assert_eq!(scene.look(Sign::Written), WAITS);
    assert_eq!(scene.look(Sign::Closed), Ok(()));
}

#[test]
fn a_rename_by_linking_is_proof() {
    // The look comes after it, or in the middle of it.
    for early in [false, true] {
        let mut scene = Scene::new(CompleteBy::Auto);
        scene.drop("hr.csv.part", "rows");
        assert!(
            scene
                .all(&[("hr.csv.part", Sign::Closed)], false)
                .complete
                .is_empty()
        );
        fs::hard_link(scene.path("hr.csv.part"), scene.path(FILE)).expect("linked");
        if early {
            assert_eq!(
                scene.all(&[(FILE, Sign::Made)], false),
                InboundScan::default()
            );
        }
        fs::remove_file(scene.path("hr.csv.part")).expect("removed");
        assert_eq!(scene.look((!early).then_some(Sign::Made)), Ok(()));
    }
    let mut scene = Scene::new(CompleteBy::Auto);
    scene.drop(FILE, "");
    assert_eq!(scene.look(Sign::Made), WAITS, "made empty");
    let writer = scene.writer(FILE);
    assert_eq!(scene.look(Sign::Made), OPEN);
    drop(writer);
}

#[test]
fn a_temporary_name_that_stays_is_a_second_link() {
    let mut scene = Scene::new(CompleteBy::Auto);
    scene.drop(".hr.csv", "rows");
    fs::hard_link(scene.path(".hr.csv"), scene.path(FILE)).expect("linked");
    assert_eq!(scene.all(&[], false), InboundScan::default());
    let look = scene.pass(SETTLE).all(&[], false);
    assert!(look.complete.is_empty() && look.arriving.is_empty());
    assert_eq!(look.refused.len(), 1, "{look:?}");
}

#[test]
fn where_the_system_does_not_say_who_writes_only_a_rename_is_proof() {
    let mut scene = Scene::unknowing(CompleteBy::Auto);
    scene.drop(FILE, "rows");
    assert_eq!(scene.look(Sign::Closed), WAITS);
    assert_eq!(scene.asked(), WAITS);
    assert_eq!(scene.look(Sign::Renamed), Ok(()));
    // What the rename brought is another file as soon as it changes.
    scene.tick(FILE).drop(FILE, "rows and");
    assert_eq!(scene.look(None), WAITS);
    assert_eq!(scene.look(Sign::Written), WAITS);
}

#[test]
fn one_of_two_writers_that_closes_proves_nothing() {
    let mut scene = Scene::new(CompleteBy::Auto);
    let (first, second) = (scene.writer(FILE), scene.writer(FILE));
    drop(first);
    for sign in [Some(Sign::Closed), None, Some(Sign::Renamed)] {
        assert_eq!(scene.look(sign), OPEN);
        assert_eq!(scene.pass(SETTLE).asked(), OPEN);
    }
    drop(second);
    assert_eq!(scene.look(Sign::Closed), Ok(()));
}

#[test]
fn opened_again_after_the_close() {
    let mut scene = Scene::new(CompleteBy::Auto);
    drop(scene.writer(FILE));
    assert_eq!(scene.look(Sign::Closed), Ok(()));
    let mut writer = scene.writer(FILE);
    assert_eq!(scene.look(None), OPEN, "its events are late");
    assert_eq!(scene.look(Sign::Closed), OPEN, "a sign of before");
    writer.write_all(b"the rest").expect("written");
    drop(writer);
    assert_eq!(scene.look(None), WAITS, "the sign was of another content");
    assert_eq!(scene.look(Sign::Closed), Ok(()));
}

#[test]
fn without_signs_it_is_quiet_that_counts() {
    let mut scene = Scene::new(CompleteBy::Auto);
    scene.drop(FILE, "rows");
    set_modified(&scene.path(FILE), 1_000);
    assert_eq!(scene.look(None), WAITS, "its sender set the mtime back");
    assert_eq!(scene.pass(SETTLE - 1).look(None), WAITS);
    assert_eq!(scene.pass(1).look(None), Ok(()));
}

#[test]
fn what_lay_there_before_the_first_look_is_whole() {
    let mut scene = Scene::new(CompleteBy::Auto);
    scene.ahead = SETTLE as i64 + 1;
    scene.drop(FILE, "rows");
    assert_eq!(scene.look(None), Ok(()));
    let mut scene = Scene::new(CompleteBy::Auto);
    scene.ahead = SETTLE as i64 + 1;
    let _writer = scene.writer(FILE);
    assert_eq!(scene.look(None), OPEN);
    let mut scene = Scene::unknowing(CompleteBy::Auto);
    scene.ahead = SETTLE as i64 + 1;
    scene.drop(FILE, "rows");
    assert_eq!(scene.look(None), WAITS);
}

#[test]
fn a_person_who_asks_takes_what_is_closed() {
    let mut scene = Scene::new(CompleteBy::Auto);
    let writer = scene.writer(FILE);
    assert_eq!(scene.asked(), OPEN);
    drop(writer);
    assert_eq!(scene.look(None), WAITS);
    assert_eq!(scene.asked(), Ok(()));
}

#[test]
fn a_late_sign_only_delays() {
    let mut scene = Scene::new(CompleteBy::Auto);
    scene.drop(FILE, "rows");
    assert_eq!(scene.asked(), Ok(()));
    assert_eq!(scene.look(Sign::Written), WAITS);
    assert_eq!(scene.pass(SETTLE).look(Sign::Written), Ok(()));
}

#[test]
fn a_sign_of_an_earlier_file_of_the_name_is_not_enough_while_the_next_is_written() {
    let mut scene = Scene::new(CompleteBy::Auto);
    scene.drop(FILE, "rows");
    assert_eq!(scene.look(Sign::Renamed), Ok(()));
    fs::remove_file(scene.path(FILE)).expect("taken");
    let writer = scene.writer(FILE);
    for sign in [Sign::Renamed, Sign::Closed] {
        assert_eq!(scene.look(sign), OPEN);
    }
    drop(writer);
    assert_eq!(scene.look(Sign::Closed), Ok(()));
}

#[test]
fn rewritten_with_the_same_size_and_mtime() {
    let mut scene = Scene::unknowing(CompleteBy::Auto);
    scene.drop(FILE, "rows");
    set_modified(&scene.path(FILE), 1_000);
    assert_eq!(scene.look(Sign::Renamed), Ok(()));
    scene.tick(FILE).drop(FILE, "ROWS");
    set_modified(&scene.path(FILE), 1_000);
    assert_eq!(scene.look(None), WAITS);
}
