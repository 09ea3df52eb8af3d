//! Servers that break the protocol, say nothing, or hang up.

use super::scripted::*;
use crate::transport::byte_stream::{ByteStream, Connector};
use crate::transport::place_suite::{bytes, fetched, sent};
use crate::transport::sftp::{SftpOptions, SftpPlace, limits};
use crate::transport::{Fault, FaultKind, Place};
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

fn quick() -> SftpOptions {
    SftpOptions {
        request: Duration::from_millis(40),
        stalled: Duration::from_millis(80),
        ..SftpOptions::default()
    }
}

/// How fetching a file of three bytes ends.
fn ends(server: Server) -> Option<FaultKind> {
    let mut place = SftpPlace::new(server, quick());
    let result = fetched(&mut place, &[(b"a".to_vec(), 3)]).remove(0);
    result.err().map(|f| f.kind)
}

/// How a connection ends on which a file of three bytes is fetched: what that file came to is not known then.
fn breaks(server: Server) -> bool {
    let mut place = SftpPlace::new(server, quick());
    let fault = fetched(&mut place, &[(b"a".to_vec(), 3)])
        .remove(0)
        .unwrap_err();
    fault.kind == FaultKind::Transient && fault.what.contains("does not keep to the SFTP protocol")
}

/// A server that lets a file be opened and answers READs so.
fn reads(mut answer: impl FnMut(&Asked) -> Vec<Vec<u8>> + Send + 'static) -> Server {
    Server::new(move |asked| match asked.kind {
        OPEN => vec![handle(asked, b"h")],
        READ => answer(asked),
        _ => vec![status(asked, 0)],
    })
}

#[test]
fn answers_to_nothing_break_the_protocol() {
    let other = |asked: &Asked| Asked {
        id: asked.id + 1_000,
        ..asked.clone()
    };
    assert!(breaks(reads(move |a| vec![data(&other(a), b"abc")])));
    assert!(breaks(reads(|a| vec![data(a, b"ab"), data(a, b"c")])));
    assert_eq!(ends(reads(|a| vec![data(a, b"abc")])), None);
}

#[test]
fn answers_that_do_not_fit_break_the_protocol() {
    assert!(breaks(reads(|a| vec![data(a, b"abcde")])));
    // One byte more was asked for: the file is longer than it was listed.
    assert_eq!(
        ends(reads(|a| vec![data(a, b"abcd")])),
        Some(FaultKind::Changed)
    );
    assert!(breaks(reads(|a| vec![data(a, b"")])));
    assert!(breaks(reads(|a| vec![handle(a, b"h")])));
    // This one says something of its file alone.
    assert_eq!(
        ends(reads(|a| vec![status(a, 0)])),
        Some(FaultKind::Protocol)
    );
    assert!(breaks(Server::new(|a| vec![data(a, b"abc")])));
    assert!(breaks(Server::new(|a| vec![handle(a, &[0; 257])])));
    assert!(breaks(reads(|_| vec![b"\xff\xff\xff\xff".to_vec()])));
    assert!(breaks(reads(|_| vec![framed(&[99; 9])])));
    assert!(breaks(reads(|_| vec![framed(b"")])));
}

#[test]
fn what_was_asked_on_a_connection_that_broke_may_be_done_all_the_same() {
    let mut place = SftpPlace::new(
        Server::new(|asked| match asked.kind {
            LSTAT => vec![status(asked, 2)],
            RENAME => vec![handle(asked, b"h")],
            _ => vec![status(asked, 0)],
        }),
        quick(),
    );
    let results = place.rename(&[(b"a".to_vec(), b"b".to_vec())]);
    let fault = results[0].as_ref().unwrap_err();
    assert_eq!(fault.kind, FaultKind::Transient);
}

#[test]
fn an_empty_handle_is_a_handle() {
    let server = Server::new(|a| match a.kind {
        OPEN => vec![handle(a, b"")],
        READ => vec![data(a, b"abc")],
        _ => vec![status(a, 0)],
    });
    assert_eq!(ends(server), None);
}

#[test]
fn silence_and_trickling_end_in_time() {
    let transient = Some(FaultKind::Transient);
    let began = Instant::now();
    assert_eq!(ends(Server::new(|_| Vec::new())), transient);
    assert_eq!(ends(reads(|_| Vec::new())), transient);
    // An answer whose bytes come too slowly to end within the limit.
    let mut server = reads(|a| {
        vec![framed(
            &[&[103][..], &a.id.to_be_bytes(), &[0; 200_000]].concat(),
        )]
    });
    server.piece = 1;
    let slow = SlowDial(server);
    let mut place = SftpPlace::new(slow, quick());
    let result = fetched(&mut place, &[(b"a".to_vec(), 3)]).remove(0);
    assert_eq!(result.err().map(|f| f.kind), transient);
    assert!(began.elapsed() < Duration::from_secs(5));
}

/// After the handshake its streams give a byte per wait.
struct SlowDial(Server);

struct Slow {
    line: Scripted,
    fast: usize,
}

