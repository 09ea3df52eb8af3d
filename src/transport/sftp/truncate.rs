//! Making files empty before their parts come over several connections.

use super::reply::Reply;
use super::request::Request;
use super::status::{self, misfit};
use super::work::{Asking, Work};
use crate::transport::Fault;
use std::collections::VecDeque;

/// What a request was for, and of which file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tag {
    Open(usize),
    Close(usize),
}

/// Files being made, or made empty.
pub(super) struct Truncating<'p> {
    paths: &'p [Vec<u8>],
    next: usize,
    open: VecDeque<(usize, Vec<u8>)>,
    /// What came of each, as far as is known.
    pub(super) results: Vec<Option<Result<(), Fault>>>,
}

impl<'p> Truncating<'p> {
    /// Files to be made.
    pub(super) fn new(paths: &'p [Vec<u8>]) -> Truncating<'p> {
        Truncating {
            paths,
            next: 0,
            open: VecDeque::new(),
            results: paths.iter().map(|_| None).collect(),
        }
    }
}

impl Work for Truncating<'_> {
    type Tag = Tag;

    fn ask(&mut self, asking: &mut Asking<'_, Tag>) -> bool {
        if let Some((at, handle)) = self.open.pop_front() {
            asking.ask(Tag::Close(at), Request::Close(&handle));
        } else if let Some(path) = self.paths.get(self.next) {
            let truncate = true;
            asking.ask(Tag::Open(self.next), Request::Create { path, truncate });
            self.next += 1;
        } else {
            return false;
        }
        true
    }

    fn take(&mut self, tag: Tag, reply: Reply<'_>) -> Result<(), Fault> {
        match (tag, reply) {
            (Tag::Open(at), Reply::Handle(handle)) => self.open.push_back((at, handle.to_vec())),
            (Tag::Open(at), Reply::Status(code, words)) => {
                self.results[at] = Some(Err(status::fault(code, words)));
            }
            (Tag::Close(at), Reply::Status(..)) => self.results[at] = Some(Ok(())),
            _ => return Err(misfit()),
        }
        Ok(())
    }
}
