//! Lines that are no records: titles above the header, a line that names the delimiter, the header on every page, and what
//! the integration ignores.

use super::people::{Record, csv, deduction, people, person};
use super::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use feedgate::internal::format::Encoding;
use serde_json::{Value, json};

const FOOTERS: &str =
    "[integration.demographic-export.format]\nignore = ['(* rows affected)', 'Page *']";

fn text(records: &[Record], delimiter: char) -> String {
    let text = String::from_utf8(csv(records)).expect("UTF-8");
    text.replace(',', &delimiter.to_string())
}

/// Header and rows.
fn parts(records: &[Record], delimiter: char) -> (String, Vec<String>) {
    let text = text(records, delimiter);
    let mut lines = text.lines().map(|line| format!("{line}\n"));
    let header = lines.next().expect("a header");
    (header, lines.collect())
}

/// A dry run, then a run; both set the same lines aside.
fn run(site: &Scenario, integration: &str, text: impl AsRef<[u8]>) -> Outcome {
    let text = text.as_ref();
    std::fs::write(site.path("a.csv"), text).expect("file");
    let dry = site.feedgate(&["validate", "a.csv", "--integration", integration, "--json"]);
    let dry: Value = dry.summaries.into_iter().next().expect("JSON");
    let run = site
        .inbound(integration, "a.csv", text)
        .run(integration, &[]);
    for key in [
        "status",
        "reason",
        "records_processed",
        "lines_set_aside",
        "set_aside_lines",
        "findings",
    ] {
        assert_eq!(dry["summary"][key], run.summary()[key], "{key}: {run:?}");
        assert_eq!(run.receipt()[key], run.summary()[key], "{key}: {run:?}");
    }
    run
}

/// All records are taken, and these lines are set aside.
fn taken(outcome: &Outcome, records: u64, lines: &[u64]) {
    outcome.completed().buckets([records, 0, 0, 0]);
    assert!(outcome.findings().is_empty(), "{outcome:?}");
    assert_eq!(outcome.count("lines_set_aside"), lines.len() as u64);
    assert_eq!(outcome.summary()["set_aside_lines"], json!(lines));
}

#[test]
fn titles_above_the_header_are_set_aside() {
    let plain = run(&Scenario::new(), DEMOGRAPHIC, text(&people(2), ','));
    taken(&plain, 2, &[]);
    for delimiter in [',', ';', '|', '\t'] {
        let table = text(&people(2), delimiter);
        for (titles, lines) in [
            ("Census Report\n", &[1][..]),
            ("Acme, Inc., Madison, WI\nRun on 11/28/2026\n\n", &[1, 2]),
            ("\"Census\nof November\"\n;;;\nall; of, us\n", &[1, 2, 4]),
            ("Employee ID\nSSN\n", &[1, 2]),
        ] {
            let found = run(&Scenario::new(), DEMOGRAPHIC, format!("{titles}{table}"));
            let blank = delimiter == ';' || !titles.contains(";;;");
            let lines = match blank {
                true => lines.to_vec(),
                false => vec![1, 2, 3, 4],
            };
            taken(&found, 2, &lines);
            assert_eq!(found.output(), plain.output());
        }
    }
}

#[test]
fn deductions_may_have_titles_too() {
    let site = Scenario::new();
    site.roster("hr.csv", csv(&people(2)));
    let table = text(&[deduction(1), deduction(2)], ';');
    let found = run(
        &site,
        DEDUCTION,
        format!("sep=;\nPayroll, November\n{table}"),
    );
    taken(&found, 2, &[1, 2]);
}

#[test]
fn a_title_leaves_the_encoding_and_the_marks_alone() {
    let table = text(&people(2), ';');
    for encoding in [Encoding::Utf8, Encoding::Utf16Le, Encoding::Utf16Be] {
        let mut bytes = encoding.mark(true).to_vec();
        encoding.encode(&format!("sep=;\r\nCens\u{e9}\r\n{table}"), &mut bytes);
        taken(&run(&Scenario::new(), DEMOGRAPHIC, bytes), 2, &[1, 2]);
    }
}

#[test]
fn only_thirty_lines_may_hold_the_header() {
    let table = text(&people(1), ',');
    let found = run(&Scenario::new(), DEMOGRAPHIC, "t\n".repeat(29) + &table);
    taken(&found, 1, &(1..30).collect::<Vec<u64>>());
    let found = run(&Scenario::new(), DEMOGRAPHIC, "t\n".repeat(30) + &table);
    found.ended(1, "Failed");
    assert_eq!(found.findings().get("COLUMN_MISSING"), Some(&1));
}

