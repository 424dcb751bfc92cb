"""The smallest matrix with a case that is rejected and one that is accepted."""

MATRIX = """
name: few
target: emulator:openai-2026-02
request: {model: gpt-image-1, prompt: a hat}
axes:
  client: [httpx]
  container: [bytesio, tuple3]
  image: [webp]
  mime_table: [builtin]
"""

BAD, GOOD = "httpx/bytesio/webp/builtin", "httpx/tuple3/webp/builtin"
