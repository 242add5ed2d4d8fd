#!/usr/bin/env python3
# Rotates the password of a user of Amazon Redshift. It needs `psql` (Debian: postgresql-client).
# For PostgreSQL itself, `--strategy postgres` does more and needs no program.
#
# Value: {"host": "…redshift.amazonaws.com", "port": 5439, "dbname": "dev", "username": "app", "password": "…"}
# Administrator: a superuser of the cluster; without one, the user changes its own password.
#
# With `users=alternating`, `app` and `app_clone` take turns, which needs an administrator; `clone=create` creates the
# second user in the groups of the first one. Grant privileges to groups, not to users.
#
# vault-options: users=single|alternating, clone=create, length=NUMBER, tls=verify|insecure|off, sslrootcert=FILE
import json
import os
import secrets
import string
import subprocess
import sys

OPTIONS = {"users": "single", "clone": "", "length": "32", "tls": "verify", "sslrootcert": ""}


# The same in every template: the message, the values, the steps.
class Refused(Exception):
    """The service refuses a login."""


class Value(dict):
    """The JSON object that a version of the secret holds."""

    def __missing__(self, name):
        sys.exit(f"the secret's value has no `{name}`")


def value(version):
    try:
        return Value(json.loads(version["SecretString"]))
    except (KeyError, TypeError, ValueError):
        return Value()


def read_message():
    message = json.load(sys.stdin)
    for name in message["options"]:
        if name not in OPTIONS:
            sys.exit(f"unknown option `{name}`: the options are {', '.join(OPTIONS)}")
    OPTIONS.update(message["options"])
    return message


def answer(text):
    print(json.dumps({"SecretString": text}))


def run(**steps):
    try:
        steps[sys.argv[1]]()
    except Refused as login:
        sys.exit(f"the service refuses the login of `{login}`")
    except FileNotFoundError as error:
        sys.exit(f"`{error.filename}` is missing: is it installed?")
    except OSError as error:
        sys.exit(f"cannot reach the service: {error.strerror or error}")
    except Exception as error:  # In one line: vault shows the last one.
        sys.exit(" ".join(f"{type(error).__name__}: {error}".split()))


MESSAGE = read_message()
CURRENT, PENDING = value(MESSAGE["current"]), value(MESSAGE["pending"])
ADMIN = value(MESSAGE["admin"]) if MESSAGE["admin"] else None


# The same in every template that makes passwords.
def new_password():
    length, kinds = int(OPTIONS["length"]), (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-._~")
    if length < 8:
        sys.exit("the option `length` must be a number from 8 up")
    while True:
        password = "".join(secrets.choice("".join(kinds)) for _ in range(length))
        if all(set(kind) & set(password) for kind in kinds):
            return password


# The same in every template that logs in to change a password, with `log_in`, `change_own` and `change_other`.
def next_user():
    user = CURRENT["username"]
    if OPTIONS.get("users") != "alternating":
        return user
    return user[: -len("_clone")] if user.endswith("_clone") else user + "_clone"


def create():
    answer(json.dumps({**CURRENT, "username": next_user(), "password": new_password()}, ensure_ascii=False))


def set_value():
    if PENDING["username"] != next_user() or PENDING["host"] != CURRENT["host"]:
        sys.exit("the pending value is for another user or host than the current one")
    try:
        return log_in(PENDING)
    except Refused:
        pass
    if ADMIN is not None:
        if ADMIN["host"] != CURRENT["host"]:
            sys.exit("the administrator's host is not the one of the secret")
        return change_other(log_in(ADMIN))
    if OPTIONS.get("users") == "alternating":
        sys.exit("`users=alternating` needs an administrator: `vault rotate configure … --admin SECRET`")
    # An aborted rotation may have set its value, so that the current one works no more.
    for version in [MESSAGE["current"], MESSAGE["previous"], *MESSAGE["aborted"]]:
        old = value(version)
        if (old.get("username"), old.get("host")) != (PENDING["username"], PENDING["host"]):
            continue
        try:
            return change_own(log_in(old), old)
        except Refused:
            pass
    sys.exit("the service refuses the pending, the current, the previous and every aborted password")


def test():
    log_in(PENDING)


MODES = {"verify": "verify-full", "insecure": "require", "off": "disable"}


def sql(login, statements):
    """The lines that the statements print. Everything is told through the environment and standard input."""
    environment = {
        **os.environ,
        "PGHOST": login["host"], "PGPORT": str(login.get("port") or 5439), "PGDATABASE": login.get("dbname") or "dev",
        "PGUSER": login["username"], "PGPASSWORD": login["password"], "PGCONNECT_TIMEOUT": "15", "LC_ALL": "C",
        "PGSSLMODE": MODES[OPTIONS["tls"]], "PGAPPNAME": "vault",
    }
    if OPTIONS["sslrootcert"]:
        environment["PGSSLROOTCERT"] = OPTIONS["sslrootcert"]
    words = ["psql", "--no-psqlrc", "--no-password", "-qtA", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse"]
    done = subprocess.run(words, input=statements, env=environment, capture_output=True, text=True)
    if "authentication failed" in done.stderr:
        raise Refused(login["username"])
    if done.returncode != 0:
        sys.exit(" ".join(done.stderr.split()))
    return done.stdout.splitlines()


def name(text):
    return '"' + text.replace('"', '""') + '"'


def literal(text):
    if "\\" in text:  # PostgreSQL and Redshift read it differently.
        sys.exit("a backslash is in the name or the password")
    return "'" + text.replace("'", "''") + "'"


def log_in(login):
    sql(login, "SELECT 1;")
    return login


def change_own(session, old):
    sql(session, f"ALTER USER {name(PENDING['username'])} PASSWORD {literal(PENDING['password'])};")


def change_other(admin):
    user, model = PENDING["username"], CURRENT["username"]
    if user != model:
        if not sql(admin, f"SELECT 1 FROM pg_user WHERE usename = {literal(user)};"):
            if OPTIONS["clone"] != "create":
                sys.exit(f"there is no user `{user}`; `--option clone=create` creates it")
            sql(admin, f"CREATE USER {name(user)} PASSWORD {literal(new_password())};")
        if OPTIONS["clone"] == "create":
            join_groups(admin, model, user)
    change_own(admin, CURRENT)


def join_groups(admin, model, user):
    query = "SELECT groname FROM pg_group g, pg_user u WHERE u.usesysid = ANY (g.grolist) AND u.usename = "
    groups, joined = (set(sql(admin, query + literal(member) + ";")) for member in (model, user))
    for group in sorted(groups - joined):
        sql(admin, f"ALTER GROUP {name(group)} ADD USER {name(user)};")


run(create=create, set=set_value, test=test, finish=lambda: None)
