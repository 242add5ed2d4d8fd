"""Calls a rotation function of AWS. Its source was approved and is read from the file that is named first."""

import os
import ssl
import sys
import time
import types

source, name, handler, step, secret, token, arn, limit = sys.argv[1:9]
# The working directory is no place to import from.
sys.path[:] = [entry for entry in sys.path if entry]
sys.argv[:] = [name]
module = types.ModuleType("lambda_function")
module.__file__ = name
sys.modules["lambda_function"] = module
deadline = time.monotonic() + int(limit) / 1000
context = types.SimpleNamespace(
    function_name=arn.split(":")[6] if arn.count(":") > 5 else arn,
    function_version="$LATEST",
    invoked_function_arn=arn,
    memory_limit_in_mb="128",
    aws_request_id=token,
    log_group_name="",
    log_stream_name="",
    identity=None,
    client_context=None,
    get_remaining_time_in_millis=lambda: max(0, int((deadline - time.monotonic()) * 1000)),
)
# Published functions name the authorities as Amazon Linux has them. Elsewhere they are in another file.
bundle = "/etc/pki/tls/cert.pem"
others = ["/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"]
places = [bundle, ssl.get_default_verify_paths().cafile, *others]
found = os.environ.get("SSL_CERT_FILE") or next((path for path in places if path and os.path.exists(path)), bundle)
with open(source, "rb") as file:
    text = file.read().replace(bundle.encode(), found.encode())
try:
    exec(compile(text, name, "exec"), module.__dict__)
except ModuleNotFoundError as error:
    sys.exit(
        "%s has no module `%s`: install it there, or name another interpreter with the option `python`"
        % (sys.executable, error.name)
    )
if not callable(getattr(module, handler, None)):
    sys.exit("%s has no function `%s`; the option `handler` names another one" % (name, handler))
event = {"Step": step + "Secret", "SecretId": secret, "ClientRequestToken": token, "RotationToken": token}
getattr(module, handler)(event, context)
