//! Guards: a suspicious file is held, and a release overrides only the guards that are named.

use crate::people::{Record, csv, days_ago, deduction, people, person, this_year, today};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, default_config};

fn guarded(integration: &str, guards: &str) -> Scenario {
    Scenario::new().and_config(&format!("[integration.{integration}.guards]\n{guards}\n"))
}

/// `good` people of whom the last `bad` have a faulty ZIP.
fn with_errors(count: usize, bad: usize) -> Vec<Record> {
    let spoil = |(i, p): (usize, Record)| {
        if i >= count - bad {
            p.with("zip_code", "1")
        } else {
            p
        }
    };
    people(count).into_iter().enumerate().map(spoil).collect()
}

/// People of whom the first `left` have left.
fn with_leavers(count: usize, left: usize) -> Vec<Record> {
    let leave = |(i, p): (usize, Record)| {
        if i < left {
            p.with("employment_status", "T")
                .with("termination_date", days_ago(2))
        } else {
            p
        }
    };
    people(count).into_iter().enumerate().map(leave).collect()
}

#[track_caller]
fn assert_held(site: &Scenario, outcome: &Outcome, code: &str) {
    outcome.ended(5, "Held");
    assert!(outcome.codes().contains(&code.to_owned()), "{outcome:?}");
    assert!(!outcome.text("reason").is_empty(), "a sentence of why");
    assert_eq!(outcome.output(), None, "a held run writes no output");
    assert!(outcome.summary()["output_file"].is_null());
    assert_eq!(outcome.receipt()["status"], "Held");
    assert_eq!(outcome.receipt()["reason"], outcome.summary()["reason"]);
    let held = site
        .path("held")
        .join(outcome.text("integration_name"))
        .join(outcome.reference());
    assert!(held.is_dir(), "{:?}", site.tree());
}

#[test]
fn error_percent_at_and_over_the_limit() {
    let site = guarded(DEMOGRAPHIC, "max_error_percent = 10");
    site.send_people("at.csv", &with_errors(20, 2), &[])
        .ended(3, "Completed with Errors");
    let site = guarded(DEMOGRAPHIC, "max_error_percent = 10");
    let held = site.send_people("over.csv", &with_errors(20, 3), &[]);
    assert_held(&site, &held, "GUARD_ERRORS");
    assert!(held.error_file().is_some(), "people need it to decide");
    assert_eq!(
        held.errors()
            .iter()
            .filter(|e| e.code == "ZIP_INVALID")
            .count(),
        3
    );
}

#[test]
fn error_count_at_and_over_the_limit() {
    let site = guarded(DEMOGRAPHIC, "max_error_count = 2");
    site.send_people("at.csv", &with_errors(5, 2), &[])
        .ended(3, "Completed with Errors");
    let site = guarded(DEMOGRAPHIC, "max_error_count = 2");
    assert_held(
        &site,
        &site.send_people("over.csv", &with_errors(5, 3), &[]),
        "GUARD_ERRORS",
    );
}

#[test]
fn small_files_are_exempt_from_percentages() {
    let site = guarded(DEMOGRAPHIC, "max_error_percent = 10");
    site.send_people("19.csv", &with_errors(19, 19), &[])
        .ended(3, "Completed with Errors");
    assert_held(
        &site,
        &site.send_people("20.csv", &with_errors(20, 19), &[]),
        "GUARD_ERRORS",
    );
}

#[test]
fn terminations_at_and_over_the_limit() {
    for (guard, at, over) in [
        ("max_termination_percent = 10", 2, 3),
        ("max_termination_count = 1", 1, 2),
    ] {
        let site = guarded(DEMOGRAPHIC, guard);
        site.roster("hr.csv", csv(&people(20)));
        site.send_people("at.csv", &with_leavers(20, at), &[])
            .completed();
        let site = guarded(DEMOGRAPHIC, guard);
        site.roster("hr.csv", csv(&people(20)));
        assert_held(
            &site,
            &site.send_people("over.csv", &with_leavers(20, over), &[]),
            "GUARD_TERMINATIONS",
        );
    }
}

