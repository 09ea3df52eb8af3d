//! Marker: a marker file beside it, not older than the file.

use super::{FILE, SETTLE, Scene, names};
use crate::domain::CompleteBy;
use crate::spool::{Disk, NotYet, PendingSync, Sign, claim, claim_marker};
use std::fs;
use std::os::unix::fs::symlink;

const MARKER: &str = "hr.csv.done";
const NONE: Result<(), NotYet> = Err(NotYet::NoMarker);
const OLD: Result<(), NotYet> = Err(NotYet::OldMarker);

#[test]
fn no_time_and_no_sign_stands_for_the_marker() {
    let mut scene = Scene::new(CompleteBy::Marker);
    scene.drop(FILE, "rows");
    scene.ahead = 86_400;
    for sign in [None, Some(Sign::Closed), Some(Sign::Renamed)] {
        assert_eq!(scene.pass(SETTLE).look(sign), NONE);
    }
    assert_eq!(scene.asked(), NONE);
    scene.drop(MARKER, "");
    assert_eq!(scene.look(None), Ok(()));
}

#[test]
fn a_marker_is_taken_back() {
    let mut scene = Scene::new(CompleteBy::Marker);
    scene.drop(FILE, "rows").drop(MARKER, "");
    assert_eq!(scene.look(None), Ok(()));
    fs::remove_file(scene.path(MARKER)).expect("taken back");
    assert_eq!(scene.look(None), NONE);
}

#[test]
fn a_marker_is_of_the_file_that_was_there_when_it_came() {
    let mut scene = Scene::new(CompleteBy::Marker);
    scene.drop(MARKER, "").tick(MARKER).drop(FILE, "rows");
    assert_eq!(scene.look(None), OLD);
    scene.tick(FILE).drop(MARKER, "");
    assert_eq!(scene.look(None), Ok(()));
    scene.tick(MARKER).drop(FILE, "rows and rows");
    assert_eq!(scene.look(Sign::Closed), OLD);
    scene.tick(FILE).drop(MARKER, "");
    assert_eq!(scene.look(None), Ok(()));
    // Renamed into place: its content is older than the marker, its coming is not.
    fs::remove_file(scene.path(FILE)).expect("deleted");
    scene.drop(".hr.csv", "other rows").tick(".hr.csv");
    scene.drop(MARKER, "").tick(MARKER);
    fs::rename(scene.path(".hr.csv"), scene.path(FILE)).expect("renamed");
    assert_eq!(scene.look(None), OLD);
}

#[test]
fn a_claim_uses_the_marker_up() {
    let mut scene = Scene::new(CompleteBy::Marker);
    scene.drop(FILE, "rows").drop(MARKER, "");
    assert_eq!(scene.look(None), Ok(()));
    let work = scene.path(".work");
    let unsynced = &mut PendingSync::default();
    let claimed = claim(&Disk::new(), &scene.path(FILE), &work, unsynced).expect("claimed");
    let use_up = |scene: &Scene| {
        claim_marker(&Disk::new(), &scene.path(FILE), ".done", &claimed).expect("used up");
    };
    use_up(&scene);
    scene.drop(FILE, "other rows");
    assert_eq!(scene.look(None), NONE);
    // Taken up again after a stop, when the next upload has its marker already.
    scene.tick(".work/source").drop(MARKER, "");
    use_up(&scene);
    assert_eq!(scene.look(None), Ok(()));
}

#[test]
fn markers_are_no_files_to_take_and_only_plain_ones_count() {
    let mut scene = Scene::new(CompleteBy::Marker);
    scene.drop("lonely.csv.done", "rows").drop(".done", "rows");
    scene.drop("a.csv", "rows").drop("a.csv.done.done", "");
    scene.drop("b.csv", "rows").drop("other", "");
    symlink(scene.path("other"), scene.path("b.csv.done")).expect("link");
    scene.drop("c.csv", "rows");
    fs::create_dir(scene.path("c.csv.done")).expect("folder");
    scene.drop("d.csv", "rows").drop("d.csv.ok", "");
    let look = scene.all(&[], true);
    assert_eq!(names(&look), [""; 0]);
    let waiting: Vec<_> = look
        .arriving
        .iter()
        .map(|a| (a.file.name.as_str(), a.why, a.after))
        .collect();
    let no = |name: &'static str| (name, NotYet::NoMarker, None);
    let expected = ["a.csv", "b.csv", "other", "c.csv", "d.csv", "d.csv.ok"];
    assert_eq!(waiting.len(), expected.len());
    assert!(expected.iter().all(|n| waiting.contains(&no(n))));
}

#[test]
fn a_marker_is_known_by_its_real_name_however_long_and_odd() {
    let ending = ".the-upload-of-it-is-complete";
    let mut scene = Scene::new(CompleteBy::Marker);
    scene.intake.marker = ending.to_owned();
    for name in ["n".repeat(200), "a\nb.csv".to_owned()] {
        scene.drop(&name, "rows").drop(&(name + ending), "");
    }
    let look = scene.all(&[], false);
    assert_eq!((look.complete.len(), look.arriving.len()), (2, 0));
}

#[test]
fn elsewhere_a_marker_is_a_file_like_any_other() {
    let mut scene = Scene::new(CompleteBy::Rename);
    scene.drop(MARKER, "");
    assert_eq!(names(&scene.all(&[], false)), [MARKER]);
}
