//! SSNs and birth dates appear only in files that carry records.

use crate::people::{Record, csv, deduction, person};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Outcome, Scenario, files, showing_commands};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::path::Path;

/// A text that may appear nowhere, and where it comes from.
struct Secret {
    text: String,
    of: String,
}

/// Every way of writing an SSN.
fn ssn_forms(ssn: &str) -> Vec<String> {
    let d: String = ssn.chars().filter(char::is_ascii_digit).collect();
    if d.len() != 9 {
        return vec![ssn.to_owned()];
    }
    let parts = |s: &str| format!("{}{s}{}{s}{}", &d[..3], &d[3..5], &d[5..]);
    vec![d.clone(), parts("-"), parts(" "), parts("."), parts("_")]
}

/// Every way of writing a date.
fn date_forms(date: &str) -> Vec<String> {
    let mut all = vec![date.to_owned()];
    if let Ok(date) = date.parse::<NaiveDate>() {
        let forms = ["%Y-%m-%d", "%m/%d/%Y", "%-m/%-d/%Y", "%Y%m%d", "%Y/%m/%d"];
        all.extend(forms.iter().map(|f| date.format(f).to_string()));
    }
    all
}

/// What a site was sent that must not be found, and what it printed.
struct Watched {
    site: Scenario,
    secrets: Vec<Secret>,
    printed: Vec<(String, String)>,
}

impl Watched {
    fn new(site: Scenario) -> Watched {
        Watched {
            site,
            secrets: Vec::new(),
            printed: Vec::new(),
        }
    }

    /// An SSN that may appear nowhere; it is also the value.
    fn ssn(&mut self, ssn: &str) -> String {
        for text in ssn_forms(ssn) {
            let of = format!("SSN {ssn}");
            self.secrets.push(Secret { text, of });
        }
        ssn.to_owned()
    }

    /// A birth date that may appear nowhere; it is also the value.
    fn born(&mut self, date: &str) -> String {
        for text in date_forms(date) {
            let of = format!("birth date {date}");
            self.secrets.push(Secret { text, of });
        }
        date.to_owned()
    }

    /// An employee with a unique SSN and birth date.
    fn person(&mut self, n: usize) -> Record {
        let ssn = self.ssn(&format!("5{:02}-8{}-71{:02}", n % 100, n % 9, n % 100));
        let date =
            NaiveDate::from_ymd_opt(1950, 1, 1).expect("a date") + chrono::Days::new(n as u64 * 37);
        let date = self.born(&date.to_string());
        person(n)
            .with("ssn", ssn)
            .with("birth_date", date)
            .with("username", format!("user.{n}"))
    }

    fn command(&mut self, arguments: &[&str]) -> Outcome {
        let outcome = self.site.feedgate(arguments);
        assert!(
            outcome.code != 70 && outcome.code >= 0,
            "{arguments:?}: {outcome:?}"
        );
        self.keep(arguments.join(" "), &outcome);
        outcome
    }

    fn run(&mut self, integration: &str, name: &str, bytes: &[u8]) -> Outcome {
        let outcome = self
            .site
            .inbound(integration, name, bytes)
            .run(integration, &[]);
        assert!(
            outcome.code != 70 && outcome.code >= 0,
            "{name}: {outcome:?}"
        );
        self.keep(format!("run over {name}"), &outcome);
        outcome
    }

    fn keep(&mut self, what: String, outcome: &Outcome) {
        self.printed.push((what.clone(), outcome.stdout.clone()));
        self.printed.push((what, outcome.stderr.clone()));
    }

    /// Every command that shows something, on everything there is.
    fn look_at_everything(&mut self, references: &[String], ids: &[String]) {
        let file = "gone.csv";
        let of_runs = references
            .iter()
            .flat_map(|reference| showing_commands(reference, &ids[0], file));
        let of_people = ids
            .iter()
            .flat_map(|id| showing_commands(&references[0], id, file));
        let mut commands: BTreeSet<Vec<&str>> = of_runs.chain(of_people).collect();
        // The program's own texts, whose made-up numbers may be those of a faulty record.
        commands.retain(|command| !["explain", "generate"].contains(&command[0]));
        for command in commands {
            self.command(&command);
            self.command(&[&command[..], &["--json"]].concat());
        }
    }

