// The JavaScript SDK, Powertools and middy, as applications use them. Finds the server in its environment; prints one line of JSON.
import { GetParameterCommand, paginateGetParametersByPath, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { getParameter, getParameters } from "@aws-lambda-powertools/parameters/ssm";
import { getSecret } from "@aws-lambda-powertools/parameters/secrets";
import middy from "@middy/core";
import ssm from "@middy/ssm";
import secretsManager from "@middy/secrets-manager";

const parameters = new SSMClient({});
const secrets = new SecretsManagerClient({});
const seen = {};

for (const [name, Type] of [["url", "String"], ["hosts", "StringList"], ["password", "SecureString"]]) {
  await parameters.send(new PutParameterCommand({ Name: `/js/${name}`, Value: `of ${name}`, Type }));
}
const one = await parameters.send(new GetParameterCommand({ Name: "/js/password:1", WithDecryption: true }));
seen.one = [one.Parameter.Value, one.Parameter.Selector, one.Parameter.LastModifiedDate instanceof Date];
seen.pages = [];
for await (const page of paginateGetParametersByPath({ client: parameters, pageSize: 2 }, { Path: "/js" })) {
  seen.pages.push(page.Parameters.length);
}
const missing = await parameters.send(new GetParameterCommand({ Name: "/js/none" })).catch((error) => error);
seen.missing = [missing.name, missing.$metadata.httpStatusCode, missing.$metadata.attempts];

const SecretId = "js/db";
await secrets.send(new CreateSecretCommand({ Name: SecretId, SecretString: '{"password":"first"}' }));
await secrets.send(new PutSecretValueCommand({ SecretId, SecretString: '{"password":"second"}' }));
const before = await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage: "AWSPREVIOUS" }));
seen.before = [before.SecretString, before.VersionStages, before.CreatedDate instanceof Date];
await secrets.send(new CreateSecretCommand({ Name: "js/bytes", SecretBinary: new Uint8Array([0, 255, 1]) }));
seen.bytes = [...(await secrets.send(new GetSecretValueCommand({ SecretId: "js/bytes" }))).SecretBinary];
const none = await secrets.send(new GetSecretValueCommand({ SecretId: "js/none" })).catch((error) => error);
seen.none = [none.name, none.message];

seen.powertools = [
  await getParameter("/js/password", { decrypt: true }),
  await getParameters("/js", { decrypt: true }),
  await getSecret(SecretId, { transform: "json" }),
];

const handler = middy(async (_, context) => [context.password, context.db])
  .use(ssm({ fetchData: { password: "/js/password" }, setToContext: true }))
  .use(secretsManager({ fetchData: { db: SecretId }, setToContext: true }));
seen.middy = await handler({}, {});

console.log(JSON.stringify(seen));
