//! One connection: bytes out, bytes in, and the requests that have no reply yet.

use super::buffer::Buffer;
use super::handshake::{Handshake, garbled};
use super::in_flight::{Operation, RequestSender, ServerFeatures, Unanswered};
use super::limits;
use super::reply::{self, Reply, protocol_broken};
use super::request::{self, Request};
use super::timeouts::{ResponseTimer, SftpOptions};
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
            if unanswered.len() == 0 {
                break;
            }
            let mut moved = self.write()?;
            moved |= self.read()?;
            if self.take_replies(operation, &mut unanswered)? {
                timer.reply_came();
            }
            if moved {
                timer.bytes_moved();
            }
            timer.check(&self.options, unanswered.any_slow())?;
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
        while unanswered.len() < self.features.requests
            && unanswered.bytes() < self.window
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
