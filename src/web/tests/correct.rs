//! The Transaction Assistant, by forms alone: journeys, what two windows save, and what no page shows.

use super::test_pages::{Answer, TestPages};
use crate::domain::{ReferenceId, Role, RunStatus};
use crate::ledger::RunFilter;
use crate::operations::correction::{draft, proof};
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use scraper::{Html, Selector};
use std::fs;

/// A number that stands nowhere but in the file and the draft.
const CANARY: &str = "521349871";

const HEAD: &str =
    "subscriber_id,username,ssn,first_name,last_name,birth_date,hire_date,employment_status";

/// Pages of a site that has a file with five records, of which four are rejected, and with more that are right: record 2 has an SSN of an area that is never
/// given, records 3 and 4 a status that is not known, record 5 both.
struct Assistant {
    pages: TestPages,
    run: ReferenceId,
}

fn assistant() -> Assistant {
    let pages = TestPages::new();
    let rows = [
        "N90001,alee0001,521340001,Ann,Lee,1990-01-01,2020-01-01,A",
        "N90002,bmoe0002,000340002,Ben,Moe,1990-01-02,2020-01-02,A",
        "N90003,cnye9871,521349871,Cyd,Nye,1990-01-03,2020-01-03,Aktiv",
        "N90004,dorr0004,521340004,Dee,Orr,1990-01-04,2020-01-04,Aktiv",
        "N90005,epoe0005,000340005,Eve,Poe,1990-01-05,2020-01-05,Aktiv",
    ];
    let right =
        (1000..1050).map(|n| format!("N8{n},fray{n},52137{n},Fay,Ray,1990-02-01,2020-02-01,A"));
    let rows: Vec<String> = rows.map(str::to_owned).into_iter().chain(right).collect();
    let inbound = pages.site.config.root.join("inbound/demographic-export");
    let text = format!("{HEAD}\n{}\n", rows.join("\n"));
    fs::write(inbound.join("hr-north-assistant.csv"), text).expect("written");
    let ran = pages.post(Role::Admin, "/integrations/demographic-export/run", "");
    assert_eq!(ran.status, StatusCode::SEE_OTHER, "{}", ran.text);
    let ledger = pages.site.ledger_for_reading().expect("a ledger");
    let runs = ledger.runs(&RunFilter::default(), 1).expect("runs");
    let run = runs[0].reference.clone();
    assert_eq!(
        runs[0].status,
        RunStatus::CompletedWithErrors,
        "{:?}",
        runs[0]
    );
    Assistant { pages, run }
}

impl Assistant {
    fn address(&self, rest: &str) -> String {
        format!("/runs/{}/correct{rest}", self.run)
    }

    fn get(&self, role: Role, rest: &str) -> Answer {
        self.pages.get(role, &self.address(rest))
    }

    fn post(&self, rest: &str, form: &str) -> Answer {
        self.pages.post(Role::Hr, &self.address(rest), form)
    }

    /// Where an act leads to.
    fn leads(&self, rest: &str, form: &str) -> String {
        let answer = self.post(rest, form);
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        let to = answer.headers.get(header::LOCATION).expect("a way");
        to.to_str().expect("text").to_owned()
    }

    fn version(&self) -> u64 {
        draft(&self.pages.site, &self.run).expect("a draft").version
    }

    fn open(&self) -> u64 {
        proof(&self.pages.site, &self.run).expect("a proof").open
    }

    /// The confirmation with its fields, by the name of the button.
    fn confirmed(&self, rest: &str, which: &str) -> String {
        let page = self.get(Role::Hr, rest);
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        let value = |name: &str| page.value(&format!("[name={name}]"));
        format!(
            "id={}&seen={}&unchanged={}&which={which}",
            value("id"),
            value("seen"),
            value("unchanged")
        )
    }
}

impl Answer {
    /// The value of the first field that a selector finds.
    fn value(&self, selector: &str) -> String {
        let selector = Selector::parse(selector).expect("a selector");
        let page = Html::parse_document(&self.text);
        let found = page.select(&selector).next().expect("a field");
        found.attr("value").unwrap_or_default().to_owned()
    }

    fn holds(&self, selector: &str) -> usize {
        self.texts(selector).len()
    }
}

