#!/usr/bin/env python3
"""A hook for a service that is a directory with a file `password`, and that can be told to fail once, anywhere."""
import json
import os
import secrets
import signal
import sys
import time

step = sys.argv[1]
message = json.load(sys.stdin)
service = message["options"]["service"]
password = os.path.join(service, "password")


def fault(moment):
    path = os.path.join(service, "fault")
    try:
        kind, *where = open(path).read().split()
    except FileNotFoundError:
        return
    if where != [step, moment]:
        return
    os.remove(path)
    if kind == "kill-runner":
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)
    elif kind == "kill-hook":
        os.kill(os.getpid(), signal.SIGKILL)
    elif kind == "hang":
        time.sleep(600)
    elif kind == "fail":
        sys.exit("refused, and here is " + json.dumps(message.get("pending")))
    elif kind == "refuse":
        print("it is too simple", file=sys.stderr)
        sys.exit(65)
    elif kind == "slow":
        open(os.path.join(service, "slow"), "w").close()
        while not os.path.exists(os.path.join(service, "go")):
            time.sleep(0.02)
    elif kind == "lie":
        sys.exit(0)


fault("before")
if step == "create":
    print(json.dumps({"SecretString": secrets.token_hex(8)}), flush=True)
elif step == "set":
    known = [message[name] for name in ("pending", "current", "previous") if message[name]] + message["aborted"]
    if open(password).read() not in [value["SecretString"] for value in known]:
        sys.exit("login failed")
    with open(password + ".new", "w") as file:
        file.write(message["pending"]["SecretString"])
    os.rename(password + ".new", password)
elif step == "test":
    if open(password).read() != message["pending"]["SecretString"]:
        sys.exit("login failed")
fault("after")