#[test]
fn missing_employees_at_and_over_the_limit() {
    for (guard, at, over) in [
        ("max_missing_percent = 20", 6, 7),
        ("max_missing_count = 3", 3, 4),
    ] {
        for (missing, held) in [(at, false), (over, true)] {
            let site = guarded(DEMOGRAPHIC, guard)
                .and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
            site.roster("hr.csv", csv(&people(30)));
            let outcome = site.send_people("next.csv", &people(30 - missing), &[]);
            if held {
                assert_held(&site, &outcome, "GUARD_MISSING");
            } else {
                outcome.completed();
                assert_eq!(outcome.count("deactivated_by_omission"), missing as u64);
            }
        }
    }
}

#[test]
fn row_count_change_at_and_over_the_limit() {
    for (guard, before, at, over) in [
        ("max_row_change_percent = 10", 20, 22, 23),
        ("max_row_change_percent = 10", 30, 27, 26),
        ("max_row_change_count = 3", 20, 23, 24),
    ] {
        for (rows, held) in [(at, false), (over, true)] {
            let site = guarded(DEMOGRAPHIC, guard);
            site.roster("hr.csv", csv(&people(before)));
            let outcome = site.send_people("next.csv", &people(rows), &[]);
            if held {
                assert_held(&site, &outcome, "GUARD_ROWS");
            } else {
                outcome.completed();
            }
        }
    }
}

#[test]
fn amount_change_at_and_over_the_limit() {
    for (guard, at, over) in [
        ("max_amount_change_percent = 10", "11.00", "11.01"),
        ("max_amount_change = 20", "11.00", "11.01"),
        ("max_amount_change_percent = 10", "9.00", "8.99"),
    ] {
        for (amount, held) in [(at, false), (over, true)] {
            let site = guarded(DEDUCTION, guard);
            site.roster("hr.csv", csv(&people(20)));
            let file = |each: &str| -> Vec<Record> {
                (1..=20)
                    .map(|n| deduction(n).with("employee_amount", each))
                    .collect()
            };
            site.send_deductions("ded.csv", &file("10.00"), &[])
                .completed();
            let outcome = site.send_deductions("next.csv", &file(amount), &[]);
            if held {
                assert_held(&site, &outcome, "GUARD_AMOUNT");
            } else {
                outcome.completed();
            }
        }
    }
}

#[test]
fn a_first_file_has_nothing_to_differ_from() {
    let site = guarded(DEMOGRAPHIC, "max_row_change_count = 0");
    site.send_people("hr.csv", &people(25), &[]).completed();
}

#[test]
fn a_held_run_changes_nothing_and_is_not_what_the_next_is_compared_with() {
    let site = guarded(DEMOGRAPHIC, "max_row_change_count = 1");
    site.roster("hr.csv", csv(&people(3)));
    assert_held(
        &site,
        &site.send_people("big.csv", &people(9), &[]),
        "GUARD_ROWS",
    );
    let next = site.send_people("next.csv", &people(4), &[]);
    next.completed().buckets([1, 3, 0, 0]);
    assert_eq!(next.column("action"), ["create"]);
}

/// The file is no longer in `held`, and is the only one in the archive.
#[track_caller]
fn assert_archived(site: &Scenario, reference: &str) {
    assert!(!site.path("held").join(DEMOGRAPHIC).join(reference).exists());
    let archived: Vec<String> = site
        .tree()
        .into_iter()
        .filter(|p| p.starts_with("archive/"))
        .collect();
    assert!(
        archived.len() == 1 && archived[0].ends_with(&format!("{reference}/hr.csv")),
        "{archived:?}"
    );
}

