"""The caching client and Powertools, as applications use them. Finds the server in its environment; prints one line of JSON."""
import json

import boto3
from aws_lambda_powertools.utilities import parameters
from aws_secretsmanager_caching import SecretCache, SecretCacheConfig

ssm, secrets = boto3.client("ssm"), boto3.client("secretsmanager")
seen = {}

for number in range(12):
    ssm.put_parameter(Name=f"/py/{number:02}", Value=f"value {number}", Type="SecureString")
secrets.create_secret(Name="py/db", SecretString='{"password":"first"}')

cache = SecretCache(config=SecretCacheConfig(secret_refresh_interval=0), client=secrets)
seen["cached"] = [cache.get_secret_string("py/db")]
secrets.put_secret_value(SecretId="py/db", SecretString='{"password":"second"}')
seen["cached"] += [cache.get_secret_string("py/db"), cache.get_secret_string("py/db", version_stage="AWSPREVIOUS")]

seen["powertools"] = [
    parameters.get_parameter("/py/03", decrypt=True),
    len(parameters.get_parameters("/py", decrypt=True)),
    parameters.get_secret("py/db", transform="json"),
]
pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/py", PaginationConfig={"PageSize": 5})
seen["pages"] = [len(page["Parameters"]) for page in pages]
print(json.dumps(seen))
