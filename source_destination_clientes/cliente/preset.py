"""Ready mappings for well-known sources: YAML files in the same form as `streams[].fields` of the config."""

from collections.abc import Sequence
from importlib.resources import files
from typing import Final

PRESETS: Final = (
    "protheus_sa1",
    "winthor",
    "customer",
    "shopify",
    "vtex",
    "salesforce_contact",
    "salesforce_account",
    "woocommerce",
    "magento",
    "hubspot_contacts",
)


def load_preset(name: str) -> Sequence[tuple[str, str]]:
    """The pairs of field and value of a preset."""
    import yaml  # noqa: PLC0415 - only a stream with a preset needs it

    text = (files(__package__) / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
    return [(entry["field"], entry["value"]) for entry in yaml.safe_load(text)["fields"]]
