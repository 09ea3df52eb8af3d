//! One connection: what its server says about itself, bytes out, bytes in, and the requests that have no reply yet.

use super::in_flight::{Operation, RequestSender, ServerFeatures, Unanswered};
use super::limits::{self, ResponseTimer, SftpOptions};
use super::reply::{self, Malformed, Reply, protocol_broken, unexpected_reply};
use super::request::{self, Buffer, Request};
use crate::transport::byte_stream::ByteStream;
use crate::transport::fault::Fault;
use std::time::{Duration, Instant};

/// Keep-alive requests that may go without a reply.
const KEEPALIVES: usize = 3;
/// How long the reply to a keep-alive request is waited for; a later one counts the next time.
const KEEPALIVE_WAIT: Duration = Duration::from_secs(1);

/// A connection whose server has stated its version.
pub(super) struct Connection<S> {
    stream: S,
    outgoing: Buffer,
    incoming: Buffer,
    last_id: u32,
    /// The ids of keep-alive requests without a reply.
    keepalives: Vec<u32>,
    options: SftpOptions,
    features: ServerFeatures,
    /// The time from a small request to its reply.
    pub(super) round_trip: Duration,
    /// Bytes of files that should be in flight.
    window: u64,
}

impl<S: ByteStream> Connection<S> {
    /// Exchanges versions, and learns what the server can do and how far away it is.
    pub(super) fn open(stream: S, options: SftpOptions) -> Result<Connection<S>, Fault> {
        let mut new = Connection {
            stream,
            outgoing: Buffer::default(),
            incoming: Buffer::default(),
            last_id: 0,
            keepalives: Vec::new(),
            options,
            features: ServerFeatures::default(),
            round_trip: Duration::ZERO,
            window: 1,
        };
        let mut handshake = new.exchange_versions()?;
        let asked = Instant::now();
        new.drive(&mut handshake)?;
        new.round_trip = asked.elapsed();
        new.features = handshake.features();
        new.window = limits::window(new.round_trip);
        Ok(new)
    }

    fn exchange_versions(&mut self) -> Result<Handshake, Fault> {
        request::hello(&mut self.outgoing);
        let timer = ResponseTimer::start();
        loop {
            self.options.check_stop()?;
            timer.check(&self.options, false)?;
            self.write()?;
            self.read()?;
            if let Some(packet) = reply::packet(self.incoming.held()).map_err(garbled)? {
                let (handshake, length) = (Handshake::new(packet)?, 4 + packet.len());
                self.incoming.gone(length);
                return Ok(handshake);
            }
            self.wait(self.options.longest_wait())?;
        }
    }

    /// Whether the server has not hung up, as far as is known here.
    pub(super) fn is_alive(&mut self) -> bool {
        self.read().is_ok()
    }

    /// Carries out an operation. After a fault the connection is of no more use.
    pub(super) fn drive<O: Operation>(&mut self, operation: &mut O) -> Result<(), Fault> {
        let mut unanswered = Unanswered::default();
        let mut timer = ResponseTimer::start();
        loop {
            self.options.check_stop()?;
            self.send_requests(operation, &mut unanswered);
            if unanswered.requests.is_empty() {
                break;
            }
            let mut moved = self.write()?;
            moved |= self.read()?;
            if self.take_replies(operation, &mut unanswered)? {
                timer.last_reply = Instant::now();
            }
            if moved {
                timer.last_bytes = Instant::now();
            }
            timer.check(&self.options, unanswered.slow > 0)?;
            if !moved {
                self.wait(self.options.longest_wait())?;
            }
        }
        self.outgoing.release();
        self.incoming.release();
        Ok(())
    }

    /// Sends a keep-alive request and takes replies to earlier ones; `false`: the server is dead.
    pub(super) fn keep_alive(&mut self) -> bool {
        if self.keepalives.len() >= KEEPALIVES {
            return false;
        }
        self.last_id = self.last_id.wrapping_add(1);
        Request::RealPath(b".").put(self.last_id, &mut self.outgoing);
        self.keepalives.push(self.last_id);
        self.await_keepalives().is_ok()
    }

