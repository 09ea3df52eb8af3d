//! Deductions over several files: new rates, stops, returns, last deductions of people who left, lines that are taken once,
//! and full files. The clock stands at 29 November 2026.

use crate::real_files::noon;
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, ErrorRow, Scenario, read_csv};
use crate::site_folder::files;
use feedgate::internal::domain::RunSummary;
use feedgate::internal::run::{self, RunRequest};
use feedgate::internal::site::Quiet;
use feedgate::internal::spool::Disk;
use std::collections::BTreeMap;
use std::fs;

const YEARS: &str = r#"
[site]
timezone = "America/New_York"
[[plan_year]]
start = 2025-01-01
end = 2025-12-31
[[plan_year]]
start = 2026-01-01
end = 2026-12-31
[[plan_year]]
start = 2027-01-01
end = 2027-12-31
[integration.demographic-export]
kind = "demographic"
"#;
const SHAPE_ONLY: &str = "[identity]\nmatch = \"shape-only\"\n";

/// What a run made of a file.
struct Judged {
    exit: u8,
    summary: RunSummary,
    errors: Vec<ErrorRow>,
    rows: Vec<BTreeMap<String, String>>,
}

impl Judged {
    /// Action, subscriber, code, amount, effective date and end date of each row of the output.
    fn written(&self) -> Vec<String> {
        let columns = [
            "action",
            "subscriber_id",
            "deduction_code",
            "employee_amount",
            "effective_date",
            "end_date",
        ];
        let row = |row: &BTreeMap<String, String>| columns.map(|c| row[c].as_str()).join(" ");
        let rows = self.rows.iter().map(row);
        rows.map(|row| row.trim_end().to_owned()).collect()
    }

    /// Line, field and code of each finding.
    fn told(&self) -> Vec<String> {
        let line = |row: &ErrorRow| row.line.map(|line| line.to_string()).unwrap_or_default();
        let told = |row: &ErrorRow| format!("{} {} {}", line(row), row.field, row.code);
        self.errors.iter().map(told).collect()
    }
}

/// A site with one integration of deductions.
struct Payroll(Scenario);

impl Payroll {
    fn new(config: &str, keys: &str) -> Payroll {
        let integration = format!("[integration.deduction-import]\nkind = \"deduction\"\n{keys}\n");
        let config = format!("{YEARS}{config}{integration}");
        Payroll(Scenario::new().config(&config))
    }

    fn judge(&self, integration: &str, file: String) -> Judged {
        let number = files(&self.0.path("archive")).len();
        self.0.inbound(integration, &format!("f{number}.csv"), file);
        let site = self.0.open(Disk::new(), noon);
        let request = RunRequest {
            name: integration.to_owned(),
            ..RunRequest::default()
        };
        let mut ended = run::run(&site, &request, &Quiet).expect("run");
        assert!(ended.failure.is_none(), "{ended:?}");
        let summary = ended.summaries.remove(0);
        let of = |what: &str| {
            let wanted = format!(".{}.{what}.", summary.integration_reference_id);
            let found = files(&self.0.path("outbound"));
            let path = found.iter().find(|p| p.to_string_lossy().contains(&wanted));
            path.map_or_else(Vec::new, |path| fs::read(path).expect("readable"))
        };
        Judged {
            exit: ended.exit_code,
            errors: read_csv(&of("errors")),
            rows: read_csv(&of("output")),
            summary,
        }
    }

    /// Sends deductions: person, code, amount, effective date, end date, action, frequency and reference, `-` for nothing.
    fn send(&self, lines: &[&str]) -> Judged {
        let mut file = "subscriber_id,username,ssn,deduction_code,employee_amount,effective_date,end_date,action,\
            frequency,reference,plan_name\n"
            .to_owned();
        for line in lines {
            let mut cells = line
                .split(' ')
                .map(|cell| cell.replace('-', if cell == "-" { "" } else { "-" }));
            let n = cells.next().expect("a person");
            let rest: Vec<String> = (0..8).map(|_| cells.next().unwrap_or_default()).collect();
            file += &format!("E100{n},user{n},89912100{n},{}\n", rest.join(","));
        }
        self.judge(DEDUCTION, file)
    }

