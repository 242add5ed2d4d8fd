#!/usr/bin/env python3
# Rotates the password of an LDAP entry (RFC 3062: OpenLDAP, 389 Directory Server; not Active Directory).
# It needs `ldappasswd` and `ldapwhoami` (Debian: ldap-utils).
#
# Value: {"host": "ldap.internal", "port": 636, "username": "uid=app,ou=services,dc=example,dc=org", "password": "…"}
# Administrator: an entry that may change the password; without one, the entry itself must be allowed to.
#
# tls: `verify` is ldaps://, `starttls` the same on the port without TLS, `off` sends passwords unencrypted.
# vault-options: tls=verify|starttls|off, sslrootcert=FILE, length=NUMBER
import json
import os
import secrets
import string
import subprocess
import sys

OPTIONS = {"tls": "verify", "sslrootcert": "", "length": "32"}


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


INVALID_CREDENTIALS = 49


def ldap(program, login, *words, new=None):
    """Runs a program of ldap-utils. Passwords go through pipes: arguments can be read by everybody on the machine."""
    words, pipes = list(words), []
    for flag, password in [("-y", login["password"]), ("-T", new)]:
        if password is not None:
            reader, writer = os.pipe()
            os.write(writer, password.encode())
            os.close(writer)
            pipes.append(reader)
            words[:0] = [flag, f"/dev/fd/{reader}"]
    scheme = "ldaps" if OPTIONS["tls"] == "verify" else "ldap"
    host = f"[{login['host']}]" if ":" in login["host"] else login["host"]
    place = f"{scheme}://{host}:{login.get('port') or (636 if scheme == 'ldaps' else 389)}"
    words[:0] = ["-x", "-H", place, "-D", login["username"], "-o", "nettimeout=15"]
    if OPTIONS["tls"] == "starttls":
        words.insert(0, "-ZZ")
    environment = {**os.environ, "LDAPTLS_REQCERT": "demand"}
    if OPTIONS["sslrootcert"]:
        environment["LDAPTLS_CACERT"] = OPTIONS["sslrootcert"]
    done = subprocess.run([program, *words], pass_fds=pipes, env=environment, capture_output=True, text=True)
    if done.returncode == INVALID_CREDENTIALS:
        raise Refused(login["username"])
    if done.returncode != 0:
        is_tls = OPTIONS["tls"] != "off" and ("Can't contact" in done.stderr or "Connect error" in done.stderr)
        hint = "; if it runs, is its certificate trusted (`sslrootcert`)?" if is_tls else ""
        sys.exit(f"{program}: {' '.join(done.stderr.split())[:300]}{hint}")


def log_in(login):
    ldap("ldapwhoami", login)
    return login


def change_own(session, old):
    ldap("ldappasswd", session, PENDING["username"], new=PENDING["password"])


def change_other(admin):
    change_own(admin, CURRENT)


run(create=create, set=set_value, test=test, finish=lambda: None)
