//! A place in memory.
//!
//! Clones are clients of one server: what one sends another can fetch. A hook ([`MemoryPlace::set_hook`]) lets a test lose
//! the connection before an effect (which then doesn't happen) or after it (it happened, but the reply is lost).

mod server;

use feedgate::internal::transport::{Fault, FaultKind, FileTransfer, Place, RemoteFile};
use server::Server;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// An error prevents the effect.
    Before,
    /// An error loses only the reply.
    After,
}

/// Called on both sides of every effect, with its name.
pub(crate) type Hook = dyn Fn(Side, &'static str) -> io::Result<()> + Send + Sync;

/// A client of a server in memory. The account starts in `/`.
#[derive(Clone, Default)]
pub(crate) struct MemoryPlace {
    shared: Arc<Shared>,
    connected: bool,
}

#[derive(Default)]
struct Shared {
    server: Mutex<Server>,
    hook: Mutex<Option<Arc<Hook>>>,
}

impl MemoryPlace {
    /// A client of a new server, whose only folder is `/`.
    pub(crate) fn new() -> MemoryPlace {
        MemoryPlace::default()
    }

    /// Sets the hook of every effect: `connect`, `list`, `fetch`, `look`, `rename`, `remove`,
    /// and for a file that is sent `create`, `send half` and `send`.
    pub(crate) fn set_hook(
        &self,
        hook: impl Fn(Side, &'static str) -> io::Result<()> + Send + Sync + 'static,
    ) {
        *locked(&self.shared.hook) = Some(Arc::new(hook));
    }

    pub(crate) fn clear_hook(&self) {
        *locked(&self.shared.hook) = None;
    }

    /// Makes a folder and its parents.
    pub(crate) fn make_folder(&self, path: &str) {
        self.server().make_folder(path.as_bytes());
    }

    /// Removes a folder with all that is in it.
    pub(crate) fn remove_folder(&self, path: &str) {
        self.server().remove_folder(path.as_bytes());
    }

    /// Puts a file there, as another client would. It is changed now by the server's clock and replaces what has its name.
    pub(crate) fn put(&self, path: impl AsRef<[u8]>, content: impl Into<Vec<u8>>) {
        self.server().put(path.as_ref(), content.into());
    }

    /// Puts a link or the like there.
    pub(crate) fn put_other(&self, path: impl AsRef<[u8]>) {
        self.server().put_other(path.as_ref());
    }

    /// Removes a file, as another client would; whether it was there.
    pub(crate) fn take(&self, path: impl AsRef<[u8]>) -> bool {
        self.server().take(path.as_ref())
    }

    pub(crate) fn content(&self, path: impl AsRef<[u8]>) -> Option<Vec<u8>> {
        self.server().content(path.as_ref())
    }

    /// The paths of all files, sorted.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.server().paths()
    }

    /// Sets the server's clock, by which files are changed: Unix seconds.
    pub(crate) fn set_clock(&self, seconds: i64) {
        self.server().clock = seconds;
    }

    /// Limits the bytes that the server has room for.
    pub(crate) fn set_room(&self, room: Option<u64>) {
        self.server().room = room;
    }

    /// Refuses files of this name from now on.
    pub(crate) fn refuse_name(&self, name: &str) {
        self.server().refused.insert(name.as_bytes().to_vec());
    }

    /// Denies the account everything in a folder, or allows it again.
    pub(crate) fn deny(&self, folder: &str, denied: bool) {
        self.server().deny(folder.as_bytes(), denied);
    }

    /// Lets the account remove nothing from now on.
    pub(crate) fn keep_all(&self) {
        self.server().keeps_all = true;
    }

    /// Refuses every attempt to connect with such a fault; `None`: lets clients in.
    pub(crate) fn set_refusal(&self, kind: Option<FaultKind>) {
        self.server().refusal = kind;
    }

    fn server(&self) -> MutexGuard<'_, Server> {
        locked(&self.shared.server)
    }

    fn hook(&mut self, side: Side, what: &'static str) -> Result<(), Fault> {
        let hook = locked(&self.shared.hook).clone();
        hook.map_or(Ok(()), |hook| hook(side, what)).map_err(|e| {
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
        self.hook(Side::Before, what)?;
        let done = act(&mut self.server());
        self.hook(Side::After, what)?;
        done
    }

    /// Every item in turn; those after a lost connection fail.
    fn each<I, T>(
        &mut self,
        items: impl IntoIterator<Item = I>,
        mut act: impl FnMut(&mut MemoryPlace, I) -> Result<T, Fault>,
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

    fn fetch_one(&mut self, file: FileTransfer<'_>) -> Result<(), Fault> {
        let content = self.effect("fetch", |server| server.read(&file.path))?;
        if content.len() as u64 != file.size {
            return Err(Fault::new(
                FaultKind::Changed,
                "the file has another size than it was listed with",
            ));
        }
        (file.local)()
            .and_then(|mut into| into.write_all(&content))
            .map_err(|e| Fault::local("writing a fetched file", e))
    }

    fn send_one(&mut self, file: FileTransfer<'_>) -> Result<(), Fault> {
        let mut content = Vec::new();
        (file.local)()
            .and_then(|from| from.take(file.size).read_to_end(&mut content))
            .map_err(|e| Fault::local("reading a file to be sent", e))?;
        if content.len() as u64 != file.size {
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

impl Place for MemoryPlace {
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

    fn list(&mut self, folder: &[u8]) -> Result<Vec<RemoteFile>, Fault> {
        self.connect()?;
        self.effect("list", |server| server.list(folder))
    }

    fn fetch(&mut self, files: Vec<FileTransfer<'_>>) -> Vec<Result<(), Fault>> {
        self.each(files, MemoryPlace::fetch_one)
    }

    fn send(&mut self, files: Vec<FileTransfer<'_>>) -> Vec<Result<(), Fault>> {
        self.each(files, MemoryPlace::send_one)
    }

    fn look(&mut self, paths: &[Vec<u8>]) -> Vec<Result<Option<RemoteFile>, Fault>> {
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
    // A test that panicked has reported its reason already.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
