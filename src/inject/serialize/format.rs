//! The targets.

/// What reads the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Libraries that read `.env` files; only what all of them read in the same way.
    Dotenv,
    /// POSIX shells, bash, zsh.
    Shell,
    /// fish.
    Fish,
    /// PowerShell.
    Powershell,
    /// One JSON object.
    Json,
    /// One YAML mapping.
    Yaml,
    /// TOML keys.
    Toml,
    /// `docker run --env-file`.
    Docker,
    /// `EnvironmentFile=` of systemd.
    Systemd,
    /// The file that `$GITHUB_ENV` names.
    Github,
    /// Terraform variables.
    Tfvars,
    /// Java properties.
    Properties,
}
