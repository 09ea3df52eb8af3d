//! Places elsewhere that files are fetched from and sent to. The only module that speaks SSH.
//!
//! A [`Place`] does what it is told once and says what came of it; retrying, waiting and remembering are its caller's.
//! One conformance suite is run by every implementation.

mod fault;
mod line;
pub(crate) mod memory;
mod place;
mod sftp;
mod ssh;

pub(crate) use fault::UNSAID;
pub use fault::{Fault, FaultKind};
pub use memory::Memory;
pub use place::{Entry, Fetch, Place, Send};
pub(crate) use place::{Opener, Size};
pub(crate) use ssh::{OfferedKey, SshDial, Standing, missing, offered_keys, pinned};
pub use ssh::{SecretSource, SignIn, Target, TimeLimits};

/// The engine under a place, for fuzzing and for tests over other lines than SSH.
#[doc(hidden)]
pub(crate) mod engine {
    pub use super::line::Dial;
    pub use super::line::Line;
    pub use super::sftp::Sftp;
    pub use super::sftp::Terms;
}

/// A server reached by SFTP over SSH, with at most so many connections at the same time. It connects when it is first
/// used.
pub fn over_ssh(target: Target, sessions: usize) -> Box<dyn Place> {
    let terms = sftp::Terms {
        sessions,
        request: target.limits.request,
        stalled: target.limits.stalled,
        stop: target.stop.clone(),
    };
    Box::new(sftp::Sftp::new(SshDial::new(target), terms))
}

/// The throw-away server of the integration tests, for tests of what is private here.
#[cfg(test)]
#[path = "../../tests/it/sshd.rs"]
mod sshd;

/// What every place does, shared with the integration tests.
#[cfg(test)]
#[path = "../../tests/it/places/suite.rs"]
mod places_suite;

/// Time between two signs of life on an idle connection.
pub(crate) const KEEPALIVE: std::time::Duration = std::time::Duration::from_secs(15);
