//! A session on its socket, waited for within bounds.

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
pub(super) const LOOK: Duration = Duration::from_millis(100);
/// What the library answers when it would have to wait.
const WOULD_WAIT: i32 = -37;

/// Why a step came to no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// The library's number for it.
    Ssh(i32),
    /// It took too long.
    TimedOut,
    /// The stop flag was set.
    Stopped,
}

/// A session that never waits by itself, and its socket.
pub(super) struct Link {
    pub(super) session: Session,
    socket: Arc<TcpStream>,
    stop: Arc<AtomicBool>,
}

impl Link {
    pub(super) fn new(socket: TcpStream, stop: Arc<AtomicBool>) -> Result<Link, ssh2::Error> {
        let mut session = Session::new()?;
        session.set_blocking(false);
        let socket = Arc::new(socket);
        session.set_tcp_stream(Arc::clone(&socket));
        Ok(Link {
            session,
            socket,
            stop,
        })
    }

    /// Repeats a step until it no longer would have to wait.
    pub(super) fn until<T>(
        &mut self,
        deadline: Instant,
        mut step: impl FnMut(&mut Session) -> Result<T, ssh2::Error>,
    ) -> Result<T, Halt> {
        loop {
            match step(&mut self.session).map_err(|e| number(&e)) {
                Ok(done) => return Ok(done),
                Err(WOULD_WAIT) => {}
                // Then the guard has ended it.
                Err(_) if self.stop.load(Ordering::Relaxed) => return Err(Halt::Stopped),
                Err(_) if Instant::now() >= deadline => return Err(Halt::TimedOut),
                Err(number) => return Err(Halt::Ssh(number)),
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Halt::TimedOut);
            }
            self.wait(left)?;
        }
    }

    /// Ends the connection when the deadline has passed or the stop flag is set, until what is returned is dropped. The
    /// library reads on for as long as something comes, so a server that floods us would never let a step return.
    pub(super) fn guard(&self, deadline: Instant) -> io::Result<Guard> {
        let (held, dropped) = mpsc::channel::<()>();
        let (socket, stop) = (Arc::clone(&self.socket), Arc::clone(&self.stop));
        let watch = move || {
            loop {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() || stop.load(Ordering::Relaxed) {
                    let _ = socket.shutdown(Shutdown::Both);
                    return;
                }
                if dropped.recv_timeout(left.min(LOOK)) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
            }
        };
        thread::Builder::new().name("guard".into()).spawn(watch)?;
        Ok(Guard { _held: held })
    }

    /// Waits for what the session waits for, for so long or [`LOOK`].
    pub(super) fn wait(&self, most: Duration) -> Result<(), Halt> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Halt::Stopped);
        }
        let writing = matches!(
            self.session.block_directions(),
            BlockDirections::Outbound | BlockDirections::Both
        );
        let mut events = PollFlags::IN;
        events.set(PollFlags::OUT, writing);
        wait_for(&self.socket, events, most.min(LOOK))
    }

    /// Says good-bye if that goes at once, and closes. Nothing waits from here on.
    pub(super) fn close(&self) {
        let _ = self.session.disconnect(None, "", None);
        let _ = self.socket.shutdown(Shutdown::Both);
    }
}

/// A deadline that is kept from outside, see [`Link::guard`].
pub(super) struct Guard {
    _held: mpsc::Sender<()>,
}

impl Drop for Link {
    fn drop(&mut self) {
        // A session is given back whole only when its socket takes no more.
        self.close();
    }
}

/// Waits until a socket is ready for one of these; coming back early is fine.
pub(super) fn wait_for(socket: &TcpStream, events: PollFlags, most: Duration) -> Result<(), Halt> {
    // A bound that doesn't fit is one that is never reached.
    let most = Timespec::try_from(most).ok();
    match poll(&mut [PollFd::new(socket, events)], most.as_ref()) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(_) => Err(Halt::Ssh(LOST)),
    }
}

/// The library's number for a socket that fails.
const LOST: i32 = -13;

/// The library's number for an error.
pub(super) fn number(error: &ssh2::Error) -> i32 {
    match error.code() {
        ErrorCode::Session(number) | ErrorCode::SFTP(number) => number,
    }
}
