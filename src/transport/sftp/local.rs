//! The local file of a batch's item, shared by the connections that move its bytes.

use super::status::copy;
use crate::transport::{Fault, FaultKind, Opener};
use std::fs::File;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A local file that is opened when it is first needed, once.
pub(super) struct Local<'a> {
    state: Mutex<State<'a>>,
    /// How the first part failed that did: the others need not be moved.
    failed: OnceLock<Fault>,
}

enum State<'a> {
    Unopened(Opener<'a>),
    Open(Arc<File>),
    Failed(Fault),
}

impl<'a> Local<'a> {
    /// A file that is opened so.
    pub(super) fn new(opener: Opener<'a>) -> Arc<Local<'a>> {
        Arc::new(Local {
            state: Mutex::new(State::Unopened(opener)),
            failed: OnceLock::new(),
        })
    }

    /// The open file. `size`: the size that it must have.
    pub(super) fn file(&self, size: Option<u64>) -> Result<Arc<File>, Fault> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let nothing = || State::Failed(Fault::new(FaultKind::Local, "a file was not opened"));
        *state = match std::mem::replace(&mut *state, nothing()) {
            State::Unopened(opener) => match open(opener, size) {
                Ok(file) => State::Open(file),
                Err(fault) => State::Failed(fault),
            },
            other => other,
        };
        match &*state {
            State::Open(file) => Ok(Arc::clone(file)),
            State::Failed(fault) => Err(copy(fault)),
            State::Unopened(_) => Err(Fault::new(FaultKind::Local, "a file was not opened")),
        }
    }

    /// A part has failed.
    pub(super) fn fail(&self, fault: &Fault) {
        // Only the first one counts.
        let _ = self.failed.set(copy(fault));
    }

    /// How a part has failed, if one has.
    pub(super) fn failed(&self) -> Option<Fault> {
        self.failed.get().map(copy)
    }
}

fn open(opener: Opener<'_>, size: Option<u64>) -> Result<Arc<File>, Fault> {
    let failed = |e| Fault::local("a file of ours can not be opened", e);
    let file = opener().map_err(failed)?;
    if let Some(size) = size {
        let found = file.metadata().map_err(failed)?.len();
        if found != size {
            return Err(other_size());
        }
    }
    Ok(Arc::new(file))
}

/// Our file isn't as long as it was said to be.
pub(super) fn other_size() -> Fault {
    Fault::new(
        FaultKind::Changed,
        "our file has another size than when it was queued",
    )
}