    /// What `validate` says of a file of person, code, amount and effective date.
    fn dry_run(&self, lines: &str) -> serde_json::Value {
        let mut file =
            "subscriber_id,username,ssn,deduction_code,employee_amount,effective_date\n".to_owned();
        for line in lines.lines() {
            let (n, rest) = line.split_once(' ').expect("a person");
            file += &format!("E100{n},user{n},89912100{n},{}\n", rest.replace(' ', ","));
        }
        fs::write(self.0.path("next.csv"), file).expect("written");
        let arguments = ["validate", "next.csv", "--integration", DEDUCTION, "--json"];
        let dry = self.0.feedgate(&arguments);
        let json: serde_json::Value = serde_json::from_str(&dry.stdout).expect("JSON");
        json["summary"].clone()
    }

    /// Sends employees: number and termination date.
    fn employ(&self, people: &[(u8, &str)]) {
        let mut file = "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,termination_date,employment_status\n"
            .to_owned();
        for (n, left) in people {
            let status = if left.is_empty() { "A" } else { "T" };
            let name = ["", "Maria,Rios", "John,Smith", "Ann,Wong"][usize::from(*n)];
            file += &format!(
                "E100{n},user{n},89912100{n},{name},1980-01-02,2019-05-06,{left},{status}\n"
            );
        }
        let judged = self.judge(DEMOGRAPHIC, file);
        assert_eq!(judged.exit, 0, "{:?}", judged.told());
    }

    /// Code, effective date, end date and action of what is known of a person.
    fn known(&self, n: u8) -> Vec<String> {
        let shown = self
            .0
            .feedgate(&["employee", &format!("E100{n}"), "--json"]);
        let json: serde_json::Value = serde_json::from_str(&shown.stdout).expect("JSON");
        let field =
            |d: &serde_json::Value, name: &str| d["fields"][name].as_str().unwrap_or("").to_owned();
        let names = ["deduction_code", "effective_date", "end_date", "action"];
        let all = json["deductions"].as_array().expect("a list").iter();
        all.map(|d| {
            names
                .map(|name| field(d, name))
                .join(" ")
                .replace("  ", " - ")
        })
        .collect()
    }
}

fn shape_only(keys: &str) -> Payroll {
    Payroll::new(SHAPE_ONLY, keys)
}

#[test]
fn a_new_rate_is_a_change_and_ends_the_one_before_it() {
    let site = shape_only("");
    let first = site.send(&[
        "1 MED 125.00 2026-01-01",
        "2 DEN 9.00 2026-01-01 2026-06-30",
    ]);
    assert_eq!(
        first.written(),
        [
            "add E1001 MED 125.00 2026-01-01",
            "add E1002 DEN 9.00 2026-01-01 2026-06-30"
        ]
    );
    // One that has ended before is no open one.
    let second = site.send(&["1 MED 140.00 2026-12-01", "2 DEN 9.50 2026-07-01"]);
    assert_eq!(
        second.written(),
        [
            "change E1001 MED 140.00 2026-12-01",
            "add E1002 DEN 9.50 2026-07-01"
        ]
    );
    assert_eq!(
        site.known(1),
        ["MED 2026-01-01 2026-11-30 add", "MED 2026-12-01 - change"]
    );
    // The same again is unchanged, the later rate alone as well.
    let again = site.send(&["1 MED 125.00 2026-01-01", "1 MED 140.00 2026-12-01"]);
    assert_eq!(again.summary.records_unchanged, 2, "{:?}", again.summary);
    let later = site.send(&["2 DEN 9.50 2026-07-01", "1 MED 140.00 2026-12-01"]);
    assert_eq!(later.summary.records_unchanged, 2);
}

