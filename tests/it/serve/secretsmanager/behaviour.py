"""What succeeds: identity, repeated requests, states, deletion, lists, batches, passwords, policies."""
import re
import time

# Identity: a name, a full and a partial ARN (§2).
arn = new("b/one", SecretString="v1", ClientRequestToken=token(1), Description="Orders of the shop")
assert re.fullmatch(r"arn:aws:secretsmanager:us-east-1:\d{12}:secret:b/one-[A-Za-z0-9]{6}", arn), arn
for secret_id in ("b/one", arn, arn[:-7]):
    got = sm.get_secret_value(SecretId=secret_id)
    assert (got["ARN"], got["Name"], got["SecretString"], got["VersionStages"]) == (arn, "b/one", "v1", ["AWSCURRENT"])
    assert got["VersionId"] == token(1) and abs(got["CreatedDate"].timestamp() - time.time()) < 300
pitfall = new("b/pit-AbCdEf", SecretString="x")
refused("ResourceNotFoundException", NO_SECRET, "get_secret_value", SecretId=pitfall[:-7])
assert sm.get_secret_value(SecretId=pitfall)["Name"] == sm.get_secret_value(SecretId="b/pit-AbCdEf")["Name"]
new("/b/one", SecretString="with a slash")
assert sm.get_secret_value(SecretId="/b/one")["SecretString"] == "with a slash"

# The same request again (§3).
again = sm.create_secret(Name="b/one", SecretString="v1", ClientRequestToken=token(1))
assert bare(again) == {"ARN": arn, "Name": "b/one", "VersionId": token(1)}
put(arn, 2)
assert put(arn, 2)["VersionStages"] == ["AWSCURRENT"]
assert sm.update_secret(SecretId=arn, SecretString="v2", ClientRequestToken=token(2))["VersionId"] == token(2)
assert stages(arn) == {1: ["AWSPREVIOUS"], 2: ["AWSCURRENT"]}
first = sm.update_secret(SecretId=arn, SecretString="v2")["VersionId"]
assert first != token(2), "another token makes another version, whatever the value"
put(arn, 1)
assert sm.get_secret_value(SecretId=arn)["VersionId"] == first, "a known token changes nothing"
for number in (1, 2):
    uid = f"00000000-0000-0000-0000-{number:012d}"
    sm.put_secret_value(SecretId="b/one", SecretBinary=bytes([number]), ClientRequestToken=uid, VersionStages=[uid])
    assert sm.get_secret_value(SecretId="b/one", VersionId=uid)["SecretBinary"] == bytes([number])
terraform = "terraform-20261129160000000000000001"
assert sm.put_secret_value(SecretId="b/one", SecretString="***", ClientRequestToken=terraform)["VersionId"] == terraform
assert sm.get_secret_value(SecretId="b/one", VersionId=terraform)["SecretString"] == "***"

# What is absent, and what is empty (§5).
bare_arn = new("b/bare")
assert set(bare(sm.create_secret(Name="b/bare2"))) == {"ARN", "Name"}
described = bare(sm.describe_secret(SecretId=bare_arn))
assert set(described) == {"ARN", "Name", "CreatedDate", "LastChangedDate"}, described
assert bare(sm.update_secret(SecretId=bare_arn)) == {"ARN": bare_arn, "Name": "b/bare"}
sm.update_secret(SecretId=bare_arn, Description="d", KmsKeyId="alias/aws/secretsmanager")
sm.update_secret(SecretId=bare_arn, KmsKeyId="")
assert sm.describe_secret(SecretId=bare_arn)["Description"] == "d"
sm.update_secret(SecretId=bare_arn, Description="")
assert "Description" not in sm.describe_secret(SecretId=bare_arn)
assert sm.tag_resource(SecretId=bare_arn, Tags=[{"Key": "b", "Value": "1"}, {"Key": "a", "Value": ""}])
sm.tag_resource(SecretId=bare_arn, Tags=[{"Key": "b", "Value": "2"}])
assert sm.describe_secret(SecretId=bare_arn)["Tags"] == [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "2"}]
sm.untag_resource(SecretId=bare_arn, TagKeys=["a", "b", "none"])
assert sm.describe_secret(SecretId=bare_arn)["Tags"] == []
assert bare(sm.get_resource_policy(SecretId=bare_arn)) == {"ARN": bare_arn, "Name": "b/bare"}
versions = sm.list_secret_version_ids(SecretId=arn)["Versions"]
assert all(version["KmsKeyIds"] == ["DefaultEncryptionKey"] for version in versions), versions

# Dates: to the millisecond, and the day of the last access (§5, §7).
dated = new("b/dated", SecretString="x", ClientRequestToken=token(1))
described = [sm.describe_secret(SecretId=dated)]
for change in ("first", "second"):
    time.sleep(0.02)
    sm.update_secret(SecretId=dated, Description=change)
    described.append(sm.describe_secret(SecretId=dated))