#[test]
fn release_goes_on_under_the_same_reference_and_updates_the_receipt() {
    let site = guarded(DEMOGRAPHIC, "max_error_count = 0");
    let held = site.send_people("hr.csv", &with_errors(4, 1), &[]);
    assert_held(&site, &held, "GUARD_ERRORS");
    let reference = held.reference().to_owned();
    let no_reason = site.feedgate(&["release", &reference]);
    assert_eq!(no_reason.code, 2, "a release says why: {no_reason:?}");
    let released = site.feedgate(&["release", &reference, "--why", "known bad ZIPs", "--json"]);
    released
        .ended(3, "Completed with Errors")
        .buckets([3, 0, 0, 1]);
    assert_eq!(released.reference(), reference);
    assert_eq!(released.column("action"), ["create"; 3]);
    assert_eq!(released.receipt()["status"], "Completed with Errors");
    let receipts: Vec<String> = site
        .outbound()
        .into_iter()
        .filter(|p| p.ends_with(".receipt.json"))
        .collect();
    assert_eq!(
        receipts.len(),
        1,
        "the receipt is updated, not doubled: {receipts:?}"
    );
    assert_archived(&site, &reference);
    assert_eq!(site.show(&reference).status(), "Completed with Errors");
}

#[test]
fn release_goes_past_the_named_guards_only() {
    let site = guarded(DEDUCTION, "max_error_count = 0");
    let records = [deduction(1), deduction(2).with("ssn", "1")];
    let empty = site.send_deductions("ded.csv", &records, &[]);
    assert_held(&site, &empty, "ROSTER_EMPTY");
    site.roster("hr.csv", csv(&people(3)));
    let release = || site.feedgate(&["release", empty.reference(), "--why", "looked at", "--json"]);
    let errors = release();
    assert_held(&site, &errors, "GUARD_ERRORS");
    assert_eq!(errors.reference(), empty.reference());
    let done = release();
    done.ended(3, "Completed with Errors").buckets([1, 0, 0, 1]);
    assert_eq!(done.reference(), empty.reference());
}

#[test]
fn what_was_released_stays_released() {
    let site = guarded(DEDUCTION, "max_error_count = 0");
    let held = site.send_deductions("ded.csv", &[deduction(1)], &[]);
    let release = || site.feedgate(&["release", held.reference(), "--why", "looked at", "--json"]);
    assert_held(&site, &held, "ROSTER_EMPTY");
    // The roster is still empty, so no employee is known.
    assert_held(&site, &release(), "GUARD_ERRORS");
    release()
        .ended(3, "Completed with Errors")
        .buckets([0, 0, 0, 1]);
}

#[test]
fn a_hold_names_every_guard_that_holds_it() {
    let site = guarded(DEMOGRAPHIC, "max_error_count = 0\nmax_row_change_count = 1");
    site.roster("hr.csv", csv(&people(3)));
    let mut records = people(9);
    records[8] = person(9).with("zip_code", "x");
    let held = site.send_people("big.csv", &records, &[]);
    assert_held(&site, &held, "GUARD_ERRORS");
    assert_held(&site, &held, "GUARD_ROWS");
}

#[test]
fn refuse_fails_the_run_and_archives_the_file() {
    let site = guarded(DEMOGRAPHIC, "max_error_count = 0");
    let held = site.send_people("hr.csv", &with_errors(4, 1), &[]);
    let reference = held.reference().to_owned();
    let judged = held.receipt();
    let no_reason = site.feedgate(&["refuse", &reference]);
    assert_eq!(no_reason.code, 2, "{no_reason:?}");
    let refused = site.feedgate(&["refuse", &reference, "--why", "wrong month sent", "--json"]);
    assert_eq!(refused.status(), "Failed", "{refused:?}");
    assert_eq!(refused.reference(), reference);
    for key in ["size", "sha256", "source_name", "records_processed"] {
        assert_eq!(refused.receipt()[key], judged[key], "{key}");
    }
    assert_eq!(refused.receipt()["status"], "Failed");
    let reason = refused.receipt()["reason"]
        .as_str()
        .expect("a reason")
        .to_owned();
    assert!(reason.contains("wrong month sent"), "{reason}");
    assert_eq!(refused.output(), None);
    assert_archived(&site, &reference);
    let next = site.send_people("next.csv", &people(1), &[]);
    assert_eq!(next.column("action"), ["create"], "the roster is as it was");
    let late = site.feedgate(&["release", &reference, "--why", "after all"]);
    assert_eq!(late.code, 2, "{late:?}");
}

