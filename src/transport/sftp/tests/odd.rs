//! Servers that answer in odd ways, which the protocol allows.

use super::scripted::*;
use crate::transport::place_suite::{bytes, fetched, sent};
use crate::transport::sftp::{SftpOptions, SftpPlace, limits};
use crate::transport::{FaultKind, Place};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

type Files = Arc<Mutex<BTreeMap<Vec<u8>, Vec<u8>>>>;

/// A path and what the file holds.
type Content = (Vec<u8>, Vec<u8>);

fn some(count: usize, size: usize) -> (Files, Vec<Content>) {
    let file = |n: usize| (format!("f{n}").into_bytes(), bytes(n, size + n));
    let all: Vec<_> = (0..count).map(file).collect();
    (Arc::new(Mutex::new(all.iter().cloned().collect())), all)
}

fn comes(server: Server, all: &[Content]) {
    let mut place = SftpPlace::new(server, SftpOptions::default());
    let wanted: Vec<_> = all.iter().map(|(p, c)| (p.clone(), c.len())).collect();
    for (result, (_, content)) in fetched(&mut place, &wanted).into_iter().zip(all) {
        assert!(result.unwrap() == *content);
    }
}

#[test]
fn bytes_may_come_one_by_one() {
    let (there, all) = some(5, 300);
    let mut server = Server::new(files(there, usize::MAX));
    server.piece = 1;
    comes(server, &all);
}

#[test]
fn reads_may_come_short_and_answers_in_any_order() {
    let (there, all) = some(70, 100_000);
    let mut server = Server::new(files(there, 7_777));
    server.backwards = true;
    comes(server, &all);
}

#[test]
fn writes_may_be_answered_in_any_order() {
    for extensions in [vec![], vec!["fsync@openssh.com"]] {
        let (there, _) = some(0, 0);
        let mut server = Server::new(files(Arc::clone(&there), usize::MAX));
        (server.backwards, server.extensions) = (true, extensions.clone());
        // The handle is only in the second text of an extension, so the server answers that nothing has that name.
        let syncs = !extensions.is_empty();
        let all = some(40, 70_000).1;
        let mut place = SftpPlace::new(server, SftpOptions::default());
        for result in sent(&mut place, &all) {
            assert_eq!(
                result.err().map(|f| f.kind),
                syncs.then_some(FaultKind::Missing)
            );
        }
        assert!(
            there
                .lock()
                .unwrap()
                .iter()
                .eq(all.iter().map(|(p, c)| (p, c)).collect::<BTreeMap<_, _>>())
        );
    }
}

#[test]
fn what_did_not_arrive_whole_is_changed() {
    let (there, _) = some(0, 0);
    let mut honest = files(there, usize::MAX);
    let server = Server::new(move |asked| match asked.kind {
        FSTAT => vec![attributes(asked, &plain(2))],
        _ => honest(asked),
    });
    let mut place = SftpPlace::new(server, SftpOptions::default());
    let results = sent(
        &mut place,
        &[
            (b"a".to_vec(), b"abc".to_vec()),
            (b"b".to_vec(), b"ab".to_vec()),
        ],
    );
    assert_eq!(results[0].as_ref().unwrap_err().kind, FaultKind::Changed);
    assert!(results[1].is_ok());
}

