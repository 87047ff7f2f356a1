"""What is to be attached to whom: from a row of the anexo stream, or from the attachments a cliente brings along."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import NoneType
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import structs

from source_destination_clientes.cliente.readers import documento
from source_destination_clientes.http.paths import is_step
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.rejection.outcome import Outcome, Reason, Rejection, Stage

SourceKind: TypeAlias = Literal["staged", "encoded", "remote"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the bytes of a file are: a path of Airbyte's file transfer, base64 text, or an https address."""

    kind: SourceKind
    place: str
    name: str | None = None
    content_type: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Anexo:
    """One file for one customer; exactly one of `customer` and `document`, and of `file` and `source`, is given.

    `inline` is the attachment as a cliente brought it along, None for a row of the anexo stream.
    """

    entry: Entry
    customer: str | None
    document: str | None
    file: str | None
    source: Source | None
    inline: bytes | None = None

    def told(self, outcome: Outcome) -> Outcome:
        """The outcome as it is settled: the rejection of a file that a cliente brought along is about the file alone."""
        if isinstance(outcome, Rejection) and self.inline is not None:
            return _of_file_alone(outcome, self.entry, self.inline)
        return outcome


_CONTENT_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}")
"""type/subtype of RFC 6838 section 4.2: anything else could end the header that it stands in."""

_WHOSE: Final = ("customerId", "cpfCnpj")
_BYTES: Final[tuple[tuple[str, SourceKind], ...]] = (("fileContent", "encoded"), ("fileUrl", "remote"))


def read_anexo(entry: Entry) -> Anexo | Rejection:
    """What one row of the anexo stream asks for."""
    row = msgspec.json.decode(entry.body + b"}")
    return _anexo(entry, row, _staged(entry, row))


def read_inline(entry: Entry) -> Iterator[Anexo | Rejection]:
    """What the attachments of a cliente ask for: ids of files, or objects like rows of the anexo stream."""
    document = _document_of(entry)
    for raw in entry.attachments:
        made = _inline(entry, msgspec.json.decode(raw), document)
        yield replace(made, inline=raw) if isinstance(made, Anexo) else _of_file_alone(made, entry, raw)


def _inline(entry: Entry, item: object, whose: str) -> Anexo | Rejection:
    if isinstance(item, str):
        item = {"file": item}
    if not isinstance(item, Mapping):
        return _rejection(
            entry, Reason.WRONG_TYPE, "attachments", "An attachment is neither an id nor an object."
        )
    odd = [name for name in _WHOSE if type(item.get(name)) not in {str, int, NoneType}]
    if odd:
        # To pass it over would attach the file to the cliente's own CPF, whomever it was meant for.
        return _rejection(entry, Reason.WRONG_TYPE, odd[0], f"{odd[0]} of an attachment is no text.")
    file = item.get("file") or item.get("id")
    document = _document(item.get("cpfCnpj")) or whose
    return _anexo(entry, {**item, "cpfCnpj": document, "file": file}, None)


def _of_file_alone(rejection: Rejection, entry: Entry, inline: bytes) -> Rejection:
    """The rejection of one file of a cliente: its row has the file and whose it is, and not the rest of the cliente once more."""
    kept = {"idRetaguarda": entry.key, "cpfCnpj": _document_of(entry), "attachments": [msgspec.Raw(inline)]}
    return structs.replace(rejection, instead=msgspec.json.encode(kept))


def _document_of(entry: Entry) -> str:
    """The document of the cliente that brings files along; empty when he has none."""
    return _text(msgspec.json.decode(entry.body + b"}").get("cpfCnpj"))


def _document(value: str | int | None) -> str:
    """The document an attachment brings; no column has made it compact, and as a number it has lost its leading zeros."""
    return (
        str(value).zfill(documento.CPF_LENGTH) if isinstance(value, int) else documento.compact(value or "")
    )


def _anexo(entry: Entry, row: Mapping[str, Any], staged: Source | None) -> Anexo | Rejection:
    customer, document, file = (_text(row.get(name)) for name in ("customerId", "cpfCnpj", "file"))
    source = None if file else staged or _source(row)
    if not customer and not document:
        return _rejection(
            entry,
            Reason.MISSING_FIELD,
            "customerId",
            "Neither customerId nor cpfCnpj says whom the file belongs to.",
        )
    if customer and not is_step(customer):
        return _rejection(entry, Reason.WRONG_TYPE, "customerId", "customerId is no id of a customer.")
    if not customer and document and not documento.is_cpf(document):
        return _rejection(
            entry,
            Reason.DOCUMENT_IS_NOT_CPF,
            "cpfCnpj",
            "The customers API knows persons by CPF only; this is a CNPJ.",
        )
    if not file and source is None:
        return _rejection(entry, Reason.MISSING_FIELD, "file", "Nothing says which file to attach.")
    return Anexo(entry, customer or None, None if customer else document, file or None, source)


def _source(row: Mapping[str, Any]) -> Source | None:
    for name, kind in _BYTES:
        place = _text(row.get(name))
        if place:
            return Source(kind, place, *_about(row))
    return None


def _staged(entry: Entry, row: Mapping[str, Any]) -> Source | None:
    """The file that Airbyte's file transfer laid beside the record."""
    raw = bytes(entry.record.file_reference)
    reference = msgspec.json.decode(raw) if raw else None
    if not isinstance(reference, Mapping):
        return None
    path = _text(reference.get("staging_file_url"))
    if not path:
        return None
    name, content_type, purpose = _about(row)
    name = name or _last_step(_text(reference.get("source_file_relative_path")))
    return Source("staged", path.removeprefix("file://"), name, content_type, purpose)


def _about(row: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Name, content type and purpose. What is no content type is left out: it is then guessed from the name."""
    name, content_type, purpose = (_text(row.get(key)) for key in ("fileName", "contentType", "purpose"))
    plain = content_type.partition(";")[0].strip()
    return _last_step(name), plain if _CONTENT_TYPE.fullmatch(plain) else None, purpose or None


def _last_step(path: str) -> str | None:
    """The name of a file without its folders and without control characters."""
    name = re.split(r"[/\\]", "".join(filter(str.isprintable, path)))[-1].strip()
    return name if is_step(name) else None


def _text(value: object) -> str:
    return str(value).strip() if type(value) in {str, int} else ""


def _rejection(entry: Entry, reason: Reason, field: str, message: str) -> Rejection:
    return Rejection(Stage.ATTACH, reason, message, field=field, key=entry.key or None)
