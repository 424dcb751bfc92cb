"""Reading a target's key and where it really lies: from the environment, or from a program.

The only place that sees a key before the forwarder puts it into a request. No error repeats a key or
what a program printed.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping

from upload_matrix import vendors
from upload_matrix.model.errors import ConfigurationError
from upload_matrix.targets.spec import Api, TargetSpec, sound_base_url

KEY_COMMAND_SECONDS = 60.0
"""How long a program may take to print the key: some ask their owner first."""

_SOUND = re.compile(r"[\x21-\x7e]+")
_REPLAY = "or replay recordings with --record-mode none"


def read_key(spec: TargetSpec, environ: Mapping[str, str] = os.environ) -> str:
    """The key of ``spec``, an empty string when its server wants none. Raises ConfigurationError."""
    if spec.key_command:
        return _sound(_printed(spec), f"target {spec.name}: what {spec.key_command[0]} printed")
    if spec.key_env is None:
        return ""
    key = environ.get(spec.key_env, "").strip()
    if not key:
        raise ConfigurationError(
            f"target {spec.name}: the variable {spec.key_env} holds no key; set it, {_REPLAY}"
        )
    return _sound(key, f"target {spec.name}: what the variable {spec.key_env} holds")


def read_base_url(spec: TargetSpec, environ: Mapping[str, str] = os.environ) -> str:
    """The URL that requests for ``spec`` are sent to. Raises ConfigurationError."""
    if spec.base_url_env is None:
        return spec.base_url
    value = environ.get(spec.base_url_env, "").strip()
    if not value:
        raise ConfigurationError(
            f"target {spec.name}: the variable {spec.base_url_env} holds no URL; set it, {_REPLAY}"
        )
    try:
        url = sound_base_url(value)
    except ValueError as error:
        raise ConfigurationError(f"target {spec.name}: the variable {spec.base_url_env}: {error}") from error
    if spec.api is Api.AZURE and url.endswith(tuple(vendors.deployments().roots)):
        raise ConfigurationError(
            f"target {spec.name}: the variable {spec.base_url_env} ends in a path that is added here; give "
            "the resource's endpoint alone (for Azure's /openai/v1, copy the built-in openai.yaml and give "
            "it that base_url and key_header {api-key: '{key}'})"
        )
    return url


def _printed(spec: TargetSpec) -> str:
    program = spec.key_command[0]
    try:
        # The user's own command line, as a list: no shell reads it. Its errors go to the terminal, where
        # it may also ask for a password; its output is the key and goes nowhere.
        done = subprocess.run(  # noqa: S603
            spec.key_command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            timeout=KEY_COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # Without "from": the exception holds what was printed so far.
        raise ConfigurationError(
            f"target {spec.name}: key_command: {program} printed no key in {KEY_COMMAND_SECONDS:g} seconds"
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"target {spec.name}: key_command: {program} cannot be run: {error.strerror}"
        ) from error
    if done.returncode != 0:
        raise ConfigurationError(
            f"target {spec.name}: key_command: {program} ended with exit code {done.returncode}, so there is "
            "no key; run it by hand to see why"
        )
    return done.stdout.decode("utf-8", "replace").strip()


def _sound(key: str, what: str) -> str:
    if not _SOUND.fullmatch(key):
        state = "is empty" if not key else "has spaces, line breaks or characters outside ASCII"
        raise ConfigurationError(f"{what} {state}, so it is no key")
    return key
