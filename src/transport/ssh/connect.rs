//! From a server's name to a session whose host key is verified.

use super::algorithms;
use super::faults::{self, Phase};
use super::known_hosts::{KEY_TYPES, KnownHosts, ServerKeys};
use super::session::{STOP_CHECK, SshSession, StepFailure, error_number, wait_for};
use super::target::{SshTarget, Timeouts};
use crate::transport::fault::Fault;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

/// A session with the server, its host key on record and verified, not yet signed in.
pub(super) fn verified(target: &SshTarget) -> Result<SshSession, Fault> {
    let hosts = KnownHosts::read(target)?;
    let keys = hosts.of(target);
    let key_types = match keys.types() {
        none if none.is_empty() => KEY_TYPES.to_vec(),
        key_types => key_types,
    };
    let session = match agreed(target, &key_types)? {
        Ok(session) => session,
        Err(failure) => return Err(disagreed(target, &keys, failure)),
    };
    keys.verify(target, &host_key(&session))?;
    Ok(session)
}

/// The fault where nothing could be agreed on. Perhaps the server merely has no host key of the types on record, which is
/// not a lack of algorithms.
fn disagreed(target: &SshTarget, keys: &ServerKeys<'_>, failure: StepFailure) -> Fault {
    let other = match agreed(target, &KEY_TYPES) {
        Ok(Ok(session)) => keys.verify(target, &host_key(&session)).err(),
        Ok(Err(_)) | Err(_) => None,
    };
    other.unwrap_or_else(|| faults::of(target, Phase::Handshake, failure))
}

/// A session whose host key is of one of these types and not yet verified. The inner error says why nothing could be agreed
/// on.
pub(super) fn agreed(
    target: &SshTarget,
    key_types: &[&str],
) -> Result<Result<SshSession, StepFailure>, Fault> {
    let deadline = Instant::now() + target.timeouts.connect;
    let socket = reached(target, deadline)?;
    let unready = |e: ssh2::Error| {
        let number = error_number(&e);
        Fault::protocol(format!("the SSH library could not be set up ({number})"))
    };
    let mut session = SshSession::new(socket, target.stop.clone()).map_err(unready)?;
    algorithms::offer(&session.library, &target.widen, key_types).map_err(unready)?;
    let _guard = session.guard(deadline).map_err(|e| faults::no_thread(&e))?;
    match session.until(deadline, ssh2::Session::handshake) {
        Ok(()) => Ok(Ok(session)),
        Err(failure) if faults::is_disagreement(failure) => Ok(Err(failure)),
        Err(failure) => Err(faults::of(target, Phase::Handshake, failure)),
    }
}

/// The server's host key; empty if the library knows none, and an empty key is never on record.
pub(super) fn host_key(session: &SshSession) -> Vec<u8> {
    let key = session.library.host_key();
    key.map(|(key, _)| key.to_vec()).unwrap_or_default()
}

/// A TCP connection to the first address that takes one.
fn reached(target: &SshTarget, deadline: Instant) -> Result<TcpStream, Fault> {
    let addresses = addresses(target, deadline)?;
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for (at, address) in addresses.iter().enumerate() {
        // An address that never answers leaves the others their share of the time.
        let left = deadline.saturating_duration_since(Instant::now());
        let remaining = u32::try_from(addresses.len() - at).expect("a name has few addresses");
        let share = left / remaining;
        match connected(target, address, Instant::now() + share) {
            Ok(socket) => return Ok(socket),
            Err(_) if target.is_stopped() => return Err(faults::stopped(target)),
            Err(e) => last = e,
        }
    }
    Err(faults::unreached(target, &last))
}

/// The addresses of the server's name. The system's look-up can't be bounded, so it runs on a thread that is abandoned when
/// it takes too long.
fn addresses(target: &SshTarget, deadline: Instant) -> Result<Vec<SocketAddr>, Fault> {
    if let Ok(address) = target.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, target.port)]);
    }
    let fault = |why: String| {
        Fault::transient(format!(
            "the address of {} can't be found: {why}; is the name in endpoint.{}.host right?",
            target.host, target.endpoint
        ))
    };
    let (answer, answered) = mpsc::sync_channel(1);
    let question = (target.host.clone(), target.port);
    thread::Builder::new()
        .name("lookup".into())
        .spawn(move || {
            let found = question.to_socket_addrs().map(Iterator::collect);
            let _ = answer.send(found);
        })
        .map_err(|e| faults::no_thread(&e))?;
    loop {
        if target.is_stopped() {
            return Err(faults::stopped(target));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match answered.recv_timeout(left.min(STOP_CHECK)) {
            Ok(Ok(found)) => return Ok(found),
            Ok(Err(e)) => return Err(fault(e.to_string())),
            Err(RecvTimeoutError::Timeout) if left.is_zero() => {
                return Err(fault("no answer in time".into()));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(fault("no answer".into())),
        }
    }
}

fn connected(target: &SshTarget, address: &SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
    let socket = TcpStream::from(socket);
    socket.set_nodelay(true)?;
    probe_when_silent(&socket, target.timeouts)?;
    match rustix::net::connect(&socket, address) {
        Ok(()) => return Ok(socket),
        Err(Errno::INPROGRESS | Errno::INTR) => {}
        Err(e) => return Err(e.into()),
    }
    loop {
        if let Some(e) = socket.take_error()? {
            return Err(e);
        }
        if socket.peer_addr().is_ok() {
            return Ok(socket);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || target.is_stopped() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if wait_for(&socket, PollFlags::OUT, left.min(STOP_CHECK)).is_err() {
            return Err(io::ErrorKind::Other.into());
        }
    }
}

/// Has the system find out that the other side is gone.
fn probe_when_silent(socket: &TcpStream, timeouts: Timeouts) -> io::Result<()> {
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, timeouts.keepalive)?;
    sockopt::set_tcp_keepintvl(socket, timeouts.keepalive)?;
    sockopt::set_tcp_keepcnt(socket, Timeouts::PROBES)?;
    Ok(())
}
