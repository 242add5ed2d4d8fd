//! The files with which systemd or launchd runs the server.

use serde::Serialize;

use crate::cli::commands::rotate::timer::{escaped, quoted};
use crate::cli::context::Context;
use crate::cli::error::CliResult;
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
    let program = std::env::current_exe()?.to_string_lossy().into_owned();
    let options = std::env::args().skip(1).filter(|word| word != "--install");
    let mut words: Vec<String> = std::iter::once(program).chain(options).collect();
    if context.chosen_vault().is_none() {
        words.extend(["--vault".to_owned(), vault.path().to_string_lossy().into_owned()]);
    }
    words.push("--no-input".to_owned());
    vault.finish(context);
    let start = Start { words, directory: std::env::current_dir()?.to_string_lossy().into_owned() };
    let files = if cfg!(target_os = "macos") { vec![agent(&start)] } else { vec![service(&start), socket(listen)] };
    context.ui.report(&UnitsReport { files })?;
    Ok(())
}

fn service(Start { words, directory }: &Start) -> Unit {
    let command: Vec<_> = words.iter().map(|word| quoted(&word.replace('$', "$$"))).collect();
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
        command.join(" ")
    );
    Unit { path: "/etc/systemd/system/vault-serve.service", text }
}

fn socket(listen: &[Address]) -> Unit {
    let stream = |address: &Address| match address {
        Address::Tcp(address) => format!("ListenStream={address}\n"),
        Address::Unix(path) => {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            format!("ListenStream={}\n", path.display())
        }
    };
    let text = format!(
        "[Unit]\n\
         Description=Socket of the vault for programs written against AWS\n\
         \n\
         [Socket]\n\
         {}\
         SocketMode=0600\n\
         # The user that the vault belongs to.\n\
         #SocketUser=vault\n\
         NoDelay=yes\n\
         \n\
         [Install]\n\
         WantedBy=sockets.target\n",
        listen.iter().map(stream).collect::<String>()
    );
    Unit { path: "/etc/systemd/system/vault-serve.socket", text }
}

fn agent(Start { words, directory }: &Start) -> Unit {
    let directory = escaped(directory);
    let words: Vec<String> = words.iter().map(|word| format!("    <string>{}</string>\n", escaped(word))).collect();
    let words = words.concat();
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n\
         <dict>\n  \
           <key>Label</key>\n  <string>vault-serve</string>\n  \
           <key>ProgramArguments</key>\n  <array>\n{words}  </array>\n  \
           <key>WorkingDirectory</key>\n  <string>{directory}</string>\n  \
           <key>RunAtLoad</key>\n  <true/>\n  \
           <key>KeepAlive</key>\n  <true/>\n  \
           <key>HardResourceLimits</key>\n  <dict>\n    <key>Core</key>\n    <integer>0</integer>\n  </dict>\n\
         </dict>\n\
         </plist>\n"
    );
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
