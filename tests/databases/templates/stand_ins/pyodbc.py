"""A stand-in for the driver pyodbc: connect, cursor().execute, fetchone, fetchall and Error, as documented.

Statements: https://learn.microsoft.com/sql/t-sql/statements/alter-login-transact-sql and those beside it.
"""
import json
import os
import re

STORE = os.path.expanduser("~/users.json")
NAME, TEXT = r"\[((?:[^]]|\]\])+)\]", r"N'((?:[^']|'')*)'"


class Error(Exception):
    pass


class InterfaceError(Error):
    pass


class ProgrammingError(Error):
    pass


def connect(text, autocommit=False, timeout=0):
    assert autocommit and timeout > 0
    fields = dict(re.findall(r"(\w+)=\{((?:[^}]|\}\})*)\}(?:;|$)", text))
    assert fields.keys() == {"DRIVER", "SERVER", "DATABASE", "UID", "PWD", "Encrypt", "TrustServerCertificate"}, fields.keys()
    assert fields["SERVER"] == "tcp:db,1433" and fields["DATABASE"] == "shop" and fields["Encrypt"] == "yes"
    user = json.load(open(STORE)).get(fields["UID"], {})
    if user.get("password") != fields["PWD"].replace("}}", "}"):
        raise InterfaceError("28000", f"Login failed for user '{fields['UID']}'. (18456)")
    return Connection(fields["UID"])


class Connection:
    def __init__(self, user):
        self.user = user

    def cursor(self):
        return Cursor(self.user)


class Cursor:
    def __init__(self, user):
        self.user, self.rows = user, []

    def execute(self, statement, *values):
        users = json.load(open(STORE))
        self.rows = self.run(users, statement, *values)
        json.dump(users, open(STORE, "w"))
        return self

    def fetchone(self):
        return self.rows[0] if self.rows else None

    def fetchall(self):
        return self.rows

    def run(self, users, statement, *values):
        found = lambda pattern: re.fullmatch(pattern, statement)
        if statement == "SELECT 1":
            return [(1,)]
        if found(r"SELECT 1 FROM sys\.server_principals WHERE name = \?"):
            return [(1,)] if values[0] in users else []
        if found(r"SELECT 1 FROM sys\.database_principals WHERE name = \?"):
            return [(1,)] if "roles" in users.get(values[0], {}) else []
        if "sys.database_role_members" in statement and statement.endswith("WHERE u.name = ?"):
            return [(role,) for role in users[values[0]].get("roles", [])]
        if match := found(f"ALTER LOGIN {NAME} WITH PASSWORD = {TEXT} OLD_PASSWORD = {TEXT}"):
            assert match[1] == self.user and users[self.user]["password"] == match[3]
            users[self.user]["password"] = match[2]
        elif match := found(f"ALTER LOGIN {NAME} WITH PASSWORD = {TEXT}"):
            assert self.user == "chief"
            users[match[1]]["password"] = match[2]
        elif match := found(rf"CREATE LOGIN {NAME} WITH PASSWORD = {TEXT}, DEFAULT_DATABASE = \[shop\]"):
            assert self.user == "chief" and match[1] not in users
            users[match[1]] = {"password": match[2]}
        elif match := found(f"CREATE USER {NAME} FOR LOGIN {NAME}"):
            assert match[1] == match[2] and "roles" not in users[match[1]]
            users[match[1]]["roles"] = []
        elif match := found(f"ALTER ROLE {NAME} ADD MEMBER {NAME}"):
            users[match[2]]["roles"].append(match[1])
        else:
            raise ProgrammingError("42000", "Incorrect syntax")
        return []
