#!/usr/bin/env python3
# Rotates a token of an HTTP API: asks for a new one, tries it, and revokes the one before. It needs nothing but Python.
#
# Value: the token, or {"token": "…", "id": "…"}
# Administrator: a token that may create and revoke tokens, in the same form; without one, the current token does it.
#
# create_url    answers a POST (or create_method) of create_body with JSON. {secret} in the body is the secret's name.
# token_field   where the token is in this JSON, such as `data.token`; id_field, where its id is, if the value keeps one
# test_url      answers GET with 2xx if the token is good
# revoke_url    is called with DELETE (or revoke_method) for the token before the current one, at the end of a rotation;
#               {id} in it is the id of that token. Without {id} the call is made with the token that is revoked.
# old           `keep`: the current token stays valid until the next rotation; `revoke`: it is revoked at once
# header        the header of the token; `Authorization` also has a scheme before the token
#
# A `create` that is killed may leave a token that nobody knows: let tokens expire. The request has an Idempotency-Key, so
# that services which know it answer with the same token.
#
# vault-options: create_url!, create_method=POST|PUT|PATCH|GET, create_body, token_field, id_field, test_url!
# vault-options: revoke_url, revoke_method=DELETE|POST|PUT, old=keep|revoke, header, scheme, sslrootcert=FILE
import json
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

OPTIONS = {
    "create_url": "", "create_method": "POST", "create_body": "", "token_field": "token", "id_field": "",
    "test_url": "", "revoke_url": "", "revoke_method": "DELETE", "old": "keep",
    "header": "Authorization", "scheme": "Bearer", "sslrootcert": "",
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


GONE = (401, 403, 404, 410)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token to another place."""

    def redirect_request(self, *_):
        return None


class Status(Exception):
    """An answer that is not 2xx."""


def token(version):
    """The token and its id."""
    if version is None:
        return None, None
    text = version.get("SecretString", "").strip()
    parsed = value(version)
    return (parsed["token"], parsed.get("id")) if text.startswith("{") else (text, None)


def call(method, url, bearer, body=None, **headers):
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        sys.exit("a URL must be https://, or http:// to this machine")
    request = urllib.request.Request(url, None if body is None else body.encode(), headers, method=method)
    scheme = OPTIONS["scheme"] + " " if OPTIONS["header"].lower() == "authorization" else ""
    request.add_unredirected_header(OPTIONS["header"], scheme + bearer)
    context = ssl.create_default_context(cafile=OPTIONS["sslrootcert"] or None)
    handlers = [urllib.request.ProxyHandler({}), NoRedirect(), urllib.request.HTTPSHandler(context=context)]
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=25) as response:
            return response.read()
    except urllib.error.HTTPError as error:
        failed = Status(f"{method} {parts.hostname}{parts.path} answers {error.code}")
        failed.code = error.code
        raise failed from None


def field(answered, path):
    for name in path.split("."):
        answered = answered[int(name)] if isinstance(answered, list) else answered.get(name)
        if answered is None:
            sys.exit(f"the answer has no `{path}`")
    return str(answered)


def works(bearer):
    try:
        call("GET", OPTIONS["test_url"], bearer)
    except Status as error:
        if error.code in (401, 403):
            return False
        raise
    return True


def creator():
    """The token that creates: an aborted rotation may have left another one than the current."""
    if MESSAGE["admin"]:
        return token(MESSAGE["admin"])[0]
    for version in [MESSAGE["current"], MESSAGE["previous"], *MESSAGE["aborted"]]:
        bearer = token(version)[0]
        if bearer and works(bearer):
            return bearer
    sys.exit("the service refuses the current, the previous and every aborted token")


def create():
    body = OPTIONS["create_body"].replace("{secret}", json.dumps(MESSAGE["secret"])[1:-1]) or None
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Idempotency-Key": MESSAGE["token"]}
    answered = json.loads(call(OPTIONS["create_method"], OPTIONS["create_url"], creator(), body, **headers))
    new = {"token": field(answered, OPTIONS["token_field"])}
    if OPTIONS["id_field"]:
        new["id"] = field(answered, OPTIONS["id_field"])
    if OPTIONS["id_field"] or CURRENT:
        answer(json.dumps({**CURRENT, **new}, ensure_ascii=False))
    else:
        answer(new["token"])


def test():
    if not works(token(MESSAGE["pending"])[0]):
        sys.exit("the service refuses the pending token")


def finish():
    if not OPTIONS["revoke_url"]:
        return
    kept = [MESSAGE["pending"]] + ([MESSAGE["current"]] if OPTIONS["old"] == "keep" else [])
    kept = [token(version)[0] for version in kept]
    for version in [MESSAGE["previous"], *MESSAGE["aborted"], MESSAGE["current"]]:
        bearer, identifier = token(version)
        if bearer is None or bearer in kept:
            continue
        url, by = OPTIONS["revoke_url"], bearer
        if "{id}" in url:
            if identifier is None:
                continue
            url = url.replace("{id}", urllib.parse.quote(identifier, safe=""))
            by = token(MESSAGE["admin"])[0] or token(MESSAGE["pending"])[0]
        try:
            call(OPTIONS["revoke_method"], url, by)
        except Status as error:
            if error.code not in GONE:
                raise


run(create=create, set=lambda: None, test=test, finish=finish)