changed = [it["LastChangedDate"] for it in described]
assert changed[0] < changed[1] < changed[2] and len({it["CreatedDate"] for it in described}) == 1, described
assert described[0]["CreatedDate"] == changed[0] and "LastAccessedDate" not in described[2]
put(dated, 2)
assert sm.get_secret_value(SecretId=dated, VersionId=token(1))["CreatedDate"] == changed[0]
accessed = sm.describe_secret(SecretId=dated)["LastAccessedDate"]
assert accessed.timestamp() % 86400 == 0 and 0 <= time.time() - accessed.timestamp() < 86400 + 300
assert sm.list_secrets(Filters=[{"Key": "name", "Values": ["b/dated"]}])["SecretList"][0]["LastAccessedDate"] == accessed
versions = sm.list_secret_version_ids(SecretId=dated)["Versions"]
assert [version.get("LastAccessedDate") for version in versions] == [accessed, None]

# Deleting and restoring (§7).
doomed = new("b/doomed", SecretString="x", ClientRequestToken=token(1))
answer = sm.delete_secret(SecretId=doomed)
assert abs(answer["DeletionDate"].timestamp() - time.time() - 30 * 86400) < 300 and answer["ARN"] == doomed
described = sm.describe_secret(SecretId="b/doomed")
assert described["DeletedDate"] == answer["DeletionDate"] and described["VersionIdsToStages"] == {token(1): ["AWSCURRENT"]}
names = lambda **members: [secret["Name"] for secret in sm.list_secrets(**members)["SecretList"]]
assert "b/doomed" not in names() and "b/doomed" in names(IncludePlannedDeletion=True)
assert bare(sm.restore_secret(SecretId="b/doomed")) == {"ARN": doomed, "Name": "b/doomed"}
sm.restore_secret(SecretId="b/doomed")
assert sm.get_secret_value(SecretId=doomed)["SecretString"] == "x"
sm.delete_secret(SecretId=doomed, RecoveryWindowInDays=7)
answer = sm.delete_secret(SecretId=doomed, ForceDeleteWithoutRecovery=True)
assert abs(answer["DeletionDate"].timestamp() - time.time()) < 300
refused("ResourceNotFoundException", NO_SECRET, "describe_secret", SecretId="b/doomed")
answer = sm.delete_secret(SecretId="b/doomed", ForceDeleteWithoutRecovery=True)
assert re.search(r":secret:b/doomed-[A-Za-z0-9]{6}$", answer["ARN"]) and answer["Name"] == "b/doomed"
assert new("b/doomed", SecretString="y") != doomed, "a new suffix"

# Lists: order, pages, filters (§5).
for name in ("l/beta", "l/alpha", "l/gamma"):
    new(name, SecretString=name, Description=f"The MasterPassword of {name[2:]}", Tags=[{"Key": "Team", "Value": name}])
only = lambda key, *values: [{"Key": key, "Values": list(values)}]
for name in ("o/b", "o/c", "o/a"):
    new(name)
    time.sleep(0.02)
assert names(Filters=only("name", "o/")) == ["o/b", "o/c", "o/a"], "in the order in which they were created"
sm.put_secret_value(SecretId="o/a", SecretString="x")
sm.get_secret_value(SecretId="o/a")
assert names(Filters=only("name", "o/"), SortBy="last-accessed-date", SortOrder="desc") == ["o/a", "o/c", "o/b"]
own = only("name", "l/")
assert names(Filters=own, SortBy="name") == ["l/alpha", "l/beta", "l/gamma"]
assert names(Filters=own, SortBy="name", SortOrder="desc") == ["l/gamma", "l/beta", "l/alpha"]
for order in ("asc", "desc"):
    for by in ("name", "created-date", "last-changed-date", "last-accessed-date"):
        pages = sm.get_paginator("list_secrets").paginate(
            Filters=own, SortBy=by, SortOrder=order, PaginationConfig={"PageSize": 2}
        )
        pages = [[secret["Name"] for secret in page["SecretList"]] for page in pages]
        assert [len(page) for page in pages] == [2, 1] and sum(pages, []) == names(Filters=own, SortBy=by, SortOrder=order)
