//! The engine and OpenSSH's own server over pipes.

use super::pipes::Pipes;
use crate::transport::place_suite::{self as suite, LocalFolder, PlaceFixture};
use crate::transport::sftp::{SftpOptions, SftpPlace};
use crate::transport::{FaultKind, Place};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

impl PlaceFixture for LocalFolder {
    fn place(&self) -> Box<dyn Place> {
        let options = SftpOptions {
            connections: 2,
            ..SftpOptions::default()
        };
        Box::new(SftpPlace::new(Pipes::find().unwrap(), options))
    }

    fn path(&self, name: &[u8]) -> Vec<u8> {
        self.at(name).as_os_str().as_bytes().to_vec()
    }

    fn put(&self, name: &[u8], content: &[u8]) {
        LocalFolder::put(self, name, content);
    }

    fn content(&self, name: &[u8]) -> Option<Vec<u8>> {
        LocalFolder::content(self, name)
    }

    fn make_folder(&self, name: &[u8]) {
        LocalFolder::make_folder(self, name);
    }

    fn link(&self, name: &[u8], to: &[u8]) -> bool {
        LocalFolder::link(self, name, to)
    }
}

#[test]
fn sftp_is_a_place_like_the_others() {
    if Pipes::find().is_some() {
        suite::run(LocalFolder::new);
    }
}

#[test]
fn a_server_that_only_reads_denies_everything_else() {
    let Some(mut pipes) = Pipes::find() else {
        return;
    };
    pipes.arguments.push("-R");
    let folder = LocalFolder::new();
    folder.put(b"a", b"abc");
    let mut place = SftpPlace::new(pipes, SftpOptions::default());
    let came = suite::fetched(&mut place, &[(folder.path(b"a"), 3)]);
    assert_eq!(came[0].as_ref().ok(), Some(&b"abc".to_vec()));
    let denied =
        |r: Option<crate::transport::Fault>| assert_eq!(r.unwrap().kind, FaultKind::Denied);
    let files = [(folder.path(b"b"), b"abc".to_vec())];
    denied(suite::sent(&mut place, &files).remove(0).err());
    denied(place.remove(&[folder.path(b"a")]).remove(0).err());
    let pair = (folder.path(b"a"), folder.path(b"b"));
    denied(place.rename(&[pair]).remove(0).err());
}

#[test]
fn a_folder_of_others_is_denied() {
    let Some(mut pipes) = Pipes::find() else {
        return;
    };
    const NOBODY: u32 = 65_534;
    if rustix::process::geteuid().is_root() {
        pipes.user = Some(NOBODY);
    }
    let folder = LocalFolder::new();
    folder.make_folder(b"in");
    folder.put(b"in/a", b"abc");
    let mode = |n| fs::set_permissions(folder.at(b"in"), fs::Permissions::from_mode(n)).unwrap();
    fs::set_permissions(folder.at(b""), fs::Permissions::from_mode(0o755)).unwrap();
    mode(0o000);
    let mut place = SftpPlace::new(pipes, SftpOptions::default());
    assert_eq!(
        place.list(&folder.path(b"in")).unwrap_err().kind,
        FaultKind::Denied
    );
    let came = suite::fetched(&mut place, &[(folder.path(b"in/a"), 3)]);
    assert_eq!(came[0].as_ref().unwrap_err().kind, FaultKind::Denied);
    let looked = place.look(&[folder.path(b"in/a")]);
    assert_eq!(looked[0].as_ref().unwrap_err().kind, FaultKind::Denied);
    mode(0o700);
}
