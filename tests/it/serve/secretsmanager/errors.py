"""Each error of the tables of secrets-manager §3, §4, §5, §7 and §10: code, message and status."""
NOT_FOUND, REQUEST, PARAMETER = "ResourceNotFoundException", "InvalidRequestException", "InvalidParameterException"
EXISTS, VALIDATION = "ResourceExistsException", "ValidationException"

arn = new("e/live", SecretString="v1", ClientRequestToken=token(1))
put(arn, 2, ["MINE"])
empty = new("e/empty")
new("e/gone", SecretString="x")
sm.delete_secret(SecretId="e/gone")


def invalid(member, value, must):
    return f"1 validation error detected: Value {value} at '{member}' failed to satisfy constraint: Member must {must}"


# Names are checked on every operation, and a secret that does not exist is missing on every one.
with_id = {
    "get_secret_value": {}, "describe_secret": {}, "list_secret_version_ids": {}, "delete_secret": {}, "restore_secret": {},
    "put_secret_value": {"SecretString": "x"}, "update_secret": {"Description": "x"},
    "update_secret_version_stage": {"VersionStage": "X", "MoveToVersionId": token(1)},
    "tag_resource": {"Tags": [{"Key": "a", "Value": "b"}]}, "untag_resource": {"TagKeys": ["a"]},
    "get_resource_policy": {}, "delete_resource_policy": {}, "put_resource_policy": {"ResourcePolicy": "{}"},
    "replicate_secret_to_regions": {"AddReplicaRegions": [{"Region": "eu-west-1"}]},
    "remove_regions_from_replication": {"RemoveReplicaRegions": ["eu-west-1"]}, "stop_replication_to_replica": {},
}
works_on_marked = ("describe_secret", "restore_secret")
for operation, members in with_id.items():
    refused(VALIDATION, BAD_NAME, operation, SecretId="a name", **members)
    refused(VALIDATION, BAD_NAME, operation, SecretId="arn:aws:s3:::bucket", **members)
    refused(NOT_FOUND, NO_SECRET, operation, SecretId="e/none", **members)
    refused(NOT_FOUND, NO_SECRET, operation, SecretId=arn[:-6] + "AbCdEf", **members)
    refused(VALIDATION, invalid("secretId", "''", "have length greater than or equal to 1"), operation, SecretId="", **members)
    refused(VALIDATION, invalid("secretId", "null", "not be null").replace("'null'", "null"), operation, **members)
    if operation not in works_on_marked:
        refused(REQUEST, MARKED, operation, SecretId="e/gone", **members)

# §3: tokens.
missing = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
for operation, members in {
    "create_secret": {"Name": "e/other"}, "put_secret_value": {"SecretId": arn}, "update_secret": {"SecretId": arn},
}.items():
    refused(REQUEST, missing, operation, SecretString="x", ClientRequestToken=None, **members)
    short = invalid("clientRequestToken", "'short'", "have length greater than or equal to 32")
    refused(VALIDATION, short, operation, SecretString="x", ClientRequestToken="short", **members)
used = f"You can't use ClientRequestToken {token(1)} because that value is already in use for a version of secret {arn}."
refused(EXISTS, used, "create_secret", Name="e/live", SecretString="other", ClientRequestToken=token(1))
refused(EXISTS, used, "put_secret_value", SecretId="e/live", SecretString="other", ClientRequestToken=token(1))
refused(EXISTS, used, "put_secret_value", SecretId="e/live", SecretBinary=b"v1", ClientRequestToken=token(1))
refused(EXISTS, used, "update_secret", SecretId="e/live", SecretString="other", ClientRequestToken=token(1))
taken = "The operation failed because the secret e/live already exists."
refused(EXISTS, taken, "create_secret", Name="e/live", SecretString="v1", ClientRequestToken=token(9))
refused(EXISTS, taken, "create_secret", Name="e/live")
scheduled = "You can't create this secret because a secret with this name is already scheduled for deletion."
refused(REQUEST, scheduled, "create_secret", Name="e/gone", SecretString="x")

