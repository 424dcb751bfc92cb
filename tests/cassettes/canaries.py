"""Things that look like secrets and are none, put together so that no key-like text stands in a file."""

from __future__ import annotations

KEY = "sk-" + "canary-" + "0123456789abcdef"
PROJECT_KEY = "sk-" + "proj-" + "canary_0123-456789"
MASKED = "sk-" + "proj-" + "*" * 12 + "cry1"
MASKED_OTHER = "cana" + "*" * 8 + "ry12"
TOKEN = "canary." + "token" + "~0123/456+789="
ORGANIZATION = "org-" + "canary0123"
PROJECT = "proj_" + "canary0123"
USER = "user-" + "canary0123"
FILE = "file-" + "canary0123"
REQUEST = "req_" + "canary0123"
JWT = "eyJ" + "canary0123" + "." + "canary0123" + "." + "canary"
SIGNATURE = "canary%2F" + "signature%3D"

NEEDLES = ("canary", "cry1", "ry12", "0123")
"""What must not be left of any of them."""

ALL = (KEY, PROJECT_KEY, TOKEN, ORGANIZATION, PROJECT, USER, FILE, REQUEST, JWT, "canary0123")
"""Given to the write gate, which then also looks one encoding down."""
