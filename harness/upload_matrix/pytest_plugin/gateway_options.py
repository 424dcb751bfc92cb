"""The plugin's switches for a gateway between the clients and the target."""

from __future__ import annotations

import pytest

from upload_matrix.gateway.spec import GatewaySpec, parse_gateway
from upload_matrix.model.errors import ConfigurationError


def declare_gateway(group: pytest.OptionGroup) -> None:
    """Add the switches to the plugin's own."""
    group.addoption(
        "--upload-through",
        metavar="COMMAND|URL",
        help="Have every call take a gateway: 'litellm --config FILE --port {port}', or the URL of one that "
        "runs. {upstream}, and OPENAI_BASE_URL in its environment, say where it is to forward to.",
    )
    group.addoption(
        "--upload-behind-port",
        type=int,
        metavar="N",
        help="With the URL of a gateway: the port of this machine that it forwards to.",
    )
    group.addoption(
        "--upload-through-key-env",
        metavar="NAME",
        help="The variable with the key that the gateway itself asks for.",
    )


def read_gateway(config: pytest.Config) -> GatewaySpec | None:
    """The gateway that was asked for, if any; raises ConfigurationError."""
    given = config.getoption("--upload-through")
    behind_port = config.getoption("--upload-behind-port")
    key_env = config.getoption("--upload-through-key-env")
    if given is None:
        if behind_port is not None or key_env is not None:
            raise ConfigurationError(
                "--upload-behind-port and --upload-through-key-env go with --upload-through"
            )
        return None
    return parse_gateway(given, behind_port=behind_port, key_env=key_env)
