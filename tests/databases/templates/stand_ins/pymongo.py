"""A stand-in for the driver pymongo: MongoClient, database.command and errors.OperationFailure, as documented.

Commands: https://www.mongodb.com/docs/manual/reference/command/nav-user-management/
"""
import json
import os
import sys
import types

STORE = os.path.expanduser("~/users.json")
OPTIONS = {
    "username", "password", "authSource", "tls", "retryWrites", "serverSelectionTimeoutMS", "tlsAllowInvalidCertificates",
    "tlsCAFile",
}


class OperationFailure(Exception):
    def __init__(self, error, code=None):
        super().__init__(error)
        self.code = code


errors = types.ModuleType("pymongo.errors")
errors.OperationFailure = OperationFailure
sys.modules["pymongo.errors"] = errors
__path__ = []


class MongoClient:
    def __init__(self, host=None, port=None, **options):
        assert isinstance(host, str) and isinstance(port, int) and options.keys() <= OPTIONS, options
        self.options = options

    def __getitem__(self, name):
        return Database(self, name)


class Database:
    def __init__(self, client, name):
        self.client, self.name = client, name

    def command(self, command, value=1, **arguments):
        users, options = json.load(open(STORE)), self.client.options
        # The client logs in before its first command.
        if users.get(options["username"], {}).get("password") != options["password"]:
            raise OperationFailure("Authentication failed.", 18)
        assert options["authSource"] == self.name == "shop", "users are in the database that they log in to"
        if command == "ping":
            return {"ok": 1.0}
        if command == "usersInfo":
            user = users.get(value)
            roles = [{"role": role, "db": "shop"} for role in user["roles"]] if user else []
            return {"users": [{"user": value, "db": self.name, "roles": roles}] if user else [], "ok": 1.0}
        assert command in ("createUser", "updateUser") and arguments.keys() <= {"pwd", "roles"}, command
        if (command == "createUser") == (value in users):
            raise OperationFailure(f"User {value} exists or does not", 51003 if value in users else 11)
        user = users.setdefault(value, {})
        user["password"] = arguments["pwd"]
        if "roles" in arguments:
            assert all(role["db"] == "shop" for role in arguments["roles"])
            user["roles"] = [role["role"] for role in arguments["roles"]]
        json.dump(users, open(STORE, "w"))
        return {"ok": 1.0}
