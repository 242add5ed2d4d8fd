//! An endpoint for programs that this process runs: on loopback, at a port that the system chooses, until it is dropped.

use std::ffi::OsString;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use tokio::sync::oneshot;

use super::http::address::Listener;
use super::http::limits::Limits;
use super::http::listen::{self, Entrance};
use super::served::Served;
use super::server::Server;
use super::session::Session;
use super::tally::Settled;

/// How many connections a program may have at once.
const CONNECTIONS: usize = 128;

pub(crate) struct PrivateEndpoint {
    served: Arc<Served>,
    address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
}

impl PrivateEndpoint {
    /// Starts one in a thread of its own.
    pub(crate) fn start(served: Arc<Served>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let (end, ended) = oneshot::channel::<()>();
        let server = Arc::new(Server::new(Arc::clone(&served)));
        let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
        let entrance = Entrance { listeners: vec![Listener::Tcp(listener)], cache: Vec::new(), tls: None, limits };
        thread::Builder::new().name("serve".into()).spawn(move || {
            // Programs see that it has ended: nobody else could do anything about it.
            drop(listen::serve(&server, entrance, || (), gone(ended)));
        })?;
        Ok(PrivateEndpoint { served, address, end: Some(end) })
    }

    pub(crate) fn served(&self) -> &Served {
        &self.served
    }

    /// What an SDK reads from its environment to call it as a session.
    pub(crate) fn variables(&self, session: &Session) -> Vec<(OsString, OsString)> {
        let url = format!("http://{}", self.address);
        let region = self.served.last().vault.account().region;
        let text = |value: &crate::model::value::SecretValue| value.reveal_text().unwrap_or_default().to_owned();
        let variables = [
            ("AWS_ENDPOINT_URL", url.clone()),
            ("AWS_ENDPOINT_URL_SSM", url.clone()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", url.clone()),
            ("AWS_ENDPOINT_URL_STS", url.clone()),
            ("SECRETS_MANAGER_ENDPOINT", url),
            ("AWS_ACCESS_KEY_ID", session.access_key.clone()),
            ("AWS_SECRET_ACCESS_KEY", text(&session.secret)),
            ("AWS_SESSION_TOKEN", text(&session.token)),
            ("AWS_REGION", region.clone()),
            ("AWS_DEFAULT_REGION", region),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_TOKEN", text(&session.token)),
            ("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", self.address.port().to_string()),
        ];
        variables.map(|(name, value)| (name.into(), value.into())).to_vec()
    }
}

/// Ready when the program has ended. Nothing hurries what is answered then.
async fn gone(ended: oneshot::Receiver<()>) -> impl Future<Output = ()> {
    drop(ended.await);
    std::future::pending()
}

impl Drop for PrivateEndpoint {
    /// Nobody waits for the thread: those who were served are gone.
    fn drop(&mut self) {
        drop(self.end.take());
        self.served.settle(Settled::All);
    }
}
