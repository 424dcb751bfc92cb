"""Tuples and lists of them. See files.py for how to add a container."""


def tuple2(file):
    """``(filename, data)``: the type is guessed from the name."""
    return (file.name, file.read())


def tuple3(file):
    """``(filename, data, content_type)``: nothing left to guess."""
    return (file.name, file.read(), file.type)


def tuple3_untyped(file):
    """``(filename, data, None)``: three places, the type left open."""
    return (file.name, file.read(), None)


def tuple_nameless(file):
    """``(None, data, content_type)``: a type but no filename."""
    return (None, file.read(), file.type)


def list_of_one(file):
    """A list with one ``(filename, data, content_type)``."""
    return [tuple3(file)]


def list_of_two(file):
    """A list of two ``(filename, data, content_type)``, different pictures."""
    return [tuple3(file), tuple3(file.companion)]


CONTAINERS = {
    "tuple2": tuple2,
    "tuple3": tuple3,
    "tuple3-untyped": tuple3_untyped,
    "tuple-nameless": tuple_nameless,
    "list-of-one": list_of_one,
    "list-of-two": list_of_two,
}
