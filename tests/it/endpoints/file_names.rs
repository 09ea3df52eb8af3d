//! File names on a partner's server.

use super::partner::{Partner, RENAMED, pulls, pushes, there};
use crate::daemon::Daemon;
use crate::people::{csv, person};
use crate::scenario::Scenario;
use std::fs;

/// Taken as they are.
const GOOD: [&str; 3] = [
    "with space.csv",
    "größe ünï 名.csv",
    "it's $(here) & \"there\".csv",
];
/// Stay where they are.
const BAD: [&str; 3] = ["-rf.csv", "new\nline.csv", "turned\u{202e}vsc.csv"];

fn pulling_and_pushing(partner: &Partner) -> Scenario {
    let site = partner.site(
        RENAMED,
        &(pulls("delete") + &pushes("\"output\", \"receipts\"")),
    );
    partner.make("out");
    partner.make("in");
    site
}

#[test]
fn any_name_that_can_be_shown_is_taken_and_nothing_but_plain_files() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = pulling_and_pushing(&partner);
    partner.make("out/folder.csv");
    fs::write(partner.path("elsewhere.csv"), csv(&[person(9)])).expect("written");
    let link = partner.path("out/link.csv");
    std::os::unix::fs::symlink(partner.path("elsewhere.csv"), link).expect("a link");
    for (n, name) in GOOD.iter().chain(&BAD).enumerate() {
        partner.put(&format!("out/{name}"), csv(&[person(n)]));
    }
    let daemon = Daemon::start(&site);
    for (stem, _) in GOOD.iter().filter_map(|n| n.rsplit_once('.')) {
        assert_eq!(site.receipt(stem)["records_processed"], 1);
    }
    let left = |names: &[String]| names.len() == BAD.len() + 2;
    there(&partner, "out", "what is not taken", left);
    let all = GOOD.len() * 2;
    there(&partner, "in", "outputs and receipts", |names| {
        names.len() == all
    });
    let mut judged = site.judged();
    judged.sort();
    let mut good = GOOD;
    good.sort_unstable();
    assert_eq!(judged, good);
    for words in ["-rf.csv", "new\\", "turned\\", "folder.csv", "link.csv"] {
        site.event("not fetched", words);
    }
    let log = daemon.stop();
    assert!(
        !log.contains("new\nline") && !log.contains('\u{202e}'),
        "{log}"
    );
    assert!(site.tree().iter().all(|path| !path.contains(".pull-")));
}

#[test]
fn the_receipt_of_a_file_that_no_pattern_takes_is_sent_like_any_other() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = partner.site(RENAMED, &pushes("\"receipts\""));
    partner.make("in");
    site.inbound(crate::scenario::DEMOGRAPHIC, "people.doc", "x");
    let daemon = Daemon::start(&site);
    there(&partner, "in", "the receipt", |names| {
        names.len() == 1 && !names[0].starts_with('.')
    });
    let sent = &partner.names("in")[0];
    let here = site.published("people", "receipt").remove(0);
    assert_eq!(
        here.file_name().and_then(|n| n.to_str()),
        Some(sent.as_str())
    );
    let bytes = fs::read(partner.path("in").join(sent)).expect("sent");
    assert_eq!(bytes, fs::read(here).expect("published"));
    daemon.stop();
}

#[test]
fn a_number_in_a_name_is_masked_wherever_it_may_be_read() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = pulling_and_pushing(&partner);
    let numbers = ["521-34-7781", "521347782", "521 34 7783", "521_34_7784"];
    for (n, number) in numbers[..3].iter().enumerate() {
        partner.put(&format!("out/hr {number}.csv"), csv(&[person(n)]));
    }
    partner.put("out/-521_34_7784.csv", csv(&[person(5)]));
    partner.make("out/521-34-7781.csv");
    let daemon = Daemon::start(&site);
    site.event("not fetched", "begins with a dash");
    there(&partner, "out", "what is not taken", |names| {
        names.len() == 2
    });
    there(&partner, "in", "what was published", |names| {
        names.len() == 6
    });
    site.rests();
    let mut places = Vec::new();
    for command in [
        &["status"][..],
        &["status", "--json"],
        &["events", "--json"],
        &["runs", "--json"],
        &["files"],
        &["transfer", "--wait"],
        &["transfer", "--wait", "--json"],
        &["check"],
    ] {
        let outcome = site.feedgate(command);
        places.push((format!("{command:?}"), outcome.stdout + &outcome.stderr));
    }
    places.push(("what was sent".to_owned(), partner.names("in").join("\n")));
    places.push(("the log".to_owned(), daemon.stop()));
    for part in ["ledger.db", "ledger.db-wal"] {
        let bytes = fs::read(site.path("state").join(part)).unwrap_or_default();
        places.push((
            part.to_owned(),
            String::from_utf8_lossy(&bytes).into_owned(),
        ));
    }
    for (place, told) in &places {
        for number in numbers {
            let around = told.find(number).map(|at| {
                let from = told[..at]
                    .char_indices()
                    .rev()
                    .nth(60)
                    .map_or(0, |(i, _)| i);
                told[from..].chars().take(120).collect::<String>()
            });
            assert_eq!(around, None, "{number} in {place}");
        }
    }
    assert!(places.iter().any(|(_, told)| told.contains("xxx-xx-7781")));
}
