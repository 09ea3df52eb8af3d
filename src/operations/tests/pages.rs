//! What pages and the API ask for, on a site with a past.

use super::test_site::{NAME, TestSite, pass};
use crate::domain::{Authority, Code, ReferenceId, Role, RunStatus, RunSummary};
use crate::ledger::{EventAction, Pause};
use crate::operations::in_process::perform;
use crate::operations::{
    Beginning, DayOutcome, EventQuery, NeededAct, RunQuery, Visible, event_page, export_events,
    front_page, held_comparison, integration_details, integrations, metrics, open_items, readiness,
    run_chain, run_page,
};
use crate::run::Command;
use crate::site::{Quiet, Site};
use crate::spool::Disk;
use chrono::TimeDelta;
use serde_json::{Value, json};

pub(super) fn good(n: u32) -> String {
    format!("S{n},user{n}x,52134{n:04},Ann,Lee,1990-01-01,2020-01-01,A\n")
}

fn bad(n: u32) -> String {
    format!("S{n},user{n}x,00034{n:04},Ann,Lee,1990-01-01,2020-01-01,A\n")
}

pub(super) fn all() -> Visible {
    Visible::default()
}

/// What an account sees that is limited to another integration.
pub(super) fn nothing() -> Visible {
    Visible::to(&Authority {
        role: Role::Viewer,
        see_values: false,
        integrations: Some(["payroll".to_owned()].into()),
    })
}

pub(super) fn reference(summary: &RunSummary) -> ReferenceId {
    summary.integration_reference_id.clone()
}

/// Runs of one accepted file, one file with a rejected record, and one that is Held by its errors.
pub(super) fn three_runs() -> (TestSite, Site, [RunSummary; 3]) {
    let bench = TestSite::new("guards = { max_error_count = 1 }");
    let files = [good(1) + &good(2), good(1) + &bad(3), bad(4) + &bad(5)];
    let runs = files.map(|rows| {
        bench.upload_rows("hr.csv", &rows);
        pass(TimeDelta::minutes(5));
        bench.run().remove(0)
    });
    let site = bench.site(Disk::new());
    assert_eq!(
        runs.each_ref().map(|run| run.status),
        [
            RunStatus::Completed,
            RunStatus::CompletedWithErrors,
            RunStatus::Held
        ]
    );
    (bench, site, runs)
}

fn listed(site: &Site, query: &RunQuery) -> Vec<ReferenceId> {
    let page = run_page(site, query, &all()).expect("a page");
    let runs = page.runs.iter();
    runs.map(|entry| reference(&entry.run.summary)).collect()
}

