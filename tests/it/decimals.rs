//! Amounts without a decimal mark, with signs as COBOL writes them, and with a decimal comma.

use crate::people::{Record, csv, deduction, people, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, ErrorRow, Outcome, Scenario};

const AMOUNTS: [&str; 2] = ["employee_amount", "employer_amount"];

/// Fixed-width columns of deductions; amounts are `PIC 9(5)V99`, with a place for a sign behind.
const COLUMNS: [(&str, usize); 7] = [
    ("subscriber_id", 10),
    ("username", 24),
    ("ssn", 11),
    ("deduction_code", 6),
    ("effective_date", 10),
    ("employee_amount", 8),
    ("employer_amount", 8),
];

/// A fixed-width layout of deductions; `decimals` is what each of the amounts says of them.
fn layout(decimals: [&str; 2]) -> String {
    let mut toml = "[integration.deduction-import.fixed_width]\n".to_owned();
    let mut start = 1;
    for (name, length) in COLUMNS {
        let own = AMOUNTS.iter().position(|amount| *amount == name);
        let own = own.map_or("", |at| decimals[at]);
        toml += &format!("{name} = {{ start = {start}, length = {length}{own} }}\n");
        start += length;
    }
    toml
}

fn format(keys: &str) -> String {
    format!("[integration.deduction-import.format]\n{keys}\n")
}

/// Deductions of the first employees with these amounts, employee's and employer's.
fn records(rows: &[(&str, &str)]) -> Vec<Record> {
    let record = |(n, (employee, employer)): (usize, &(&str, &str))| {
        deduction(n)
            .with("employee_amount", employee)
            .with("employer_amount", employer)
    };
    (1..).zip(rows).map(record).collect()
}

fn line(record: &Record) -> String {
    let cell = |(name, length): &(&str, usize)| format!("{:<length$}", record.get(name));
    COLUMNS.iter().map(cell).collect::<String>() + "\n"
}

/// A run over a delimited file of deductions with these amounts.
fn delimited(config: &str, rows: &[(&str, &str)]) -> Outcome {
    run(Scenario::new().and_config(config), csv(&records(rows)))
}

/// A run over a fixed-width file of deductions with these amounts.
fn fixed(config: &str, rows: &[(&str, &str)]) -> Outcome {
    let text: String = records(rows).iter().map(line).collect();
    run(Scenario::new().and_config(config), text)
}

fn run(site: Scenario, file: impl AsRef<[u8]>) -> Outcome {
    site.roster("people.csv", csv(&people(9)));
    site.inbound(DEDUCTION, "amounts.txt", file)
        .run(DEDUCTION, &[])
}

fn written(run: &Outcome) -> Vec<[String; 2]> {
    let amounts =
        |row: &std::collections::BTreeMap<String, String>| AMOUNTS.map(|c| row[c].clone());
    run.rows().iter().map(amounts).collect()
}

fn refused(errors: &[ErrorRow]) -> Vec<(Option<u64>, &str, &str)> {
    errors
        .iter()
        .map(|e| (e.record, e.field.as_str(), e.code.as_str()))
        .collect()
}

