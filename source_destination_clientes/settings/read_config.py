"""The config file, read but not yet understood."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from source_destination_clientes.errors import ConfigError


def read_config(path: Path) -> Mapping[str, Any]:
    """Read the JSON object a config file holds. Raises `ConfigError` saying what is wrong with the file."""
    try:
        config = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"The config file {path} cannot be read: {error.strerror}.") from None
    except ValueError:
        raise ConfigError(f"The config file {path} is not JSON.") from None
    if not isinstance(config, Mapping):
        raise ConfigError(f"The config file {path} holds no JSON object.")
    return config
