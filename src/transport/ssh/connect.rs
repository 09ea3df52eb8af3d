//! From a server's name to a session whose host key is verified.

use super::super::{Fault, FaultKind};
use super::faults::{self, Doing};
use super::host_keys::{KINDS, KnownHosts, Record};
use super::link::{Halt, LOOK, Link, wait_for};
use super::{SshTarget, Timeouts, methods};
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, ipproto, sockopt};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Instant;

/// A session with the server, its host key on record and verified. Nobody has signed in.
pub(super) fn verified(target: &SshTarget) -> Result<Link, Fault> {
    let hosts = KnownHosts::read(target)?;
    let record = hosts.of(target);
    let kinds = match record.kinds() {
        none if none.is_empty() => KINDS.to_vec(),
        kinds => kinds,
    };
    let link = match agreed(target, &kinds)? {
        Ok(link) => link,
        Err(halt) => return Err(disagreed(target, &record, halt)),
    };
    record.verify(target, &host_key(&link))?;
    Ok(link)
}

/// Perhaps the server only has no host key of the types on record: that is another matter than a lack of algorithms.
fn disagreed(target: &SshTarget, record: &Record<'_>, halt: Halt) -> Fault {
    let other = match agreed(target, &KINDS) {
        Ok(Ok(link)) => record.verify(target, &host_key(&link)).err(),
        Ok(Err(_)) | Err(_) => None,
    };
    other.unwrap_or_else(|| faults::of(target, Doing::Handshake, halt))
}

/// A session whose host key is of one of these types and not yet verified; inside: why there is nothing to agree on.
pub(super) fn agreed(target: &SshTarget, kinds: &[&str]) -> Result<Result<Link, Halt>, Fault> {
    let deadline = Instant::now() + target.timeouts.connect;
    let socket = reached(target, deadline)?;
    let unready = |e: ssh2::Error| {
        let number = super::link::number(&e);
        Fault::new(
            FaultKind::Protocol,
            format!("the SSH library could not be set up ({number})"),
        )
    };
    let mut link = Link::new(socket, target.stop.clone()).map_err(unready)?;
    methods::offer(&link.session, &target.widen, kinds).map_err(unready)?;
    let _guard = link.guard(deadline).map_err(|e| faults::no_thread(&e))?;
    match link.until(deadline, ssh2::Session::handshake) {
        Ok(()) => Ok(Ok(link)),
        Err(halt) if faults::disagree(halt) => Ok(Err(halt)),
        Err(halt) => Err(faults::of(target, Doing::Handshake, halt)),
    }
}

/// The server's host key; empty if the library knows none, which is on nobody's record.
pub(super) fn host_key(link: &Link) -> Vec<u8> {
    let key = link.session.host_key();
    key.map(|(key, _)| key.to_vec()).unwrap_or_default()
}

/// A TCP connection to the first address that takes one.
fn reached(target: &SshTarget, deadline: Instant) -> Result<TcpStream, Fault> {
    let addresses = addresses(target, deadline)?;
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for (at, address) in addresses.iter().enumerate() {
        // One address that swallows everything leaves the others their share of the time.
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - at).unwrap_or(u32::MAX);
        match dialled(target, address, Instant::now() + share) {
            Ok(socket) => return Ok(socket),
            Err(_) if target.stopped() => return Err(faults::stopped(target)),
            Err(e) => last = e,
        }
    }
    Err(faults::unreached(target, &last))
}

/// The addresses of the server's name. The system looks it up without a limit of ours, so it does that on a thread
/// that is left alone when it takes too long.
fn addresses(target: &SshTarget, deadline: Instant) -> Result<Vec<SocketAddr>, Fault> {
    if let Ok(address) = target.host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, target.port)]);
    }
    let fault = |why: String| {
        Fault::new(
            FaultKind::Transient,
            format!(
                "the address of {} can't be found: {why}; is the name in endpoint.{}.host right?",
                target.host, target.endpoint
            ),
        )
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
        if target.stopped() {
            return Err(faults::stopped(target));
        }
        let left = deadline.saturating_duration_since(Instant::now());
        match answered.recv_timeout(left.min(LOOK)) {
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

/// A TCP connection to one address.
fn dialled(target: &SshTarget, address: &SocketAddr, deadline: Instant) -> io::Result<TcpStream> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, Some(ipproto::TCP))?;
    let socket = TcpStream::from(socket);
    socket.set_nodelay(true)?;
    watch(&socket, target.timeouts)?;
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
        if left.is_zero() || target.stopped() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if wait_for(&socket, PollFlags::OUT, left.min(LOOK)).is_err() {
            return Err(io::ErrorKind::Other.into());
        }
    }
}

/// Has the system find out that the other side is gone.
fn watch(socket: &TcpStream, timeouts: Timeouts) -> io::Result<()> {
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, timeouts.keepalive)?;
    sockopt::set_tcp_keepintvl(socket, timeouts.keepalive)?;
    sockopt::set_tcp_keepcnt(socket, Timeouts::PROBES)?;
    Ok(())
}
