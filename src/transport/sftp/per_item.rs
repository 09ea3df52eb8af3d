//! Operations of a few requests for each item of a batch: looking, removing, renaming, and emptying files.

use super::chunks::KnownResults;
use super::in_flight::{Operation, RequestSender};
use super::list::described;
use super::reply::{Reply, StatusCode, unexpected_reply};
use super::request::Request;
use crate::transport::fault::{Fault, FaultKind};
use crate::transport::place::RemoteFile;
use std::collections::VecDeque;

/// Takes the requests of an exchange.
type ItemRequests<'c, X> = RequestSender<'c, (usize, <X as Exchange>::Step)>;

/// The requests about one item, one after the other.
pub(super) trait Exchange {
    type Step;
    type Output;
    const FIRST: Self::Step;

    /// How many items there are.
    fn items(&self) -> usize;

    fn send(&self, item: usize, step: Self::Step, requests: &mut ItemRequests<'_, Self>);

    /// What a reply means for its item; a fault ends the connection.
    fn on_reply(
        &self,
        item: usize,
        step: Self::Step,
        reply: Reply<'_>,
    ) -> Result<Next<Self>, Fault>;
}

/// What follows a reply.
pub(super) enum Next<X: Exchange + ?Sized> {
    Step(X::Step),
    Done(Result<X::Output, Fault>),
}

/// An exchange about every item, items at the same time.
pub(super) struct PerItem<X: Exchange> {
    exchange: X,
    begun: usize,
    follow_ups: VecDeque<(usize, X::Step)>,
    /// The result of each item, as far as it is known.
    pub(super) results: KnownResults<X::Output>,
}

impl<X: Exchange> PerItem<X> {
    pub(super) fn new(exchange: X) -> PerItem<X> {
        PerItem {
            begun: 0,
            follow_ups: VecDeque::new(),
            results: (0..exchange.items()).map(|_| None).collect(),
            exchange,
        }
    }
}

impl<X: Exchange> Operation for PerItem<X> {
    type Tag = (usize, X::Step);

    fn send_next(&mut self, requests: &mut RequestSender<'_, Self::Tag>) -> bool {
        let (item, step) = match self.follow_ups.pop_front() {
            Some(follow_up) => follow_up,
            None if self.begun < self.results.len() => {
                self.begun += 1;
                (self.begun - 1, X::FIRST)
            }
            None => return false,
        };
        self.exchange.send(item, step, requests);
        true
    }

    fn on_reply(&mut self, (item, step): Self::Tag, reply: Reply<'_>) -> Result<(), Fault> {
        match self.exchange.on_reply(item, step, reply)? {
            Next::Step(step) => self.follow_ups.push_back((item, step)),
            Next::Done(result) => self.results[item] = Some(result),
        }
        Ok(())
    }
}

/// What has each path.
pub(super) struct Looking<'p>(pub(super) &'p [Vec<u8>]);

impl Exchange for Looking<'_> {
    type Step = ();
    type Output = Option<RemoteFile>;
    const FIRST: () = ();

    fn items(&self) -> usize {
        self.0.len()
    }

    fn send(&self, item: usize, (): (), requests: &mut ItemRequests<'_, Self>) {
        requests.send((item, ()), Request::Look(&self.0[item]));
    }

    fn on_reply(&self, item: usize, (): (), reply: Reply<'_>) -> Result<Next<Self>, Fault> {
        Ok(Next::Done(match reply {
            Reply::Attributes(found) => Ok(Some(described(file_name(&self.0[item]), &found))),
            Reply::Status(StatusCode::Missing, _) => Ok(None),
            Reply::Status(code, words) => Err(code.fault(words)),
            _ => return Err(unexpected_reply()),
        }))
    }
}

pub(super) struct Removing<'p>(pub(super) &'p [Vec<u8>]);

impl Exchange for Removing<'_> {
    type Step = ();
    type Output = ();
    const FIRST: () = ();

    fn items(&self) -> usize {
        self.0.len()
    }

    fn send(&self, item: usize, (): (), requests: &mut ItemRequests<'_, Self>) {
        requests.send((item, ()), Request::Remove(&self.0[item]));
    }

    fn on_reply(&self, _: usize, (): (), reply: Reply<'_>) -> Result<Next<Self>, Fault> {
        match reply {
            Reply::Status(code, words) => Ok(Next::Done(code.ok(words))),
            _ => Err(unexpected_reply()),
        }
    }
}