# §1 and §7: names, values, descriptions, tags.
refused(VALIDATION, BAD_NAME, "create_secret", Name="a b")
long = "x" * 513
refused(VALIDATION, invalid("name", f"'{long}'", "have length less than or equal to 512"), "create_secret", Name=long)
both = "You can't specify both a binary secret value and a string secret value in the same secret."
refused(PARAMETER, both, "create_secret", Name="e/other", SecretString="x", SecretBinary=b"x")
refused(PARAMETER, both, "put_secret_value", SecretId=arn, SecretString="x", SecretBinary=b"x")
refused(REQUEST, "You must provide either SecretString or SecretBinary.", "put_secret_value", SecretId=arn)
hidden = "'*** Sensitive Data Redacted ***'"
too_long = invalid("secretString", hidden, "have length less than or equal to 65536")
refused(VALIDATION, too_long, "put_secret_value", SecretId=arn, SecretString="x" * 65537)
refused(VALIDATION, None, "put_secret_value", SecretId=arn, SecretString="ä" * 40000)
refused(VALIDATION, too_long.replace("String", "Binary"), "put_secret_value", SecretId=arn, SecretBinary=b"x" * 65537)
refused(VALIDATION, None, "create_secret", Name="e/other", Description="x" * 2049)
tag = lambda *keys: {"Tags": [{"Key": key, "Value": "v"} for key in keys]}
refused(PARAMETER, None, "create_secret", Name="e/other", **tag("a", "a"))
for keys in (("a", "a"), ("aws:x",), [f"k{number}" for number in range(51)]):
    refused(PARAMETER, None, "tag_resource", SecretId=arn, **tag(*keys))
long = "k" * 129
must = invalid("tags.1.member.key", f"'{long}'", "have length less than or equal to 128")
refused(VALIDATION, must, "tag_resource", SecretId=arn, **tag(long))
no_key = "The operation failed because of an invalid KMS key: there is no key `none`"
refused(PARAMETER, no_key, "create_secret", Name="e/other", KmsKeyId="alias/none")
refused(PARAMETER, no_key, "update_secret", SecretId=arn, KmsKeyId="arn:aws:kms:us-east-1:123456789012:alias/none")
refused(PARAMETER, no_key.replace("there is no key `none`", "Invalid keyId"), "update_secret", SecretId=arn, KmsKeyId="no key")
long = "k" * 2049
must = invalid("addReplicaRegions.1.member.kmsKeyId", f"'{long}'", "have length less than or equal to 2048")
refused(VALIDATION, must, "create_secret", Name="e/other", AddReplicaRegions=[{"Region": "eu-west-1", "KmsKeyId": long}])
must = invalid("addReplicaRegions", "'[]'", "have length greater than or equal to 1")
refused(VALIDATION, must, "create_secret", Name="e/other", AddReplicaRegions=[])
primary = "arn:aws:secretsmanager:us-east-1:111111111111:secret:e/other-AbCdEf"
refused(REQUEST, None, "create_secret", Name="e/other", CrossAccountPrimaryARN=primary)
refused(NOT_FOUND, NO_SECRET, "describe_secret", SecretId="e/other")
assert "VersionIdsToStages" not in sm.describe_secret(SecretId=empty)

# §4: stages.
elsewhere = (
    "The parameter RemoveFromVersionId can't be empty. Staging label MINE is currently attached to version "
    f"{token(2)}, so you must explicitly reference that version in RemoveFromVersionId."
)
stage = "update_secret_version_stage"
refused(PARAMETER, elsewhere, stage, SecretId=arn, VersionStage="MINE", MoveToVersionId=token(1))
refused(PARAMETER, elsewhere, stage, SecretId=arn, VersionStage="MINE", MoveToVersionId=token(1), RemoveFromVersionId=token(1))
stays = "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed."
refused(PARAMETER, stays, stage, SecretId=arn, VersionStage="AWSCURRENT", RemoveFromVersionId=token(1))
no_version = "Secrets Manager can't find the specified secret version."
refused(NOT_FOUND, no_version, stage, SecretId=arn, VersionStage="MINE", MoveToVersionId=token(8), RemoveFromVersionId=token(2))
refused(PARAMETER, None, stage, SecretId=arn, VersionStage="NOWHERE", RemoveFromVersionId=token(1))
full = new("e/full", SecretString="x", ClientRequestToken=token(1))
put(full, 2, [f"L{number}" for number in range(19)])
refused("LimitExceededException", None, stage, SecretId=full, VersionStage="TOO-MANY", MoveToVersionId=token(2))
refused(VALIDATION, None, "put_secret_value", SecretId=full, SecretString="x", VersionStages=["x"] * 21)
refused(VALIDATION, None, "put_secret_value", SecretId=full, SecretString="x", VersionStages=["x" * 257])

