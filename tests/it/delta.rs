//! A delta never loses a change: whatever order files come in, what was changed last is what stands at the end.

use crate::people::{Record, csv, days_ago, deduction, people, person, subscriber_id, today};
use crate::scenario::{DEMOGRAPHIC, Outcome, Scenario};
use chrono::{TimeDelta, Utc};
use proptest::prelude::*;
use std::collections::BTreeMap;

const DELTA: [&str; 2] = ["--delta", "true"];

/// So many minutes ago, as senders write it.
fn ago(minutes: i64) -> String {
    let moment = Utc::now() - TimeDelta::minutes(minutes);
    moment.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A person who was changed so many minutes ago, and lives in this city since.
fn changed(n: usize, city: &str, minutes: i64) -> Record {
    person(n)
        .with("city", city)
        .with("last_changed_at", ago(minutes))
}

/// That a run skipped records for these reasons alone.
fn skipped(outcome: &Outcome, reason: &str, count: u64) {
    assert_eq!(outcome.skipped(), [(reason.to_owned(), count)].into());
}

#[test]
fn files_that_waited_through_a_downtime_are_all_taken() {
    let site = Scenario::new();
    site.send_people("first.csv", &[changed(1, "Madison", 300)], &DELTA)
        .completed();
    for (name, n, minutes) in [("1.csv", 2, 240), ("2.csv", 3, 180), ("3.csv", 4, 120)] {
        let records = [changed(n, "Verona", minutes), changed(1, "Madison", 300)];
        site.inbound(DEMOGRAPHIC, name, csv(&records));
    }
    let all = site.run(DEMOGRAPHIC, &DELTA);
    assert_eq!((all.code, all.summaries.len()), (0, 3), "{all:?}");
    for run in &all.summaries {
        assert_eq!(run["records_created"], 1, "{run}");
    }
    assert!(site.waiting(DEMOGRAPHIC).is_empty());
}

#[test]
fn two_exports_of_one_name_that_waited_through_a_pause_both_arrive() {
    let site = Scenario::new();
    site.send_people("hr.csv", &[changed(1, "Madison", 5000)], &DELTA)
        .completed();
    site.feedgate(&["pause", DEMOGRAPHIC]);
    // The export of each day has that day's changes alone.
    let days = [
        [changed(1, "Verona", 2880), changed(2, "Verona", 2880)],
        [changed(1, "Monona", 1440), changed(3, "Monona", 1440)],
    ];
    for day in &days {
        site.inbound(DEMOGRAPHIC, "hr.csv", csv(day));
        let waits = site.run(DEMOGRAPHIC, &["--unattended", "--delta", "true"]);
        assert_eq!(waits.code, 5, "{waits:?}");
    }
    assert_eq!(site.waiting(DEMOGRAPHIC), ["hr.csv", "hr.csv"]);
    site.feedgate(&["resume", DEMOGRAPHIC]);
    let both = site.run(DEMOGRAPHIC, &["--unattended", "--delta", "true"]);
    assert_eq!((both.code, both.summaries.len()), (0, 2), "{both:?}");
    for run in &both.summaries {
        assert_eq!(run["records_created"], 1, "{run}");
        assert_eq!(run["records_updated"], 1, "{run}");
    }
    let last = [changed(1, "Monona", 1440), changed(2, "Verona", 2880)];
    site.send_people("check.csv", &last, &[])
        .completed()
        .buckets([0, 2, 0, 0]);
}

#[test]
fn what_differs_or_is_unknown_is_in_scope_whatever_its_date() {
    let site = Scenario::new();
    let old = 60 * 24 * 20;
    let known = [
        changed(1, "Madison", old),
        changed(2, "Madison", old),
        changed(3, "Madison", 60),
    ];
    site.send_people("first.csv", &known, &DELTA).completed();
    let late = [
        changed(1, "Madison", old),
        changed(2, "Verona", old - 5),
        changed(3, "Madison", 60),
        changed(4, "Madison", old),
    ];
    let outcome = site.send_people("late.csv", &late, &DELTA);
    outcome.completed().buckets([2, 1, 1, 0]);
    skipped(&outcome, "outside_lookback", 1);
    assert_eq!(outcome.column("subscriber_id"), [2, 4].map(subscriber_id));
    // The changes of the late file are known by now.
    let again = site.send_people("again.csv", &[changed(2, "Verona", old - 5)], &DELTA);
    again.completed().buckets([0, 0, 1, 0]);
}

#[test]
fn an_older_version_does_not_take_the_place_of_a_newer_one() {
    let site = Scenario::new();
    site.send_people("10.csv", &[changed(1, "Verona", 60)], &[])
        .completed();
    let older = [changed(1, "Madison", 120), changed(2, "Madison", 120)];
    for (name, delta) in [("09.csv", "true"), ("09 again.csv", "false")] {
        let older = older.clone().map(|record| record.with("note", name));
        let outcome = site.send_people(name, &older, &["--delta", delta]);
        outcome.completed();
        assert_eq!(outcome.skipped()["superseded"], 1, "{outcome:?}");
        let errors = outcome.errors();
        let told: Vec<_> = errors
            .iter()
            .map(|row| {
                (
                    row.code.as_str(),
                    row.field.as_str(),
                    row.subscriber_id.clone(),
                )
            })
            .collect();
        let expected = ("OLDER_THAN_ROSTER", "last_changed_at", subscriber_id(1));
        assert_eq!(told, [expected]);
        assert_eq!(outcome.count("warnings"), 1);
    }
    site.send_people("11.csv", &[changed(1, "Verona", 50)], &[])
        .completed()
        .buckets([0, 1, 0, 0]);
    // Without a time, a record is taken as it comes.
    site.send_people("none.csv", &[person(1).without("last_changed_at")], &[])
        .completed()
        .buckets([1, 0, 0, 0]);
}

#[test]
fn a_run_by_hand_over_an_older_file_takes_it_and_so_does_a_correction() {
    let site = Scenario::new();
    let bad = changed(2, "Madison", 180).with("zip_code", "1");
    let first = site.send_people("1.csv", &[changed(1, "Madison", 120), bad], &[]);
    first
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 0, 1]);
    site.send_people("2.csv", &[changed(1, "Verona", 60)], &[])
        .completed();
    let again = site.feedgate(&["rerun", first.reference(), "--json"]);
    again.ended(3, "Completed with Errors");
    assert_eq!(again.count("records_updated"), 1, "{again:?}");
    let fixed = site.send_people(
        &first.published_name("rejects"),
        &[changed(2, "Madison", 180)],
        &[],
    );
    fixed.completed().buckets([1, 0, 0, 0]);
    // The roster holds the older version again, so the newer one is a change.
    let newer = changed(1, "Verona", 60).with("note", "again");
    site.send_people("3.csv", &[newer], &[])
        .completed()
        .buckets([1, 0, 0, 0]);
}

