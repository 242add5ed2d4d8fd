#!/usr/bin/env python3
# Rotates the password of a user of Oracle Database. It needs the driver `oracledb` (`pip install oracledb`), which needs no
# client of Oracle.
#
# Value: {"host": "ora.internal", "port": 2484, "dbname": "the service's name", "username": "app", "password": "…"}
# Administrator: a user with ALTER USER, and for `clone=create` CREATE USER, the right to grant, and SELECT on the views
# DBA_USERS, DBA_ROLE_PRIVS, DBA_SYS_PRIVS and DBA_TAB_PRIVS; without one, the user changes its own password.
#
# With `users=alternating`, `app` and `app_clone` take turns, which needs an administrator; `clone=create` creates the
# second user, and grants it the roles and privileges of the first one at each rotation. It has a schema of its own: name
# tables with their schema, or use synonyms.
#
# tls: `off` is TCP, where the driver encrypts the passwords of logins, but not that of `ALTER USER`.
# wallet: the directory of an `ewallet.pem` with the certificate authority of the server.
# vault-options: users=single|alternating, clone=create, length=NUMBER, tls=verify|off, wallet=FILE
import json
import secrets
import string
import sys

import oracledb

OPTIONS = {"users": "single", "clone": "", "length": "30", "tls": "verify", "wallet": ""}


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


INVALID_CREDENTIALS = 1017
GRANTED = (
    "SELECT '\"' || granted_role || '\"' FROM dba_role_privs WHERE grantee = :1",
    "SELECT privilege FROM dba_sys_privs WHERE grantee = :1",
    "SELECT privilege || ' ON \"' || owner || '\".\"' || table_name || '\"' FROM dba_tab_privs WHERE grantee = :1",
)


def name(text):
    """As Oracle stores a name that is written without quotes."""
    return text.upper()


def quoted(text):
    if '"' in text:
        sys.exit("a quotation mark is in the name or the password")
    return f'"{text}"'


def log_in(login):
    scheme, port = ("tcp", 1521) if OPTIONS["tls"] == "off" else ("tcps", 2484)
    place = f"{scheme}://{login['host']}:{login.get('port') or port}/{CURRENT['dbname']}"
    options = {"tcp_connect_timeout": 15}
    if OPTIONS["wallet"]:
        options["wallet_location"] = OPTIONS["wallet"]
    try:
        connection = oracledb.connect(user=login["username"], password=login["password"], dsn=place, **options)
    except oracledb.DatabaseError as error:
        if getattr(error.args[0], "code", None) == INVALID_CREDENTIALS:
            raise Refused(login["username"]) from None
        raise
    connection.cursor().execute("SELECT 1 FROM dual")
    return connection


def change_own(connection, old):
    connection.changepassword(old["password"], PENDING["password"])


def change_other(admin):
    user, model, cursor = name(PENDING["username"]), name(CURRENT["username"]), admin.cursor()
    if user != model:
        cursor.execute("SELECT username FROM dba_users WHERE username = :1", [user])
        if cursor.fetchone() is None:
            if OPTIONS["clone"] != "create":
                sys.exit(f"there is no user `{user}`; `--option clone=create` creates it")
            # The pending password comes last, so that an interrupted step is completed.
            cursor.execute(f"CREATE USER {quoted(user)} IDENTIFIED BY {quoted(new_password())}")
        if OPTIONS["clone"] == "create":
            for query in GRANTED:
                cursor.execute(query, [model])
                for (granted,) in cursor.fetchall():
                    cursor.execute(f"GRANT {granted} TO {quoted(user)}")
    cursor.execute(f"ALTER USER {quoted(user)} IDENTIFIED BY {quoted(PENDING['password'])}")


run(create=create, set=set_value, test=test, finish=lambda: None)
