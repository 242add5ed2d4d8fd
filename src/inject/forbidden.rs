//! Variables that a vault may not set unless the user names them with `--allow-variable`.
//!
//! Permission to write a parameter must not allow anyone to run code as the person who reads it. The list contains
//! variables that loaders, shells, interpreters and common tools obey before or instead of the requested program. It is
//! modelled on the list of variables that sudo removes, with the language runtimes added. It cannot be complete;
//! `--pristine` does not change it.

/// Whether a variable of this name is on the list. Names are compared exactly, as programs do.
pub(super) fn is_dangerous(name: &str) -> bool {
    EXACT.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether the variable carries an identity, or makes age print keys: never passed on, and never set.
pub(super) fn is_withheld(name: &[u8]) -> bool {
    name.starts_with(b"VLT_IDENTITY") || name == b"VLT_PASSPHRASE" || name == b"AGEDEBUG"
}

/// Whole families.
const PREFIXES: &[&str] = &[
    // The dynamic loader.
    "LD_",
    "DYLD_",
    "_RLD",
    // Functions that bash takes from its environment.
    "BASH_FUNC_",
    // Programs git runs, and where it finds its configuration.
    "GIT_",
    // This program's own settings.
    "VLT_",
    // Profilers and hooks that .NET loads.
    "COR_",
    "CORECLR_",
    // Code that Lua runs first.
    "LUA_INIT",
    // Configuration of npm, which names programs to run.
    "npm_config_",
    "NPM_CONFIG_",
];

const EXACT: &[&str] = &[
    // Where programs and a user's own settings are found.
    "PATH",
    "HOME",
    "SHELL",
    "CDPATH",
    "FPATH",
    // Shells.
    "ENV",
    "BASH_ENV",
    "BASHOPTS",
    "SHELLOPTS",
    "IFS",
    "PS4",
    "PROMPT_COMMAND",
    "GLOBIGNORE",
    "ZDOTDIR",
    "NULLCMD",
    "READNULLCMD",
    "TMPPREFIX",
    // The C library: modules, tunables, name resolution.
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "LOCPATH",
    "NLSPATH",
    "PATH_LOCALE",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "RES_OPTIONS",
    "TERMCAP",
    "TERMINFO",
    "TERMINFO_DIRS",
    "TERMPATH",
    // Programs that other programs run.
    "EDITOR",
    "VISUAL",
    "PAGER",
    "MANPAGER",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    "SSH_ASKPASS",
    "SUDO_ASKPASS",
    "PINENTRY_PROGRAM",
    "EXINIT",
    "VIMINIT",
    // Python.
    "PYTHONBREAKPOINT",
    "PYTHONEXECUTABLE",
    "PYTHONHOME",
    "PYTHONINSPECT",
    "PYTHONPATH",
    "PYTHONPLATLIBDIR",
    "PYTHONPYCACHEPREFIX",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "PYTHONWARNINGS",
    // Perl.
    "PERL5DB",
    "PERL5LIB",
    "PERL5OPT",
    "PERLIO_DEBUG",
    "PERLLIB",
    // Ruby.
    "BUNDLE_GEMFILE",
    "GEM_HOME",
    "GEM_PATH",
    "RUBYLIB",
    "RUBYOPT",
    // Node.
    "NODE_OPTIONS",
    "NODE_PATH",
    "NODE_REPL_EXTERNAL_MODULE",
    // Java.
    "CLASSPATH",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    // Lua, PHP, R, Erlang, Tcl, .NET.
    "LUA_CPATH",
    "LUA_PATH",
    "PHPRC",
    "PHP_INI_SCAN_DIR",
    "R_PROFILE",
    "R_PROFILE_USER",
    "ERL_AFLAGS",
    "ERL_FLAGS",
    "ERL_ZFLAGS",
    "TCLLIBPATH",
    "DOTNET_STARTUP_HOOKS",
    // Build tools.
    "MAKEFILES",
    "MAKEFLAGS",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "GCC_EXEC_PREFIX",
    "COMPILER_PATH",
    // Libraries that load modules.
    "OPENSSL_CONF",
    "OPENSSL_ENGINES",
    "OPENSSL_MODULES",
    "KRB5_CONFIG",
    "GTK_MODULES",
    "GIO_EXTRA_MODULES",
    "GIO_MODULE_DIR",
    "QT_PLUGIN_PATH",
    // Makes age print file keys.
    "AGEDEBUG",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_other_code_is_on_the_list() {
        for name in
            ["PATH", "LD_PRELOAD", "DYLD_INSERT_LIBRARIES", "BASH_ENV", "IFS", "GIT_SSH_COMMAND", "PYTHONSTARTUP"]
        {
            assert!(is_dangerous(name), "{name}");
        }
        for name in ["PERL5OPT", "RUBYOPT", "NODE_OPTIONS", "VLT_DIR", "BASH_FUNC_ls%%"] {
            assert!(is_dangerous(name), "{name}");
        }
    }

    #[test]
    fn what_programs_are_configured_with_is_not() {
        for name in ["DB_PASSWORD", "DATABASE_URL", "DB_PATH", "PYTHONUNBUFFERED", "GITHUB_TOKEN", "LDAP_HOST", "Path"]
        {
            assert!(!is_dangerous(name), "{name}");
        }
    }
}