#[test]
fn groups_values_and_rows_are_there_and_a_hidden_value_is_in_no_field() {
    let site = assistant();
    let page = site.get(Role::Hr, "");
    assert_eq!(page.texts(".proof"), ["4 rejected = 4 open"]);
    let groups = page.texts(".group h3");
    assert!(groups[0].contains("CODE_UNKNOWN · 3 records · cause in our configuration"));
    assert!(groups[1].contains("SSN_AREA · 2 records · cause in the row"));
    assert_eq!(page.holds(".record"), 4);
    // The sensitive cell is text and an empty field; the other one holds its value.
    assert_eq!(page.value("[id='c-2-ssn']"), "");
    assert!(page.texts("#r-2 .sent")[0].contains("***-**-0002"));
    assert_eq!(page.value("[id='c-3-employment_status']"), "Aktiv");
    assert_eq!(page.holds("#r-2 [data-cell]"), 1);
    assert!(page.texts("[id='f-2-ssn']")[0].starts_with("SSN_AREA"));
    assert_eq!(page.holds("[type=number]"), 0);
    let of_code = site.get(Role::Hr, "?code=CODE_UNKNOWN");
    assert_eq!(of_code.holds(".record"), 3);
    assert_eq!(of_code.value("[name='f.employment_status.0']"), "Aktiv");
    assert_eq!(of_code.value("[name='n.employment_status.0']"), "3");
    assert_eq!(of_code.value("[name='t.employment_status.0']"), "");
    assert!(of_code.texts("button[name=take]")[0].contains("Use ACTIVE"));
    assert!(of_code.texts("pre")[0].contains("\"Aktiv\" = \"A\""));
    let whole = site.get(Role::Hr, "?show=2");
    assert_eq!(whole.holds("#r-2 [data-cell]"), 8);
    assert_eq!(whole.value("[id='c-2-first_name']"), "Ben");
    assert_eq!(whole.value("[id='c-2-birth_date']"), "");
    assert_eq!(
        site.get(Role::Hr, "?code=NONE").status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[test]
fn no_page_shows_a_value_that_is_hidden_to_any_role() {
    let site = assistant();
    site.post("/save", &format!("seen=0&c.2.ssn={CANARY}"));
    let hidden = [CANARY, "521-34-9871", "000340002", "1990-01-03"];
    for role in [Role::Viewer, Role::Operator, Role::Hr, Role::Admin] {
        for rest in ["", "?code=SSN_AREA", "?show=2", "?show=3", "/resubmit"] {
            let page = site.get(role, rest);
            for value in hidden {
                assert!(!page.text.contains(value), "{role} {rest} {value}");
            }
        }
        let page = site.get(role, "");
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
        let may = matches!(role, Role::Hr | Role::Admin);
        assert_eq!(page.holds("[data-cell]") > 0, may, "{role}");
        assert_eq!(page.holds("main form") > 1, may, "{role}");
        assert_eq!(
            page.holds("button[name=reveal]") > 0,
            role == Role::Admin,
            "{role}"
        );
        assert!(page.texts(".record").concat().contains("Moe"), "{role}");
    }
    let conflict = site.post("/save", "seen=0&c.2.ssn=521340002");
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    assert!(conflict.text.contains("***-**-9871") && !conflict.text.contains(CANARY));
    assert_eq!(conflict.value("#o-1"), "");
}

#[test]
fn one_cell_is_corrected_from_its_field_to_its_run() {
    let site = assistant();
    let form = format!("seen={}&c.2.ssn=521340002", site.version());
    let to = site.leads("/resubmit", &form);
    assert_eq!(to, site.address("/resubmit"));
    let page = site.get(Role::Hr, "/resubmit");
    assert!(
        page.texts("main")
            .concat()
            .contains("1 would be accepted as create")
    );
    let form = site.confirmed("/resubmit", "all");
    let to = site.leads("/submit", &form);
    assert!(to.starts_with("/runs/2"), "{to}");
    // The same form again finds the first run.
    assert_eq!(site.leads("/submit", &form), to);
    assert_eq!(site.open(), 3);
    let run = to.trim_start_matches("/runs/");
    let page = site.get(Role::Hr, "");
    assert_eq!(
        page.texts(".proof"),
        [format!("4 rejected = 1 accepted by {run} + 3 open")]
    );
    assert_eq!(page.holds(".record"), 3);
}

#[test]
fn many_equal_values_some_left_and_one_dismissed_make_the_proof() {
    let site = assistant();
    let form = "seen=0&code=CODE_UNKNOWN&f.employment_status.0=Aktiv&n.employment_status.0=3&t.employment_status.0=A";
    let to = site.leads("/save", form);
    assert_eq!(
        to,
        format!("{}#records", site.address("?code=CODE_UNKNOWN"))
    );
    let page = site.get(Role::Hr, "");
    assert!(page.texts("#r-3 output")[0].contains("Would be accepted"));
    assert!(page.texts("#r-5 output")[0].contains("Still rejected"));
    assert!(page.texts(".entries li")[0].contains("in the place of “Aktiv” in 3 records"));
    assert_eq!(page.holds("button[name=entry]"), 1);
    // A number that has changed is told, and nothing is replaced.
    let stale = site.post("/save", form);
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        stale.texts("#problems")[0].contains("stands in 0 records now"),
        "{}",
        stale.text
    );
    let nothing = site.post("/dismiss", "seen=1&why=gone");
    assert!(nothing.text.contains("Tick the records first"));
    let no_reason = site.post("/dismiss", "seen=1&tick=2&why=");
    assert!(no_reason.texts("#problems")[0].contains("say why"));
    site.leads("/dismiss", "seen=1&tick=2&why=left+the+company");
    let page = site.get(Role::Hr, "/resubmit");
    let buttons = page.texts("main button");
    assert_eq!(buttons, ["Resubmit 2, leave 1", "Resubmit all 3"]);
    assert!(
        page.texts("main")
            .concat()
            .contains("1 dismissed: left the company")
    );
    let form = site.confirmed("/resubmit", "accepted");
    let to = site.leads("/submit", &form);
    let run = to.trim_start_matches("/runs/");
    let sum = format!("4 rejected = 2 accepted by {run} + 1 dismissed + 1 open");
    assert_eq!(site.get(Role::Hr, "").texts(".proof"), [sum]);
    // What is taken back leaves the draft.
    let entry = site.get(Role::Hr, "").value("button[name=entry]");
    site.leads("/revert", &format!("seen={}&entry={entry}", site.version()));
    assert_eq!(site.get(Role::Hr, "").holds("button[name=entry]"), 0);
}

#[test]
fn two_windows_of_one_person_see_both_values() {
    let site = assistant();
    let shown = "w.3.employment_status=Aktiv&w.4.employment_status=Aktiv";
    site.leads(
        "/save",
        &format!("seen=0&{shown}&c.3.employment_status=A&c.4.employment_status=Aktiv"),
    );
    // Another window, of the same version: what was not touched there is no change.
    let other = format!("seen=0&{shown}&c.3.employment_status=Aktiv&c.4.employment_status=A");
    site.leads("/save", &other);
    let both =
        format!("seen=0&{shown}&c.3.employment_status=T&c.4.employment_status=L&c.2.ssn=521340002");
    let page = site.post("/save", &both);
    assert_eq!(page.status, StatusCode::CONFLICT);
    let choices = page.texts("fieldset");
    assert_eq!(choices.len(), 2);
    assert!(choices[0].contains("Keep “A”, saved by") && choices[0].contains("Save yours: “T”"));
    // The third cell of the form is not lost.
    let kept = draft(&site.pages.site, &site.run).expect("a draft");
    assert_eq!(kept.entries.len(), 3);
    let form = format!(
        "seen={}&own.3.employment_status=yes&c.3.employment_status=T&take.3.employment_status=own&own.4.employment_status=yes\
         &c.4.employment_status=L&take.4.employment_status=saved",
        page.value("[name=seen]")
    );
    site.leads("/overwrite", &form);
    let page = site.get(Role::Hr, "");
    assert_eq!(page.value("[id='c-3-employment_status']"), "T");
    assert_eq!(page.value("[id='c-4-employment_status']"), "A");
    // Who has seen an older draft sends nothing.
    let old = site.confirmed("/resubmit", "all");
    site.leads(
        "/save",
        &format!("seen={}&c.5.employment_status=A", site.version()),
    );
    assert_eq!(site.leads("/submit", &old), site.address("/resubmit"));
    assert_eq!(site.open(), 4);
}

#[test]
fn a_value_that_can_not_be_written_is_told_and_the_rest_is_saved() {
    let site = assistant();
    let long = "x".repeat(1_001);
    let page = site.post(
        "/save",
        &format!("seen=0&c.2.ssn=521340002&c.3.employment_status={long}"),
    );
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.texts("#problems a[href='#r-3']")[0].contains("longer than 1000 characters"));
    assert!(page.texts("#r-2 output")[0].contains("Would be accepted"));
}

