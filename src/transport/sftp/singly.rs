//! Work of one request per item.

use super::list::seen;
use super::reply::Reply;
use super::request::Request;
use super::status::{self, Code, misfit};
use super::work::{Asking, Work};
use crate::transport::{Fault, RemoteFile};

/// What an answer means for its item; the outer fault ends the connection.
type Meaning<T> = fn(&[u8], Reply<'_>) -> Result<Result<T, Fault>, Fault>;

/// One request for each path.
pub(super) struct Singly<'p, T> {
    paths: &'p [Vec<u8>],
    next: usize,
    request: for<'r> fn(&'r [u8]) -> Request<'r>,
    meaning: Meaning<T>,
    /// What came of each, as far as is known.
    pub(super) results: Vec<Option<Result<T, Fault>>>,
}

impl<'p, T> Singly<'p, T> {
    fn new(
        paths: &'p [Vec<u8>],
        request: for<'r> fn(&'r [u8]) -> Request<'r>,
        meaning: Meaning<T>,
    ) -> Singly<'p, T> {
        Singly {
            paths,
            next: 0,
            request,
            meaning,
            results: paths.iter().map(|_| None).collect(),
        }
    }
}

/// Looks at paths.
pub(super) fn look(paths: &[Vec<u8>]) -> Singly<'_, Option<RemoteFile>> {
    Singly::new(
        paths,
        |p| Request::Look(p),
        |path, reply| {
            Ok(match reply {
                Reply::Attributes(found) => Ok(Some(seen(last(path), &found))),
                Reply::Status(Code::Missing, _) => Ok(None),
                Reply::Status(code, words) => Err(status::fault(code, words)),
                _ => return Err(misfit()),
            })
        },
    )
}

/// Removes files.
pub(super) fn remove(paths: &[Vec<u8>]) -> Singly<'_, ()> {
    Singly::new(
        paths,
        |p| Request::Remove(p),
        |_, reply| {
            Ok(match reply {
                Reply::Status(Code::Fine, _) => Ok(()),
                Reply::Status(code, words) => Err(status::fault(code, words)),
                _ => return Err(misfit()),
            })
        },
    )
}

impl<T> Work for Singly<'_, T> {
    type Tag = usize;

    fn ask(&mut self, asking: &mut Asking<'_, usize>) -> bool {
        let Some(path) = self.paths.get(self.next) else {
            return false;
        };
        asking.ask(self.next, (self.request)(path));
        self.next += 1;
        true
    }

    fn take(&mut self, tag: usize, reply: Reply<'_>) -> Result<(), Fault> {
        let meaning = (self.meaning)(&self.paths[tag], reply)?;
        self.results[tag] = Some(meaning);
        Ok(())
    }
}

/// The name at the end of a path.
fn last(path: &[u8]) -> &[u8] {
    path.rsplit(|b| *b == b'/').next().unwrap_or(path)
}
