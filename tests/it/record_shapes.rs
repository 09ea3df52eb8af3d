//! Records that don't have the shape of the others in their file: whose fields are which is in doubt, so they are rejected
//! and no value of them is taken.

use crate::people::{Record, csv, deduction, people, subscriber_id};
use crate::scenario::{DEDUCTION, ErrorRow, Outcome, Scenario};

/// Columns of deductions, with their characters in fixed-width lines.
const COLUMNS: [(&str, usize); 8] = [
    ("subscriber_id", 10),
    ("username", 24),
    ("ssn", 11),
    ("deduction_code", 6),
    ("effective_date", 10),
    ("plan_name", 12),
    ("employee_amount", 8),
    ("employer_amount", 8),
];
const WIDTH: usize = 89;
const IMPLIED: &str = "[integration.deduction-import.format]\ndecimals = 'implied'\n";

fn layout() -> String {
    let mut toml = "[integration.deduction-import.fixed_width]\n".to_owned();
    let mut start = 1;
    for (name, length) in COLUMNS {
        toml += &format!("{name} = {{ start = {start}, length = {length} }}\n");
        start += length;
    }
    toml
}

fn fixed() -> Scenario {
    Scenario::new().and_config(&(layout() + IMPLIED))
}

fn positions() -> Scenario {
    let places = COLUMNS
        .iter()
        .zip(1..)
        .map(|((name, _), n)| format!("{name} = {n}\n"));
    Scenario::new().and_config(&format!(
        "[integration.deduction-import.positions]\n{}",
        places.collect::<String>()
    ))
}

/// The deduction of the n-th employee.
fn record(n: usize, plan: &str, employee: &str, employer: &str) -> Record {
    deduction(n)
        .with("plan_name", plan)
        .with("employee_amount", employee)
        .with("employer_amount", employer)
}

fn whole(n: usize) -> Record {
    record(n, "PPO", "00008510", "00021000")
}

fn line(record: &Record) -> String {
    let cell = |(name, length): &(&str, usize)| format!("{:<length$}", record.get(name));
    COLUMNS.iter().map(cell).collect()
}

fn row(record: &Record) -> String {
    COLUMNS.map(|(name, _)| record.get(name)).join(",")
}

fn plain(n: usize) -> String {
    row(&record(n, "PPO", "85.10", "210.00"))
}

/// A run over these lines, and the same lines dry.
fn run(site: &Scenario, name: &str, lines: &[String]) -> Outcome {
    let text = lines.join("\n") + "\n";
    std::fs::write(site.path(name), &text).expect("file");
    let dry = site.feedgate(&["validate", name, "--integration", DEDUCTION, "--json"]);
    let dry = &dry.summaries[0]["summary"];
    let run = site.inbound(DEDUCTION, name, text).run(DEDUCTION, &[]);
    for key in ["status", "records_processed", "errors", "findings"] {
        assert_eq!(dry[key], run.summary()[key], "{key}: {run:?}");
    }
    run
}

fn amounts(run: &Outcome) -> Vec<[String; 2]> {
    let of = |row: &std::collections::BTreeMap<String, String>| {
        ["employee_amount", "employer_amount"].map(|c| row[c].clone())
    };
    run.rows().iter().map(of).collect()
}

/// The lines of the rejected records, each with its code.
fn refused(errors: &[ErrorRow]) -> Vec<(u64, &str)> {
    let of = |e: &ErrorRow| e.line.expect("a line");
    errors.iter().map(|e| (of(e), e.code.as_str())).collect()
}