/// Renames pairs without replacing anything. Version 3 doesn't say whether RENAME replaces what has the new name; OpenSSH
/// refuses, others replace. So each new name is looked at first. Between the look and the renaming, a server that replaces
/// still may.
pub(super) struct Renaming<'p>(pub(super) &'p [(Vec<u8>, Vec<u8>)]);

pub(super) enum RenameStep {
    /// Looks whether the new name is free.
    LookBefore,
    Rename,
    /// Looks whether the new name was taken, after the renaming failed with this fault.
    LookAfter(Fault),
}

impl Exchange for Renaming<'_> {
    type Step = RenameStep;
    type Output = ();
    const FIRST: RenameStep = RenameStep::LookBefore;

    fn items(&self) -> usize {
        self.0.len()
    }

    fn send(&self, item: usize, step: RenameStep, requests: &mut ItemRequests<'_, Self>) {
        let (from, to) = &self.0[item];
        let request = match step {
            RenameStep::LookBefore | RenameStep::LookAfter(_) => Request::Look(to),
            RenameStep::Rename => Request::Rename { from, to },
        };
        requests.send((item, step), request);
    }

    fn on_reply(&self, _: usize, step: RenameStep, reply: Reply<'_>) -> Result<Next<Self>, Fault> {
        use RenameStep::{LookAfter, LookBefore, Rename};
        Ok(match (step, reply) {
            (LookBefore, Reply::Status(StatusCode::Missing, _)) => Next::Step(Rename),
            (Rename, Reply::Status(code @ StatusCode::Failure, words)) => {
                Next::Step(LookAfter(code.fault(words)))
            }
            (LookBefore | LookAfter(_), Reply::Attributes(_)) => Next::Done(Err(Fault::new(
                FaultKind::Exists,
                "something has the new name on the server already",
            ))),
            (LookAfter(fault), Reply::Status(..)) => Next::Done(Err(fault)),
            (LookBefore, Reply::Status(code, words)) => Next::Done(Err(code.fault(words))),
            (Rename, Reply::Status(code, words)) => Next::Done(code.ok(words)),
            _ => return Err(unexpected_reply()),
        })
    }
}

/// Makes files, or empties them, before their chunks come over several connections.
pub(super) struct Emptying<'p>(pub(super) &'p [Vec<u8>]);

pub(super) enum EmptyStep {
    Open,
    Close { handle: Vec<u8> },
}

impl Exchange for Emptying<'_> {
    type Step = EmptyStep;
    type Output = ();
    const FIRST: EmptyStep = EmptyStep::Open;

    fn items(&self) -> usize {
        self.0.len()
    }

    fn send(&self, item: usize, step: EmptyStep, requests: &mut ItemRequests<'_, Self>) {
        match step {
            EmptyStep::Open => {
                let (path, truncate) = (&self.0[item], true);
                requests.send((item, step), Request::Create { path, truncate });
            }
            EmptyStep::Close { handle } => {
                let sent = EmptyStep::Close { handle: Vec::new() };
                requests.send((item, sent), Request::Close(&handle));
            }
        }
    }

    fn on_reply(&self, _: usize, step: EmptyStep, reply: Reply<'_>) -> Result<Next<Self>, Fault> {
        Ok(match (step, reply) {
            (EmptyStep::Open, Reply::Handle(handle)) => Next::Step(EmptyStep::Close {
                handle: handle.to_vec(),
            }),
            (EmptyStep::Open, Reply::Status(code, words)) => Next::Done(Err(code.fault(words))),
            (EmptyStep::Close { .. }, Reply::Status(..)) => Next::Done(Ok(())),
            _ => return Err(unexpected_reply()),
        })
    }
}

/// The name at the end of a path.
fn file_name(path: &[u8]) -> &[u8] {
    let slash = path.iter().rposition(|b| *b == b'/');
    slash.map_or(path, |at| &path[at + 1..])
}
