//! Servers that are none, are silent, or are tampered with on the way.

use super::*;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::thread;

/// A listener, and the target that means it.
fn listener() -> (TcpListener, SshTarget) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, SshTarget { port, ..target() })
}

/// With a key and a file of host keys that is empty.
fn with_papers(dir: &Path, target: SshTarget) -> SshTarget {
    let known_hosts = dir.join("known_hosts");
    private(&known_hosts, "");
    let key = dir.join("key");
    private(&key, "none");
    SshTarget {
        sign_in: with_key(&key, None),
        known_hosts,
        ..target
    }
}

#[test]
fn a_dead_port_is_a_passing_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let (listener, target) = listener();
    drop(listener);
    let fault = refused(&with_papers(dir.path(), target));
    assert_eq!(fault.kind, FaultKind::Transient);
    assert!(fault.what.contains("refuses connections"), "{}", fault.what);
}

#[test]
fn a_name_that_is_none_is_a_passing_trouble() {
    let dir = tempfile::tempdir().unwrap();
    let mut target = with_papers(dir.path(), target());
    target.host = "no-such-host.invalid".into();
    target.timeouts.connect = Duration::from_millis(500);
    let fault = refused(&target);
    assert_eq!(fault.kind, FaultKind::Transient);
    assert!(
        fault.what.contains("no-such-host.invalid"),
        "{}",
        fault.what
    );
}

#[test]
fn a_silent_server_costs_no_more_than_the_limit() {
    let dir = tempfile::tempdir().unwrap();
    let (_listener, target) = listener();
    let mut target = with_papers(dir.path(), target);
    target.timeouts.connect = Duration::from_millis(300);
    let before = Instant::now();
    let fault = refused(&target);
    assert_eq!(fault.kind, FaultKind::Transient);
    assert!(fault.what.contains("within 0.3 s"), "{}", fault.what);
    assert!(before.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_stop_ends_the_wait_for_a_silent_server() {
    let dir = tempfile::tempdir().unwrap();
    let (_listener, target) = listener();
    let target = with_papers(dir.path(), target);
    let stop = Arc::clone(&target.stop);
    let before = Instant::now();
    let stopping = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        stop.store(true, Ordering::Relaxed);
    });
    let fault = refused(&target);
    assert!(fault.what.contains("because we stop"), "{}", fault.what);
    assert!(before.elapsed() < Duration::from_secs(2));
    stopping.join().unwrap();
}

#[test]
fn servers_of_something_else_are_told_from_ssh() {
    let dir = tempfile::tempdir().unwrap();
    for greeting in [
        &b"220 ftp.example.com FTP server ready\r\n"[..],
        b"SSH-2.0-x\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"SSH-2.0-x\r\n\0\0\0\x0c\x0a\x14\0\0\0\0\0\0\0\0\0\0",
        b"\0\0\0\0",
        b"",
    ] {
        let (listener, target) = listener();
        let mut target = with_papers(dir.path(), target);
        target.timeouts.connect = Duration::from_secs(1);
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.write_all(greeting);
            let _ = stream.read(&mut [0; 1024]);
        });
        let fault = refused(&target);
        let expected = [FaultKind::Transient, FaultKind::Protocol];
        assert!(expected.contains(&fault.kind), "{}", fault.what);
        assert!(!fault.what.contains("FTP server ready"));
        server.join().unwrap();
    }
}

/// The library takes in all that comes before it returns.
#[test]
fn a_server_that_floods_us_costs_no_more_than_the_limit() {
    let dir = tempfile::tempdir().unwrap();
    let (listener, target) = listener();
    let mut target = with_papers(dir.path(), target);
    target.timeouts.connect = Duration::from_millis(300);
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .set_write_timeout(Some(Duration::from_millis(500)))
            .unwrap();
        stream.write_all(b"SSH-2.0-flood\r\n").unwrap();
        // Packets of an unknown type.
        let packet = [0, 0, 0, 12, 4, 192, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let many = packet.repeat(4096);
        while stream.write_all(&many).is_ok() {}
    });
    let before = Instant::now();
    let fault = refused(&target);
    assert_eq!(fault.kind, FaultKind::Transient, "{}", fault.what);
    assert!(before.elapsed() < Duration::from_secs(3));
    server.join().unwrap();
}

/// Passes bytes on both ways; of one piece that comes from the server it changes one byte.
fn spoiling(port: u16, piece: usize, byte: usize, mask: u8) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let own = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let (mut there, mut back) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let upwards = thread::spawn(move || std::io::copy(&mut there, &mut back));
        let (mut seen, mut some) = (0, [0; 4096]);
        while let Ok(n @ 1..) = server.read(&mut some) {
            if seen == piece && byte < n {
                some[byte] ^= mask;
            }
            seen += 1;
            if client.write_all(&some[..n]).is_err() {
                break;
            }
        }
        let _ = client.shutdown(std::net::Shutdown::Both);
        let _ = server.shutdown(std::net::Shutdown::Both);
        let _ = upwards.join();
    });
    own
}

/// A packet's length is used before the packet is authenticated, so an attacker in between can change it: here its last
/// byte, in each of the pieces that set a connection up.
#[test]
fn a_connection_that_is_tampered_with_ends_and_nothing_else_does() {
    let Some((_dir, sshd)) = server(Options::default()) else {
        return;
    };
    let mut ended = 0;
    for (piece, mask) in (1..8).flat_map(|p| [0x04, 0x08, 0x14].map(|m| (p, m))) {
        let mut target = at(&sshd);
        target.port = spoiling(sshd.port(), piece, 3, mask);
        let line = sshd.known_hosts_line("ed25519");
        let line = line.replace(&sshd.port().to_string(), &target.port.to_string());
        fs::write(sshd.known_hosts(), line).unwrap();
        target.timeouts.connect = Duration::from_millis(400);
        target.timeouts.request = Duration::from_millis(400);
        let answer = dial(&target).and_then(|mut line| line.write(&HELLO));
        ended += usize::from(answer.is_err());
    }
    assert!(ended > 10, "only {ended} were noticed");
}
