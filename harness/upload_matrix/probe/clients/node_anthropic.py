"""Anthropic's SDK for Node: ``@anthropic-ai/sdk`` on npm; see node_openai.py."""

RUNTIME = "node"
DISTRIBUTIONS = ("@anthropic-ai/sdk",)
ACCEPTS = {
    "operation": ("messages.create", "anthropic.files.upload", "files.create"),
    "container": (
        "handle",
        "stream-at-end",
        "one-way",
        "str-path",
        "bytes",
        "empty-bytes",
        "tuple2",
        "tuple3",
        "to-file",
        "blob",
        "file",
        "file-untyped",
    ),
    "mask": ("none",),
}

# The SDK for Node looks in no mime table.
IGNORES = ("mime_table",)