#[test]
fn a_held_file_sent_again_is_not_held_twice_in_silence() {
    let site = guarded(DEMOGRAPHIC, "max_error_count = 0");
    let held = site.send_people("hr.csv", &with_errors(4, 1), &[]);
    let again = site.send_people("hr.csv", &with_errors(4, 1), &[]);
    assert_ne!(again.reference(), held.reference());
    assert!(
        again.published("receipt").is_some(),
        "every file gets a receipt"
    );
    assert_eq!(
        again.output(),
        None,
        "nothing goes past the guard: {again:?}"
    );
}

#[test]
fn a_full_file_without_records_does_not_terminate_everybody_in_silence() {
    let site = guarded(DEMOGRAPHIC, "max_missing_percent = 10")
        .and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    site.roster("hr.csv", csv(&people(40)));
    let file = csv(&people(1));
    let header = file
        .split_inclusive(|b| *b == b'\n')
        .next()
        .expect("a header");
    let outcome = site
        .inbound(DEMOGRAPHIC, "none.csv", header)
        .run(DEMOGRAPHIC, &[]);
    assert_held(&site, &outcome, "OMISSION_UNSURE");
    assert_eq!(outcome.output(), None);
}

#[test]
fn terminations_of_an_untouched_roster_go_by_who_is_active() {
    let site = guarded(DEMOGRAPHIC, "max_termination_percent = 50");
    site.roster("hr.csv", csv(&people(40)));
    // 20 of 40 active people leave; 19 of the remaining 20 would be too many.
    site.send_people("half.csv", &with_leavers(20, 20), &[])
        .completed();
    let rest: Vec<Record> = with_leavers(40, 39).into_iter().skip(20).collect();
    assert_held(
        &site,
        &site.send_people("rest.csv", &rest, &[]),
        "GUARD_TERMINATIONS",
    );
}

#[test]
fn the_bytes_of_a_held_file_are_a_duplicate_until_it_is_refused() {
    let site = guarded(DEMOGRAPHIC, "max_error_count = 0");
    let first = site.send_people("a.csv", &with_errors(4, 1), &[]);
    assert_held(&site, &first, "GUARD_ERRORS");
    let second = site.send_people("b.csv", &with_errors(4, 1), &[]);
    second.completed().buckets([0, 0, 0, 0]);
    assert_eq!(second.text("duplicate_of"), first.reference());
    let refused = site.feedgate(&["refuse", first.reference(), "--why", "not now", "--json"]);
    assert_eq!(refused.status(), "Failed", "{refused:?}");
    let third = site.send_people("c.csv", &with_errors(4, 1), &[]);
    assert_held(&site, &third, "GUARD_ERRORS");
    let released = site.feedgate(&["release", third.reference(), "--why", "known", "--json"]);
    released
        .ended(3, "Completed with Errors")
        .buckets([3, 0, 0, 1]);
}

#[test]
fn a_full_file_without_records_is_no_small_file() {
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"")
        .and_config("[integration.demographic-export.guards]\nmax_missing_percent = 10");
    site.roster("hr.csv", csv(&people(40)));
    let whole = csv(&people(1));
    let header = whole.split(|b| *b == b'\n').next().expect("a header");
    let outcome = site
        .inbound(DEMOGRAPHIC, "next.csv", [header, b"\n"].concat())
        .run(DEMOGRAPHIC, &[]);
    outcome.ended(5, "Held");
    let few = site.send_people("few.csv", &people(5), &[]);
    few.ended(5, "Held");
}

#[test]
fn a_small_sender_of_a_large_roster_has_a_guard_of_its_own() {
    let full = "kind = \"demographic\"\ncontent = \"full\"\n";
    let guard = "guards = { max_missing_percent = 30 }\n";
    let config = default_config().replace("kind = \"demographic\"\n", full)
        + &format!("[integration.plant-export]\n{full}{guard}");
    let site = Scenario::new().config(&config);
    site.roster("hr.csv", csv(&people(100)));
    let plant: Vec<_> = (201..=230).map(person).collect();
    let run = |name: &str, records: &[crate::people::Record]| {
        site.inbound("plant-export", name, csv(records))
            .run("plant-export", &[])
    };
    run("plant.csv", &plant).completed();
    // A third of its own people, a twelfth of the roster.
    run("cut.csv", &plant[..20]).ended(5, "Held");
}

