//! What people do on the pages, with and without scripts; the clicks are counted.

use super::served::{Served, wait_for};
use super::window::{Look, WIDE, Window};
use std::fs;

pub(super) const WITHOUT_SCRIPT: Look = Look {
    script: false,
    ..WIDE
};

/// Does a journey in a demonstration of its own, once with scripts and once without, in the name of a role.
pub(super) fn both_ways(role: &str, journey: impl Fn(&Served, &mut Window)) {
    for look in [WIDE, WITHOUT_SCRIPT] {
        let Some(mut window) = Window::open(look) else {
            return;
        };
        let served = Served::demo();
        window.go(&served.links[role]);
        journey(&served, &mut window);
    }
}

/// A file that is held, because most of its records are rejected: its run.
fn held_run(served: &Served, window: &Window) -> String {
    let head =
        "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status";
    let rows = (0..40).map(|n| format!("N9{n:04},x,123,Ada,Lovelace,1990-01-01,2020-01-01,A"));
    let text = format!("{head}\n{}\n", rows.collect::<Vec<_>>().join("\n"));
    let inbound = served.site().join("inbound/demographic-export");
    fs::write(inbound.join("hr-north-more.csv"), text).expect("uploaded");
    wait_for("the held run", || {
        window.go(&format!("{}/runs?status=held", served.base()));
        let page = window.source();
        let (_, after) = page.split_once("<th scope=\"row\" class=\"nowrap\"><a href=\"/runs/")?;
        Some(after.split('"').next()?.to_owned())
    })
}

#[test]
fn a_held_file_is_released_with_a_why_in_two_clicks() {
    both_ways("operator", |served, window| {
        let run = held_run(served, window);
        window.go(&format!("{}/", served.base()));
        window.shows("#live-waiting", &run);
        window.go(&format!("{}/runs/{run}", served.base()));
        window.clicks = 0;
        window.click("Release");
        window.type_into("#why", "the sender confirmed the file");
        window.click("Release");
        assert_eq!(window.clicks, 2);
        window.arrives(&format!("/runs/{run}"));
        window.shows(".said", "Released");
        assert!(!window.text("main").contains("What holds the file"));
        window.go(&format!("{}/events?subject={run}", served.base()));
        window.shows("tbody", "the sender confirmed the file");
    });
}

#[test]
fn an_integration_is_paused_until_a_day_in_two_clicks() {
    both_ways("operator", |served, window| {
        window.go(&format!("{}/", served.base()));
        window.clicks = 0;
        window.click("Pause demographic-export");
        window.type_into("#why", "open enrollment");
        window.type_into("#until", "12312030");
        window.click("Pause");
        assert_eq!(window.clicks, 2);
        window.shows(".said", "paused until 2030-12-31");
        window.click("Resume");
        window.click("Resume");
        window.shows(".said", "is resumed");
    });
}

#[test]
fn all_who_wait_are_synced_in_three_clicks() {
    both_ways("hr", |served, window| {
        window.go(&format!("{}/employees", served.base()));
        window.clicks = 0;
        window.click("Not syncing (52)");
        window.click("Sync all that match and are not syncing");
        window.shows("main", "52 employees in the state Not syncing");
        window.click("Sync them (52)");
        assert_eq!(window.clicks, 3);
        window.shows(".said", "Synced: 52");
        window.go(&format!("{}/employees?state=not-syncing", served.base()));
        window.shows("main", "No employees in the state Not syncing");
    });
}

#[test]
fn runs_are_repeated_together_in_three_clicks() {
    let Some(mut window) = Window::open(WIDE) else {
        return;
    };
    let served = Served::demo();
    window.go(&served.links["operator"]);
    window.go(&format!("{}/runs?open=true", served.base()));
    window.clicks = 0;
    window.click_css("[data-tick-all]");
    window.click("Run those ticked again");
    window.shows("h1", "Run 6 files again");
    window.click("Run 6 again");
    assert_eq!(window.clicks, 3);
    window.arrives("/runs");
}

#[test]
fn the_first_page_says_why_a_run_ended_as_it_did() {
    both_ways("viewer", |served, window| {
        window.go(&format!("{}/", served.base()));
        let waits = window.text("#live-waiting");
        assert!(waits.contains("17 of 160 records rejected"), "{waits}");
        let source = window.source();
        assert!(!source.contains("<form method=\"post\" action=\"/integrations"));
    });
}

/// A page that is open shows a run that ends, without being asked.
#[test]
fn an_open_page_shows_what_happens() {
    let Some(mut window) = Window::open(WIDE) else {
        return;
    };
    let served = Served::demo();
    window.go(&served.links["viewer"]);
    window.go(&format!("{}/", served.base()));
    window.clicks = 0;
    let other = Window::open(WIDE).expect("another");
    other.go(&served.links["operator"]);
    let run = held_run(&served, &other);
    wait_for("the run on the open page", || {
        let shown = window.text("#live-waiting");
        shown.contains(&run).then_some(())
    });
}