#[test]
fn two_rates_of_one_file_are_judged_in_the_order_of_their_days() {
    let site = shape_only("output = { ends = true }");
    let both = site.send(&[
        "1 MED 140.00 2026-12-01",
        "1 MED 125.00 2026-01-01",
        "1 DEN 1.00 2026-01-01",
    ]);
    assert_eq!(
        both.written(),
        [
            "change E1001 MED 140.00 2026-12-01",
            "add E1001 MED 125.00 2026-01-01",
            "stop E1001 MED 0.00 2026-01-01 2026-11-30",
            "add E1001 DEN 1.00 2026-01-01",
        ]
    );
    // A rate of another file ends what is stored, with a row of its own at the end.
    let next = site.send(&["1 DEN 2.00 2026-12-15", "2 DEN 2.00 2026-12-15"]);
    assert_eq!(
        next.written(),
        [
            "change E1001 DEN 2.00 2026-12-15",
            "add E1002 DEN 2.00 2026-12-15",
            "stop E1001 DEN 0.00 2026-01-01 2026-12-14",
        ]
    );
    // One that comes late ends where the later one begins.
    let late = site.send(&["2 DEN 1.50 2026-06-01"]);
    assert_eq!(
        late.written(),
        [
            "add E1002 DEN 1.50 2026-06-01",
            "stop E1002 DEN 0.00 2026-06-01 2026-12-14"
        ]
    );
    assert_eq!(next.rows[2]["ssn"], "");
    assert_eq!(next.rows[2]["plan_year_start"], "2026-01-01");
}

#[test]
fn a_stop_on_the_day_it_takes_effect_ends_what_is_open() {
    let site = shape_only("");
    site.send(&["1 MED 125.00 2026-01-01", "2 MED 125.00 2026-01-01"]);
    let stops = site.send(&[
        "1 MED 0.00 2026-12-01 - STOP",
        "2 MED 0.00 2026-12-01 - WAIVE",
    ]);
    assert_eq!(
        stops.written(),
        [
            "stop E1001 MED 0.00 2026-12-01",
            "waive E1002 MED 0.00 2026-12-01"
        ]
    );
    assert!(stops.told().is_empty(), "{:?}", stops.told());
    assert_eq!(site.known(1), ["MED 2026-01-01 2026-11-30 add"]);
    // Sent again beside what it ended, both say nothing new.
    let again = site.send(&["1 MED 125.00 2026-01-01", "1 MED 0.00 2026-12-01 - STOP"]);
    assert_eq!(again.summary.records_unchanged, 2, "{:?}", again.written());
}

#[test]
fn what_was_stopped_comes_back_as_added_whatever_the_sender_calls_it() {
    let site = shape_only("");
    site.send(&["1 MED 125.00 2026-01-01", "2 MED 125.00 2026-01-01"]);
    site.send(&[
        "1 MED 0.00 2026-11-01 - STOP",
        "2 MED 125.00 2026-01-01 2026-10-31",
    ]);
    let back = site.send(&[
        "1 MED 130.00 2026-12-01 - CHANGE",
        "2 MED 125.00 2026-01-01 - ADD",
    ]);
    assert_eq!(
        back.written(),
        [
            "add E1001 MED 130.00 2026-12-01",
            "add E1002 MED 125.00 2026-01-01"
        ]
    );
    let overruled = ["2 action ACTION_OVERRULED", "3 effective_date RETRO"];
    assert_eq!(back.told(), overruled);
    // The deduction as it was before the stop comes back as well, and the stop can be sent again.
    site.send(&["1 MED 0.00 2026-12-20 - STOP"]);
    let same = site.send(&["1 MED 130.00 2026-12-01 - CHANGE"]);
    assert_eq!(same.written(), ["add E1001 MED 130.00 2026-12-01"]);
    assert_eq!(site.known(1)[1..], ["MED 2026-12-01 - add"]);
    let stop = site.send(&["1 MED 0.00 2026-12-20 - STOP PER_PAY"]);
    assert_eq!(stop.written(), ["stop E1001 MED 0.00 2026-12-20"]);
    assert_eq!(site.known(1)[1..], ["MED 2026-12-01 2026-12-19 add"]);
}

