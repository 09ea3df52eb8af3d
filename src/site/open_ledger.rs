//! A ledger that is open. One for reading goes back to those that its site keeps open, where it keeps any: opening one takes
//! longer than most of what pages ask of it.

use crate::ledger::Ledger;
use std::fs::Metadata;
use std::ops::{Deref, DerefMut};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Ledgers that are kept open. More may be open at once.
const MOST_KEPT: usize = 4;

/// A ledger that is open.
pub struct OpenLedger {
    /// Only gone while it is dropped.
    ledger: Option<Box<dyn Ledger>>,
    /// Where it is kept when it is no longer used.
    place: Option<(Arc<KeptLedgers>, FileIdentity)>,
}

/// Which file a ledger is: another one may have been put in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// Of the ledger at a path, if there is one.
    fn of(path: &Path) -> Option<FileIdentity> {
        let file: Metadata = std::fs::metadata(path).ok()?;
        (file.len() > 0).then(|| FileIdentity {
            device: file.dev(),
            inode: file.ino(),
        })
    }
}

/// Ledgers that are open for reading and not in use.
#[derive(Default)]
pub(super) struct KeptLedgers(Mutex<Vec<(FileIdentity, Box<dyn Ledger>)>>);

impl KeptLedgers {
    /// One of the ledger at this path, opened now where none is kept.
    pub(super) fn take<E>(
        self: &Arc<Self>,
        path: &Path,
        open: impl FnOnce() -> Result<Box<dyn Ledger>, E>,
    ) -> Result<OpenLedger, E> {
        // Before it is opened: what is put in its place later is another file.
        let Some(file) = FileIdentity::of(path) else {
            return open().map(OpenLedger::from);
        };
        let kept = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.retain(|(of, _)| *of == file);
            all.pop()
        };
        let ledger = match kept {
            Some((_, ledger)) => ledger,
            None => open()?,
        };
        Ok(OpenLedger {
            ledger: Some(ledger),
            place: Some((Arc::clone(self), file)),
        })
    }
}

impl From<Box<dyn Ledger>> for OpenLedger {
    fn from(ledger: Box<dyn Ledger>) -> OpenLedger {
        OpenLedger {
            ledger: Some(ledger),
            place: None,
        }
    }
}

impl Drop for OpenLedger {
    fn drop(&mut self) {
        if let (Some(ledger), Some((kept, file))) = (self.ledger.take(), self.place.take()) {
            let mut all = kept.0.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() < MOST_KEPT && !std::thread::panicking() {
                all.push((file, ledger));
            }
        }
    }
}

impl Deref for OpenLedger {
    type Target = dyn Ledger;

    fn deref(&self) -> &(dyn Ledger + 'static) {
        let ledger = self.ledger.as_ref();
        &**ledger.expect("it is there until it is dropped")
    }
}

impl DerefMut for OpenLedger {
    fn deref_mut(&mut self) -> &mut (dyn Ledger + 'static) {
        let ledger = self.ledger.as_mut();
        &mut **ledger.expect("it is there until it is dropped")
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use crate::site::Site;
    use std::fs;

    fn kept(site: &Site) -> usize {
        let kept = site.kept_ledgers.as_ref().expect("it keeps them");
        kept.0.lock().expect("not poisoned").len()
    }

    #[test]
    fn a_ledger_is_kept_until_another_file_is_in_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "[site]\ntimezone = \"America/New_York\"\n";
        let config = parse(text, &folder.path().join("feedgate.toml")).expect("good");
        let plain = Site::new(config);
        let site = plain.keeping_ledgers_open();
        drop(site.ledger_for_reading().expect("an empty one stands in"));
        assert_eq!(kept(&site), 0);
        drop(plain.ledger().expect("made"));
        let two = [(); 2].map(|()| site.ledger_for_reading().expect("opened"));
        assert_eq!(kept(&site), 0);
        drop(two);
        assert_eq!(kept(&site), 2);
        drop(site.for_user("ada").ledger_for_reading().expect("kept"));
        assert_eq!(kept(&site), 2);
        let path = site.ledger_path();
        let (copy, log) = (path.with_extension("copy"), path.with_extension("db-wal"));
        let _ = fs::remove_file(log);
        fs::copy(&path, &copy).expect("copied");
        fs::rename(&copy, &path).expect("replaced");
        drop(site.ledger_for_reading().expect("opened"));
        assert_eq!(kept(&site), 1);
    }
}
