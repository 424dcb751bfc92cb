"""Things that look like secrets and are none, put together so that no key-like text stands in a file."""

from __future__ import annotations

RANDOM = "canary" + "9kQ2mW7e" + "0123" + "Zt8Yb4"
"""As random as what vendors hand out."""

KEY = "sk-" + "canary-" + "0123456789abcdef"
PROJECT_KEY = "sk-" + "proj-" + RANDOM + "_456-789"
MASKED = "sk-" + "proj-" + "*" * 12 + "cry1"
MASKED_OTHER = "cana" + "*" * 8 + "ry12"
TOKEN = "canary." + RANDOM + "~0123/456+789="
ORGANIZATION = "org-" + RANDOM
PROJECT = "proj_" + RANDOM
USER = "user-" + RANDOM
FILE = "file-" + RANDOM
REQUEST = "req_" + RANDOM
JWT = "eyJ" + RANDOM + "." + RANDOM + "." + "canary"
SIGNATURE = "canary%2F" + RANDOM + "%3D"

NEEDLES = ("canary", "cry1", "ry12", "0123")
"""What must not be left of any of them."""

ALL = (KEY, PROJECT_KEY, TOKEN, ORGANIZATION, PROJECT, USER, FILE, REQUEST, JWT, RANDOM)
"""Given to the write gate, which then also looks one encoding down."""
