//! Double quotes in delimited files: those that no rule allows, those that swallow records, and what `format.quotes` and
//! `format.multiline` change.

use crate::people::{deduction, person};
use crate::round_trip::name_of_rejects;
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario};
use serde_json::json;

const HEADER: &str = "Employee ID,Login,SSN,First Name,Last Name,DOB,Hire Date,Status,Notes,Title";

/// A row of [`HEADER`], its name, notes and title as they are written.
fn row(n: u32, last_name: &str, notes: &str, title: &str) -> String {
    format!("E{n},user{n},61112{n},ANN,{last_name},1980-01-02,2020-02-03,A,{notes},{title}\n")
}

fn file(rows: &[String]) -> String {
    format!("{HEADER}\n{}", rows.concat())
}

fn with_format(keys: &str) -> Scenario {
    let of = |integration| format!("[integration.{integration}.format]\n{keys}\n");
    Scenario::new().and_config(&[DEMOGRAPHIC, DEDUCTION].map(of).concat())
}

fn run(site: &Scenario, name: &str, text: &str) -> Outcome {
    site.inbound(DEMOGRAPHIC, name, text).run(DEMOGRAPHIC, &[])
}

/// Line, column and code of each finding.
fn found(run: &Outcome) -> Vec<(u64, String, String)> {
    let errors = run.errors().into_iter();
    let of = |e: crate::scenario::ErrorRow| (e.line.unwrap_or_default(), e.field, e.code);
    errors.map(of).collect()
}

#[test]
fn text_behind_a_closing_quote_rejects_its_record_and_the_doubled_quote_is_right() {
    let site = Scenario::new();
    let wrong = [
        row(1001, "LEE", "", ""),
        row(1002, "\"KLINE, \"BOB\"\"", "x,,,y", ""),
        row(1003, "LEE", "\"said\" much", "Zo\u{eb}"),
        row(1004, "\"LEE\" ", "\"a \"\"b\"\"\"", "5\" pipes"),
        row(1005, "LEE \"BEE\"", "", "\"Head\", of"),
        row(1006, "LEE", "", "\"Head \"of\"\""),
    ];
    let run = run(&site, "hr.csv", &file(&wrong));
    let quote = |line, field: &str| (line, field.to_owned(), "QUOTE_MISPLACED".to_owned());
    let many = (6, String::new(), "FIELD_COUNT".to_owned());
    assert_eq!(
        found(&run),
        [
            quote(3, "last_name"),
            quote(4, ""),
            many,
            quote(7, "job_title")
        ],
        "{run:?}"
    );
    assert_eq!((run.code, run.count("records_created")), (3, 2), "{run:?}");
    assert_eq!(run.rows()[1]["last_name"], "LEE");
    assert_eq!(run.rows()[1]["job_title"], "5\" pipes");
    let errors = run.errors();
    assert!(
        errors[0]
            .message
            .contains("at character 38 of line 3, in column 5"),
        "{errors:?}"
    );
    assert!(errors[1].message.contains("in column 9"), "{errors:?}");
    assert_eq!(
        (errors[0].subscriber_id.as_str(), errors[0].value.as_str()),
        ("E1002", "")
    );
    assert!(errors[0].how_to_fix.contains("format.quotes"), "{errors:?}");

    // As the advice says: quotes that belong to the value are doubled, the others removed.
    let rejects = String::from_utf8(run.rejects().expect("a rejects file")).expect("UTF-8");
    assert_eq!(rejects, file(&[&wrong[1..3], &wrong[4..]].concat()));
    let right = rejects
        .replace("KLINE, \"BOB\"\"", "KLINE, \"\"BOB\"\"\"")
        .replace(",x,,,y,", ",x,")
        .replace("\"said\" much", "said much")
        .replace("\"Head\", of", "Head")
        .replace("Head \"of\"", "Head of");
    let again = self::run(&site, &name_of_rejects(&run), &right);
    assert_eq!(
        (again.code, again.count("records_created")),
        (0, 4),
        "{again:?}"
    );
    assert_eq!(again.rows()[0]["last_name"], "KLINE, \"BOB\"");
    let open = site
        .feedgate(&["rejects", run.reference(), "--json"])
        .summaries;
    assert!(open.iter().all(|r| !r["closed_by"].is_null()), "{open:?}");
}

