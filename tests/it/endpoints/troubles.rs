//! Faults that stop an endpoint or an integration: the message says what to do, everything else continues, and the
//! endpoint resumes once it is done.

use super::partner::{Partner, RENAMED, SOON, pulls, pushes, there};
use crate::daemon::{Daemon, wait_at_most};
use crate::people::{csv, person};
use crate::scenario::{DEMOGRAPHIC, Scenario};
use std::fs;

/// An integration with a roster of its own that fetches from another folder or another server.
fn other(endpoint: &str) -> String {
    format!(
        "[integration.other]\nkind = \"demographic\"\nroster = \"other\"\n{RENAMED}\n\
         [integration.other.pull]\nendpoint = \"{endpoint}\"\nfolder = \"OTHER\"\nevery = \"1s\"\nafter = \"delete\"\n"
    )
}

/// The reason why the endpoint stopped is shown by every command that reports it.
#[track_caller]
fn is_told(site: &Scenario, daemon: &Daemon, words: &[&str]) {
    let why = wait_at_most(SOON, "a stopped endpoint", || {
        let now = site.endpoint("partner");
        (now["state"] == "stopped").then(|| now["why"].as_str().unwrap_or("").to_owned())
    });
    for words in words {
        assert!(why.contains(words), "{why}");
        site.event("endpoint stopped", words);
        daemon.await_log(words);
    }
}

#[test]
fn a_host_key_that_is_not_on_record_stops_one_endpoint_until_it_is_trusted() {
    let (Some(mut partner), Some(second)) = (Partner::start(), Partner::start()) else {
        return;
    };
    let site = partner.site(RENAMED, &pulls("delete"));
    let more = second.endpoint(&site, "second") + &other("second");
    let folder = second.make("out");
    let site = site.and_config(&more.replace("OTHER", &folder.to_string_lossy()));
    site.inbox("other");
    partner.make("out");
    // The key on record is the other server's.
    let line = second.sshd.known_hosts_line("ed25519");
    let port = |partner: &Partner| format!("[127.0.0.1]:{} ", partner.sshd.port());
    let line = line.replace(&port(&second), &port(&partner));
    fs::write(site.path("secrets/partner_hosts"), line).expect("known hosts");
    partner.put("out/a.csv", csv(&[person(1)]));
    second.put("out/b.csv", csv(&[person(2)]));
    let daemon = Daemon::start(&site);
    is_told(
        &site,
        &daemon,
        &["is not the one on record", "feedgate trust partner"],
    );
    site.inbound("other", "local.csv", csv(&[person(3)]));
    site.receipt("local");
    site.receipt("b");
    site.endpoint_is("second", "working");
    for (name, standing) in [("a", "changed"), ("later", "changed")] {
        // Nothing but the right fingerprint is accepted, and there is no terminal.
        assert_eq!(site.feedgate(&["trust", "partner"]).code, 5);
        let shown = site.feedgate(&["trust", "partner", "--json"]);
        assert_eq!(shown.summary()["trusted"], false, "{shown:?}");
        let key = shown.summary()["keys"][0].clone();
        assert_eq!(key["standing"], standing);
        // The one on record is shown beside it, each in one piece.
        let recorded = key["instead_of"][0].as_str().expect("a fingerprint");
        let screen = site.feedgate(&["trust", "partner"]).stdout;
        for fingerprint in [recorded, key["fingerprint"].as_str().expect("text")] {
            assert!(screen.contains(fingerprint), "{screen}");
        }
        let fingerprint = key["fingerprint"].as_str().expect("a fingerprint");
        let pinned = site.feedgate(&["trust", "partner", "--pin", fingerprint]);
        assert_eq!(pinned.code, 0, "{pinned:?}");
        wait_at_most(SOON, "the file", || {
            (site.published(name, "receipt").len() == 1).then_some(())
        });
        if name == "a" {
            partner.sshd.new_host_key();
            partner.put("out/later.csv", csv(&[person(4)]));
            is_told(&site, &daemon, &["is not the one on record"]);
        }
    }
    site.endpoint_is("partner", "working");
    daemon.stop();
}

#[test]
fn a_refused_key_stops_the_endpoint_until_somebody_asks() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let site = partner.site(RENAMED, &pulls("delete"));
    partner.make("out");
    partner.put("out/a.csv", csv(&[person(1)]));
    let keys = fs::read(partner.sshd.authorized_keys()).expect("keys");
    fs::write(partner.sshd.authorized_keys(), "").expect("written");
    let daemon = Daemon::start(&site);
    is_told(
        &site,
        &daemon,
        &["does not let", "feedgate transfer partner"],
    );
    let tries = || partner.sshd.log().matches("Accepted key").count();
    let refused = site.transfer();
    assert_eq!(refused.code, 1, "{refused:?}");
    fs::write(partner.sshd.authorized_keys(), keys).expect("written");
    assert_eq!((partner.names("out").len(), tries()), (1, 0));
    let asked = site.transfer();
    assert_eq!(asked.code, 0, "{asked:?}");
    site.receipt("a");
    // From now on the endpoint works without help.
    partner.put("out/b.csv", csv(&[person(2)]));
    there(&partner, "out", "nothing", <[String]>::is_empty);
    site.receipt("b");
    site.event("endpoint works again", "");
    daemon.stop();
}

#[test]
fn a_missing_folder_is_one_integrations_trouble() {
    let Some(partner) = Partner::start() else {
        return;
    };
    let more = pulls("delete") + &pushes("\"output\"") + &other("partner");
    let folder = partner.make("others");
    let site = partner.site(RENAMED, &more.replace("OTHER", &folder.to_string_lossy()));
    site.inbox("other");
    partner.put("others/b.csv", csv(&[person(2)]));
    site.inbound(DEMOGRAPHIC, "local.csv", csv(&[person(3)]));
    let daemon = Daemon::start(&site);
    site.receipt("local");
    site.receipt("b");
    let event = site.event("not fetched", "can't be listed");
    assert!(
        event["why"]
            .as_str()
            .unwrap_or("")
            .contains("check pull.folder")
    );
    let event = site.event("not sent", "nothing can be sent to the folder");
    assert!(
        event["why"]
            .as_str()
            .unwrap_or("")
            .contains("check push.folder")
    );
    daemon.await_log("check pull.folder");
    site.endpoint_is("partner", "working");
    let told = site.endpoint("partner")["troubles"].clone();
    let told = told.as_array().expect("troubles");
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told.iter()
            .all(|t| t["integration"] == DEMOGRAPHIC && t["next_try"].is_string())
    );
    let status = site.feedgate(&["status"]).stdout;
    assert!(status.contains("  trouble  "), "{status}");
    // Reported once, not with every poll.
    assert_eq!(daemon.log().matches("check pull.folder").count(), 1);
    assert_eq!(daemon.log().matches("works again").count(), 0);
    partner.make("out");
    partner.make("in");
    partner.put("out/a.csv", csv(&[person(1)]));
    wait_at_most(SOON, "the file", || {
        (site.published("a", "receipt").len() == 1).then_some(())
    });
    // A folder that nothing can be sent to is tried again after a minute or on request.
    site.transfer();
    there(&partner, "in", "two outputs", |names| names.len() == 2);
    let troubles = || site.endpoint("partner")["troubles"].clone();
    wait_at_most(SOON, "no trouble", || {
        (troubles() == serde_json::json!([])).then_some(())
    });
    daemon.await_log("has no trouble any more");
    daemon.stop();
}
