//! SFTP version 3, spoken with many requests in flight on each connection and several connections where they pay.
//!
//! A [`Connection`] drives a [`work::Work`]: it asks as long as there is room, writes what goes, reads what has come,
//! hands out the answers, and waits only if nothing moves. What is sent and what is expected is in [`request`] and
//! [`reply`]; everything a server says is bounded by [`limits`].

mod buffer;
mod connection;
mod fetch;
mod greeting;
mod limits;
mod list;
mod local;
mod pace;
mod parts;
mod rename;
mod reply;
mod request;
mod send;
mod share;
mod singly;
mod slots;
mod status;
mod terms;
#[cfg(test)]
mod tests;
mod truncate;
mod watch;
mod work;

use super::byte_stream::Connector;
use super::{Fault, FaultKind, Fetch, Opener, Place, RemoteFile, Upload};
use connection::Connection;
use parts::{Batch, CUT_FROM, settled};
use share::Way;
pub use terms::SftpOptions;
use work::Work;

/// A place reached by SFTP. It dials when it is first used.
pub struct SftpPlace<D: Connector> {
    dial: D,
    terms: SftpOptions,
    /// How many connections are to be had, as far as is known.
    most: usize,
    lines: Vec<Connection<D::Stream>>,
}

/// A file of a batch: its path, its size and the local file.
type Item<'a> = (Vec<u8>, u64, Opener<'a>);

impl<D: Connector> SftpPlace<D> {
    /// A place whose connections are made by `dial`.
    pub fn new(dial: D, terms: SftpOptions) -> SftpPlace<D> {
        SftpPlace {
            dial,
            most: terms.sessions.max(1),
            terms,
            lines: Vec::new(),
        }
    }

    /// The first connection; made if there is none, or none whose server hasn't hung up.
    fn first(&mut self) -> Result<&mut Connection<D::Stream>, Fault> {
        self.lines.retain_mut(Connection::alive);
        if self.lines.is_empty() {
            self.terms.go_on()?;
            let line = self.dial.connect()?;
            self.lines.push(Connection::open(line, self.terms.clone())?);
            self.most = self.terms.sessions.max(1);
        }
        let none = || Fault::new(FaultKind::Transient, "there is no connection");
        self.lines.first_mut().ok_or_else(none)
    }

    /// Does work on the first connection; a fault if it was lost before the end.
    fn alone(&mut self, work: &mut impl Work) -> Result<(), Fault> {
        let ended = self.first()?.drive(work);
        if ended.is_err() {
            self.lines.remove(0);
        }
        ended
    }

    /// Moves files over as many connections as pay.
    fn moved(&mut self, way: Way, files: Vec<Item<'_>>) -> Vec<Result<(), Fault>> {
        let sizes = files.iter().map(|f| f.1);
        if files.is_empty() {
            return Vec::new();
        }
        let round_trip = match self.first() {
            Ok(line) => line.round_trip,
            Err(fault) => return settled(files.iter().map(|_| None).collect(), Some(&fault)),
        };
        let wanted = pace::lines(way, round_trip, sizes).min(self.most);
        let cut = wanted > 1;
        let (mut paths, mut large) = (Vec::new(), Vec::new());
        if cut && way == Way::Upload {
            let cuts = files.iter().enumerate().filter(|(_, f)| f.1 >= CUT_FROM);
            (large, paths) = cuts.map(|(at, f)| ((at, f.1), f.0.clone())).unzip();
        }
        let batch = Batch::new(files.into_iter(), cut);
        let mut done = Vec::new();
        // Every part writes into the file, so it is there and empty before the first of them.
        let mut emptied = truncate::Truncating::new(&paths);
        if let Err(fault) = self.alone_if_any(&mut emptied, &paths) {
            return batch.results(done, Some(&fault));
        }
        for ((item, _), result) in large.iter().zip(settled(emptied.results, None)) {
            if let Err(fault) = result {
                batch.queue.without(*item);
                done.push((*item, Err(fault)));
            }
        }
        let lines = std::mem::take(&mut self.lines);
        let terms = (&self.dial, &self.terms);
        let shared = share::share((way, wanted), lines, terms, &batch.queue);
        self.lines = shared.lines;
        done.extend(shared.done);
        if shared.refused {
            self.most = self.lines.len().max(1);
        }
        let mut results = batch.results(done, shared.lost.as_ref());
        self.compare(&large, &paths, &mut results);
        results
    }

    fn alone_if_any(&mut self, work: &mut impl Work, paths: &[Vec<u8>]) -> Result<(), Fault> {
        match paths.is_empty() {
            true => Ok(()),
            false => self.alone(work),
        }
    }

    /// Looks whether files that were sent in parts are as long as they should be.
    fn compare(
        &mut self,
        large: &[(usize, u64)],
        paths: &[Vec<u8>],
        results: &mut [Result<(), Fault>],
    ) {
        for (&(item, size), found) in large.iter().zip(self.look(paths)) {
            if results[item].is_ok() {
                results[item] = match found {
                    Ok(Some(entry)) if entry.size == size => Ok(()),
                    Ok(_) => Err(Fault::new(
                        FaultKind::Changed,
                        "the file did not arrive as long as it was sent",
                    )),
                    Err(fault) => Err(fault),
                };
            }
        }
    }
}

impl<D: Connector> Place for SftpPlace<D> {
    fn connect(&mut self) -> Result<(), Fault> {
        self.first().map(|_| ())
    }

    fn list(&mut self, folder: &[u8]) -> Result<Vec<RemoteFile>, Fault> {
        let mut work = list::Listing::new(folder);
        self.alone(&mut work)?;
        work.done()
    }

    fn fetch(&mut self, files: Vec<Fetch<'_>>) -> Vec<Result<(), Fault>> {
        let items = files.into_iter().map(|f| (f.path, f.size, f.into));
        self.moved(Way::Fetch, items.collect())
    }

    fn send(&mut self, files: Vec<Upload<'_>>) -> Vec<Result<(), Fault>> {
        let items = files.into_iter().map(|f| (f.path, f.size, f.from));
        self.moved(Way::Upload, items.collect())
    }

    fn look(&mut self, paths: &[Vec<u8>]) -> Vec<Result<Option<RemoteFile>, Fault>> {
        let mut work = singly::look(paths);
        let lost = self.alone_if_any(&mut work, paths).err();
        settled(work.results, lost.as_ref())
    }

    fn rename(&mut self, pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<Result<(), Fault>> {
        let mut work = rename::Renaming::new(pairs);
        let lost = match pairs.is_empty() {
            true => None,
            false => self.alone(&mut work).err(),
        };
        settled(work.results, lost.as_ref())
    }

    fn remove(&mut self, paths: &[Vec<u8>]) -> Vec<Result<(), Fault>> {
        let mut work = singly::remove(paths);
        let lost = self.alone_if_any(&mut work, paths).err();
        settled(work.results, lost.as_ref())
    }

    fn keep_alive(&mut self) {
        self.lines.retain_mut(Connection::sign_of_life);
    }

    fn disconnect(&mut self) {
        self.lines.clear();
    }
}
