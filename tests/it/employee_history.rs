//! What runs did to an employee, and which columns they changed.

use crate::people::{Record, csv, gone, person, subscriber_id};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use serde_json::Value;

/// What was done to person 1, newest first: action and columns.
fn history(site: &Scenario) -> Vec<(String, String)> {
    let known = site.feedgate(&["employee", &subscriber_id(1), "--json"]);
    assert_eq!(known.code, 0, "{known:?}");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let entries = known.summary()["history"]
        .as_array()
        .expect("a list")
        .iter();
    entries
        .map(|entry| {
            let columns = entry["columns"].as_array().expect("a list").iter();
            let columns: Vec<String> = columns.map(text).collect();
            (text(&entry["action"]), columns.join(" "))
        })
        .collect()
}

fn send(site: &Scenario, record: Record) {
    let rejected = site.send_people("hr.csv", &[record, person(2)], &[]);
    assert!([0, 3].contains(&rejected.code), "{rejected:?}");
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(action, columns): &(&str, &str)| ((*action).to_owned(), (*columns).to_owned());
    all.iter().map(pair).collect()
}

#[test]
fn every_run_tells_what_it_did_and_which_columns_changed_but_no_value() {
    let site = Scenario::new().and_config(
        "[integration.demographic-export.columns]\n\"custom.badge\" = \"Badge\"\n\"custom.site\" = \"Site\"\n",
    );
    let one = || person(1).with("Badge", "b1").with("Site", "s1");
    send(&site, one());
    send(&site, one().with("city", "Monona").with("Badge", "b2"));
    // Without change.
    send(&site, one().with("city", "Monona").with("Badge", "b2"));
    send(&site, one().with("hire_date", "soon"));
    let moved = || {
        one()
            .with("city", "Monona")
            .with("job_title", "")
            .with("Site", "")
    };
    send(&site, moved());
    let left = gone(1);
    let away = moved()
        .with("hire_date", left.get("hire_date"))
        .with("employment_status", left.get("employment_status"))
        .with("termination_date", left.get("termination_date"));
    send(&site, away);
    send(&site, moved().with("hire_date", left.get("hire_date")));
    let told = history(&site);
    let expected = [
        ("reactivate", "employment_status termination_date"),
        ("deactivate", "hire_date employment_status termination_date"),
        ("corrected", ""),
        ("update", "job_title custom.badge custom.site"),
        ("rejected", ""),
        ("update", "city custom.badge"),
        ("create", ""),
    ];
    let sorted = |all: Vec<(String, String)>| -> Vec<(String, Vec<String>)> {
        let words = |text: &str| {
            let mut words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            words.sort_unstable();
            words
        };
        all.into_iter()
            .map(|(action, columns)| (action, words(&columns)))
            .collect()
    };
    assert_eq!(sorted(told), sorted(pairs(&expected)));
    let said = site.feedgate(&["employee", &subscriber_id(1)]).stdout;
    assert!(said.contains("city, custom.badge"), "{said}");
    assert!(!said.contains("Monona"), "{said}");
}

#[test]
fn an_employee_whom_a_full_file_lacks_was_deactivated() {
    let site =
        Scenario::new().and_keys(DEMOGRAPHIC, "content = \"full\"\nomission = \"terminate\"");
    site.roster("a.csv", csv(&[person(1), person(2)]));
    site.roster("b.csv", csv(&[person(2)]));
    assert_eq!(history(&site), pairs(&[("deactivate", ""), ("create", "")]));
    site.roster("c.csv", csv(&[person(1).with("city", "Monona"), person(2)]));
    let told = history(&site);
    assert_eq!(told[0], ("reactivate".to_owned(), "city".to_owned()));
}