#[test]
fn a_check_says_what_would_become_of_the_row_and_saves_it_if_asked() {
    let site = assistant();
    let check = |form: &str| {
        let answer = site.post("/check", form);
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        serde_json::from_str::<serde_json::Value>(&answer.text).expect("JSON")
    };
    let told = check("seen=0&record=2&c.2.ssn=521340002");
    assert_eq!(told["says"], "Would be accepted as create.");
    assert_eq!((&told["saved"], site.version()), (&false.into(), 0));
    let told = check(
        "seen=0&record=5&save=1&c.5.ssn=521340005&c.5.employment_status=Aktiv&w.5.employment_status=Aktiv",
    );
    assert_eq!(
        (&told["verdict"], &told["version"]),
        (&"rejected".into(), &1.into())
    );
    assert!(
        told["says"]
            .as_str()
            .expect("text")
            .contains("CODE_UNKNOWN")
    );
    let told = check("seen=0&record=5&save=1&c.5.ssn=521340006");
    assert!(told["says"].as_str().expect("text").contains("meanwhile"));
    assert_eq!(told["verdict"], "problem");
    let told = check("seen=1&record=1&c.1.city=x");
    assert_eq!(told["verdict"], "problem");
}

#[test]
fn a_row_is_shown_unmasked_only_after_the_event_of_it() {
    let site = assistant();
    let path = site.address("/reveal");
    let refused = site.pages.post(Role::Hr, &path, "seen=0&reveal=3");
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let shown = site.pages.post(Role::Admin, &path, "seen=0&reveal=3");
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.text.contains(CANARY) && shown.holds("main input") == 0);
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    let events = site
        .pages
        .get(Role::Admin, &format!("/events?subject={}", site.run));
    assert!(
        events.texts("tbody").concat().contains("rejected record 3"),
        "{}",
        events.text
    );
    let accepted = site.pages.post(Role::Admin, &path, "seen=0&reveal=1");
    assert!(accepted.text.contains("no rejected record 1") && !accepted.text.contains("521340001"));
}

