"""Why a value cannot be read. Messages never contain the value."""

from collections.abc import Mapping

from source_destination_clientes.rejection.outcome import Reason


class Misfit(Exception):
    """A value that has no reading, or more than one."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class SaysNothing(Misfit):
    """A placeholder for a value that is not known: left out and counted where the field may be absent, whatever the policy."""


def kind_of(value: object) -> str:
    """What a value is, in a message."""
    kinds: Mapping[type, str] = {
        str: "text",
        int: "a number",
        float: "a number",
        bool: "true or false",
        list: "a list",
        dict: "an object",
    }
    return kinds.get(type(value), "something else")