    fn await_keepalives(&mut self) -> Result<(), Fault> {
        let began = Instant::now();
        while !self.keepalives.is_empty() {
            let left = KEEPALIVE_WAIT
                .min(self.options.request)
                .saturating_sub(began.elapsed());
            if left.is_zero() {
                break;
            }
            self.options.check_stop()?;
            self.write()?;
            self.read()?;
            self.take_replies(&mut Idle, &mut Unanswered::default())?;
            if !self.keepalives.is_empty() {
                self.wait(left.min(self.options.longest_wait()))?;
            }
        }
        Ok(())
    }

    fn send_requests<O: Operation>(
        &mut self,
        operation: &mut O,
        unanswered: &mut Unanswered<O::Tag>,
    ) {
        while unanswered.requests.len() < self.features.requests
            && unanswered.bytes < self.window
            && self.outgoing.len() < limits::OUTGOING
        {
            let mut requests = RequestSender {
                outgoing: &mut self.outgoing,
                last_id: &mut self.last_id,
                unanswered,
                features: self.features,
                window: self.window,
            };
            if !operation.send_next(&mut requests) {
                break;
            }
        }
    }

    /// Writes what the stream takes; whether it took any.
    fn write(&mut self) -> Result<bool, Fault> {
        let mut moved = false;
        while !self.outgoing.is_empty() {
            let count = self.stream.write(self.outgoing.held())?;
            if count == 0 {
                break;
            }
            self.outgoing.gone(count);
            moved = true;
        }
        Ok(moved)
    }

    /// Reads what has come, up to a bound; whether anything came.
    fn read(&mut self) -> Result<bool, Fault> {
        let mut moved = false;
        while self.incoming.len() < limits::INCOMING {
            let room = self.incoming.room(limits::INCOMING);
            let count = self.stream.read(room)?;
            if count == 0 {
                break;
            }
            self.incoming.added(count);
            moved = true;
        }
        Ok(moved)
    }

    fn wait(&mut self, longest: Duration) -> Result<(), Fault> {
        self.stream.wait(!self.outgoing.is_empty(), longest)
    }

    /// Takes the replies that have come whole; whether there was one.
    fn take_replies<O: Operation>(
        &mut self,
        operation: &mut O,
        unanswered: &mut Unanswered<O::Tag>,
    ) -> Result<bool, Fault> {
        let mut answered = false;
        while let Some(packet) = reply::packet(self.incoming.held())? {
            let (id, reply) = reply::read(packet)?;
            let length = 4 + packet.len();
            if let Some(tag) = unanswered.answered(id) {
                operation.on_reply(tag, reply)?;
            } else if let Some(at) = self.keepalives.iter().position(|k| *k == id) {
                self.keepalives.swap_remove(at);
            } else {
                return Err(protocol_broken("it answers what it was not asked"));
            }
            self.incoming.gone(length);
            answered = true;
        }
        Ok(answered)
    }
}

/// No operation: only keep-alive requests are answered.
struct Idle;

impl Operation for Idle {
    type Tag = ();

    fn send_next(&mut self, _: &mut RequestSender<'_, ()>) -> bool {
        false
    }

    fn on_reply(&mut self, (): (), _: Reply<'_>) -> Result<(), Fault> {
        Ok(())
    }
}

/// One small request after the versions: what the server takes, if it can say so. The time to its reply is the round trip.
pub(super) struct Handshake {
    asked: bool,
    sync: bool,
    has_limits: bool,
    limits: [u64; 4],
}

