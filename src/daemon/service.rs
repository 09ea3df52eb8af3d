//! Word for systemd, where it started us: ready, reloading, stopping, alive. Elsewhere all of this does nothing.

use sd_notify::{NotifyState, notify};

/// At work with a sound configuration.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Reading the configuration again.
pub(super) fn reloading() {
    if let Ok(now) = NotifyState::monotonic_usec_now() {
        tell(&[NotifyState::Reloading, now]);
    }
}

/// Finishing what is at work.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// The coordinator takes its turns.
pub(super) fn alive(at_work: usize) {
    let status = match at_work {
        0 => "waiting for files".to_owned(),
        1 => "1 run at work".to_owned(),
        n => format!("{n} runs at work"),
    };
    tell(&[NotifyState::Watchdog, NotifyState::Status(&status)]);
}

fn tell(states: &[NotifyState<'_>]) {
    // Whoever doesn't listen doesn't need it.
    let _ = notify(states);
}
