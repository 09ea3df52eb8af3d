//! A place in memory, for tests of what is done at places.
//!
//! Clones are clients of one server: what one sends another fetches, and the server outlives them all. The seam
//! ([`Memory::set_seam`]) lets a test lose a connection before an effect (it didn't come about) or after it (it did, but
//! the answer is lost).

mod server;

use super::place::{Entry, Fetch, Place, Send, Size};
use super::{Fault, FaultKind};
use server::Server;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which side of an effect the seam is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// An error here keeps the effect from coming about.
    Before,
    /// An error here loses the answer alone.
    After,
}

/// What is called on both sides of every effect, with its name.
pub(crate) type Seam = dyn Fn(Side, &'static str) -> io::Result<()> + std::marker::Send + Sync;

/// A client of a server in memory. The account starts in `/`.
#[derive(Clone, Default)]
pub struct Memory {
    shared: Arc<Shared>,
    connected: bool,
}

#[derive(Default)]
struct Shared {
    server: Mutex<Server>,
    seam: Mutex<Option<Arc<Seam>>>,
}

impl Memory {
    /// A client of a new server, which has the folder `/` alone.
    pub fn new() -> Memory {
        Memory::default()
    }

    /// Calls this on both sides of every effect from now on: `connect`, `list`, `fetch`, `look`, `rename`, `remove`,
    /// and for a file that is sent `create`, `send half` and `send`.
    pub fn set_seam(
        &self,
        seam: impl Fn(Side, &'static str) -> io::Result<()> + std::marker::Send + Sync + 'static,
    ) {
        *locked(&self.shared.seam) = Some(Arc::new(seam));
    }

    /// Calls nothing on either side from now on.
    pub fn clear_seam(&self) {
        *locked(&self.shared.seam) = None;
    }

    /// Makes a folder and those above it.
    pub fn make_folder(&self, path: &str) {
        self.server().make_folder(path.as_bytes());
    }

    /// Removes a folder with all that is in it.
    pub fn remove_folder(&self, path: &str) {
        self.server().remove_folder(path.as_bytes());
    }

    /// Puts a file there as somebody else does, in place of what has its name, changed now by the server's clock.
    pub fn put(&self, path: impl AsRef<[u8]>, content: impl Into<Vec<u8>>) {
        self.server().put(path.as_ref(), content.into());
    }

    /// Puts a link or the like there.
    pub fn put_other(&self, path: impl AsRef<[u8]>) {
        self.server().put_other(path.as_ref());
    }

    /// Takes a file away as somebody else does. Whether it was there.
    pub fn take(&self, path: impl AsRef<[u8]>) -> bool {
        self.server().take(path.as_ref())
    }

    /// What a file holds.
    pub fn content(&self, path: impl AsRef<[u8]>) -> Option<Vec<u8>> {
        self.server().content(path.as_ref())
    }

    /// The paths of all files, in order.
    pub fn paths(&self) -> Vec<String> {
        self.server().paths()
    }

    /// Sets the server's clock, by which files are changed: Unix seconds.
    pub fn set_clock(&self, seconds: i64) {
        self.server().clock = seconds;
    }

    /// Gives the server room for so many bytes in all; `None`: any number.
    pub fn set_room(&self, room: Option<Size>) {
        self.server().room = room;
    }

    /// Refuses files of this name from now on.
    pub fn refuse_name(&self, name: &str) {
        self.server().refused.insert(name.as_bytes().to_vec());
    }

    /// Lets the account do nothing in a folder, or again anything.
    pub fn deny(&self, folder: &str, denied: bool) {
        self.server().deny(folder.as_bytes(), denied);
    }

    /// Answers every attempt to connect so; `None`: lets clients in.
    pub fn set_refusal(&self, kind: Option<FaultKind>) {
        self.server().refusal = kind;
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        locked(&self.shared.server)
    }

    fn seam(&mut self, side: Side, what: &'static str) -> Result<(), Fault> {
        let seam = locked(&self.shared.seam).clone();
        seam.map_or(Ok(()), |seam| seam(side, what)).map_err(|e| {
            self.connected = false;
            Fault::new(
                FaultKind::Transient,
                format!("the connection was lost: {e}"),
            )
        })
    }

    fn effect<T>(
        &mut self,
        what: &'static str,
        act: impl FnOnce(&mut Server) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.seam(Side::Before, what)?;
        let done = act(&mut self.server());
        self.seam(Side::After, what)?;
        done
    }

    /// Every item in turn; those after a lost connection have no answer.
    fn each<I, T>(
        &mut self,
        items: impl IntoIterator<Item = I>,
        mut act: impl FnMut(&mut Memory, I) -> Result<T, Fault>,
    ) -> Vec<Result<T, Fault>> {
        let connected = self.connect();
        let one = |item| {
            if let Err(fault) = &connected {
                return Err(Fault::new(fault.kind, fault.what.clone()));
            }
            if !self.connected {
                return Err(Fault::new(
                    FaultKind::Transient,
                    "the connection was lost before",
                ));
            }
            act(self, item)
        };
        items.into_iter().map(one).collect()
    }

    fn fetch_one(&mut self, file: Fetch<'_>) -> Result<(), Fault> {
        let content = self.effect("fetch", |server| server.read(&file.path))?;
        if content.len() as Size != file.size {
            return Err(Fault::new(
                FaultKind::Changed,
                "the file has another size than it was listed with",
            ));
        }
        (file.into)()
            .and_then(|mut into| into.write_all(&content))
            .map_err(|e| Fault::local("writing a fetched file", e))
    }

    fn send_one(&mut self, file: Send<'_>) -> Result<(), Fault> {
        let mut content = Vec::new();
        (file.from)()
            .and_then(|from| from.take(file.size).read_to_end(&mut content))
            .map_err(|e| Fault::local("reading a file to be sent", e))?;
        if content.len() as Size != file.size {
            return Err(Fault::new(
                FaultKind::Changed,
                "the file to be sent has become shorter",
            ));
        }
        let half = content[..content.len() / 2].to_vec();
        for (what, content) in [
            ("create", Vec::new()),
            ("send half", half),
            ("send", content),
        ] {
            self.effect(what, |server| server.write(&file.path, content))?;
        }
        Ok(())
    }
}

impl Place for Memory {
    fn connect(&mut self) -> Result<(), Fault> {
        if self.connected {
            return Ok(());
        }
        self.effect("connect", |server| match server.refusal {
            Some(kind) => Err(Fault::new(kind, "the server refuses")),
            None => Ok(()),
        })?;
        self.connected = true;
        Ok(())
    }

    fn list(&mut self, folder: &[u8]) -> Result<Vec<Entry>, Fault> {
        self.connect()?;
        self.effect("list", |server| server.list(folder))
    }

    fn fetch(&mut self, files: Vec<Fetch<'_>>) -> Vec<Result<(), Fault>> {
        self.each(files, Memory::fetch_one)
    }

    fn send(&mut self, files: Vec<Send<'_>>) -> Vec<Result<(), Fault>> {
        self.each(files, Memory::send_one)
    }

    fn look(&mut self, paths: &[Vec<u8>]) -> Vec<Result<Option<Entry>, Fault>> {
        self.each(paths, |client, path| {
            client.effect("look", |server| server.look(path))
        })
    }

    fn rename(&mut self, pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<Result<(), Fault>> {
        self.each(pairs, |client, (from, to)| {
            client.effect("rename", |server| server.move_file(from, to))
        })
    }

    fn remove(&mut self, paths: &[Vec<u8>]) -> Vec<Result<(), Fault>> {
        self.each(paths, |client, path| {
            client.effect("remove", |server| server.remove(path))
        })
    }

    fn keep_alive(&mut self) {}

    fn disconnect(&mut self) {
        self.connected = false;
    }
}

fn locked<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A test that failed elsewhere has told its reason already.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
