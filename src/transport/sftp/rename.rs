//! Renaming without replacing.

use super::reply::Reply;
use super::request::Request;
use super::status::{self, Code, misfit};
use super::work::{Asking, Work};
use crate::transport::{Fault, FaultKind};
use std::collections::VecDeque;

/// What a request of a renaming was for, and of which pair.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tag {
    /// Whether the new name is free.
    Before(usize),
    Rename(usize),
    /// Whether the new name was taken, after all.
    After(usize),
}

/// Pairs being renamed. Version 3 doesn't say whether RENAME replaces what has the new name; OpenSSH refuses, others
/// replace. So each new name is looked at first. Between the look and the renaming, a server that replaces still may.
pub(super) struct Renaming<'p> {
    pairs: &'p [(Vec<u8>, Vec<u8>)],
    next: usize,
    then: VecDeque<Tag>,
    failed: Vec<Option<Fault>>,
    /// What came of each, as far as is known.
    pub(super) results: Vec<Option<Result<(), Fault>>>,
}

impl<'p> Renaming<'p> {
    /// Pairs to be renamed, from and to.
    pub(super) fn new(pairs: &'p [(Vec<u8>, Vec<u8>)]) -> Renaming<'p> {
        Renaming {
            pairs,
            next: 0,
            then: VecDeque::new(),
            failed: pairs.iter().map(|_| None).collect(),
            results: pairs.iter().map(|_| None).collect(),
        }
    }
}

impl Work for Renaming<'_> {
    type Tag = Tag;

    fn ask(&mut self, asking: &mut Asking<'_, Tag>) -> bool {
        let tag = match self.then.pop_front() {
            Some(tag) => tag,
            None if self.next < self.pairs.len() => {
                self.next += 1;
                Tag::Before(self.next - 1)
            }
            None => return false,
        };
        let request = match tag {
            Tag::Before(at) | Tag::After(at) => Request::Look(&self.pairs[at].1),
            Tag::Rename(at) => Request::Rename {
                from: &self.pairs[at].0,
                to: &self.pairs[at].1,
            },
        };
        asking.ask(tag, request);
        true
    }

    fn take(&mut self, tag: Tag, reply: Reply<'_>) -> Result<(), Fault> {
        match (tag, reply) {
            (Tag::Before(at), Reply::Attributes(_)) => self.results[at] = Some(Err(taken())),
            (Tag::Before(at), Reply::Status(Code::Missing, _)) => {
                self.then.push_back(Tag::Rename(at));
            }
            (Tag::Before(at), Reply::Status(code, words)) => {
                self.results[at] = Some(Err(status::fault(code, words)));
            }
            (Tag::Rename(at), Reply::Status(Code::Fine, _)) => self.results[at] = Some(Ok(())),
            (Tag::Rename(at), Reply::Status(Code::Failure, words)) => {
                self.failed[at] = Some(status::fault(Code::Failure, words));
                self.then.push_back(Tag::After(at));
            }
            (Tag::Rename(at), Reply::Status(code, words)) => {
                self.results[at] = Some(Err(status::fault(code, words)));
            }
            (Tag::After(at), Reply::Attributes(_)) => self.results[at] = Some(Err(taken())),
            (Tag::After(at), Reply::Status(..)) => {
                self.results[at] = self.failed[at].take().map(Err);
            }
            _ => return Err(misfit()),
        }
        Ok(())
    }
}

fn taken() -> Fault {
    Fault::new(
        FaultKind::Exists,
        "something has the new name on the server already",
    )
}
