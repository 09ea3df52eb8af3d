//! SFTP version 3 with many requests in flight on each connection, and several connections where they pay.
//!
//! A [`connection::Connection`] carries out an [`in_flight::Operation`]: it sends requests as long as there is room, writes
//! and reads what the stream takes and gives, hands out the replies, and waits only if nothing moves. The bytes of requests
//! and replies are in [`request`] and [`reply`]; everything a server says is bounded by [`limits`].

mod chunks;
mod connection;
mod entries;
mod fetch;
mod in_flight;
mod limits;
mod parallel;
mod reply;
mod request;
mod send;
#[cfg(test)]
mod tests;

use super::byte_stream::Connector;
use super::fault::Fault;
use super::place::{FileTransfer, Place, RemoteFile};
use chunks::{Batch, CUT_FROM, KnownResults, results};
use connection::Connection;
use entries::{Emptying, Exchange, FolderReader, Looking, PerItem, Removing, Renaming};
use in_flight::Operation;
pub use limits::SftpOptions;
use parallel::{Direction, SharedBatch, worthwhile_connections};
use send::arrived_with_other_size;

/// A place reached by SFTP. It connects when it is first used.
pub struct SftpPlace<C: Connector> {
    connector: C,
    options: SftpOptions,
    /// How many connections can be had, as far as is known.
    most_connections: usize,
    connections: Vec<Connection<C::Stream>>,
}

impl<C: Connector> SftpPlace<C> {
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
    fn exchange<X: Exchange>(
        &mut self,
        exchange: X,
        items: usize,
    ) -> (KnownResults<X::Output>, Option<Fault>) {
        let mut operation = PerItem::new(exchange, items);
        let lost = match items {
            0 => None,
            _ => self.drive(&mut operation).err(),
        };
        (operation.results, lost)
    }

    fn each<X: Exchange>(&mut self, exchange: X, items: usize) -> Vec<Result<X::Output, Fault>> {
        let (known, lost) = self.exchange(exchange, items);
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
        let is_cut =
            |f: &FileTransfer<'_>| cut && direction == Direction::Send && f.size >= CUT_FROM;
        let uploads = files.iter().enumerate().filter(|(_, f)| is_cut(f));
        let (uploads, paths): (Vec<(usize, u64)>, Vec<Vec<u8>>) = uploads
            .map(|(item, f)| ((item, f.size), f.path.clone()))
            .unzip();
        let batch = Batch::new(files, cut);
        let (emptied, lost) = self.exchange(Emptying(&paths), paths.len());
        if lost.is_some() {
            return batch.results(Vec::new(), lost.as_ref());
        }
        let mut done = Vec::new();
        for (&(item, _), emptied) in uploads.iter().zip(emptied) {
            if let Some(Err(fault)) = emptied {
                batch.queue.remove_item(item);
                done.push((item, Err(fault)));
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
        // Files that were sent in chunks are as long as they should be, or did not arrive.
        for ((item, size), found) in uploads.into_iter().zip(self.look(&paths)) {
            if results[item].is_ok() {
                results[item] = match found {
                    Ok(Some(file)) if file.size == size => Ok(()),
                    Ok(_) => Err(arrived_with_other_size()),
                    Err(fault) => Err(fault),
                };
            }
        }
        results
    }
}

impl<C: Connector> Place for SftpPlace<C> {
    fn connect(&mut self) -> Result<(), Fault> {
        self.first().map(|_| ())
    }

    fn list(&mut self, folder: &[u8]) -> Result<Vec<RemoteFile>, Fault> {
        let mut listing = FolderReader::new(folder);
        self.drive(&mut listing)?;
        listing.into_entries()
    }

    fn fetch(&mut self, files: Vec<FileTransfer<'_>>) -> Vec<Result<(), Fault>> {
        self.transfer(Direction::Fetch, files)
    }

    fn send(&mut self, files: Vec<FileTransfer<'_>>) -> Vec<Result<(), Fault>> {
        self.transfer(Direction::Send, files)
    }

    fn look(&mut self, paths: &[Vec<u8>]) -> Vec<Result<Option<RemoteFile>, Fault>> {
        self.each(Looking(paths), paths.len())
    }

    fn rename(&mut self, pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<Result<(), Fault>> {
        self.each(Renaming(pairs), pairs.len())
    }

    fn remove(&mut self, paths: &[Vec<u8>]) -> Vec<Result<(), Fault>> {
        self.each(Removing(paths), paths.len())
    }

    fn keep_alive(&mut self) {
        self.connections.retain_mut(Connection::keep_alive);
    }

    fn disconnect(&mut self) {
        self.connections.clear();
    }
}
