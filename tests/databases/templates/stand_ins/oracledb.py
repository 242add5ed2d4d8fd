"""A stand-in for the driver oracledb: connect, changepassword, cursor().execute and fetch, DatabaseError, as documented.

Statements: https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf/ALTER-USER.html and those beside it.
"""
import json
import os
import re

STORE = os.path.expanduser("~/users.json")
NAME = r'"([^"]+)"'


class DatabaseError(Exception):
    pass


class Problem:
    def __init__(self, code, text):
        self.code, self.text = code, text

    def __str__(self):
        return f"ORA-{self.code:05}: {self.text}"


def connect(*, user, password, dsn, tcp_connect_timeout, wallet_location=None):
    assert dsn == "tcps://db:2484/shop", dsn
    if json.load(open(STORE)).get(user.lower(), {}).get("password") != password:
        raise DatabaseError(Problem(1017, "invalid username/password; logon denied"))
    return Connection(user.lower())


class Connection:
    def __init__(self, user):
        self.user = user

    def cursor(self):
        return Cursor(self.user)

    def changepassword(self, old, new):
        users = json.load(open(STORE))
        assert users[self.user]["password"] == old
        users[self.user]["password"] = new
        json.dump(users, open(STORE, "w"))


class Cursor:
    def __init__(self, user):
        self.user, self.rows = user, []

    def execute(self, statement, values=()):
        users = json.load(open(STORE))
        self.rows = self.run(users, statement, values)
        json.dump(users, open(STORE, "w"))

    def fetchone(self):
        return self.rows[0] if self.rows else None

    def fetchall(self):
        return self.rows

    def run(self, users, statement, values):
        if statement == "SELECT 1 FROM dual":
            return [(1,)]
        if statement == "SELECT username FROM dba_users WHERE username = :1":
            return [(values[0],)] if values[0].lower() in users else []
        if statement.endswith("FROM dba_role_privs WHERE grantee = :1"):
            return [(f'"{role}"',) for role in users[values[0].lower()]["roles"]]
        if re.search(r"FROM dba_(sys|tab)_privs WHERE grantee = :1$", statement):
            return [("CREATE SESSION",)] if "sys" in statement else [('SELECT ON "S"."T"',)]
        assert self.user == "chief"
        if match := re.fullmatch(f"CREATE USER {NAME} IDENTIFIED BY {NAME}", statement):
            assert match[1].lower() not in users
            users[match[1].lower()] = {"password": match[2], "roles": []}
        elif match := re.fullmatch(f"ALTER USER {NAME} IDENTIFIED BY {NAME}", statement):
            users[match[1].lower()]["password"] = match[2]
        elif match := re.fullmatch(f"GRANT {NAME} TO {NAME}", statement):
            roles = users[match[2].lower()]["roles"]
            roles.extend([match[1]] if match[1] not in roles else [])
        elif not re.fullmatch(f'GRANT (CREATE SESSION|SELECT ON "S"."T") TO {NAME}', statement):
            raise DatabaseError(Problem(900, "invalid SQL statement"))
        return []
