"""Why a value cannot be read. Messages never contain the value."""

from collections.abc import Mapping

from source_destination_clientes.rejection.outcome import Reason


class Misfit(Exception):
    """A value that has no reading, or more than one."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message

    @property
    def word(self) -> str:
        """The reason in one word, for a note about a value that was left out."""
        return self.reason.value


class SaysNothing(Misfit):
    """A placeholder for a value that is not known: left out and counted where the field may be absent, whatever the policy."""

    @property
    def word(self) -> str:
        """That nobody expected more of it."""
        return "placeholder"


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
