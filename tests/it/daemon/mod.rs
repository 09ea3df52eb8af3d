//! The real daemon on a scratch site: its reactions to files, commands and signals.

mod arrivals;
mod hostile;
mod lifecycle;
mod order;
mod schedules;

use crate::people::{csv, people};
use crate::scenario::{DEDUCTION, DEMOGRAPHIC, Scenario, files};
use feedgate::internal::spool::Lock;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How long anything may take at most. Tests wait for what they want to see, not for this time.
const AT_MOST: Duration = Duration::from_secs(60);

/// A daemon that is killed when the test ends.
pub(crate) struct Daemon {
    child: Child,
    log: Arc<Mutex<String>>,
    /// Its lines of level DEBUG, which an operator doesn't see.
    debug: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Daemon {
    /// Starts a daemon on a site and waits until it is at work.
    pub(crate) fn start(site: &Scenario) -> Daemon {
        let mut child = site
            .command(&["daemon"])
            .env("FEEDGATE_LOG", "debug")
            .spawn()
            .expect("starts");
        let lines = BufReader::new(child.stderr.take().expect("piped"));
        let log = Arc::<Mutex<String>>::default();
        let debug = Arc::<Mutex<String>>::default();
        let (told, scans) = (Arc::clone(&log), Arc::clone(&debug));
        let reader = thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                let log = if line.contains("DEBUG") {
                    &scans
                } else {
                    &told
                };
                *lock(log) += &(line + "\n");
            }
        });
        let daemon = Daemon {
            child,
            log,
            debug,
            reader: Some(reader),
        };
        daemon.await_log("the daemon is at work");
        daemon
    }

    /// The log so far.
    pub(crate) fn log(&self) -> String {
        lock(&self.log).clone()
    }

    /// Waits until the log has this message.
    pub(crate) fn await_log(&self, words: &str) {
        self.await_logs(words, 1);
    }

    /// Waits until the log has this message that many times.
    pub(crate) fn await_logs(&self, words: &str, times: usize) {
        self.await_lines(&self.log, words, times);
    }

    fn await_lines(&self, log: &Mutex<String>, words: &str, times: usize) {
        let began = Instant::now();
        while lock(log).matches(words).count() < times {
            let ended = self.reader.as_ref().is_none_or(JoinHandle::is_finished);
            let late = began.elapsed() > AT_MOST;
            assert!(!ended && !late, "{words:?} never came");
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until scans of this integration's inbound folder that began after this call have left nothing to do.
    pub(crate) fn leaves_what_waits(&self, integration: &str) {
        let idle = format!("scanned, nothing to do integration=\"{integration}\"");
        // The next one may have begun before.
        let so_far = lock(&self.debug).matches(&idle).count();
        self.await_lines(&self.debug, &idle, so_far + 2);
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.expect("a process"), signal).expect("sent");
    }

    /// Waits for the daemon to exit and returns its log.
    fn end(mut self) -> (ExitStatus, String) {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                break status;
            }
            assert!(began.elapsed() < AT_MOST, "never ended\n{}", self.log());
            thread::sleep(Duration::from_millis(5));
        };
        if let Some(reader) = self.reader.take() {
            reader.join().expect("read");
        }
        (status, self.log())
    }

    /// Stops it as systemd does; gives its log.
    pub(crate) fn stop(self) -> String {
        self.signal(Signal::TERM);
        let (status, log) = self.end();
        assert_eq!(status.code(), Some(0), "{log}");
        log
    }

    /// Kills the daemon without warning.
    pub(crate) fn kill(self) -> String {
        self.signal(Signal::KILL);
        self.end().1
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            let log = self.log();
            let last = log.lines().count().saturating_sub(40);
            let last: Vec<&str> = log.lines().skip(last).collect();
            eprintln!("the end of the daemon's log:\n{}", last.join("\n"));
        }
    }
}

fn lock(log: &Mutex<String>) -> MutexGuard<'_, String> {
    log.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Polls until there is a result.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    wait_at_most(AT_MOST, what, look)
}

/// The same with a time limit.
#[track_caller]
pub(crate) fn wait_at_most<T>(
    time: Duration,
    what: &str,
    mut look: impl FnMut() -> Option<T>,
) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(
            began.elapsed() < time,
            "after {time:?} there is still not: {what}"
        );
        thread::sleep(Duration::from_millis(10));
    }
}

