//! Correcting rejected records, with and without scripts, by clicks and by keys alone; the clicks are counted.

use super::journeys::both_ways;
use super::served::{Served, wait_for};
use super::window::{WIDE, Window};
use std::fs;
use thirtyfour::Key;

const HEAD: &str =
    "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status";

/// A file with records of a status that is not known, and one with an SSN that is never given, among enough others: its run.
fn rejected_run(served: &Served, window: &Window) -> String {
    let right =
        (1000..1020).map(|n| format!("N8{n},fray{n},52137{n},Fay,Ray,1990-02-01,2020-02-01,A"));
    let wrong = [
        "N90002,bmoe0002,000340002,Ben,Moe,1990-01-02,2020-01-02,A",
        "N90003,cnye0003,521340003,Cyd,Nye,1990-01-03,2020-01-03,Aktiv",
        "N90004,dorr0004,521340004,Dee,Orr,1990-01-04,2020-01-04,Aktiv",
    ];
    let rows: Vec<String> = wrong.map(str::to_owned).into_iter().chain(right).collect();
    let text = format!("{HEAD}\n{}\n", rows.join("\n"));
    let inbound = served.site().join("inbound/demographic-export");
    fs::write(inbound.join("hr-north-wrong.csv"), text).expect("uploaded");
    wait_for("the run with rejected records", || {
        window.go(&format!("{}/runs?open=true", served.base()));
        let page = window.source();
        let at = page.find("3 of 23 records rejected")?;
        let (_, after) = page[..at].rsplit_once("<a href=\"/runs/")?;
        Some(after.split('"').next()?.to_owned())
    })
}

/// The page, as the link in a mail opens it; the link is no click of these journeys.
fn open(served: &Served, window: &mut Window) -> String {
    let run = rejected_run(served, window);
    window.go(&format!("{}/runs/{run}/correct", served.base()));
    window.clicks = 0;
    run
}

fn went_on_to_a_run(window: &Window, run: &str) {
    let path = wait_for("the new run", || {
        let path = window.path();
        (!path.contains("/correct")).then_some(path)
    });
    assert!(path.starts_with("/runs/") && !path.contains(run), "{path}");
}

/// Waits until the page has these words: with scripts, a form waits for what is being saved.
fn wait_for_words(window: &Window, words: &str) {
    wait_for(words, || window.words("main").contains(words).then_some(()));
}

#[test]
fn one_cell_is_corrected_in_two_clicks() {
    both_ways("hr", |served, window| {
        let run = open(served, window);
        window.type_into("[id='c-1-ssn']", "521-34-0002");
        window.click("Resubmit corrected");
        wait_for_words(window, "1 would be accepted as create");
        window.click("Resubmit 1");
        assert_eq!(window.clicks, 2);
        went_on_to_a_run(window, &run);
        let said = window.text(".said");
        assert!(
            said.contains("3 rejected = 1 accepted by") && said.contains("2 open"),
            "{said}"
        );
    });
}

#[test]
fn equal_values_are_corrected_in_four_clicks() {
    both_ways("hr", |served, window| {
        let run = open(served, window);
        window.click("CODE_UNKNOWN");
        window.type_into("[name='t.employment_status.0']", "A");
        window.click("Replace");
        wait_for_words(window, "The draft");
        let draft = window.text(".entries");
        assert!(
            draft.contains("“A” in the place of “Aktiv” in 2 records"),
            "{draft}"
        );
        window.click("Resubmit corrected");
        wait_for_words(window, "2 would be accepted");
        window.click("Resubmit 2");
        assert_eq!(window.clicks, 4);
        went_on_to_a_run(window, &run);
    });
}

#[test]
fn records_of_people_who_came_later_go_unchanged_in_two_clicks() {
    both_ways("hr", |served, window| {
        // Deductions of the demonstration are of people whom no file had; now one has them.
        window.go(&format!("{}/explain/SUBSCRIBER_UNKNOWN", served.base()));
        window.go(&format!("{}/runs?code=SUBSCRIBER_UNKNOWN", served.base()));
        let page = window.source();
        let (_, after) = page
            .split_once("<th scope=\"row\" class=\"nowrap\"><a href=\"/runs/")
            .expect("a run");
        let run = after.split('"').next().expect("a reference").to_owned();
        let address = format!(
            "{}/runs/{run}/correct?code=SUBSCRIBER_UNKNOWN",
            served.base()
        );
        window.go(&address);
        let heading = window.text(".record h3");
        let id = heading
            .split(" · ")
            .nth(1)
            .expect("an ID")
            .split_whitespace()
            .next()
            .expect("an ID");
        let row = format!("{id},zpers4321,521354321,Zoe,Persson,1990-01-02,2020-01-02,A");
        let row = row.replace("zpers4321", "zpersso4321");
        let inbound = served.site().join("inbound/demographic-export");
        fs::write(
            inbound.join("hr-north-late.csv"),
            format!("{HEAD}\n{row}\n"),
        )
        .expect("uploaded");
        wait_for("the employee", || {
            window.go(&address);
            window
                .source()
                .contains("Resubmit 1 unchanged")
                .then_some(())
        });
        window.clicks = 0;
        window.click("Resubmit 1 unchanged");
        window.click("Resubmit 1");
        assert_eq!(window.clicks, 2);
        went_on_to_a_run(window, &run);
    });
}