#[test]
fn a_run_that_is_repeated_has_the_same_scope() {
    let site = Scenario::new();
    site.send_people("1.csv", &[changed(1, "Madison", 60)], &DELTA)
        .completed();
    let late = site.send_people("2.csv", &[changed(2, "Verona", 600)], &DELTA);
    late.completed().buckets([1, 0, 0, 0]);
    let again = site.feedgate(&["rerun", late.reference(), "--json"]);
    again.completed().buckets([0, 1, 0, 0]);
}

#[test]
fn a_newer_version_that_is_the_same_again_counts_as_the_newest() {
    let site = Scenario::new();
    let steps = [
        ("1.csv", "Madison", 300, [1, 0, 0, 0]),
        ("other.csv", "", 60, [1, 0, 0, 0]),
        // It is before the watermark and as it was accepted last, but a newer version.
        ("3.csv", "Madison", 180, [0, 0, 1, 0]),
        ("2.csv", "Verona", 240, [0, 0, 1, 0]),
        ("4.csv", "Monona", 120, [1, 0, 0, 0]),
    ];
    for (name, city, minutes, buckets) in steps {
        let record = match city {
            "" => changed(2, "Madison", minutes),
            city => changed(1, city, minutes),
        };
        site.send_people(name, &[record], &DELTA)
            .completed()
            .buckets(buckets);
    }
}

