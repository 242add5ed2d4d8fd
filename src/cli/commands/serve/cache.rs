//! Who may use the HTTP API of AWS's extension and agent, which has a token instead of a signature.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use data_encoding::HEXLOWER;
use rand::RngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::cli::context::Context;
use crate::cli::env;
use crate::cli::error::{CliError, CliResult};
use crate::cli::input::text_file::text_at;
use crate::machine::private::{self, Output};
use crate::model::credential::AccessKeyId;
use crate::serve::http::address::Address;
use crate::serve::served::Served;
use crate::serve::server::Server;
use crate::serve::session::TokenRights;

/// Where the agent of AWS finds its token, in this order.
const VARIABLES: [&str; 3] = ["AWS_TOKEN", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN"];
/// The longest token in a file, in bytes.
const MOST: usize = 64 << 10;

#[derive(Debug, Args)]
#[expect(clippy::struct_field_names, reason = "options are called like their fields")]
pub(super) struct CacheArgs {
    /// Answer the cache API alone at this address too, such as 127.0.0.1:2773; may be repeated
    #[arg(long = "cache-listen", value_name = "ADDRESS")]
    pub(super) cache_listen: Vec<Address>,
    /// Let holders of the cache API's token do what this credential may do
    #[arg(long, value_name = "ACCESS_KEY_ID")]
    cache_credential: Option<AccessKeyId>,
    /// Let holders of the cache API's token do what this IAM policy allows you
    #[arg(long, value_name = "FILE", conflicts_with = "cache_credential", value_hint = clap::ValueHint::FilePath)]
    cache_policy: Option<String>,
    /// Region whose vault the cache API answers from [default: that of the server]
    #[arg(long, value_name = "REGION")]
    cache_region: Option<String>,
    /// Maximum number of connections that use the cache API; others are refused
    #[arg(long, value_name = "N", default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(super) cache_max_connections: u32,
    /// Where a new token is written, if AWS_TOKEN does not give one [default: vault-cache-token in $XDG_RUNTIME_DIR or the state directory]
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    cache_token_file: Option<PathBuf>,
}

impl CacheArgs {
    /// Admits the token, if there is to be one.
    pub(super) fn allow(&self, server: &mut Server, context: &mut Context) -> CliResult<()> {
        let served = self.vault(server)?;
        let policy;
        let rights = match (&self.cache_credential, &self.cache_policy) {
            (Some(id), _) => {
                served.last().vault.issued_credential(id)?;
                TokenRights::Credential(id.as_str())
            }
            (None, Some(file)) => {
                policy = text_at(file, "give an IAM policy as JSON")?;
                TokenRights::Policy(&policy)
            }
            (None, None) => return Ok(()),
        };
        let token = self.token(context)?;
        served.sessions.admit(&token, rights, "cache-api").map_err(|error| {
            CliError::usage(
                format!("the policy for the cache API: {error}"),
                "`vault serve credentials add --help` says more about policies",
            )
        })
    }

    /// The vault that it is for.
    fn vault(&self, server: &mut Server) -> CliResult<Arc<Served>> {
        let Some(region) = &self.cache_region else { return Ok(Arc::clone(&server.vault)) };
        let served = server.vault_of(region).cloned().ok_or_else(|| {
            CliError::usage(
                format!("no vault is served for `{region}` (`--region`)"),
                format!("serve one with `--map-region {region}=VAULT`"),
            )
        })?;
        if Arc::ptr_eq(&served, &server.vault) {
            server.cache_region = Some(region.clone());
        }
        Ok(served)
    }

    /// The token of the environment, or a new one in a file that only this user reads.
    fn token(&self, context: &mut Context) -> CliResult<Zeroizing<String>> {
        let given = VARIABLES.iter().find_map(|name| env::set(name)?.into_string().ok());
        if let Some(given) = given.map(Zeroizing::new) {
            let Some(path) = given.strip_prefix("file://") else { return Ok(given) };
            let bytes = private::read_given(path.as_ref(), MOST)?;
            let text = std::str::from_utf8(&bytes).map(|text| Zeroizing::new(text.trim().to_owned()));
            return text
                .ok()
                .filter(|text| !text.is_empty())
                .ok_or_else(|| CliError::usage(format!("`{path}` holds no token"), "a token is one line of text"));
        }
        let mut bytes = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(&mut *bytes);
        let token = Zeroizing::new(HEXLOWER.encode(&*bytes));
        let path = match &self.cache_token_file {
            Some(path) => path.clone(),
            None => env::runtime_directory().map_or_else(env::state_directory, Ok)?.join("vault-cache-token"),
        };
        private::write_output(&path, token.as_bytes(), Output::Replace)?;
        context.ui.note(format!("the token of the cache API is in `{}`", path.display()));
        Ok(token)
    }
}
