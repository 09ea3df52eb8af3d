//! A session of the SSH library on its socket, with bounded waits.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use ssh2::{BlockDirections, ErrorCode, Session};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// The longest wait without a look at the stop flag.
pub(super) const STOP_CHECK: Duration = Duration::from_millis(100);
/// The library's error number where it would have to wait.
const WOULD_BLOCK: i32 = -37;

/// Why a step of a connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepFailure {
    /// The library's error number.
    Ssh(i32),
    TimedOut,
    Stopped,
}

/// A session that never blocks by itself, and its socket.
pub(super) struct SshSession {
    pub(super) library: Session,
    socket: Arc<TcpStream>,
    stop: Arc<AtomicBool>,
}

impl SshSession {
    pub(super) fn new(socket: TcpStream, stop: Arc<AtomicBool>) -> Result<SshSession, ssh2::Error> {
        let mut library = Session::new()?;
        library.set_blocking(false);
        let socket = Arc::new(socket);
        library.set_tcp_stream(Arc::clone(&socket));
        Ok(SshSession {
            library,
            socket,
            stop,
        })
    }

    /// Repeats a step until it no longer would block.
    pub(super) fn until<T>(
        &mut self,
        deadline: Instant,
        mut step: impl FnMut(&mut Session) -> Result<T, ssh2::Error>,
    ) -> Result<T, StepFailure> {
        loop {
            match step(&mut self.library).map_err(|e| error_number(&e)) {
                Ok(done) => return Ok(done),
                Err(WOULD_BLOCK) => {}
                // The guard has closed the socket.
                Err(_) if self.stop.load(Ordering::Relaxed) => return Err(StepFailure::Stopped),
                Err(_) if Instant::now() >= deadline => return Err(StepFailure::TimedOut),
                Err(number) => return Err(StepFailure::Ssh(number)),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(StepFailure::TimedOut);
            }
            self.wait(left)?;
        }
    }

    /// Closes the socket when the deadline has passed or the stop flag is set, unless what it returns is dropped before. The
    /// library keeps reading while bytes arrive, so a step would never return if the server floods us.
    pub(super) fn guard(&self, deadline: Instant) -> io::Result<mpsc::Sender<()>> {
        let (held, dropped) = mpsc::channel::<()>();
        let (socket, stop) = (Arc::clone(&self.socket), Arc::clone(&self.stop));
        let close_late = move || {
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() || stop.load(Ordering::Relaxed) {
                    let _ = socket.shutdown(Shutdown::Both);
                    return;
                }
                if dropped.recv_timeout(left.min(STOP_CHECK)) == Err(RecvTimeoutError::Disconnected)
                {
                    return;
                }
            }
        };
        thread::Builder::new()
            .name("guard".into())
            .spawn(close_late)?;
        Ok(held)
    }

    /// Waits for what the session waits for, at most this long or [`STOP_CHECK`].
    pub(super) fn wait(&self, most: Duration) -> Result<(), StepFailure> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(StepFailure::Stopped);
        }
        let writing = matches!(
            self.library.block_directions(),
            BlockDirections::Outbound | BlockDirections::Both
        );
        let mut events = PollFlags::IN;
        events.set(PollFlags::OUT, writing);
        wait_for(&self.socket, events, most.min(STOP_CHECK))
    }

    /// Sends a disconnect message if that is possible at once, and closes the socket. Nothing waits from here on.
    pub(super) fn close(&self) {
        let _ = self.library.disconnect(None, "", None);
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

impl Drop for SshSession {
    fn drop(&mut self) {
        // The library frees a session without waiting only if its socket is closed.
        self.close();
    }
}

/// Waits until a socket is ready for one of these events; it may return early.
pub(super) fn wait_for(
    socket: &TcpStream,
    events: PollFlags,
    most: Duration,
) -> Result<(), StepFailure> {
    // A bound that doesn't fit is never reached.
    let most = Timespec::try_from(most).ok();
    match poll(&mut [PollFd::new(socket, events)], most.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(_) => Err(StepFailure::Ssh(LOST)),
    }
}

/// The library's number for a socket that fails.
const LOST: i32 = -13;

pub(super) fn error_number(error: &ssh2::Error) -> i32 {
    match error.code() {
        ErrorCode::Session(number) | ErrorCode::SFTP(number) => number,
    }
}
