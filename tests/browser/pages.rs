//! Every page as every role sees it: no rule of accessibility is broken, nothing is wider than the screen, the browser has
//! nothing to complain of.

use super::served::{Served, wait_for};
use super::window::{Look, WIDE, Window};

/// The run of the demonstration with the most different findings.
fn rejected_run(window: &Window, base: &str) -> String {
    window.go(&format!(
        "{base}/runs?code=SSN_AREA&integration=demographic-export"
    ));
    window.text("tbody th a")
}

/// Corrections in the draft of a run: right ones, wrong ones and what is not to be sent.
fn correct_some(window: &mut Window, base: &str) {
    let run = rejected_run(window, base);
    window.go(&format!("{base}/runs/{run}/correct"));
    window.click_css("[name=tick]");
    window.type_into("#why", "left the company");
    window.click("Mark those ticked");
    wait_for("the mark", || {
        window
            .words(".entries")
            .contains("left the company")
            .then_some(())
    });
    let cells = window.run(
        "return [...document.querySelectorAll('[data-cell]')].slice(0, 3).map(cell => cell.id);",
    );
    for (cell, value) in cells
        .as_array()
        .expect("cells")
        .iter()
        .zip(["521340002", "x", "y"])
    {
        window.type_into(&format!("[id='{}']", cell.as_str().expect("an ID")), value);
    }
    window.click("Save and check");
    wait_for("the check", || {
        window
            .words(".records")
            .contains("Still rejected")
            .then_some(())
    });
}

/// The pages of the demonstration. Some are refused to some roles, which is a page, too.
fn addresses(window: &Window, base: &str) -> Vec<String> {
    let run = rejected_run(window, base);
    let fixed = [
        "/",
        "/integrations/demographic-export",
        "/integrations/deduction-import",
        "/integrations/demographic-export/run",
        "/integrations/deduction-import/run",
        "/integrations/demographic-export/pause",
        "/integrations/demographic-export/resume",
        "/runs",
        "/runs?open=true",
        "/runs?status=held",
        "/runs?status=none",
        "/events",
        "/schedules",
        "/files",
        "/files?integration=demographic-export&place=inbound",
        "/employees",
        "/employees?state=failed",
        "/employees?search=zzzz",
        "/employees/main/N10004",
        "/explain/SSN_AREA",
        "/nowhere",
    ];
    let of_run = [
        "",
        "/rerun",
        "/release",
        "/refuse",
        "/correct",
        "/correct?code=CODE_UNKNOWN",
        "/correct?code=SSN_AREA&show=9",
        "/correct?code=ZIP_INVALID&after=999999",
        "/correct/resubmit",
    ];
    let fixed = fixed.into_iter().map(str::to_owned);
    let of_run = of_run.into_iter().map(|rest| format!("/runs/{run}{rest}"));
    fixed.chain(of_run).collect()
}

#[test]
fn every_page_is_accessible_to_every_role_in_every_look() {
    let served = Served::demo();
    let narrow = Look { width: 320, ..WIDE };
    let dark = Look { dark: true, ..WIDE };
    for (role, link) in &served.links {
        let Some(mut window) = Window::open(WIDE) else {
            return;
        };
        window.go(link);
        if role == "admin" {
            correct_some(&mut window, served.base());
        }
        let addresses = addresses(&window, served.base());
        // What differs between the roles is which acts are there; colours and widths are seen by one.
        let looks: &[Look] = match role.as_str() {
            "admin" => &[WIDE, dark, narrow],
            _ => &[WIDE],
        };
        for look in looks {
            window.look(*look);
            for address in &addresses {
                window.go(&format!("{}{address}", served.base()));
                let name: Vec<&str> = address
                    .split(|c: char| !c.is_ascii_alphanumeric())
                    .filter(|word| !word.is_empty())
                    .collect();
                let scheme = if look.dark { "dark" } else { "light" };
                let name = format!("{role}-{scheme}-{}-{}", look.width, name.join("-"));
                window.keep_picture(&name);
                let problems = window.accessibility_problems();
                assert!(
                    problems.is_empty(),
                    "{role} {look:?} {address}: {problems:?}"
                );
                assert!(window.overflow() <= 0, "{role} {look:?} {address}");
            }
        }
        let refused = |complaint: &String| complaint.contains("status of 4");
        let complaints = window.complaints();
        let other: Vec<&String> = complaints.iter().filter(|c| !refused(c)).collect();
        assert!(other.is_empty(), "{role}: {other:?}");
    }
}
