#!/usr/bin/env python3
# Rotates the password of a user of Redis 6 or later, or Valkey (ACL). It needs nothing but Python.
#
# Value: {"host": "redis.internal", "port": 6379, "username": "app", "password": "…"}
# Administrator: a user who may run `ACL GETUSER` and `ACL SETUSER`; without one, the user itself must be allowed to.
#
# A user of Redis can have several passwords. So the previous one stays valid until the next rotation; with `old=remove`
# only until the new one is current. Redis gets the SHA-256 of the passwords. All other passwords of the user are removed.
#
# nodes: further servers that get the password, as HOST:PORT,HOST:PORT; Redis does not replicate users.
# vault-options: old=keep|remove, nodes, length=NUMBER, tls=verify|insecure|off, sslrootcert=FILE
import hashlib
import json
import secrets
import socket
import ssl
import string
import sys

OPTIONS = {"old": "keep", "nodes": "", "length": "32", "tls": "verify", "sslrootcert": ""}


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


def connect(host, port):
    connection = socket.create_connection((host, port), timeout=10)
    if OPTIONS["tls"] != "off":
        context = ssl.create_default_context(cafile=OPTIONS["sslrootcert"] or None)
        if OPTIONS["tls"] == "insecure":
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = context.wrap_socket(connection, server_hostname=host)
    return connection.makefile("rwb")


class Failed(Exception):
    """Redis answers with an error."""


def read_reply(stream):
    line = stream.readline()
    kind, rest = line[:1], line[1:].strip()
    if kind == b"-":
        raise Failed(rest.decode(errors="replace"))
    if kind == b"$":
        return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2]
    if kind in (b"*", b"%", b"~"):
        return None if rest == b"-1" else [read_reply(stream) for _ in range(int(rest))]
    if not line.endswith(b"\r\n"):
        raise Failed("Redis closed the connection")
    return rest


def command(stream, *words):
    words = [word.encode() for word in words]
    stream.write(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words))
    stream.flush()
    return read_reply(stream)


def log_in(login, place=None):
    stream = connect(*(place or (login["host"], int(login.get("port") or 6379))))
    try:
        command(stream, "AUTH", login["username"], login["password"])
        command(stream, "PING")
    except Failed as error:
        if str(error).startswith("WRONGPASS"):
            raise Refused(login["username"]) from None
        if not str(error).startswith("NOPERM"):
            raise
    return stream


def give_passwords(stream, *logins):
    """The user gets these passwords and no others."""
    user = PENDING["username"]
    if command(stream, "ACL", "GETUSER", user) is None:
        sys.exit(f"Redis has no user `{user}`")
    hashes = ["#" + hashlib.sha256(login["password"].encode()).hexdigest() for login in logins]
    command(stream, "ACL", "SETUSER", user, "resetpass", *hashes)
    for save in (["ACL", "SAVE"], ["CONFIG", "REWRITE"]):
        try:
            return command(stream, *save)
        except Failed as error:
            reason = error
    print(f"the password is lost when Redis restarts: it cannot save its users ({reason})", file=sys.stderr)


def places():
    yield CURRENT["host"], int(CURRENT.get("port") or 6379)
    for node in filter(None, OPTIONS["nodes"].split(",")):
        host, _, port = node.strip().rpartition(":")
        yield host.strip("[]"), int(port)


def session(place):
    """Logged in as somebody who may change the user: an aborted rotation may have changed the password."""
    if ADMIN is not None:
        return log_in(ADMIN, place)
    for version in [MESSAGE["pending"], MESSAGE["current"], MESSAGE["previous"], *MESSAGE["aborted"]]:
        old = value(version)
        if old.get("username") == PENDING["username"]:
            try:
                return log_in(old, place)
            except Refused:
                pass
    sys.exit("Redis refuses the pending, the current, the previous and every aborted password")


def create():
    answer(json.dumps({**CURRENT, "password": new_password()}, ensure_ascii=False))


def set_value():
    if PENDING["username"] != CURRENT["username"]:
        sys.exit("the pending value is for another user than the current one")
    for place in places():
        give_passwords(session(place), CURRENT, PENDING)


def test():
    for place in places():
        log_in(PENDING, place)


def finish():
    if OPTIONS["old"] == "remove":
        for place in places():
            give_passwords(session(place), PENDING)


run(create=create, set=set_value, test=test, finish=finish)
