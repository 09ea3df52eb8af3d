//! Random sequences of uploads, scans and claims on real files with a simulated clock, compared with a simple model of
//! the folder: no file is taken too early, twice or changed, and none is left behind.

#[path = "../support/inbound_clock.rs"]
mod inbound_clock;
mod laws;
mod stage;

use feedgate::internal::domain::CompleteBy;
use feedgate::internal::spool::{OpenWriters, writers_of};
use proptest::prelude::*;
use proptest::test_runner::Config;
use stage::Stage;
use std::fs;

/// Seconds; far more than a test takes, so that only the given clock can pass them.
const SETTLE: u64 = 3_600;
const FINAL: [&str; 3] = ["a.csv", "b.csv", "c.csv"];
/// The names under which senders begin uploads.
const BEGUN: [&str; 3] = ["a.csv.part", "b.csv.part", "c.csv.part"];

#[derive(Clone, Copy, Debug)]
enum Action {
    /// Written from its start and closed, over what lies there.
    Drop(usize),
    Open(usize),
    Append(usize),
    Close(usize),
    /// From its first name to its final one, over what lies there.
    Rename(usize),
    Delete(usize),
    /// Its sender sets an mtime of long ago.
    Age(usize),
    Mark(usize),
    Unmark(usize),
    /// A writer that still has a claimed file open writes to it.
    Straggle,
    Pass(u64),
    /// The wall clock is moved by that many seconds.
    Clock(i64),
    Look {
        post: Post,
        asked: bool,
        take: bool,
    },
    /// The files that the last scan found complete are claimed, whatever has happened since.
    TakeLate,
}

/// What becomes of the events since the last look.
#[derive(Clone, Copy, Debug)]
enum Post {
    Arrives,
    IsLost,
    /// The first half now, the rest later.
    IsLate,
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    // Mostly one name, so that much happens to it.
    let any = || prop::sample::select(vec![0, 0, 0, 0, 1, 2, 3, 3, 4]);
    let last = || prop::sample::select(vec![0, 0, 0, 1]);
    let post = prop::sample::select(vec![Post::Arrives, Post::IsLost, Post::IsLate]);
    let look = (post, prop::bool::weighted(0.15), prop::bool::weighted(0.3));
    let one = prop_oneof![
        3 => any().prop_map(Action::Drop),
        4 => any().prop_map(Action::Open),
        3 => any().prop_map(Action::Append),
        4 => any().prop_map(Action::Close),
        3 => last().prop_map(Action::Rename),
        1 => any().prop_map(Action::Delete),
        1 => any().prop_map(Action::Age),
        2 => last().prop_map(Action::Mark),
        1 => last().prop_map(Action::Unmark),
        1 => Just(Action::Straggle),
        3 => prop::sample::select(vec![1, SETTLE - 1, SETTLE]).prop_map(Action::Pass),
        1 => prop::sample::select(vec![-86_400, 0, 2 * SETTLE as i64]).prop_map(Action::Clock),
        8 => look.prop_map(|(post, asked, take)| Action::Look { post, asked, take }),
        1 => Just(Action::TakeLate),
    ];
    prop::collection::vec(one, 1..60)
}

fn play(proof: CompleteBy, actions: &[Action]) {
    let mut stage = Stage::new(proof);
    let probe = stage.folder.path().join("probe");
    fs::write(&probe, "").expect("probe");
    if writers_of(&probe) == OpenWriters::Unknown {
        crate::skipped::skip("this filesystem doesn't say who writes");
        return;
    }
    for action in actions {
        stage.act(*action);
    }
    stage.end();
}

proptest! {
    #![proptest_config(Config {
        cases: 128,
        max_shrink_iters: 500,
        failure_persistence: None,
        ..Config::default()
    })]

    #[test]
    fn by_what_the_system_can_prove(actions in actions()) {
        play(CompleteBy::Auto, &actions);
    }

    #[test]
    fn by_quiet(actions in actions()) {
        play(CompleteBy::Quiet, &actions);
    }

    #[test]
    fn by_rename(actions in actions()) {
        play(CompleteBy::Rename, &actions);
    }

    #[test]
    fn by_marker(actions in actions()) {
        play(CompleteBy::Marker, &actions);
    }
}