#[test]
fn a_day_without_a_time_counts_to_its_end() {
    let site = Scenario::new();
    let on = |city: &str, day: u64| {
        let record = person(1).with("city", city);
        [record.with("last_changed_at", days_ago(day))]
    };
    site.send_people("1.csv", &on("Madison", 3), &DELTA)
        .completed();
    // The same day again: nobody knows which of them came first.
    site.send_people("2.csv", &on("Verona", 3), &DELTA)
        .completed()
        .buckets([1, 0, 0, 0]);
    let again = on("Verona", 3).map(|record| record.with("note", "again"));
    site.send_people("3.csv", &again, &DELTA)
        .completed()
        .buckets([0, 1, 0, 0]);
    site.send_people("0.csv", &on("Madison", 4), &DELTA)
        .completed()
        .buckets([0, 0, 1, 0]);
    let now = person(2).with("last_changed_at", today());
    site.send_people("4.csv", std::slice::from_ref(&now), &DELTA)
        .completed();
    let same_day = now.with("city", "Verona").with("last_changed_at", ago(0));
    site.send_people("5.csv", &[same_day], &DELTA)
        .completed()
        .buckets([1, 0, 0, 0]);
}

#[test]
fn a_sender_s_clock_that_is_ahead_hides_no_later_change() {
    let site = Scenario::new();
    let ahead = [
        changed(1, "Madison", -60 * 24 * 2),
        changed(2, "Madison", 90),
    ];
    site.send_people("1.csv", &ahead, &DELTA).completed();
    let records = [changed(1, "Verona", 0), changed(2, "Verona", 0)];
    site.send_people("2.csv", &records, &DELTA)
        .completed()
        .buckets([2, 0, 0, 0]);
}

#[test]
fn deductions_have_their_own_versions() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let at = |n: usize, code: &str, amount: &str, minutes| {
        let record = deduction(n).with("deduction_code", code);
        let record = record.with("employee_amount", amount);
        record.with("last_changed_at", ago(minutes))
    };
    let first = [at(1, "MED01", "10.00", 60), at(2, "MED01", "10.00", 200)];
    site.send_deductions("1.csv", &first, &DELTA)
        .completed()
        .buckets([2, 0, 0, 0]);
    let late = [
        at(1, "MED01", "9.00", 120),
        // Another deduction of the same employee has a time of its own.
        at(1, "DEN01", "5.00", 120),
        at(2, "MED01", "10.00", 200),
    ];
    let outcome = site.send_deductions("late.csv", &late, &DELTA);
    outcome.completed().buckets([1, 0, 2, 0]);
    let expected = [("outside_lookback", 1), ("superseded", 1)];
    assert_eq!(
        outcome.skipped(),
        expected.map(|(r, n)| (r.to_owned(), n)).into()
    );
    assert_eq!(outcome.codes(), ["OLDER_THAN_ROSTER"]);
    assert_eq!(outcome.column("deduction_code"), ["DEN01"]);
    // The same again, changed later: then an amount in between is older.
    for (name, amount, minutes, buckets) in [
        ("3.csv", "10.00", 20, [0, 1, 0, 0]),
        ("2.csv", "11.00", 40, [0, 0, 1, 0]),
        ("4.csv", "12.00", 10, [1, 0, 0, 0]),
    ] {
        site.send_deductions(name, &[at(1, "MED01", amount, minutes)], &DELTA)
            .completed()
            .buckets(buckets);
    }
    let shown = site.feedgate(&["employee", &subscriber_id(1), "--json"]);
    let deductions = shown.summary()["deductions"].as_array().expect("a list");
    let actions: Vec<_> = deductions
        .iter()
        .map(|d| d["fields"]["action"].as_str().expect("a word"))
        .collect();
    assert!(
        actions.contains(&"add") && actions.contains(&"change"),
        "{actions:?}"
    );
}

#[test]
fn a_look_back_stays_a_hard_window_and_says_what_it_leaves_out() {
    let site = Scenario::new();
    let old = |n: usize, city: &str, days| {
        let record = person(n).with("city", city);
        record.with("last_changed_at", days_ago(days))
    };
    let all = [
        old(1, "Madison", 9),
        old(2, "Madison", 9),
        old(3, "Madison", 9),
    ];
    site.send_people("1.csv", &all, &[]).completed();
    let records = [
        old(1, "Madison", 9),
        old(2, "Verona", 8),
        old(3, "Verona", 10),
        old(4, "Verona", 8),
        old(5, "Verona", 1),
    ];
    let outcome = site.send_people(
        "2.csv",
        &records,
        &["--delta", "true", "--lookback-days", "5"],
    );
    outcome.completed().buckets([1, 0, 4, 0]);
    skipped(&outcome, "outside_lookback", 4);
    // The second is a change and the fourth is new; the third is older than what is known.
    assert_eq!(outcome.count("changes_outside_lookback"), 2);
    assert_eq!(
        outcome.text("reason"),
        "left out by lookback_days = 5: 2 records that differ from what was taken last"
    );
    assert_eq!(outcome.receipt()["changes_outside_lookback"], 2);
    let none = site.send_people(
        "3.csv",
        &[old(1, "Madison", 9)],
        &["--delta", "true", "--lookback-days", "5"],
    );
    assert_eq!(none.completed().count("changes_outside_lookback"), 0);
    assert!(none.summary()["reason"].is_null());
}

