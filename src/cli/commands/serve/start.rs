//! Starting the server: what it listens on, which vaults it serves, and what it does beside that.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::cache::CacheArgs;
use super::certificate::Certificate;
use super::ending::{Reload, ended};
use super::following::following;
use super::log::{LogForm, logger};
use super::vaults::{RegionVault, open, rotating};
use super::{ticking, units};
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::Format;
use crate::cli::terminal::signal;
use crate::serve::http::address::{Address, Listener};
use crate::serve::http::limits::Limits;
use crate::serve::http::listen::{self, Entrance};
use crate::serve::server::{Admission, Server};

#[derive(Debug, Args)]
pub(super) struct StartArgs {
    /// Where to listen: ADDRESS:PORT or unix:PATH; may be repeated
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7777")]
    listen: Vec<Address>,
    /// Accept requests without a valid signature, with the rights of your identity
    #[arg(long)]
    open: bool,
    /// Accept requests for this host name too; may be repeated
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// Certificate with its chain, in PEM: needed to listen beyond this machine
    #[arg(long, value_name = "FILE", requires = "tls_key", value_hint = clap::ValueHint::FilePath)]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert", value_hint = clap::ValueHint::FilePath)]
    tls_key: Option<PathBuf>,
    /// Refuse requests for other regions
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Serve another vault for a region; may be repeated
    #[arg(long = "map-region", value_name = "REGION=VAULT")]
    regions: Vec<RegionVault>,
    /// Account id in ARNs [default: that of the vault]
    #[arg(long, value_name = "DIGITS", value_parser = account)]
    account: Option<String>,
    /// Maximum number of connections
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    max_connections: u32,
    /// Close connections without a request after this many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(1..))]
    idle_timeout: u32,
    /// Cut off clients that take longer than this to send a request or to read its answer
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    transfer_timeout: u32,
    /// Log of requests on stderr
    #[arg(long, value_enum, default_value_t = LogForm::Text, value_name = "FORM")]
    log: LogForm,
    #[command(flatten)]
    cache: CacheArgs,
    /// Run `vault tick` every minute
    #[arg(long)]
    tick: bool,
    /// Print the files to run this as a service of systemd or launchd
    #[arg(long)]
    install: bool,
}

/// What is served, for scripts.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ServeReport {
    endpoints: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cache_endpoints: Vec<String>,
    region: String,
    account_id: String,
}

pub(super) fn run(args: &StartArgs, context: &mut Context) -> CliResult<()> {
    if args.install {
        return units::print(&args.listen, context);
    }
    let files = args.tls_cert.as_ref().zip(args.tls_key.as_ref());
    let certificate = files.map(|(chain, key)| Certificate::open(chain, key)).transpose()?;
    let tls = certificate.as_ref().map(|certificate| certificate.tls.clone());
    let listeners = listeners(args, tls.is_some())?;
    let cache = opened(&args.cache.cache_listen, args, tls.is_some())?;
    let endpoints = |listeners: &[Listener]| -> CliResult<Vec<String>> {
        listeners.iter().map(|listener| Ok(endpoint(&listener.address()?, tls.is_some()))).collect()
    };
    let (endpoints, cache_endpoints) = (endpoints(&listeners)?, endpoints(&cache)?);
    let server = Arc::new(server(args, context)?);
    server.introduce();
    let report = ServeReport::new(&server, endpoints, cache_endpoints);
    let _ticking = args.tick.then(|| ticking::start(&server, context)).transpose()?;
    let reload = Reload { server: Arc::clone(&server), certificate };
    signal::hand_over();
    let entrance = Entrance { listeners, cache, tls, limits: limits(args) };
    let announce = |context: &mut Context| report.announce(args.open, context);
    following(&server, context, announce, {
        let server = Arc::clone(&server);
        move |ready| {
            let done = listen::serve(&server, entrance, ready, ended(reload));
            server.end_rotations();
            done
        }
    })
}

