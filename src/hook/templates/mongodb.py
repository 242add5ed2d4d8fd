#!/usr/bin/env python3
# Rotates the password of a user of MongoDB or Amazon DocumentDB. It needs the driver `pymongo` (Debian: python3-pymongo).
#
# Value: {"host": "mongo.internal", "port": 27017, "username": "app", "password": "…", "authSource": "admin"}
# Administrator: a user with the role `userAdmin`; without one, the user needs the action `changeOwnPassword`.
#
# With `users=alternating`, `app` and `app_clone` take turns, which needs an administrator; `clone=create` creates the
# second user, and gives it the roles of the first one at each rotation.
#
# vault-options: users=single|alternating, clone=create, length=NUMBER, tls=verify|insecure|off, sslrootcert=FILE
import json
import secrets
import string
import sys

import pymongo
import pymongo.errors

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


AUTHENTICATION_FAILED = 18


def log_in(login):
    """The database of the user, logged in."""
    source = login.get("authSource") or "admin"
    options = {"tls": OPTIONS["tls"] != "off", "retryWrites": False, "serverSelectionTimeoutMS": 15000}
    if OPTIONS["tls"] == "insecure":
        options["tlsAllowInvalidCertificates"] = True
    if OPTIONS["sslrootcert"]:
        options["tlsCAFile"] = OPTIONS["sslrootcert"]
    user = {"username": login["username"], "password": login["password"], "authSource": source}
    database = pymongo.MongoClient(login["host"], int(login.get("port") or 27017), **user, **options)[source]
    try:
        database.command("ping")
    except pymongo.errors.OperationFailure as error:
        if error.code == AUTHENTICATION_FAILED:
            raise Refused(login["username"]) from None
        raise
    return database


def change_own(database, old):
    database.command("updateUser", PENDING["username"], pwd=PENDING["password"])


def change_other(admin):
    user, model = PENDING["username"], CURRENT["username"]
    database = admin.client[CURRENT.get("authSource") or "admin"]
    is_known = bool(database.command("usersInfo", user)["users"])
    if user == model or OPTIONS["clone"] != "create":
        if not is_known:
            sys.exit(f"there is no user `{user}`; `--option clone=create` creates it")
        database.command("updateUser", user, pwd=PENDING["password"])
        return
    roles = database.command("usersInfo", model)["users"][0]["roles"]
    database.command("updateUser" if is_known else "createUser", user, pwd=PENDING["password"], roles=roles)


run(create=create, set=set_value, test=test, finish=lambda: None)