#[test]
fn a_deduction_with_a_misplaced_quote_counts_as_nothing() {
    let site = Scenario::new();
    site.roster("hr.csv", crate::people::csv(&[person(1), person(2)]));
    let text = |plan: &str| {
        let rows = [deduction(1), deduction(2).with("plan_name", "PLAN")];
        let text = String::from_utf8(crate::people::csv(&rows)).expect("UTF-8");
        text.replace(',', "\t").replace("PLAN", plan)
    };
    let wrong = text("\"Medical \"Plus\"\"");
    let run = site
        .inbound(DEDUCTION, "ded.csv", &wrong)
        .run(DEDUCTION, &[]);
    assert_eq!(
        found(&run),
        [(3, "plan_name".to_owned(), "QUOTE_MISPLACED".to_owned())]
    );
    assert_eq!(run.count("records_accepted"), 1);
    let right = text("\"Medical \"\"Plus\"\"\"");
    let again = site
        .inbound(DEDUCTION, "two.csv", right)
        .run(DEDUCTION, &[]);
    assert_eq!(
        (again.code, again.count("records_accepted")),
        (0, 1),
        "{again:?}"
    );
}

#[test]
fn what_a_file_is_read_by_has_its_quotes_in_place() {
    let control = "header = { marker = 'HDR', count = 2 }\ntrailer = { marker = 'TRL', count = 2 }";
    let good = file(&[row(1001, "LEE", "", "")]);
    for (text, line) in [
        (
            format!("HDR,1\n{}TRL,1\n", good.replace("Notes", "\"No\"tes")),
            2,
        ),
        (format!("HDR,\"\"1\n{good}TRL,1\n"), 1),
        (format!("HDR,1\n{good}TRL,\"\"1\n"), 4),
        (format!("HDR,1\n{good}TRL,\"1\" \n"), 0),
    ] {
        let run = run(&with_format(control), "hr.csv", &text);
        if line == 0 {
            assert_eq!(run.code, 0, "{run:?}");
            continue;
        }
        let reason = run.text("reason");
        assert_eq!(run.code, 1, "{text}");
        assert!(
            reason.contains("QUOTE_MISPLACED") && reason.contains(&format!("line {line}")),
            "{reason}"
        );
    }
}

#[test]
fn literal_quotes_are_read_written_and_sent_again() {
    let site = with_format("quotes = 'literal'");
    let rows = [
        row(1001, "\"SMITH \"DUKE\"\"", "\"a\"b\"", "\"a \"\"b\"\"\""),
        row(1002, "\"KLINE, \"BOB\"\"", "", "\"one \"1\" x\ntwo, 2\""),
        row(1003, "\"BOB\" ROBERT\"", "", "\"\"").replace("611121003", "666121003"),
        row(1004, "\"LEE\" ", "5\" pipe", "\"5\" pipe\""),
    ];
    let rows = rows.map(|r| r.replace('\n', "\r\n"));
    let run = run(&site, "hr.csv", &file(&rows));
    assert_eq!(
        found(&run),
        [(5, "ssn".to_owned(), "SSN_AREA".to_owned())],
        "{run:?}"
    );
    let written = |row: usize| {
        (
            run.rows()[row]["last_name"].clone(),
            run.rows()[row]["job_title"].clone(),
        )
    };
    let is = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(written(0), is("SMITH \"DUKE\"", "a \"b\""));
    assert_eq!(written(1), is("KLINE, \"BOB\"", "one \"1\" x\r\ntwo, 2"));
    assert_eq!(written(2), is("LEE", "5\" pipe"));
    let rejects = String::from_utf8(run.rejects().expect("a rejects file")).expect("UTF-8");
    assert!(rejects.ends_with(&rows[2]), "{rejects}");
    let again = self::run(
        &site,
        &name_of_rejects(&run),
        &rejects.replace("666121003", "611121003"),
    );
    assert_eq!(again.rows()[0]["last_name"], "BOB\" ROBERT", "{again:?}");
}

#[test]
fn without_quotes_every_line_is_a_record() {
    let site = with_format("quotes = 'none'");
    let rows = [
        row(1001, "\"LEE\"", "\"", "\"a"),
        row(1002, "O\"LEE", "x", "b\""),
        row(1003, "\"LEE", "", "\"\"").replace("611121003", "666121003"),
    ];
    let run = run(&site, "hr.csv", &file(&rows));
    assert_eq!(
        found(&run),
        [(4, "ssn".to_owned(), "SSN_AREA".to_owned())],
        "{run:?}"
    );
    let names: Vec<String> = run.rows().iter().map(|r| r["last_name"].clone()).collect();
    assert_eq!(names, ["\"LEE\"", "O\"LEE"]);
    assert_eq!(run.rows()[0]["job_title"], "\"a");
    let rejects = String::from_utf8(run.rejects().expect("a rejects file")).expect("UTF-8");
    assert!(rejects.ends_with(&rows[2]), "{rejects}");
}

