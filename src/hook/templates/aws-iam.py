#!/usr/bin/env python3
# Rotates the access key of an AWS IAM user. It needs the AWS CLI (`aws`).
#
# Value: {"UserName": "app", "AccessKeyId": "AKIA…", "SecretAccessKey": "…"}, or with `aws_access_key_id` and
# `aws_secret_access_key`, or these in capitals.
# Administrator: a key of another user, in the same form; without one, the user's own key must be allowed to list, create,
# update and delete access keys of the user.
#
# An IAM user can have two keys. So the previous one stays valid until the next rotation; with `old=inactive` it is turned
# off as soon as the new one is about to become current. If there is a second key that this secret does not know, nothing is
# changed; unless it was never used and is newer than the current one, because then a run that was interrupted created it.
#
# endpoint: another address of IAM and STS.
# vault-options: old=keep|inactive, region, endpoint
import json
import os
import subprocess
import sys
import time

OPTIONS = {"old": "keep", "region": "us-east-1", "endpoint": ""}


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


NAMES = [
    ("AccessKeyId", "SecretAccessKey"),
    ("aws_access_key_id", "aws_secret_access_key"),
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
]


def names(login):
    return next((names for names in NAMES if names[0] in login), NAMES[0])


def key_id(login):
    return login[names(login)[0]]


class Failed(Exception):
    """The AWS CLI has failed."""


def aws(login, *words):
    """Runs the AWS CLI with a key in its environment, and with no settings of the user."""
    identifier, secret = names(login)
    environment = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    environment.update(
        AWS_ACCESS_KEY_ID=login[identifier], AWS_SECRET_ACCESS_KEY=login[secret], AWS_PAGER="",
        AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_DEFAULT_REGION=OPTIONS["region"],
    )
    words = ["aws", "--output", "json", "--cli-connect-timeout", "10", *words]
    if OPTIONS["endpoint"]:
        words += ["--endpoint-url", OPTIONS["endpoint"]]
    done = subprocess.run(words, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failed(" ".join(done.stderr.split()))
    return json.loads(done.stdout or "null")


def iam(login, action, *words):
    return aws(login, "iam", action, "--user-name", CURRENT["UserName"], *words)


def manager():
    """The login that manages the keys: an aborted rotation may have left another one than the current."""
    if ADMIN is not None:
        return ADMIN
    for version in [MESSAGE["current"], MESSAGE["previous"], *MESSAGE["aborted"]]:
        login = value(version)
        try:
            aws(login, "sts", "get-caller-identity")
            return login
        except Failed as error:
            reason = error
    raise reason


def create():
    login = manager()
    known = [key_id(value(version)) for version in [MESSAGE["previous"], *MESSAGE["aborted"]] if version]
    keys = iam(login, "list-access-keys")["AccessKeyMetadata"]
    current = next((key for key in keys if key["AccessKeyId"] == key_id(CURRENT)), None)
    if current is None:
        sys.exit(f"the user `{CURRENT['UserName']}` has no key {key_id(CURRENT)}")
    for key in keys:
        identifier = key["AccessKeyId"]
        if key is current:
            continue
        if identifier not in known and not (key["CreateDate"] >= current["CreateDate"] and is_unused(login, identifier)):
            sys.exit(f"the user `{CURRENT['UserName']}` has a second key, {identifier}, that is not of this secret")
        iam(login, "delete-access-key", "--access-key-id", identifier)
    key = iam(login, "create-access-key")["AccessKey"]
    identifier, secret = names(CURRENT)
    new = {**CURRENT, identifier: key["AccessKeyId"], secret: key["SecretAccessKey"]}
    answer(json.dumps(new, ensure_ascii=False))


def is_unused(login, identifier):
    used = aws(login, "iam", "get-access-key-last-used", "--access-key-id", identifier)
    return "LastUsedDate" not in used.get("AccessKeyLastUsed", {})


def test():
    """A new key works after some seconds."""
    for attempt in range(8):
        try:
            return aws(PENDING, "sts", "get-caller-identity")
        except Failed as error:
            if "InvalidClientTokenId" not in str(error) or attempt == 7:
                raise
        time.sleep(4)


def finish():
    if OPTIONS["old"] == "inactive":
        login = ADMIN or PENDING
        iam(login, "update-access-key", "--access-key-id", key_id(CURRENT), "--status", "Inactive")


run(create=create, set=lambda: None, test=test, finish=finish)