#[test]
fn without_a_header_the_line_that_is_most_like_one_is_told() {
    let table = text(&people(1), ',').replacen("subscriber_id", "Subscribr ID", 1);
    let plain = run(&Scenario::new(), DEMOGRAPHIC, &table);
    let titled = run(
        &Scenario::new(),
        DEMOGRAPHIC,
        format!("Census\nfirst,last,ssn\n{table}"),
    );
    for (found, line) in [(&plain, "line 1"), (&titled, "line 3")] {
        found.ended(1, "Failed");
        let reason = found.text("reason");
        assert!(
            reason.contains("missing: subscriber_id; `Subscribr ID` looks like subscriber_id")
                && reason.contains(line),
            "{reason}"
        );
        assert_eq!(found.count("lines_set_aside"), 0);
    }
    let nothing = run(&Scenario::new(), DEMOGRAPHIC, "Census\nE1,MARIA\n");
    let reason = nothing.text("reason");
    assert!(reason.contains("no column name is known here"), "{reason}");
}

#[test]
fn a_record_above_the_header_is_no_title() {
    let (header, rows) = parts(&people(3), ',');
    let sorted = format!("{}{header}{}{}", rows[0], rows[1], rows[2]);
    let found = run(&Scenario::new(), DEMOGRAPHIC, sorted);
    found.ended(1, "Failed");
    let reason = found.text("reason");
    assert!(
        reason.contains("line 2 names the columns, but line 1 before it looks like a record"),
        "{reason}"
    );
}

#[test]
fn the_header_of_every_page_is_set_aside() {
    let (header, rows) = parts(&people(3), ',');
    let site = Scenario::new().and_config(FOOTERS);
    let pages = format!(
        "{header}{}Page 1\n{header}{}\n{}{}{}(3 rows affected)",
        rows[0],
        rows[1],
        header.to_uppercase(),
        header.trim_end().to_owned() + ",,\n",
        rows[2]
    );
    taken(&run(&site, DEMOGRAPHIC, pages), 3, &[3, 4, 7, 8, 10]);
    // A person whose name is that of a column.
    let odd = person(4)
        .with("first_name", "First Name")
        .with("last_name", "last_name");
    let found = run(&Scenario::new(), DEMOGRAPHIC, csv(&[odd]));
    taken(&found, 1, &[]);
}

#[test]
fn without_a_pattern_a_footer_is_a_record_that_is_rejected() {
    let table = text(&people(2), ',') + "(2 rows affected)\n";
    let found = run(&Scenario::new(), DEMOGRAPHIC, &table);
    found
        .ended(3, "Completed with Errors")
        .buckets([2, 0, 0, 1]);
    assert_eq!(found.count("lines_set_aside"), 0);
    let site = Scenario::new().and_config(FOOTERS);
    taken(&run(&site, DEMOGRAPHIC, &table), 2, &[4]);
}

#[test]
fn a_wide_pattern_sets_no_person_aside() {
    let table = text(&people(2), ',');
    let ignore = "[integration.demographic-export.format]\nignore = ['N10*']";
    let site = Scenario::new().and_config(ignore);
    let found = run(&site, DEMOGRAPHIC, format!("{table}N100: all of them\n"));
    taken(&found, 2, &[4]);
    let site = Scenario::new().and_config(&format!("{ignore}\ntrailer = {{ marker = 'N' }}"));
    taken(&run(&site, DEMOGRAPHIC, format!("{table}N,2\n")), 2, &[]);
}

#[test]
fn what_is_set_aside_counts_in_no_trailer() {
    let site = Scenario::new().and_config(
        "[integration.demographic-export.format]\nignore = ['Page *']\n\
         header = { marker = 'HDR', count = 2 }\ntrailer = { marker = 'Total', count = 2 }",
    );
    let (header, rows) = parts(&people(2), ',');
    let file = |count: u32| {
        format!(
            "Census\nHDR,{count}\nPage 1\n{header}{}HDR,{count}\n{header}{}Total Records,{count}\nPage 2\n",
            rows[0], rows[1]
        )
    };
    taken(&run(&site, DEMOGRAPHIC, file(2)), 2, &[1, 3, 6, 7, 10]);
    run(&site, DEMOGRAPHIC, file(3)).ended(1, "Failed");
    let late = file(2) + &rows[0];
    let found = run(&site, DEMOGRAPHIC, late);
    assert!(found.text("reason").contains("follows the trailer"));
}

