"""Kinds of recordings of HTTP, a file a kind: each finds the entries of a file and reads one of them."""
