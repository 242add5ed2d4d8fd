#!/bin/sh
# A hook for `vault rotate`: called once for each step, with the step as its argument.
#
#   create  make the new value and print it: {"SecretString": "..."}
#   set     make the service accept the pending value
#   test    log in with the pending value
#   finish  the last word before it becomes current; usually nothing
#
# A message in JSON is on standard input: step, secret, token, attempt, current, pending, previous, aborted, admin and options;
# each value as {"VersionId": "...", "SecretString": "..."}. Exit 0 says that the step is done, anything else that it failed.
# Standard error goes to `vault rotate log`. A step can be called again after a crash, so it must bear that.
# Never put a value into an argument of another program: arguments can be read by everybody on the machine.
set -eu

message=$(cat)
# The value of a field of the message, such as .pending.SecretString
field() { printf '%s' "$message" | jq -er "$1"; }

case "$1" in
create)
    new=$(head -c 24 /dev/urandom | base64 | tr '+/' '-_')
    printf '{"SecretString": "%s"}\n' "$new"
    ;;
set)
    # field .pending.SecretString | your-service set-password --stdin
    :
    ;;
test)
    # field .pending.SecretString | your-service login --stdin
    :
    ;;
finish) ;;
*)
    echo "unknown step $1" >&2
    exit 2
    ;;
esac