#[test]
fn a_corrected_rejects_file_is_listed_before_anything_runs() {
    let site = assistant();
    let page = site.get(Role::Hr, "");
    let link = page.texts("a[href*='/files/']");
    assert!(link[0].contains(".rejects"), "{link:?}");
    let file = format!(
        "{HEAD}\r\nN90002,bmoe0002,521340002,Ben,Moe,1990-01-02,2020-01-02,A\r\nX1,other,521340099,Q,R,1991-01-01,2021-01-01,A\r\n"
    );
    let body = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"fixed.csv\"\r\n\r\n{file}\r\n--b--\r\n"
    );
    let (mut head, _) = site
        .pages
        .request(Some(Role::Hr), &Method::POST, &site.address("/file"))
        .into_parts();
    let kind = "multipart/form-data; boundary=b".parse().expect("a kind");
    head.headers.insert(header::CONTENT_TYPE, kind);
    let page = site.pages.ask(Request::from_parts(head, Body::from(body)));
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_eq!(page.texts("tbody tr th"), ["2"], "{}", page.text);
    assert!(page.texts("tbody tr")[0].contains("***-**-0002"));
    assert!(page.texts(".note li")[0].starts_with("Line 3 of the file"));
    assert_eq!(site.open(), 4);
    site.leads(
        "/revert",
        &format!("seen={}&entry=1", page.value("[name=seen]")),
    );
    assert!(
        draft(&site.pages.site, &site.run)
            .expect("a draft")
            .entries
            .is_empty()
    );
}

#[test]
fn a_run_without_rejected_records_says_so() {
    let pages = &super::test_pages::PAGES;
    let ledger = pages.site.ledger_for_reading().expect("a ledger");
    let runs = ledger.runs(&RunFilter::default(), 50).expect("runs");
    let clean = runs.iter().find(|run| run.status == RunStatus::Completed);
    let page = pages.get(
        Role::Viewer,
        &format!("/runs/{}/correct", clean.expect("one").reference),
    );
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.texts("main p")
            .concat()
            .contains("No rejected records.")
    );
}
