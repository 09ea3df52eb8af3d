//! Notifications for systemd: ready, reloading, stopping, alive. Without systemd they do nothing.

use sd_notify::{NotifyState, notify};

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
