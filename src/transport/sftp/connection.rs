//! One connection: bytes out, bytes in, and the requests that have no answer yet.

use super::buffer::Buffer;
use super::greeting::{Greeting, garbled};
use super::limits;
use super::reply::{self, Malformed};
use super::request::{self, Request};
use super::status::broken;
use super::terms::SftpOptions;
use super::watch::Watch;
use super::work::{Asking, Features, InFlight, Work};
use crate::transport::Fault;
use crate::transport::byte_stream::ByteStream;
use std::time::{Duration, Instant};

/// Signs of life that may go without an answer.
const SIGNS: usize = 3;
/// How long a sign of life is waited for; a later answer counts the next time.
const SIGN: Duration = Duration::from_secs(1);

/// A connection whose server has said its version.
pub(super) struct Connection<L> {
    line: L,
    out: Buffer,
    coming: Buffer,
    next: u32,
    /// Signs of life without an answer.
    signs: Vec<u32>,
    terms: SftpOptions,
    features: Features,
    /// The time from a small request to its answer.
    pub(super) round_trip: Duration,
    /// How many bytes of files are on their way at the same time.
    pub(super) window: usize,
}

impl<L: ByteStream> Connection<L> {
    /// Exchanges versions and learns what the server can do and how far away it is.
    pub(super) fn open(line: L, terms: SftpOptions) -> Result<Connection<L>, Fault> {
        let mut new = Connection {
            line,
            out: Buffer::default(),
            coming: Buffer::default(),
            next: 0,
            signs: Vec::new(),
            terms,
            features: Features {
                sync: false,
                exact: false,
                read: limits::COMMON_PIECE,
                write: limits::COMMON_PIECE,
                requests: limits::REQUESTS,
                handles: limits::HANDLES,
            },
            round_trip: Duration::ZERO,
            window: 0,
        };
        request::hello(&mut new.out);
        let watch = Watch::new();
        let mut greeting = loop {
            new.terms.go_on()?;
            watch.look(&new.terms, false)?;
            new.write()?;
            new.read()?;
            if let Some(length) = reply::length(new.coming.held()).map_err(garbled)?
                && let Some(packet) = new.coming.held().get(4..length)
            {
                let greeting = Greeting::new(packet)?;
                new.coming.gone(length);
                break greeting;
            }
            let writing = !new.out.is_empty();
            new.line.wait(writing, new.terms.turn())?;
        };
        let asked = Instant::now();
        new.drive(&mut greeting)?;
        new.round_trip = asked.elapsed();
        new.features = greeting.features();
        new.window = super::pace::window(new.round_trip);
        Ok(new)
    }

    /// Whether the server has not hung up, as far as is known here.
    pub(super) fn alive(&mut self) -> bool {
        self.read().is_ok()
    }

    /// Does work to its end. A fault means that the connection is of no more use.
    pub(super) fn drive<W: Work>(&mut self, work: &mut W) -> Result<(), Fault> {
        let (mut flight, mut watch) = (InFlight::default(), Watch::new());
        loop {
            self.terms.go_on()?;
            self.ask(work, &mut flight);
            if flight.len() == 0 {
                break;
            }
            let mut moved = self.write()?;
            moved |= self.read()?;
            if self.answer(work, &mut flight)? {
                watch.answered();
            }
            if moved {
                watch.moved();
            }
            watch.look(&self.terms, flight.patient())?;
            if !moved {
                let writing = !self.out.is_empty();
                self.line.wait(writing, self.terms.turn())?;
            }
        }
        self.out.rest();
        self.coming.rest();
        Ok(())
    }

    /// Gives a sign of life and takes answers to earlier ones; `false`: the server is dead.
    pub(super) fn sign_of_life(&mut self) -> bool {
        if self.signs.len() >= SIGNS {
            return false;
        }
        self.next = self.next.wrapping_add(1);
        Request::RealPath(b".").put(self.next, &mut self.out);
        self.signs.push(self.next);
        self.until_signs_answered().is_ok()
    }

    fn until_signs_answered(&mut self) -> Result<(), Fault> {
        let began = Instant::now();
        while !self.signs.is_empty() {
            let left = SIGN.min(self.terms.request).saturating_sub(began.elapsed());
            if left.is_zero() {
                break;
            }
            self.terms.go_on()?;
            self.write()?;
            self.read()?;
            self.answer(&mut Idle, &mut InFlight::default())?;
            if !self.signs.is_empty() {
                let writing = !self.out.is_empty();
                self.line.wait(writing, left.min(self.terms.turn()))?;
            }
        }
        Ok(())
    }

    fn ask<W: Work>(&mut self, work: &mut W, flight: &mut InFlight<W::Tag>) {
        while flight.len() < self.features.requests
            && flight.bytes() < self.window.max(1)
            && self.out.len() < limits::OUTGOING
        {
            let mut asking = Asking {
                out: &mut self.out,
                next: &mut self.next,
                flight,
                features: self.features,
                window: self.window,
            };
            if !work.ask(&mut asking) {
                break;
            }
        }
    }

    /// Writes what goes; whether anything went.
    fn write(&mut self) -> Result<bool, Fault> {
        let mut moved = false;
        while !self.out.is_empty() {
            let count = self.line.write(self.out.held())?;
            if count == 0 {
                break;
            }
            self.out.gone(count);
            moved = true;
        }
        Ok(moved)
    }

    /// Reads what has come, up to a bound; whether anything came.
    fn read(&mut self) -> Result<bool, Fault> {
        let mut moved = false;
        while self.coming.len() < limits::INCOMING {
            let room = self.coming.room(limits::INCOMING);
            let count = self.line.read(room)?;
            if count == 0 {
                break;
            }
            self.coming.added(count);
            moved = true;
        }
        Ok(moved)
    }

    /// Takes the answers that have come whole; whether there was one.
    fn answer<W: Work>(
        &mut self,
        work: &mut W,
        flight: &mut InFlight<W::Tag>,
    ) -> Result<bool, Fault> {
        let mut answered = false;
        while let Some(length) = reply::length(self.coming.held()).map_err(strange)? {
            let Some(packet) = self.coming.held().get(4..length) else {
                break;
            };
            let (id, reply) = reply::read(packet).map_err(strange)?;
            if let Some(tag) = flight.answered(id) {
                work.take(tag, reply)?;
            } else if let Some(at) = self.signs.iter().position(|s| *s == id) {
                self.signs.swap_remove(at);
            } else {
                return Err(broken("it answers what it was not asked"));
            }
            self.coming.gone(length);
            answered = true;
        }
        Ok(answered)
    }
}

/// No work: only signs of life are answered.
struct Idle;

impl Work for Idle {
    type Tag = ();

    fn ask(&mut self, _: &mut Asking<'_, ()>) -> bool {
        false
    }

    fn take(&mut self, (): (), _: reply::Reply<'_>) -> Result<(), Fault> {
        Ok(())
    }
}

fn strange(found: Malformed) -> Fault {
    broken(found.0)
}
