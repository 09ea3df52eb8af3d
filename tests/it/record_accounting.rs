//! Property tests of one file with a random mix of good and bad rows: every record and its amounts are counted in
//! exactly one bucket, the order of the rows doesn't matter, and the same bytes are accepted only once.

use crate::people::{Record, csv, deduction, people, person, ssn};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;
use std::collections::BTreeMap;

/// Every case starts processes, so there are few of them.
fn few() -> Config {
    Config {
        cases: 20,
        max_shrink_iters: 40,
        failure_persistence: None,
        ..Config::default()
    }
}

/// People the roster knows.
const KNOWN: usize = 60;
/// The last of them are test employees.
const TESTERS: usize = 5;

/// What a row is like. Every plan makes its rows of a person of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    Good,
    Zero,
    UnknownSubscriber,
    BadSsn,
    Unreadable,
    TooPrecise,
    Negative,
    Flagged,
    Twice,
    Conflict,
    ConflictAmongCopies,
    TooManyFields,
    SharedSsn,
}

fn plans() -> impl Strategy<Value = Vec<(Plan, i64)>> {
    use Plan::*;
    let plan = prop_oneof![
        4 => Just(Good),
        1 => Just(Zero),
        1 => Just(UnknownSubscriber),
        1 => Just(BadSsn),
        1 => Just(Unreadable),
        1 => Just(TooPrecise),
        1 => Just(Negative),
        1 => Just(Flagged),
        1 => Just(Twice),
        1 => Just(Conflict),
        1 => Just(ConflictAmongCopies),
        1 => Just(TooManyFields),
        1 => Just(SharedSsn),
    ];
    prop::collection::vec((plan, 1..1_000_000i64), 1..30)
}

/// A row and what has to become of it.
#[derive(Clone, Debug)]
struct Row {
    record: Record,
    bucket: &'static str,
    employee: i64,
    employer: i64,
    /// A value behind its last field.
    long: bool,
}

