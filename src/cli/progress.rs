//! What a person sees while a run works: a progress bar on standard error, for files that take a while.

use super::out::say;
use crate::domain::RunSummary;
use crate::domain::masking::masked;
use crate::run::Watch;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A file that is done sooner has no bar.
const PATIENCE: Duration = Duration::from_secs(2);

/// Shows a bar on a terminal, and notes everywhere.
pub(super) struct Progress {
    bar: Option<Mutex<Bar>>,
}

struct Bar {
    bar: ProgressBar,
    since: Instant,
}

impl Progress {
    /// For standard error as it is.
    pub(super) fn new() -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| {
            Mutex::new(Bar {
                bar: ProgressBar::hidden(),
                since: Instant::now(),
            })
        });
        Progress { bar }
    }

    fn with(&self, act: impl FnOnce(&mut Bar)) {
        if let Some(bar) = &self.bar {
            act(&mut bar.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

impl Watch for Progress {
    fn begin(&self, integration: &str, file: &str, bytes: u64) {
        self.with(|shown| {
            let target = ProgressDrawTarget::hidden();
            shown.bar = ProgressBar::with_draw_target(Some(bytes), target);
            shown.bar.set_style(style());
            let what = format!("{integration} {}", masked(file));
            shown
                .bar
                .set_message(crate::domain::masking::escape_control(&what));
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

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg}  {wide_bar} {bytes}/{total_bytes}  {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
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
