//! The server: a thread with a runtime of its own, which takes connections and passes requests to the routes.

use super::app::App;
use super::request::Origin;
use super::router::router;
use crate::config::{Listen, Web};
use crate::operations::Site;
use crate::operations::users::DemoLinks;
use crate::spool::unix_listener;
use crate::transport::{SecretSource, server_certificate};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// The name of every thread of the server.
pub(crate) const WEB_THREAD: &str = "web";
/// Threads that pass requests on. What blocks has others.
const WORKERS: usize = 2;
/// Threads on which operations are called, at most.
const BLOCKING_THREADS: usize = 28;
/// How much the threads yield to the runs: the niceness of the system's scheduler.
const NICENESS: i32 = 10;
/// Connections at once; more wait to be taken.
const MOST_CONNECTIONS: usize = 256;
/// How long a client may take to send the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// The largest head of a request, in bytes.
const LARGEST_HEAD: usize = 32 << 10;
/// How long a TLS handshake may take.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// How long open requests get to end when the server ends.
const END_WITHIN: Duration = Duration::from_secs(5);
/// How long until an address that is in use is tried again: at first often, because a reload has just given it up.
const TRY_AGAIN: Duration = Duration::from_secs(10);
const TRY_AGAIN_SOON: Duration = Duration::from_millis(100);
/// The tries that come soon and log nothing.
const SOON: u32 = 30;

/// The dashboard of a site, served as long as this lives. Without `web.listen` it serves nothing.
#[derive(Default)]
pub(crate) struct WebServer {
    active: Option<Serving>,
    /// The links that sign in, where this is a demonstration.
    demo: Option<Arc<DemoLinks>>,
    /// Those of a configuration that was replaced; they end after their open requests.
    retired: Vec<JoinHandle<()>>,
}

struct Serving {
    web: Web,
    app: App,
    ends: watch::Sender<bool>,
    handle: JoinHandle<()>,
}

impl WebServer {
    /// The server of a demonstration, to which links sign in.
    pub(crate) fn of_demonstration(links: DemoLinks) -> WebServer {
        WebServer {
            demo: Some(Arc::new(links)),
            ..WebServer::default()
        }
    }

    /// Serves the site as it is configured now, in place of what is served. A certificate is read again in any case.
    pub(crate) fn start(&mut self, site: &Arc<Site>) {
        self.retired.retain(|handle| !handle.is_finished());
        let web = &site.config.web;
        if let Some(serving) = &self.active
            && serving.web.listen == web.listen
            && web.tls.is_none()
            && serving.web.tls.is_none()
            && serving.web.behind_proxy == web.behind_proxy
            && serving.web.base_url == web.base_url
        {
            serving.app.reload(site);
            return;
        }
        self.end();
        if web.listen.is_none() {
            return;
        }
        let app = App::new(site, self.demo.clone());
        let (ends, end) = watch::channel(false);
        let (its_app, its_web, root) = (app.clone(), web.clone(), site.config.root.clone());
        let work = move || serve(&its_app, &its_web, &root, end);
        match thread::Builder::new()
            .name(WEB_THREAD.to_owned())
            .spawn(work)
        {
            Ok(handle) => {
                self.active = Some(Serving {
                    web: web.clone(),
                    app,
                    ends,
                    handle,
                });
            }
            Err(error) => {
                tracing::error!(%error, "the dashboard can't be served; restart the daemon");
            }
        }
    }

    /// Takes no more connections and lets open requests end.
    pub(crate) fn end(&mut self) {
        if let Some(serving) = self.active.take() {
            serving.ends.send_replace(true);
            self.retired.push(serving.handle);
        }
    }

    /// Whether all requests have ended. Only to be asked after [`WebServer::end`].
    pub(crate) fn has_ended(&self) -> bool {
        self.active.is_none() && self.retired.iter().all(JoinHandle::is_finished)
    }
}

fn serve(app: &App, web: &Web, root: &Path, end: watch::Receiver<bool>) {
    // Threads inherit it. Without the right to yield they only do not yield.
    let _ = rustix::process::nice(NICENESS);
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the dashboard can't be served; restart the daemon");
            return;
        }
    };
    runtime.block_on(listen(app, web, root, end));
    runtime.shutdown_timeout(END_WITHIN);
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .max_blocking_threads(BLOCKING_THREADS)
        .thread_name(WEB_THREAD)
        .enable_all()
        .build()
}