    /// Looks for every secret in everything that was printed and written, with all employees in the index by which they are
    /// found.
    fn search(&self) {
        let mut ledger = self.site.ledger();
        while ledger.extend_index("main").expect("indexed") {}
        drop(ledger);
        let mut found = Vec::new();
        let mut look = |place: &str, bytes: &[u8]| {
            for secret in &self.secrets {
                if memchr::memmem::find(bytes, secret.text.as_bytes()).is_some() {
                    found.push(format!("{} is in {place} as {:?}", secret.of, secret.text));
                }
            }
        };
        for (command, text) in &self.printed {
            look(&format!("what `{command}` prints"), text.as_bytes());
        }
        // Proof that the search works: files that carry records hold secrets.
        let carried = |path: &std::path::PathBuf| {
            let inside = path.strip_prefix(self.site.root()).expect("inside");
            let bytes = std::fs::read(path).expect("readable");
            let holds = |s: &Secret| memchr::memmem::find(&bytes, s.text.as_bytes()).is_some();
            carries_records(inside) && self.secrets.iter().any(holds)
        };
        assert!(
            files(self.site.root()).iter().any(carried),
            "nothing was sent"
        );
        for path in files(self.site.root()) {
            let inside = path.strip_prefix(self.site.root()).expect("inside");
            let name = inside.to_string_lossy().into_owned();
            if inside.starts_with("outbound") || inside.starts_with("state") {
                look("a file name", name.as_bytes());
            }
            if !carries_records(inside) {
                look(&name, &std::fs::read(&path).expect("readable"));
            }
        }
        found.sort();
        found.dedup();
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

/// Whether a file is one of those whose purpose is to hold records.
fn carries_records(inside: &Path) -> bool {
    let name = inside.to_string_lossy();
    let folders = ["inbound", "archive", "held", "work"];
    folders.iter().any(|f| inside.starts_with(f))
        || name.contains("/output/")
        || name.contains(".rejects.")
}

/// An SSN in every column it could have been entered into by mistake.
fn misplaced_ssns(at: &mut Watched) -> Vec<Record> {
    let mut records = Vec::new();
    let columns: Vec<String> = person(1).cells.into_iter().map(|(c, _)| c).collect();
    for (i, column) in columns.iter().enumerate() {
        for (j, dashed) in [true, false].into_iter().enumerate() {
            let n = 2 * i + j + 1;
            let mut record = at.person(n);
            // Nine digits may be an ID or a username; an SSN there is the record's own.
            let own = matches!(
                column.as_str(),
                "subscriber_id" | "employee_number" | "username" | "ssn" | "zip_code" | "ein"
            );
            let slipped = if own {
                record.get("ssn").to_owned()
            } else {
                at.ssn(&format!("6{:02}-4{j}-81{:02}", n % 60, n % 100))
            };
            let text = if dashed {
                slipped
            } else {
                slipped.replace('-', "")
            };
            record = record.with(column, text);
            records.push(record);
        }
    }
    records
}

/// SSNs and birth dates that are wrong in every way.
fn wrong_values(at: &mut Watched) -> Vec<Record> {
    let ssns = [
        "000-12-3456",
        "666-45-1234",
        "900-71-4321",
        "900-93-4321",
        "611-00-4567",
        "611-45-0000",
        "078-05-1120",
        "123-45-6789",
        "987-65-43210",
        "61112-4444",
        "6l1-12-5555",
        "611.12.6666",
        "10203045",
    ];
    let dates = [
        "1985-02-31",
        "31.12.1985",
        "1885-05-17",
        "2185-05-17",
        "17 May 1985",
        "5/17/85",
        "1985-05-17T99:00:00",
        "=1985-05-18",
    ];
    let mut records = Vec::new();
    for (n, wrong) in ssns.iter().enumerate() {
        let ssn = at.ssn(wrong);
        records.push(at.person(100 + n).with("ssn", ssn));
    }
    for (n, wrong) in dates.iter().enumerate() {
        let date = at.born(wrong);
        records.push(at.person(120 + n).with("birth_date", date));
    }
    records
}

/// The SSN, without its dashes for odd numbers.
fn every_other_bare(n: usize, ssn: &str) -> String {
    if n.is_multiple_of(2) {
        ssn.to_owned()
    } else {
        ssn.replace('-', "")
    }
}

/// Records with an SSN or a birth date in another field, rejected, skipped or accepted.
fn values_in_other_fields(at: &mut Watched) -> Vec<Record> {
    let mut records = Vec::new();
    // Rejected for something else, and missing what would tell the SSN.
    for n in 140..150 {
        let record = at.person(n);
        records.push(match n % 5 {
            0 => record.with("state", "XX"),
            1 => record.with("hire_date", "never").with("gender", "?"),
            2 => {
                let ssn = record.get("ssn").replace('-', "");
                record.with("subscriber_id", ssn).with("ssn", "")
            }
            3 => {
                let ssn = record.get("ssn").to_owned();
                record
                    .with("last_name", format!("Lee {ssn} Lee"))
                    .with("gender", "?")
            }
            _ => {
                let ssn = record.get("ssn").replace('-', "");
                record.with("username", ssn).with("gender", "?")
            }
        });
    }
    // Birth date and hire date taken for each other.
    for n in 156..160 {
        let record = at.person(n);
        let (birth, hire) = (
            record.get("birth_date").to_owned(),
            record.get("hire_date").to_owned(),
        );
        records.push(record.with("birth_date", hire).with("hire_date", birth));
    }
    // Not to be judged at all: a test employee whose ID is an SSN.
    for n in 150..154 {
        let record = at.person(n).with("test_employee", "Y");
        let ssn = record.get("ssn").to_owned();
        records.push(record.with("subscriber_id", every_other_bare(n, &ssn)));
    }
    // Accepted, with the SSN for a username.
    for n in 154..156 {
        let record = at.person(n);
        let ssn = record.get("ssn").to_owned();
        records.push(record.with("username", every_other_bare(n, &ssn)));
    }
    records
}

#[test]
fn faulty_records_give_nothing_away() {
    let mut at = Watched::new(Scenario::new());
    let mut records = misplaced_ssns(&mut at);
    records.extend(wrong_values(&mut at));
    records.extend(values_in_other_fields(&mut at));
    let run = at.run(DEMOGRAPHIC, "hr.csv", &csv(&records));
    assert_eq!(run.code, 3, "{run:?}");
    let ids: Vec<String> = records
        .iter()
        .map(|r| r.get("subscriber_id").to_owned())
        .filter(|id| id.starts_with('N'))
        .collect();
    at.look_at_everything(&[run.reference().to_owned()], &ids);
    // As people read it.
    at.command(&["rerun", run.reference()]);
    let rejects = run.published("rejects").expect("a rejects file");
    at.command(&[
        "resubmit",
        run.reference(),
        "--file",
        &rejects.to_string_lossy(),
    ]);
    at.site.inbound(
        DEMOGRAPHIC,
        "hr2.csv",
        [csv(&records), b"\n".to_vec()].concat(),
    );
    at.command(&["run", DEMOGRAPHIC]);
    let source = at.site.path("copy.csv");
    std::fs::write(&source, csv(&records)).expect("written");
    at.command(&["validate", "copy.csv", "--integration", DEMOGRAPHIC]);
    at.command(&[
        "validate",
        "copy.csv",
        "--integration",
        DEMOGRAPHIC,
        "--json",
    ]);
    std::fs::remove_file(source).expect("removed");
    at.search();
}

#[test]
fn shifted_rows_and_files_without_a_header_give_nothing_away() {
    let mut at = Watched::new(Scenario::new());
    let people: Vec<Record> = (1..40).map(|n| at.person(n)).collect();
    let text = String::from_utf8(csv(&people)).expect("UTF-8");
    let (header, rows) = text.split_once('\n').expect("a header");
    let cells = |row: &str| row.split(',').map(str::to_owned).collect::<Vec<String>>();
    let mut shifted = format!("{header}\n");
    for (i, row) in rows.lines().enumerate() {
        let mut row = cells(row);
        match i % 8 {
            0 => row.rotate_right(1),
            1 => row.rotate_left(1),
            2 => row.rotate_right(3),
            3 => row.push("more".to_owned()),
            4 => drop(row.pop()),
            5 => row.insert(2, "extra, cell".replace(',', "")),
            6 => row.rotate_left(i % 7 + 2),
            _ => row.reverse(),
        }
        shifted += &format!("{}\n", row.join(","));
    }
    let mut references = Vec::new();
    let no_header = rows.to_owned();
    let wrong_delimiter = text.replacen(',', ";", 15);
    let unclosed = text
        .replacen("Juniper", "\"Juniper", 1)
        .replacen("7 Juniper", "7,\"Juniper", 1);
    let headed_by_a_row = format!(
        "{}\n{no_header}",
        rows.lines()
            .next()
            .unwrap_or_default()
            .replace(",WI,", ",MI,")
    );
    for (name, file) in [
        ("shifted.csv", shifted.clone()),
        ("headless.csv", no_header),
        ("michigan.csv", headed_by_a_row),
        ("delimiter.csv", wrong_delimiter),
        ("unclosed.csv", unclosed),
        ("cut.csv", text[..text.len() - 20].to_owned()),
    ] {
        let run = at.run(DEMOGRAPHIC, name, file.as_bytes());
        references.push(run.reference().to_owned());
    }
    // The ID column sorted on its own, in a file of deductions.
    let mut swapped: Vec<Record> = (1..20).map(deduction).collect();
    for (n, record) in swapped.iter_mut().enumerate() {
        let other = &people[(n + 7) % people.len()];
        *record = record
            .clone()
            .with("ssn", other.get("ssn"))
            .with("username", other.get("username"));
    }
    let run = at.run(DEDUCTION, "swapped.csv", &csv(&swapped));
    references.push(run.reference().to_owned());
    at.look_at_everything(&references, &["N10001".to_owned()]);
    std::fs::write(at.site.path("copy.csv"), &shifted).expect("written");
    at.command(&["validate", "copy.csv", "--integration", DEMOGRAPHIC]);
    at.command(&[
        "validate",
        "copy.csv",
        "--integration",
        DEMOGRAPHIC,
        "--json",
    ]);
    std::fs::remove_file(at.site.path("copy.csv")).expect("removed");
    at.search();
}

#[test]
fn ssns_in_file_names_are_masked() {
    let mut at = Watched::new(Scenario::new().and_keys(DEMOGRAPHIC, "test_files = ['TEST*']"));
    let person = at.person(1);
    let good = csv(std::slice::from_ref(&person));
    let bad = csv(&[person.clone().with("state", "XX")]);
    let mut references = Vec::new();
    let names = [
        "%.csv",
        "doe %.csv",
        "TEST %.csv",
        "%",
        "x_%_y.csv",
        "a.%.csv",
        "%.rejects.csv",
    ];
    for (i, name) in names.iter().enumerate() {
        for (j, form) in ssn_forms(&at.ssn(&format!("61{i}-27-553{i}")))
            .iter()
            .enumerate()
        {
            let name = name.replace('%', form);
            let bytes = match j % 3 {
                0 => [&good[..], &b"\n".repeat(i * 10 + j)].concat(),
                1 => [&bad[..], &b"\n".repeat(i * 10 + j)].concat(),
                _ => Vec::new(),
            };
            let run = at.run(DEMOGRAPHIC, &name, &bytes);
            references.extend(
                run.summaries
                    .iter()
                    .filter_map(|s| s["integration_reference_id"].as_str().map(str::to_owned)),
            );
        }
    }
    for name in ["-619-27-5539.csv", ".619-27-5538.csv", "619-27-5537.part"] {
        let form = &name[name.find("619").unwrap_or(0)..][..11];
        at.ssn(form);
        at.run(DEMOGRAPHIC, name, b"");
    }
    at.command(&["run", DEMOGRAPHIC, "--file", "gone 619-27-5536.csv"]);
    at.ssn("619-27-5536");
    at.look_at_everything(&references, &["N10001".to_owned()]);
    for reference in &references {
        at.command(&["rerun", reference]);
    }
    at.search();
}
