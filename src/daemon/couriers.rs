//! One thread for each endpoint: it fetches and sends what is due and then waits. A slow server delays neither other
//! servers nor the folders of this machine.

use super::job::StopFlags;
use crate::site::{Observer, RunError, Site};
use crate::transfer::{Courier, place};
use crate::transport::KEEPALIVE;
use chrono::{DateTime, FixedOffset};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The shortest wait after a failure of our own (the ledger, the disk, a bug).
const AFTER_FAILURE: Duration = Duration::from_secs(15);
const SHORTEST: Duration = Duration::from_millis(50);

#[derive(Default)]
pub(super) struct Couriers {
    active: Vec<CourierThread>,
    /// Those of a configuration that was replaced; they end after the files they are working on.
    retired: Vec<CourierThread>,
}

struct CourierThread {
    control: Arc<CourierControl>,
    handle: JoinHandle<()>,
}

impl Couriers {
    /// Starts a courier for each endpoint and retires the ones there are.
    pub(super) fn start(&mut self, site: &Arc<Site>, flags: &StopFlags) {
        for thread in self.active.drain(..) {
            thread.control.retire();
            self.retired.push(thread);
        }
        self.retired.retain(|thread| !thread.handle.is_finished());
        for endpoint in &site.config.endpoints {
            let control = Arc::new(CourierControl::new(flags));
            let place = place(&site.config, endpoint, &flags.giving_up);
            let courier = Courier::new(Arc::clone(site), &endpoint.name, place);
            let (site, name) = (Arc::clone(site), endpoint.name.clone());
            let its_control = Arc::clone(&control);
            let work = move || run(&site, &name, courier, &its_control);
            let thread = thread::Builder::new().name(format!("endpoint {}", endpoint.name));
            match thread.spawn(work) {
                Ok(handle) => self.active.push(CourierThread { control, handle }),
                Err(error) => {
                    tracing::error!(endpoint = endpoint.name, %error, "nobody can fetch and send there; restart the daemon");
                }
            }
        }
    }

    /// Something may have become due.
    pub(super) fn wake(&self) {
        for thread in &self.active {
            thread.control.wake();
        }
    }

    /// Whether every thread has ended. Only to be asked when all are told to stop.
    pub(super) fn have_ended(&self) -> bool {
        let mut all = self.active.iter().chain(&self.retired);
        all.all(|thread| thread.handle.is_finished())
    }
}

/// Does rounds at an endpoint until it is told to end.
fn run(site: &Site, name: &str, mut courier: Courier, control: &CourierControl) {
    let mut told: Option<String> = None;
    while !control.should_yield() {
        let round = catch_unwind(AssertUnwindSafe(|| courier.round(control)));
        let next = match round {
            Ok(Ok(round)) => {
                if round.fetched + round.sent > 0 {
                    tracing::info!(
                        endpoint = name,
                        fetched = round.fetched,
                        sent = round.sent,
                        "files were moved"
                    );
                }
                for trouble in &round.news {
                    tracing::warn!(endpoint = name, "{trouble}");
                }
                for integration in &round.over {
                    tracing::info!(endpoint = name, "{integration} has no trouble any more");
                }
                let trouble = round.stopped.or(round.failing);
                if round.recovered {
                    told.get_or_insert_default();
                }
                log_state(name, &mut told, trouble.unwrap_or_default());
                until(site, round.next)
            }
            // A person's command is working there.
            Ok(Err(RunError::Busy(_))) => Some(SHORTEST * 20),
            Ok(Err(error)) => {
                log_state(name, &mut told, error.to_string());
                Some(AFTER_FAILURE)
            }
            Err(_) => {
                log_state(name, &mut told, "a bug in Feedgate".to_owned());
                Some(AFTER_FAILURE)
            }
        };
        let began = Instant::now();
        // Idle connections are kept open: signing in takes much longer than asking.
        while !control.wait(next.map(|next| next.saturating_sub(began.elapsed()))) {
            courier.keep_alive();
        }
    }
}

/// Logs the trouble of an endpoint when it begins and when it ends, not every time.
fn log_state(name: &str, told: &mut Option<String>, trouble: String) {
    if trouble.is_empty() {
        if told.take().is_some() {
            tracing::info!(endpoint = name, "the endpoint works again");
        }
    } else if told.as_ref() != Some(&trouble) {
        tracing::warn!(endpoint = name, "{trouble}");
        *told = Some(trouble);
    }
}

fn until(site: &Site, next: Option<DateTime<FixedOffset>>) -> Option<Duration> {
    let left = next? - site.now();
    Some(left.to_std().unwrap_or_default().max(SHORTEST))
}

/// Wakes a courier's thread and tells it to end.
struct CourierControl {
    woken: Mutex<bool>,
    changed: Condvar,
    retired: AtomicBool,
    flags: StopFlags,
}

impl CourierControl {
    fn new(flags: &StopFlags) -> CourierControl {
        CourierControl {
            woken: Mutex::default(),
            changed: Condvar::new(),
            retired: AtomicBool::new(false),
            flags: flags.clone(),
        }
    }

    fn wake(&self) {
        *self.woken.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    fn retire(&self) {
        self.retired.store(true, Ordering::Relaxed);
        self.wake();
    }

    /// Waits until it is woken, at most for `most` (`None`: no limit) and never longer than [`KEEPALIVE`]. Returns
    /// whether the next round is due.
    fn wait(&self, most: Option<Duration>) -> bool {
        let woken = self.woken.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = most.map_or(KEEPALIVE, |most| most.min(KEEPALIVE));
        let (mut woken, _) = self
            .changed
            .wait_timeout_while(woken, turn, |woken| !*woken)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *woken) || most.is_some_and(|most| most <= KEEPALIVE)
    }
}

impl Observer for CourierControl {
    fn should_yield(&self) -> bool {
        self.retired.load(Ordering::Relaxed) || self.flags.is_stopping()
    }

    fn is_cancelled(&self) -> bool {
        self.flags.gives_up()
    }
}
