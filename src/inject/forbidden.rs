//! Variables that a vault may not set unless the user names them with `--allow-variable`.
//!
//! Permission to write a parameter must not allow anyone to run code as the person who reads it, or to listen to that
//! person's programs. The rule contains variables that loaders, shells, interpreters and common tools obey before or
//! instead of the requested program. It is modelled on the list of variables that sudo removes, with the language
//! runtimes and today's tools added. It cannot be complete; `--pristine` does not change it.

use std::fmt;
use std::sync::LazyLock;

/// What a program may do because of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Danger {
    /// Run other code: a library, a module, a program, or settings that name one.
    Code,
    /// Connect through or to somebody else, or trust somebody else's certificate.
    Connections,
}

impl fmt::Display for Danger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Danger::Code => "run other code",
            Danger::Connections => "connect elsewhere, or trust others",
        })
    }
}

/// The danger of a variable of this name. Names are compared exactly, as programs do.
pub(super) fn danger(name: &str) -> Option<Danger> {
    let initial = |word: &str| word.bytes().next();
    let first = WORDS.partition_point(|(word, _)| initial(word) < initial(name));
    let alike = WORDS[first..].iter().take_while(|(word, _)| initial(word) == initial(name));
    alike.filter(|(word, _)| fits(word, name)).map(|(_, danger)| *danger).next()
}

/// Whether the variable carries an identity, or makes age print keys: never passed on, and never set.
pub(super) fn is_withheld(name: &[u8]) -> bool {
    name.starts_with(b"VLT_IDENTITY") || name == b"VLT_PASSPHRASE" || name == b"AGEDEBUG"
}

/// Whether a word stands for a name. One that ends in `*` stands for a whole family.
fn fits(word: &str, name: &str) -> bool {
    word.strip_suffix('*').map_or(word == name, |family| name.starts_with(family))
}

/// The words of both lists, sorted: a thousand variables are looked up when a program is started.
static WORDS: LazyLock<Vec<(&str, Danger)>> = LazyLock::new(|| {
    let words =
        |lines: &'static [&str], danger| lines.iter().flat_map(|line| line.split(' ')).map(move |it| (it, danger));
    let mut words: Vec<_> = words(CODE, Danger::Code).chain(words(CONNECTIONS, Danger::Connections)).collect();
    words.sort_by_key(|(word, _)| *word);
    words
});