#[test]
fn without_a_header_most_records_say_how_many_fields_there_are() {
    let shifted = row(&record(2, "PPO", "1,234.50", "210.00"));
    let text = row(&record(3, "PPO, Gold", "1.00", "2.00"));
    for more in ["", ",", ",x", ",,"] {
        let site = positions();
        site.roster("people.csv", csv(&people(9)));
        let [one, four, five] = [1, 4, 5].map(plain);
        let lines = [&one, &shifted, &text, &four, &five].map(|line| format!("{line}{more}"));
        let outcome = run(&site, "a.txt", &lines);
        let errors = outcome.errors();
        assert_eq!(
            refused(&errors),
            [(2, "FIELD_COUNT"), (3, "FIELD_COUNT")],
            "{more}"
        );
        let fields = 8 + more.matches(',').count();
        let said = format!(
            "The row has {} values, and most rows of the file have {fields}.",
            fields + 1
        );
        assert_eq!(errors[0].message, said);
        assert!(errors[0].how_to_fix.contains("double quotes"));
        assert_eq!(errors[0].subscriber_id, subscriber_id(2));
        assert_eq!(amounts(&outcome), [["85.10", "210.00"]; 3]);

        // Sent back as they are, they are still more than the rows of their file had.
        let again = run(
            &site,
            &outcome.published_name("rejects"),
            &[format!("{shifted}{more}"), format!("{text}{more}")],
        );
        again
            .ended(3, "Completed with Errors")
            .buckets([0, 0, 0, 2]);
        let corrected = [
            shifted.replace("1,234.50", "\"1,234.50\""),
            text.replace("PPO, Gold", "PPO Gold"),
        ]
        .map(|line| format!("{line}{more}"));
        let last = run(&site, &again.published_name("rejects"), &corrected);
        last.completed().buckets([2, 0, 0, 0]);
        assert_eq!(amounts(&last), [["1234.50", "210.00"], ["1.00", "2.00"]]);
    }
}

#[test]
fn records_without_a_header_may_have_fewer_fields_or_empty_ones_behind_and_ones_that_nobody_reads()
{
    let rows = [1, 2, 3, 4, 5].map(plain);
    let short = rows[1].rsplit_once(',').expect("a field").0.to_owned();
    let lines = [
        format!("{},x,y", rows[0]),
        short,
        format!("{},x,y", rows[2]),
        format!("{},,,", rows[3]),
        format!("{},x,", rows[4]),
    ];
    let site = positions();
    site.roster("people.csv", csv(&people(9)));
    let outcome = run(&site, "a.txt", &lines);
    outcome.completed().buckets([5, 0, 0, 0]);
    assert_eq!(amounts(&outcome)[1], ["85.10", ""]);
    // Of two numbers that as many records have, the greater.
    let lines = [format!("{},x,y", rows[0]), rows[1].clone()];
    run(&site, "b.txt", &lines).ended(0, "Completed");
    // Rows of another kind that the integration leaves out don't say what its rows have.
    let site = site.and_config("[integration.deduction-import.rows]\nonly = { '9' = ['EE'] }\n");
    let other = |n| format!("{},DP", plain(n));
    let own = |n| format!("{},EE,x,y,z", plain(n));
    let outcome = run(
        &site,
        "c.txt",
        &[other(5), other(6), other(7), own(6), own(7)],
    );
    outcome.completed().buckets([2, 0, 3, 0]);
}

#[test]
fn a_line_that_ends_within_an_amount_with_implied_decimals_is_told_wherever_it_stands() {
    let lines = [1, 2].map(|n| line(&whole(n)));
    // 210.00, of which 2.10, 21.00 or nothing but blanks is left; and the same of the amount before.
    for left in [1, 3, 7, 8 + 3] {
        let site = fixed();
        site.roster("people.csv", csv(&people(9)));
        let broken = lines[0][..WIDTH - left].to_owned();
        let outcome = run(&site, "a.txt", &[broken, lines[1].clone()]);
        let errors = outcome.errors();
        assert_eq!(refused(&errors), [(1, "FIELD_COUNT")], "{left}");
        let places = if left < 8 { "82-89" } else { "74-81" };
        for part in ["ends within an amount", places] {
            assert!(errors[0].message.contains(part), "{errors:?}");
        }
        assert!(errors[0].how_to_fix.contains("89 characters"), "{errors:?}");
        assert_eq!(errors[0].subscriber_id, subscriber_id(1));
        assert_eq!(amounts(&outcome), [["85.10", "210.00"]]);
        // Sent whole, it is taken.
        let again = run(&site, &outcome.published_name("rejects"), &lines[..1]);
        again.completed().buckets([1, 0, 0, 0]);
        assert_eq!(amounts(&again), [["85.10", "210.00"]]);
    }
}

