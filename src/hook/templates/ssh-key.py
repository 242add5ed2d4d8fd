#!/usr/bin/env python3
# Rotates the SSH key of an account: adds a new one to its ~/.ssh/authorized_keys, with the options of the current one, and
# removes those before. It needs `ssh` and `ssh-keygen` (Debian: openssh-client).
#
# Value: {"host": "app.internal", "port": 22, "username": "deploy", "private_key": "-----BEGIN OPENSSH PRIVATE KEY-----\n…"}
#
# The current key stays valid until the next rotation; with `old=remove` only until the new one is current. The account
# needs a shell: a key with a forced command cannot change the file.
#
# hosts: further hosts where the account gets the key, as HOST,HOST:PORT.
# known_hosts: the file with the hosts' keys; by default that of the user who runs the rotation. Unknown hosts are refused.
# vault-options: hosts, known_hosts=FILE, type=ed25519|ecdsa|rsa, old=keep|remove
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

OPTIONS = {"hosts": "", "known_hosts": "", "type": "ed25519", "old": "keep"}


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


FILE = ".ssh/authorized_keys"


@contextlib.contextmanager
def private_directory():
    """In memory where that is possible. What a run left here that was killed is removed first."""
    place = "/dev/shm" if os.path.isdir("/dev/shm") else tempfile.gettempdir()
    name = hashlib.sha256(f"{os.getuid()} {os.environ.get('VLT_HOOK_DIR')} {MESSAGE['secret']}".encode()).hexdigest()
    directory = os.path.join(place, f"vault-key.{name[:16]}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    shutil.rmtree(directory, ignore_errors=True)
    os.mkdir(directory, 0o700)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


@contextlib.contextmanager
def key_file(login):
    """A path where other programs find the private key. On Linux it is gone with this process, however that ends."""
    text = (login["private_key"].rstrip("\n") + "\n").encode()
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("key")
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, text)
        yield f"/proc/{os.getpid()}/fd/{descriptor}"
        os.close(descriptor)
        return
    with private_directory() as directory:
        key = os.path.join(directory, "key")
        with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
        yield key


def ssh(login, place, remote, text=""):
    """Runs a command as the account, with this key alone. Returns its output."""
    host, port = place
    settings = ["BatchMode=yes", "IdentitiesOnly=yes", "IdentityAgent=none", "StrictHostKeyChecking=yes"]
    settings += ["PreferredAuthentications=publickey", "ConnectTimeout=15", "LogLevel=ERROR"]
    if OPTIONS["known_hosts"]:
        settings.append(f"UserKnownHostsFile={OPTIONS['known_hosts']}")
    with key_file(login) as key:
        words = ["ssh", "-F", "/dev/null", "-T", "-i", key, "-p", str(port), "-l", login["username"]]
        for setting in settings:
            words += ["-o", setting]
        done = subprocess.run([*words, host, remote], input=text, capture_output=True, text=True)
    if "Permission denied" in done.stderr and done.returncode == 255:
        raise Refused(f"{login['username']} on {host}")
    if done.returncode != 0:
        sys.exit(f"{host}: {' '.join(done.stderr.split()) or f'exit {done.returncode}'}")
    return done.stdout


def public_key(login):
    """Its type and its base64."""
    with key_file(login) as key:
        return " ".join(keygen("-y", "-P", "", "-f", key).split()[:2])


def keygen(*words):
    done = subprocess.run(["ssh-keygen", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit("ssh-keygen fails: the key is none, or it has a passphrase")
    return done.stdout


def places():
    yield PENDING["host"], int(PENDING.get("port") or 22)
    for place in filter(None, OPTIONS["hosts"].split(",")):
        host, _, port = place.strip().rpartition(":") if ":" in place else (place.strip(), "", "22")
        yield host, int(port)


def create():
    with private_directory() as directory:
        key = os.path.join(directory, "key")
        keygen("-q", "-t", OPTIONS["type"], "-N", "", "-C", "vault:" + MESSAGE["secret"], "-f", key)
        with open(key) as file:
            answer(json.dumps({**CURRENT, "private_key": file.read()}, ensure_ascii=False))


def authorize(login, place, before, gone):
    """Adds the pending key with the options of the key of the login, and removes keys."""
    new, model = public_key(PENDING), public_key(login)
    after, is_new_there = [], False
    for line in before.splitlines():
        if any(key in line for key in gone):
            continue
        is_new_there = is_new_there or new in line
        after.append(line)
    if not is_new_there:
        options = next((line[: line.index(model)] for line in before.splitlines() if model in line), "")
        after.append(f"{options}{new} vault:{MESSAGE['secret']}")
    text = "\n".join(after) + "\n"
    if text == before:
        return
    # The count tells a file that was not received as a whole.
    count, copy = len(text.encode()), FILE + ".vault"
    script = f"umask 077; cat > {copy}; if test $(wc -c < {copy}) -eq {count}; then mv {copy} {FILE}; else exit 9; fi"
    ssh(login, place, f"sh -c '{script}'", text)


def keys(*versions):
    """The public keys of versions, but for those of the current and of the pending one."""
    kept = [public_key(CURRENT), public_key(PENDING)]
    found = [public_key(value(version)) for version in versions if value(version).get("private_key")]
    return [key for key in found if key not in kept]


def read_keys(place):
    """A login that works, and the file of the keys."""
    for version in [MESSAGE["pending"], MESSAGE["current"], MESSAGE["previous"], *MESSAGE["aborted"]]:
        login = value(version)
        if login.get("username") == PENDING["username"] and login.get("private_key"):
            try:
                return login, ssh(login, place, f"cat {FILE}")
            except Refused:
                pass
    sys.exit(f"{place[0]} refuses the pending, the current, the previous and every aborted key")


def set_value():
    if ADMIN is not None:
        sys.exit("this hook takes no administrator: the account itself changes its keys")
    for place in places():
        login, before = read_keys(place)
        authorize(login, place, before, keys(MESSAGE["previous"], *MESSAGE["aborted"]))


def test():
    for place in places():
        ssh(PENDING, place, "true")


def finish():
    if OPTIONS["old"] == "remove":
        for place in places():
            authorize(PENDING, place, ssh(PENDING, place, f"cat {FILE}"), [public_key(CURRENT)])


run(create=create, set=set_value, test=test, finish=finish)
