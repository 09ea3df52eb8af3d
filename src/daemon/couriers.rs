//! A thread per endpoint: it fetches and sends what is due and then waits, so that no server keeps another, or the
//! folders of this machine, waiting.

use crate::site::{Observer, RunError, Site};
use crate::transfer::{Courier, place};
use crate::transport::KEEPALIVE;
use chrono::{DateTime, FixedOffset};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// After a failure of our own (the ledger, the disk, a bug) the next try comes no sooner.
const AFTER_FAILURE: Duration = Duration::from_secs(15);
/// The shortest wait between two rounds.
const SHORTEST: Duration = Duration::from_millis(50);

/// The couriers of a daemon.
#[derive(Default)]
pub(super) struct Couriers {
    at_work: Vec<One>,
    /// Of a configuration that was replaced; they end with the files they are at.
    leaving: Vec<One>,
}

struct One {
    bell: Arc<Bell>,
    thread: JoinHandle<()>,
}

impl Couriers {
    /// Starts a courier per endpoint, in place of those there are.
    pub(super) fn start(
        &mut self,
        site: &Arc<Site>,
        stopping: &Arc<AtomicBool>,
        giving_up: &Arc<AtomicBool>,
    ) {
        for one in self.at_work.drain(..) {
            one.bell.leave();
            self.leaving.push(one);
        }
        self.leaving.retain(|one| !one.thread.is_finished());
        for endpoint in &site.config.endpoints {
            let bell = Arc::new(Bell::new(stopping, giving_up));
            let there = place(&site.config, endpoint, giving_up);
            let courier = Courier::new(Arc::clone(site), &endpoint.name, there);
            let (site, name) = (Arc::clone(site), endpoint.name.clone());
            let mine = Arc::clone(&bell);
            let work = move || attend(&site, &name, courier, &mine);
            let thread = thread::Builder::new().name(format!("endpoint {}", endpoint.name));
            match thread.spawn(work) {
                Ok(thread) => self.at_work.push(One { bell, thread }),
                Err(error) => {
                    tracing::error!(endpoint = endpoint.name, %error, "nobody can fetch and send there; restart the daemon");
                }
            }
        }
    }

    /// Something may have become due.
    pub(super) fn ring(&self) {
        for one in &self.at_work {
            one.bell.ring();
        }
    }

    /// Whether nobody fetches or sends any more. Only to be asked when all are told to stop.
    pub(super) fn have_left(&self) -> bool {
        let all = self.at_work.iter().chain(&self.leaving);
        all.into_iter().all(|one| one.thread.is_finished())
    }
}

/// Goes on until it is told to leave.
fn attend(site: &Site, name: &str, mut courier: Courier, bell: &Bell) {
    let mut told: Option<String> = None;
    while !bell.should_yield() {
        let round = catch_unwind(AssertUnwindSafe(|| courier.round(bell)));
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
                say(name, &mut told, trouble.unwrap_or_default());
                until(site, round.next)
            }
            // Somebody is at it by hand.
            Ok(Err(RunError::Busy(_))) => Some(SHORTEST * 20),
            Ok(Err(RunError::Cancelled)) => None,
            Ok(Err(error)) => {
                say(name, &mut told, error.to_string());
                Some(AFTER_FAILURE)
            }
            Err(_) => {
                say(name, &mut told, "a bug in Feedgate".to_owned());
                Some(AFTER_FAILURE)
            }
        };
        let began = Instant::now();
        // Idle connections are kept open: signing in takes much longer than asking.
        while !bell.wait(next.map(|next| next.saturating_sub(began.elapsed()))) {
            courier.keep_alive();
        }
    }
}

/// Tells of a trouble when it comes and when it goes, not every time.
fn say(name: &str, told: &mut Option<String>, trouble: String) {
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

/// What wakes a courier, and what it is told.
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
    leaves: AtomicBool,
    stopping: Arc<AtomicBool>,
    giving_up: Arc<AtomicBool>,
}

impl Bell {
    fn new(stopping: &Arc<AtomicBool>, giving_up: &Arc<AtomicBool>) -> Bell {
        Bell {
            rung: Mutex::default(),
            changed: Condvar::new(),
            leaves: AtomicBool::new(false),
            stopping: Arc::clone(stopping),
            giving_up: Arc::clone(giving_up),
        }
    }

    fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.changed.notify_all();
    }

    fn leave(&self) {
        self.leaves.store(true, Ordering::Relaxed);
        self.ring();
    }

    /// Waits until it is rung, or so long; `None`: until it is rung. Whether it is time for the next round: a wait ends
    /// after [`KEEPALIVE`] at the latest.
    fn wait(&self, most: Option<Duration>) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = most.map_or(KEEPALIVE, |most| most.min(KEEPALIVE));
        let (mut rung, _) = self
            .changed
            .wait_timeout_while(rung, turn, |rung| !*rung)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *rung) || most.is_some_and(|most| most <= KEEPALIVE)
    }
}

impl Observer for Bell {
    fn should_yield(&self) -> bool {
        self.leaves.load(Ordering::Relaxed) || self.stopping.load(Ordering::Relaxed)
    }

    fn is_cancelled(&self) -> bool {
        self.giving_up.load(Ordering::Relaxed)
    }
}