#[test]
fn amounts_that_say_where_their_decimals_are_or_are_not_there_are_in_no_doubt() {
    let lines = [1, 2].map(|n| line(&record(n, "PPO", "85.10", "210.00")));
    let explicit = layout() + &IMPLIED.replace("implied", "explicit");
    let site = Scenario::new().and_config(&explicit);
    site.roster("people.csv", csv(&people(9)));
    let trimmed = lines.map(|line| line.trim_end().to_owned());
    let outcome = run(&site, "a.txt", &trimmed);
    assert_eq!(amounts(&outcome), [["85.10", "210.00"]; 2]);
    let site = fixed();
    site.roster("people.csv", csv(&people(9)));
    let without = line(&whole(1))[..WIDTH - 8].to_owned();
    let outcome = run(&site, "b.txt", &[without, line(&whole(2))]);
    assert_eq!(amounts(&outcome), [["85.10", ""], ["85.10", "210.00"]]);
    // Lines of another kind that the integration leaves out may end where they like.
    let site =
        site.and_config("[integration.deduction-import.rows]\nskip = { plan_name = ['DEP'] }\n");
    let other = line(&record(3, "DEP", "0", "0"))[..WIDTH - 3].to_owned();
    let outcome = run(&site, "c.txt", &[other, line(&whole(4))]);
    outcome.completed().buckets([1, 0, 1, 0]);
}

/// A line whose columns are filled to their lengths by bytes.
fn by_bytes(record: &Record) -> String {
    let cell = |(name, length): &(&str, usize)| {
        let value = record.get(name);
        value.to_owned() + &" ".repeat(length - value.len())
    };
    COLUMNS.iter().map(cell).collect()
}

#[test]
fn lines_padded_by_bytes_are_told_and_lines_padded_by_characters_are_read() {
    let named = |n, plan: &str| record(n, plan, "00008510", "00021000");
    let [ascii, accents] = [named(1, "Medical"), named(2, "M\u{e9}dical")];
    for first in [vec![line(&ascii)], vec![]] {
        let site = fixed();
        site.roster("people.csv", csv(&people(9)));
        let sent = [
            first.clone(),
            vec![by_bytes(&accents), by_bytes(&named(3, "Vis\u{f3}n \u{e9}"))],
        ]
        .concat();
        let outcome = run(&site, "a.txt", &sent);
        outcome
            .ended(3, "Completed with Errors")
            .buckets([first.len() as u64, 0, 0, 2]);
        let errors = outcome.errors();
        assert!(errors.iter().all(|e| e.code == "FIELD_COUNT"), "{errors:?}");
        assert!(errors[0].message.contains("pads by bytes"), "{errors:?}");
        // As characters, they are taken: as corrections, and as a file.
        let right = [&accents, &named(3, "Vis\u{f3}n \u{e9}")].map(line);
        let again = run(&site, &outcome.published_name("rejects"), &right);
        again.completed().buckets([2, 0, 0, 0]);
        assert_eq!(amounts(&again), [["85.10", "210.00"]; 2]);
        assert_eq!(
            again.column("plan_name"),
            ["M\u{e9}dical", "Vis\u{f3}n \u{e9}"]
        );
    }
    // What one byte stands for in Windows-1252 is one character.
    let site = fixed();
    site.roster("people.csv", csv(&people(9)));
    let text = [line(&ascii), line(&accents)].join("\n") + "\n";
    let bytes: Vec<u8> = text.chars().map(|c| u32::from(c) as u8).collect();
    let outcome = site.inbound(DEDUCTION, "b.txt", bytes).run(DEDUCTION, &[]);
    outcome.completed().buckets([2, 0, 0, 0]);
    // In the last column, nothing stands behind such a letter that could be moved.
    let people = "[integration.deduction-import.fixed_width]\n".to_owned();
    let last = [1, 2, 3, 4, 6, 7, 0, 5].map(|at| COLUMNS[at]);
    let (mut toml, mut start) = (people, 1);
    for (name, length) in last {
        toml += &format!("{name} = {{ start = {start}, length = {length} }}\n");
        start += length;
    }
    let site = Scenario::new().and_config(&(toml + IMPLIED));
    site.roster("people.csv", csv(&crate::people::people(9)));
    let of = |record: &Record| -> String {
        let cell = |(name, length): &(&str, usize)| {
            let value = record.get(name);
            value.to_owned() + &" ".repeat(length - value.len())
        };
        last.iter().map(cell).collect()
    };
    let outcome = run(&site, "c.txt", &[of(&ascii), of(&accents)]);
    outcome.completed().buckets([2, 0, 0, 0]);
    assert_eq!(outcome.column("plan_name"), ["Medical", "M\u{e9}dical"]);
}

