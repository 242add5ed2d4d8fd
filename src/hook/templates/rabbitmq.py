#!/usr/bin/env python3
# Rotates the password of a user of RabbitMQ, over the HTTP API of its management plugin. It needs nothing but Python.
#
# Value: {"host": "mq.internal", "port": 5671, "vhost": "/", "username": "app", "password": "…"}
# Administrator: a user with the tag `administrator`; without one, the user itself must have it.
#
# RabbitMQ gets a salted SHA-256 of the password. With `users=alternating`, `app` and `app_clone` take turns; `clone=create`
# creates the second user and gives it the tags and permissions of the first one, at each rotation.
#
# vault-options: users=single|alternating, clone=create, management_port=NUMBER, length=NUMBER
# vault-options: tls=verify|insecure|off, sslrootcert=FILE
import base64
import hashlib
import json
import secrets
import socket
import ssl
import string
import struct
import sys
import urllib.error
import urllib.parse
import urllib.request

OPTIONS = {
    "users": "single", "clone": "", "management_port": "", "length": "32", "tls": "verify", "sslrootcert": ""
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


# Methods of AMQP 0-9-1.
START, START_OK, TUNE, TUNE_OK, OPEN, OPEN_OK = (10, 10), (10, 11), (10, 30), (10, 31), (10, 40), (10, 41)


def tls_context():
    context = ssl.create_default_context(cafile=OPTIONS["sslrootcert"] or None)
    if OPTIONS["tls"] == "insecure":
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def short(text):
    return struct.pack("B", len(text.encode())) + text.encode()


def long(data):
    return struct.pack(">I", len(data)) + data


def send(stream, method, arguments):
    payload = struct.pack(">HH", *method) + arguments
    stream.write(struct.pack(">BHI", 1, 0, len(payload)) + payload + b"\xce")
    stream.flush()


def receive(stream):
    """The class and method of the next frame, and its arguments."""
    head = stream.read(7)
    if len(head) < 7:
        sys.exit("the server closed the connection: does it speak AMQP 0-9-1?")
    payload = stream.read(struct.unpack(">BHI", head)[2] + 1)
    return struct.unpack(">HH", payload[:4]), payload[4:-1]


def log_in(login):
    """Opens a connection of AMQP 0-9-1, as a program does that uses the password. Returns the login."""
    tls = OPTIONS["tls"] != "off"
    connection = socket.create_connection((login["host"], int(login.get("port") or (5671 if tls else 5672))), timeout=15)
    if tls:
        connection = tls_context().wrap_socket(connection, server_hostname=login["host"])
    stream = connection.makefile("rwb")
    stream.write(b"AMQP\x00\x00\x09\x01")
    stream.flush()
    if receive(stream)[0] != START:
        sys.exit("the server does not speak AMQP 0-9-1")
    # Without this the server refuses a login by closing the connection, some seconds later.
    told = short("capabilities") + b"F" + long(short("authentication_failure_close") + b"t\x01")
    secret = f"\0{login['username']}\0{login['password']}".encode()
    send(stream, START_OK, long(told) + short("PLAIN") + long(secret) + short("en_US"))
    method, limits = receive(stream)
    if method != TUNE:
        raise Refused(login["username"])
    send(stream, TUNE_OK, limits)
    send(stream, OPEN, short(login.get("vhost") or "/") + short("") + b"\0")
    if receive(stream)[0] != OPEN_OK:
        sys.exit(f"`{login['username']}` may not use the virtual host `{login.get('vhost') or '/'}`")
    return login


def api(login, method, path, body=None):
    tls = OPTIONS["tls"] != "off"
    port = OPTIONS["management_port"] or (15671 if tls else 15672)
    host = f"[{login['host']}]" if ":" in login["host"] else login["host"]
    request = urllib.request.Request(f"http{'s' if tls else ''}://{host}:{port}/api/{path}", method=method)
    basic = base64.b64encode(f"{login['username']}:{login['password']}".encode()).decode()
    request.add_unredirected_header("Authorization", f"Basic {basic}")
    request.add_header("Content-Type", "application/json")
    handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=tls_context())]
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.build_opener(*handlers).open(request, data, timeout=15) as response:
            return json.loads(response.read() or "null")
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        if error.code == 401:
            sys.exit(f"the management API refuses `{login['username']}`: is it an administrator, and the password right?")
        sys.exit(f"the management API answers {error.code} to {method} {path}")


def quoted(name):
    return urllib.parse.quote(name, safe="")


def copy_permissions(admin, model, user):
    for kind in ("permissions", "topic-permissions"):
        for entry in api(admin, "GET", f"users/{quoted(model)}/{kind}") or []:
            vhost = entry.pop("vhost")
            entry.pop("user")
            api(admin, "PUT", f"{kind}/{quoted(vhost)}/{quoted(user)}", entry)


def change_other(admin):
    user, model = PENDING["username"], CURRENT["username"]
    known = api(admin, "GET", f"users/{quoted(user)}")
    if user != model and OPTIONS["clone"] == "create":
        tags = api(admin, "GET", f"users/{quoted(model)}")["tags"]
        if known is None:  # Nobody can log in before the password is set, which comes last.
            api(admin, "PUT", f"users/{quoted(user)}", {"password_hash": "", "tags": tags})
        known = {"tags": tags}
        copy_permissions(admin, model, user)
    if known is None:
        sys.exit(f"RabbitMQ has no user `{user}`; `--option clone=create` creates it")
    salt = secrets.token_bytes(4)
    digest = base64.b64encode(salt + hashlib.sha256(salt + PENDING["password"].encode()).digest()).decode()
    hashed = {"password_hash": digest, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": known["tags"]}
    api(admin, "PUT", f"users/{quoted(user)}", hashed)


def change_own(session, old):
    change_other(old)


run(create=create, set=set_value, test=test, finish=lambda: None)
