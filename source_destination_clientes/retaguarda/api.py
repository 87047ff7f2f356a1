"""One function per endpoint of the retaguarda API.

Paths and envelopes: https://tdn.totvs.com/pages/releaseview.action?pageId=836052094 (clientes),
https://tdn-homolog.totvs.com/pages/viewpage.action?pageId=831822082 (lotes),
https://tdn.totvs.com/pages/diffpages.action?originalId=851302095&pageId=851302053 (status at the stores).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import msgspec

from source_destination_clientes.cliente.fields import ApiVersion
from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.http.body import is_page, parse_object
from source_destination_clientes.http.limits import LARGEST_STATUS_BYTES
from source_destination_clientes.http.retry import Caller, UnreadableAnswerError
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.retaguarda.retorno import (
    PathRefused,
    Retorno,
    Verdict,
    read_retorno,
    refusal_words,
)

TIPO_LOTE: Final[Mapping[str, int]] = {"cliente": 0, "cliente_endereco": 56}
"""Codes of the lote types, by object."""

_JSON: Final = {"Content-Type": "application/json"}
_RECORDS_PATH: Final[Mapping[tuple[str, ApiVersion], str]] = {
    ("cliente", "v2"): "clientes",
    ("cliente", "v3"): "clientes",
    ("cliente_endereco", "v2"): "clienteenderecos",
    ("cliente_endereco", "v3"): "dadosdinamicos/down/56/1",
}
_OPEN_LOTE: Final = re.compile(r"lote\s+(?P<code>\S+)\s+em\s+andamento", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A lote of ours is open; `code` is its loteOrigem."""

    code: str


@dataclass(frozen=True, slots=True)
class AlreadyOpen:
    """Another lote is open. `doubtful`: an earlier attempt of this very call may have opened it."""

    code: str
    doubtful: bool


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """How far one store is with one lote, and what it refused: (idRetaguarda or None for the whole lote, words)."""

    store: str
    status: int
    errors: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class Retaguarda:
    """PDVSync as one inquilino sees it. Bases go up to, not including, `/api/retaguarda`."""

    caller: Caller
    control_base: str
    clientes_base: str
    status_base: str
    version: ApiVersion
    id_inquilino: str

    def open_lote(self, tipos: Sequence[int]) -> Opened | AlreadyOpen:
        """Open a lote for these types, or say which lote is in the way."""
        body = msgspec.json.encode({"status": 0, "tipoLote": list(tipos), "idInquilino": self.id_inquilino})
        url = self._url(self.control_base, "inquilinolotesexternos")
        return self.caller.call(Request("open a lote", "POST", url, body, _JSON), _read_opened)

    def send(self, kind: str, body: bytes, lote: str) -> Retorno:
        """Send one chunk of records within an open lote."""
        url = self._url(self.clientes_base, _RECORDS_PATH[kind, self.version])

        def read(answer: Answer) -> Retorno:
            retorno = read_retorno(answer.status, answer.body, lote)
            if retorno is Verdict.UNREADABLE:
                raise UnreadableAnswerError("not the envelope of the retaguarda API")
            if isinstance(retorno, PathRefused):
                raise _wrong_path("send clientes", url, answer.status)
            return retorno

        return self.caller.call(Request("send a chunk", "POST", url, body, _JSON), read)

    def close_lote(self, lote: str) -> None:
        """Close a lote and return only when it is known to be closed.

        Raises `TransientError` when that cannot be known: its records must then be sent again in another lote.
        """
        url = f"{self._url(self.control_base, 'inquilinolotesexternos')}/{quote(self.id_inquilino, '')}/{quote(lote, '')}"
        refused = self.caller.call(Request("close the lote", "PUT", url, None, _JSON), _read_closed)
        # A refusal after a lost answer most likely means that the lost attempt closed it; only the status can tell.
        if refused is not None and not self._is_closed(lote):
            raise TransientError(
                f"PDVSync did not close lote {lote} (HTTP {refused}). Its records count as not delivered; run the sync again. "
                f"If it stays open, lote.open_lote_policy decides what the next run does with it.",
            )

    def lote_status(self, lote: str, *, tipo: int | None = None) -> tuple[StoreStatus, ...] | None:
        """How far each store is with a lote; None when PDVSync does not know the lote (yet)."""
        params = {"inquilino": self.id_inquilino, "loteOrigem": lote}
        if tipo is not None:
            params["tipoLote"] = str(tipo)
        url = self._url(self.status_base, "LojaLoteStatusRetorno")
        return self.caller.call(
            Request(
                "ask for the status of a lote",
                "GET",
                url,
                None,
                {},
                params,
                largest_answer=LARGEST_STATUS_BYTES,
            ),
            _read_status,
        )

    def probe_control(self) -> None:
        """Ask something harmless of the control service; raises what a sync would raise."""
        self.lote_status("destination-clientes-check")

    def probe_clientes(self, kind: str = "cliente") -> None:
        """Ask the clientes service for nothing, to see that it knows us; nothing is sent.

        The endpoint takes POST only, so 405 is as good an answer as any other: what matters is that neither 401 nor 403
        comes back.
        """
        url = self._url(self.clientes_base, _RECORDS_PATH[kind, self.version])
        self.caller.call(Request("reach the clientes service", "GET", url), lambda _answer: None)

    def _is_closed(self, lote: str) -> bool:
        stores = self.lote_status(lote)
        return bool(stores) and all(store.status != 0 for store in stores or ())

    def _url(self, base: str, path: str) -> str:
        return f"{base}/api/retaguarda/{self.version}/{path}"