#[test]
fn a_stop_of_what_was_never_accepted_is_written_with_a_warning() {
    let site = shape_only("");
    site.send(&["1 MED 125.00 2026-01-01"]);
    let stops = site.send(&[
        "1 LIF 0.00 2026-12-01 - STOP",
        "2 MED 0.00 2026-12-01 - WAIVE",
    ]);
    assert_eq!(
        stops.written(),
        [
            "stop E1001 LIF 0.00 2026-12-01",
            "waive E1002 MED 0.00 2026-12-01"
        ]
    );
    assert_eq!(stops.told(), ["2 action STOP_UNKNOWN"]);
    assert_eq!(stops.exit, 0);
    // An ADD while it is in force is a change.
    let add = site.send(&[
        "1 MED 126.00 2026-12-01 - ADD",
        "1 LIF 3.00 2026-12-10 - ADD",
    ]);
    assert_eq!(
        add.written(),
        [
            "change E1001 MED 126.00 2026-12-01",
            "add E1001 LIF 3.00 2026-12-10"
        ]
    );
    assert_eq!(add.told(), ["2 action ACTION_OVERRULED"]);
}

#[test]
fn a_dry_run_says_the_same_of_what_follows_each_other() {
    let site = shape_only("");
    site.send(&["1 MED 125.00 2026-01-01"]);
    let summary = site.dry_run("1 MED 130.00 2026-12-01\n1 MED 140.00 2026-12-15\n");
    assert_eq!(summary["records_updated"], 2, "{summary:#}");
}

#[test]
fn lines_that_are_taken_once_stand_beside_the_regular_one() {
    let site = shape_only(
        "allow_negative = true\nkey = [\"custom.reference\"]\n[integration.deduction-import.columns]\n\"custom.reference\" = \"reference\"",
    );
    let first = site.send(&[
        "1 MED 125.00 2026-12-04",
        "1 MED -62.50 2026-12-04 - - ONE_TIME",
        "1 MED -62.50 2026-12-04 - - ONE_TIME A7",
        "1 MED 10.00 2026-12-18 - - ONE_TIME",
    ]);
    assert_eq!(first.summary.records_accepted, 4, "{:?}", first.told());
    assert!(first.rows.iter().all(|row| row["action"] == "add"));
    // Another frequency is another content of the same deduction.
    let other = site.send(&["1 MED 125.00 2026-12-04 - - MONTHLY"]);
    assert_eq!(other.written(), ["change E1001 MED 125.00 2026-12-04"]);
    // Equal lines that nothing tells apart are one, and the advice says how to tell them apart.
    let two = site.send(&[
        "2 HSA 50.00 2026-12-04 - - ONE_TIME",
        "2 HSA 50.00 2026-12-04 - - ONE_TIME",
    ]);
    assert_eq!(two.told(), ["3  DUPLICATE_ROW"]);
    assert!(
        two.errors[0]
            .how_to_fix
            .contains("named in the configuration (key)")
    );
    let regular = site.send(&["3 HSA 50.00 2026-12-04", "3 HSA 50.00 2026-12-04"]);
    assert!(!regular.errors[0].how_to_fix.contains("(key)"));
}

#[test]
fn codes_that_run_side_by_side_are_told_apart_by_the_key() {
    let side_by_side = [
        "1 LOAN 20.00 2026-12-01 - - - - First",
        "1 LOAN 30.00 2026-12-15 - - - - Second",
    ];
    let actions = |judged: &Judged| -> Vec<String> {
        judged
            .rows
            .iter()
            .map(|row| row["action"].clone())
            .collect()
    };
    let apart = shape_only("key = [\"plan_name\"]").send(&side_by_side);
    assert_eq!(actions(&apart), ["add", "add"]);
    let together = shape_only("").send(&side_by_side);
    assert_eq!(actions(&together), ["add", "change"]);
    for (keys, said) in [
        ("key = [\"employee_amount\"]", "may change"),
        ("key = [\"deduction_code\"]", "belongs to the key already"),
        ("key = [\"custom.reference\"]", "is no column of the files"),
        ("key = [\"ssn\"]", "says who"),
        ("key = [\"colour\"]", "is not a deduction column"),
    ] {
        let check = shape_only(keys).0.feedgate(&["check"]);
        let text = format!("{}{}", check.stdout, check.stderr);
        assert!(check.code == 2 && text.contains(said), "{keys}: {text}");
    }
}