#[test]
fn what_is_under_way_at_once_is_bounded() {
    let (there, all) = some(500, 4_000);
    let mut honest = files(there, usize::MAX);
    let state = Arc::new(Mutex::new((BTreeSet::new(), BTreeSet::new(), 0, 0)));
    let counted = Arc::clone(&state);
    let mut server = Server::new(move |asked| {
        let mut now = counted.lock().unwrap();
        match asked.kind {
            OPEN => _ = now.0.insert(asked.text.clone()),
            CLOSE => {
                now.0.remove(&asked.text);
                now.1.remove(&asked.text);
            }
            READ => _ = now.1.insert(asked.text.clone()),
            _ => {}
        }
        now.2 = now.2.max(now.0.len());
        now.3 = now.3.max(now.1.len());
        honest(asked)
    });
    server.backwards = true;
    let seen = Arc::clone(&server.seen);
    comes(server, &all);
    let (_, _, handles, reading) = *state.lock().unwrap();
    assert!(
        (100..=limits::HANDLES).contains(&handles),
        "{handles} handles"
    );
    // A file whose bytes have all come may not be closed yet.
    assert!(reading <= limits::HANDLES, "{reading} files read");
    let most = seen.lock().unwrap().1;
    assert!((60..=limits::REQUESTS).contains(&most), "{most} requests");
}

#[test]
fn a_server_that_replaces_is_kept_from_it() {
    let asked_for = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked_for);
    let server = Server::new(move |asked| {
        heard.lock().unwrap().push(asked.kind);
        vec![match (asked.kind, asked.text.as_slice()) {
            (LSTAT, b"taken") => attributes(asked, &plain(1)),
            (LSTAT, _) => status(asked, 2),
            _ => status(asked, 0),
        }]
    });
    let mut place = SftpPlace::new(server, SftpOptions::default());
    let pair = |to: &[u8]| (b"a".to_vec(), to.to_vec());
    let results = place.rename(&[pair(b"taken")]);
    assert_eq!(results[0].as_ref().unwrap_err().kind, FaultKind::Exists);
    assert!(!asked_for.lock().unwrap().contains(&RENAME));
    assert!(place.rename(&[pair(b"free")])[0].is_ok());
}

#[test]
fn entries_without_a_kind_are_looked_at() {
    let mut lists = 0;
    let server = Server::new(move |asked| {
        vec![match asked.kind {
            OPENDIR => handle(asked, b"h"),
            READDIR => {
                lists += 1;
                match lists {
                    1 => names(asked, &[b".", b"a", b"gone", b"link"], &[0; 4]),
                    _ => status(asked, 1),
                }
            }
            LSTAT if asked.text == b"/in/a" => attributes(asked, &plain(9)),
            LSTAT if asked.text == b"/in/link" => attributes(
                asked,
                &[&4u32.to_be_bytes()[..], &0o120_777u32.to_be_bytes()].concat(),
            ),
            LSTAT => status(asked, 2),
            _ => status(asked, 0),
        }]
    });
    let mut place = SftpPlace::new(server, SftpOptions::default());
    let mut found = place.list(b"/in").unwrap();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let short: Vec<_> = found
        .iter()
        .map(|e| (e.name.as_slice(), e.size, e.plain))
        .collect();
    assert_eq!(short, [(&b"a"[..], 9, true), (b"link", 0, false)]);
}

#[test]
fn files_are_made_durable_together_after_they_are_written() {
    const EXTENDED: u8 = 200;
    let (there, _) = some(0, 0);
    let mut honest = files(there, usize::MAX);
    let kinds = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&kinds);
    let mut server = Server::new(move |asked| {
        heard.lock().unwrap().push(asked.kind);
        match asked.kind {
            EXTENDED => vec![status(asked, 0)],
            _ => honest(asked),
        }
    });
    server.extensions = vec!["fsync@openssh.com"];
    let all = some(20, 1_000).1;
    for result in sent(&mut SftpPlace::new(server, SftpOptions::default()), &all) {
        result.unwrap();
    }
    let kinds = kinds.lock().unwrap();
    let at = |kind: u8| kinds.iter().position(|k| *k == kind).unwrap();
    let last = kinds.iter().rposition(|k| *k == WRITE).unwrap();
    assert!(last < at(EXTENDED) && at(EXTENDED) < at(FSTAT) && at(FSTAT) < at(CLOSE));
    let syncs: Vec<_> = kinds.iter().filter(|k| **k == EXTENDED).collect();
    assert_eq!(syncs.len(), 20);
}
