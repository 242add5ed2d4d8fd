#!/usr/bin/env python3
"""A hook for `vault rotate`: called once for each step, with the step as its argument.

create  make the new value and print it: {"SecretString": "..."}
set     make the service accept the pending value
test    log in with the pending value
finish  the last word before it becomes current; usually nothing

A message in JSON is on standard input: step, secret, token, attempt, current, pending, previous, aborted, admin and options;
each value as {"VersionId": "...", "SecretString": "..."}. Exit 0 says that the step is done, anything else that it failed.
Standard error goes to `vault rotate log`. A step can be called again after a crash, so it must bear that.
"""
import json
import secrets
import sys


def create(message):
    print(json.dumps({"SecretString": secrets.token_urlsafe(24)}))


def set_value(message):
    pending = message["pending"]["SecretString"]  # make the service accept this


def test(message):
    pending = message["pending"]["SecretString"]  # log in with this


def finish(message):
    pass


STEPS = {"create": create, "set": set_value, "test": test, "finish": finish}
STEPS[sys.argv[1]](json.load(sys.stdin))
