//! Control records before the data: their totals are checked, and rejects files keep them.

use super::people::{csv, deduction};
use super::scenario::{DEDUCTION, Scenario};

const CONFIG: &str = "[identity]\nmatch = 'shape-only'\n[integration.deduction-import.format]\n\
    header = { marker = 'HDR', count = 2, employee_amount = 3 }";

fn file(head: &str, amount: &str) -> Vec<u8> {
    let rows = csv([
        &deduction(1).with("employee_amount", "100.10"),
        &deduction(2).with("employee_amount", amount),
    ]);
    [head.as_bytes(), &rows].concat()
}

#[test]
fn totals_of_a_header_must_agree() {
    for (head, code) in [
        ("HDR,2,10015\n", 0),
        ("HDR,3,10015\n", 1),
        ("HDR,2,10016\n", 1),
        ("HDR,two,10015\n", 1),
        ("", 1),
    ] {
        let site = Scenario::new().and_config(CONFIG);
        let run = site
            .inbound(DEDUCTION, "ded.csv", file(head, "0.05"))
            .run(DEDUCTION, &[]);
        assert_eq!(run.code, code, "{head}: {run:?}");
        assert_eq!(
            run.text("reason").contains("CONTROL_TOTAL"),
            code == 1,
            "{run:?}"
        );
    }
}

#[test]
fn a_rejects_file_keeps_the_header_and_can_be_sent_again() {
    let site = Scenario::new().and_config(CONFIG);
    let head = "HDR,2,10010\n";
    let run = site
        .inbound(DEDUCTION, "ded.csv", file(head, "five"))
        .run(DEDUCTION, &[]);
    assert_eq!(run.code, 3, "{run:?}");
    let rejects = String::from_utf8(run.rejects().expect("a rejects file")).expect("UTF-8");
    assert!(rejects.starts_with(head), "{rejects}");
    std::fs::write(site.path("fixed.csv"), rejects.replace("five", "0.05")).expect("written");
    let again = site.feedgate(&["resubmit", run.reference(), "--file", "fixed.csv", "--json"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(
        (
            again.count("records_processed"),
            again.count("records_accepted")
        ),
        (1, 1)
    );
}