#[test]
fn keys_alone_correct_check_and_send() {
    let Some(mut window) = Window::open(WIDE) else {
        return;
    };
    let served = Served::demo();
    window.go(&served.links["hr"]);
    let run = open(&served, &mut window);
    window.run("document.querySelector('[data-cell]').focus();");
    window.type_here("521340002");
    window.press(Key::Enter);
    wait_for("the check", || {
        let says = window.text("#v-1");
        says.contains("Saved. Would be accepted as create.")
            .then_some(())
    });
    // The value is in the draft, and no longer in the page.
    assert_eq!(
        window.run("return document.getElementById('c-1-ssn').value;"),
        ""
    );
    let focus = "return document.activeElement.id;";
    assert_eq!(window.run(focus), "c-2-employment_status");
    window.press(Key::Tab);
    assert_eq!(window.run(focus), "c-3-employment_status");
    window.type_here("A");
    window.press(Key::Enter);
    wait_for("the check", || {
        window.text("#v-3").contains("accepted").then_some(())
    });
    window.press(Key::Escape);
    assert_eq!(window.run(focus), "resubmit");
    // What was saved is there when the page is opened again.
    window.go(&format!("{}/runs/{run}/correct", served.base()));
    window.shows("#r-3 output", "Would be accepted");
    window.shows("#r-1", "***-**-0002");
    window.run("document.querySelector('[data-cell]').focus();");
    window.press_with_control(Key::Enter);
    window.shows("main", "2 would be accepted as create");
    window.press(Key::Enter);
    went_on_to_a_run(&window, &run);
    assert_eq!(window.clicks, 0);
    assert!(window.complaints().is_empty());
}

#[test]
fn two_clicks_at_once_find_one_run() {
    let Some(mut window) = Window::open(super::journeys::WITHOUT_SCRIPT) else {
        return;
    };
    let served = Served::demo();
    window.go(&served.links["hr"]);
    let run = open(&served, &mut window);
    window.type_into("[id='c-1-ssn']", "521-34-0002");
    window.click("Resubmit corrected");
    window.run(
        "const button = document.querySelector('main .main');
        const sent = new URLSearchParams(new FormData(button.form, button));
        fetch(button.form.action, { method: 'POST', body: sent });
        button.click();",
    );
    went_on_to_a_run(&window, &run);
    window.go(&format!("{}/runs/{run}", served.base()));
    let followed = window.source().matches("Followed by").count();
    assert_eq!(followed, 1);
}

#[test]
fn a_draft_is_there_for_the_next_person_and_two_windows_show_both_values() {
    let Some(mut window) = Window::open(WIDE) else {
        return;
    };
    let served = Served::demo();
    window.go(&served.links["hr"]);
    let run = open(&served, &mut window);
    window.type_into("[id='c-2-employment_status']", "T");
    window.click("Save and check");
    wait_for_words(&window, "employment_status: “T”");
    window.go(&served.links["admin"]);
    window.go(&format!("{}/runs/{run}/correct", served.base()));
    assert_eq!(
        window.run("return document.getElementById('c-2-employment_status').value;"),
        "T"
    );
    let seen = window.run("return document.querySelector('[name=seen]').value;");
    window.type_into("[id='c-2-employment_status']", "A");
    window.click("Save and check");
    wait_for_words(&window, "employment_status: “A”");
    // As another window that has the page from before.
    window.run(&format!(
        "document.querySelector('[name=seen]').value = {seen};"
    ));
    window.type_into("[id='c-2-employment_status']", "L");
    window.click("Save and check");
    wait_for_words(&window, "Choose which one stays");
    let choice = window.text("fieldset");
    assert!(
        choice.contains("Keep “A”") && choice.contains("Save yours: “L”"),
        "{choice}"
    );
    assert!(window.accessibility_problems().is_empty());
    window.click_css("input[value=own]");
    window.click("Go on");
    wait_for_words(&window, "employment_status: “L”");
    assert_eq!(
        window.run("return document.getElementById('c-2-employment_status').value;"),
        "L"
    );
}
