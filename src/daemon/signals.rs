//! Signals: stop, and read the configuration again.

use super::board::{Board, Order};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::thread;

/// From here on signals become orders on the board.
pub(super) fn listen(board: &Arc<Board>) {
    let board = Arc::clone(board);
    let listening = Signals::new([SIGTERM, SIGINT, SIGHUP]).and_then(|mut signals| {
        thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                for signal in signals.forever() {
                    board.order(match signal {
                        SIGHUP => Order::Reload,
                        _ => Order::Stop,
                    });
                }
            })
    });
    if let Err(error) = listening {
        tracing::error!(%error, "signals are not heard; only SIGKILL ends the daemon");
    }
}
