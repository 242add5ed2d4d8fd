//! The steps of a rotation against a database server (secrets-manager §9), for one user or for two alternating users.

use super::error::{StrategyError, Version};
use super::options::{Missing, Users, missing, new_password, number, users};
use super::secret::{Login, with_texts};
use super::server::ServerError;
use super::tls::Tls;
use crate::model::hook::{HookCall, HookValue, Produced, Step};

/// The suffix of the second user's name.
const SUFFIX: &str = "_clone";

/// The option with a statement that the new login must be able to run.
pub(super) const CHECK: &str = "check";
/// What a server could not do if that fails.
pub(super) const CHECKING: &str = "run the statement of the option `check`";

/// What the steps need from a server. It is implemented for PostgreSQL, and for MySQL and MariaDB.
pub(super) trait Server {
    /// A connection with a user logged in.
    type Session;

    /// The words for `engine`.
    const ENGINES: &'static [&'static str];
    /// Characters that are excluded from passwords.
    const EXCLUDED: &'static str;

    /// The longest name of a user, in bytes.
    fn name_limit(engine: &str) -> usize;

    /// How often a step whose logins were refused is tried.
    fn attempts(engine: &str) -> u8;

    /// Logs in.
    fn log_in(&self, login: &Login, tls: &Tls) -> Result<Self::Session, Problem>;

    /// Does something harmless, and what the option `check` says.
    fn try_out(&self, session: &mut Self::Session) -> Result<(), ServerError>;

    /// Gives the user of the session the password of `new`.
    fn change_own(&self, session: &mut Self::Session, new: &Login) -> Result<(), ServerError>;

    /// Gives the user of `new` its password. If it does not exist and should, it is created with the privileges of the
    /// user of `current`; if it is killed in between, the password is not set, so the next attempt continues here.
    fn change_other(&self, admin: &mut Self::Session, other: Other<'_, Self::Session>) -> Result<Changed, ServerError>;
}

/// The user whose password an administrator changes.
pub(super) struct Other<'a, S> {
    /// A session of the current user.
    pub(super) current: &'a mut S,
    /// Its login.
    pub(super) model: &'a Login,
    /// The login that should work.
    pub(super) new: &'a Login,
    /// What to do if the user does not exist.
    pub(super) missing: Missing,
}

/// The result of setting a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changed {
    /// It is set.
    Set,
    /// There is no such user.
    NoUser,
}

/// A login that failed: because of what was configured, or because of the server.
pub(super) enum Problem {
    /// Nothing was asked of the server.
    Configured(StrategyError),
    /// The server, or the way to it.
    Server(ServerError),
}

/// Runs one step.
pub(super) fn run<S: Server>(server: &S, call: &HookCall) -> Result<Option<Produced>, StrategyError> {
    match call.step {
        Step::Create => create::<S>(call).map(Some),
        Step::Set => until_let_in(attempts::<S>(call)?, || set(server, call)).map(|()| None),
        Step::Test => until_let_in(attempts::<S>(call)?, || test(server, call)).map(|()| None),
        Step::Finish => Ok(None),
    }
}

/// Runs a step again as long as it fails because a login was refused.
fn until_let_in(attempts: u8, mut step: impl FnMut() -> Result<(), StrategyError>) -> Result<(), StrategyError> {
    let mut done = step();
    for _ in 1..attempts {
        match done {
            Err(StrategyError::NoLogin { .. } | StrategyError::Server { error: ServerError::Refused(_), .. }) => {}
            done => return done,
        }
        done = step();
    }
    done
}

fn attempts<S: Server>(call: &HookCall) -> Result<u8, StrategyError> {
    Ok(S::attempts(&login::<S>(call.pending.as_ref(), Version::Pending)?.engine))
}

/// The current value with a new password, and with the other one of two users.
fn create<S: Server>(call: &HookCall) -> Result<Produced, StrategyError> {
    let current = login::<S>(call.current.as_ref(), Version::Current)?;
    let password = new_password(&call.options, S::EXCLUDED)?;
    let mut changes = vec![("password", password.reveal_text().unwrap_or_default())];
    let other = alternate(&current.username);
    if users(&call.options)? == Users::Alternating {
        let limit = number(&call.options, "username_limit")?.unwrap_or_else(|| S::name_limit(&current.engine));
        if other.ends_with(SUFFIX) && other.len() > limit {
            return Err(StrategyError::NameTooLong { name: other, limit });
        }
        changes.push(("username", &other));
    }
    let object = call.current.as_ref().and_then(|current| current.value.reveal_text()).unwrap_or_default();
    let wrong = StrategyError::Shape { version: Version::Current, wrong: "a key occurs twice".into() };
    Ok(Produced { binary: false, value: with_texts(object, &changes).ok_or(wrong)? })
}

fn set<S: Server>(server: &S, call: &HookCall) -> Result<(), StrategyError> {
    let pending = login::<S>(call.pending.as_ref(), Version::Pending)?;
    if enter(server, call, &pending, pending.ssl)?.is_ok() {
        return Ok(());
    }
    let current = login::<S>(call.current.as_ref(), Version::Current)?;
    match users(&call.options)? {
        Users::Single => set_single(server, call, &current, &pending),
        Users::Alternating => set_alternating(server, call, &current, &pending),
    }
}

