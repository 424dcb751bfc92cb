"""Mistral's SDK for Node: ``@mistralai/mistralai`` on npm; see node_openai.py.

``tuple2`` is its ``{fileName, content}``.
"""

RUNTIME = "node"
DISTRIBUTIONS = ("@mistralai/mistralai",)
ACCEPTS = {
    "operation": ("mistral.chat.complete", "chat.completions.create", "ocr.process", "mistral.files.upload"),
    "container": ("handle", "str-path", "bytes", "tuple2", "blob", "file", "file-untyped"),
    "mask": ("none",),
    # It repeats nothing unless it is told how.
    "retries": ("none",),
}

# The SDK for Node looks in no mime table.
IGNORES = ("mime_table",)
