//! Notices, sent by the program to a real mail server and a real web server.

use crate::daemon::{Daemon, wait_for};
use crate::people::{Record, csv, people};
use crate::receivers::Receivers;
use crate::scenario::{DEMOGRAPHIC, Scenario};
use crate::skipped::missing;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// An SSN that no employee has, and a birth date to look for.
const CANARY: [&str; 4] = ["000-34-1234", "000341234", "1987-06-05", "06/05/1987"];

/// Two good people, one with the canary SSN, and one with a birth date that is none.
fn with_canary() -> Vec<u8> {
    let mut all = people(4);
    let canary = |record: Record, id: &str, birth: &str| {
        let named = record.with("subscriber_id", id).with("first_name", "Cany");
        named.with("birth_date", birth)
    };
    all[2] = canary(all[2].clone(), "S91", "1987-06-05").with("ssn", "000-34-1234");
    all[3] = canary(all[3].clone(), "S92", "1987-06-05x");
    csv(&all)
}

fn contact_and(more: &str) -> Scenario {
    Scenario::new().and_config(&format!(
        "[contact]\nemail = \"hr@example.com\"\n[web]\nbase_url = \"https://feeds.example.com/\"\n{more}"
    ))
}

fn mail_to(port: u16, more: &str) -> String {
    format!(
        "[mail]\nserver = \"127.0.0.1:{port}\"\nfrom = \"Feedgate <feeds@example.com>\"\n{more}\n"
    )
}

/// Writes a secret as the program wants it.
fn secret(site: &Scenario, name: &str, text: &str) {
    let path = site.path("secrets").join(name);
    fs::create_dir_all(site.path("secrets")).expect("a folder");
    fs::write(&path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("private");
}

/// A certificate for 127.0.0.1 and its key.
fn certificate(folder: &TempDir) -> Option<[PathBuf; 2]> {
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=127.0.0.1",
        ])
        .args([
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
        ])
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output();
    made.is_ok_and(|made| made.status.success())
        .then_some([certificate, key])
}

/// The text of a mail, without the line breaks of its encoding.
fn plain(mail: &str) -> String {
    let joined = mail.replace("=\r\n", "").replace("=3D", "=");
    joined.replace("\r\n ", " ")
}

fn servers(folder: &TempDir, certificate: Option<[&Path; 2]>) -> Option<Receivers> {
    let started = Receivers::start(&folder.path().join("taken"), certificate);
    if started.is_none() {
        missing("aiosmtpd is not installed");
    }
    started
}

#[test]
fn a_run_by_hand_tells_by_mail_and_webhook_and_holds_no_value() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(made) = certificate(&folder) else {
        return missing("openssl is not installed");
    };
    let Some(servers) = servers(&folder, Some([&made[0], &made[1]])) else {
        return;
    };
    let auth = format!(
        "auth = {{ user = \"feeds\", password = \"secrets/smtp\" }}\nca = \"{}\"\n\
         [[webhook]]\nurl = \"http://127.0.0.1:{}/hook\"\nsecret = \"secrets/hook\"\n",
        made[0].display(),
        servers.web_port
    );
    let site = contact_and(&mail_to(servers.mail_port, &auth));
    secret(&site, "smtp", "open sesame\n");
    secret(&site, "hook", "the key\n");
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", with_canary())
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.status(), "Completed with Errors");
    assert_eq!(run.stderr, "", "the notices are taken");
    let reference = run.reference();

    let mails = servers.mails();
    assert_eq!(mails.len(), 1);
    let mail = plain(&mails[0]);
    for told in [
        "X-Envelope-To: hr@example.com",
        "Subject: demographic-export: Completed with Errors, 2 of 4 records rejected",
        "Auto-Submitted: auto-generated",
        "Records: 4 processed = 2 accepted + 0 unchanged + 0 skipped + 2 rejected",
        "1 x SSN_AREA: Correct the SSN",
        "1 x DATE_INVALID: ",
        ".rejects.csv",
        &format!("https://feeds.example.com/runs/{reference}"),
        &format!("feedgate show {reference}"),
        &format!("feedgate resubmit {reference} --file FILE"),
    ] {
        assert!(mail.contains(told), "{told}\n{mail}");
    }
    assert!(mail.lines().count() < 60, "{mail}");

    let posts = servers.posts();
    assert_eq!(posts.len(), 1);
    let (head, body) = posts[0].split_once("\n\n").expect("a body");
    let told: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(told["kind"], "run");
    assert_eq!(
        told["subject"],
        "demographic-export: Completed with Errors, 2 of 4 records rejected"
    );
    let notice = &told["notices"][0];
    assert_eq!(notice["integration_reference_id"], reference);
    assert_eq!(notice["records"]["rejected"], 2);
    assert_eq!(notice["findings"]["SSN_AREA"], 1);
    assert!(head.contains("x-feedgate-id: feedgate."), "{head}");
    assert_eq!(signed(head), Some(openssl_signature(head, body, "the key")));

    for hidden in CANARY.iter().chain(&["Cany", "S91"]) {
        assert!(
            !mail.contains(hidden) && !posts[0].contains(hidden),
            "{hidden}"
        );
    }
    let list = site.feedgate(&["notices", "--json"]);
    let sent = list.summary()["sent"].as_array().expect("a list").len();
    assert_eq!((list.code, sent), (0, 2));
}

