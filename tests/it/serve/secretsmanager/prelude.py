"""What the scripts for Secrets Manager have in common: a client that checks nothing itself, and the comparison of errors."""
import uuid

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

sm = boto3.client("secretsmanager", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))

MARKED = "You can't perform this operation on the secret because it was marked for deletion."
NO_SECRET = "Secrets Manager can't find the specified secret."
BAD_NAME = (
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
)


def token(number):
    """The id of the version of that number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def new(name=None, **members):
    """A secret with a name that nobody has; returns its ARN."""
    name = name or f"s/{uuid.uuid4()}"
    return sm.create_secret(Name=name, **members)["ARN"]


def refused(code, message, operation, **members):
    """The call fails with this code and exactly this message, and status 400."""
    try:
        answer = getattr(sm, operation)(**members)
    except ClientError as error:
        found = error.response
        assert found["Error"]["Code"] == code, (operation, members, found["Error"])
        assert message is None or found["Error"]["Message"] == message, (operation, members, found["Error"])
        assert found["ResponseMetadata"]["HTTPStatusCode"] == 400, found
    else:
        raise AssertionError(f"{operation} {members} succeeded: {answer}")


def stages(arn):
    """The stages of each version, by the number of its token; also of versions without a stage."""
    listed = sm.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True)["Versions"]
    return {int(version["VersionId"][-12:]): version.get("VersionStages", []) for version in listed}


def put(arn, number, labels=None):
    members = {"VersionStages": labels} if labels else {}
    return sm.put_secret_value(SecretId=arn, SecretString=f"v{number}", ClientRequestToken=token(number), **members)


def move(arn, label, source=None, target=None):
    members = {"RemoveFromVersionId": source and token(source), "MoveToVersionId": target and token(target)}
    members = {key: value for key, value in members.items() if value}
    return sm.update_secret_version_stage(SecretId=arn, VersionStage=label, **members)


def bare(answer):
    """An answer without what the transport adds."""
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
