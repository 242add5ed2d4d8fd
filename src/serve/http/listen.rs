//! Accepting connections.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::{JoinHandle, LocalSet, spawn_local};

use super::address::{Listener, SocketFile};
use super::capacity::Capacity;
use super::connection;
use super::crowd::Crowd;
use super::gate::{Api, Gate};
use super::limits::Limits;
use super::tls::Tls;
use crate::serve::caller::Origin;
use crate::serve::server::Server;
use crate::serve::tally::Settled;
use crate::serve::wiping;

/// How long to wait when the process has too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// How many threads work on what is not in memory: more than there are writers at once.
const WORKERS: usize = 8;

/// How many files requests may have open besides the connections.
const FILES: usize = 512;

/// What a server listens on, and how.
pub(crate) struct Entrance {
    /// Sockets that accept connections.
    pub listeners: Vec<Listener>,
    /// Sockets at which only the API of AWS's extension and agent is answered.
    pub cache: Vec<Listener>,
    /// The certificate for connections that are not through Unix sockets.
    pub tls: Option<Tls>,
    pub limits: Limits,
}

/// Serves until `end` is ready, which is polled in the runtime of the server. Requests in flight then have some time, but only until
/// what `end` returned is ready too. `ready` is called once connections are accepted.
pub(crate) fn serve<N: Future<Output = ()>>(
    server: &Arc<Server>,
    entrance: Entrance,
    ready: impl FnOnce(),
    end: impl Future<Output = N>,
) -> io::Result<()> {
    wiping::begin();
    let capacity = Capacity::new(allowed(entrance.limits.connections));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(WORKERS).build()?;
    let (stop, stopped) = watch::channel(false);
    let shutdown = entrance.limits.shutdown;
    let done = LocalSet::new().block_on(&runtime, async {
        let mut tasks = accept_all(server, entrance, &capacity, &stopped)?;
        tasks.push(spawn_local(settle(Arc::clone(server))));
        tokio::pin!(end);
        // Signals are noticed before anybody knows that there is a server.
        let at_once = tokio::select! {
            biased;
            _ = &mut end => return Ok(()),
            () = async { ready() } => end.await,
        };
        tasks.iter().for_each(JoinHandle::abort);
        let _ = stop.send(true);
        tokio::select! {
            _ = tokio::time::timeout(shutdown, capacity.all_gone()) => {}
            () = at_once => {}
        }
        Ok(())
    });
    // What still runs now has had its time.
    runtime.shutdown_timeout(PAUSE);
    server.settle(Settled::All);
    done
}

/// Begins to accept connections everywhere.
fn accept_all(
    server: &Arc<Server>,
    Entrance { listeners, cache, tls, limits }: Entrance,
    capacity: &Rc<Capacity>,
    stopped: &watch::Receiver<bool>,
) -> io::Result<Vec<JoinHandle<()>>> {
    let whole = listeners.into_iter().map(|listener| (listener, Api::Whole));
    let all = whole.chain(cache.into_iter().map(|listener| (listener, Api::Cache)));
    let crowd = Crowd::default();
    let begin = |(listener, api)| {
        let listener = Socket::of(listener)?;
        let (server, capacity, stopped) = (Arc::clone(server), Rc::clone(capacity), stopped.clone());
        let (crowd, tls) = (crowd.clone(), tls.clone().filter(|_| matches!(listener, Socket::Tcp(_))));
        Ok(spawn_local(Accepting { server, listener, tls, limits, capacity, stopped, api, crowd }.run()))
    };
    all.map(begin).collect()
}

/// Records what was counted, each second.
async fn settle(server: Arc<Server>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let server = Arc::clone(&server);
        // A busy second has thousands of records.
        let _ = tokio::task::spawn_blocking(move || server.settle(Settled::Past)).await;
    }
}

enum Socket {
    Tcp(tokio::net::TcpListener),
    /// Its file is removed before it is closed.
    Unix {
        _file: Option<SocketFile>,
        listener: tokio::net::UnixListener,
    },
}

struct Accepting {
    server: Arc<Server>,
    listener: Socket,
    tls: Option<Tls>,
    limits: Limits,
    capacity: Rc<Capacity>,
    stopped: watch::Receiver<bool>,
    api: Api,
    crowd: Crowd,
}

impl Socket {
    fn of(listener: Listener) -> io::Result<Self> {
        match listener {
            Listener::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                tokio::net::TcpListener::from_std(listener).map(Socket::Tcp)
            }
            Listener::Unix(file, listener) => {
                listener.set_nonblocking(true)?;
                Ok(Socket::Unix { _file: file, listener: tokio::net::UnixListener::from_std(listener)? })
            }
        }
    }
}

impl Accepting {
    async fn run(self) {
        loop {
            let accepted = match &self.listener {
                Socket::Tcp(listener) => self.tcp(listener).await,
                Socket::Unix { listener, .. } => self.unix(listener).await,
            };
            if accepted.is_err() {
                // Too many open files, mostly: some will be closed.
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn tcp(&self, listener: &tokio::net::TcpListener) -> io::Result<()> {
        let (stream, peer) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let origin = Origin { peer: Some(peer.ip().to_canonical()), is_private: self.tls.is_some() };
        let local = Some(stream.local_addr()?);
        self.serve(stream, origin, local).await
    }

    async fn unix(&self, listener: &tokio::net::UnixListener) -> io::Result<()> {
        let (stream, _) = listener.accept().await?;
        let (peer, own) = (stream.peer_cred()?.uid(), rustix::process::geteuid().as_raw());
        // The mode of the socket says so too, but not everywhere, and not before it is set.
        if peer != own && peer != 0 {
            return Ok(());
        }
        self.serve(stream, Origin { peer: None, is_private: true }, None).await
    }

    /// Serves a connection as soon as there is a place for it.
    async fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
        origin: Origin,
        local: Option<SocketAddr>,
    ) -> io::Result<()> {
        let gate = || Gate::new(self.limits, origin, local, self.api, &self.crowd);
        let (place, gate) = self.capacity.take(gate).await.map_err(io::Error::other)?;
        let (server, tls, stopped) = (Arc::clone(&self.server), self.tls.clone(), self.stopped.clone());
        spawn_local(async move {
            connection::serve(server, stream, gate, tls, stopped).await;
            drop(place);
        });
        Ok(())
    }
}

/// Raises the limit of open files for that many connections, as far as the system allows it. Returns how many there may be: each needs
/// files for its requests.
fn allowed(connections: usize) -> usize {
    let wanted = u64::try_from(connections.saturating_add(FILES)).unwrap_or(u64::MAX);
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|now| now < current) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
    }
    let files = getrlimit(Resource::Nofile).current.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
    connections.min(files - FILES.min(files / 2)).max(1)
}
