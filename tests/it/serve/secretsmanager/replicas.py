there = boto3.client("secretsmanager", region_name="eu-west-1", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
here = sm
REQUEST, PARAMETER, VALIDATION = "InvalidRequestException", "InvalidParameterException", "ValidationException"
EU = [{"Region": "eu-west-1"}]
POLICY = '{"Statement":[{"Effect":"Deny","Principal":{"AWS":"123456789012"},"Action":"secretsmanager:TagResource","Resource":"*"}]}'
READ_ONLY = "Operation not permitted on a replica secret. Call must be made in primary secret's region."


def at(client, *call, **members):
    """The same check in another region."""
    global sm
    sm = client
    try:
        refused(*call, **members)
    finally:
        sm = here


def status(name):
    return here.describe_secret(SecretId=name).get("ReplicationStatus")


def value(client, name, **members):
    return client.get_secret_value(SecretId=name, **members)["SecretString"]


# A secret that is created with a copy: the answers say so, and the copy has the same suffix in the other region.
IN_SYNC = {"Region": "eu-west-1", "KmsKeyId": "alias/aws/secretsmanager", "Status": "InSync", "StatusMessage": "Replication succeeded"}
made = here.create_secret(Name="r/a", SecretString="one", Tags=[{"Key": "k", "Value": "v"}], AddReplicaRegions=EU)
arn = made["ARN"]
assert made["ReplicationStatus"] == [IN_SYNC], made
replica = arn.replace(":us-east-1:", ":eu-west-1:")
read = there.get_secret_value(SecretId=replica)
assert (read["SecretString"], read["VersionId"], read["ARN"]) == ("one", made["VersionId"], replica), read

# A change is there before it is answered.
for text in ("two", "three"):
    put = here.put_secret_value(SecretId=arn, SecretString=text)
    assert value(there, "r/a") == text and value(there, "r/a", VersionStage="AWSPREVIOUS") != text
assert there.get_secret_value(SecretId="r/a")["VersionId"] == put["VersionId"]
here.tag_resource(SecretId=arn, Tags=[{"Key": "l", "Value": "w"}])
here.update_secret(SecretId=arn, Description="copied")

# Both sides describe it.
primary, copy = here.describe_secret(SecretId=arn), there.describe_secret(SecretId="r/a")
assert primary["ReplicationStatus"] == [IN_SYNC] and primary["PrimaryRegion"] == "us-east-1", primary
assert copy["PrimaryRegion"] == "us-east-1" and "ReplicationStatus" not in copy, copy
assert copy["Description"] == "copied" and len(copy["Tags"]) == 2 and copy["VersionIdsToStages"] == primary["VersionIdsToStages"]
new("r/plain")
assert "PrimaryRegion" not in here.describe_secret(SecretId="r/plain")
there.create_secret(Name="r/own", SecretString="mine")
region = lambda region: [it["Name"] for it in there.list_secrets(Filters=[{"Key": "primary-region", "Values": [region]}])["SecretList"]]
assert region("us-east-1") == ["r/a"] and region("eu-west-1") == [], "a secret without copies has no primary region"
assert "r/a" in [it["Name"] for it in here.list_secrets(Filters=[{"Key": "primary-region", "Values": ["us-east-1"]}])["SecretList"]]
[listed] = [it for it in here.list_secrets()["SecretList"] if it["Name"] == "r/a"]
assert listed["PrimaryRegion"] == "us-east-1" and "ReplicationStatus" not in listed, listed

# A copy is read-only, and its primary is not deleted.
for call, members in {
    "put_secret_value": {"SecretString": "no"}, "update_secret": {"Description": "no"}, "delete_secret": {},
    "tag_resource": {"Tags": [{"Key": "a", "Value": "b"}]}, "untag_resource": {"TagKeys": ["k"]},
    "put_resource_policy": {"ResourcePolicy": POLICY}, "delete_resource_policy": {},
    "replicate_secret_to_regions": {"AddReplicaRegions": [{"Region": "us-east-1"}]},
    "remove_regions_from_replication": {"RemoveReplicaRegions": ["us-east-1"]},
    "update_secret_version_stage": {"VersionStage": "x", "MoveToVersionId": made["VersionId"]},
}.items():
    at(there, PARAMETER, READ_ONLY, call, SecretId="r/a", **members)
undeleted = f"You can't delete secret {arn} that still has replica regions [eu-west-1]."
refused(PARAMETER, undeleted, "delete_secret", SecretId=arn)
refused(PARAMETER, undeleted, "delete_secret", SecretId=arn, ForceDeleteWithoutRecovery=True)

# What cannot be a copy.
def not_to(code, message, *regions, **members):
    refused(code, message, "replicate_secret_to_regions", SecretId="r/plain", AddReplicaRegions=list(regions), **members)


unmapped = "The server has no vault for the Region ap-south-1: start it with --map-region ap-south-1=/path/to/vault."
not_to(PARAMETER, unmapped, {"Region": "ap-south-1"})
not_to(PARAMETER, "Invalid replica region.", {"Region": "us-east-1"})
not_to(PARAMETER, "Invalid replica region.", *EU, *EU)
not_to(PARAMETER, "The vault of the Region eu-west-1 has no KMS key other.", {"Region": "eu-west-1", "KmsKeyId": "alias/other"})
not_to(VALIDATION, None, {"Region": "Europe"})
not_to(VALIDATION, None)
refused(PARAMETER, unmapped, "create_secret", Name="r/none", SecretString="x", AddReplicaRegions=[{"Region": "ap-south-1"}])
refused("ResourceNotFoundException", NO_SECRET, "describe_secret", SecretId="r/none")
assert here.remove_regions_from_replication(SecretId="r/plain", RemoveReplicaRegions=["eu-west-1"])["ReplicationStatus"] == []
not_to(PARAMETER, "Invalid replica region.", {})
refused(REQUEST, None, "stop_replication_to_replica", SecretId=arn)

# A name that is taken there stays what it is, also by force; the status says so.
new("r/own", SecretString="yours")
for force in (False, True):
    taken = here.replicate_secret_to_regions(SecretId="r/own", AddReplicaRegions=EU, ForceOverwriteReplicaSecret=force)
    [found] = taken["ReplicationStatus"]
    assert found["Status"] == "Failed" and "already exists in region eu-west-1" in found["StatusMessage"], found
assert value(there, "r/own") == "mine"
assert here.remove_regions_from_replication(SecretId="r/own", RemoveReplicaRegions=["eu-west-1"])["ReplicationStatus"] == []
assert value(there, "r/own") == "mine"

# Without its copy, and with it again; the key that governs the name may be named.
for _ in range(2):
    removed = bare(here.remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=["eu-west-1"]))
    assert removed == {"ARN": arn, "ReplicationStatus": []}, removed