fn stamp(head: &str) -> Option<(&str, &str)> {
    let signature = head
        .lines()
        .find_map(|line| line.strip_prefix("x-feedgate-signature: t="))?;
    signature.split_once(",v1=")
}

fn signed(head: &str) -> Option<String> {
    stamp(head).map(|(_, code)| code.to_owned())
}

/// What another program makes of time, body and key.
fn openssl_signature(head: &str, body: &str, key: &str) -> String {
    let (time, _) = stamp(head).expect("a signature");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("text");
    fs::write(&path, format!("{time}.{body}")).expect("written");
    let made = Command::new("openssl")
        .args(["dgst", "-sha256", "-hmac", key])
        .arg(&path)
        .output();
    let text = String::from_utf8(made.expect("openssl").stdout).expect("text");
    text.trim().rsplit(' ').next().expect("the code").to_owned()
}

#[test]
fn a_wrong_password_and_an_unknown_certificate_are_told_without_the_secret() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(made) = certificate(&folder) else {
        return missing("openssl is not installed");
    };
    let Some(servers) = servers(&folder, Some([&made[0], &made[1]])) else {
        return;
    };
    let ca = format!("ca = \"{}\"", made[0].display());
    for (ca, password, told) in [
        (&ca[..], "hunter2", "did not take it"),
        ("", "open sesame", "did not take it"),
    ] {
        let auth = format!("auth = {{ user = \"feeds\", password = \"secrets/smtp\" }}\n{ca}");
        let site = contact_and(&mail_to(servers.mail_port, &auth));
        secret(&site, "smtp", password);
        let tried = site.feedgate(&["notices", "--test"]);
        assert_eq!(tried.code, 1, "{tried:?}");
        assert!(
            tried.stdout.contains("mail to hr@example.com: not sent: "),
            "{tried:?}"
        );
        assert!(
            tried.stdout.contains(told) || tried.stdout.contains("can't be"),
            "{tried:?}"
        );
        assert!(!tried.stdout.contains(password), "{tried:?}");
    }
    assert!(servers.mails().is_empty());
}

#[test]
fn what_is_not_taken_waits_and_is_sent_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(servers) = servers(&folder, None) else {
        return;
    };
    let site = contact_and(&mail_to(servers.mail_port, ""));
    servers.refuse(true);
    let run = site
        .inbound(DEMOGRAPHIC, "hr.csv", with_canary())
        .run(DEMOGRAPHIC, &[]);
    assert_eq!(run.code, 3, "the run is as it is");
    assert!(
        run.stderr.contains("notices are not sent yet: mail: "),
        "{run:?}"
    );
    let list = site.feedgate(&["notices", "--json"]);
    let waiting = &list.summary()["waiting"][0];
    assert_eq!(waiting["tries"], 1);
    assert_eq!(waiting["kind"], "run");
    assert!(
        waiting["why"].as_str().expect("text").contains("451"),
        "{list:?}"
    );
    servers.refuse(false);
    // It is not due before a minute has passed.
    let sent = site.feedgate(&["notices", "--send"]);
    assert_eq!((sent.code, servers.mails().len()), (0, 0), "{sent:?}");
}

