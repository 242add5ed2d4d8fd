//! Accepting connections.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{LocalSet, spawn_local};

use super::address::Listener;
use super::connection;
use super::crowd::Crowd;
use super::gate::Gate;
use super::limits::Limits;
use super::tls::Tls;
use crate::serve::caller::Origin;
use crate::serve::server::Server;
use crate::serve::wiping;

/// How long to wait when the process has too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// How many threads work on what is not in memory.
const WORKERS: usize = 4;

/// What a server listens on, and how.
pub(crate) struct Entrance {
    /// Sockets that accept connections.
    pub listeners: Vec<Listener>,
    /// Sockets at which only the API of AWS's extension and agent is answered.
    pub cache: Vec<Listener>,
    /// The certificate for connections that are not through Unix sockets.
    pub tls: Option<Tls>,
    /// How much and how long.
    pub limits: Limits,
}

/// Serves until `end` is ready, which is polled in the runtime of the server. `ready` is called once connections are accepted.
pub(crate) fn serve(
    server: &Arc<Server>,
    entrance: Entrance,
    ready: impl FnOnce(),
    end: impl Future<Output = ()>,
) -> io::Result<()> {
    wiping::begin();
    allow_files(entrance.limits.connections);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().max_blocking_threads(WORKERS).build()?;
    let (stop, stopped) = watch::channel(false);
    let shutdown = entrance.limits.shutdown;
    let crowd = Crowd::default();
    let (places, permits) = (Arc::new(Semaphore::new(entrance.limits.connections)), entrance.limits.connections);
    let done = LocalSet::new().block_on(&runtime, async {
        let Entrance { listeners, cache, tls, limits } = entrance;
        let mut accepting = Vec::new();
        let all = listeners.into_iter().map(|it| (it, false)).chain(cache.into_iter().map(|it| (it, true)));
        for (listener, is_cache) in all {
            let listener = Socket::of(listener)?;
            let (server, places, stopped) = (Arc::clone(server), Arc::clone(&places), stopped.clone());
            let crowd = crowd.clone();
            let tls = tls.clone().filter(|_| matches!(listener, Socket::Tcp(_)));
            accepting.push(spawn_local(
                Rc::new(Accepting { server, listener, tls, limits, places, stopped, is_cache, crowd }).run(),
            ));
        }
        accepting.push(spawn_local(settle(Arc::clone(server))));
        tokio::pin!(end);
        // Signals are noticed before anybody knows that there is a server.
        tokio::select! {
            biased;
            () = &mut end => return Ok(()),
            () = async { ready() } => end.await,
        }
        accepting.iter().for_each(tokio::task::JoinHandle::abort);
        let _ = stop.send(true);
        let all = u32::try_from(permits).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(shutdown, places.acquire_many(all)).await;
        Ok(())
    });
    // What still runs now has had its time.
    runtime.shutdown_timeout(PAUSE);
    server.settle(true);
    done
}

/// Records what was counted, each second.
async fn settle(server: Arc<Server>) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let server = Arc::clone(&server);
        // A busy second has thousands of records.
        let _ = tokio::task::spawn_blocking(move || server.settle(false)).await;
    }
}

enum Socket {
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
}

struct Accepting {
    server: Arc<Server>,
    listener: Socket,
    tls: Option<Tls>,
    limits: Limits,
    places: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
    is_cache: bool,
    crowd: Crowd,
}

impl Socket {
    fn of(listener: Listener) -> io::Result<Self> {
        match listener {
            Listener::Tcp(listener) => {
                listener.set_nonblocking(true)?;
                tokio::net::TcpListener::from_std(listener).map(Socket::Tcp)
            }
            Listener::Unix(listener) => {
                listener.set_nonblocking(true)?;
                tokio::net::UnixListener::from_std(listener).map(Socket::Unix)
            }
        }
    }
}

impl Accepting {
    async fn run(self: Rc<Self>) {
        while let Ok(place) = Arc::clone(&self.places).acquire_owned().await {
            if self.accept(place).await.is_err() {
                // Too many open files, mostly: some will be closed.
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn accept(&self, place: OwnedSemaphorePermit) -> io::Result<()> {
        let (server, tls, stopped) = (Arc::clone(&self.server), self.tls.clone(), self.stopped.clone());
        match &self.listener {
            Socket::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                stream.set_nodelay(true)?;
                let origin = Origin { peer: Some(peer.ip().to_canonical()), is_private: tls.is_some() };
                let gate = self.gate(origin, Some(stream.local_addr()?));
                spawn_local(async move {
                    connection::serve(server, stream, gate, tls, stopped).await;
                    drop(place);
                });
            }
            Socket::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                let (peer, own) = (stream.peer_cred()?.uid(), rustix::process::geteuid().as_raw());
                // The mode of the socket says so too, but not everywhere, and not before it is set.
                if peer != own && peer != 0 {
                    return Ok(());
                }
                let gate = self.gate(Origin { peer: None, is_private: true }, None);
                spawn_local(async move {
                    connection::serve(server, stream, gate, None, stopped).await;
                    drop(place);
                });
            }
        }
        Ok(())
    }

    fn gate(&self, origin: Origin, local: Option<SocketAddr>) -> Gate {
        Gate::new(self.limits, origin, local, self.is_cache, &self.crowd)
    }
}

/// Raises the limit of open files for that many connections, as far as the system allows it.
fn allow_files(connections: usize) {
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(512);
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_some_and(|now| now < current) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(current), maximum: limit.maximum });
    }
}
