//! The files with which systemd or launchd runs the server.

use std::ffi::{OsStr, OsString};

use serde::Serialize;

use crate::cli::commands::rotate::timer;
use crate::cli::context::Context;
use crate::cli::error::{CliError, CliResult};
use crate::cli::terminal::page::{Page, Report};
use crate::serve::http::address::Address;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct UnitsReport {
    files: Vec<Unit>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Unit {
    path: &'static str,
    text: String,
}

/// What runs: this command line without `--install`, where it was typed, so that relative paths lead to the same files.
struct Start {
    words: Vec<String>,
    directory: String,
}

/// Prints them.
pub(super) fn print(listen: &[Address], context: &mut Context) -> CliResult<()> {
    let vault = context.open_vault()?;
    let program = std::env::current_exe()?.into_os_string();
    let options = std::env::args_os().skip(1).filter(|word| word != "--install");
    let mut words: Vec<OsString> = std::iter::once(program).chain(options).collect();
    // A service does not have the variables of this shell.
    if context.global.vault.is_none() {
        words.extend(["--vault".into(), vault.path().into()]);
    }
    words.push("--no-input".into());
    vault.finish(context);
    let words = words.iter().map(|word| writable(word)).collect::<CliResult<_>>()?;
    let start = Start { words, directory: writable(std::env::current_dir()?.as_os_str())? };
    let files = if cfg!(target_os = "macos") { vec![agent(&start)] } else { vec![service(&start)?, socket(listen)?] };
    Ok(context.ui.report(&UnitsReport { files })?)
}

/// What fits on a line of such a file.
fn writable(word: &OsStr) -> CliResult<String> {
    timer::text(word).map(str::to_owned).ok_or_else(|| {
        CliError::usage(
            format!("a service cannot use {}: it contains control characters or is not UTF-8", word.display()),
            "use other paths and words in the command line of the server",
        )
    })
}

fn service(Start { words, directory }: &Start) -> CliResult<Unit> {
    let command = timer::command_line(words).map_err(|error| CliError::usage(error.to_string(), "move the program"))?;
    let text = format!(
        "[Unit]\n\
         Description=Vault for programs written against AWS\n\
         Requires=vault-serve.socket\n\
         After=network.target vault-serve.socket\n\
         \n\
         [Service]\n\
         WorkingDirectory={}\n\
         ExecStart={}\n\
         ExecReload=kill -HUP $MAINPID\n\
         # systemd-creds encrypt --name=vault-identity identity.txt /etc/credstore.encrypted/vault-identity\n\
         LoadCredentialEncrypted=vault-identity\n\
         # The user that the vault belongs to.\n\
         #User=vault\n\
         Restart=on-failure\n\
         TimeoutStopSec=20\n\
         LimitNOFILE=8192\n\
         LimitCORE=0\n\
         MemorySwapMax=0\n\
         NoNewPrivileges=yes\n\
         ProtectSystem=full\n\
         PrivateTmp=yes\n\
         PrivateDevices=yes\n\
         ProtectKernelTunables=yes\n\
         ProtectKernelModules=yes\n\
         ProtectKernelLogs=yes\n\
         ProtectControlGroups=yes\n\
         ProtectClock=yes\n\
         ProtectHostname=yes\n\
         RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6\n\
         RestrictNamespaces=yes\n\
         RestrictRealtime=yes\n\
         RestrictSUIDSGID=yes\n\
         LockPersonality=yes\n\
         SystemCallArchitectures=native\n\
         SystemCallFilter=@system-service\n\
         CapabilityBoundingSet=\n\
         UMask=0077\n\
         \n\
         [Install]\n\
         WantedBy=multi-user.target\n",
        directory.replace('%', "%%"),
        command
    );
    Ok(Unit { path: "/etc/systemd/system/vault-serve.service", text })
}

fn socket(listen: &[Address]) -> CliResult<Unit> {
    let stream = |address: &Address| match address {
        Address::Tcp(address) => Ok(format!("ListenStream={address}\n")),
        Address::Unix(path) => {
            let path = writable(std::path::absolute(path)?.as_os_str())?;
            Ok(format!("ListenStream={}\n", path.replace('%', "%%")))
        }
    };
    let streams = listen.iter().map(stream).collect::<CliResult<String>>()?;
    let text = format!(
        "[Unit]\n\
         Description=Socket of the vault for programs written against AWS\n\
         \n\
         [Socket]\n\
         {streams}\
         SocketMode=0600\n\
         # The user that the vault belongs to.\n\
         #SocketUser=vault\n\
         NoDelay=yes\n\
         \n\
         [Install]\n\
         WantedBy=sockets.target\n",
    );
    Ok(Unit { path: "/etc/systemd/system/vault-serve.socket", text })
}

fn agent(Start { words, directory }: &Start) -> Unit {
    let more = format!(
        "  <key>WorkingDirectory</key>\n  <string>{}</string>\n  \
           <key>RunAtLoad</key>\n  <true/>\n  \
           <key>KeepAlive</key>\n  <true/>\n",
        timer::escaped(directory)
    );
    let text = timer::property_list("", "vault-serve", words, &more);
    Unit { path: "~/Library/LaunchAgents/vault-serve.plist", text }
}

impl Report for UnitsReport {
    fn text(&self, page: &mut Page) {
        for file in &self.files {
            page.line(format!("# {}", file.path));
            for line in file.text.lines() {
                page.line(line);
            }
            page.line("");
        }
    }
}
