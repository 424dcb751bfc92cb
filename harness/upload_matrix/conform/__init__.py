"""Conformance: programs, servers and gateways are put through scenarios, and checks say what each does.

A scenario is a file in ``scenarios/``, what it checks a function in ``checks``; ``trial`` runs a program
through one, ``certify`` through all. May be imported by the command line.
"""