token_of = sm.list_secrets(Filters=own, SortBy="name", MaxResults=2)["NextToken"]
sm.delete_secret(SecretId="l/beta", ForceDeleteWithoutRecovery=True)
assert names(Filters=own, SortBy="name", MaxResults=2, NextToken=token_of) == ["l/gamma"], "the last one may vanish"
assert "NextToken" not in sm.list_secrets(Filters=own, SortBy="name", NextToken=token_of)
for filters, expected in (
    (only("name", "alpha"), []), (only("name", "L/"), []), (only("name", "!l/"), None),
    (only("name", "l/a", "l/g"), ["l/alpha", "l/gamma"]), (own + only("tag-value", "l/g"), ["l/gamma"]),
    (only("tag-key", "Te"), ["l/alpha", "l/gamma"]), (only("tag-key", "te"), []),
    (only("description", "master alp"), ["l/alpha"]), (only("description", "password"), ["l/alpha", "l/gamma"]),
    (own + only("description", "!alpha"), ["l/gamma"]), (only("all", "GAMMA"), ["l/gamma"]),
    (own + only("primary-region", "us-"), []), (own + only("primary-region", "!us-"), ["l/alpha", "l/gamma"]), (only("owning-service", "rds"), []),
):
    found = names(Filters=filters, SortBy="name")
    assert found == expected if expected is not None else "l/alpha" not in found, (filters, found)
pages, last = [], {}
while last is not None:
    page = sm.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True, MaxResults=2, **last)
    pages.append([version["VersionId"] for version in page["Versions"]])
    last = {"NextToken": page["NextToken"]} if "NextToken" in page else None
assert sum(pages, []) == [v["VersionId"] for v in sm.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True)["Versions"]]
assert sum(pages, [])[:2] == [token(1), token(2)] and len(pages) == 3, pages

# Batches: what fails stands beside what succeeds (§5).
sm.delete_secret(SecretId="b/bare2")
batch = sm.batch_get_secret_value(SecretIdList=["l/alpha", "none", "b/bare2", "b/bare", arn])
assert [value["Name"] for value in batch["SecretValues"]] == ["l/alpha", "b/one"]
assert batch["SecretValues"][0]["SecretString"] == "l/alpha"
errors = [(error["SecretId"], error["ErrorCode"], error["Message"]) for error in batch["Errors"]]
assert errors == [
    ("none", "ResourceNotFoundException", NO_SECRET), ("b/bare2", "InvalidRequestException", MARKED),
    ("b/bare", "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"),
], errors
batch = sm.batch_get_secret_value(Filters=own, MaxResults=1)
rest = sm.batch_get_secret_value(Filters=own, MaxResults=1, NextToken=batch["NextToken"])
assert [value["Name"] for value in batch["SecretValues"] + rest["SecretValues"]] == ["l/alpha", "l/gamma"]
assert rest["Errors"] == [] and "NextToken" not in rest
batch = sm.batch_get_secret_value(Filters=only("name", "b/bare", "b/one"))
assert [value["Name"] for value in batch["SecretValues"]] == ["b/one"], "one without a value fails, one that is deleted is not found"
assert [(error["SecretId"], error["ErrorCode"]) for error in batch["Errors"]] == [(bare_arn, "ResourceNotFoundException")], batch

# Passwords and policies (§7).
password = lambda **members: sm.get_random_password(**members)["RandomPassword"]
assert len(password()) == 32 and len(password(PasswordLength=4096)) == 4096
assert re.fullmatch("[a-z]{8}", password(PasswordLength=8, ExcludeUppercase=True, ExcludeNumbers=True, ExcludePunctuation=True))
assert not set("/@\"'\\") & set(password(PasswordLength=400, ExcludeCharacters="/@\"'\\"))
assert " " in password(PasswordLength=4000, IncludeSpace=True)
assert len(password(PasswordLength=1, RequireEachIncludedType=False)) == 1
policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}'
assert bare(sm.put_resource_policy(SecretId=arn, ResourcePolicy=policy, BlockPublicPolicy=True)) == {"ARN": arn, "Name": "b/one"}
assert bare(sm.get_resource_policy(SecretId=arn)) == {"ARN": arn, "Name": "b/one", "ResourcePolicy": policy}
assert sm.validate_resource_policy(SecretId=arn, ResourcePolicy=policy)["PolicyValidationPassed"]
checked = sm.validate_resource_policy(ResourcePolicy=policy.replace('{"AWS":"arn:aws:iam::123456789012:root"}', '"*"'))
assert not checked["PolicyValidationPassed"] and checked["ValidationErrors"][0]["CheckName"] == "PUBLIC_POLICY"
sm.delete_resource_policy(SecretId=arn)
assert "ResourcePolicy" not in sm.get_resource_policy(SecretId=arn)

try:
    from aws_secretsmanager_caching import SecretCache
except ImportError:
    print("no aws_secretsmanager_caching")
else:
    cache = SecretCache(client=sm)
    assert [cache.get_secret_string("l/alpha") for _ in range(2)] == ["l/alpha"] * 2
    assert cache.get_secret_binary("b/one", version_stage="00000000-0000-0000-0000-000000000001") == bytes([1])
print("done")
