//! Signals: stop, and read the configuration again.

use super::event_queue::{Control, EventQueue};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::thread;

/// Sends signals to the queue as control requests.
pub(super) fn listen(queue: &Arc<EventQueue>) {
    let queue = Arc::clone(queue);
    let listening = Signals::new([SIGTERM, SIGINT, SIGHUP]).and_then(|mut signals| {
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for signal in signals.forever() {
                    queue.control(match signal {
                        SIGHUP => Control::Reload,
                        _ => Control::Stop,
                    });
                }
            })
    });
    if let Err(error) = listening {
        tracing::error!(%error, "signals are not heard; only SIGKILL ends the daemon");
    }
}