/// What runs other code.
const CODE: &[&str] = &[
    // The dynamic loader, and the C library: modules, tunables, locales, terminals.
    "LD_* DYLD_* _RLD* GCONV_PATH GLIBC_TUNABLES LOCPATH NLSPATH PATH_LOCALE TERMCAP TERMINFO TERMINFO_DIRS TERMPATH",
    // Where programs and a user's own settings are found.
    "PATH HOME SHELL CDPATH FPATH XDG_* PATHEXT COMSPEC PSMODULEPATH",
    // Shells.
    "ENV BASH_* BASHOPTS SHELLOPTS IFS PS0 PS1 PS2 PS4 PROMPT_COMMAND GLOBIGNORE INPUTRC ZDOTDIR NULLCMD",
    "READNULLCMD TMPPREFIX FCEDIT",
    // This program's own settings, sudo's, and git's, which name programs; files that a CI host obeys.
    "VLT_* CREDENTIALS_DIRECTORY SUDO_* GIT_* GITHUB_ENV GITHUB_OUTPUT GITHUB_PATH",
    // Programs that other programs run.
    "EDITOR VISUAL ALTERNATE_EDITOR SYSTEMD_EDITOR KUBE_EDITOR GH_EDITOR PSQL_EDITOR HGEDITOR SVN_EDITOR",
    "PAGER MANPAGER SYSTEMD_PAGER AWS_PAGER GH_PAGER BAT_PAGER DELTA_PAGER PSQL_PAGER BROWSER GH_BROWSER OPENER",
    "SSH_ASKPASS PINENTRY_PROGRAM RSH CVS_RSH SVN_SSH RSYNC_RSH RSYNC_CONNECT_PROG KUBECTL_*",
    "SSH_SK_PROVIDER SSH_SK_HELPER SSH_PKCS11_HELPER FZF_DEFAULT_COMMAND DBUS_*",
    // Options and settings of tools that run programs or load modules.
    "LESS LESSOPEN LESSCLOSE LESSKEY LESSKEYIN MORE MANOPT EXINIT VIMINIT VIM MYVIMRC GVIMINIT EMACSLOADPATH SCREENRC",
    "TAR_OPTIONS TAPE ZIPOPT UNZIP UNZIPOPT RIPGREP_CONFIG_PATH BAT_CONFIG_PATH FZF_DEFAULT_OPTS FZF_DEFAULT_OPTS_FILE",
    "HGRCPATH WGETRC SYSTEM_WGETRC CURL_HOME GNUPGHOME GH_CONFIG_DIR PSQLRC PGSYSCONFDIR MYSQL_HOME LIBMYSQL_PLUGINS",
    "LIBMYSQL_PLUGIN_DIR ODBCINI ODBCINSTINI ODBCSYSINI NIX_CONFIG NIX_PATH",
    // Clouds, containers, infrastructure.
    "KUBECONFIG HELM_PLUGINS HELM_BIN HELM_CONFIG_HOME HELM_DATA_HOME DOCKER_CONFIG AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE CLOUDSDK_CONFIG CLOUDSDK_PYTHON* AZURE_CONFIG_DIR AZURE_EXTENSION_DIR BOTO_CONFIG",
    "TF_CLI_* TF_DATA_DIR TF_PLUGIN_CACHE_DIR TF_REATTACH_PROVIDERS TERRAFORM_CONFIG TERRAGRUNT_TFPATH TG_TF_PATH",
    "PACKER_CONFIG PACKER_PLUGIN_PATH PULUMI_HOME VAGRANT_HOME VAGRANT_VAGRANTFILE ANSIBLE_*",
    // Python.
    "PYTHON PYTHONBREAKPOINT PYTHONEXECUTABLE PYTHONHOME PYTHONINSPECT PYTHONPATH PYTHONPLATLIBDIR PYTHONPYCACHEPREFIX",
    "PYTHONSTARTUP PYTHONUSERBASE PYTHONWARNINGS VIRTUAL_ENV PIP_* UV_CONFIG_FILE UV_DEFAULT_INDEX UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS UV_INDEX UV_INDEX_URL UV_PYTHON UV_PYTHON_INSTALL_MIRROR",
    // Perl, Ruby.
    "PERL5* PERLIO_DEBUG PERLLIB PERL_MM_OPT PERL_MB_OPT PERL_CPANM_OPT RUBYLIB RUBYOPT RUBYSHELL BUNDLE_GEMFILE",
    "BUNDLE_PATH GEM_HOME GEM_PATH RAKEOPT IRBRC",
    // Node, Deno, Bun. Npm's configuration names programs to run.
    "NODE_OPTIONS NODE_PATH NODE_REPL_EXTERNAL_MODULE ELECTRON_RUN_AS_NODE npm_config_* NPM_CONFIG_* YARN_RC_FILENAME",
    "YARN_YARN_PATH YARN_PLUGINS DENO_DIR BUN_OPTIONS BUN_INSTALL",
    // Java.
    "CLASSPATH JAVACMD JAVA_HOME JRE_HOME JDK_HOME JAVA_OPTS JAVA_ARGS JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS IBM_JAVA_OPTIONS OPENJ9_JAVA_OPTIONS MAVEN_ARGS MAVEN_HOME MAVEN_OPTS M2_HOME GRADLE_HOME",
    "GRADLE_OPTS GRADLE_USER_HOME ANT_ARGS ANT_HOME ANT_OPTS SBT_OPTS CATALINA_BASE CATALINA_HOME CATALINA_OPTS",
    // .NET: profilers and hooks.
    "COR_* CORECLR_* COMPlus_* DOTNET_STARTUP_HOOKS DOTNET_ADDITIONAL_DEPS DOTNET_SHARED_STORE DOTNET_ROOT*",
    "ASPNETCORE_HOSTINGSTARTUPASSEMBLIES MSBUILD*",
    // Lua, PHP, R, Erlang, Tcl, Julia, Guile, OCaml.
    "LUA_INIT* LUA_PATH* LUA_CPATH* PHPRC PHP_INI_SCAN_DIR R_HOME R_LIBS* R_ENVIRON* R_PROFILE* ERL_AFLAGS ERL_FLAGS",
    "ERL_LIBS ERL_ZFLAGS ELIXIR_ERL_OPTIONS MIX_HOME TCLLIBPATH JULIA_LOAD_PATH JULIA_DEPOT_PATH JULIA_PROJECT",
    "GUILE_LOAD_PATH GUILE_LOAD_COMPILED_PATH CAML_LD_LIBRARY_PATH OCAMLLIB",
    // Compilers and build tools.
    "CC CXX CPP LD AR AS CFLAGS CXXFLAGS CPPFLAGS LDFLAGS MAKE MAKEFILES MAKEFLAGS GNUMAKEFLAGS CONFIG_SITE",
    "CONFIG_SHELL PKG_CONFIG PKG_CONFIG_LIBDIR PKG_CONFIG_PATH CPATH C_INCLUDE_PATH CPLUS_INCLUDE_PATH LIBRARY_PATH",
    "CMAKE_TOOLCHAIN_FILE GCC_EXEC_PREFIX COMPILER_PATH CARGO CARGO_HOME CARGO_BUILD_*",
    "CARGO_TARGET_* CARGO_ALIAS_* CARGO_ENCODED_RUSTFLAGS RUSTC RUSTC_WRAPPER RUSTC_WORKSPACE_WRAPPER RUSTDOC",
    "RUSTFLAGS RUSTUP_HOME RUSTUP_TOOLCHAIN GOAUTH GOENV GOFLAGS GOPACKAGESDRIVER GOPATH GOROOT GOTOOLCHAIN CGO_*",
    "COMPOSER COMPOSER_HOME COMPOSER_VENDOR_DIR",
    // Libraries that load modules.
    "OPENSSL_CONF OPENSSL_ENGINES OPENSSL_MODULES KRB5_CONFIG SASL_PATH SASL_CONF_PATH SOFTHSM2_CONF OCL_ICD_VENDORS",
    "CUDA_INJECTION64_PATH GTK_MODULES GTK_PATH GTK_EXE_PREFIX GDK_PIXBUF_MODULE* GIO_EXTRA_MODULES GIO_MODULE_DIR",
    "GI_TYPELIB_PATH GST_PLUGIN_* QT_PLUGIN_PATH QT_QPA_PLATFORM_PLUGIN_PATH QML_IMPORT_PATH QML2_IMPORT_PATH",
    "LIBGL_DRIVERS_PATH VK_DRIVER_FILES VK_ICD_FILENAMES VK_LAYER_PATH MAGICK_*",
    // Makes age print file keys.
    "AGEDEBUG",
];

