//! Starting the server: what it listens on, which vaults it serves, and what it does beside that.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::cache;
use super::ending::{Reload, ended, unusable};
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
use crate::serve::http::tls::Tls;
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
    cache: cache::CacheArgs,
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
    let tls = tls(args)?;
    let listeners = listeners(args, tls.is_some())?;
    let cache = opened(&args.cache.cache_listen, args, tls.is_some())?;
    let addresses = listeners.iter().chain(&cache).map(Listener::address).collect::<Result<Vec<_>, _>>()?;
    let server = Arc::new(server(args, context)?);
    server.introduce();
    let mut endpoints: Vec<_> = addresses.iter().map(|address| endpoint(address, tls.is_some())).collect();
    let cache_endpoints = endpoints.split_off(listeners.len());
    let _ticking = args.tick.then(|| ticking::start(&server, context)).transpose()?;
    let certificate = tls.clone().zip(args.tls_cert.clone()).zip(args.tls_key.clone());
    let reload =
        Reload { server: Arc::clone(&server), certificate: certificate.map(|((tls, cert), key)| (tls, cert, key)) };
    signal::hand_over();
    let entrance = Entrance { listeners, cache, tls, limits: limits(args) };
    let announce = |context: &mut Context| announce((&endpoints, &cache_endpoints), &server, args.open, context);
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

fn announce((endpoints, cache): (&[String], &[String]), server: &Server, is_open: bool, context: &mut Context) {
    let account = server.vault.account(&server.vault.last(), "");
    let region = server.region.clone().unwrap_or_else(|| server.vault.last().vault.account().region);
    for endpoint in endpoints {
        context.ui.note(format!("serving on {endpoint}"));
    }
    for endpoint in cache {
        context.ui.note(format!("serving the cache API on {endpoint}"));
    }
    if is_open {
        let who = "anyone who can reach it has the rights of your identity (`--open`)";
        context.ui.warning(who);
    }
    if context.ui.settings().format == Format::Json {
        let report = ServeReport {
            endpoints: endpoints.to_vec(),
            cache_endpoints: cache.to_vec(),
            region,
            account_id: account.id,
        };
        // A reader that has gone away does not keep the server from serving.
        let _ = context.ui.json(&report);
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
    address.listen().map_err(|cause| CliError::Usage {
        message: format!("cannot listen on {address}: {cause}"),
        hint: "choose another address with `--listen`".into(),
    })
}

/// Beyond this machine, connections are encrypted and requests signed.
fn check(address: &Address, args: &StartArgs, has_tls: bool) -> CliResult<()> {
    if address.is_local() {
        return Ok(());
    }
    let refused = |message, hint: &str| Err(CliError::Usage { message, hint: hint.into() });
    if args.open {
        return refused(
            format!("`--open` is not possible on {address}, which other machines can reach"),
            "omit `--open`",
        );
    }
    if !has_tls {
        let hint = "add `--tls-cert FILE --tls-key FILE`, or listen on 127.0.0.1";
        return refused(format!("listening on {address}, which other machines can reach, needs TLS"), hint);
    }
    Ok(())
}

fn tls(args: &StartArgs) -> CliResult<Option<Tls>> {
    let Some((cert, key)) = args.tls_cert.as_ref().zip(args.tls_key.as_ref()) else { return Ok(None) };
    let (chain, secret) = super::ending::read_certificate(cert, key)?;
    let tls = Tls::new(&chain, &secret).map_err(|error| CliError::Usage {
        message: unusable(&error, cert, key),
        hint: "give a certificate chain and its unencrypted private key, both in PEM".into(),
    })?;
    Ok(Some(tls))
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
