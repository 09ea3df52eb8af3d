//! SFTP version 3 with many requests in flight on each connection, and several connections where they pay.
//!
//! A [`connection::Connection`] carries out an [`in_flight::Operation`]: it sends requests as long as there is room, writes
//! and reads what the stream takes and gives, hands out the replies, and waits only if nothing moves. The bytes of requests
//! and replies are in [`request`] and [`reply`]; everything a server says is bounded by [`limits`].

mod buffer;
mod chunks;
mod connection;
mod fetch;
mod handshake;
mod in_flight;
mod limits;
mod list;
mod open_files;
mod parallel;
mod per_item;
mod reply;
mod request;
mod send;
#[cfg(test)]
mod tests;
mod timeouts;

use super::byte_stream::Connector;
use super::fault::Fault;
use super::place::{Fetch, Place, RemoteFile, Upload};
use chunks::{Batch, CUT_FROM, FileTransfer, KnownResults, results};
use connection::Connection;
use in_flight::Operation;
use list::Listing;
use parallel::{Direction, SharedBatch, worthwhile_connections};
use per_item::{Emptying, Exchange, Looking, PerItem, Removing, Renaming};
use send::arrived_with_other_size;
pub use timeouts::SftpOptions;

/// A place reached by SFTP. It connects when it is first used.
pub struct SftpPlace<C: Connector> {
    connector: C,
    options: SftpOptions,
    /// How many connections can be had, as far as is known.
    most_connections: usize,
    connections: Vec<Connection<C::Stream>>,
}

impl<C: Connector> SftpPlace<C> {
    /// Nothing is connected to yet.
    pub fn new(connector: C, options: SftpOptions) -> SftpPlace<C> {
        SftpPlace {
            connector,
            most_connections: options.connections.max(1),
            options,
            connections: Vec::new(),
        }
    }

    /// The first connection. It is made if there is none, or none whose server hasn't hung up.
    fn first(&mut self) -> Result<&mut Connection<C::Stream>, Fault> {
        self.connections.retain_mut(Connection::is_alive);
        if self.connections.is_empty() {
            self.options.check_stop()?;
            let stream = self.connector.connect()?;
            let connection = Connection::open(stream, self.options.clone())?;
            self.connections.push(connection);
            self.most_connections = self.options.connections.max(1);
        }
        Ok(&mut self.connections[0])
    }

    /// Carries out an operation on the first connection; a fault if it was lost before the end.
    fn drive(&mut self, operation: &mut impl Operation) -> Result<(), Fault> {
        let ended = self.first()?.drive(operation);
        if ended.is_err() {
            self.connections.remove(0);
        }
        ended
    }

    /// Carries out an exchange about every item. Returns the results that are known and, if the connection was lost, why.
    fn exchange<X: Exchange>(&mut self, exchange: X) -> (KnownResults<X::Output>, Option<Fault>) {
        let mut operation = PerItem::new(exchange);
        let lost = match operation.results.is_empty() {
            true => None,
            false => self.drive(&mut operation).err(),
        };
        (operation.results, lost)
    }

    fn each<X: Exchange>(&mut self, exchange: X) -> Vec<Result<X::Output, Fault>> {
        let (known, lost) = self.exchange(exchange);
        results(known, lost.as_ref())
    }

