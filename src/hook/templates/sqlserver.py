#!/usr/bin/env python3
# Rotates the password of a login of Microsoft SQL Server. It needs `pyodbc` (Debian: python3-pyodbc) and Microsoft's ODBC
# driver.
#
# Value: {"host": "sql.internal", "port": 1433, "dbname": "shop", "username": "app", "password": "…"}
# Administrator: a login with ALTER ANY LOGIN, and for `clone=create` db_owner of the database; without one, the login
# changes its own password.
#
# With `users=alternating`, `app` and `app_clone` take turns, which needs an administrator; `clone=create` creates the
# second login and its user, in the database roles of the first one. Grant privileges to roles, not to users.
#
# vault-options: users=single|alternating, clone=create, driver, length=NUMBER, tls=verify|insecure|off
import json
import secrets
import string
import sys

import pyodbc

OPTIONS = {
    "users": "single", "clone": "", "driver": "ODBC Driver 18 for SQL Server", "length": "32", "tls": "verify"
}


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


ROLES = (
    "SELECT r.name FROM sys.database_role_members m "
    "JOIN sys.database_principals r ON r.principal_id = m.role_principal_id "
    "JOIN sys.database_principals u ON u.principal_id = m.member_principal_id WHERE u.name = ?"
)


def braced(text):
    return "{" + str(text).replace("}", "}}") + "}"


def name(text):
    return "[" + text.replace("]", "]]") + "]"


def literal(text):
    return "N'" + text.replace("'", "''") + "'"


def log_in(login):
    fields = {
        "DRIVER": OPTIONS["driver"], "SERVER": f"tcp:{login['host']},{login.get('port') or 1433}",
        "DATABASE": CURRENT.get("dbname") or "master", "UID": login["username"], "PWD": login["password"],
        "Encrypt": "no" if OPTIONS["tls"] == "off" else "yes",
        "TrustServerCertificate": "yes" if OPTIONS["tls"] == "insecure" else "no",
    }
    text = ";".join(f"{field}={braced(content)}" for field, content in fields.items())
    try:
        connection = pyodbc.connect(text, autocommit=True, timeout=15)
    except pyodbc.Error as error:
        if error.args[0] == "28000":
            raise Refused(login["username"]) from None
        raise
    connection.cursor().execute("SELECT 1").fetchone()
    return connection


def change_own(connection, old):
    new, former = literal(PENDING["password"]), literal(old["password"])
    user = name(PENDING["username"])
    connection.cursor().execute(f"ALTER LOGIN {user} WITH PASSWORD = {new} OLD_PASSWORD = {former}")


def change_other(admin):
    user, model, cursor = PENDING["username"], CURRENT["username"], admin.cursor()
    if user != model:
        if not cursor.execute("SELECT 1 FROM sys.server_principals WHERE name = ?", user).fetchone():
            if OPTIONS["clone"] != "create":
                sys.exit(f"there is no login `{user}`; `--option clone=create` creates it")
            database = name(CURRENT.get("dbname") or "master")
            password = literal(new_password())  # The pending one comes last, so that an interrupted step is completed.
            cursor.execute(f"CREATE LOGIN {name(user)} WITH PASSWORD = {password}, DEFAULT_DATABASE = {database}")
        if OPTIONS["clone"] == "create":
            join_roles(cursor, model, user)
    cursor.execute(f"ALTER LOGIN {name(user)} WITH PASSWORD = {literal(PENDING['password'])}")


def join_roles(cursor, model, user):
    if not cursor.execute("SELECT 1 FROM sys.database_principals WHERE name = ?", user).fetchone():
        cursor.execute(f"CREATE USER {name(user)} FOR LOGIN {name(user)}")
    roles, joined = ({row[0] for row in cursor.execute(ROLES, member).fetchall()} for member in (model, user))
    for role in sorted(roles - joined):
        cursor.execute(f"ALTER ROLE {name(role)} ADD MEMBER {name(user)}")


run(create=create, set=set_value, test=test, finish=lambda: None)
