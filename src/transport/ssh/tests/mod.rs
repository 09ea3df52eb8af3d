//! Connections to a real server, and to servers that don't speak SSH.

mod host_key;
mod hostile;
mod moving;
mod signing_in;

use super::stream::SshStream;
use super::*;
use crate::transport::SecretSource;
use crate::transport::byte_stream::{ByteStream, Connector};
use crate::transport::fault::{Fault, FaultKind};
use crate::transport::sshd::{self, Options, Sshd, keygen};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A target where no server answers.
pub(super) fn target() -> SshTarget {
    SshTarget {
        endpoint: "plansource".into(),
        host: "127.0.0.1".into(),
        port: 1,
        user: "nobody".into(),
        sign_in: SignIn::Agent,
        known_hosts: "/nonexistent/known_hosts".into(),
        widen: Vec::new(),
        timeouts: Timeouts {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(5),
            ..Timeouts::default()
        },
        stop: Arc::default(),
    }
}

/// A server in a folder of its own; `None` where there is no `sshd`.
fn server(options: Options<'_>) -> Option<(TempDir, Sshd)> {
    let dir = tempfile::tempdir().expect("a folder");
    let sshd = Sshd::start_with(dir.path(), options)?;
    Some((dir, sshd))
}

/// The server's account with its key.
fn at(sshd: &Sshd) -> SshTarget {
    SshTarget {
        port: sshd.port(),
        user: sshd::user(),
        sign_in: with_key(&sshd.client_key(), None),
        known_hosts: sshd.known_hosts(),
        ..target()
    }
}

fn with_key(path: &Path, passphrase: Option<&Path>) -> SignIn {
    let file = |p: &Path| SecretSource::File(p.to_owned());
    SignIn::Key {
        key: file(path),
        passphrase: passphrase.map(file),
    }
}

fn dial(target: &SshTarget) -> Result<SshStream, Fault> {
    SshConnector::new(target.clone()).connect()
}

fn refused(target: &SshTarget) -> Fault {
    match dial(target) {
        Ok(_) => panic!("a connection came about"),
        Err(fault) => fault,
    }
}

/// Writes a file that only we may read.
pub(super) fn private(path: &Path, content: &str) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .expect("a file");
    file.write_all(content.as_bytes()).expect("its content");
}

/// Writes all, reading nothing.
fn send(line: &mut impl ByteStream, mut out: &[u8]) -> Result<(), Fault> {
    let until = Instant::now() + Duration::from_secs(20);
    while !out.is_empty() {
        assert!(Instant::now() < until, "nothing goes");
        match line.write(out)? {
            0 => line.wait(true, Duration::from_secs(1))?,
            n => out = &out[n..],
        }
    }
    Ok(())
}

/// Reads exactly this many bytes.
fn receive(line: &mut impl ByteStream, wanted: usize) -> Result<Vec<u8>, Fault> {
    let until = Instant::now() + Duration::from_secs(20);
    let (mut got, mut some) = (Vec::new(), vec![0; 64 * 1024]);
    while got.len() < wanted {
        assert!(Instant::now() < until, "nothing comes");
        let room = some.len().min(wanted - got.len());
        match line.read(&mut some[..room])? {
            0 => line.wait(false, Duration::from_secs(1))?,
            n => got.extend_from_slice(&some[..n]),
        }
    }
    Ok(got)
}

/// The first packet of SFTP and its answer: version 3.
const HELLO: [u8; 9] = [0, 0, 0, 5, 1, 0, 0, 0, 3];

fn greet(line: &mut impl ByteStream) -> Result<(), Fault> {
    send(line, &HELLO)?;
    let length = receive(line, 4)?;
    let length = u32::from_be_bytes(length.try_into().expect("four bytes"));
    let answer = receive(line, length as usize)?;
    assert_eq!(answer[..5], [2, 0, 0, 0, 3]);
    Ok(())
}