impl Connector for SlowDial {
    type Stream = Slow;

    fn connect(&self) -> Result<Slow, Fault> {
        Ok(Slow {
            line: self.0.connect()?,
            fast: 100,
        })
    }
}

impl ByteStream for Slow {
    fn write(&mut self, out: &[u8]) -> Result<usize, Fault> {
        self.line.write(out)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        if self.fast == 0 {
            return Ok(0);
        }
        self.fast -= 1;
        self.line.read(&mut into[..1])
    }

    fn wait(&mut self, writing: bool, most: Duration) -> Result<(), Fault> {
        self.fast = self.fast.max(1);
        self.line.wait(writing, most)
    }
}

#[test]
fn a_stop_ends_what_is_under_way() {
    let terms = SftpOptions::default();
    let stop = Arc::clone(&terms.stop);
    let server = reads(move |_| {
        stop.store(true, Ordering::Relaxed);
        Vec::new()
    });
    let mut place = SftpPlace::new(server, terms);
    let began = Instant::now();
    let result = fetched(&mut place, &[(b"a".to_vec(), 3)]).remove(0);
    assert_eq!(result.unwrap_err().what, "told to stop");
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_lost_connection_leaves_what_is_done_and_the_next_call_dials() {
    let all: BTreeMap<Vec<u8>, Vec<u8>> = (0..300u32)
        .map(|n| (format!("f{n:03}").into_bytes(), bytes(n as usize, 500)))
        .collect();
    let there = Arc::new(Mutex::new(all.clone()));
    let mut server = Server::new(files(there, usize::MAX));
    server.most = 400;
    let seen = Arc::clone(&server.seen);
    let mut place = SftpPlace::new(server, SftpOptions::default());
    let wanted: Vec<_> = all.keys().map(|path| (path.clone(), 500)).collect();
    let came = fetched(&mut place, &wanted);
    let done = came.iter().filter(|r| r.is_ok()).count();
    assert!((1..300).contains(&done), "{done} came");
    for (result, content) in came.iter().zip(all.values()) {
        match result {
            Ok(bytes) => assert!(bytes == content),
            Err(fault) => assert_eq!(fault.kind, FaultKind::Transient),
        }
    }
    assert!(sent(&mut place, &[(b"x".to_vec(), b"abc".to_vec())])[0].is_ok());
    assert_eq!(seen.lock().unwrap().0, 2);
}

fn lists(mut entries: impl FnMut(usize, &Asked) -> Vec<u8> + Send + 'static) -> FaultKind {
    let mut count = 0;
    let server = Server::new(move |asked| {
        vec![match asked.kind {
            OPENDIR => handle(asked, b"h"),
            READDIR => {
                count += 1;
                entries(count, asked)
            }
            _ => status(asked, 0),
        }]
    });
    SftpPlace::new(server, SftpOptions::default())
        .list(b"/in")
        .unwrap_err()
        .kind
}

#[test]
fn lists_are_bounded_and_their_names_are_names() {
    let any = Asked {
        kind: READDIR,
        id: 0,
        text: Vec::new(),
        rest: Vec::new(),
    };
    let again = |mut packet: Vec<u8>| {
        move |_: usize, asked: &Asked| {
            packet[5..9].copy_from_slice(&asked.id.to_be_bytes());
            packet.clone()
        }
    };
    let many = names(&any, &vec![&b"a"[..]; 10_000], &[0; 4]);
    assert_eq!(lists(again(many)), FaultKind::Protocol);
    let long = vec![b'x'; limits::NAME];
    let many = names(&any, &[long.as_slice(); 60], &plain(1));
    assert_eq!(lists(again(many)), FaultKind::Protocol);
    for name in [
        &b"../../etc/passwd"[..],
        b"/etc/passwd",
        b"a/b",
        b"",
        b"a\0b",
    ] {
        assert_eq!(
            lists(move |_, a| names(a, &[name], &plain(1))),
            FaultKind::Protocol
        );
    }
    assert_eq!(lists(|_, a| names(a, &[], &[])), FaultKind::Protocol);
    // Broken off is not ended.
    assert_eq!(
        lists(|n, a| if n == 1 {
            names(a, &[b"a"], &plain(1))
        } else {
            status(a, 4)
        }),
        FaultKind::Transient
    );
}

#[test]
fn a_dead_connection_is_dropped_after_three_signs() {
    let mut asked_for = 0;
    let server = Server::new(move |asked| {
        asked_for += 1;
        if asked_for == 1 {
            vec![status(asked, 0)]
        } else {
            Vec::new()
        }
    });
    let seen = Arc::clone(&server.seen);
    let mut place = SftpPlace::new(server, quick());
    place.keep_alive();
    assert_eq!(seen.lock().unwrap().0, 0);
    place.connect().unwrap();
    for _ in 0..3 {
        place.keep_alive();
        place.connect().unwrap();
        assert_eq!(seen.lock().unwrap().0, 1);
    }
    place.keep_alive();
    let _ = place.connect();
    assert_eq!(seen.lock().unwrap().0, 2);
}
