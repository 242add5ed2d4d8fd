#!/usr/bin/env python3
"""Reads every value of a vault without `vault`: stock `age` opens the keys, PyNaCl does the rest.

usage: recover.py VAULT_DIRECTORY IDENTITY_FILE [--expect vlt1...]

Written from FORMAT.md alone. Prints one JSON line for each version of each parameter and secret, after checking the trust
chain from the genesis, each document's signature, and each value's place. Needs the `age` command and PyNaCl
(`apt install age python3-nacl`, or `pip install pynacl`).
"""
import base64, hashlib, hmac, json, pathlib, re, struct, subprocess, sys, tempfile
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as aead_open
from nacl.signing import VerifyKey


def sha(b): return hashlib.sha256(b).digest()
def lp(b): return struct.pack(">I", len(b)) + b
def u64(n): return struct.pack(">Q", n)
def number(version): return int(version, 16) if isinstance(version, str) else version  # of a key; format 2: 16 digits
def hmac256(key, b): return hmac.new(key, b, hashlib.sha256).digest()


def expand(prk, info, length):  # HKDF-Expand
    out, block, i = b"", b"", 1
    while len(out) < length:
        block = hmac256(prk, block + info + bytes([i])); out += block; i += 1
    return out[:length]


CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def bech32(prefix, data):
    bits = "".join(f"{byte:08b}" for byte in data); bits += "0" * (-len(bits) % 5)
    words = [int(bits[i:i + 5], 2) for i in range(0, len(bits), 5)]
    values, check = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + words + [0] * 6, 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for i, g in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= g if top >> i & 1 else 0
    return prefix + "1" + "".join(CHARSET[w] for w in words + [(check ^ 1) >> 5 * (5 - i) & 31 for i in range(6)])


def scalar(text):
    if text in ("[]", "{}"): return [] if text == "[]" else {}
    return json.loads(text)  # Canonical text quotes like JSON; integers and booleans are plain.


def parse(lines, indent=0):
    """Canonical block YAML: maps, lists, quoted scalars, and the literal block of a wrapped key."""
    if lines and lines[0].startswith(" " * indent + "- "):
        items = []
        while lines and lines[0].startswith(" " * indent + "- "):
            head = lines[0][indent + 2:]
            if re.match(r'[a-z_]+:', head):
                lines[0] = " " * (indent + 2) + head; items.append(parse(lines, indent + 2))
            else:
                items.append(scalar(head)); lines.pop(0)
        return items
    out = {}
    while lines and re.match(r" {%d}[^ -]" % indent, lines[0]):
        key, _, rest = re.match(r' *("(?:[^"\\]|\\.)*"|[a-z_]+):( ?)(.*)', lines.pop(0), re.S).groups()
        key = json.loads(key) if key.startswith('"') else key
        if rest == "|":
            block = []
            while lines and lines[0].startswith(" " * (indent + 2)): block.append(lines.pop(0)[indent + 2:])
            out[key] = "\n".join(block) + "\n"
        else:
            out[key] = scalar(rest) if rest else parse(lines, indent + 2)
    return out


def signed(root, path, vault_id, public_key_of):
    raw = (root / path).read_bytes().replace(b"\r\n", b"\n")
    body, _, trailer = raw.rpartition(b"\n#sig "); body += b"\n"
    version, member, fingerprint, signature = re.fullmatch(
        rb"v([12]) ([a-z0-9][a-z0-9._@-]{0,63}) ([0-9a-f]{16}) ([A-Za-z0-9+/]{86}==)\n", trailer).groups()
    assert body.startswith(b'format: "vault/v' + version + b'"\n'), f"{path}: signed as another format"
    document = parse(body.decode().splitlines())
    if vault_id is None: vault_id = sha(lp(b"vault/v1/genesis") + lp(body))
    public = public_key_of(document, member.decode())
    assert sha(public)[:8].hex().encode() == fingerprint, f"{path}: signed with another key"
    VerifyKey(public).verify(lp(b"vault/v" + version + b"/doc") + lp(vault_id) + lp(str(path).encode()) + lp(body), base64.b64decode(signature))
    return document, raw, vault_id, member.decode()


def signing_key(trust, name, admin):
    member = next(m for m in trust["members"] if m["name"] == name)
    assert not admin or member["role"] == "admin", f"{name} is no admin"
    return base64.b64decode(member["sign"].removeprefix("ed25519:"))


def trust_chain(root):
    trust, raw, vault_id, _ = signed(root, "trust/000001.yaml", None, lambda genesis, who: signing_key(genesis, who, True))
    while (root / f"trust/{trust['rev'] + 1:06}.yaml").exists():
        before, hash_before = trust, sha(raw).hex()
        trust, raw, _, _ = signed(root, f"trust/{before['rev'] + 1:06}.yaml", vault_id, lambda _, who: signing_key(before, who, True))
        assert trust["prev"] == hash_before and trust["rev"] == before["rev"] + 1, "the trust chain is broken"
    return trust, vault_id


