//! No server is spoken to whose host key is not on record.

use super::*;
use std::process::Command;

/// All three types that servers commonly have.
const ALL: Options<'static> = Options {
    host_keys: &["rsa", "ecdsa", "ed25519"],
    config: &[],
};

fn host_key_fault(target: &SshTarget) -> String {
    let fault = refused(target);
    assert_eq!(fault.kind, FaultKind::HostKey, "{}", fault.what);
    assert!(fault.stops_endpoint());
    fault.what
}

#[test]
fn an_unknown_key_is_named_and_nobody_signs_in() {
    let Some((_dir, sshd)) = server(Options::default()) else {
        return;
    };
    fs::write(sshd.known_hosts(), "# nothing yet\n").unwrap();
    let what = host_key_fault(&at(&sshd));
    assert!(
        what.contains("not on record: ssh-ed25519 SHA256:"),
        "{what}"
    );
    assert!(what.contains("feedgate trust plansource"), "{what}");
    assert!(!sshd.log().contains("Accepted"), "{}", sshd.log());
}

#[test]
fn a_changed_key_is_said_with_both_fingerprints() {
    let Some((_dir, mut sshd)) = server(Options::default()) else {
        return;
    };
    let before = offered_keys(&at(&sshd)).map_err(|f| f.what).unwrap();
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].status, HostKeyStatus::OnRecord);
    sshd.new_host_key();
    let what = host_key_fault(&at(&sshd));
    let now = offered_keys(&at(&sshd)).map_err(|f| f.what).unwrap();
    assert_eq!(now[0].status, HostKeyStatus::Changed);
    assert!(what.contains(&before[0].fingerprint), "{what}");
    assert!(what.contains(&now[0].fingerprint), "{what}");
    assert!(what.contains("do nothing until"), "{what}");
    assert!(!sshd.log().contains("Accepted"), "{}", sshd.log());
    let text = pinned(&at(&sshd), &now[0]).map_err(|f| f.what).unwrap();
    fs::write(sshd.known_hosts(), text).unwrap();
    assert!(dial(&at(&sshd)).is_ok());
}

#[test]
fn whichever_type_is_on_record_is_asked_for() {
    let Some((_dir, sshd)) = server(ALL) else {
        return;
    };
    for kind in ALL.host_keys {
        fs::write(sshd.known_hosts(), sshd.known_hosts_line(kind)).unwrap();
        assert!(dial(&at(&sshd)).is_ok(), "{kind}");
    }
    let offered = offered_keys(&at(&sshd)).map_err(|f| f.what).unwrap();
    let seen: Vec<_> = offered.iter().map(|k| (&*k.algorithm, k.status)).collect();
    assert_eq!(
        seen,
        [
            ("ssh-ed25519", HostKeyStatus::OnRecord),
            ("ecdsa-sha2-nistp256", HostKeyStatus::New),
            ("ssh-rsa", HostKeyStatus::New),
        ]
    );
}

#[test]
fn a_server_without_a_key_of_the_type_on_record_is_another_server() {
    let Some((_dir, sshd)) = server(ALL) else {
        return;
    };
    let pinned = sshd.known_hosts_line("ed25519");
    let Some((_dir, mut other)) = server(Options {
        host_keys: &["rsa"],
        config: &[],
    }) else {
        return;
    };
    let line = pinned.replace(&sshd.port().to_string(), &other.port().to_string());
    fs::write(other.known_hosts(), line).unwrap();
    let what = host_key_fault(&at(&other));
    assert!(what.contains("it offers ssh-rsa SHA256:"), "{what}");
    other.stop();
}

#[test]
fn a_revoked_key_is_refused_even_where_it_is_pinned() {
    let Some((_dir, sshd)) = server(Options::default()) else {
        return;
    };
    let line = sshd.known_hosts_line("ed25519");
    fs::write(sshd.known_hosts(), format!("{line}@revoked {line}")).unwrap();
    let what = host_key_fault(&at(&sshd));
    assert!(what.contains("@revoked"), "{what}");
    let offered = offered_keys(&at(&sshd)).map_err(|f| f.what).unwrap();
    assert_eq!(offered[0].status, HostKeyStatus::Revoked);
}

#[test]
fn hashed_names_are_found() {
    let Some((_dir, sshd)) = server(Options::default()) else {
        return;
    };
    let done = Command::new("ssh-keygen")
        .args(["-q", "-H", "-f"])
        .arg(sshd.known_hosts())
        .status();
    assert!(done.unwrap().success());
    assert!(
        fs::read_to_string(sshd.known_hosts())
            .unwrap()
            .starts_with("|1|")
    );
    assert!(dial(&at(&sshd)).is_ok());
}

#[test]
fn a_file_of_host_keys_that_others_can_change_or_that_is_missing_is_not_believed() {
    use std::os::unix::fs::PermissionsExt;
    let Some((_dir, sshd)) = server(Options::default()) else {
        return;
    };
    fs::set_permissions(sshd.known_hosts(), fs::Permissions::from_mode(0o666)).unwrap();
    for fault in [refused(&at(&sshd)), missing(&at(&sshd)).remove(0)] {
        assert_eq!(fault.kind, FaultKind::Secret);
        assert!(fault.what.contains("chmod go-w"), "{}", fault.what);
    }
    fs::remove_file(sshd.known_hosts()).unwrap();
    let fault = refused(&at(&sshd));
    assert_eq!(fault.kind, FaultKind::HostKey);
    assert!(
        fault.what.contains("type: feedgate trust plansource"),
        "{}",
        fault.what
    );
    let offered = offered_keys(&at(&sshd)).map_err(|f| f.what).unwrap();
    assert_eq!(offered[0].status, HostKeyStatus::New);
}
