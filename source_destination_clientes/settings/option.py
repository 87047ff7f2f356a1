"""What a setting is to the form: title, description, place, bounds."""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

URL: Final = {"pattern": "^https?://[^\\s/@]+(/.*)?$", "pattern_descriptor": "https://host/path"}
"""What an address looks like. None may hold a user and a password: addresses are shown in messages."""


def about(title: str, description: str, order: int, /, default: Any = ..., **extra: Any) -> Any:
    """A field as the form shows it; keyword arguments that pydantic knows are bounds, the rest goes into the spec."""
    bounds = {
        name: extra.pop(name)
        for name in ("ge", "le", "min_length", "pattern", "examples", "discriminator")
        if name in extra
    }
    return Field(
        default, title=title, description=description, json_schema_extra={"order": order, **extra}, **bounds
    )


class Section(BaseModel):
    """A part of the config. Unknown keys are passed over: the platform may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)