def open_keys(root, trust, vault_id, identity):
    keys = {}
    for rule in trust["keys"]:
        key, *_ = signed(root, f"keys/{rule['name']}.yaml", vault_id, lambda _, who: signing_key(trust, who, True))
        assert key["id"] == rule["id"]
        stated = {number(v["version"]): v for v in rule.get("versions", [])}  # format 2: the trust chain says what a version is
        for version in key["versions"]:
            at = number(version["version"] if "version" in version else version["number"])
            if not version["wrapped"] or (key["format"] == "vault/v2" and at not in stated): continue
            opened = subprocess.run(["age", "-d", "-i", identity], input=version["wrapped"].encode(), capture_output=True)
            if opened.returncode: print(f"{rule['name']} {at:016x}: {opened.stderr.decode().strip()}", file=sys.stderr); continue
            label, vault, key_id, told, k = opened.stdout.decode().split()
            assert (label, vault, key_id, int(told)) == ("vault-key/v1", bech32("vlt", vault_id), key["id"], at)
            prk = hmac256(b"vault/v1", base64.b64decode(k))
            context = lp(vault_id) + lp(bytes.fromhex(key_id)) + u64(at)
            assert base64.b64encode(expand(prk, lp(b"vault/v1/key-check") + context, 16)).decode() == stated.get(at, version)["check"]
            keys[key["name"], at] = prk, context, key_id
    return keys


def bucket(n):
    if n <= 1024: return max(64, -(-n // 64) * 64)
    exponent = n.bit_length() - 1; mask = (1 << exponent - exponent.bit_length()) - 1
    return n + mask & ~mask


def open_value(keys, document, version, vault_id):
    if not version["key"]: return version["value"].encode()
    prk, context, key_id = keys[version["key"], number(version["key_version"])]
    doc_id = bytes.fromhex(document["id"])
    aad = b"".join(map(lp, (b"vault/v1/value", vault_id, document["kind"].encode(), doc_id, document["name"].encode(),
          bytes.fromhex(version["uid"]), version["type"].encode(), bytes.fromhex(key_id)))) + u64(number(version["key_version"]))
    codec, _, text = version["value"].partition(":")
    sealed = base64.b64decode(text, validate=True)
    if codec == "xc1":
        k_doc = expand(prk, lp(b"vault/v1/value-key") + context + lp(doc_id), 32)
        padded = aead_open(sealed[24:], aad, sealed[:24], k_doc)
        length, plain = struct.unpack(">I", padded[:4])[0], padded[4:]
        assert len(padded) == bucket(4 + length) and not any(plain[length:])
        return plain[:length]
    assert codec == "age1", "unknown codec"
    seal = bech32("age-secret-key-", expand(prk, lp(b"vault/v1/seal-x25519") + context, 32)).upper()
    with tempfile.NamedTemporaryFile() as file:  # holds ciphertext only
        file.write(sealed); file.flush()
        plain = subprocess.run(["age", "-d", "-i", "-", file.name], input=seal.encode(), capture_output=True, check=True).stdout
    header, _, rest = plain.partition(b"\n"); label, digest, length = header.split()
    assert (label, digest.decode()) == (b"vault-value/v1", sha(aad).hex())
    return rest[:int(length)]


def main(directory, identity, expect=None):
    root = pathlib.Path(directory)
    trust, vault_id = trust_chain(root)
    assert expect in (None, bech32("vlt", vault_id)), f"this is the vault {bech32('vlt', vault_id)}"
    keys = open_keys(root, trust, vault_id, identity)
    for path in sorted([*root.glob("params/**/*.yaml"), *root.glob("secrets/**/*.yaml")]):
        document, *_ = signed(root, path.relative_to(root).as_posix(), vault_id, lambda _, who: signing_key(trust, who, False))
        for version in document["versions"]:
            try: value = open_value(keys, document, version, vault_id)
            except KeyError: print(f"{document['name']}: key not opened", file=sys.stderr); continue
            try: shown = {"value": value.decode()}
            except UnicodeDecodeError: shown = {"base64": base64.b64encode(value).decode()}
            print(json.dumps({"kind": document["kind"], "name": document["name"], "version": version.get("number", version["uid"]),
                              "labels": version.get("labels", version.get("stages")), **shown}))


if __name__ == "__main__":
    if len(sys.argv) not in (3, 5): sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2], sys.argv[4] if len(sys.argv) == 5 else None)
