"""The sequences of secrets-manager §4, as they were recorded from AWS."""
C, V, P = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"


def first(**members):
    return new(SecretString="v1", ClientRequestToken=token(1), **members)


def shown(arn, expected):
    assert stages(arn) == expected, (stages(arn), expected)
    labelled = {token(number): labels for number, labels in expected.items() if labels}
    assert sm.describe_secret(SecretId=arn)["VersionIdsToStages"] == labelled
    listed = sm.list_secrets(Filters=[{"Key": "name", "Values": [sm.describe_secret(SecretId=arn)["Name"]]}])
    assert listed["SecretList"][0]["SecretVersionsToStages"] == labelled


arn = first()
assert put(arn, 2, [P])["VersionStages"] == [P]
shown(arn, {1: [C], 2: [P]})
move(arn, C, 1, 2)
shown(arn, {1: [V], 2: [C, P]})
put(arn, 3, [P])
shown(arn, {1: [V], 2: [C], 3: [P]})
move(arn, C, 2, 3)
shown(arn, {1: [], 2: [V], 3: [C, P]})
assert sm.get_secret_value(SecretId=arn, VersionId=token(1))["SecretString"] == "v1", "deprecated, and readable"
assert "VersionStages" not in sm.get_secret_value(SecretId=arn, VersionId=token(1))
assert len(sm.list_secret_version_ids(SecretId=arn)["Versions"]) == 2

arn = first()
put(arn, 2, [P])
move(arn, C, 1, 2)
assert put(arn, 3)["VersionStages"] == [C]
shown(arn, {1: [], 2: [V], 3: [C]})

arn = first()
assert put(arn, 2, ["PUT0", C])["VersionStages"] == [C, "PUT0"]
put(arn, 3, [P, "PUT1"])
move(arn, C, 2, 3)
shown(arn, {1: [], 2: [V, "PUT0"], 3: [C, P, "PUT1"]})
put(arn, 4, [P, "PUT2"])
move(arn, C, 3, 4)
shown(arn, {1: [], 2: ["PUT0"], 3: [V, "PUT1"], 4: [C, P, "PUT2"]})

arn = first()
put(arn, 2, ["S0", "S1"])
put(arn, 3, ["S0", "S1"])
shown(arn, {1: [C], 2: [], 3: ["S0", "S1"]})

arn = first()
put(arn, 2, [P])
move(arn, P, 2)
shown(arn, {1: [C], 2: []})
put(arn, 3, [P])
put(arn, 4, [P])
shown(arn, {1: [C], 2: [], 3: [], 4: [P]})
move(arn, "AWSSOMETHING", None, 3)
move(arn, "AWSSOMETHING", None, 3)
shown(arn, {1: [C], 2: [], 3: ["AWSSOMETHING"], 4: [P]})
assert bare(move(arn, "AWSSOMETHING", 3)) == {"ARN": arn, "Name": sm.describe_secret(SecretId=arn)["Name"]}

arn = new()
assert "VersionIdsToStages" not in sm.describe_secret(SecretId=arn)
assert put(arn, 1, ["MINE"])["VersionStages"] == [C, "MINE"], "a first value is current"
answer = sm.update_secret(SecretId=arn, SecretString="v2", ClientRequestToken=token(2))
assert answer["VersionId"] == token(2) and "VersionStages" not in answer
shown(arn, {1: [V, "MINE"], 2: [C]})
print("done")