/// The user changes its own password, logged in with the current one, otherwise with the previous one or one of an
/// aborted rotation that the server may have accepted.
fn set_single<S: Server>(server: &S, call: &HookCall, current: &Login, pending: &Login) -> Result<(), StrategyError> {
    pending.same_place(current)?;
    let mut tried = vec![Version::Pending, Version::Current];
    let mut entered = enter(server, call, current, current.ssl)?;
    let others = if entered.is_err() { others::<S>(call, current)? } else { Vec::new() };
    for other in others {
        tried.push(other.version);
        entered = enter(server, call, &other, current.ssl)?;
        if entered.is_ok() {
            break;
        }
    }
    let mut session = entered.map_err(|code| StrategyError::NoLogin { tried, code })?;
    server.change_own(&mut session, pending).map_err(|error| StrategyError::Server { version: current.version, error })
}

/// The logins that may work if the current one does not. An aborted value for another host is skipped.
fn others<S: Server>(call: &HookCall, current: &Login) -> Result<Vec<Login>, StrategyError> {
    let mut others = Vec::new();
    if call.previous.is_some() {
        let previous = login::<S>(call.previous.as_ref(), Version::Previous)?;
        previous.same_place(current)?;
        others.push(previous);
    }
    let aborted = call.aborted.iter().filter_map(|value| login::<S>(Some(value), Version::Aborted).ok());
    others.extend(aborted.filter(|login| login.same_place(current).is_ok()));
    Ok(others)
}

/// The administrator changes the password of the other user. Requiring that the current login works protects against a
/// pending value that names somebody else's account.
fn set_alternating<S: Server>(
    server: &S,
    call: &HookCall,
    current: &Login,
    pending: &Login,
) -> Result<(), StrategyError> {
    let other = alternate(&current.username);
    if pending.username != other || pending.host != current.host {
        return Err(StrategyError::NotAlternate(other));
    }
    let tried = vec![Version::Pending, Version::Current];
    let mut own = enter(server, call, current, current.ssl)?.map_err(|code| StrategyError::NoLogin { tried, code })?;
    let admin = login::<S>(Some(call.admin.as_ref().ok_or(StrategyError::NoAdmin)?), Version::Admin)?;
    if admin.host != current.host {
        return Err(StrategyError::Mismatch(Version::Admin, Version::Current));
    }
    let problem = |error| StrategyError::Server { version: Version::Admin, error };
    let mut session = enter(server, call, &admin, admin.ssl)?.map_err(|code| problem(ServerError::Refused(code)))?;
    let missing = missing(&call.options)?;
    let other = Other { current: &mut own, model: current, new: pending, missing };
    match server.change_other(&mut session, other).map_err(problem)? {
        Changed::Set => Ok(()),
        Changed::NoUser => Err(StrategyError::NoAlternate(pending.username.clone())),
    }
}

fn test<S: Server>(server: &S, call: &HookCall) -> Result<(), StrategyError> {
    let pending = login::<S>(call.pending.as_ref(), Version::Pending)?;
    let problem = |error| StrategyError::Server { version: Version::Pending, error };
    let entered = enter(server, call, &pending, pending.ssl)?;
    let mut session = entered.map_err(|code| problem(ServerError::Refused(code)))?;
    server.try_out(&mut session).map_err(problem)
}

fn login<S: Server>(value: Option<&HookValue>, version: Version) -> Result<Login, StrategyError> {
    Login::of(value, version, S::ENGINES)
}

/// A session, or what the server said when it refused the login. Only such a refusal lets another login be tried: a
/// server that cannot be reached or trusted ends the step.
fn enter<S: Server>(
    server: &S,
    call: &HookCall,
    login: &Login,
    ssl: Option<bool>,
) -> Result<Result<S::Session, String>, StrategyError> {
    let tls = Tls::of(&call.options, ssl)?;
    if login.host.starts_with('/') && !matches!(tls, Tls::Off(_)) {
        return Err(StrategyError::Socket);
    }
    match server.log_in(login, &tls) {
        Ok(session) => Ok(Ok(session)),
        Err(Problem::Server(ServerError::Refused(code))) => Ok(Err(code)),
        Err(Problem::Server(error)) => Err(StrategyError::Server { version: login.version, error }),
        Err(Problem::Configured(error)) => Err(error),
    }
}

/// Whether one name is that of the second user for the other one.
pub(super) fn is_clone(name: &str, of: &str) -> bool {
    name.strip_suffix(SUFFIX) == Some(of)
}

/// `u` for `u_clone` and vice versa.
fn alternate(username: &str) -> String {
    username.strip_suffix(SUFFIX).map_or_else(|| format!("{username}{SUFFIX}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_login_is_tried_again_where_the_server_may_err() {
        let tried = vec![Version::Pending, Version::Current];
        let refused = || Err(StrategyError::NoLogin { tried: tried.clone(), code: "1045".into() });
        let pending =
            || StrategyError::Server { version: Version::Pending, error: ServerError::Refused("1045".into()) };
        let run = |attempts, answers: Vec<Result<(), StrategyError>>| {
            let mut answers = answers.into_iter();
            let done = until_let_in(attempts, || answers.next().unwrap());
            (done, answers.len())
        };
        assert_eq!(run(2, vec![refused(), Ok(())]), (Ok(()), 0));
        assert_eq!(run(2, vec![Err(pending()), Ok(())]), (Ok(()), 0));
        assert_eq!(run(2, vec![refused(), refused(), Ok(())]), (refused(), 1));
        assert_eq!(run(2, vec![Ok(()), refused()]), (Ok(()), 1));
        assert_eq!(run(2, vec![Err(StrategyError::NoAdmin), Ok(())]), (Err(StrategyError::NoAdmin), 1));
        assert_eq!(run(1, vec![refused(), Ok(())]), (refused(), 1));
    }

    #[test]
    fn two_names_take_turns() {
        assert_eq!(alternate("app"), "app_clone");
        assert_eq!(alternate("app_clone"), "app");
    }
}