#[test]
fn text_behind_a_fixed_width_layout_is_told_with_its_characters() {
    let site = fixed();
    site.roster("people.csv", csv(&people(9)));
    let sent = [line(&whole(1)) + "X9", line(&whole(2)) + "   "];
    let outcome = run(&site, "a.txt", &sent);
    let errors = outcome.errors();
    assert_eq!(refused(&errors), [(1, "FIELD_COUNT")]);
    let said = "The line has 91 characters, and the layout ends at character 89.";
    assert_eq!(errors[0].message, said);
    let rest = "\"custom.rest\" = { start = 90, length = 2 }";
    assert!(errors[0].how_to_fix.contains(rest), "{errors:?}");
    // Followed, the advice is right.
    let toml = layout() + rest + "\n" + IMPLIED;
    let site = Scenario::new().and_config(&toml);
    site.roster("people.csv", csv(&people(9)));
    run(&site, "a.txt", &sent).completed().buckets([2, 0, 0, 0]);
    // Records without line ends between them are one line.
    let site = fixed();
    site.roster("people.csv", csv(&people(9)));
    let outcome = run(
        &site,
        "b.txt",
        &[[1, 2, 3].map(|n| line(&whole(n))).concat()],
    );
    let errors = outcome.errors();
    assert!(
        errors[0]
            .message
            .ends_with("without a line end between them."),
        "{errors:?}"
    );
    assert!(!errors[0].how_to_fix.contains("custom.rest"), "{errors:?}");
}

const NAMES: &str = "Member ID|Login|SSN|Ded Code|Start Date|EE Amount|Plan|ER Amount|Stop Date";

/// A row under these names, cut into pieces by line ends.
fn piped(n: usize, plan: &str) -> String {
    let record = record(n, plan, "85.10", "210.00");
    let of = |name: &str| record.get(name).to_owned();
    [
        of("subscriber_id"),
        of("username"),
        of("ssn"),
        of("deduction_code"),
        of("effective_date"),
        of("employee_amount"),
        of("plan_name"),
        of("employer_amount"),
        String::new(),
    ]
    .join("|")
}