#[test]
fn several_holds_end_with_one_command() {
    let site = guarded(DEMOGRAPHIC, "max_error_count = 0");
    let bad = |n: usize| person(n).with("zip_code", "1");
    let held: Vec<Outcome> = (0..4)
        .map(|n| {
            let records = [person(2 * n + 1), bad(2 * n + 2)];
            let held = site.send_people(&format!("{n}.csv"), &records, &[]);
            assert_held(&site, &held, "GUARD_ERRORS");
            held
        })
        .collect();
    let [first, second, third, fourth] = [0, 1, 2, 3].map(|n: usize| held[n].reference());
    // One that is not held keeps the others from being released.
    site.feedgate(&["refuse", fourth, "--why", "sent by mistake"]);
    let mixed = site.feedgate(&["release", first, fourth, "--why", "known"]);
    assert_eq!(mixed.code, 2, "{mixed:?}");
    assert_eq!(site.show(first).status(), "Held");
    // The oldest goes first, whatever the order in which they are named.
    let two = site.feedgate(&["release", second, first, "--why", "known", "--json"]);
    let ended: Vec<_> = two
        .summaries
        .iter()
        .map(|run| run["integration_reference_id"].as_str().unwrap_or_default())
        .collect();
    assert_eq!((two.code, &ended[..]), (3, &[first, second][..]), "{two:?}");
    let by_guard = |guard: &str| {
        let named = ["release", "--integration", DEMOGRAPHIC, "--guard", guard];
        site.feedgate(&[&named[..], &["--why", "known", "--json"][..]].concat())
    };
    assert_eq!(by_guard("GUARD_ROWS").code, 2, "none is held by that");
    by_guard("guard_errors").ended(3, "Completed with Errors");
    assert_eq!(site.show(third).status(), "Completed with Errors");
}

#[test]
fn a_guard_s_name_releases_nothing_that_another_guard_holds_too() {
    let site = guarded(
        DEMOGRAPHIC,
        "max_error_count = 0\nmax_termination_count = 0",
    );
    site.roster("first.csv", csv(&people(1)));
    let mut both = with_leavers(2, 1);
    both[1] = person(2).with("zip_code", "1");
    let held = site.send_people("hr.csv", &both, &[]);
    assert_held(&site, &held, "GUARD_ERRORS");
    assert_held(&site, &held, "GUARD_TERMINATIONS");
    let named = [
        "release",
        "--integration",
        DEMOGRAPHIC,
        "--guard",
        "GUARD_ERRORS",
        "--why",
        "x",
    ];
    let outcome = site.feedgate(&named);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    assert!(
        outcome.stderr.contains("GUARD_ERRORS, GUARD_TERMINATIONS"),
        "{outcome:?}"
    );
    assert_eq!(site.show(held.reference()).status(), "Held");
}

#[test]
fn files_of_two_plan_years_by_turns_are_each_measured_against_their_own() {
    let site =
        guarded(DEDUCTION, "max_row_change_count = 1").and_keys(DEDUCTION, "retro_days = 400");
    site.roster("hr.csv", csv(&people(9)));
    let next = format!("{}-01-15", this_year() + 1);
    let send = |name: &str, rows: usize, day: &str| {
        let row = |n| deduction(n).with("effective_date", day);
        let records: Vec<Record> = (1..=rows).map(row).collect();
        site.send_deductions(name, &records, &[])
    };
    let this = today().to_string();
    send("next.csv", 6, &next).completed();
    // There is no other file of this year yet.
    let held = send("this.csv", 2, &this);
    assert_held(&site, &held, "GUARD_ROWS");
    let why = ["--for-year", "--why", "payroll takes both", "--json"];
    site.feedgate(&[&["release", held.reference()], &why[..]].concat())
        .completed();
    send("next-2.csv", 7, &next).completed();
    send("this-2.csv", 3, &this).completed();
    let cut = send("next-3.csv", 3, &next);
    assert_held(&site, &cut, "GUARD_ROWS");
    let reason = "3 records after 7 in the last file that was taken";
    assert!(cut.text("reason").contains(reason), "{cut:?}");
}