at(there, "ResourceNotFoundException", NO_SECRET, "get_secret_value", SecretId="r/a")
assert status(arn) is None and "PrimaryRegion" not in here.describe_secret(SecretId=arn)
again = here.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[{"Region": "eu-west-1", "KmsKeyId": "alias/default"}])
assert bare(again) == {"ARN": arn, "ReplicationStatus": [IN_SYNC]}, again
assert here.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=EU)["ReplicationStatus"] == [IN_SYNC]

# A copy of its own: the link is gone, and each region has its value from then on.
assert bare(there.stop_replication_to_replica(SecretId="r/a")) == {"ARN": replica}
at(there, REQUEST, None, "stop_replication_to_replica", SecretId="r/a")
assert status(arn) is None
there.put_secret_value(SecretId=replica, SecretString="theirs")
here.put_secret_value(SecretId=arn, SecretString="ours")
assert (value(there, "r/a"), value(here, "r/a")) == ("theirs", "ours")
assert "PrimaryRegion" not in there.describe_secret(SecretId="r/a")
assert "r/a" not in region("us-east-1")

# The other way: from the mapped vault to the first one.
back = there.create_secret(Name="r/back", SecretString="b", AddReplicaRegions=[{"Region": "us-east-1"}])
assert back["ReplicationStatus"][0]["Status"] == "InSync" and value(here, "r/back") == "b", back
assert here.describe_secret(SecretId="r/back")["PrimaryRegion"] == "eu-west-1"
here.create_secret(Name="r/last", SecretString="l", AddReplicaRegions=EU)
print("done")