#[test]
fn a_fixed_width_layout_of_deductions_has_to_say_where_the_decimals_are() {
    let refused = |config: &str| {
        let outcome = Scenario::new().and_config(config).feedgate(&["check"]);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        outcome.stderr + &outcome.stdout
    };
    let said = refused(&layout(["", ""]));
    for part in [
        "integration.deduction-import.format.decimals",
        "employee_amount, employer_amount",
        "decimals = \"implied\" if 00850 means 8.50",
        "decimals = \"explicit\"",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = refused(&layout([", decimals = 2", ""]));
    assert!(said.contains("decimals of employer_amount?"), "{said}");
    let said = refused(&format!(
        "{}ein = {{ start = 90, length = 9, decimals = 2 }}\n{}",
        layout(["", ""]),
        format("decimals = 'implied'"),
    ));
    assert!(said.contains("ein is no amount"), "{said}");
    // A mark where no amount has one.
    for config in [
        format("decimals = 'implied'\ndecimal_mark = ','"),
        layout(["", ""]) + &format("decimals = 'implied'\ndecimal_mark = ','"),
        layout([", decimals = 4", ", decimals = 2"]) + &format("decimal_mark = '.'"),
    ] {
        let said = refused(&config);
        assert!(
            said.contains("format.decimal_mark: means nothing"),
            "{said}"
        );
    }
    for config in [
        layout(["", ""]) + &format("decimals = 'implied'"),
        layout(["", ""]) + &format("decimals = 'explicit'"),
        layout([", decimals = 4", ", decimals = 'explicit'"]),
        layout([", decimals = 4", ", decimals = 'explicit'"]) + &format("decimal_mark = ','"),
        // Totals may have a mark all the same.
        format(
            "decimals = 'implied'\ndecimal_mark = ','\ntrailer = { marker = 'TRL', employee_amount = 2 }",
        ),
        // Delimited files and salaries go on as before.
        format("decimal_mark = ','"),
        String::new(),
    ] {
        let outcome = Scenario::new().and_config(&config).feedgate(&["check"]);
        assert_eq!(outcome.code, 0, "{outcome:?}");
    }
}

#[test]
fn implied_decimals_are_read_with_every_sign_of_cobol() {
    let rows = [
        ("0010312", "0041050"),
        ("0000850", "0000000"),
        ("000045{", "000045C"),
        ("000045}", "000045L"),
        ("0000450-", "-0000450"),
        ("0000450+", "450"),
        ("5", ""),
    ];
    let want = [
        ["103.12", "410.50"],
        ["8.50", "0.00"],
        ["4.50", "4.53"],
        ["-4.50", "-4.53"],
        ["-4.50", "-4.50"],
        ["4.50", "4.50"],
        ["0.05", ""],
    ];
    let keys = |site: Scenario| site.and_keys(DEDUCTION, "allow_negative = true");
    let implied = format("decimals = 'implied'");
    let fixed: String = records(&rows).iter().map(line).collect();
    let site = keys(Scenario::new()).and_config(&(layout(["", ""]) + &implied));
    let run_fixed = run(site, fixed);
    run_fixed.ended(0, "Completed");
    assert_eq!(written(&run_fixed), want);
    let site = keys(Scenario::new()).and_config(&implied);
    let run_delimited = run(site, csv(&records(&rows)));
    run_delimited.ended(0, "Completed");
    assert_eq!(written(&run_delimited), want);
}

#[test]
fn an_amount_with_a_mark_is_never_taken_where_decimals_are_implied() {
    let rows = [
        ("8.50", "0000850"),
        ("0000850", "1,000"),
        ("$850", "8,50"),
        ("0000-850", "0085}-"),
        ("0000850", "0000850"),
    ];
    let invalid = |record, field| (Some(record), field, "AMOUNT_INVALID");
    let want = [
        invalid(1, "employee_amount"),
        invalid(2, "employer_amount"),
        invalid(3, "employee_amount"),
        invalid(3, "employer_amount"),
        invalid(4, "employee_amount"),
        invalid(4, "employer_amount"),
    ];
    let implied = format("decimals = 'implied'");
    for run in [
        fixed(&(layout(["", ""]) + &implied), &rows),
        delimited(&implied, &rows),
    ] {
        let errors = run.errors();
        assert_eq!(refused(&errors), want);
        assert_eq!(written(&run), [["8.50", "8.50"]]);
        let advice = &errors[0].how_to_fix;
        for part in [
            "the last 2 are decimals, for example 123450 for 1234.50",
            "format.decimals = \"explicit\"",
        ] {
            assert!(advice.contains(part), "{advice}");
        }
        assert!(!errors[4].how_to_fix.contains("explicit"), "{errors:?}");
    }
    // Negative ones are still refused as such, and blanks where an amount has to be.
    let run = fixed(
        &(layout(["", ""]) + &implied),
        &[("000085}", ""), ("", "0000000")],
    );
    let errors = run.errors();
    assert_eq!(
        refused(&errors),
        [
            (Some(1), "employee_amount", "AMOUNT_NEGATIVE"),
            (Some(2), "employee_amount", "REQUIRED_MISSING"),
        ]
    );
}

#[test]
fn a_file_that_breaks_off_within_an_amount_with_implied_decimals_is_told() {
    let both: String = records(&[("0010312", "00410500"), ("0000850", "00410500")])
        .iter()
        .map(line)
        .collect();
    let cut = &both[..both.len() - 4];
    let implied = layout(["", ""]) + &format("decimals = 'implied'");
    let judged = |config: &str, text: &str| {
        let found = run(Scenario::new().and_config(config), text);
        (found.codes(), written(&found))
    };
    let first = ["103.12", "4105.00"].map(str::to_owned);
    let (codes, amounts) = judged(&implied, cut);
    assert_eq!(
        (codes, amounts),
        (vec!["FIELD_COUNT".to_owned()], vec![first.clone()])
    );
    // One without a line end that is whole is as it should be.
    let (codes, amounts) = judged(&implied, both.trim_end());
    assert!(
        codes.is_empty() && amounts.len() == 2,
        "{codes:?} {amounts:?}"
    );
    let explicit = layout(["", ""]) + &format("decimals = 'explicit'");
    assert_eq!(judged(&explicit, cut).1.len(), 2);
}

#[test]
fn each_column_may_have_decimals_of_its_own() {
    let config = layout([", decimals = 4", ", decimals = 'explicit'"]);
    let rows = [("1031200", "410.5"), ("1031201", "12"), ("8.50", "0")];
    let run = fixed(&config, &rows);
    let errors = run.errors();
    assert_eq!(
        refused(&errors),
        [
            (Some(2), "employee_amount", "AMOUNT_PRECISION"),
            (Some(3), "employee_amount", "AMOUNT_INVALID"),
        ]
    );
    assert!(
        errors[0]
            .how_to_fix
            .contains("all but the first two have to be 0")
    );
    assert_eq!(written(&run), [["103.12", "410.50"]]);
}

#[test]
fn digits_with_a_sign_over_them_are_named_where_decimals_are_explicit() {
    let run = delimited("", &[("0085{", "850"), ("12.5O", "1.00")]);
    let errors = run.errors();
    let invalid = |record| (Some(record), "employee_amount", "AMOUNT_INVALID");
    assert_eq!(refused(&errors), [invalid(1), invalid(2)]);
    let named = |e: &ErrorRow| e.how_to_fix.contains("format.decimals = \"implied\"");
    assert!(named(&errors[0]) && !named(&errors[1]), "{errors:?}");
}

#[test]
fn a_decimal_comma_is_read_where_the_sender_says_so() {
    let rows = [
        ("1.234,50", "0,5"),
        ("1234,50", "12"),
        ("$1.234", "(3,00)"),
        ("1,234.50", "12,00"),
        ("12.50", "12,00"),
        ("12,345", "12,00"),
    ];
    let site = Scenario::new()
        .and_keys(DEDUCTION, "allow_negative = true")
        .and_config(&format("decimal_mark = ','"));
    let comma = run(site, csv(&records(&rows)));
    let errors = comma.errors();
    let of = |record, code| (Some(record), "employee_amount", code);
    assert_eq!(
        refused(&errors),
        [
            of(4, "AMOUNT_INVALID"),
            of(5, "AMOUNT_INVALID"),
            of(6, "AMOUNT_PRECISION"),
        ]
    );
    assert!(errors[0].how_to_fix.contains("for example 1234,50"));
    assert!(errors[0].how_to_fix.contains("format.decimal_mark = \".\""));
    let want = [
        ["1234.50", "0.50"],
        ["1234.50", "12.00"],
        ["1234.00", "-3.00"],
    ];
    assert_eq!(written(&comma), want);

    let point = delimited("", &rows);
    let errors = point.errors();
    let told = |e: &&ErrorRow| e.how_to_fix.contains("format.decimal_mark = \",\"");
    let told: Vec<Option<u64>> = errors.iter().filter(told).map(|e| e.record).collect();
    // 12.50 is right with a point, 12,345 is twelve thousand, and $1.234 may be rounded.
    assert_eq!(told, [1, 1, 2, 3, 4, 5, 6].map(Some), "{errors:?}");
}

#[test]
fn salaries_have_the_same_forms() {
    let config = "[integration.demographic-export.format]\ndecimals = 'implied'";
    let rows = ["5200000", "52000.00", "520000{", ""];
    let records: Vec<Record> = (1..)
        .zip(rows)
        .map(|(n, salary)| person(n).with("annual_salary", salary))
        .collect();
    let run = Scenario::new()
        .and_config(config)
        .inbound(DEMOGRAPHIC, "people.csv", csv(&records))
        .run(DEMOGRAPHIC, &[]);
    let errors = run.errors();
    assert_eq!(
        refused(&errors),
        [(Some(2), "annual_salary", "AMOUNT_INVALID")]
    );
    assert_eq!(run.column("annual_salary"), ["52000.00", "52000.00", ""]);
}

#[test]
fn totals_are_read_as_their_columns_are() {
    let trailed = |keys: &str, rows: &[(&str, &str)], trailer: &str| {
        let mut file = csv(&records(rows));
        file.extend_from_slice(trailer.as_bytes());
        let trailer =
            "trailer = { marker = 'TRL', count = 2, employee_amount = 3, employer_amount = 4 }";
        let site = Scenario::new().and_config(&format(&format!("{keys}\n{trailer}")));
        run(site, file)
    };
    let implied = [("00850", "0000{"), ("0010{", "10000")];
    let explicit = [("8.50", "0.00"), ("1", "100.0000")];
    for (keys, rows, trailer, code) in [
        ("decimals = 'implied'", implied, "TRL,2,950,1000{\n", 0),
        ("decimals = 'implied'", implied, "TRL,0002,9.50,100.00\n", 0),
        ("decimals = 'implied'", implied, "TRL,2,95000,1000000\n", 1),
        ("", explicit, "TRL,2,9.5000,100.00\n", 0),
        ("", explicit, "TRL,2,\"$9.50\",100.0\n", 0),
        // Without a mark a total is in cents, as ever.
        ("", explicit, "TRL,2,950,10000\n", 0),
        ("", explicit, "TRL,2,9.505,100.00\n", 1),
        ("", explicit, "TRL,2.00,950,10000\n", 1),
        (
            "decimal_mark = ','",
            [("8,50", "0"), ("1", "1.000,00")],
            "TRL,2,\"9,50\",\"1.000,00\"\n",
            0,
        ),
        (
            "decimal_mark = ','",
            [("8,50", "0"), ("1", "1.000,00")],
            "TRL,2,9.50,100000\n",
            1,
        ),
    ] {
        let run = trailed(keys, &rows, trailer);
        assert_eq!(run.code, code, "{trailer} {run:?}");
        let told = code == 1;
        assert_eq!(
            run.text("reason").contains("CONTROL_TOTAL"),
            told,
            "{trailer}"
        );
    }

    // A fixed-width total has the decimals of its column.
    let file: String = records(&[("1031200", "0041050"), ("0000001", "0000000")])
        .iter()
        .map(line)
        .collect::<String>();
    let place = "employee_amount = { start = 4, length = 12 }, employer_amount = { start = 16, length = 9 }";
    let config = layout([", decimals = 4", ", decimals = 2"])
        + &format(&format!("trailer = {{ marker = 'TRL', {place} }}"));
    for (trailer, code) in [
        ("TRL000001031200000041050\n", 3),
        ("TRL000000010312000041050\n", 1),
    ] {
        let run = run(
            Scenario::new().and_config(&config),
            format!("{file}{trailer}"),
        );
        assert_eq!(run.code, code, "{run:?}");
    }
}

#[test]
fn skipped_and_rejected_records_count_with_their_implied_decimals() {
    let rows = [("00850", "00100"), ("00850", "00100")];
    let mut all = records(&rows);
    all[0] = all[0].clone().with("test_employee", "yes");
    all[1] = all[1].clone().with("ssn", "000-12-3456");
    let site = Scenario::new().and_config(&format(
        "decimals = 'implied'\ntrailer = { marker = 'TRL', employee_amount = 2 }",
    ));
    let mut file = csv(&all);
    file.extend_from_slice(b"TRL,1700\n");
    run(site, file).ended(3, "Completed with Errors");
}

#[test]
fn a_minus_of_any_kind_is_a_minus() {
    let keys = |site: Scenario| site.and_keys(DEDUCTION, "allow_negative = true");
    let rows = [
        ("\u{2212}4.50", "4.50\u{2212}"),
        ("\u{2212}$4.50", "$\u{2013}4.50"),
        ("\u{2013}", "$ \u{2212}"),
    ];
    let want = [["-4.50", "-4.50"], ["-4.50", "-4.50"], ["0.00", "0.00"]];
    let explicit = "decimals = 'explicit'\ndash_is_zero = true";
    let fixed: String = records(&rows).iter().map(line).collect();
    for (config, file) in [
        (format(explicit), csv(&records(&rows))),
        (layout(["", ""]) + &format(explicit), fixed.into_bytes()),
        (
            format(&format!(
                "{explicit}\ntrailer = {{ marker = 'TRL', employee_amount = 2 }}"
            )),
            [csv(&records(&rows)), "TRL,\u{2212}9.00\n".into()].concat(),
        ),
    ] {
        let outcome = run(keys(Scenario::new().and_config(&config)), file);
        outcome.completed();
        assert_eq!(written(&outcome), want, "{config}");
    }
    let implied = format("decimals = 'implied'");
    let rows = records(&[("\u{2212}0000450", "0000450\u{2212}")]);
    let outcome = run(keys(Scenario::new().and_config(&implied)), csv(&rows));
    assert_eq!(written(&outcome), [["-4.50", "-4.50"]]);
    // Within an amount it is none, and without leave it is refused as any minus.
    let rows = records(&[
        ("4\u{2212}50", "\u{2212}\u{2212}4.50"),
        ("\u{2212}4.50", "0.00"),
    ]);
    let outcome = run(Scenario::new(), csv(&rows));
    let errors = outcome.errors();
    let want = [
        (Some(1), "employee_amount", "AMOUNT_INVALID"),
        (Some(1), "employer_amount", "AMOUNT_INVALID"),
        (Some(2), "employee_amount", "AMOUNT_NEGATIVE"),
    ];
    assert_eq!(refused(&errors), want);
}
