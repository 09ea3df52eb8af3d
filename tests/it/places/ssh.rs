//! The conformance suite on SFTP over SSH to a real server.

use super::suite::{self, LocalFolder, PlaceFixture};
use crate::sshd::{self, Sshd};
use feedgate::internal::transport::{
    FaultKind, Place, SecretSource, SignIn, SshTarget, Timeouts, over_ssh,
};
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

/// A folder served by a server of its own.
struct Served<'s> {
    sshd: &'s Sshd,
    folder: LocalFolder,
}

fn target(sshd: &Sshd) -> SshTarget {
    SshTarget {
        endpoint: "partner".into(),
        host: "127.0.0.1".into(),
        port: sshd.port(),
        user: sshd::user(),
        sign_in: SignIn::Key {
            key: SecretSource::File(sshd.client_key()),
            passphrase: None,
        },
        known_hosts: sshd.known_hosts(),
        widen: Vec::new(),
        timeouts: Timeouts::default(),
        stop: Arc::default(),
    }
}

impl PlaceFixture for Served<'_> {
    fn place(&self) -> Box<dyn Place> {
        over_ssh(target(self.sshd), 2)
    }

    fn path(&self, name: &[u8]) -> Vec<u8> {
        self.folder.at(name).as_os_str().as_bytes().to_vec()
    }

    fn put(&self, name: &[u8], content: &[u8]) {
        self.folder.put(name, content);
    }

    fn content(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.folder.content(name)
    }

    fn make_folder(&self, name: &[u8]) {
        self.folder.make_folder(name);
    }

    fn link(&self, name: &[u8], to: &[u8]) -> bool {
        self.folder.link(name, to)
    }
}

#[test]
fn a_server_reached_by_ssh_is_a_place_like_the_others() {
    let papers = tempfile::tempdir().expect("a folder");
    let Some(sshd) = Sshd::start(papers.path()) else {
        return;
    };
    suite::run(|| Served {
        sshd: &sshd,
        folder: LocalFolder::new(),
    });
}

#[test]
fn a_cut_connection_is_transient_and_the_next_call_goes_on() {
    let papers = tempfile::tempdir().expect("a folder");
    let Some(sshd) = Sshd::start(papers.path()) else {
        return;
    };
    let fixture = Served {
        sshd: &sshd,
        folder: LocalFolder::new(),
    };
    let mut place = fixture.place();
    let size = 40 << 20;
    fixture.put(b"a", &suite::bytes(1, size));
    place.connect().expect("a connection");
    let cut = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(30));
            sshd.kill_sessions();
        });
        suite::fetched(&mut *place, &[(fixture.path(b"a"), size)]).remove(0)
    });
    // On a fast machine it may all have come before.
    if let Err(fault) = cut {
        assert_eq!(fault.kind, FaultKind::Transient);
    }
    let came = suite::fetched(&mut *place, &[(fixture.path(b"a"), size)]).remove(0);
    assert!(came.expect("the file") == suite::bytes(1, size));
    // What died while nothing was asked is replaced unseen.
    sshd.kill_sessions();
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(place.list(&fixture.path(b"")).expect("a list").len(), 1);
}
