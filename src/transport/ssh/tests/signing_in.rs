//! Signing in, and the faults where the server refuses it.

use super::*;
use crate::transport::SecretSource;
use std::process::{Child, Command, Stdio};

#[test]
fn a_key_signs_in_and_sftp_answers() {
    let Some((_dir, sshd)) = server(Options::default()) else {
        return;
    };
    let mut line = dial(&at(&sshd)).map_err(|f| f.what).unwrap();
    greet(&mut line).map_err(|f| f.what).unwrap();
    assert!(missing(&at(&sshd)).is_empty());
}

#[test]
fn keys_of_every_type_sign_in() {
    let Some((dir, sshd)) = server(Options::default()) else {
        return;
    };
    for kind in ["ecdsa", "rsa"] {
        let key = dir.path().join(kind);
        keygen(&key, kind, "");
        fs::copy(key.with_extension("pub"), sshd.authorized_keys()).unwrap();
        let target = SshTarget {
            sign_in: with_key(&key, None),
            ..at(&sshd)
        };
        let mut line = dial(&target).map_err(|f| f.what).unwrap();
        greet(&mut line).map_err(|f| f.what).unwrap();
    }
}

#[test]
fn an_encrypted_key_wants_its_passphrase() {
    let Some((dir, sshd)) = server(Options::default()) else {
        return;
    };
    let key = dir.path().join("locked");
    keygen(&key, "ed25519", "open sesame");
    fs::copy(key.with_extension("pub"), sshd.authorized_keys()).unwrap();
    let word = dir.path().join("word");
    private(&word, "open sesame\n");
    let right = SshTarget {
        sign_in: with_key(&key, Some(&word)),
        ..at(&sshd)
    };
    assert!(dial(&right).is_ok());
    private(&word, "open barley\n");
    let fault = refused(&right);
    assert_eq!(fault.kind, FaultKind::Secret, "{}", fault.what);
    assert!(
        fault.what.contains("auth.passphrase does not fit"),
        "{}",
        fault.what
    );
    let without = SshTarget {
        sign_in: with_key(&key, None),
        ..at(&sshd)
    };
    let fault = refused(&without);
    assert_eq!(fault.kind, FaultKind::Secret, "{}", fault.what);
    assert!(
        fault.what.contains("auth.passphrase is missing"),
        "{}",
        fault.what
    );
}

#[test]
fn a_key_that_is_not_let_in_is_told_what_is() {
    let Some((dir, sshd)) = server(Options::default()) else {
        return;
    };
    let key = dir.path().join("stranger");
    keygen(&key, "ed25519", "");
    let target = SshTarget {
        sign_in: with_key(&key, None),
        ..at(&sshd)
    };
    let fault = refused(&target);
    assert_eq!(fault.kind, FaultKind::SignIn, "{}", fault.what);
    assert!(fault.stops_endpoint());
    assert!(fault.what.contains("it takes: publickey"), "{}", fault.what);
    assert!(
        fault.what.contains("endpoint.plansource.auth"),
        "{}",
        fault.what
    );
}

#[test]
fn a_password_where_none_is_taken_is_never_sent() {
    let Some((dir, sshd)) = server(Options::default()) else {
        return;
    };
    let word = dir.path().join("word");
    private(&word, "hunter2\n");
    let target = SshTarget {
        sign_in: SignIn::Password(SecretSource::File(word)),
        ..at(&sshd)
    };
    let fault = refused(&target);
    assert_eq!(fault.kind, FaultKind::SignIn, "{}", fault.what);
    assert!(fault.what.contains("it takes: publickey"), "{}", fault.what);
    assert!(!fault.what.contains("hunter2"));
    assert!(!sshd.log().contains("Failed password"), "{}", sshd.log());
}

#[test]
fn a_key_open_to_others_is_refused_before_anybody_is_connected_to() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("key");
    fs::write(&key, "whatever").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let target = SshTarget {
        sign_in: with_key(&key, None),
        ..target()
    };
    let fault = refused(&target);
    assert_eq!(fault.kind, FaultKind::Secret, "{}", fault.what);
    assert!(fault.what.contains("type: chmod 600 "), "{}", fault.what);
    // Everything that is missing is named at once.
    let kinds: Vec<FaultKind> = missing(&target).into_iter().map(|f| f.kind).collect();
    assert_eq!(kinds, [FaultKind::Secret, FaultKind::HostKey]);
}

/// A key agent in a folder, ended when dropped.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The agent is found through the environment, which all tests share: this one runs itself in a process of its own.
#[test]
fn an_agent_signs_in() {
    const INSIDE: &str = "FEEDGATE_TEST_AGENT";
    if let Some(folder) = std::env::var_os(INSIDE) {
        let folder = Path::new(&folder);
        let Some(sshd) = Sshd::start(&folder.join("sshd")) else {
            return;
        };
        let target = SshTarget {
            sign_in: SignIn::Agent,
            ..at(&sshd)
        };
        let fault = refused(&target);
        assert_eq!(fault.kind, FaultKind::Secret, "{}", fault.what);
        assert!(fault.what.contains("ssh-add"), "{}", fault.what);
        let added = Command::new("ssh-add")
            .arg("-q")
            .arg(sshd.client_key())
            .status();
        assert!(added.unwrap().success());
        assert!(dial(&target).is_ok());
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("sshd")).unwrap();
    let socket = dir.path().join("agent");
    let agent = Command::new("ssh-agent")
        .arg("-D")
        .arg("-a")
        .arg(&socket)
        .stdout(Stdio::null())
        .spawn();
    let Ok(agent) = agent else {
        return;
    };
    let _agent = Agent(agent);
    let until = Instant::now() + Duration::from_secs(5);
    while !socket.exists() {
        assert!(Instant::now() < until, "no agent");
        std::thread::sleep(Duration::from_millis(5));
    }
    let out = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "transport::ssh::tests::signing_in::an_agent_signs_in",
        ])
        .env(INSIDE, dir.path())
        .env("SSH_AUTH_SOCK", &socket)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && said.contains("1 passed"), "{out:?}");
}