#[test]
fn what_ends_a_deduction_is_right_after_the_termination() {
    let site = Payroll::new("", "");
    site.employ(&[(1, ""), (2, ""), (3, "")]);
    site.send(&[
        "1 MED 125.00 2026-01-01",
        "2 MED 125.00 2026-01-01",
        "3 MED 125.00 2026-11-20",
    ]);
    site.employ(&[(1, "2026-11-12"), (2, "2026-11-12"), (3, "2026-11-12")]);
    let last = site.send(&[
        "1 MED 0.00 2026-12-01 - STOP",
        "2 MED 0.00 2026-12-01 - WAIVE",
        "3 MED 125.00 2026-11-20 2026-11-30",
        "2 DEN 0.00 2026-11-20",
        "1 LIF 5.00 2026-11-20 2026-11-20",
        "2 LIF 5.00 2026-11-12",
    ]);
    assert_eq!(last.told(), ["6 effective_date EMPLOYEE_TERMINATED"]);
    assert_eq!(last.errors[0].severity, "error");
    assert!(!last.errors[0].how_to_fix.to_lowercase().contains("delete"));
    let actions: Vec<&str> = last.rows.iter().map(|row| row["action"].as_str()).collect();
    assert_eq!(actions, ["stop", "waive", "stop", "add", "add"]);
}

#[test]
fn days_of_grace_turn_the_refusal_into_a_warning() {
    for (grace, warned, refused) in [
        ("{ days = 8 }", "2026-11-20", "2026-11-21"),
        ("\"end-of-month\"", "2026-11-30", "2026-12-01"),
    ] {
        let config = format!("[identity]\nafter_termination = {grace}\n");
        let site = Payroll::new(&config, "");
        site.employ(&[(1, "2026-11-12")]);
        let judged = site.send(&[
            &format!("1 MED 1.00 {warned}"),
            &format!("1 DEN 1.00 {refused}"),
        ]);
        let severities: Vec<&str> = judged.errors.iter().map(|e| e.severity.as_str()).collect();
        assert_eq!(severities, ["warning", "error"], "{grace}");
        assert_eq!(judged.written(), [format!("add E1001 MED 1.00 {warned}")]);
    }
}

const FULL: &str = "content = \"full\"\nomission = \"stop\"";

#[test]
fn a_full_file_stops_what_it_lacks_and_nothing_else() {
    let site = Payroll::new("", FULL);
    site.employ(&[(1, ""), (2, ""), (3, "")]);
    let october = [
        "1 MED 125.00 2026-10-01",
        "1 DEN 12.00 2026-10-01 - - - - Dental",
        "1 HSA 50.00 2026-10-01 - - ONE_TIME",
        "1 VIS 4.00 2026-12-20",
        "1 FSA 4.00 2026-01-01 2026-06-30",
        "2 MED 125.00 2026-10-01",
        "3 MED 125.00 2026-10-01",
    ];
    assert_eq!(site.send(&october).exit, 0);
    // Another effective date of the code counts as present, and so does a row that is rejected or skipped.
    let november = site.send(&[
        "1 MED 125.00 2026-11-01",
        "2 MED x 2026-10-01",
        "3 MED 125.00 2026-10-01",
    ]);
    assert_eq!(november.told(), ["3 employee_amount AMOUNT_INVALID"]);
    assert_eq!(
        november.written(),
        [
            "change E1001 MED 125.00 2026-11-01",
            "stop E1001 DEN 0.00 2026-10-01 2026-11-29"
        ]
    );
    let stop = &november.rows[1];
    for (column, value) in [
        ("username", "user1"),
        ("first_name", "Maria"),
        ("last_name", "Rios"),
        ("ssn", ""),
        ("plan_name", "Dental"),
        ("employer_amount", "0.00"),
        ("plan_year_start", "2026-01-01"),
    ] {
        assert_eq!(stop[column], value, "{column}");
    }
    assert_eq!(
        (
            november.summary.deductions_missing,
            november.summary.stopped_by_omission
        ),
        (1, 1)
    );
    // It is stopped once, and comes back as added.
    let same = site.send(&[
        "1 MED 125.00 2026-11-01",
        "2 MED 125.00 2026-10-01",
        "3 MED 125.00 2026-10-01",
    ]);
    assert_eq!(same.written(), Vec::<String>::new());
    let back = site.send(&[
        "1 MED 125.00 2026-11-01",
        "1 DEN 12.00 2026-10-01 - - - - Dental",
        "2 MED 125.00 2026-10-01",
        "3 MED 125.00 2026-10-01",
    ]);
    assert_eq!(back.written(), ["add E1001 DEN 12.00 2026-10-01"]);
}

