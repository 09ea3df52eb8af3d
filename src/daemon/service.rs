//! The daemon as a service: its log, the signals that it hears (stop, and read the configuration again), and its
//! notifications for systemd, which do nothing without it.

use super::event_queue::{DaemonControl, EventQueue};
use crate::config::LogForm;
use sd_notify::{NotifyState, notify};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::io::IsTerminal;
use std::sync::Arc;
use std::thread;
use tracing_subscriber::fmt::time::SystemTime;

/// Starts logging to standard error, as text or JSON. Only the first call has an effect. `FEEDGATE_LOG=debug` adds lines about scans that
/// found nothing to do.
pub(super) fn start_log(form: LogForm) {
    let level = std::env::var("FEEDGATE_LOG").ok();
    let level = level.and_then(|l| l.parse().ok());
    let level = level.unwrap_or(tracing::Level::INFO);
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_timer(SystemTime)
        .with_max_level(level);
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    // Fails in a test that has its own subscriber.
    let _ = match form {
        LogForm::Text => lines.with_ansi(colours).try_init(),
        LogForm::Json => lines.json().flatten_event(true).try_init(),
    };
}

/// Sends signals to the queue as control requests.
pub(super) fn listen(queue: &Arc<EventQueue>) {
    let queue = Arc::clone(queue);
    let listening = Signals::new([SIGTERM, SIGINT, SIGHUP]).and_then(|mut signals| {
        let thread = thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || {
            for signal in signals.forever() {
                queue.control(match signal {
                    SIGHUP => DaemonControl::Reload,
                    _ => DaemonControl::Stop,
                });
            }
        })
    });
    if let Err(error) = listening {
        tracing::error!(%error, "signals are not heard; only SIGKILL ends the daemon");
    }
}

pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

pub(super) fn reloading() {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now]);
    }
}

pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The watchdog's sign of life, with the number of running jobs.
pub(super) fn alive(at_work: usize) {
    let status = match at_work {
        0 => "waiting for files".to_owned(),
        1 => "1 run at work".to_owned(),
        n => format!("{n} runs at work"),
    };
    tell(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
}

fn tell(states: &[NotifyState<'_>]) {
    // Without systemd there is no receiver.
    let _ = notify(states);
}