    /// Moves files over as many connections as pay.
    fn transfer(
        &mut self,
        direction: Direction,
        files: Vec<FileTransfer<'_>>,
    ) -> Vec<Result<(), Fault>> {
        if files.is_empty() {
            return Vec::new();
        }
        let round_trip = match self.first() {
            Ok(connection) => connection.round_trip,
            Err(fault) => return results(files.iter().map(|_| None).collect(), Some(&fault)),
        };
        let sizes = files.iter().map(|f| f.size);
        let wanted =
            worthwhile_connections(direction, round_trip, sizes).min(self.most_connections);
        let cut = wanted > 1;
        // Every chunk of a cut file writes into it, so it has to exist, and be empty, before the first one does.
        let uploads = match direction {
            Direction::Send if cut => CutUploads::of(&files),
            _ => CutUploads::default(),
        };
        let batch = Batch::new(files, cut);
        let (emptied, lost) = self.exchange(Emptying(&uploads.paths));
        if lost.is_some() {
            return batch.results(Vec::new(), lost.as_ref());
        }
        let mut done = Vec::new();
        for (item, emptied) in uploads.items.iter().zip(emptied) {
            if let Some(Err(fault)) = emptied {
                batch.queue.remove_item(*item);
                done.push((*item, Err(fault)));
            }
        }
        let shared = SharedBatch {
            direction,
            connector: &self.connector,
            options: &self.options,
            queue: &batch.queue,
        };
        let outcome = shared.run(std::mem::take(&mut self.connections), wanted);
        self.connections = outcome.connections;
        done.extend(outcome.done);
        if outcome.refused {
            self.most_connections = self.connections.len().max(1);
        }
        let mut results = batch.results(done, outcome.lost.as_ref());
        self.check_sizes(&uploads, &mut results);
        results
    }

    /// Checks whether files that were sent in chunks are as long as they should be.
    fn check_sizes(&mut self, uploads: &CutUploads, results: &mut [Result<(), Fault>]) {
        let found = self.look(&uploads.paths);
        for ((&item, &size), found) in uploads.items.iter().zip(&uploads.sizes).zip(found) {
            if results[item].is_ok() {
                results[item] = match found {
                    Ok(Some(file)) if file.size == size => Ok(()),
                    Ok(_) => Err(arrived_with_other_size()),
                    Err(fault) => Err(fault),
                };
            }
        }
    }
}

/// The files of a batch that are sent in chunks.
#[derive(Default)]
struct CutUploads {
    items: Vec<usize>,
    sizes: Vec<u64>,
    paths: Vec<Vec<u8>>,
}

impl CutUploads {
    fn of(files: &[FileTransfer<'_>]) -> CutUploads {
        let mut uploads = CutUploads::default();
        for (item, file) in files.iter().enumerate() {
            if file.size >= CUT_FROM {
                uploads.items.push(item);
                uploads.sizes.push(file.size);
                uploads.paths.push(file.path.clone());
            }
        }
        uploads
    }
}

impl<C: Connector> Place for SftpPlace<C> {
    fn connect(&mut self) -> Result<(), Fault> {
        self.first().map(|_| ())
    }

    fn list(&mut self, folder: &[u8]) -> Result<Vec<RemoteFile>, Fault> {
        let mut listing = Listing::new(folder);
        self.drive(&mut listing)?;
        listing.into_entries()
    }

    fn fetch(&mut self, files: Vec<Fetch<'_>>) -> Vec<Result<(), Fault>> {
        let files = files.into_iter().map(|f| FileTransfer {
            path: f.path,
            size: f.size,
            opener: f.into,
        });
        self.transfer(Direction::Fetch, files.collect())
    }

    fn send(&mut self, files: Vec<Upload<'_>>) -> Vec<Result<(), Fault>> {
        let files = files.into_iter().map(|f| FileTransfer {
            path: f.path,
            size: f.size,
            opener: f.from,
        });
        self.transfer(Direction::Send, files.collect())
    }

    fn look(&mut self, paths: &[Vec<u8>]) -> Vec<Result<Option<RemoteFile>, Fault>> {
        self.each(Looking(paths))
    }

    fn rename(&mut self, pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<Result<(), Fault>> {
        self.each(Renaming(pairs))
    }

    fn remove(&mut self, paths: &[Vec<u8>]) -> Vec<Result<(), Fault>> {
        self.each(Removing(paths))
    }

    fn keep_alive(&mut self) {
        self.connections.retain_mut(Connection::keep_alive);
    }

    fn disconnect(&mut self) {
        self.connections.clear();
    }
}
