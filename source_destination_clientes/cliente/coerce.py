"""Values as the API takes them: one coercer per field, chosen once per mapping from the readers.

A coercer returns the value to send, an empty text for what stands for nothing, or raises `Misfit`. It never sees None or an empty
text. Messages never contain the value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final, TypeAlias

from source_destination_clientes.cliente.readers.birth_date import DateReader
from source_destination_clientes.cliente.readers.code import make_code_reader
from source_destination_clientes.cliente.readers.digits import read_digits
from source_destination_clientes.cliente.readers.document import DocumentReader
from source_destination_clientes.cliente.readers.email import read_email
from source_destination_clientes.cliente.readers.flag import read_flag
from source_destination_clientes.cliente.readers.garbled import repair
from source_destination_clientes.cliente.readers.house_number import read_house_number
from source_destination_clientes.cliente.readers.misfit import Misfit, SaysNothing
from source_destination_clientes.cliente.readers.nothing import make_nothing
from source_destination_clientes.cliente.readers.number import read_number
from source_destination_clientes.cliente.readers.person import PersonReader
from source_destination_clientes.cliente.readers.phone import read_phone
from source_destination_clientes.cliente.readers.postal_code import read_postal_code
from source_destination_clientes.cliente.readers.state import read_state
from source_destination_clientes.cliente.readers.text import read_built_key, read_text
from source_destination_clientes.cliente.readers.words import CODE_WORDS
from source_destination_clientes.manifest.objects import Field, Reader
from source_destination_clientes.manifest.objects import Misfit as OnMisfit
from source_destination_clientes.rejection.outcome import Reason
from source_destination_clientes.settings import Values

Coercer: TypeAlias = Callable[..., object]
"""Takes a value; that of a document takes `is_person` besides."""

_PHRASES: Final = frozenset({"sexo", "estadoCivil"})
"""Codes that a word within a phrase may name: to leave them out does no harm, and neither does to read them."""


class Overlong(Misfit):
    """A text that is longer than the API takes; `cut` is what the API would take of it."""

    def __init__(self, length: int, limit: int, cut: str) -> None:
        super().__init__(Reason.TOO_LONG, f"has {length} characters; the API takes {limit}")
        self.cut = cut


def utc_today() -> date:
    """The day it is in UTC."""
    return datetime.now(tz=UTC).date()


@dataclass(frozen=True, slots=True)
class CoercionRules:
    """The config's `values` and its inquilino, and the first day on which nobody in the data was born yet."""

    values: Values = field(default_factory=Values)
    id_inquilino: str = ""
    today: date = field(default_factory=utc_today)


def make_coercer(target: Field, rules: CoercionRules, *, built: bool = False) -> Coercer:
    """The coercer of one field: nothing is nothing, then the field's reader, then its length. `built`: by an expression."""
    nothing = make_nothing(rules.values.nothing)
    # What looks like a mask or a word for nothing may be the bytes of a file.
    stands_for_nothing = nothing.holds if target.reader is not Reader.BASE64 else (lambda _value: False)
    longest = nothing.longest
    read = read_built_key if built and target.name == "idRetaguarda" else _reader_of(target, rules)
    limit = target.max_length or 1 << 30

    def coerce(value: object, **more: object) -> object:
        # Most values are texts that begin with a letter or digit and are longer than every word for nothing.
        plain = type(value) is str and len(value) > longest and value[0].isalnum() and value[-1].isalnum()
        if not plain and stands_for_nothing(value):
            return ""
        found = read(value, **more)
        if type(found) is str and len(found) > limit:
            raise Overlong(len(found), limit, found[:limit].rstrip())
        return found

    return coerce


def may_be_omitted(target: Field, misfit: Misfit, values: Values) -> bool:
    """Whether a value that does not fit is left out, and the record sent without it; else the record is rejected."""
    if target.reader is Reader.PERSON:
        # The document decides, unless the value is a code of another list.
        return isinstance(misfit, SaysNothing) or not target.required
    if target.required:
        return False
    if isinstance(misfit, SaysNothing):
        return True
    if target.misfit is OnMisfit.REJECT:
        return False
    if isinstance(misfit, Overlong) and values.overlong == "reject":
        return False
    return values.optional_misfit == "omit"


def may_be_cut(target: Field, values: Values) -> bool:
    """Whether a text of this field that is too long is cut."""
    return target.misfit is OnMisfit.TRUNCATE and values.overlong == "truncate"


def _reader_of(target: Field, rules: CoercionRules) -> Coercer:
    readers: Mapping[Reader, Callable[[], Coercer]] = {
        Reader.TEXT: lambda: _repairing if rules.values.repair_text else read_text,
        Reader.DIGITS: lambda: read_digits,
        Reader.DOCUMENT: lambda: DocumentReader(check_digits=rules.values.document_check == "check_digits"),
        Reader.DATE: lambda: DateReader(rules.today, rules.values.date_formats),
        Reader.NUMBER: lambda: read_number,
        Reader.CODE: lambda: make_code_reader(
            target.codes or (), CODE_WORDS.get(target.name, {}), phrases=target.name in _PHRASES
        ),
        Reader.FLAG: lambda: read_flag,
        Reader.TENANT: lambda: _make_tenant(rules.id_inquilino),
        Reader.PERSON: lambda: PersonReader(rules.values.person_code),
        Reader.PHONE: lambda: read_phone,
        Reader.POSTAL_CODE: lambda: read_postal_code,
        Reader.STATE: lambda: read_state,
        Reader.HOUSE_NUMBER: lambda: read_house_number,
        Reader.EMAIL: lambda: read_email,
        Reader.BASE64: lambda: _as_it_is,
    }
    return readers[target.reader]()


def _as_it_is(value: object) -> str:
    return value if type(value) is str else read_text(value)


def _repairing(value: object) -> str:
    return read_text(repair(value) if type(value) is str else value)


def _make_tenant(id_inquilino: str) -> Coercer:
    """Refuse another inquilino.

    idRetaguarda is unique only within one inquilino, so such a record would overwrite a different cliente.
    """

    def to_tenant(value: object) -> str:
        if read_text(value) != id_inquilino:
            raise Misfit(Reason.NOT_IN_LIST, "is not the config's id_inquilino")
        return id_inquilino

    return to_tenant
