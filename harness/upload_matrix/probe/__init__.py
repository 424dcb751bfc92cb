"""What runs inside an environment: the probe, the clients it drives and the containers it fills.

These files run on Python 3.8 and newer with nothing installed but the client under test, so they import
the standard library only, and nothing of this package. The harness starts ``probe.py`` as a program.
"""