impl Handshake {
    pub(super) fn new(packet: &[u8]) -> Result<Handshake, Fault> {
        let (version, extensions) = reply::version(packet).map_err(garbled)?;
        if version != request::VERSION {
            return Err(Fault::protocol(format!(
                "the server speaks SFTP version {version}; version 3 is needed"
            )));
        }
        let offers = |name: &[u8]| extensions.contains(&name);
        Ok(Handshake {
            asked: false,
            sync: offers(b"fsync@openssh.com"),
            has_limits: offers(b"limits@openssh.com"),
            limits: [0; 4],
        })
    }

    pub(super) fn features(&self) -> ServerFeatures {
        let [_, read, write, handles] = self.limits;
        let common = ServerFeatures::default();
        let piece = |stated: u64| match u32::try_from(stated) {
            Ok(0) => limits::COMMON_PIECE,
            Ok(n) => n.min(limits::LONGEST_PIECE),
            Err(_) => limits::LONGEST_PIECE,
        };
        ServerFeatures {
            sync: self.sync,
            exact_reads: read > 0,
            requests: match read {
                0 => common.requests,
                _ => limits::MORE_REQUESTS,
            },
            read: piece(read),
            write: piece(write),
            handles: match usize::try_from(handles) {
                Ok(0) | Err(_) => common.handles,
                Ok(n) => n.min(limits::MORE_HANDLES),
            },
        }
    }
}

impl Operation for Handshake {
    type Tag = ();

    fn send_next(&mut self, requests: &mut RequestSender<'_, ()>) -> bool {
        if self.asked {
            return false;
        }
        self.asked = true;
        let request = if self.has_limits {
            Request::Limits
        } else {
            Request::RealPath(b".")
        };
        requests.send((), request);
        true
    }

    fn on_reply(&mut self, (): (), reply: Reply<'_>) -> Result<(), Fault> {
        match reply {
            Reply::Extended(bytes) if self.has_limits => {
                self.limits = reply::server_limits(bytes).map_err(garbled)?;
                Ok(())
            }
            // A refusal gives the round trip, too.
            Reply::Status(..) => Ok(()),
            Reply::Names(_) if !self.has_limits => Ok(()),
            _ => Err(unexpected_reply()),
        }
    }
}

/// The fault of a server whose first bytes are no packet.
pub(super) fn garbled(found: Malformed) -> Fault {
    protocol_broken(&format!(
        "{}; if it prints a text at sign-in, that has to go",
        found.0
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::fault::FaultKind;

    fn hello(version: u32, extensions: &[&str]) -> Vec<u8> {
        let mut packet = vec![2];
        packet.extend(version.to_be_bytes());
        for text in extensions.iter().flat_map(|e| [*e, "1"]) {
            packet.extend(u32::try_from(text.len()).unwrap().to_be_bytes());
            packet.extend(text.bytes());
        }
        packet
    }

    #[test]
    fn only_version_3_is_spoken() {
        assert!(Handshake::new(&hello(3, &[])).is_ok());
        for version in [0, 2, 4, u32::MAX] {
            let fault = Handshake::new(&hello(version, &[])).err().unwrap();
            assert_eq!(fault.kind, FaultKind::Protocol);
        }
        assert!(Handshake::new(b"Welcome to our server").is_err());
    }

    #[test]
    fn what_the_server_takes_is_kept_within_bounds() {
        let mut handshake = Handshake::new(&hello(3, &["limits@openssh.com"])).unwrap();
        assert_eq!(handshake.features().read, 32 << 10);
        let mut answer = Vec::new();
        for limit in [u64::MAX, u64::MAX, 100_000, 7] {
            answer.extend(limit.to_be_bytes());
        }
        handshake.on_reply((), Reply::Extended(&answer)).unwrap();
        let features = handshake.features();
        assert_eq!((features.read, features.write), (255 << 10, 100_000));
        assert_eq!((features.handles, features.sync), (7, false));
        assert!(handshake.on_reply((), Reply::Extended(b"short")).is_err());
        assert!(handshake.on_reply((), Reply::Data(b"")).is_err());
    }
}
