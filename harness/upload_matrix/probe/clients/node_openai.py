"""The official SDK for Node: ``openai`` on npm.

A client that runs in Node has two files: this one says of it what clients/openai.py tells how to say, and
clients_node/node_openai.mjs makes the calls. A container that Python has too is what Node's users write
for it: ``handle`` is ``fs.createReadStream(path)``, ``bytes`` a Buffer, ``tuple2`` is
``toFile(buffer, name)``, ``tuple3`` is ``toFile(buffer, name, {type})``.
"""

RUNTIME = "node"
DISTRIBUTIONS = ("openai",)
SINCE = ("4.0.0", "the first with a client object")

CONTAINERS = {
    "to-file": "``toFile(buffer)``: neither name nor type.",
    "blob": "``new Blob([buffer], {type})``: a type but no name.",
    "file": "``new File([buffer], name, {type})``.",
    "file-untyped": "``new File([buffer], name)``: the type left open.",
}

ACCEPTS = {
    # What Node has no like of is left out: a BytesIO, a Path, a spooled file.
    "container": (
        "handle",
        "stream-at-end",
        "one-way",
        "str-path",
        "bytes",
        "empty-bytes",
        "tuple2",
        "tuple3",
        "list-of-one",
        "list-of-two",
        "to-file",
        "blob",
        "file",
        "file-untyped",
    ),
    # `unnamed` is a mask in a BytesIO.
    "mask": ("none", "png-tuple"),
}

# A File of Node always has a name.
DECLINES = {"filename": ("absent",)}

# The SDK for Node looks in no mime table.
IGNORES = ("mime_table",)
