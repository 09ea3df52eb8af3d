//! One thread that sends notices, so that a slow mail server delays nothing else.

use super::job::StopFlags;
use crate::notices::{Gathering, Round, round};
use crate::site::{Result, Site};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Between two looks for what happened: commands beside the daemon write it too.
const LOOK: Duration = Duration::from_secs(5);
/// How long the ledger is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Notifier {
    active: Option<NotifierThread>,
    /// Those of a configuration that was replaced; they end after the message they are sending.
    retired: Vec<JoinHandle<()>>,
}

struct NotifierThread {
    control: Arc<Control>,
    handle: JoinHandle<()>,
}

impl Notifier {
    /// Starts a thread for the site as it is configured now, in place of the one there is.
    pub(super) fn start(&mut self, site: &Arc<Site>, flags: &StopFlags) {
        if let Some(thread) = self.active.take() {
            thread.control.end();
            self.retired.push(thread.handle);
        }
        self.retired.retain(|handle| !handle.is_finished());
        let control = Arc::new(Control {
            ended: AtomicBool::new(false),
            woken: Mutex::default(),
            changed: Condvar::new(),
            flags: flags.clone(),
        });
        let (site, its_control) = (Arc::clone(site), Arc::clone(&control));
        let work = move || run(&site, &its_control);
        match thread::Builder::new().name("notices".into()).spawn(work) {
            Ok(handle) => self.active = Some(NotifierThread { control, handle }),
            Err(error) => tracing::error!(%error, "no notices can be sent; restart the daemon"),
        }
    }

    /// Tells the thread to end, if it waits; one that is sending ends after that.
    pub(super) fn wake(&self) {
        if let Some(thread) = &self.active {
            thread.control.wake();
        }
    }

    /// Whether every thread has ended. Only to be asked when the daemon is told to stop.
    pub(super) fn has_ended(&self) -> bool {
        let active = self.active.as_ref().map(|thread| &thread.handle);
        let mut all = active.into_iter().chain(&self.retired);
        all.all(JoinHandle::is_finished)
    }
}

fn run(site: &Site, control: &Control) {
    let mut told = String::new();
    while !control.is_over() {
        let done = catch_unwind(AssertUnwindSafe(|| one_round(site)));
        let trouble = match done {
            Ok(Ok(round)) => {
                if round.sent > 0 {
                    tracing::info!(sent = round.sent, "notices were sent");
                }
                round.troubles.join("; ")
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "a bug in Feedgate".to_owned(),
        };
        if trouble != told {
            match trouble.is_empty() {
                true => tracing::info!("notices are sent again"),
                false => tracing::warn!("notices are not sent: {trouble}"),
            }
            told = trouble;
        }
        control.wait(LOOK);
    }
}

fn one_round(site: &Site) -> Result<Round> {
    let mut ledger = site.ledger()?;
    ledger.set_patience(PATIENCE)?;
    let done = round(site, &mut *ledger, Gathering::Wait)?;
    Ok(done.unwrap_or_default())
}

/// Wakes the thread and tells it to end.
struct Control {
    ended: AtomicBool,
    woken: Mutex<bool>,
    changed: Condvar,
    flags: StopFlags,
}

impl Control {
    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
        self.wake();
    }

    fn is_over(&self) -> bool {
        self.ended.load(Ordering::Relaxed) || self.flags.is_stopping()
    }

    fn wake(&self) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    fn wait(&self, most: Duration) {
        let woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_timeout_while(woken, most, |woken| !*woken);
        let (mut woken, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *woken = false;
    }
}
