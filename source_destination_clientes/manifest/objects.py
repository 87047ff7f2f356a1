"""What the rest of the program sees of the manifest: objects, their fields and how they are sent.

They are structs of msgspec, which a start reads from JSON in less than a millisecond.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec

ApiVersion: TypeAlias = Literal["v2", "v3"]
Service: TypeAlias = Literal["controle", "cliente", "dadosbasicos"]
Source: TypeAlias = Literal["id_inquilino", "id_proprietario", "document"]

CLIENTE: Final = "cliente"
ANEXO: Final = "anexo"
"""The two objects that are special for good: a cliente has a document, a person and files, and files go to another API."""

API_VERSIONS: Final[tuple[ApiVersion, ...]] = get_args(ApiVersion)


class Reader(StrEnum):
    """How a value is read and what is sent."""

    TEXT = "text"
    DIGITS = "digits"
    DOCUMENT = "document"
    DATE = "date"
    NUMBER = "number"
    CODE = "code"
    FLAG = "flag"
    PERSON = "person"
    PHONE = "phone"
    POSTAL_CODE = "postal_code"
    STATE = "state"
    HOUSE_NUMBER = "house_number"
    EMAIL = "email"
    BASE64 = "base64"
    TENANT = "tenant"


class Misfit(StrEnum):
    """What happens when a value does not fit its field: the record is rejected, the value left out, or the text cut."""

    REJECT = "reject"
    OMIT = "omit"
    TRUNCATE = "truncate"


class Field(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field in one version of the API.

    `title` says in a few words what it is, `description` more. `max_length` counts characters. `codes` are the values a code
    may take, with their meaning. `also` are further names under which the docs or other clients know the field. `obsolete`:
    the API still takes it and does nothing with it. `beyond`: the API's page does not list it, yet first-party clients send
    it. `default` is sent where a record brings nothing; `filled_from` says what else fills it then.
    """

    name: str
    title: str
    reader: Reader = Reader.TEXT
    required: bool = False
    max_length: int | None = None
    codes: Mapping[int, str] | None = None
    also: tuple[str, ...] = ()
    obsolete: bool = False
    beyond: bool = False
    misfit: Misfit = Misfit.OMIT
    description: str = ""
    default: int | str | bool | None = None
    filled_from: Source | None = None

    @property
    def must_come(self) -> bool:
        """Whether every record has to bring it."""
        return self.required and self.default is None and self.filled_from is None


class Deletion(msgspec.Struct, frozen=True):
    """How a deletion is sent: this value in this field."""

    field: str
    value: int


class Endpoint(msgspec.Struct, frozen=True):
    """Where an object is sent: a service of PDVSync, and the path below `/api/retaguarda/` by version of the API."""

    service: Service
    paths: Mapping[ApiVersion, str]


class NamedRejections(msgspec.Struct, frozen=True):
    """Where an answer names the records it refuses, by their key."""

    rejections_field: str
    key_field: str


class Sending(msgspec.Struct, frozen=True):
    """How the records of an object are sent within a lote.

    `tipo` is the tipoLote; `max_bytes` bounds one request; `after` names the objects that a lote carries earlier. An answer
    that has no `rejections` refuses its request as a whole.
    """

    tipo: int
    endpoint: Endpoint
    max_bytes: int
    rejections: NamedRejections
    after: tuple[str, ...] = ()


class DeclaredObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """One object. `also` are further names of streams that hold it; `sync_modes` are those of Airbyte's catalog.

    `sending` is None for what no lote carries.
    """

    name: str
    title: str
    sync_modes: tuple[str, ...]
    fields: Mapping[ApiVersion, tuple[Field, ...]]
    matching_keys: tuple[tuple[str, ...], ...] = ()
    also: tuple[str, ...] = ()
    deletion: Deletion | None = None
    sending: Sending | None = None


class Manifest(msgspec.Struct, frozen=True):
    """Every object, in the order in which they are declared, and the endpoint that a check asks.

    `definitions` are the parts that declarations may refer to, as they are written.
    """

    objects: tuple[DeclaredObject, ...]
    checker: Endpoint
    definitions: Mapping[str, Any]

    def find(self, name: str) -> DeclaredObject | None:
        """The object of this name."""
        return next((each for each in self.objects if each.name == name), None)

    def get(self, name: str) -> DeclaredObject:
        """The object of this name. Raises `KeyError` for a name that nobody declared."""
        found = self.find(name)
        if found is None:
            raise KeyError(name)
        return found

    def of_stream(self, name: str) -> DeclaredObject | None:
        """The object that a stream of this name holds, whatever its case."""
        wanted = name.casefold()
        return next(
            (
                each
                for each in self.objects
                if wanted in {known.casefold() for known in (each.name, *each.also)}
            ),
            None,
        )

    def sent(self) -> tuple[tuple[str, Sending], ...]:
        """The objects that a lote carries, by name, in the order in which it carries them.

        That is the order of their declaration, but for what goes `after` others.
        """
        waiting = {each.name: each.sending for each in self.objects if each.sending}
        found: dict[str, Sending] = {}
        while waiting:
            free = next(name for name, each in waiting.items() if not waiting.keys() & set(each.after))
            found[free] = waiting.pop(free)
        return tuple(found.items())

    @property
    def names(self) -> tuple[str, ...]:
        """The name of every object."""
        return tuple(each.name for each in self.objects)