#[test]
fn a_record_that_a_line_end_in_a_field_has_torn_is_rejected_with_all_its_pieces() {
    for (plan, pieces) in [("PPO\nGold", 2), ("PPO\nGold\nPlus", 3), ("\nPPO", 2)] {
        let site = Scenario::new();
        site.roster("people.csv", csv(&people(9)));
        let lines = [
            NAMES.to_owned(),
            piped(1, "PPO"),
            piped(2, plan),
            piped(3, "PPO"),
        ];
        let outcome = run(&site, "a.txt", &lines);
        outcome
            .ended(3, "Completed with Errors")
            .buckets([2, 0, 0, pieces]);
        let errors = outcome.errors();
        let told: Vec<(u64, &str)> = (3..3 + pieces).map(|line| (line, "FIELD_COUNT")).collect();
        assert_eq!(refused(&errors), told);
        assert!(
            errors[0].message.contains("A line end inside a value"),
            "{errors:?}"
        );
        assert_eq!(errors[0].subscriber_id, subscriber_id(2));
        assert_eq!(errors[1].subscriber_id, "");
        // In one line, it is taken.
        let corrected = [NAMES.to_owned(), piped(2, &plan.replace('\n', " "))];
        let again = run(&site, &outcome.published_name("rejects"), &corrected);
        again.completed().buckets([1, 0, 0, 0]);
        assert_eq!(amounts(&again), [["85.10", "210.00"]]);
    }
    // The same in a file of positions.
    let site = positions();
    site.roster("people.csv", csv(&people(9)));
    let torn = row(&record(2, "PPO\nGold", "85.10", "210.00"));
    let outcome = run(&site, "b.txt", &[plain(1), torn, plain(3), plain(4)]);
    assert_eq!(
        refused(&outcome.errors()),
        [(2, "FIELD_COUNT"), (3, "FIELD_COUNT")]
    );
}

#[test]
fn a_fixed_width_line_that_a_line_end_in_a_field_has_torn_is_rejected_with_its_pieces() {
    let site = fixed();
    site.roster("people.csv", csv(&people(9)));
    let torn =
        line(&record(2, "PPO Gold", "00008510", "00021000")).replace("PPO Gold", "PPO\nGold");
    let lines = [line(&whole(1)), torn, line(&whole(3))];
    let outcome = run(&site, "a.txt", &lines);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 2]);
    let errors = outcome.errors();
    assert_eq!(refused(&errors), [(2, "FIELD_COUNT"), (3, "FIELD_COUNT")]);
    assert!(
        errors[0].message.contains("A line end inside a value"),
        "{errors:?}"
    );
    // Lines that end early are whole by themselves, also before one that is none.
    let early = line(&whole(4))[..62].to_owned() + "PPO";
    let lines = [line(&whole(5)), early, "GRAND TOTAL  2".to_owned()];
    let outcome = run(&site, "b.txt", &lines);
    assert_eq!(outcome.findings().get("FIELD_COUNT"), None, "{outcome:?}");
}

#[test]
fn rows_that_leave_out_their_last_fields_are_no_pieces() {
    let site = Scenario::new();
    site.roster("people.csv", csv(&people(9)));
    let short = |n| piped(n, "PPO").rsplitn(4, '|').last().map(str::to_owned);
    let [one, two, three] = [1, 2, 3].map(|n| short(n).expect("fields"));
    // Beside each other, before a row that is rejected, and before a line that is none.
    let wrong = piped(4, "PPO").replace(deduction(4).get("effective_date"), "soon");
    let lines = [
        NAMES.to_owned(),
        one,
        two,
        wrong,
        three,
        "Total|3".to_owned(),
    ];
    let outcome = run(&site, "a.txt", &lines);
    outcome
        .ended(3, "Completed with Errors")
        .buckets([3, 0, 0, 2]);
    assert_eq!(outcome.findings().get("FIELD_COUNT"), None, "{outcome:?}");
    // Rows that the integration leaves out stay so, whatever follows.
    let torn = piped(6, "DEP\nGold");
    let left_out = "[integration.deduction-import.rows]\nskip = { Login = ['other'] }\n";
    let torn = torn.replace(deduction(6).get("username"), "other");
    let rows_site = Scenario::new().and_config(left_out);
    rows_site.roster("people.csv", csv(&people(9)));
    let outcome = run(
        &rows_site,
        "c.txt",
        &[NAMES.to_owned(), piped(7, "PPO"), torn],
    );
    outcome
        .ended(3, "Completed with Errors")
        .buckets([1, 0, 1, 1]);
    // In quotes, a line end is text.
    let quoted = [NAMES.to_owned(), piped(5, "\"PPO\nGold\"")];
    run(&site, "b.txt", &quoted)
        .completed()
        .buckets([1, 0, 0, 0]);
}