def _read_opened(answer: Answer) -> Opened | AlreadyOpen:
    content = parse_object(answer.body)
    if content is None:
        if answer.status in {404, 405}:
            raise _wrong_path("open a lote", "the control service", answer.status)
        raise UnreadableAnswerError("not the envelope of the retaguarda API")
    code = _open_lote_code(content)
    if code:
        return AlreadyOpen(code, answer.doubtful)
    data = content.get("data")
    opened = data.get("loteOrigem") if isinstance(data, Mapping) else None
    if answer.ok and content.get("success") is not False and isinstance(opened, str | int) and str(opened):
        return Opened(str(opened))
    if answer.ok and content.get("success") is not False:
        raise UnreadableAnswerError("no data.loteOrigem in it")
    raise ConfigError(
        f"PDVSync does not open a lote for this inquilino (HTTP {answer.status}): {refusal_words(content)[:500]}. "
        "Check id_inquilino and that the environment is the one it lives in.",
    )


def _open_lote_code(content: Mapping[str, Any]) -> str | None:
    """The lote in the way, from `errors.lote` or from the sentence that refuses a second one."""
    if content.get("success") is True:
        return None
    message = content.get("message")
    match = _OPEN_LOTE.search(message) if isinstance(message, str) else None
    if match is None:
        return None
    errors = content.get("errors")
    named = errors.get("lote") if isinstance(errors, Mapping) else None
    if isinstance(named, list):
        named = named[0] if named else None
    return str(named) if named else match["code"]


def _read_closed(answer: Answer) -> int | None:
    """None when closed, else the status of the refusal.

    Any 2xx closes, as first-party clients read no further; but not a page, which only something in between can have made.
    """
    content = parse_object(answer.body)
    if answer.ok and not is_page(answer.body):
        return answer.status if content and content.get("success") is False else None
    if content is None:
        raise UnreadableAnswerError("not the envelope of the retaguarda API")
    return answer.status


def _read_status(answer: Answer) -> tuple[StoreStatus, ...] | None:
    content = parse_object(answer.body)
    if content is None:
        if answer.status == 404:
            return None
        raise UnreadableAnswerError("not the envelope of the retaguarda API")
    data = content.get("data")
    if not answer.ok or not isinstance(data, Mapping):
        return None
    stores = data.get("lojaLotes")
    return (
        tuple(_store(entry) for entry in stores if isinstance(entry, Mapping))
        if isinstance(stores, list)
        else ()
    )


def _store(entry: Mapping[str, Any]) -> StoreStatus:
    errors = entry.get("errosIdentificados")
    found = [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []
    status = entry.get("status")
    return StoreStatus(
        store=str(entry.get("idRetaguardaLoja") or ""),
        status=int(status) if isinstance(status, int | str) and str(status).isdecimal() else 0,
        errors=tuple(
            (_record_key(error.get("idRetaguarda")), str(error.get("erro") or "")) for error in found
        ),
    )


def _record_key(value: object) -> str | None:
    """An all-zero GUID, or no id, means that the error concerns the whole lote."""
    key = str(value) if value not in (None, "") else ""
    return None if not key or key.strip("{}").replace("-", "") == "0" * 32 else key


def _wrong_path(what: str, url: str, status: int) -> ConfigError:
    return ConfigError(
        f"Nothing at {url} lets us {what} (HTTP {status}). Check the environment: control_url and clientes_url go up to, "
        "not including, /api/retaguarda.",
    )
