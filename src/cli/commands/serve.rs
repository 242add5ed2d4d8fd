//! `vault serve`: AWS's wire API on the vault.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;

use crate::cli::commands::rotate::surroundings;
use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::CliResult;
use crate::engine::{ChainSource, OpenOptions, Vault};
use crate::hook::{Endpoints, Settings};
use crate::model::freshness::Freshness;
use crate::serve::functions::FunctionEndpoints;
use crate::serve::http::listen;
use crate::serve::served::{Opener, Served};

/// Serve the vault to programs written against AWS
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  vault serve\n  AWS_ENDPOINT_URL=http://127.0.0.1:7777 aws ssm describe-parameters"
)]
pub(crate) struct ServeArgs {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7777")]
    listen: SocketAddr,
    /// Accept requests of anyone, without a signature; with the rights of your identity
    #[arg(long)]
    open: bool,
}

pub(crate) fn run(args: &ServeArgs, context: &mut Context) -> CliResult<()> {
    let served = serve(context)?;
    if args.open {
        context.ui.warning("anyone who can reach this address has the rights of your identity (`--open`)");
    }
    let ui = &mut context.ui;
    let ready = |address| ui.note(format!("serving on http://{address}"));
    let served = Arc::new(served);
    let endpoints: Arc<dyn Endpoints> = Arc::new(FunctionEndpoints::new(Arc::clone(&served)));
    let settings = Settings { surroundings: surroundings(), endpoints: Some(endpoints), ..Settings::default() };
    drop(served.rotations.set(settings));
    Ok(listen::serve(served, args.listen, ready, std::future::pending())?)
}

/// The vault of this command, unlocked, to be served.
fn serve(context: &mut Context) -> CliResult<Served> {
    let vault = context.open_vault()?.finish(context);
    vault.whoami()?;
    let again = again(&vault, context)?;
    Ok(Served::new(vault, again, env::now, context.purpose.clone(), None)?)
}

/// An open vault, to be served to programs that this command runs.
pub(crate) fn privately(vault: &Vault<'static>, context: &Context) -> CliResult<Arc<Served>> {
    let again = again(vault, context)?;
    let own = vault.for_request(context.purpose.clone());
    Ok(Arc::new(Served::new(own, again, env::now, context.purpose.clone(), None)?))
}

/// Opens the vault again where it is. Its identity is the one that was found the first time.
fn again(vault: &Vault<'_>, context: &Context) -> CliResult<Opener> {
    let (root, state, purpose) = (vault.path().to_owned(), env::state_directory()?, context.purpose.clone());
    Ok(Box::new(move || {
        Vault::open(OpenOptions {
            root: root.clone(),
            state: state.clone(),
            expected: None,
            accepted: None,
            chain: ChainSource::Verified,
            dry_run: false,
            unlocker: Box::new(|_| Err("another vault is in its place".into())),
            purpose: purpose.clone(),
            strictness: Box::new(|| Freshness::Strict),
        })
    }))
}
