//! What every handler is given: the site, and the threads on which operations are called.

use super::failure::Failure;
use super::flash::Flashes;
use super::request::Who;
use crate::operations::users::DemoLinks;
use crate::operations::{Caller, Command, Observer, OperationError, Response, Site, dispatch};
use chrono::{DateTime, FixedOffset};
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Operations that only read, at once: they share the processors with the runs.
const READS_AT_ONCE: usize = 4;
/// Acts at once. Most of their time they wait for the daemon.
const ACTS_AT_ONCE: usize = 16;
/// Attempts to sign in or enrol at once, so that a flood of them keeps no acts waiting.
const SIGN_INS_AT_ONCE: usize = 4;
/// How long a page waits for the daemon to carry out an act; the act itself goes on.
const ACT_PATIENCE: Duration = Duration::from_secs(20);

/// What every handler is given.
#[derive(Clone)]
pub(super) struct App(Arc<Shared>);

struct Shared {
    /// The site under the configuration of now.
    site: RwLock<Arc<Site>>,
    reads: Semaphore,
    acts: Semaphore,
    sign_ins: Semaphore,
    flashes: Flashes,
    /// The links that sign in, of a demonstration.
    demo: Option<Arc<DemoLinks>>,
    /// When the server began.
    since: DateTime<FixedOffset>,
}

impl App {
    pub(super) fn new(site: Arc<Site>, demo: Option<Arc<DemoLinks>>) -> App {
        let since = site.now();
        App(Arc::new(Shared {
            site: RwLock::new(site),
            reads: Semaphore::new(READS_AT_ONCE),
            acts: Semaphore::new(ACTS_AT_ONCE),
            sign_ins: Semaphore::new(SIGN_INS_AT_ONCE),
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
    pub(super) fn reload(&self, site: Arc<Site>) {
        let old = self.0.site.write();
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
        let answer = self.act(who, move |site| -> Result<_, Failure> {
            match dispatch(site, &command, &PageCaller::default()) {
                Ok(response) => Ok(Some(response)),
                Err(OperationError::Interrupted {
                    withdrawn: false, ..
                }) => Ok(None),
                Err(error) => Err(Failure::from(error)),
            }
        });
        match answer.await? {
            Some(response) if !response.failure.is_empty() => {
                Err(Failure::refused(response.failure))
            }
            answer => Ok(answer),
        }
    }
}

/// Calls a function on a thread that may block, when one of the permits is free.
async fn blocking<T, E>(
    permits: &Semaphore,
    operation: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Failure>
where
    T: Send + 'static,
    E: Send + 'static,
    Failure: From<E>,
{
    let _permit = permits.acquire().await.map_err(|_| Failure::ending())?;
    let done = tokio::task::spawn_blocking(operation).await;
    match done {
        Ok(result) => result.map_err(Failure::from),
        Err(_) => Err(Failure::bug()),
    }
}

/// A page or a request of the API that gave a command. It stops waiting after some time.
pub(super) struct PageCaller {
    until: Instant,
}

impl Default for PageCaller {
    fn default() -> PageCaller {
        PageCaller {
            until: Instant::now() + ACT_PATIENCE,
        }
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
