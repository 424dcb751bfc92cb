"""An intercepting proxy in a program's way, for base URLs in code, browsers and mobile emulators.

``intercepting`` is the proxy on the tap; ``authority`` its certificates, ``hello`` and ``secured`` TLS,
``tunnel`` what passes unread, ``variables`` what a program is given, ``browser`` what browsers need besides,
``setup`` all of it for one run, ``words`` what is said of it.
Imported by ``inspect.command`` and ``output``; needs the extra ``proxy``.
"""
