//! One connection.

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;

use super::exchange::exchange;
use super::gate::Gate;
use super::limits::HEAD;
use super::timed::Timed;
use super::tls::Tls;
use crate::serve::server::Server;

/// Serves a connection until it ends, or the server does.
pub(super) async fn serve(
    server: Arc<Server>,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    gate: Rc<Gate>,
    tls: Option<Tls>,
    end: watch::Receiver<bool>,
) {
    let _counted = server.metrics.connection();
    let Some(tls) = tls else {
        return converse(&server, Timed::new(stream, Rc::clone(&gate)), gate, end).await;
    };
    let mut ending = end.clone();
    let handshake = tokio::select! {
        handshake = tokio::time::timeout(gate.transfer(), tls.acceptor().accept(stream)) => handshake,
        _ = ending.wait_for(|ends| *ends) => return,
        () = gate.closed() => return,
    };
    if let Ok(Ok(stream)) = handshake {
        converse(&server, Timed::new(stream, Rc::clone(&gate)), gate, end).await;
    }
}

async fn converse(
    server: &Arc<Server>,
    stream: Timed<impl AsyncRead + AsyncWrite + Unpin>,
    gate: Rc<Gate>,
    mut end: watch::Receiver<bool>,
) {
    let service = service_fn(|request| {
        let (server, gate) = (Arc::clone(server), Rc::clone(&gate));
        async move { Ok::<_, Infallible>(exchange(server, &gate, request).await) }
    });
    // `Timed` has the time limits of a head.
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_header_size(HEAD)
        .max_buf_size(2 * HEAD)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = end.wait_for(|ends| *ends) => {}
        () = gate.closed() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = connection.await;
}