fn dollars(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

fn rows(plans: &[(Plan, i64)]) -> Vec<Row> {
    let mut all = Vec::new();
    for (i, (plan, cents)) in plans.iter().enumerate() {
        let (n, cents) = (i + 1, *cents);
        let employer = cents * 3 + 1;
        let whole = deduction(n)
            .with("employee_amount", dollars(cents))
            .with("employer_amount", dollars(employer));
        let row = |record: Record, bucket, employee| Row {
            record,
            bucket,
            employee,
            employer,
            long: false,
        };
        let good = row(whole.clone(), "accepted", cents);
        let rejected = |record| row(record, "rejected", cents);
        let amount = |text: &str, cents| {
            row(
                whole.clone().with("employee_amount", text),
                "rejected",
                cents,
            )
        };
        let other = |m: i64| whole.clone().with("employee_amount", dollars(m));
        match plan {
            Plan::Good => all.push(good),
            Plan::Zero => all.push(Row {
                bucket: "accepted",
                ..amount("0.00", 0)
            }),
            Plan::UnknownSubscriber => {
                all.push(rejected(whole.with("subscriber_id", format!("X{n}"))));
            }
            Plan::BadSsn => all.push(rejected(whole.with("ssn", "666-12-3456"))),
            Plan::Unreadable => all.push(amount("12,5O", 0)),
            Plan::TooPrecise => all.push(amount("46.153", 0)),
            Plan::Negative => all.push(amount(&dollars(-cents), -cents)),
            Plan::Flagged => {
                let flagged = if n % 2 == 0 {
                    whole.with("test_employee", "yes").with("ssn", "n/a")
                } else {
                    // The roster says it, the record does not.
                    let of = deduction(KNOWN - n % TESTERS).with("deduction_code", format!("F{n}"));
                    of.with("employee_amount", dollars(cents))
                        .with("employer_amount", dollars(employer))
                };
                all.push(row(flagged, "skipped", cents));
            }
            Plan::Twice => {
                let copy = Row {
                    bucket: "skipped",
                    ..good.clone()
                };
                all.extend([good, copy]);
            }
            Plan::Conflict => {
                all.extend([
                    rejected(whole.clone()),
                    row(other(cents + 1), "rejected", cents + 1),
                ]);
            }
            Plan::ConflictAmongCopies => all.extend([
                rejected(whole.clone()),
                row(other(cents + 1), "rejected", cents + 1),
                rejected(whole.clone()),
            ]),
            Plan::TooManyFields => all.push(Row {
                long: true,
                employee: 0,
                employer: 0,
                ..rejected(whole)
            }),
            Plan::SharedSsn => {
                // The ID of one and the SSN of the other: both rows are out, whatever else is wrong with them.
                let thief = deduction(KNOWN - TESTERS - n)
                    .with("ssn", ssn(n))
                    .with("deduction_code", format!("S{n}"))
                    .with("employee_amount", dollars(cents))
                    .with("employer_amount", dollars(employer));
                all.extend([rejected(whole.clone()), rejected(thief)]);
            }
        }
    }
    all
}

/// The file of the rows in an order.
fn file(rows: &[Row], order: &[usize]) -> Vec<u8> {
    let mut records: Vec<Record> = order.iter().map(|i| rows[*i].record.clone()).collect();
    // Every file has the same header, whatever stands first.
    records.insert(0, deduction(0).with("test_employee", ""));
    let text = String::from_utf8(csv(&records)).expect("UTF-8");
    let mut lines = text.lines();
    let mut out = format!("{}\n", lines.next().unwrap_or_default());
    for (line, i) in lines.skip(1).zip(order) {
        let more = if rows[*i].long { ",more" } else { "" };
        out += &format!("{line}{more}\n");
    }
    out.into_bytes()
}

fn site() -> Scenario {
    let site = Scenario::new();
    let mut known = people(KNOWN);
    for tester in known.iter_mut().rev().take(TESTERS) {
        *tester = tester.clone().with("test_employee", "Y");
    }
    site.roster("roster.csv", csv(&known));
    site
}

fn cents(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_default();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let amount: i64 = digits
        .parse()
        .unwrap_or_else(|_| panic!("{value} is no amount"));
    if text.starts_with('-') {
        -amount
    } else {
        amount
    }
}

/// Records and cents by bucket, as the summary tells them; the sums must close.
fn buckets(outcome: &Outcome) -> BTreeMap<String, [i64; 3]> {
    let summary = outcome.summary();
    let sums = |what: &str, bucket: &str| cents(&summary["amounts"][what][bucket]);
    let mut all = BTreeMap::new();
    for (bucket, key) in [
        ("accepted", "records_accepted"),
        ("unchanged", "records_unchanged"),
        ("skipped", "records_skipped"),
        ("rejected", "errors"),
    ] {
        let count = outcome.count(key) as i64;
        all.insert(
            bucket.to_owned(),
            [count, sums("employee", bucket), sums("employer", bucket)],
        );
    }
    let total = |i: usize| all.values().map(|b| b[i]).sum::<i64>();
    assert_eq!(total(0), outcome.count("records_processed") as i64);
    assert_eq!(total(1), sums("employee", "in"));
    assert_eq!(total(2), sums("employer", "in"));
    let accepted = [
        "records_created",
        "records_updated",
        "records_deactivated",
        "records_linked",
        "records_reactivated",
        "records_without_change",
    ];
    let sum: u64 = accepted.iter().map(|key| outcome.count(key)).sum();
    assert_eq!(sum, outcome.count("records_accepted"));
    let skipped = summary["skipped"].as_object().expect("reasons");
    let sum: u64 = skipped.values().filter_map(Value::as_u64).sum();
    assert_eq!(sum, outcome.count("records_skipped"));
    all
}

fn expected(rows: &[Row]) -> BTreeMap<String, [i64; 3]> {
    let mut all = BTreeMap::new();
    for bucket in ["accepted", "unchanged", "skipped", "rejected"] {
        all.insert(bucket.to_owned(), [0; 3]);
    }
    for row in rows {
        let sums = all.entry(row.bucket.to_owned()).or_default();
        *sums = [sums[0] + 1, sums[1] + row.employee, sums[2] + row.employer];
    }
    all
}

fn same_order(rows: &[Row]) -> Vec<usize> {
    (0..rows.len()).collect()
}

fn lines_sorted(bytes: Option<Vec<u8>>) -> Vec<String> {
    let text = String::from_utf8(bytes.unwrap_or_default()).expect("UTF-8");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn every_record_and_every_cent_ends_in_one_bucket(plans in plans()) {
        let (site, rows) = (site(), rows(&plans));
        let bytes = file(&rows, &same_order(&rows));
        let run = site.inbound(DEDUCTION, "ded.csv", &bytes).run(DEDUCTION, &[]);
        prop_assert_eq!(buckets(&run), expected(&rows), "{:?}", run);
        let of = |bucket: &str| rows.iter().filter(|r| r.bucket == bucket).count();
        prop_assert_eq!(run.code, if of("rejected") > 0 { 3 } else { 0 });
        // The files say the same as the summary.
        let written = run.rows();
        prop_assert_eq!(written.len(), of("accepted"));
        let sum: i64 = written.iter().map(|r| cents(&r["employee_amount"].clone().into())).sum();
        let accepted = rows.iter().filter(|r| r.bucket == "accepted");
        prop_assert_eq!(sum, accepted.map(|r| r.employee).sum::<i64>());
        let rejects = run.rejects().unwrap_or_default();
        let lines = rejects.iter().filter(|b| **b == b'\n').count();
        prop_assert_eq!(lines.saturating_sub(1), of("rejected"));
        let mut faulty: Vec<u64> = run
            .errors()
            .iter()
            .filter(|r| r.severity == "error")
            .filter_map(|r| r.record)
            .collect();
        faulty.dedup();
        let numbers = rows.iter().zip(1..).filter(|(r, _)| r.bucket == "rejected");
        prop_assert_eq!(faulty, numbers.map(|(_, n)| n).collect::<Vec<u64>>());
        let receipt = run.receipt();
        for key in ["records_processed", "errors", "amounts", "findings", "skipped"] {
            prop_assert_eq!(&receipt[key], &run.summary()[key]);
        }
        // The same records once more, in a file of other bytes: what was accepted is now unchanged.
        let again = [&bytes[..], b"\n"].concat();
        let second = site.inbound(DEDUCTION, "again.csv", again).run(DEDUCTION, &[]);
        let mut moved = expected(&rows);
        let accepted = moved.insert("accepted".to_owned(), [0; 3]).unwrap_or_default();
        moved.insert("unchanged".to_owned(), accepted);
        prop_assert_eq!(buckets(&second), moved, "{:?}", second);
        // Without qualify_delta they are written with the action none.
        let again = [&bytes[..], b"\n\n"].concat();
        let third = site
            .inbound(DEDUCTION, "third.csv", again)
            .run(DEDUCTION, &["--qualify-delta", "false"]);
        prop_assert_eq!(buckets(&third), expected(&rows), "{:?}", third);
        prop_assert_eq!(third.count("records_without_change"), third.count("records_accepted"));
        prop_assert!(third.rows().iter().all(|r| r["action"] == "none"));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(
        plans in plans(),
        seed in any::<u64>(),
    ) {
        let rows = rows(&plans);
        let mut shuffled = same_order(&rows);
        let mut state = seed | 1;
        for i in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(i, (state >> 33) as usize % (i + 1));
        }
        let runs = [same_order(&rows), shuffled].map(|order| {
            site().inbound(DEDUCTION, "ded.csv", file(&rows, &order)).run(DEDUCTION, &[])
        });
        prop_assert_eq!(buckets(&runs[0]), buckets(&runs[1]), "{:?}", runs);
        prop_assert_eq!(runs[0].findings(), runs[1].findings(), "{:?}", runs);
        prop_assert_eq!(lines_sorted(runs[0].output()), lines_sorted(runs[1].output()));
        prop_assert_eq!(lines_sorted(runs[0].rejects()), lines_sorted(runs[1].rejects()));
        prop_assert_eq!(&runs[0].summary()["skipped"], &runs[1].summary()["skipped"]);
        prop_assert_eq!(runs[0].count("employees_processed"), runs[1].count("employees_processed"));
    }

    #[test]
    fn the_same_bytes_are_taken_once(plans in plans(), copies in 1..3usize) {
        let (site, rows) = (site(), rows(&plans));
        let bytes = file(&rows, &same_order(&rows));
        let first = site.inbound(DEDUCTION, "ded.csv", &bytes).run(DEDUCTION, &[]);
        let before: Vec<(String, Vec<u8>)> = contents(&site);
        for i in 0..copies {
            let name = if i == 0 { "ded.csv".to_owned() } else { format!("copy{i}.csv") };
            let copy = site.inbound(DEDUCTION, &name, &bytes).run(DEDUCTION, &[]);
            if rows.iter().any(|row| row.bucket == "rejected") {
                // Only what is still open is judged again.
                prop_assert_eq!(copy.code, 3, "{:?}", copy);
                prop_assert_eq!(copy.count("records_accepted"), 0);
                prop_assert!(copy.rows().is_empty());
                return Ok(());
            }
            prop_assert_eq!(copy.code, 0, "{:?}", copy);
            prop_assert_eq!(copy.status(), "Completed");
            prop_assert_eq!(copy.count("records_processed"), 0);
            prop_assert_eq!(copy.text("duplicate_of"), first.reference());
            prop_assert!(copy.text("reason").contains(first.reference()), "{:?}", copy);
            prop_assert_eq!(&copy.receipt()["duplicate_of"], first.reference());
            prop_assert!(copy.output().is_none() && copy.error_file().is_none());
        }
        let again = site.feedgate(&["rerun", first.reference(), "--json"]);
        prop_assert_eq!(again.text("rerun_of"), first.reference(), "{:?}", again);
        let mut moved = expected(&rows);
        let accepted = moved.insert("accepted".to_owned(), [0; 3]).unwrap_or_default();
        moved.insert("unchanged".to_owned(), accepted);
        prop_assert_eq!(buckets(&again), moved, "{:?}", again);
        prop_assert!(again.rows().is_empty());
        prop_assert_eq!(again.findings(), first.findings());
        let after: BTreeMap<String, Vec<u8>> = contents(&site).into_iter().collect();
        for (name, bytes) in before {
            prop_assert_eq!(after.get(&name), Some(&bytes), "{} changed", name);
        }
    }

    #[test]
    fn the_law_holds_for_employees_too(faulty in prop::collection::vec(0..7usize, 1..40)) {
        let site = Scenario::new();
        let mut records = Vec::new();
        let mut wanted = BTreeMap::from([("accepted", 0), ("skipped", 0), ("rejected", 0)]);
        for (i, kind) in faulty.iter().enumerate() {
            let one = person(i + 1);
            let (record, bucket) = match kind {
                0 => (one.with("test_employee", "true").with("birth_date", ""), "skipped"),
                1 => (one.with("exclude_from_batch_import", "1"), "skipped"),
                2 => (one.with("is_primary_ein", "no"), "skipped"),
                3 => (one.with("birth_date", "1980-02-30"), "rejected"),
                4 => (one.with("ssn", "000-12-3456").with("state", "XX"), "rejected"),
                5 => (one.with("last_name", "Test"), "accepted"),
                _ => (one, "accepted"),
            };
            *wanted.entry(bucket).or_default() += 1;
            records.push(record);
        }
        let run = site.inbound(DEMOGRAPHIC, "hr.csv", csv(&records)).run(DEMOGRAPHIC, &[]);
        let found = buckets(&run);
        for (bucket, count) in wanted {
            prop_assert_eq!(found[bucket][0], count, "{}: {:?}", bucket, run);
        }
        prop_assert_eq!(run.rows().len(), run.count("records_accepted") as usize);
        prop_assert_eq!(run.count("employees_processed"), records.len() as u64);
    }
}

/// Rows far apart, in a file of many pieces: what one row means to another doesn't depend on how far away it is.
#[test]
fn the_laws_hold_however_far_rows_are_apart() {
    const MANY: usize = 6_000;
    let mut records = people(MANY);
    let first = |n: usize| person(n);
    records.push(first(1));
    records.push(first(2).with("city", "Monona"));
    records.push(person(MANY + 1).with("ssn", ssn(3)));
    records.push(person(MANY + 2).with("username", person(4).get("username").to_uppercase()));
    records.push(first(5).with("ein", "98-7654321"));
    records.push(person(MANY + 3).with("ssn", "666-12-3456"));
    let run = |records: &[Record]| {
        Scenario::new()
            .inbound(DEMOGRAPHIC, "hr.csv", csv(records))
            .run(DEMOGRAPHIC, &[])
    };
    let run_forth = run(&records);
    records.reverse();
    let run_back = run(&records);
    for run in [&run_forth, &run_back] {
        let found = buckets(run);
        assert_eq!(found["rejected"][0], 9, "{run:?}");
        assert_eq!(found["skipped"][0], 1, "{run:?}");
        assert_eq!(found["accepted"][0] as usize, MANY - 4, "{run:?}");
        assert_eq!(run.rows().len(), MANY - 4);
        let mut lines = run.errors();
        lines.sort_by_key(|r| r.record);
        assert_eq!(
            lines,
            run.errors(),
            "findings are in the order of the records"
        );
    }
    assert_eq!(
        lines_sorted(run_forth.output()),
        lines_sorted(run_back.output())
    );
    assert_eq!(run_forth.findings(), run_back.findings());
    // Rows come in the order of the source.
    let ids = |run: &Outcome| -> Vec<String> {
        run.rows()
            .iter()
            .map(|r| r["subscriber_id"].clone())
            .collect()
    };
    let mut back = ids(&run_back);
    back.reverse();
    // Of two copies the first counts, which is the other one in the other order.
    let copy = person(1).get("subscriber_id").to_owned();
    let others = |ids: Vec<String>| ids.into_iter().filter(|id| *id != copy).collect::<Vec<_>>();
    assert_eq!(others(ids(&run_forth)), others(back));
}

fn contents(site: &Scenario) -> Vec<(String, Vec<u8>)> {
    let read = |name: &String| std::fs::read(site.path(name)).expect("readable");
    let names = site.outbound();
    names.into_iter().map(|n| (n.clone(), read(&n))).collect()
}
