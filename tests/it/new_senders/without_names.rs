//! What is said of files whose first line names no column.

use super::{configuration, text, validated};
use crate::people::{Record, people, table};
use crate::scenario::{DEMOGRAPHIC, Scenario};

const COLUMNS: usize = 8;
const WIDTHS: [usize; COLUMNS] = [8, 14, 11, 6, 8, 10, 10, 1];

/// The values of people in the required columns, in the order of these.
fn rows(people: &[Record]) -> Vec<[String; COLUMNS]> {
    let columns = [
        "subscriber_id",
        "username",
        "ssn",
        "first_name",
        "last_name",
        "birth_date",
        "hire_date",
        "employment_status",
    ];
    let values = |p: &Record| columns.map(|column| p.get(column).to_owned());
    people.iter().map(values).collect()
}

/// The cells with blanks behind them, and this many between columns.
fn padded(cells: &[String; COLUMNS], between: usize) -> String {
    let cells = cells
        .iter()
        .zip(WIDTHS)
        .map(|(cell, width)| format!("{cell:width$}"));
    cells.collect::<Vec<_>>().join(&" ".repeat(between)) + "\n"
}

/// Why the file is not taken. No value is shown.
#[track_caller]
fn reason(file: &str) -> String {
    let people = people(3);
    let site = Scenario::new();
    let run = site
        .inbound(DEMOGRAPHIC, "hr.txt", file)
        .run(DEMOGRAPHIC, &[]);
    let reason = run.text("reason").to_owned();
    for outcome in [run, validated(&site, DEMOGRAPHIC, file)] {
        assert_eq!(outcome.code, 1, "{outcome:?}");
        for person in &people {
            super::holds_no_value(&outcome, std::slice::from_ref(person));
        }
    }
    reason
}

#[test]
fn lines_of_one_length_may_be_fixed_width() {
    let lines: Vec<String> = rows(&people(3)).iter().map(|row| padded(row, 0)).collect();
    let file = lines.concat();
    let said = reason(&file);
    assert!(said.contains("Each line has 68 characters"), "{said}");
    assert!(said.contains("fixed_width"), "{said}");
    // Said and done.
    let names = [
        "subscriber_id",
        "username",
        "ssn",
        "first_name",
        "last_name",
        "birth_date",
        "hire_date",
        "employment_status",
    ];
    let mut start = 1;
    let places = names.iter().zip(WIDTHS).map(|(name, length)| {
        let place = format!("{name} = {{ start = {start}, length = {length} }}\n");
        start += length;
        place
    });
    let places: String = places.collect();
    let site = Scenario::new().and_config(&format!(
        "[identity]\nmatch = \"shape-only\"\n[integration.{DEMOGRAPHIC}.fixed_width]\n{places}"
    ));
    let outcome = validated(&site, DEMOGRAPHIC, &file);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    // Lines of other lengths.
    let said = reason(&file.replace("A\n", "\n").replacen("\n", "A\n", 1));
    assert!(!said.contains("characters"), "{said}");
}

#[test]
fn lines_of_as_many_fields_may_be_records() {
    let (_, cells) = table(&people(3));
    let lines: Vec<String> = cells.iter().map(|row| row.join(",") + "\n").collect();
    let said = reason(&lines.concat());
    assert!(said.contains("Each line has 20 fields"), "{said}");
    assert!(said.contains("under positions"), "{said}");
    // A header without some columns is told of these alone.
    let file = text(&people(2)).replace("last_name", "Apellido");
    let run = Scenario::new();
    let run = run
        .inbound(DEMOGRAPHIC, "hr.csv", &file)
        .run(DEMOGRAPHIC, &[])
        .text("reason")
        .to_owned();
    assert!(
        run.contains("missing: last_name") && !run.contains("positions"),
        "{run}"
    );
}

#[test]
fn dashes_under_names_show_the_columns() {
    let names = [
        "Kennung",
        "Login",
        "SSN",
        "First",
        "Last",
        "DOB",
        "Hire Date",
        "S",
    ];
    let dashes = WIDTHS.map(|width| "-".repeat(width));
    let file = padded(&names.map(str::to_owned), 1) + &padded(&dashes, 1);
    let lines: Vec<String> = rows(&people(3)).iter().map(|row| padded(row, 1)).collect();
    let file = file + &lines.concat();
    let said = reason(&file);
    assert!(
        said.contains("at positions 1-8, 10-23, 25-35, 37-42, 44-51,"),
        "{said}"
    );
    assert!(
        said.contains("fixed_width") && said.contains("format.ignore"),
        "{said}"
    );
    let config = "[identity]\nmatch = \"shape-only\"\n";
    let site = Scenario::new().and_config(config);
    let advice = configuration(&validated(&site, DEMOGRAPHIC, &file)).to_owned();
    assert!(
        advice.lines().all(|line| line.starts_with(['#', '['])),
        "{advice}"
    );
    assert!(
        advice.contains("# ? = { start = 1, length = 8 } # Kennung\n"),
        "{advice}"
    );
    let meant = advice
        .replace("# ? = { start = 1,", "# subscriber_id = { start = 1,")
        .replace("# ? =", "# employment_status =")
        .replace("\n# ", "\n");
    let after = validated(
        &Scenario::new().and_config(&format!("{config}{meant}")),
        DEMOGRAPHIC,
        &file,
    );
    assert_eq!(
        (after.code, configuration(&after)),
        (0, ""),
        "{meant}{after:?}"
    );
    assert_eq!(after.summary()["reading"]["records"], 3);
    // Without the dashes nothing is shown.
    let near_miss = lines.concat();
    let outcome = validated(&site, DEMOGRAPHIC, &near_miss);
    assert!(outcome.summary()["reading"].is_null(), "{outcome:?}");
}