#[test]
fn a_redirect_is_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(servers) = servers(&folder, None) else {
        return;
    };
    let hook = format!(
        "[[webhook]]\nurl = \"http://127.0.0.1:{}/elsewhere\"\nsecret = \"secrets/hook\"\n",
        servers.web_port
    );
    let site = Scenario::new().and_config(&hook);
    secret(&site, "hook", "the key");
    let tried = site.feedgate(&["notices", "--test"]);
    assert_eq!(tried.code, 1);
    assert!(
        tried.stdout.contains("not sent: the server answered 302"),
        "{tried:?}"
    );
    assert!(servers.posts().is_empty());
}

#[test]
fn each_contact_hears_of_its_own_integrations() {
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, "contact = { email = \"people@example.com\" }")
        .and_config(
            "[contact]\nemail = \"hr@example.com\"\n\
             [mail]\nserver = \"file:state/mail/\"\nfrom = \"feeds@example.com\"\n",
        );
    site.inbound(DEMOGRAPHIC, "hr.csv", with_canary())
        .run(DEMOGRAPHIC, &[]);
    site.inbound("deduction-import", "d.csv", "nothing\n")
        .run("deduction-import", &[]);
    let mut to: Vec<String> = mails(&site)
        .iter()
        .map(|mail| {
            let header = |name: &str| {
                let line = mail.lines().find(|line| line.starts_with(name));
                line.unwrap_or_default().to_owned()
            };
            format!("{} {}", header("To: "), header("Subject: "))
        })
        .collect();
    to.sort();
    assert_eq!(to.len(), 2, "{to:?}");
    assert!(
        to[0].starts_with("To: hr@example.com Subject: deduction-import: Failed, "),
        "{to:?}"
    );
    assert!(
        to[1].starts_with("To: people@example.com Subject: demographic-export: "),
        "{to:?}"
    );
}

fn mails(site: &Scenario) -> Vec<String> {
    let all = crate::scenario::files(&site.path("state/mail"));
    all.iter()
        .map(|path| fs::read_to_string(path).expect("text"))
        .collect()
}

#[test]
fn a_site_that_tells_nobody_says_so() {
    let site = Scenario::new();
    let tried = site.feedgate(&["notices", "--test"]);
    assert_eq!(tried.code, 2);
    assert!(tried.stderr.contains("nobody gets notices"), "{tried:?}");
    let site = site.and_config("[contact]\nemail = \"hr@example.com\"\n");
    let checked = site.feedgate(&["check"]);
    assert!(checked.stdout.contains("there is no [mail]"), "{checked:?}");
}

/// The daemon gathers for half a minute; a daemon that is killed before leaves it to the next command.
#[test]
fn what_a_killed_daemon_did_not_tell_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(servers) = servers(&folder, None) else {
        return;
    };
    let site = contact_and(&mail_to(servers.mail_port, ""));
    site.inbox("deduction-import");
    let daemon = Daemon::start(&site);
    site.inbound(DEMOGRAPHIC, "hr.csv", with_canary());
    wait_for("the run", || {
        let runs = site.feedgate(&["runs", "--json"]);
        (runs.stdout.contains("\"Completed with Errors\"")).then_some(())
    });
    daemon.kill();
    let sent = site.feedgate(&["notices", "--send"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    assert_eq!(servers.mails().len(), 1);
    let again = site.feedgate(&["notices", "--send"]);
    assert_eq!((again.code, servers.mails().len()), (0, 1));
}