#[test]
fn the_row_of_a_second_job_does_not_take_the_place_of_one_that_has_not_changed() {
    let keys = "primary = { column = \"Job\", prefer = [\"1\"] }";
    let site = Scenario::new().and_keys(DEMOGRAPHIC, keys);
    let row = |job: &str, minutes| {
        let record = person(1).with("job_title", format!("Job {job}"));
        let record = record.with("last_changed_at", ago(minutes));
        record.with("Job", job)
    };
    let both = [row("1", 300), row("2", 200)];
    site.send_people("1.csv", &both, &DELTA)
        .completed()
        .buckets([1, 0, 1, 0]);
    let other = changed(2, "Madison", 60).with("Job", "1");
    site.send_people("2.csv", &[other], &DELTA).completed();
    let outcome = site.send_people("3.csv", &[row("1", 300), row("2", 100)], &DELTA);
    outcome.completed().buckets([0, 0, 2, 0]);
    let expected = [("non_primary_row", 1), ("outside_lookback", 1)];
    assert_eq!(
        outcome.skipped(),
        expected.map(|(r, n)| (r.to_owned(), n)).into()
    );
    let earlier = site.send_people("4.csv", &[row("1", 300), row("2", 400)], &DELTA);
    earlier.completed().buckets([0, 0, 2, 0]);
    assert!(earlier.codes().is_empty(), "{earlier:?}");
}

/// What an HR system knew of its people at some moments: who was changed between two of them, by number and city.
fn histories() -> impl Strategy<Value = Vec<Vec<(usize, u8)>>> {
    prop::collection::vec(prop::collection::vec((1..5usize, 0..3u8), 0..4), 2..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, ..ProptestConfig::default() })]

    /// Exports in any order of arrival, some of them of everybody: what the outputs say, one after the other, is the
    /// newest state of everybody.
    #[test]
    fn the_outputs_in_their_order_give_the_newest_state(
        history in histories(),
        whole in prop::collection::vec(any::<bool>(), 6),
        delta in prop::collection::vec(any::<bool>(), 6),
        keys in prop::collection::vec(any::<u32>(), 6),
    ) {
        let site = Scenario::new();
        let mut now: BTreeMap<usize, Record> = BTreeMap::new();
        let mut exports: Vec<(u32, Vec<Record>)> = Vec::new();
        for (hour, changes) in history.iter().enumerate() {
            let mut export = BTreeMap::new();
            for (second, (n, city)) in changes.iter().enumerate() {
                let minutes = 600 - 60 * hour as i64 - second as i64;
                let record = changed(*n, ["Madison", "Verona", "Monona"][usize::from(*city)], minutes);
                now.insert(*n, record.clone());
                export.insert(*n, record);
            }
            let of = if whole[hour] { &now } else { &export };
            exports.push((keys[hour], of.values().cloned().collect()));
        }
        exports.sort_by_key(|(key, _)| *key);
        let mut replayed: BTreeMap<String, String> = BTreeMap::new();
        for (place, (_, export)) in exports.iter().enumerate().filter(|(_, (_, e))| !e.is_empty()) {
            // Each is another file, even where the same people are in it.
            let rows = export.iter().map(|r| r.clone().with("custom", place));
            let rows: Vec<Record> = rows.collect();
            let flag = if delta[place] { "true" } else { "false" };
            let outcome = site.send_people(&format!("{place}.csv"), &rows, &["--delta", flag]);
            outcome.completed();
            for row in outcome.rows() {
                replayed.insert(row["subscriber_id"].clone(), row["city"].clone());
            }
        }
        let expected: BTreeMap<String, String> = now
            .values()
            .map(|r| (r.get("subscriber_id").to_owned(), r.get("city").to_owned()))
            .collect();
        prop_assert_eq!(replayed, expected);
    }
}
