"""An independent reading and writing of SOPS files, for tests: no code of the program's is in it.

    sops_verify.py read FILE IDENTITY_FILE           verifies, prints the plain tree as JSON
    sops_verify.py write FILE RECIPIENT... < TREE    writes the JSON tree as a SOPS file

It knows the format by getsops/sops, AES-GCM by python3-cryptography, age by the program `age`.
"""

import base64
import datetime
import hashlib
import json
import os
import re
import subprocess
import sys

import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ENCRYPTED = re.compile(r"ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]")
SUFFIX = "_unencrypted"


class Strict(yaml.SafeLoader):
    """Strings only: what SOPS encrypts are strings, and the tests' clear values are too."""

    yaml_implicit_resolvers = {}


def parse(path):
    def unique(pairs):
        keys = [key for key, _ in pairs]
        assert len(keys) == len(set(keys)), "a key is there twice"
        return dict(pairs)

    with open(path, encoding="utf-8") as file:
        if path.endswith(".json"):
            return json.load(file, object_pairs_hook=unique)
        return yaml.load(file, Loader=Strict)


def leaves(node, path):
    """Every scalar with its keys, in the document's order; a list's index is no key."""
    if isinstance(node, dict):
        for key in node:
            yield from leaves(node[key], path + [key])
    elif isinstance(node, list):
        for item in node:
            yield from leaves(item, path)
    elif node is not None:
        yield path, node


def place(path):
    return ("".join(key + ":" for key in path)).encode()


def decrypt(key, text, associated):
    match = ENCRYPTED.fullmatch(text)
    assert match, "not an encrypted value"
    data, nonce, tag = (base64.b64decode(match[i], validate=True) for i in (1, 2, 3))
    assert len(nonce) == 32 and len(tag) == 16
    return AESGCM(key).decrypt(nonce, data + tag, associated).decode(), match[4]


def encrypt(key, value, associated):
    kind, text = plain(value)
    if text == "":
        return ""
    nonce = os.urandom(32)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), associated)
    data, iv, tag = (base64.b64encode(part).decode() for part in (sealed[:-16], nonce, sealed[-16:]))
    return f"ENC[AES256_GCM,data:{data},iv:{iv},tag:{tag},type:{kind}]"


def plain(value):
    if isinstance(value, bool):
        return "bool", "True" if value else "False"
    if isinstance(value, int):
        return "int", str(value)
    if isinstance(value, float):
        return "float", format(value, "f").rstrip("0").rstrip(".")
    return "str", value


def is_clear(path):
    return any(key.endswith(SUFFIX) for key in path)


def mac(values):
    digest = hashlib.sha512()
    for value in values:
        digest.update(plain(value)[1].encode())
    return digest.hexdigest().upper()


def data_key(age, identity):
    for item in age:
        found = subprocess.run(["age", "-d", "-i", identity], input=item["enc"].encode(), capture_output=True)
        if found.returncode == 0:
            assert len(found.stdout) == 32
            return found.stdout
    raise SystemExit("no identity fits")


def read(path, identity):
    tree = parse(path)
    meta = tree.pop("sops")
    assert meta["unencrypted_suffix"] == SUFFIX and re.fullmatch(r"\d+\.\d+\.\d+", meta["version"])
    key = data_key(meta["age"], identity)
    values = []

    def opened(node, keys):
        if isinstance(node, dict):
            return {name: opened(node[name], keys + [name]) for name in node}
        if isinstance(node, list):
            return [opened(item, keys) for item in node]
        if node is None:
            return None
        value = node
        if not is_clear(keys) and node != "":
            text, kind = decrypt(key, node, place(keys))
            value = {"str": str, "int": int, "float": float, "bool": lambda t: t == "True"}[kind](text)
        values.append(value)
        return value

    result = opened(tree, [])
    stored, _ = decrypt(key, meta["mac"], meta["lastmodified"].encode())
    assert stored == mac(values), "the MAC does not fit"
    json.dump({"tree": result, "recipients": [item["recipient"] for item in meta["age"]]}, sys.stdout)


def write(path, recipients):
    tree = json.load(sys.stdin)
    key = os.urandom(32)
    time = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    values = [value for _, value in leaves(tree, [])]

    def sealed(node, keys):
        if isinstance(node, dict):
            return {name: sealed(node[name], keys + [name]) for name in node}
        if isinstance(node, list):
            return [sealed(item, keys) for item in node]
        return node if node is None or is_clear(keys) else encrypt(key, node, place(keys))

    result = sealed(tree, [])
    age = []
    for recipient in recipients:
        armored = subprocess.run(["age", "-a", "-r", recipient], input=key, capture_output=True, check=True)
        age.append({"recipient": recipient, "enc": armored.stdout.decode()})
    result["sops"] = {
        "age": age,
        "lastmodified": time,
        "mac": encrypt(key, mac(values), time.encode()),
        "unencrypted_suffix": SUFFIX,
        "version": "3.10.2",
    }
    with open(path, "w", encoding="utf-8") as file:
        if path.endswith(".json"):
            json.dump(result, file, indent=4)
        else:
            yaml.safe_dump(result, file, sort_keys=False, allow_unicode=True, width=10**9)


if __name__ == "__main__":
    command, file, *rest = sys.argv[1:]
    read(file, *rest) if command == "read" else write(file, rest)
