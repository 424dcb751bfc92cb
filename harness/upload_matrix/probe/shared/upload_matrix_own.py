"""What a client file needs that puts somebody's own code under test. Standard library only."""

import os
import sys
from contextlib import contextmanager

from upload_matrix_sdk import DUMMY_KEY


@contextmanager
def environment(request, *names, **more):
    """For code that reads its base URL from a variable: ``names`` lead to this case's own URL meanwhile.

    ``OPENAI_API_KEY`` is the dummy key; ``more`` are further variables.
    """
    wanted = {"OPENAI_API_KEY": DUMMY_KEY, **dict.fromkeys(names, request.base_url), **more}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def forget(*modules):
    """For code that makes its client when it is imported: the next import of these runs them again."""
    for name in list(sys.modules):
        if any(name == module or name.startswith(module + ".") for module in modules):
            del sys.modules[name]