#[test]
fn a_full_file_reports_what_it_lacks_where_nothing_else_is_said() {
    let site = shape_only("content = \"full\"");
    site.send(&["1 MED 125.00 2026-10-01", "1 DEN 12.00 2026-10-01"]);
    let next = site.send(&["1 MED 125.00 2026-10-01"]);
    assert_eq!(next.told(), ["  DEDUCTION_MISSING"]);
    assert_eq!(next.errors[0].subscriber_id, "E1001");
    assert!(next.errors[0].message.contains("DEN"));
    assert_eq!(site.known(1)[1], "DEN 2026-10-01 - add");
    let ignored = shape_only("content = \"full\"\nomission = \"ignore\"");
    ignored.send(&["1 MED 125.00 2026-10-01", "1 DEN 12.00 2026-10-01"]);
    let next = ignored.send(&["1 MED 125.00 2026-10-01"]);
    assert!(next.told().is_empty());
}

#[test]
fn a_full_file_of_another_plan_year_stops_nothing_of_this_one() {
    let site = shape_only(FULL);
    site.send(&["1 MED 125.00 2025-12-01"]);
    let next = site.dry_run("2 MED 130.00 2026-11-01\n");
    assert_eq!(next["records_created"], 1, "{next:#}");
    assert_eq!(next["deductions_missing"], 0);
    let next = site.dry_run("2 MED 130.00 2025-11-01\n");
    assert_eq!(next["deductions_missing"], 1);
}

#[test]
fn a_full_file_waits_where_a_rejected_row_may_be_of_somebody_else() {
    let site = Payroll::new("", FULL);
    site.employ(&[(1, ""), (2, "")]);
    site.send(&[
        "1 MED 125.00 2026-10-01",
        "2 MED 125.00 2026-10-01",
        "2 DEN 1.00 2026-10-01",
    ]);
    // The ID of one person and the SSN of another: both are present, but somebody's DEN is missing.
    let file = "subscriber_id,username,ssn,deduction_code,employee_amount,effective_date\n\
        E1001,user1,899121002,MED,125.00,2026-10-01\n";
    let held = site.judge(DEDUCTION, file.to_owned());
    let reason = held.summary.reason.clone().unwrap_or_default();
    assert!(
        held.exit == 5 && reason.contains("OMISSION_UNSURE"),
        "{reason}"
    );
    // Without a roster the ID alone says who it is.
    let alone = shape_only(FULL);
    alone.send(&["1 MED 125.00 2026-10-01", "2 MED 125.00 2026-10-01"]);
    let file = "subscriber_id,username,ssn,deduction_code,employee_amount,effective_date\n\
        ,user1,899121001,MED,125.00,2026-10-01\n";
    let held = alone.judge(DEDUCTION, file.to_owned());
    assert_eq!(held.exit, 5, "{:?}", held.told());
}

#[test]
fn the_guard_of_missing_deductions_and_the_one_of_empty_files_hold() {
    let guard = "[integration.deduction-import.guards]\nmax_missing_count = 1";
    let site = shape_only(&format!("{FULL}\n{guard}"));
    site.send(&[
        "1 MED 1.00 2026-10-01",
        "1 DEN 1.00 2026-10-01",
        "1 VIS 1.00 2026-10-01",
    ]);
    let held = site.send(&["1 VIS 1.00 2026-10-01"]);
    let reason = held.summary.reason.clone().unwrap_or_default();
    assert!(
        held.exit == 5 && reason.contains("lacks 2 of 3 deductions in force"),
        "{reason}"
    );
    let site = shape_only(FULL);
    site.send(&["1 MED 1.00 2026-10-01"]);
    let empty = site.send(&[]);
    assert_eq!(empty.exit, 5);
}