fn server(args: &StartArgs, context: &mut Context) -> CliResult<Server> {
    let log = logger(if context.global.quiet { LogForm::Off } else { args.log });
    let served = open(context.open_vault()?, args.account.clone(), context)?;
    let mut server = Server::new(rotating(served, &log));
    for RegionVault { region, vault } in &args.regions {
        let other = context.open_other(vault)?;
        server.regions.insert(region.clone(), rotating(open(other, args.account.clone(), context)?, &log));
    }
    server.region.clone_from(&args.region);
    args.cache.allow(&mut server, context)?;
    server.hosts.clone_from(&args.hosts);
    server.admission = if args.open { Admission::Open } else { Admission::Signed };
    server.log = log;
    Ok(server)
}

impl ServeReport {
    fn new(server: &Server, endpoints: Vec<String>, cache_endpoints: Vec<String>) -> Self {
        let vault = server.vault.last();
        ServeReport {
            endpoints,
            cache_endpoints,
            region: server.region.clone().unwrap_or_else(|| vault.vault.account().region),
            account_id: server.vault.account(&vault, "").id,
        }
    }

    fn announce(&self, is_open: bool, context: &mut Context) {
        for endpoint in &self.endpoints {
            context.ui.note(format!("serving on {endpoint}"));
        }
        for endpoint in &self.cache_endpoints {
            context.ui.note(format!("serving the cache API on {endpoint}"));
        }
        if is_open {
            context.ui.warning("anyone who can reach it has the rights of your identity (`--open`)");
        }
        if context.ui.settings().format == Format::Json {
            // A reader that has gone away does not keep the server from serving.
            let _ = context.ui.json(self);
        }
    }
}

/// The sockets: those of the service manager, if it has opened any, otherwise those that are asked for.
fn listeners(args: &StartArgs, has_tls: bool) -> CliResult<Vec<Listener>> {
    let inherited = env::listen_sockets().into_iter().map(Listener::inherited).collect::<Result<Vec<_>, _>>()?;
    let listeners = if inherited.is_empty() { opened(&args.listen, args, has_tls)? } else { inherited };
    listeners.iter().try_for_each(|listener| check(&listener.address()?, args, has_tls))?;
    Ok(listeners)
}

fn opened(addresses: &[Address], args: &StartArgs, has_tls: bool) -> CliResult<Vec<Listener>> {
    addresses.iter().map(|address| check(address, args, has_tls).and_then(|()| listen_on(address))).collect()
}

fn listen_on(address: &Address) -> CliResult<Listener> {
    address.listen().map_err(|cause| {
        CliError::usage(format!("cannot listen on {address}: {cause}"), "choose another address with `--listen`")
    })
}

/// Beyond this machine, connections are encrypted and requests signed.
fn check(address: &Address, args: &StartArgs, has_tls: bool) -> CliResult<()> {
    if address.is_local() {
        return Ok(());
    }
    if args.open {
        let message = format!("`--open` is not possible on {address}, which other machines can reach");
        return Err(CliError::usage(message, "omit `--open`"));
    }
    if !has_tls {
        let message = format!("listening on {address}, which other machines can reach, needs TLS");
        return Err(CliError::usage(message, "add `--tls-cert FILE --tls-key FILE`, or listen on 127.0.0.1"));
    }
    Ok(())
}

fn limits(args: &StartArgs) -> Limits {
    Limits {
        connections: args.max_connections.try_into().unwrap_or(usize::MAX),
        cache_connections: args.cache.cache_max_connections.try_into().unwrap_or(usize::MAX),
        idle: Duration::from_secs(args.idle_timeout.into()),
        transfer: Duration::from_secs(args.transfer_timeout.into()),
        ..Limits::default()
    }
}

fn endpoint(address: &Address, has_tls: bool) -> String {
    match address {
        Address::Tcp(address) if has_tls => format!("https://{address}"),
        Address::Tcp(address) => format!("http://{address}"),
        Address::Unix(_) => address.to_string(),
    }
}

fn account(text: &str) -> Result<String, String> {
    let is_id = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_id { Ok(text.to_owned()) } else { Err("an account id has twelve digits".into()) }
}