# §5: reading.
no_value = "Secrets Manager can't find the specified secret value for {}".format
refused(NOT_FOUND, no_value("staging label: NONE"), "get_secret_value", SecretId=arn, VersionStage="NONE")
refused(NOT_FOUND, no_value("staging label: A\nB"), "get_secret_value", SecretId=arn, VersionStage="A\nB")
refused(NOT_FOUND, no_value("staging label: AWSCURRENT"), "get_secret_value", SecretId=empty)
refused(NOT_FOUND, no_value(f"VersionId: {token(7)}"), "get_secret_value", SecretId=arn, VersionId=token(7))
refused(NOT_FOUND, no_value("VersionId: " + "a b" * 12), "get_secret_value", SecretId=arn, VersionId="a b" * 12)
disagree = "You provided a VersionStage that is not associated to the provided VersionId."
refused(REQUEST, disagree, "get_secret_value", SecretId=arn, VersionId=token(2), VersionStage="AWSCURRENT")
parts = arn.split(":")
foreign = ":".join(parts[:4] + ["000000000000" if parts[4] != "0" * 12 else "1" * 12] + parts[5:])
other_account = (
    "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."
)
refused(REQUEST, other_account, "get_secret_value", SecretId=foreign)
refused(REQUEST, other_account, "put_secret_value", SecretId=foreign, SecretString="x")
refused(NOT_FOUND, NO_SECRET, "describe_secret", SecretId=foreign)
either = "Either 'SecretIdList' or 'Filters' must be provided, but not both."
names = [{"Key": "name", "Values": ["e/"]}]
refused(PARAMETER, either, "batch_get_secret_value")
refused(PARAMETER, either, "batch_get_secret_value", SecretIdList=["a"], Filters=names)
no_filters = "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."
refused(PARAMETER, no_filters, "batch_get_secret_value", SecretIdList=["a"], MaxResults=1)
refused(VALIDATION, None, "batch_get_secret_value", SecretIdList=["a"] * 21)
refused(VALIDATION, invalid("maxResults", "'21'", "have value less than or equal to 20"), "batch_get_secret_value", Filters=names, MaxResults=21)
refused(VALIDATION, invalid("maxResults", "'101'", "have value less than or equal to 100"), "list_secrets", MaxResults=101)
refused(VALIDATION, invalid("sortOrder", "'up'", "satisfy enum value set: [asc, desc]"), "list_secrets", SortOrder="up")
for filters in ([{"Key": "owner", "Values": ["a"]}], [{"Key": "name", "Values": ["a*"]}], names * 11, [{"Key": "name", "Values": ["a"] * 11}]):
    refused(VALIDATION, None, "list_secrets", Filters=filters)
refused(PARAMETER, "Invalid filter key", "list_secrets", Filters=[{"Values": ["a"]}])
refused(PARAMETER, "Invalid filter values for key: name", "list_secrets", Filters=[{"Key": "name"}])
refused("InvalidNextTokenException", None, "list_secrets", NextToken="foreign")
refused("InvalidNextTokenException", None, "list_secret_version_ids", SecretId=arn, NextToken="foreign")
refused("InvalidNextTokenException", None, "batch_get_secret_value", Filters=names, NextToken="foreign")

# §8: rotation.
refused(PARAMETER, missing, "rotate_secret", SecretId=arn, ClientRequestToken=None)
for unfit in ("x" * 31, "x" * 65):
    length = "ClientRequestToken must be 32-64 characters long."
    refused(PARAMETER, length, "rotate_secret", SecretId=arn, ClientRequestToken=unfit)
