"""The AI SDK on Node: ``generateText`` of ``ai`` with ``@ai-sdk/openai``; see node_openai.py."""

RUNTIME = "node"
DISTRIBUTIONS = ("ai", "@ai-sdk/openai")
ACCEPTS = {"operation": ("chat.completions.create", "responses.create"), "mask": ("none",)}

# The SDK for Node looks in no mime table.
IGNORES = ("mime_table",)