/// Texts in which a quote swallows rows, each with the line where it opens.
fn runaways() -> Vec<(&'static str, String, u64)> {
    let fine = |n| row(n, "LEE", "", "");
    let titled = |n, title| row(n, "LEE", "", title);
    let all_quoted = |text: String| {
        let lines = text
            .lines()
            .map(|l| format!("\"{}\"\n", l.replace(',', "\",\"")));
        lines.collect::<String>()
    };
    let up_to = |first: String| file(&[first, fine(1002), fine(1003), titled(1004, "\"Head\"")]);
    vec![
        (
            "to a quoted cell further down",
            up_to(titled(1001, "\"Head")),
            2,
        ),
        (
            "in a column that is not read",
            up_to(row(1001, "LEE", "\"returns", "")),
            2,
        ),
        ("in the first column", up_to(format!("\"{}", fine(1001))), 2),
        (
            "two lone quotes",
            file(&[titled(1001, "\""), titled(1002, "\"")]),
            2,
        ),
        (
            "over a cell of two quotes",
            file(&[
                titled(1001, "\"x"),
                titled(1002, "\"\""),
                titled(1003, "\"x\""),
            ]),
            2,
        ),
        (
            "a part of a row",
            file(&[titled(1001, "\"Head"), row(1002, "\"LEE\"", "", "")]),
            2,
        ),
        (
            "a part of a row up to a quote of its own",
            file(&[titled(1001, "\"Head"), row(1002, "LEE 3\"", "", "")]),
            2,
        ),
        (
            "a quote lost where all cells have them",
            all_quoted(file(&[titled(1001, "Head"), fine(1002)])).replace("Head\"", "Head"),
            2,
        ),
        (
            "in the column names",
            format!("{HEADER},\"More\n{}{}", fine(1001), titled(1002, "\"x\"")),
            1,
        ),
        (
            "behind column names of two lines",
            format!(
                "{HEADER},\"Two\nlines\"\n{}",
                up_to(titled(1001, "\"x"))
                    .split_once('\n')
                    .expect("a header")
                    .1
            ),
            3,
        ),
        (
            "at the end of the file",
            file(&[fine(1001), titled(1002, "\"x\n1,2,3,4,5,6,7,8\"")])
                .trim_end()
                .to_owned(),
            3,
        ),
    ]
}

#[test]
fn a_quote_that_swallows_rows_fails_the_file() {
    for (what, text, line) in runaways() {
        for quotes in ["rfc4180", "literal"] {
            for (integration_keys, end, delimiter) in [
                ("content = 'changes'", "\n", ","),
                ("content = 'full'\nomission = 'terminate'", "\r\n", ";"),
                ("content = 'full'\nomission = 'report'", "\r", "\t"),
            ] {
                let site = with_format(&format!("quotes = '{quotes}'"))
                    .and_keys(DEMOGRAPHIC, integration_keys);
                let text = text.replace('\n', end).replace(',', delimiter);
                std::fs::write(site.path("hr.csv"), &text).expect("written");
                let dry =
                    site.feedgate(&["validate", "--integration", DEMOGRAPHIC, "--json", "hr.csv"]);
                let dry = (dry.code, dry.summary()["findings"].clone());
                let about = format!("{what}, {quotes}, {integration_keys}: {dry:?}");
                let finding = json!([{"code": "QUOTE_RUNAWAY", "field": "", "line": line, "record": 0, "severity": "error"}]);
                assert_eq!(dry, (1, finding), "{about}");
                let run = run(&site, "hr.csv", &text);
                assert_eq!((run.code, run.status()), (1, "Failed"), "{about}: {run:?}");
                let reason = run.text("reason");
                assert!(
                    reason.contains(&format!("QUOTE_RUNAWAY (line {line})")),
                    "{about}: {reason}"
                );
                assert_eq!(run.count("records_processed"), 0, "{about}");
                let published = site.outbound();
                assert!(
                    published.iter().all(|f| f.contains("/receipts/")),
                    "{published:?}"
                );
            }
        }
    }
}

#[test]
fn lines_within_quotes_that_are_no_rows_are_text() {
    for (quotes, notes) in [
        ("rfc4180", "\"12 Main St\nApt 4, Madison\""),
        ("rfc4180", "\"a,b,c\n1,2,3,4,5,6\n\n\""),
        ("rfc4180", "\"said \"\"x\"\"\nand \"\"y\"\"\" "),
        ("literal", "\"said \"x\" and\nalso \"y\"\""),
        ("literal", "\"said\n\""),
    ] {
        for end in ["\n", "\r\n", "\r"] {
            let site = with_format(&format!("quotes = '{quotes}'"));
            let text = file(&[row(1001, "LEE", notes, "x"), row(1002, "LEE", "", notes)]);
            let run = run(&site, "hr.csv", &text.replace('\n', end));
            assert_eq!(
                (run.code, run.count("records_created")),
                (0, 2),
                "{notes}: {run:?}"
            );
        }
    }
}

