//! What a sender puts in the place of a whole file, and folders that can't be listed.

use super::{FILE, SETTLE, Scene, names};
use crate::domain::CompleteBy;
use crate::spool::{Disk, NotYet, OpenWriters, PendingSync, Sign, SpoolError, claim, still_waits};
use rustix::fs::{CWD, FileType, Mode, mknodat};
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

/// What a sender puts at a path, given another file of the machine.
type Swap<'a> = &'a dyn Fn(&Path, &Path);

#[test]
fn a_whole_file_swapped_before_its_claim_is_neither_read_nor_moved() {
    let swaps: [(&str, Swap); 6] = [
        ("a symbolic link", &|p, o| symlink(o, p).expect("link")),
        ("a symbolic link", &|p, _| {
            symlink("nowhere", p).expect("dangling link");
        }),
        ("hard link", &|p, o| fs::hard_link(o, p).expect("link")),
        ("a FIFO", &|p, _| {
            mknodat(CWD, p, FileType::Fifo, Mode::RUSR, 0).expect("fifo");
        }),
        ("a folder", &|p, _| {
            fs::create_dir(p).expect("folder");
            fs::write(p.join("inner.csv"), "rows").expect("inner");
        }),
        ("a socket", &|p, _| {
            drop(UnixListener::bind(p).expect("socket"));
        }),
    ];
    for (what, swap) in swaps {
        for proof in [
            CompleteBy::Auto,
            CompleteBy::Quiet,
            CompleteBy::Rename,
            CompleteBy::Marker,
        ] {
            let mut scene = Scene::new(proof);
            scene
                .drop(FILE, "rows")
                .drop("other.csv", "not for senders");
            fs::rename(scene.path("other.csv"), scene.path(".other")).expect("hidden");
            scene.drop("hr.csv.done", "");
            scene.all(&[], false);
            let signs = [(FILE, Sign::Closed)];
            let look = scene.pass(SETTLE).all(&signs, false);
            let file = look.complete.iter().find(|w| w.name == FILE);
            let file = file.expect("whole").clone();
            fs::remove_file(scene.path(FILE)).expect("removed");
            swap(&scene.path(FILE), &scene.path(".other"));

            assert!(!still_waits(&file), "{what}");
            let work = scene.path(".work");
            let refused = claim(&Disk::new(), &file.path, &work, &mut PendingSync::default());
            let refused = refused.expect_err(what);
            assert!(refused.to_string().contains(what), "{refused}");
            assert!(refused.is_about_the_file());
            assert!(fs::symlink_metadata(scene.path(FILE)).is_ok(), "{what}");
            assert!(fs::symlink_metadata(work.join("source")).is_err());
            let look = scene.all(&signs, true);
            assert!(!names(&look).contains(&FILE), "{what}");
            assert!(look.arriving.iter().all(|a| a.file.name != FILE), "{what}");
            assert_eq!(look.refused.len(), 1, "{what}");
        }
    }
}

#[test]
fn a_file_removed_before_its_claim_has_vanished() {
    let mut scene = Scene::new(CompleteBy::Auto);
    scene.drop(FILE, "rows");
    let file = scene.all(&[], true).complete.remove(0);
    assert!(still_waits(&file));
    fs::remove_file(&file.path).expect("removed");
    assert!(!still_waits(&file));
    let work = scene.path(".work");
    let gone = claim(&Disk::new(), &file.path, &work, &mut PendingSync::default());
    assert!(matches!(gone, Err(SpoolError::Vanished { .. })));
}

#[test]
fn a_folder_that_can_not_be_listed_is_an_error_and_nothing_is_forgotten() {
    let mut scene = Scene::new(CompleteBy::Quiet);
    let now = |steady| super::inbound_clock::scan_time(steady, 0);
    let folder = scene.path("inbound");
    let away = scene.path("away");
    let mut look = |steady| {
        scene
            .intake
            .scan(&folder, now(steady), &super::Signs::new(), false)
    };
    look(0).expect_err("not there");
    fs::create_dir(&folder).expect("folder");
    fs::write(folder.join(FILE), "rows").expect("written");
    assert_eq!(look(1).expect("listed").arriving[0].why, NotYet::Settling);
    fs::rename(&folder, &away).expect("unmounted");
    fs::write(&folder, "no folder").expect("file");
    let error = look(5).expect_err("a file is no folder").to_string();
    assert!(error.contains("can't be listed"), "{error}");
    fs::remove_file(&folder).expect("removed");
    symlink("nowhere", &folder).expect("link");
    look(6).expect_err("a link to nowhere");
    fs::remove_file(&folder).expect("removed");
    fs::rename(&away, &folder).expect("mounted");
    let back = look(1 + SETTLE).expect("listed");
    assert_eq!(names(&back), [FILE]);
}

#[test]
fn names_that_are_shown_alike_are_two_files() {
    let mut scene = Scene::new(CompleteBy::Auto);
    let long = "n".repeat(201);
    let names = [format!("{long}1"), format!("{long}2")];
    scene.drop(&names[0], "rows").drop(&names[1], "rows");
    let _writer = scene.writer(&names[1]);
    let look = scene.all(&[(&names[0], Sign::Closed)], false);
    assert_eq!((look.complete.len(), look.arriving.len()), (1, 1));
    assert_eq!(look.complete[0].name, look.arriving[0].file.name);
    assert_eq!(look.complete[0].path, scene.path(&names[0]));
    assert!(look.complete[0].misnamed.is_some());
}

#[test]
fn a_file_that_may_not_be_read_is_not_whole_however_it_came() {
    for proof in [
        CompleteBy::Auto,
        CompleteBy::Rename,
        CompleteBy::Marker,
        CompleteBy::Quiet,
    ] {
        let mut scene = Scene::new(proof);
        scene.intake.writers = |_| OpenWriters::Unreadable;
        scene.drop(FILE, "rows").drop("hr.csv.done", "");
        let look = scene.all(&[(FILE, Sign::Renamed)], true);
        let why: Vec<NotYet> = look.arriving.iter().map(|a| a.why).collect();
        assert!(look.complete.is_empty(), "{proof:?}: {look:?}");
        assert!(why.contains(&NotYet::Unreadable), "{proof:?}: {look:?}");
        // Its mode is mended.
        scene.intake.writers = |_| OpenWriters::Absent;
        scene.steady += SETTLE;
        let look = scene.all(&[(FILE, Sign::Renamed)], true);
        assert!(
            look.complete.iter().any(|f| f.name == FILE),
            "{proof:?}: {look:?}"
        );
    }
}