/// What changes whom a program talks to, or whom it believes.
const CONNECTIONS: &[&str] = &[
    // Proxies. Tools read both spellings.
    "HTTP_PROXY HTTPS_PROXY ALL_PROXY FTP_PROXY NO_PROXY WS_PROXY WSS_PROXY",
    "http_proxy https_proxy all_proxy ftp_proxy no_proxy ws_proxy wss_proxy GRPC_PROXY grpc_proxy CARGO_HTTP_*",
    // Certificates that are trusted, and copies of session keys.
    "SSL_CERT_FILE SSL_CERT_DIR SSLKEYLOGFILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_CA_BUNDLE NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED PYTHONHTTPSVERIFY DENO_TLS_CA_STORE DENO_CERT NIX_SSL_CERT_FILE",
    // Servers and agents that are obeyed or trusted.
    "AWS_ENDPOINT_URL* DOCKER_HOST DOCKER_CERT_PATH DOCKER_TLS_VERIFY SSH_AUTH_SOCK GPG_AGENT_INFO",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_EC2_METADATA_SERVICE_ENDPOINT KUBERNETES_SERVICE_HOST DISPLAY XAUTHORITY",
    // Where code is fetched from.
    "GOPROXY GOSUMDB GONOSUMDB GONOSUMCHECK GOINSECURE RUSTUP_DIST_SERVER RUSTUP_UPDATE_ROOT",
    // Name resolution.
    "HOSTALIASES LOCALDOMAIN RES_OPTIONS LDAPCONF LDAPRC TNS_ADMIN",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_other_code_is_on_the_list() {
        let names = "PATH LD_PRELOAD DYLD_INSERT_LIBRARIES BASH_ENV IFS GIT_SSH_COMMAND PYTHONSTARTUP PERL5OPT RUBYOPT \
            NODE_OPTIONS VLT_DIR BASH_FUNC_ls%% TAR_OPTIONS RSYNC_RSH KUBECONFIG JAVA_HOME LESSOPEN AWS_CONFIG_FILE";
        for name in names.split_whitespace() {
            assert_eq!(danger(name), Some(Danger::Code), "{name}");
        }
    }

    #[test]
    fn what_moves_connections_is_on_the_list() {
        for name in ["HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE", "AWS_ENDPOINT_URL_S3", "DOCKER_HOST"] {
            assert_eq!(danger(name), Some(Danger::Connections), "{name}");
        }
    }

    #[test]
    fn what_programs_are_configured_with_is_not() {
        let names = "DB_PASSWORD DATABASE_URL DB_PATH PYTHONUNBUFFERED GITHUB_TOKEN LDAP_HOST Path AWS_SECRET_ACCESS_KEY \
            PGPASSWORD PGSSLMODE CARGO_REGISTRY_TOKEN COMPOSER_AUTH LESSON NODE_ENV DOTNET_ENVIRONMENT TF_VAR_x";
        for name in names.split_whitespace() {
            assert_eq!(danger(name), None, "{name}");
        }
    }

    #[test]
    fn each_name_is_listed_once() {
        let words: Vec<&str> = [CODE, CONNECTIONS].concat().iter().flat_map(|line| line.split(' ')).collect();
        let unique: std::collections::BTreeSet<&&str> = words.iter().collect();
        assert_eq!(unique.len(), words.len());
        assert!(words.iter().all(|word| word.trim_end_matches('*').len() > 1), "{words:?}");
    }
}
