"""Groq's SDK for Node: ``groq-sdk`` on npm; see node_openai.py."""

RUNTIME = "node"
DISTRIBUTIONS = ("groq-sdk",)
ACCEPTS = {
    "operation": (
        "groq.chat.completions.create",
        "groq.audio.transcriptions",
        "groq.audio.translations",
        "chat.completions.create",
        "audio.transcriptions",
        "audio.translations",
        "files.create",
    ),
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
