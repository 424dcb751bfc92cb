"""A client of the probe as a client to be measured: python _probe.py PROBE CLIENT OPERATION [SDK_CALL].

PROBE is the folder of the probe. What the environment asks for is put into the probe's words, the probe
makes the call, and its report becomes an exit status: 77 where the client's own file says that it has no such
thing.
"""

import importlib.util
import json
import os
import subprocess
import sys

ENV = os.environ
CONTAINERS = {
    "path": "path",
    "handle": "handle",
    "stream": "one-way",
    "buffer": "bytes",
    "blob": "blob",
    "file": "file",
    "told": "tuple3",
}
"""The probe's words for the containers."""

IN_NODE = {"path": "str-path"}


def main(folder, client, operation, sdk_call=None):
    """Make the call, and end."""
    probe = loaded(os.path.join(folder, "probe.py"))
    file_name = client.replace("-", "_") + ".py"
    declared = probe.declarations(os.path.join(folder, "clients", file_name))
    node = declared.get("RUNTIME") == "node"
    asked = instruction(client, operation, node=node)
    if sdk_call:
        asked["sdk_call"] = sdk_call
    refuse_what_it_has_not(declared, asked)
    if node:
        command = ["node", os.path.join(folder, "probe.mjs"), "--prefix", "."]
    else:
        # Python's own table: what a system's has differs from machine to machine.
        command = [sys.executable, os.path.join(folder, "probe.py"), "--mime-table", "builtin"]
    done = subprocess.run(
        command, input=json.dumps(asked).encode() + b"\n", stdout=subprocess.PIPE, check=False
    )
    lines = done.stdout.decode().splitlines()
    report = json.loads(lines[-1]) if len(lines) > 1 else {"broken": "the probe said nothing"}
    if "returned" in report:
        return 0
    if "raised" in report:
        error = report["raised"][0]
        sys.stderr.write(f"{error['name']}: {error['message']}\n")
        return 1
    said = report.get("unavailable") or report.get("broken")
    sys.stderr.write(f"{said}\n")
    return 77 if "takes no" in said else 1


def loaded(path):
    """The probe's program as a module: it does nothing on import."""
    spec = importlib.util.spec_from_file_location("upload_matrix_probe", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def instruction(client, operation, *, node):
    """What the environment asks for, in the probe's words."""
    paths = ENV["UPLOAD_MATRIX_FILES"].split("\n")
    container = ENV["UPLOAD_MATRIX_CONTAINER"] or "told"
    word = IN_NODE.get(container, CONTAINERS[container]) if node else CONTAINERS[container]
    file = {
        "field": ENV["UPLOAD_MATRIX_FIELD"],
        "repeatable": True,
        "container": "list-of-two" if len(paths) > 1 else word,
        "path": paths[0],
        "name": ENV["UPLOAD_MATRIX_FILENAME"],
        "type": ENV["UPLOAD_MATRIX_TYPE"],
    }
    if len(paths) > 1:
        file["companion"] = paths[1]
    texts = {"model": "UPLOAD_MATRIX_MODEL", "prompt": "UPLOAD_MATRIX_PROMPT"}
    return {
        "id": 1,
        "client": client,
        "call": operation,
        "method": "POST",
        "path": ENV["UPLOAD_MATRIX_URL"][len(ENV["UPLOAD_MATRIX_BASE_URL"]) :],
        "encoding": "multipart",
        "base_url": ENV["UPLOAD_MATRIX_BASE_URL"],
        "timeout": 20.0,
        "retries": int(ENV["UPLOAD_MATRIX_TRIES"]) - 1,
        "fields": {name: ENV[variable] for name, variable in texts.items() if variable in ENV},
        "query": {},
        "raw": None,
        "files": [file],
    }


def refuse_what_it_has_not(declared, asked):
    """End with 77 where the client's file says that it takes no such container, or repeats nothing."""
    container = asked["files"][0]["container"]
    accepts = declared.get("ACCEPTS", {})
    if asked["retries"] and accepts.get("retries") == ("none",):
        sys.stderr.write("it repeats no call by itself\n")
        sys.exit(77)
    taken = accepts.get("container", (container,))
    if container not in taken or container in declared.get("DECLINES", {}).get("container", ()):
        sys.stderr.write(f"it takes no {container}\n")
        sys.exit(77)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
