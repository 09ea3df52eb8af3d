//! The person at the terminal: sees notes, and a progress bar for files that take a while, and may press Ctrl-C.

use super::CliError;
use super::out::say;
use crate::domain::RunSummary;
use crate::domain::masking::{escape_control, masked};
use crate::operations::{Caller, Observer, OperationError};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A file that is judged within this time gets no progress bar.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shows a progress bar if standard error is a terminal, and notes always.
pub(super) struct Terminal {
    bar: Option<Mutex<Bar>>,
}

struct Bar {
    bar: ProgressBar,
    since: Instant,
}

impl Terminal {
    pub(super) fn new() -> Terminal {
        let bar = io::stderr().is_terminal().then(|| {
            Mutex::new(Bar {
                bar: ProgressBar::hidden(),
                since: Instant::now(),
            })
        });
        Terminal { bar }
    }

    fn with(&self, act: impl FnOnce(&mut Bar)) {
        if let Some(bar) = &self.bar {
            act(&mut bar.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

/// Why a command was not carried out. If the wait for the daemon was interrupted, says what that means and ends the process as the
/// signal would have.
pub(super) fn stopped(error: OperationError, json: bool) -> CliError {
    let signal = match error {
        OperationError::Interrupted { signal, .. } => Some(signal),
        _ => None,
    };
    let error = CliError::from(error);
    if let Some(signal) = signal {
        error.say(json);
        // It returns only if it fails; then the command ends with the error.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    error
}

impl Observer for Terminal {
    fn begin(&self, integration: &str, file: &str, bytes: u64) {
        self.with(|shown| {
            let target = ProgressDrawTarget::hidden();
            shown.bar = ProgressBar::with_draw_target(Some(bytes), target);
            shown.bar.set_style(style());
            let what = format!("{integration} {}", masked(file));
            shown.bar.set_message(escape_control(&what));
            shown.since = Instant::now();
        });
    }

    fn advance(&self, bytes: u64) {
        self.with(|shown| {
            if shown.bar.is_hidden() && shown.since.elapsed() > PATIENCE {
                shown.bar.set_draw_target(ProgressDrawTarget::stderr());
            }
            shown.bar.inc(bytes);
        });
    }

    fn note(&self, sentence: &str) {
        match &self.bar {
            Some(_) => self.with(|shown| shown.bar.suspend(|| say(sentence))),
            None => say(sentence),
        }
    }

    fn end(&self, _summary: &RunSummary) {
        self.with(|shown| shown.bar.finish_and_clear());
    }
}

impl Caller for Terminal {
    fn interruption(&self) -> io::Result<Box<dyn Fn() -> Option<i32>>> {
        let interruption = Interruption::watch()?;
        Ok(Box::new(move || interruption.signal()))
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg}  {wide_bar} {bytes}/{total_bytes}  {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Takes the signals that interrupt a command, until it is dropped: then they end the process again.
struct Interruption {
    signal: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Interruption {
    fn watch() -> io::Result<Interruption> {
        let watched = Interruption {
            signal: Arc::default(),
            over: Arc::default(),
        };
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&watched.over))?;
            let number = usize::try_from(signal).expect("a signal's number is positive");
            flag::register_usize(signal, Arc::clone(&watched.signal), number)?;
        }
        Ok(watched)
    }

    /// The last signal that came.
    fn signal(&self) -> Option<i32> {
        let signal = i32::try_from(self.signal.load(Ordering::Relaxed));
        let signal = signal.expect("the number of a signal");
        (signal != 0).then_some(signal)
    }
}

impl Drop for Interruption {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::style;
    use indicatif::ProgressBar;

    #[test]
    fn the_style_reads() {
        let bar = ProgressBar::hidden();
        bar.set_style(style());
        bar.inc(1);
        assert_eq!(bar.position(), 1);
    }
}
