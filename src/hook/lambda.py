"""Calls a rotation function of AWS. Its source was approved and is read from the file that is named first."""

import sys
import types

source, name, step, secret, token = sys.argv[1:6]
# The working directory is no place to import from.
sys.path[:] = [entry for entry in sys.path if entry]
sys.argv[:] = [name]
module = types.ModuleType("lambda_function")
module.__file__ = name
sys.modules["lambda_function"] = module
with open(source, "rb") as file:
    exec(compile(file.read(), name, "exec"), module.__dict__)
event = {"Step": step + "Secret", "SecretId": secret, "ClientRequestToken": token, "RotationToken": token}
module.lambda_handler(event, None)
