//! What every handler is given: the site, and the threads on which operations are called.

use super::failure::Failure;
use super::flash::Flashes;
use super::request::Who;
use crate::operations::users::DemoLinks;
use crate::operations::{
    Caller, Command, Observer, OperationError, Requested, Response, RunRequest, Site, dispatch,
    request_runs,
};
use chrono::{DateTime, FixedOffset};
use serde_json::Value;
use std::io;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Operations that only read, at once: they share the processors with the runs.
const READS_AT_ONCE: usize = 4;
/// Acts at once. Most of their time they wait for the daemon.
const ACTS_AT_ONCE: usize = 16;
/// Attempts to sign in or enrol at once, so that a flood of them keeps no acts waiting.
const SIGN_INS_AT_ONCE: usize = 4;
/// Programs that wait for the end of runs, at once.
const WAITS_AT_ONCE: usize = 4;
/// How long a page waits for the daemon to carry out an act; the act itself goes on.
const ACT_PATIENCE: Duration = Duration::from_secs(20);
/// How long a program may wait for the end of runs; they go on.
const RUN_PATIENCE: Duration = Duration::from_secs(3_600);

/// What every handler is given.
#[derive(Clone)]
pub(super) struct App(Arc<Shared>);

struct Shared {
    /// The site under the configuration of now.
    site: RwLock<Arc<Site>>,
    reads: Arc<Semaphore>,
    acts: Arc<Semaphore>,
    sign_ins: Arc<Semaphore>,
    waits: Arc<Semaphore>,
    /// The `OpenAPI` document, once the routes are known.
    document: OnceLock<Value>,
    flashes: Flashes,
    /// The links that sign in, of a demonstration.
    demo: Option<Arc<DemoLinks>>,
    /// When the server began.
    since: DateTime<FixedOffset>,
}

impl App {
    pub(super) fn new(site: &Site, demo: Option<Arc<DemoLinks>>) -> App {
        let since = site.now();
        let site = Arc::new(site.keeping_ledgers_open());
        App(Arc::new(Shared {
            site: RwLock::new(site),
            reads: Arc::new(Semaphore::new(READS_AT_ONCE)),
            acts: Arc::new(Semaphore::new(ACTS_AT_ONCE)),
            sign_ins: Arc::new(Semaphore::new(SIGN_INS_AT_ONCE)),
            waits: Arc::new(Semaphore::new(WAITS_AT_ONCE)),
            document: OnceLock::new(),
            flashes: Flashes::default(),
            demo,
            since,
        }))
    }

    /// The site under the configuration of now.
    pub(super) fn site(&self) -> Arc<Site> {
        let site = self.0.site.read();
        Arc::clone(&site.unwrap_or_else(PoisonError::into_inner))
    }

    /// Goes by another configuration from now on.
    pub(super) fn reload(&self, site: &Site) {
        let old = self.0.site.write();
        let site = Arc::new(site.keeping_ledgers_open());
        *old.unwrap_or_else(PoisonError::into_inner) = site;
    }

    /// Since when the daemon serves.
    pub(super) fn since(&self) -> DateTime<FixedOffset> {
        self.0.since
    }

    /// The links that sign in, where this is a demonstration.
    pub(super) fn demo(&self) -> Option<&DemoLinks> {
        self.0.demo.as_deref()
    }

    pub(super) fn flashes(&self) -> &Flashes {
        &self.0.flashes
    }

    /// Keeps the `OpenAPI` document of the routes.
    pub(super) fn keep_document(&self, document: Value) {
        // The routes of one server are always the same.
        let _ = self.0.document.set(document);
    }

    /// The `OpenAPI` document.
    ///
    /// # Errors
    /// There is none yet, which is a bug.
    pub(super) fn document(&self) -> Result<&Value, Failure> {
        self.0.document.get().ok_or_else(Failure::bug)
    }

