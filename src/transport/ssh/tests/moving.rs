//! Bytes on a line, and what it is made of.

use super::*;
use std::sync::atomic::Ordering;

#[test]
fn a_connection_that_is_cut_is_a_passing_trouble() {
    let Some((_dir, mut sshd)) = server(Options::default()) else {
        return;
    };
    let mut line = dial(&at(&sshd)).map_err(|f| f.what).unwrap();
    greet(&mut line).map_err(|f| f.what).unwrap();
    sshd.kill_sessions();
    let fault = receive(&mut line, 1).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Transient, "{}", fault.what);
    assert!(
        fault.what.contains("closed the connection"),
        "{}",
        fault.what
    );
    assert!(dial(&at(&sshd)).is_ok());
    sshd.stop();
    assert_eq!(refused(&at(&sshd)).kind, FaultKind::Transient);
    sshd.start_again();
    assert!(dial(&at(&sshd)).is_ok());
}

#[test]
fn a_wait_ends_at_its_bound_and_when_we_stop() {
    let Some((_dir, sshd)) = server(Options::default()) else {
        return;
    };
    let target = at(&sshd);
    let mut line = dial(&target).map_err(|f| f.what).unwrap();
    let before = Instant::now();
    line.wait(false, Duration::from_millis(20)).unwrap();
    assert!(before.elapsed() < Duration::from_secs(1));
    target.stop.store(true, Ordering::Relaxed);
    let fault = line.wait(false, Duration::from_secs(9)).unwrap_err();
    assert!(fault.what.contains("because we stop"), "{}", fault.what);
}

/// Only algorithms that are not offered unasked.
#[test]
fn a_server_that_wants_other_algorithms_is_widened_for_or_not_spoken_to() {
    for (config, widen) in [
        (
            "MACs hmac-sha2-256-etm@openssh.com",
            "hmac-sha2-256-etm@openssh.com",
        ),
        ("Ciphers aes256-gcm@openssh.com", "aes256-gcm@openssh.com"),
        (
            "Ciphers chacha20-poly1305@openssh.com",
            "chacha20-poly1305@openssh.com",
        ),
        (
            "KexAlgorithms diffie-hellman-group16-sha512",
            "diffie-hellman-group16-sha512",
        ),
    ] {
        let Some((_dir, sshd)) = server(Options {
            config: &[config],
            ..Options::default()
        }) else {
            return;
        };
        let mut target = at(&sshd);
        let fault = refused(&target);
        assert_eq!(fault.kind, FaultKind::Protocol, "{}", fault.what);
        assert!(!fault.stops_endpoint());
        assert!(
            fault.what.contains("endpoint.plansource.widen"),
            "{}",
            fault.what
        );
        target.widen = vec![widen.to_owned()];
        let mut line = dial(&target).map_err(|f| f.what).unwrap();
        greet(&mut line).map_err(|f| f.what).unwrap();
    }
}

#[test]
fn a_server_without_sftp_is_told_so() {
    let Some((_dir, sshd)) = server(Options {
        config: &["MaxSessions 0"],
        ..Options::default()
    }) else {
        return;
    };
    let fault = refused(&at(&sshd));
    assert_eq!(fault.kind, FaultKind::Protocol, "{}", fault.what);
    assert!(fault.what.contains("offers no SFTP"), "{}", fault.what);
}

/// More than fits into buffers and windows, both ways, with only one side looked at at a time.
#[test]
fn much_goes_and_comes_without_a_hang() {
    let Some((_dir, sshd)) = server(Options::default()) else {
        return;
    };
    let mut line = dial(&at(&sshd)).map_err(|f| f.what).unwrap();
    greet(&mut line).map_err(|f| f.what).unwrap();
    // REALPATH of ".": small questions, each with an answer of a known form.
    let mut questions = Vec::new();
    const ASKED: u32 = 20_000;
    for id in 0..ASKED {
        questions.extend_from_slice(&[0, 0, 0, 10, 16]);
        questions.extend_from_slice(&id.to_be_bytes());
        questions.extend_from_slice(&[0, 0, 0, 1, b'.']);
    }
    let (mut out, mut answered, mut held) = (&questions[..], 0, Vec::new());
    let mut some = vec![0; 64 * 1024];
    let until = Instant::now() + Duration::from_secs(30);
    while answered < ASKED {
        assert!(Instant::now() < until, "{answered} answers");
        let gone = line.write(out).map_err(|f| f.what).unwrap();
        out = &out[gone..];
        let come = line.read(&mut some).map_err(|f| f.what).unwrap();
        held.extend_from_slice(&some[..come]);
        while let Some((length, _)) = held.split_first_chunk::<4>() {
            let whole = 4 + u32::from_be_bytes(*length) as usize;
            if held.len() < whole {
                break;
            }
            assert_eq!(held[5..9], answered.to_be_bytes());
            held.drain(..whole);
            answered += 1;
        }
        if gone == 0 && come == 0 {
            line.wait(!out.is_empty(), Duration::from_secs(1))
                .map_err(|f| f.what)
                .unwrap();
        }
    }
}
