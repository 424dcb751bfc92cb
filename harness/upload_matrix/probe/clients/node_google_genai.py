"""Google's SDK for Node: ``@google/genai`` on npm; see node_openai.py."""

RUNTIME = "node"
DISTRIBUTIONS = ("@google/genai",)
# It repeats nothing unless it is told how.
ACCEPTS = {"operation": ("models.generate_content",), "mask": ("none",), "retries": ("none",)}

# The SDK for Node looks in no mime table.
IGNORES = ("mime_table",)