#[test]
fn omission_has_one_word_for_each_kind() {
    for (keys, said) in [
        (
            "content = \"full\"\nomission = \"terminate\"",
            "is for employees",
        ),
        (
            "omission = \"stop\"",
            "means nothing when files hold changes only",
        ),
    ] {
        let check = shape_only(keys).0.feedgate(&["check"]);
        let text = format!("{}{}", check.stdout, check.stderr);
        assert!(check.code == 2 && text.contains(said), "{keys}: {text}");
    }
}

/// Files one after the other, and what is written of the last of them.
type Feed = (&'static [&'static [&'static str]], &'static [&'static str]);

/// Feeds in which stops, rates and returns meet; `output.ends` is on.
const FEEDS: [Feed; 15] = [
    // Something stopped comes back with an earlier date, and stays in force until the next rate.
    (
        &[
            &["1 MED 10.00 2026-11-20"],
            &["1 MED 10.00 2026-11-20 2026-11-25"],
            &["1 MED 10.00 2026-11-01"],
            &["1 MED 12.00 2026-12-01"],
        ],
        &[
            "change E1001 MED 12.00 2026-12-01",
            "stop E1001 MED 0.00 2026-11-01 2026-11-30",
        ],
    ),
    // A wrong date is cancelled, and the right one added.
    (
        &[
            &["1 MED 10.00 2026-12-01"],
            &["1 MED 0.00 2026-12-01 - STOP", "1 MED 10.00 2026-11-15"],
        ],
        &[
            "stop E1001 MED 0.00 2026-12-01",
            "add E1001 MED 10.00 2026-11-15",
        ],
    ),
    // History that is sent again changes nothing of the stop behind it.
    (
        &[
            &["1 MED 9.00 2026-10-01", "1 MED 10.00 2026-11-01"],
            &["1 MED 0.00 2026-11-15 - STOP"],
            &["1 MED 9.00 2026-10-01 2026-10-31"],
        ],
        &[],
    ),
    // An old rate is corrected; the series is stopped as before, so that what follows is added.
    (
        &[
            &["1 MED 9.00 2026-10-01", "1 MED 10.00 2026-11-01"],
            &["1 MED 0.00 2026-11-15 - STOP"],
            &["1 MED 8.00 2026-10-01"],
            &["1 MED 12.00 2026-12-10"],
        ],
        &["add E1001 MED 12.00 2026-12-10"],
    ),
    // A stop that is repeated is written where it ends a new rate, a late deduction, or a corrected one.
    (
        &[
            &["1 MED 10.00 2026-10-15"],
            &["1 MED 0.00 2026-12-15 - STOP"],
            &[
                "1 MED 10.00 2026-10-15",
                "1 MED 12.00 2026-12-01",
                "1 MED 0.00 2026-12-15 - STOP",
            ],
        ],
        &[
            "change E1001 MED 12.00 2026-12-01",
            "stop E1001 MED 0.00 2026-12-15",
            "stop E1001 MED 0.00 2026-10-15 2026-11-30",
        ],
    ),
    (
        &[
            &["1 MED 0.00 2026-12-15 - STOP"],
            &["1 MED 10.00 2026-12-01", "1 MED 0.00 2026-12-15 - STOP"],
        ],
        &[
            "add E1001 MED 10.00 2026-12-01",
            "stop E1001 MED 0.00 2026-12-15",
        ],
    ),
    (
        &[
            &["1 MED 10.00 2026-10-15"],
            &["1 MED 0.00 2026-12-01 - STOP", "1 MED 10.00 2026-10-15"],
            &["1 MED 11.00 2026-10-15", "1 MED 0.00 2026-12-01 - STOP"],
        ],
        &[
            "change E1001 MED 11.00 2026-10-15",
            "stop E1001 MED 0.00 2026-12-01",
        ],
    ),
    // What ends later is in force until then.
    (
        &[
            &["1 MED 10.00 2026-10-15"],
            &["1 MED 10.00 2026-10-15 2026-12-30"],
            &["1 MED 12.00 2026-12-01"],
        ],
        &[
            "change E1001 MED 12.00 2026-12-01",
            "stop E1001 MED 0.00 2026-10-15 2026-11-30",
        ],
    ),
    // It comes back with a new rate in one file.
    (
        &[
            &["1 MED 10.00 2026-10-05"],
            &["1 MED 0.00 2026-11-01 - STOP"],
            &["1 MED 10.00 2026-10-05", "1 MED 12.00 2026-12-15"],
        ],
        &[
            "add E1001 MED 10.00 2026-10-05",
            "stop E1001 MED 0.00 2026-10-05 2026-12-14",
            "change E1001 MED 12.00 2026-12-15",
        ],
    ),
    // A stop is moved and moved back.
    (
        &[
            &["1 MED 10.00 2026-10-15"],
            &["1 MED 0.00 2026-12-15 - STOP"],
            &["1 MED 0.00 2026-12-10 - STOP"],
            &["1 MED 0.00 2026-12-15 - STOP PER_PAY"],
        ],
        &["stop E1001 MED 0.00 2026-12-15"],
    ),
    // The end that is known already is no news.
    (
        &[
            &["1 MED 10.00 2026-10-15"],
            &["1 MED 12.00 2026-12-01"],
            &[
                "1 MED 10.00 2026-10-15 2026-11-30",
                "1 MED 12.00 2026-12-01",
            ],
        ],
        &[],
    ),
    (
        &[
            &["1 MED 10.00 2026-10-15"],
            &["1 MED 0.00 2026-11-15 - STOP"],
            &["1 MED 10.00 2026-10-15 2026-11-14"],
        ],
        &[],
    ),
    // A stop is moved beside what it ends.
    (
        &[
            &["1 MED 10.00 2026-10-15"],
            &["1 MED 10.00 2026-10-15", "1 MED 0.00 2026-12-31 - STOP"],
            &["1 MED 10.00 2026-10-15", "1 MED 0.00 2026-12-15 - STOP"],
        ],
        &["stop E1001 MED 0.00 2026-12-15"],
    ),
    // What has ended is added when it is open again.
    (
        &[
            &["1 MED 10.00 2026-10-15 2026-11-15"],
            &["1 MED 10.00 2026-10-15 - ADD"],
        ],
        &["add E1001 MED 10.00 2026-10-15"],
    ),
    // The sender's STOP is a stop, though it looks like a plan that was declined.
    (
        &[
            &["1 MED 10.00 2026-10-15"],
            &["1 MED 0.00 2026-12-01 2026-11-30 STOP"],
        ],
        &["stop E1001 MED 0.00 2026-12-01 2026-11-30"],
    ),
];

#[test]
fn stops_rates_and_returns_leave_the_receiver_with_what_the_ledger_has() {
    for (number, (feed, written)) in FEEDS.iter().enumerate() {
        let site = shape_only("output = { ends = true }");
        let mut last = None;
        for file in *feed {
            last = Some(site.send(file));
        }
        let last = last.expect("a file");
        assert_eq!(last.written(), *written, "feed {number}");
    }
}

#[test]
fn a_full_file_counts_what_ends_later_and_trusts_no_code_that_is_unknown() {
    let site = Payroll::new("", FULL);
    site.employ(&[(1, ""), (2, "")]);
    site.send(&[
        "1 MED 1.00 2026-10-15",
        "1 DEN 1.00 2026-10-15",
        "2 MED 1.00 2026-10-15",
    ]);
    site.send(&[
        "1 MED 1.00 2026-10-15 2026-12-30",
        "1 DEN 1.00 2026-10-15",
        "2 MED 1.00 2026-10-15",
    ]);
    let file = "subscriber_id,username,ssn,deduction_code,employee_amount,effective_date\n\
        E1001,user1,899121001,899121001,x,2026-10-15\nE1002,user2,899121002,MED,1.00,2026-10-15\n";
    // The row may be of any of the person's deductions.
    let shifted = site.judge(DEDUCTION, file.to_owned());
    assert_eq!(
        shifted.summary.deductions_missing,
        0,
        "{:?}",
        shifted.told()
    );
    let missing = site.send(&["1 DEN 1.00 2026-10-15", "2 MED 1.00 2026-10-15"]);
    assert_eq!(
        missing.written(),
        ["stop E1001 MED 0.00 2026-10-15 2026-11-29"]
    );
}