impl Scenario {
    /// An integration's inbound folder, which is there.
    pub(crate) fn inbox(&self, integration: &str) -> PathBuf {
        let folder = self.path("inbound").join(integration);
        std::fs::create_dir_all(&folder).expect("inbound");
        folder
    }

    /// The published files of a kind (`output`, `receipt`, …) that came from a source file of this stem.
    pub(crate) fn published(&self, stem: &str, what: &str) -> Vec<PathBuf> {
        let (begin, middle) = (format!("{stem}."), format!(".{what}."));
        let is = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(&begin) && name.contains(&middle)
        };
        let all = files(&self.path("outbound"));
        all.into_iter().filter(is).collect()
    }

    /// The receipts of source files of this stem, oldest first, as soon as there are that many.
    #[track_caller]
    pub(crate) fn receipts(&self, stem: &str, count: usize) -> Vec<Value> {
        let receipts = wait_for(&format!("{count} receipts of {stem}"), || {
            let found = self.published(stem, "receipt");
            (found.len() >= count).then_some(found)
        });
        assert_eq!(receipts.len(), count, "{receipts:?}");
        receipts.iter().map(|path| json(path)).collect()
    }

    /// The one receipt of a source file, as soon as it is there.
    #[track_caller]
    pub(crate) fn receipt(&self, stem: &str) -> Value {
        self.receipts(stem, 1).remove(0)
    }

    /// Waits until nothing waits, nothing is at work and every run is closed.
    #[track_caller]
    pub(crate) fn rests(&self) {
        wait_for(
            "an empty inbound, an empty work folder, no run In-Progress",
            || {
                let busy = self.tree().into_iter().any(|path| {
                    ["work/", "queue/", "inbound/"]
                        .iter()
                        .any(|p| path.starts_with(p))
                });
                let runs = || self.feedgate(&["runs", "--status", "in-progress", "--json"]);
                (!busy && runs().summaries.is_empty()).then_some(())
            },
        );
    }

    /// Rows of all output files of an integration by subscriber ID: how often each came.
    pub(crate) fn delivered(&self, integration: &str) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        let folder = self.path("outbound").join(integration).join("output");
        for file in files(&folder) {
            let bytes = std::fs::read(file).expect("readable");
            for row in crate::scenario::read_csv::<BTreeMap<String, String>>(&bytes) {
                *all.entry(row["subscriber_id"].clone()).or_default() += 1;
            }
        }
        all
    }

    /// Events, newest first.
    pub(crate) fn events(&self, more: &[&str]) -> Vec<Value> {
        let mut arguments = vec!["events", "--json", "--limit", "1000"];
        arguments.extend(more);
        let told = self.feedgate(&arguments);
        serde_json::from_str(&told.stdout).unwrap_or_else(|e| panic!("{e}: {told:?}"))
    }

    /// The first event with this action whose reason has these words, as soon as it is there.
    #[track_caller]
    pub(crate) fn event(&self, action: &str, words: &str) -> Value {
        wait_for(&format!("an event {action:?} with {words:?}"), || {
            self.events(&[]).into_iter().find(|event| {
                event["action"] == action && event["why"].as_str().unwrap_or("").contains(words)
            })
        })
    }
}

/// A file's JSON.
pub(crate) fn json(path: &Path) -> Value {
    let bytes = std::fs::read(path).expect("readable");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Uploads settle after a second; looks come at least that often. Both inbound folders are there.
pub(crate) fn quick() -> Scenario {
    with_daemon("")
}

/// The same with further keys of the daemon.
pub(crate) fn with_daemon(keys: &str) -> Scenario {
    let settle = "complete = { settle = \"1s\" }";
    let site = Scenario::new()
        .and_keys(DEMOGRAPHIC, settle)
        .and_keys(DEDUCTION, settle)
        .and_config(&format!("[daemon]\nscan_interval = \"1s\"\n{keys}"));
    site.inbox(DEMOGRAPHIC);
    site.inbox(DEDUCTION);
    site
}

/// A run of the demographic integration that takes until the lock is dropped: it waits for its roster.
pub(crate) fn busy(site: &Scenario) -> (Daemon, Lock) {
    let lock = Lock::try_acquire(&site.path("state/locks/roster-main.lock"));
    let lock = lock.expect("works").expect("free");
    site.inbound(DEMOGRAPHIC, "long.csv", csv(&people(3)));
    let daemon = Daemon::start(site);
    let own = site.path("state/locks/integration-demographic-export.lock");
    wait_for("the run of the long file", || {
        Lock::is_held(&own).expect("works").then_some(())
    });
    (daemon, lock)
}
