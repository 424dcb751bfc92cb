"""Views of a run, a sweep, a gate, a comparison, an isolation and a diagnosis, about one module a kind.

A document's type is its JSON and its JSON Schema (``model.codec``); its words stand once, for terminal,
Markdown and page alike. Imports ``model`` and ``judge``; a file that exposes ``NAME``, ``SUFFIX`` and
``render`` is a format of ``report`` (see ``registry``).
"""