refused(REQUEST, "No Lambda rotation function ARN is associated with this secret.", "rotate_secret", SecretId=arn)
function = f"arn:aws:lambda:us-east-1:{arn.split(':')[4]}:function:"
refused(PARAMETER, f"Invalid rotation Lambda ARN. Ensure the ARN matches format {function}<functionName>.", "rotate_secret", SecretId=arn, RotationLambdaARN="no arn")
cannot = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com."
refused("AccessDeniedException", cannot, "rotate_secret", SecretId=arn, RotationLambdaARN=function + "none")
schedule, hours = "Invalid schedule expression.", "Rate in hour should be least 4 and less than 24."
for rules, text in (
    ({"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}, "You cannot specify both rotation frequency and schedule expression together."),
    ({"ScheduleExpression": "rate(3 hours)"}, hours), ({"ScheduleExpression": "rate(24 hours)"}, hours),
    ({"ScheduleExpression": "rate(1001 days)"}, "Rate in day should be greater than 0 and less than 1000."),
    ({"ScheduleExpression": "rate(5 minutes)"}, schedule), ({"ScheduleExpression": "cron(5 3 * * ? *)"}, schedule),
    ({"ScheduleExpression": "rate(1 day)", "Duration": "25h"}, "Duration must be at least 1 hour, at most 24 hour."),
    ({"ScheduleExpression": "rate(4 hours)", "Duration": "5h"}, "Duration cannot be greater than Rate in hour."),
    ({"ScheduleExpression": "cron(0 22 * * ? *)", "Duration": "3h"}, "Starting hour and duration must be within a day."),
):
    refused(PARAMETER, text, "rotate_secret", SecretId=arn, RotationRules=rules)
for rules, member, value, must in (
    ({"AutomaticallyAfterDays": 1001}, "automaticallyAfterDays", "1001", "have value less than or equal to 1000"),
    ({"Duration": "300h"}, "duration", "300h", "have length less than or equal to 3"),
    ({"Duration": "h3h"}, "duration", "h3h", "satisfy regular expression pattern: [0-9]+h"),
    ({"ScheduleExpression": ""}, "scheduleExpression", "", "have length greater than or equal to 1"),
):
    refused(VALIDATION, invalid(f"rotationRules.{member}", f"'{value}'", must), "rotate_secret", SecretId=arn, RotationRules=rules)
refused("SerializationException", None, "rotate_secret", SecretId=arn, RotationRules={"Duration": 3})
refused(REQUEST, "No Lambda rotation function ARN is associated with this secret.", "cancel_rotate_secret", SecretId=arn)
new("e/bare")
nothing = "The secret has no current value to rotate."
refused(REQUEST, nothing, "rotate_secret", SecretId="e/bare", RotationRules={"AutomaticallyAfterDays": 3})
assert "RotationEnabled" not in sm.describe_secret(SecretId="e/bare")

# §7: deletion.
window = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
for days in (-1, 0, 6, 31, 10**12):
    refused(PARAMETER, window, "delete_secret", SecretId=arn, RecoveryWindowInDays=days)
conflict = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
refused(PARAMETER, conflict, "delete_secret", SecretId=arn, RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True)
refused(PARAMETER, window, "delete_secret", SecretId="e/none", RecoveryWindowInDays=6, ForceDeleteWithoutRecovery=True)

# §7: policies, replication, passwords.
principal = "This resource policy contains an unsupported principal"
without = '{"Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}'
refused("MalformedPolicyDocumentException", principal, "put_resource_policy", SecretId=arn, ResourcePolicy=without)
for operation in ("put_resource_policy", "validate_resource_policy"):
    no_json = "This resource policy contains invalid Json"
    refused("MalformedPolicyDocumentException", no_json, operation, SecretId=arn, ResourcePolicy="{")
public = without.replace('"Action"', '"Principal":"*","Action"')
refused("PublicPolicyException", None, "put_resource_policy", SecretId=arn, ResourcePolicy=public, BlockPublicPolicy=True)
refused(VALIDATION, None, "put_resource_policy", SecretId=arn, ResourcePolicy="x" * 20481)
refused(PARAMETER, None, "put_resource_policy", SecretId=arn, ResourcePolicy=public, PolicyName="other")
refused(PARAMETER, None, "replicate_secret_to_regions", SecretId=arn, AddReplicaRegions=[{"Region": "eu-west-1"}])
assert bare(sm.remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=["eu-west-1"])) == {"ARN": arn, "ReplicationStatus": []}
refused(VALIDATION, None, "remove_regions_from_replication", SecretId=arn, RemoveReplicaRegions=["Europe"])
refused(REQUEST, None, "stop_replication_to_replica", SecretId=arn)
short = "Password length is too short based on the required types."
refused(PARAMETER, short, "get_random_password", PasswordLength=3)
no_type = "All characters of the desired type have been excluded."
refused(PARAMETER, no_type, "get_random_password", ExcludeCharacters="0123456789")
nothing = {f"Exclude{kind}": True for kind in ("Lowercase", "Uppercase", "Numbers", "Punctuation")}
refused(PARAMETER, "All characters have been excluded from selection.", "get_random_password", **nothing)
for length, must in ((0, "greater than or equal to 1"), (4097, "less than or equal to 4096")):
    refused(VALIDATION, invalid("passwordLength", f"'{length}'", f"have value {must}"), "get_random_password", PasswordLength=length)
refused(VALIDATION, None, "get_random_password", ExcludeCharacters="x" * 4097)
print("done")
