"""Exceptions, named for what the caller must do.

    ClientesError
    ├── ConfigError        the operator must change something: the config, a permission, a catalog
    ├── TransientError     nothing is wrong with the config: run the sync again later
    │   └── Interrupted    the platform asked us to stop (SIGTERM, SIGINT)
    └── FatalError         a contract is broken and going on could lose a record: stop and look

A rejected record is a value (`rejection.outcome.Rejection`), never an exception. Messages say what happened, where, and
what to do next; they carry neither secrets nor a person's data.
"""

from typing import Literal

FailureKind = Literal["config_error", "transient_error", "system_error"]


class ClientesError(Exception):
    """Base of everything this project raises on purpose; `kind` is Airbyte's `failure_type`."""

    kind: FailureKind = "system_error"


class ConfigError(ClientesError):
    """The operator must change something before another run can succeed."""

    kind: FailureKind = "config_error"


class TransientError(ClientesError):
    """The same run can succeed later without any change. `doubtful`: the call that it ended may have done its work."""

    kind: FailureKind = "transient_error"
    doubtful: bool = False


class Interrupted(TransientError):
    """The process was asked to stop; what was due has been finished."""


class FatalError(ClientesError):
    """Going on could lose a record."""
