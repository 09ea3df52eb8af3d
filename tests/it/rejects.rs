//! Rejects files return the sender's bytes unchanged; error files are safe to open in a spreadsheet.

use crate::people::{csv, person};
use crate::round_trip::name_of_rejects;
use crate::scenario::{DEMOGRAPHIC, Scenario};

#[test]
fn rejects_are_the_bytes_of_the_source() {
    let header = "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status,notes";
    let row = |n: usize, ssn: &str, rest: &str| {
        format!(
            "N{n},user.{n},{ssn},Zoë,\"Grün, geb. \"\"Élan\"\"\",1980-01-0{n},01/02/2020, A ,{rest}"
        )
    };
    let rows = [
        row(1, "611-12-3401", "ok"),
        row(2, "666-12-3402", "two\"inches"),
        row(3, "611-12-3403", "\"three\nlines\r\nof text\""),
        row(4, "666123404", "\"four\nlines\r\n of text\""),
        row(5, "611-12-3405", ""),
        row(6, "666 12 3406", "'=1+1"),
    ];
    let bad = [1, 3, 5];
    type Encode = fn(&str) -> Vec<u8>;
    let encodings: [(&str, Encode); 5] = [
        ("", |t| t.as_bytes().to_vec()),
        ("\u{feff}", |t| t.as_bytes().to_vec()),
        ("\u{feff}", |t| {
            t.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }),
        ("\u{feff}", |t| {
            t.encode_utf16().flat_map(u16::to_be_bytes).collect()
        }),
        ("", |t| {
            t.chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect()
        }),
    ];
    for (mark, encode) in encodings {
        for end in ["\n", "\r\n", "\r"] {
            let text = |which: &mut dyn Iterator<Item = &String>| {
                let lines: String = which.map(|r| format!("{r}{end}")).collect();
                encode(&format!("{mark}{header}{end}{lines}"))
            };
            let source = text(&mut rows.iter());
            let run = Scenario::new()
                .inbound(DEMOGRAPHIC, "hr.txt", source)
                .run(DEMOGRAPHIC, &[]);
            let want = text(&mut bad.iter().map(|i| &rows[*i]));
            assert_eq!(run.rejects(), Some(want), "{mark:?} {end:?} {run:?}");
            assert!(name_of_rejects(&run).ends_with(".rejects.txt"));
            let lines: Vec<_> = run
                .errors()
                .iter()
                .filter(|r| r.record.is_some())
                .map(|r| r.line)
                .collect();
            assert_eq!(lines, [Some(3), Some(7), Some(11)], "{end:?}");
        }
    }
}

#[test]
fn every_byte_of_windows_1252_comes_back() {
    let header = b"subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status,city\n";
    let all: Vec<u8> = (0x80..=0xff).collect();
    let row = [
        &b"N1,user.1,666-12-3401,Ann,Lee,1980-01-01,2020-01-01,A,"[..],
        &all,
        b"\n",
    ]
    .concat();
    let source = [&header[..], &row].concat();
    let run = Scenario::new()
        .inbound(DEMOGRAPHIC, "hr.csv", &source)
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.rejects(), Some(source), "{run:?}");
}

#[test]
fn formulas_are_harmless_in_the_error_file_and_whole_everywhere_else() {
    let long = |start: &str| format!("{start}{}", "x".repeat(40));
    let starts = ["=1+1", "+1", "-1", "@SUM(A1)"];
    let mut records = Vec::new();
    for (i, start) in starts.iter().enumerate() {
        // One that is shown for a finding, one that is accepted as it is.
        let n = 10 * i;
        records.push(person(n + 1).with("first_name", long(start)));
        records.push(
            person(n + 2)
                .with("subscriber_id", format!("{start} 9"))
                .with("employee_number", start),
        );
        records.push(person(n + 3).with("gender", start));
        records.push(person(n + 4).with("job_title", start));
        records.push(person(n + 5).with("job_title", format!("'{start}")));
        records.push(person(n + 6).with("annual_salary", "-5.00"));
    }
    let site = Scenario::new();
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", csv(&records))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.code, 3, "{run:?}");
    let executes = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    for row in run.errors() {
        if row.code == "AMOUNT_NEGATIVE" {
            assert_eq!(row.value, "-5.00");
            continue;
        }
        for cell in [
            &row.subscriber_id,
            &row.employee_number,
            &row.value,
            &row.message,
        ] {
            assert!(!executes(cell), "{row:?}");
        }
        assert!(row.value.starts_with('\''), "{row:?}");
    }
    // An employee who is missing is named, too.
    let full = Scenario::new().and_keys(DEMOGRAPHIC, "content = 'full'");
    full.roster(
        "all.csv",
        csv(&[person(1).with("subscriber_id", "-N1"), person(2)]),
    );
    let less = full
        .inbound(DEMOGRAPHIC, "less.csv", csv(&[person(2)]))
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(less.errors()[0].subscriber_id, "'-N1");
    // The receiver gets what the sender meant, with our own guard taken off.
    let titles: Vec<String> = run.rows().iter().map(|r| r["job_title"].clone()).collect();
    let want: Vec<String> = starts
        .iter()
        .flat_map(|s| [(*s).to_owned(), (*s).to_owned()])
        .collect();
    assert_eq!(titles, want);
    // The sender gets back what was sent.
    let rejects = String::from_utf8(run.rejects().expect("rejects")).expect("UTF-8");
    assert!(
        rejects.contains(&format!(",{},", long("=1+1"))),
        "{rejects}"
    );
}

#[test]
fn a_finding_names_the_senders_own_column() {
    let text = String::from_utf8(csv(&[person(1)
        .with("employment_status", "?")
        .with("custom.badge", "a\u{1}b")]))
    .expect("UTF-8")
    .replace("employment_status", "=Emp Status")
    .replace("custom.badge", "Badge 123456789");
    let outcome = Scenario::new()
        .and_config(&format!(
            "[integration.{DEMOGRAPHIC}.columns]\n\"custom.badge\" = \"Badge 123456789\"\n\
             employment_status = \"=Emp Status\"\n"
        ))
        .inbound(DEMOGRAPHIC, "hr.csv", text)
        .run(DEMOGRAPHIC, &[]);
    let places: Vec<(String, String)> = outcome
        .errors()
        .into_iter()
        .map(|row| (row.field, row.header))
        .collect();
    let place = |field: &str, header: &str| (field.to_owned(), header.to_owned());
    assert_eq!(
        places,
        [
            place("employment_status", "'=Emp Status"),
            place("custom.badge", "Badge *********"),
        ]
    );
}
