"""What programs with boto3 do: its own exceptions and its paginators."""
import json
import boto3

ssm = boto3.client("ssm")
seen = {}

for number in range(12):
    ssm.put_parameter(Name=f"/app/p{number:02}", Value=str(number), Type="SecureString")
pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/app", Recursive=True, WithDecryption=True)
seen["by path"] = [[it["Value"] for it in page["Parameters"]] for page in pages]
pages = ssm.get_paginator("describe_parameters").paginate(PaginationConfig={"PageSize": 5})
seen["described"] = [len(page["Parameters"]) for page in pages]
ssm.put_parameter(Name="/app/p00", Value="again", Overwrite=True)
pages = ssm.get_paginator("get_parameter_history").paginate(Name="/app/p00", PaginationConfig={"PageSize": 1})
history = [it for page in pages for it in page["Parameters"]]
seen["history"] = [it["Version"] for it in history]
first, second = (it["LastModifiedDate"] for it in history)
seen["dates"] = first < second == ssm.get_parameter(Name="/app/p00")["Parameter"]["LastModifiedDate"]

errors = []
for call in [
    lambda: ssm.get_parameter(Name="/none"),
    lambda: ssm.get_parameter(Name="/app/p00:9"),
    lambda: ssm.put_parameter(Name="/app/p00", Value="x", Type="String"),
    lambda: ssm.delete_parameter(Name="/none"),
    lambda: ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId="/none"),
    lambda: ssm.describe_parameters(NextToken="x"),
]:
    try:
        call()
    except ssm.exceptions.ClientError as error:
        answer = error.response
        errors.append([type(error).__name__, answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"][:30]])
seen["errors"] = errors
seen["year"] = ssm.get_parameter(Name="/app/p00")["Parameter"]["LastModifiedDate"].year > 2020
print(json.dumps(seen))