#[test]
fn multiline_takes_lines_that_look_like_rows_for_text() {
    let keys = "multiline = true";
    let text = "\"a,b,c,d,e,f,g,h\ni\"";
    let taken = run(
        &with_format(keys),
        "hr.csv",
        &file(&[row(1001, "LEE", text, "")]),
    );
    assert_eq!(
        (taken.code, taken.count("records_created")),
        (0, 1),
        "{taken:?}"
    );
    // What is said of single records stays.
    let marked = file(&[
        row(1001, "LEE", "\"a\n\"b", ""),
        row(1002, "LEE", "", "\"x\ny\",z"),
    ]);
    let marked = run(&with_format(keys), "hr.csv", &marked);
    assert_eq!(
        found(&marked),
        [
            (2, String::new(), "QUOTE_MISPLACED".to_owned()),
            (4, String::new(), "FIELD_COUNT".to_owned())
        ],
        "{marked:?}"
    );
    let errors = marked.errors();
    assert!(
        errors[0].message.contains("at character 1 of line 3"),
        "{errors:?}"
    );
    // A quote that is never closed is no text either.
    let open = file(&[row(1001, "LEE", "", "\"")]);
    let open = run(&with_format(keys), "hr.csv", &open);
    assert!(
        open.text("reason").contains("QUOTE_UNCLOSED (line 2)"),
        "{open:?}"
    );
}

#[test]
fn no_employee_leaves_because_a_quote_swallowed_the_row() {
    let site = Scenario::new().and_keys(DEMOGRAPHIC, "content = 'full'\nomission = 'terminate'");
    let all = |title: &str| {
        let rows: Vec<String> = (1001..1006).map(|n| row(n, "LEE", "", title)).collect();
        file(&rows)
    };
    assert_eq!(run(&site, "1.csv", &all("\"Head\"")).code, 0);
    let runaway = all("\"Head\"").replacen("\"Head\"", "\"Head", 1);
    assert_eq!(run(&site, "2.csv", &runaway).code, 1);
    let next = run(&site, "3.csv", &all("Chief"));
    assert_eq!(
        (next.code, next.count("records_updated")),
        (0, 5),
        "{next:?}"
    );
}

#[test]
fn a_person_whose_row_has_a_misplaced_quote_is_in_the_file() {
    let rows = |name: &str| [row(1001, "LEE", "", ""), row(1002, name, "", "")];
    let last = |text: &str| {
        let last = |line: &str| {
            line.split_once(',')
                .map(|(id, rest)| format!("{rest},{id}\n"))
        };
        text.lines().filter_map(last).collect::<String>()
    };
    for id_last in [false, true] {
        let site =
            Scenario::new().and_keys(DEMOGRAPHIC, "content = 'full'\nomission = 'terminate'");
        let text = |rows: &[String]| match id_last {
            true => last(&file(rows)),
            false => file(rows),
        };
        assert_eq!(run(&site, "1.csv", &text(&rows("LEE"))).code, 0);
        // Also behind the quote, where nothing is certain, every cell is looked at for somebody who is there.
        let second = run(&site, "2.csv", &text(&rows("\"LEE\" KIM")));
        assert_eq!(second.code, 3, "{second:?}");
        assert_eq!(second.count("deactivated_by_omission"), 0, "{second:?}");
    }
}

#[test]
fn a_rejects_file_that_comes_back_with_an_open_quote_closes_nothing() {
    let site = Scenario::new();
    let wrong = |n, title: &str| row(n, "LEE", "", title).replace("61112", "66612");
    let rows = [wrong(1001, ""), wrong(1002, ""), wrong(1003, "\"Head\"")];
    let run = run(&site, "hr.csv", &file(&rows));
    let rejects = String::from_utf8(run.rejects().expect("a rejects file")).expect("UTF-8");
    let right = rejects.replace("66612", "61112");
    let name = name_of_rejects(&run);
    let broken = self::run(&site, &name, &right.replacen(",A,,", ",A,,\"", 1));
    assert_eq!(broken.text("resubmission_of"), run.reference());
    assert!(
        broken.text("reason").contains("QUOTE_RUNAWAY (line 2)"),
        "{broken:?}"
    );
    let again = self::run(&site, &name, &right);
    assert_eq!(
        (again.code, again.count("records_created")),
        (0, 3),
        "{again:?}"
    );
}