/// Takes connections until the server ends. An address that can't be had now is tried again.
async fn listen(app: &App, web: &Web, root: &Path, mut end: watch::Receiver<bool>) {
    let mut tries = 0;
    loop {
        match Door::open(web, root).await {
            Ok(door) => {
                tracing::info!(at = door.name, "the dashboard is served");
                return door.serve(app, web.behind_proxy, end).await;
            }
            Err(error) if tries == SOON => {
                tracing::error!("the dashboard can't be served yet, and is tried again: {error}");
            }
            Err(_) => {}
        }
        let wait = if tries < SOON {
            TRY_AGAIN_SOON
        } else {
            TRY_AGAIN
        };
        tries = tries.saturating_add(1);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = end.wait_for(|over| *over) => return,
        }
    }
}

/// Where connections come in.
struct Door {
    listener: Listener,
    tls: Option<TlsAcceptor>,
    /// What the log calls it.
    name: String,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

enum Connection {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Door {
    async fn open(web: &Web, root: &Path) -> Result<Door, String> {
        let tls = web.tls.as_ref().map(|tls| {
            let key = SecretSource::parse(&tls.key, root);
            server_certificate(&root.join(&tls.certificate), &key)
        });
        let tls = tls.transpose().map_err(|fault| fault.what)?;
        let tls = tls.map(TlsAcceptor::from);
        let (listener, name) = match &web.listen {
            Some(Listen::Tcp(address)) => {
                let listener = TcpListener::bind(address).await;
                let listener = listener.map_err(|error| format!("{address}: {error}"))?;
                let bound = listener.local_addr().unwrap_or(*address);
                let scheme = if tls.is_some() { "https" } else { "http" };
                (Listener::Tcp(listener), format!("{scheme}://{bound}"))
            }
            Some(Listen::Unix(path)) => {
                let path = root.join(path);
                let listener = unix_listener(&path)
                    .and_then(UnixListener::from_std)
                    .map_err(|error| format!("the socket of web.listen can't be made: {error}"))?;
                (
                    Listener::Unix(listener),
                    "the socket of web.listen".to_owned(),
                )
            }
            None => return Err("web.listen is not set".to_owned()),
        };
        Ok(Door {
            listener,
            tls,
            name,
        })
    }

    async fn serve(self, app: &App, behind_proxy: bool, mut end: watch::Receiver<bool>) {
        let (router, _) = router(app);
        let permits = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let open = GracefulShutdown::new();
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            let taken = tokio::select! {
                taken = self.listener.accept() => taken,
                _ = end.wait_for(|over| *over) => break,
            };
            let Ok((connection, peer)) = taken else {
                // Too many open files, say: what is open may end meanwhile.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let unix = matches!(connection, Connection::Unix(_));
            let service = Service {
                router: router.clone(),
                peer,
                proxied: behind_proxy || unix,
                tls: self.tls.is_some(),
            };
            let (tls, watcher) = (self.tls.clone(), open.watcher());
            tokio::spawn(async move {
                match (connection, tls) {
                    (Connection::Tcp(stream), Some(tls)) => {
                        let handshake = tokio::time::timeout(HANDSHAKE_WITHIN, tls.accept(stream));
                        if let Ok(Ok(stream)) = handshake.await {
                            service.talk(stream, watcher).await;
                        }
                    }
                    (Connection::Tcp(stream), None) => service.talk(stream, watcher).await,
                    (Connection::Unix(stream), _) => service.talk(stream, watcher).await,
                }
                drop(permit);
            });
        }
        let _ = tokio::time::timeout(END_WITHIN, open.shutdown()).await;
    }
}

impl Listener {
    async fn accept(&self) -> io::Result<(Connection, IpAddr)> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                // Answers are small and complete.
                stream.set_nodelay(true)?;
                Ok((Connection::Tcp(stream), peer.ip()))
            }
            Listener::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Connection::Unix(stream), IpAddr::V4(Ipv4Addr::LOCALHOST)))
            }
        }
    }
}

/// Passes the requests of one connection to the routes.
struct Service {
    router: Router,
    peer: IpAddr,
    proxied: bool,
    tls: bool,
}

impl Service {
    async fn talk<S>(self, stream: S, watcher: hyper_util::server::graceful::Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let answer = hyper::service::service_fn(move |mut request: Request<Incoming>| {
            let origin = Origin::of(self.peer, request.headers(), self.proxied, self.tls);
            request.extensions_mut().insert(origin);
            self.router.clone().oneshot(request.map(Body::new))
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), answer);
        // A client that goes away is no event.
        let _ = watcher.watch(connection).await;
    }
}
