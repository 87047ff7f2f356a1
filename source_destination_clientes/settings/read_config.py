"""From the config file to the settings."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.settings.config import Settings


def read_config(path: Path) -> Mapping[str, Any]:
    """Read the JSON object in a config file. Raises `ConfigError` saying what is wrong with the file, and where."""
    try:
        config = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"The config file {path} cannot be read: {error.strerror}.") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigError(f"The config file {path} is not valid JSON: see {place}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"The config file {path} is not text in UTF-8.") from None
    except RecursionError:
        raise ConfigError(f"The config file {path} is nested too deeply.") from None
    if not isinstance(config, Mapping):
        raise ConfigError(f"The config file {path} is not a JSON object.")
    return config


def parse_config(config: Mapping[str, Any], learn_secret: Callable[[str], None]) -> Settings:
    """The settings of a config, whose secrets are masked from then on. Raises `ConfigError`, as `Settings.parse` does."""
    settings = Settings.parse(config)
    for secret in settings.secrets():
        learn_secret(secret)
    return settings
