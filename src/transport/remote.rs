//! A server of others, reached by SFTP over SSH.

use super::sftp::{Sftp, Terms};
use super::{Place, SshDial, Target};
use std::sync::Arc;

/// A server as a place, with at most so many connections at the same time. Nothing is connected to yet.
pub fn remote(target: Target, sessions: usize) -> impl Place {
    let terms = Terms {
        sessions,
        request: target.limits.request,
        stalled: target.limits.stalled,
        stop: Arc::clone(&target.stop),
    };
    Sftp::new(SshDial::new(target), terms)
}