    /// Calls an operation that reads.
    ///
    /// # Errors
    /// The operation's own, or the server is ending.
    pub(super) async fn read<T, E>(
        &self,
        operation: impl FnOnce(&Site) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        E: Send + 'static,
        Failure: From<E>,
    {
        let site = self.site();
        blocking(&self.0.reads, move || operation(&site)).await
    }

    /// Calls an operation that changes something, in the name of a user.
    ///
    /// # Errors
    /// As [`App::read`].
    pub(super) async fn act<T, E>(
        &self,
        who: &Who,
        operation: impl FnOnce(&Site) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        E: Send + 'static,
        Failure: From<E>,
    {
        let site = self.site().for_user(who.name());
        blocking(&self.0.acts, move || operation(&site)).await
    }

    /// Calls an operation that changes something before anyone is signed in.
    ///
    /// # Errors
    /// As [`App::read`].
    pub(super) async fn anyone_acts<T, E>(
        &self,
        operation: impl FnOnce(&Site) -> Result<T, E> + Send + 'static,
    ) -> Result<T, Failure>
    where
        T: Send + 'static,
        E: Send + 'static,
        Failure: From<E>,
    {
        let site = self.site();
        blocking(&self.0.sign_ins, move || operation(&site)).await
    }

    /// Has a command carried out, and waits for it as long as a page may take. `None`: the daemon is still at it.
    ///
    /// # Errors
    /// The command came to nothing.
    pub(super) async fn command(
        &self,
        who: &Who,
        command: Command,
    ) -> Result<Option<Response>, Failure> {
        let caller = PageCaller::default();
        let answer = self.act(who, move |site| carried_out(site, &command, &caller));
        answer.await?.map(after_command).transpose()
    }

    /// As [`App::command`], and waits for it as long as runs take.
    ///
    /// # Errors
    /// The command came to nothing, or as many wait as may.
    pub(super) async fn command_to_its_end(
        &self,
        who: &Who,
        command: Command,
    ) -> Result<Option<Response>, Failure> {
        if self.0.waits.available_permits() == 0 {
            return Err(Failure::busy(format!(
                "{WAITS_AT_ONCE} programs wait for the end of runs already, which is the most; ask without `wait`, or later."
            )));
        }
        let caller = PageCaller::until(RUN_PATIENCE);
        let site = self.site().for_user(who.name());
        let answer = blocking(&self.0.waits, move || carried_out(&site, &command, &caller));
        answer.await?.map(after_command).transpose()
    }

    /// Asks for runs, and waits until the first has begun.
    ///
    /// # Errors
    /// The request came to nothing.
    pub(super) async fn request_runs(
        &self,
        who: &Who,
        request: RunRequest,
    ) -> Result<Requested, Failure> {
        let asked = self.act(who, move |site| {
            request_runs(site, request, &PageCaller::default())
        });
        match asked.await? {
            Requested::Ended(response) => after_command(response).map(Requested::Ended),
            under_way @ Requested::UnderWay(_) => Ok(under_way),
        }
    }
}

/// Carries out a command. `None`: the daemon is still at it.
fn carried_out(
    site: &Site,
    command: &Command,
    caller: &PageCaller,
) -> Result<Option<Response>, OperationError> {
    match dispatch(site, command, caller) {
        Ok(response) => Ok(Some(response)),
        Err(OperationError::Interrupted {
            withdrawn: false, ..
        }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The response to a command that came to something.
///
/// # Errors
/// It came to nothing: what it was about is busy, or it was refused.
pub(super) fn after_command(response: Response) -> Result<Response, Failure> {
    match response.exit_code {
        _ if response.failure.is_empty() => Ok(response),
        BUSY => Err(Failure::busy(response.failure.join(" "))),
        _ => Err(Failure::refused(response.failure)),
    }
}

/// The exit code of a command whose integration is busy.
const BUSY: u8 = 6;

/// Calls a function on a thread that may block, when one of the permits is free. The function keeps the permit also when who
/// asked has gone away.
async fn blocking<T, E>(
    permits: &Arc<Semaphore>,
    operation: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Failure>
where
    T: Send + 'static,
    E: Send + 'static,
    Failure: From<E>,
{
    let permit = Arc::clone(permits).acquire_owned().await;
    let permit = permit.map_err(|_| Failure::ending())?;
    let done = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        operation()
    });
    match done.await {
        Ok(result) => result.map_err(Failure::from),
        Err(_) => Err(Failure::bug()),
    }
}

/// A page or a request of the API that gave a command. It stops waiting after some time.
pub(super) struct PageCaller {
    until: Instant,
}

impl PageCaller {
    fn until(patience: Duration) -> PageCaller {
        PageCaller {
            until: Instant::now() + patience,
        }
    }
}

impl Default for PageCaller {
    fn default() -> PageCaller {
        PageCaller::until(ACT_PATIENCE)
    }
}

impl Observer for PageCaller {}

impl Caller for PageCaller {
    fn interruption(&self) -> io::Result<Box<dyn Fn() -> Option<i32>>> {
        let until = self.until;
        Ok(Box::new(move || {
            (Instant::now() >= until).then_some(rustix::process::Signal::ALARM.as_raw())
        }))
    }
}
