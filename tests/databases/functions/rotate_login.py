"""A rotation function of the shape of those that AWS publishes: for PostgreSQL and MariaDB, one user or two that alternate."""

import json
import logging
import os

import boto3

logger = logging.getLogger()
CLONE = "_clone"


def lambda_handler(event, context):
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])
    metadata = client.describe_secret(SecretId=arn)
    if "RotationEnabled" in metadata and not metadata["RotationEnabled"]:
        raise ValueError("Secret %s is not enabled for rotation" % arn)
    versions = metadata["VersionIdsToStages"]
    if token not in versions:
        raise ValueError("Secret version %s has no stage for rotation of secret %s." % (token, arn))
    if "AWSCURRENT" in versions[token]:
        return
    if "AWSPENDING" not in versions[token]:
        raise ValueError("Secret version %s not set as AWSPENDING for rotation of secret %s." % (token, arn))
    journal(step)
    steps = {"createSecret": create, "setSecret": set_password, "testSecret": test, "finishSecret": finish}
    steps[step](client, arn, token)


def create(client, arn, token):
    current = read(client, arn, "AWSCURRENT")
    try:
        read(client, arn, "AWSPENDING", token)
    except client.exceptions.ResourceNotFoundException:
        if "masterarn" in current:
            current["username"] = other(current["username"])
        length = int(os.environ.get("PASSWORD_LENGTH", "32"))
        random = client.get_random_password(ExcludeCharacters=":/@\"'\\", PasswordLength=length)
        current["password"] = random["RandomPassword"]
        client.put_secret_value(
            SecretId=arn,
            ClientRequestToken=token,
            SecretString=json.dumps(current),
            VersionStages=["AWSPENDING"],
        )


def set_password(client, arn, token):
    current, pending = read(client, arn, "AWSCURRENT"), read(client, arn, "AWSPENDING", token)
    if connects(pending):
        return
    if os.path.exists(os.environ.get("FAILURE", "")):
        raise ValueError("the database is in maintenance")
    login = current
    if "masterarn" in current:
        if not connects(current):
            raise ValueError("Unable to log into database using current credentials for secret arn %s" % arn)
        login = read(client, current["masterarn"], "AWSCURRENT")
    elif not connects(current):
        login = read(client, arn, "AWSPREVIOUS")
    with Database(login) as database:
        database.set_password(current["username"], pending["username"], pending["password"])


def test(client, arn, token):
    with Database(read(client, arn, "AWSPENDING", token)) as database:
        database.run("SELECT 1")


def finish(client, arn, token):
    versions = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next(version for version, stages in versions.items() if "AWSCURRENT" in stages)
    if current != token:
        client.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )


def read(client, arn, stage, token=None):
    version = {"VersionId": token} if token else {}
    secret = json.loads(client.get_secret_value(SecretId=arn, VersionStage=stage, **version)["SecretString"])
    for field in ["host", "username", "password", "engine"]:
        if field not in secret:
            raise KeyError("%s key is missing from secret JSON" % field)
    return secret


def other(user):
    return user[: -len(CLONE)] if user.endswith(CLONE) else user + CLONE


def connects(login):
    try:
        with Database(login):
            return True
    except Exception:
        return False


def journal(step):
    if "JOURNAL" in os.environ:
        with open(os.environ["JOURNAL"], "a") as file:
            file.write(step + "\n")


class Database:
    """A connection to either server."""

    def __init__(self, login):
        port = int(login["port"])
        if login["engine"] == "postgres":
            import psycopg2

            database = login.get("dbname", "postgres")
            user, password = login["username"], login["password"]
            self.connection = psycopg2.connect(
                host="127.0.0.1", port=port, user=user, password=password, dbname=database, connect_timeout=5
            )
        else:
            import pymysql

            user, password = login["username"], login["password"]
            self.connection = pymysql.connect(host="127.0.0.1", port=port, user=user, password=password, connect_timeout=5)
        self.is_postgres = login["engine"] == "postgres"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.commit()
        self.connection.close()

    def run(self, statement, *values):
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def set_password(self, template, user, password):
        if self.is_postgres:
            quoted = '"%s"' % user
            if not self.run("SELECT 1 FROM pg_roles WHERE rolname = %s", user):
                self.run("CREATE ROLE " + quoted + " LOGIN PASSWORD %s", password)
                self.run('GRANT "%s" TO %s' % (template, quoted))
            else:
                self.run("ALTER ROLE " + quoted + " WITH PASSWORD %s", password)
        else:
            if user == self.own():
                self.run("SET PASSWORD = PASSWORD(%s)", password)
            else:
                self.run("CREATE USER IF NOT EXISTS %s@'%%' IDENTIFIED BY %s", user, password)
                self.run("ALTER USER %s@'%%' IDENTIFIED BY %s", user, password)

    def own(self):
        return self.run("SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1)")[0][0]
