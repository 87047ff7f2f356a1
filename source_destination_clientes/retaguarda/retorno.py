"""The retorno: what an answer says about the records of a request. Tables and parsing, no I/O.

Doubt is the default: an answer that does not say clearly what became of the records is `UNREADABLE`, and only evidence
makes it anything else. The shapes are those of https://tdn.totvs.com/pages/releaseview.action?pageId=836052094 (success,
`details[]`, `success: false`) and of the per-record `errors` object of v3, as first-party clients read it.

>>> by_key = NamedRejections("errors", "IdentificadorExterno")
>>> read_retorno(200, b'{"success":true,"errors":null}', "L1", by_key)
<Verdict.ACCEPTED: 'accepted'>
>>> read_retorno(200, b"", "L1", by_key)
<Verdict.UNREADABLE: 'unreadable'>
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

import msgspec

from source_destination_clientes.http.body import parse_object
from source_destination_clientes.manifest.objects import NamedRejections


class Verdict(Enum):
    """The verdicts on a whole request that need no words."""

    ACCEPTED = "accepted"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Named:
    """The answer names the refused records: idRetaguarda to the API's own words."""

    refused: Mapping[str, str]
    status: int


@dataclass(frozen=True, slots=True)
class WholeRefused:
    """The answer refuses the request without saying which record is at fault."""

    words: str
    status: int


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The request has more bytes than the server takes."""

    status: int = 413


@dataclass(frozen=True, slots=True)
class LoteRefused:
    """The answer speaks of the lote. If that is unknown or closed, it says nothing about the records."""

    words: str
    status: int


@dataclass(frozen=True, slots=True)
class PathRefused:
    """The server does not know the endpoint, so the answer says nothing about the records."""

    status: int


Retorno: TypeAlias = Verdict | Named | WholeRefused | TooLarge | LoteRefused | PathRefused

_PATH_STATUSES: Final = frozenset({301, 302, 303, 307, 308, 404, 405, 501})
_LOTE_TROUBLE: Final = re.compile(
    r"\blote\b.{0,80}?(encerrad|fechad|finalizad|inexistente|inválid|invalid|não (foi )?(encontrad|localizad|existe|está aberto))"
    r"|(encerrad|fechad|finalizad)\w* o lote",
    re.IGNORECASE | re.DOTALL,
)


def read_retorno(status: int, body: bytes, lote: str, named: NamedRejections) -> Retorno:
    """Say what became of the records of a request that was sent within `lote`; `named` is where refused records are named."""
    if status == 413:
        return TooLarge()
    answer = parse_object(body)
    if answer is None:
        return PathRefused(status) if status in _PATH_STATUSES else Verdict.UNREADABLE
    lowered = {key.lower(): value for key, value in answer.items()}
    success, errors = lowered.get("success"), lowered.get(named.rejections_field.lower())
    if 200 <= status < 300 and success is True and not errors and not lowered.get("details"):
        return Verdict.ACCEPTED
    # First-party clients take a 400 for a refusal of everything although it brings neither errors nor details.
    bare = status == 400 and {"code", "message"} <= lowered.keys()
    if not isinstance(success, bool) and "details" not in lowered and not errors and not bare:
        return PathRefused(status) if status in _PATH_STATUSES else Verdict.UNREADABLE
    return _read_refusal(status, lowered, lote, named)


def _read_refusal(status: int, answer: Mapping[str, Any], lote: str, named: NamedRejections) -> Retorno:
    words = refusal_words(answer)
    refused = _refused(answer.get(named.rejections_field.lower()), named.key_field.lower())
    if refused:
        return Named(refused, status)
    if _LOTE_TROUBLE.search(words) or (lote and lote in words):
        return LoteRefused(words, status)
    if status in _PATH_STATUSES:
        return PathRefused(status)
    return WholeRefused(words, status)


def _refused(errors: object, key_field: str) -> dict[str, str] | None:
    """The refused ids, or None when any entry fails to name its record: then nobody is known to be well."""
    if isinstance(errors, Mapping):
        entries: list[object] = list(errors.values())
    elif isinstance(errors, list):
        entries = errors
    else:
        return None
    refused: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for entry in entries:
        ids = _ids_of(entry, key_field)
        if not ids:
            return None
        words = _compact({key: value for key, value in _pairs(entry) if key.lower() != key_field})
        for key in ids:
            refused[key][words] = None
    return {key: "; ".join(words) for key, words in refused.items()} or None


def _ids_of(entry: object, key_field: str) -> list[str]:
    for key, value in _pairs(entry):
        if key.lower() == key_field:
            values = value if isinstance(value, list) else [value]
            return [str(item) for item in values if isinstance(item, str | int) and item != ""]
    return []


def _pairs(entry: object) -> list[tuple[str, Any]]:
    return list(entry.items()) if isinstance(entry, Mapping) else []


def refusal_words(answer: Mapping[str, Any]) -> str:
    """The API's own words about a refusal, as compact JSON without the empty parts."""
    kept = {
        key: value
        for key, value in answer.items()
        if key.lower() in {"code", "message", "detailedmessage", "details", "errors"} and value
    }
    return _compact(kept)


def _compact(value: object) -> str:
    return msgspec.json.encode(value).decode()