#[test]
fn rejects_of_a_report_can_be_sent_again() {
    for (config, titles, head) in [
        ("", "sep=;\nCensus\n", "sep=;\n"),
        ("", "Census, of November\n", ""),
        (
            "[integration.demographic-export.format]\nheader = { marker = 'HDR' }\nignore = ['Page *']",
            "Census\nHDR;7\nPage 1\n",
            "HDR;7\n",
        ),
    ] {
        let site = Scenario::new().and_config(config);
        let (header, rows) = parts(&people(2), ';');
        let wrong = rows[1].replace("WI", "W1");
        let pages = format!("{titles}{header}{}{header}{wrong}", rows[0]);
        let found = run(&site, DEMOGRAPHIC, pages);
        found
            .ended(3, "Completed with Errors")
            .buckets([1, 0, 0, 1]);
        let rejects = String::from_utf8(found.rejects().expect("rejects")).expect("UTF-8");
        assert_eq!(rejects, format!("{head}{header}{wrong}"));
        let name = format!("a.{}.rejects.csv", found.reference());
        let again = site
            .inbound(DEMOGRAPHIC, &name, rejects.replace("W1", "WI"))
            .run(DEMOGRAPHIC, &[]);
        again.completed().buckets([1, 0, 0, 0]);
        assert_eq!(again.text("resubmission_of"), found.reference());
        assert_eq!(again.count("lines_set_aside"), u64::from(head == "sep=;\n"));
    }
}

#[test]
fn people_are_told_which_lines_were_set_aside() {
    let site = Scenario::new().and_config(FOOTERS);
    let table = text(&people(2), ',');
    let file = format!("Census\nNovember\n\n{table}(2 rows affected)\n");
    let found = run(&site, DEMOGRAPHIC, &file);
    let shown = site.feedgate(&["show", found.reference()]);
    assert!(
        shown
            .stdout
            .contains("Lines Set Aside             3 (lines 1-2, 7)"),
        "{shown:?}"
    );
    let dry = site.feedgate(&["validate", "a.csv", "--integration", DEMOGRAPHIC]);
    assert!(
        dry.stdout
            .contains("No records, set aside: 3 (lines 1-2, 7)"),
        "{dry:?}"
    );
}

#[test]
fn fixed_width_files_have_pages_too() {
    let columns = [
        ("subscriber_id", 10),
        ("username", 24),
        ("ssn", 11),
        ("first_name", 12),
        ("last_name", 12),
        ("birth_date", 10),
        ("hire_date", 10),
        ("employment_status", 1),
    ];
    let (mut layout, mut start) = (String::new(), 1);
    for (name, length) in columns {
        layout += &format!("{name} = {{ start = {start}, length = {length} }}\n");
        start += length;
    }
    let row = |n: usize| {
        let cells = columns.map(|(name, length)| format!("{:<length$}", person(n).get(name)));
        cells.concat() + "\n"
    };
    let site = Scenario::new().and_config(&format!(
        "[integration.demographic-export.fixed_width]\n{layout}\
         [integration.demographic-export.format]\nignore = ['Page *', 'Number of employees in this extract:*']\n\
         header = {{ marker = 'HDR' }}\ntrailer = {{ marker = 'TRL', count = {{ start = 4, length = 4 }} }}"
    ));
    let footer = format!(
        "{:<60}0000000000002 00000003\n",
        "Number of employees in this extract:"
    );
    let first = row(1);
    let file = |row: &str| {
        format!(
            "Page 1\nHDR2026\n{}Page 2\nHDR2026\n{row}{footer}TRL0002\n{footer}",
            first
        )
    };
    taken(&run(&site, DEMOGRAPHIC, file(&row(2))), 2, &[1, 4, 5, 7, 9]);
    let wrong = row(2).replace('@', "!").replacen("20", "2O", 1);
    let found = run(&site, DEMOGRAPHIC, file(&wrong));
    found
        .ended(3, "Completed with Errors")
        .buckets([0, 1, 0, 1]);
    let rejects = String::from_utf8(found.rejects().expect("rejects")).expect("UTF-8");
    assert_eq!(rejects, format!("HDR2026\n{wrong}"));
}