#[test]
fn runs_are_found_by_what_is_open_by_status_by_code_and_by_day() {
    let (_bench, site, [taken, errors, held]) = three_runs();
    let any = RunQuery::default;
    let open = RunQuery {
        open: true,
        ..any()
    };
    assert_eq!(listed(&site, &open), [reference(&held), reference(&errors)]);
    let status = Some(RunStatus::Completed);
    assert_eq!(
        listed(&site, &RunQuery { status, ..any() }),
        [reference(&taken)]
    );
    let code = Some(Code::SsnArea);
    assert_eq!(
        listed(&site, &RunQuery { code, ..any() }),
        [reference(&held), reference(&errors)]
    );
    let today = Some(site.today());
    assert_eq!(
        listed(
            &site,
            &RunQuery {
                from: today,
                to: today,
                ..any()
            }
        )
        .len(),
        3
    );
    let yesterday = today.and_then(|day| day.pred_opt());
    assert!(
        listed(
            &site,
            &RunQuery {
                to: yesterday,
                ..any()
            }
        )
        .is_empty()
    );
    assert!(
        run_page(&site, &any(), &nothing())
            .expect("a page")
            .runs
            .is_empty()
    );
    let named = |name: &str| RunQuery {
        integration: Some(name.into()),
        ..any()
    };
    assert!(run_page(&site, &named(NAME), &nothing()).is_err());
    assert!(run_page(&site, &named("unknown"), &all()).is_err());
    let page = run_page(&site, &open, &all()).expect("a page");
    let page = serde_json::to_value(page).expect("JSON");
    assert_eq!(page["next"], Value::Null);
    let last = &page["runs"][1];
    assert_eq!(
        last["integration_reference_id"],
        reference(&errors).as_str()
    );
    assert_eq!(
        (&last["open_rejections"], &last["open"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(
        last["top_codes"],
        json!([{"code": "SSN_AREA", "findings": 1}])
    );
}

#[test]
fn what_is_open_is_counted_and_each_matter_has_its_act() {
    let (_bench, site, [_, errors, held]) = three_runs();
    let items = open_items(&site, &all()).expect("counts");
    assert_eq!((items.held, items.failed, items.late), (1, 0, 0));
    assert!(items.rejected >= 1, "{items:?}");
    assert_eq!(open_items(&site, &nothing()).expect("counts").held, 0);
    let pause = Pause {
        name: Some(NAME.into()),
        since: site.now(),
        user: "ada".into(),
        why: Some("open enrollment".into()),
        until: None,
    };
    site.ledger()
        .expect("a ledger")
        .pause(&pause)
        .expect("paused");
    let list = front_page(&site, &all()).expect("a page").0.waiting;
    let acts: Vec<&NeededAct> = list.iter().map(|matter| &matter.act).collect();
    let expected = [
        NeededAct::StartDaemon,
        NeededAct::Release {
            reference_id: reference(&held),
        },
        NeededAct::Correct {
            reference_id: reference(&errors),
        },
        NeededAct::Resume { name: NAME.into() },
    ];
    assert_eq!(acts, expected.iter().collect::<Vec<_>>());
    let sentence = &list[2].sentence;
    assert!(
        sentence.contains("1 of 2 records rejected; 1 waits"),
        "{sentence}"
    );
    assert!(
        front_page(&site, &nothing())
            .expect("a page")
            .0
            .waiting
            .is_empty()
    );
    let json = serde_json::to_value(&list[1]).expect("JSON");
    assert_eq!(json["act"], "release");
}

#[test]
fn a_held_file_stands_beside_the_last_one_that_was_taken() {
    let (_bench, site, [_, errors, held]) = three_runs();
    let beside = held_comparison(&site, &reference(&held), &all()).expect("compared");
    let last = beside.last.as_ref().expect("an earlier file");
    assert_eq!(last.reference_id, reference(&errors));
    assert_eq!(
        (beside.held.errors, last.errors, last.records_accepted),
        (2, 1, 0)
    );
    let [guard] = &beside.guards[..] else {
        panic!("{:?}", beside.guards)
    };
    assert_eq!(
        (guard.code, guard.lifted, guard.listed),
        (Code::GuardErrors, false, 2)
    );
    assert_eq!(guard.sample, ["S4", "S5"]);
    let text = serde_json::to_string(&beside).expect("JSON");
    assert!(!text.contains("Ann") && !text.contains("Lee"), "{text}");
    assert!(held_comparison(&site, &reference(&errors), &all()).is_err());
    assert!(held_comparison(&site, &reference(&held), &nothing()).is_err());
}

#[test]
fn a_run_knows_why_it_began_and_what_came_of_it() {
    let (_bench, site, [taken, errors, _]) = three_runs();
    let chain = run_chain(&site, &reference(&taken), &all()).expect("a chain");
    assert_eq!((chain.began, chain.run_before), (Beginning::Person, None));
    assert_eq!(chain.configuration_changed, None);
    let again = Command::Rerun {
        reference: reference(&errors),
    };
    let done = perform(&site, &again, &Quiet).expect("done");
    let again = reference(&done.summaries[0]);
    let chain = run_chain(&site, &reference(&errors), &all()).expect("a chain");
    assert_eq!(chain.configuration_changed, Some(false));
    let followed: Vec<_> = chain
        .followed_by
        .iter()
        .map(|run| reference(&run.summary))
        .collect();
    assert_eq!(followed, std::slice::from_ref(&again));
    assert!(chain.still_open >= 1);
    let chain = run_chain(&site, &again, &all()).expect("a chain");
    assert_eq!(chain.began, Beginning::Rerun);
    assert_eq!(reference(&chain.came_from[0].summary), reference(&errors));
    assert!(run_chain(&site, &again, &nothing()).is_err());
}

#[test]
fn an_integration_shows_its_days_its_runs_and_what_it_found() {
    let (_bench, site, [_, errors, _]) = three_runs();
    let details = integration_details(&site, NAME, &all()).expect("details");
    let today = details.entry.days.last().expect("today");
    assert_eq!((today.day, today.outcome), (site.today(), DayOutcome::Held));
    assert_eq!(today.runs[RunStatus::Completed.as_str()], 1);
    assert_eq!(
        (today.records["accepted"], today.records["rejected"]),
        (2, 1)
    );
    assert_eq!(details.entry.days.len(), 30);
    assert_eq!(details.entry.days[0].outcome, DayOutcome::Nothing);
    assert_eq!(details.runs.len(), 3);
    assert_eq!(reference(&details.runs[1].run.summary), reference(&errors));
    assert_eq!(details.findings[0].code, "SSN_AREA");
    assert_eq!(details.folders["inbound"], "inbound/people");
    // No daemon looks into folders in this process.
    assert_eq!(details.entry.look.listed, None);
    site.folder_looks
        .note(NAME, site.now().to_utc(), None, true);
    let list = integrations(&site, &all()).expect("a list").integrations;
    assert_eq!(list[0].look.seconds_ago, Some(0));
    assert!(
        integrations(&site, &nothing())
            .expect("a list")
            .integrations
            .is_empty()
    );
    assert!(integration_details(&site, NAME, &nothing()).is_err());
}

#[test]
fn days_tell_of_pauses() {
    let bench = TestSite::new("");
    let site = bench.site(Disk::new());
    let mut ledger = site.ledger().expect("a ledger");
    let pause = Pause {
        name: None,
        since: site.now(),
        user: "ada".into(),
        why: None,
        until: None,
    };
    ledger.pause(&pause).expect("paused");
    pass(TimeDelta::days(3));
    ledger.resume(None, "ada", site.now()).expect("resumed");
    pass(TimeDelta::days(1));
    let details = integration_details(&site, NAME, &all()).expect("details");
    let days = details.entry.days.iter().rev().take(6);
    let outcomes: Vec<DayOutcome> = days.map(|day| day.outcome).collect();
    let (paused, nothing) = (DayOutcome::Paused, DayOutcome::Nothing);
    assert_eq!(
        outcomes,
        [nothing, nothing, paused, paused, paused, nothing]
    );
}

#[test]
fn events_are_exported_as_lines_and_limited() {
    let (_bench, site, _) = three_runs();
    let mut ledger = site.ledger().expect("a ledger");
    let pause = |name: &str| Pause {
        name: Some(name.into()),
        since: site.now(),
        user: "ada".into(),
        why: None,
        until: None,
    };
    ledger.pause(&pause(NAME)).expect("paused");
    ledger.pause(&pause("payroll")).expect("paused");
    let query = EventQuery {
        action: Some("pause".into()),
        ..EventQuery::default()
    };
    let subjects = |visible: &Visible| -> Vec<String> {
        let page = event_page(&site, &query, visible).expect("a page");
        page.events.into_iter().map(|event| event.subject).collect()
    };
    assert_eq!(subjects(&all()), ["payroll", NAME]);
    assert_eq!(subjects(&nothing()), ["payroll"]);
    let mut lines = Vec::new();
    let written = export_events(&site, &query, &all(), |part| {
        lines.extend_from_slice(part);
        Ok::<(), crate::operations::OperationError>(())
    });
    written.expect("exported");
    let lines = String::from_utf8(lines).expect("text");
    let parsed: Vec<Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).expect("JSON"))
        .collect();
    assert_eq!(parsed.len(), 2);
    assert_eq!(parsed[1]["subject"], NAME);
    let unknown = EventQuery {
        action: Some("dance".into()),
        ..query
    };
    assert!(event_page(&site, &unknown, &all()).is_err());
}

#[test]
fn monitors_are_told_counts_and_what_is_not_ready() {
    let (_bench, site, _) = three_runs();
    let facts = metrics(&site).expect("facts");
    let [people] = &facts.integrations[..] else {
        panic!("{facts:?}")
    };
    assert_eq!((people.runs["Completed"], people.runs["Held"]), (1, 1));
    assert_eq!(
        (people.records["accepted"], people.findings["SSN_AREA"]),
        (2, 1)
    );
    assert_eq!(
        people.durations.buckets.last().map(|(_, count)| *count),
        Some(2)
    );
    assert_eq!((people.queue.count, people.look_age), (0, None));
    assert!(facts.ledger_bytes > 0 && !facts.daemon_runs);
    let ready = readiness(&site);
    assert!(!ready.ready);
    assert_eq!(ready.faults[0].integration.as_deref(), Some(NAME));
    site.folder_looks
        .note(NAME, site.now().to_utc(), None, true);
    assert!(readiness(&site).ready);
    pass(TimeDelta::seconds(31));
    let late = readiness(&site);
    assert!(late.faults[0].why.contains("31 seconds ago"), "{late:?}");
    site.folder_looks
        .note(NAME, site.now().to_utc(), Some("it is gone"), true);
    assert_eq!(readiness(&site).faults[0].why, "it is gone");
}

#[test]
fn a_late_file_is_open_until_a_run_begins() {
    let more = "[schedule.mornings]\nrun = \"people\"\nat = \"06:00\"\nexpect_file = true";
    let bench = TestSite::new(more);
    let site = bench.site(Disk::new());
    let event = crate::ledger::Event {
        at: site.now(),
        user: "scheduler".into(),
        action: EventAction::FileExpected,
        subject: NAME.into(),
        why: Some("schedule.mornings expected a file by 2026-11-20 06:00, and none came".into()),
    };
    site.ledger()
        .expect("a ledger")
        .record_event(&event)
        .expect("written");
    let late = |site: &Site| open_items(site, &all()).expect("counts").late;
    assert_eq!(late(&site), 1);
    let list = front_page(&site, &all()).expect("a page").0.waiting;
    assert!(
        list.iter().any(|matter| matter.act == NeededAct::AskSender),
        "{list:?}"
    );
    let details = integration_details(&site, NAME, &all()).expect("details");
    assert_eq!(
        details.entry.days.last().map(|day| day.outcome),
        Some(DayOutcome::Late)
    );
    assert_eq!(details.schedules[0].words, "Every day at 06:00");
    pass(TimeDelta::minutes(1));
    bench.upload_rows("hr.csv", &good(1));
    bench.run();
    assert_eq!(late(&site), 0);
}
