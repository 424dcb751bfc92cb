# What ``__getattr__`` of __init__.py hands on, for type checkers: the public API.
from upload_matrix.api import *  # noqa: F403 - all of it, and nothing else

__version__: str
