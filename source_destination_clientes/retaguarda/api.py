"""One function per endpoint of the retaguarda API.

Paths and envelopes: https://tdn.totvs.com/pages/releaseview.action?pageId=836052094 (clientes),
https://tdn-homolog.totvs.com/pages/viewpage.action?pageId=831822082 (lotes),
https://tdn.totvs.com/pages/diffpages.action?originalId=851302095&pageId=851302053 (status at the shops).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from source_destination_clientes.errors import ConfigError, TransientError
from source_destination_clientes.http.body import is_page, parse_object
from source_destination_clientes.http.limits import LARGEST_STATUS_BYTES
from source_destination_clientes.http.paths import is_step, path_step
from source_destination_clientes.http.retry import Caller, UnreadableAnswerError
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.manifest.objects import ApiVersion, Endpoint, Sending, Service
from source_destination_clientes.retaguarda.retorno import (
    PathRefused,
    Retorno,
    Verdict,
    read_retorno,
    refusal_words,
)

_JSON: Final = {"Content-Type": "application/json"}
_SERVICES: Final[Mapping[Service, str]] = {
    "controle": "control service",
    "cliente": "clientes service",
    "dadosbasicos": "dados básicos service",
}
_ADDRESSES: Final[Mapping[Service, str]] = {
    "controle": "control_url",
    "cliente": "clientes_url",
    "dadosbasicos": "dados_basicos_url",
}
_NO_ENVELOPE: Final = "not the envelope of the retaguarda API"
_LONGEST_CODE: Final = 200
_OPEN_LOTE: Final = re.compile(r"lote\s+(?P<code>\S+)\s+em\s+andamento", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opened:
    """A lote of ours is open; `code` is its loteOrigem."""

    code: str


@dataclass(frozen=True, slots=True)
class AlreadyOpen:
    """A lote is open already. `doubtful`: an earlier attempt of this call may have opened it."""

    code: str
    doubtful: bool


@dataclass(frozen=True, slots=True)
class ShopStatus:
    """How far one shop is with one lote, and what it refused: (idRetaguarda or None for the whole lote, words)."""

    shop: str
    status: int
    errors: tuple[tuple[str | None, str], ...]


@dataclass(frozen=True, slots=True)
class Retaguarda:
    """PDVSync as one inquilino sees it. `bases` are the addresses of its services, up to but without `/api/retaguarda`."""

    caller: Caller
    bases: Mapping[Service, str]
    status_base: str
    version: ApiVersion
    id_inquilino: str

    def sign_in(self) -> None:
        """Get a token now if one is needed, so that the next call begins at once. Raises what a sync would raise."""
        if self.caller.credential is not None:
            self.caller.credential.authorization()

    def open_lote(self, tipos: Sequence[int]) -> Opened | AlreadyOpen:
        """Open a lote for these types, or name the lote that is open already.

        Raises `ConfigError` when PDVSync opens no lote for this inquilino.
        """
        body = msgspec.json.encode({"status": 0, "tipoLote": list(tipos), "idInquilino": self.id_inquilino})
        url = self._lotes_url
        return self.caller.call(
            Request("open a lote", "POST", url, body, _JSON), lambda answer: _read_opened(answer, url)
        )

    def send(self, sending: Sending, body: bytes, lote: str) -> Retorno:
        """Send one chunk of records of an object within an open lote."""
        url = self._url(sending.endpoint)

        def read(answer: Answer) -> Retorno:
            retorno = read_retorno(answer.status, answer.body, lote, sending.rejections)
            if retorno is Verdict.UNREADABLE:
                raise UnreadableAnswerError(_NO_ENVELOPE)
            if isinstance(retorno, PathRefused):
                raise _wrong_path(url, answer.status, sending.endpoint.service)
            return retorno

        return self.caller.call(Request("send a chunk", "POST", url, body, _JSON), read)

    def close_lote(self, lote: str) -> None:
        """Close a lote and return only when it is known to be closed.

        Raises `TransientError` when that cannot be known: its records must then be sent again in another lote.
        """
        url = f"{self._lotes_url}/{path_step(self.id_inquilino)}/{path_step(lote)}"
        refused = self.caller.call(Request("close the lote", "PUT", url, None, _JSON), _read_closed)
        # A refusal after a lost answer most likely means that the lost attempt closed the lote. Only its status can prove that.
        if refused is not None and not self._is_closed(lote):
            raise TransientError(
                f"PDVSync did not close lote {lote} (HTTP {refused}). Its records count as not delivered. Run the sync again: if the "
                "lote is still open then, lote.open_lote_policy says what happens to it.",
            )

    def lote_status(self, lote: str) -> tuple[ShopStatus, ...] | None:
        """How far each shop is with a lote; None when PDVSync does not know the lote, or not yet."""
        params = {"inquilino": self.id_inquilino, "loteOrigem": lote}
        return self.caller.call(
            Request(
                "ask for the status of a lote",
                "GET",
                self._status_url,
                None,
                {},
                params,
                largest_answer=LARGEST_STATUS_BYTES,
            ),
            _read_status,
        )

    def probe_control(self) -> None:
        """Ask for the status of a lote that does not exist, and ask the control service itself where that is another one.

        Nothing is opened. Raises what a sync would raise, and `ConfigError` for an address that is not PDVSync's.
        """
        apart = self.status_base != self.bases["controle"]
        setting = "environment.status_url" if apart else "environment.control_url"
        params = {"inquilino": self.id_inquilino, "loteOrigem": "destination-clientes-check"}
        url = self._status_url
        self._probe(
            Request("ask for the status of a lote", "GET", url, None, {}, params, setting=setting),
            _read_status,
        )
        if apart:
            setting = "environment.control_url"
            self._probe(Request("reach the control service", "GET", self._lotes_url, setting=setting))

    def probe(self, endpoint: Endpoint) -> None:
        """Ask a service whether it accepts our credential. Nothing is sent.

        The endpoint takes POST only, so 405 is as good an answer as any other. Raises `ConfigError` after 401 and 403.
        """
        operation = f"reach the {_SERVICES[endpoint.service]}"
        setting = f"environment.{_ADDRESSES[endpoint.service]}"
        self._probe(Request(operation, "GET", self._url(endpoint), setting=setting))

    def _probe(self, request: Request, understand: Callable[[Answer], object] = lambda _answer: None) -> None:
        """Call, and refuse an answer that PDVSync does not give: it has an envelope for what it does not find."""

        def read(answer: Answer) -> None:
            if is_page(answer.body) or (answer.status == 404 and parse_object(answer.body) is None):
                raise ConfigError(
                    f"{request.url} answered {answer.status}: PDVSync is not there. Check {request.setting}: it ends before "
                    "/api/retaguarda.",
                )
            understand(answer)

        self.caller.call(request, read)

    def _is_closed(self, lote: str) -> bool:
        shops = self.lote_status(lote)
        return bool(shops) and all(shop.status != 0 for shop in shops or ())

    @property
    def _status_url(self) -> str:
        return f"{self.status_base}/api/retaguarda/{self.version}/LojaLoteStatusRetorno"

    @property
    def _lotes_url(self) -> str:
        return f"{self.bases['controle']}/api/retaguarda/{self.version}/inquilinolotesexternos"

    def _url(self, endpoint: Endpoint) -> str:
        return f"{self.bases[endpoint.service]}/api/retaguarda/{endpoint.paths[self.version]}"


def _read_opened(answer: Answer, url: str) -> Opened | AlreadyOpen:
    content = parse_object(answer.body)
    if content is None:
        if answer.status in {404, 405}:
            raise _wrong_path(url, answer.status, "controle")
        raise UnreadableAnswerError(_NO_ENVELOPE)
    code = _open_lote_code(content)
    if code:
        return AlreadyOpen(_checked_code(code), answer.doubtful)
    data = content.get("data")
    opened = data.get("loteOrigem") if isinstance(data, Mapping) else None
    if answer.ok and content.get("success") is not False and isinstance(opened, str | int) and str(opened):
        return Opened(_checked_code(str(opened)))
    if answer.ok and content.get("success") is not False:
        raise UnreadableAnswerError("no data.loteOrigem in it")
    raise ConfigError(
        f"PDVSync does not open a lote for this inquilino (HTTP {answer.status}): {refusal_words(content)}. "
        "Check id_inquilino, and that environment is the one this inquilino belongs to.",
    )


def _checked_code(code: str) -> str:
    """A code becomes a step of an address, and is in every log line and row of its lote."""
    if not is_step(code) or len(code) > _LONGEST_CODE:
        raise UnreadableAnswerError("its loteOrigem is no code of a lote")
    return code


def _open_lote_code(content: Mapping[str, Any]) -> str | None:
    """The lote that is open already, from `errors.lote` or from the sentence that refuses a second one."""
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
    """None when the lote is closed, else the status of the refusal.

    First-party clients take any 2xx for closed. A page of HTML is not one: it comes from something between us and PDVSync.
    """
    content = parse_object(answer.body)
    if answer.ok and not is_page(answer.body):
        return answer.status if content and content.get("success") is False else None
    if content is None:
        raise UnreadableAnswerError(_NO_ENVELOPE)
    return answer.status


def _read_status(answer: Answer) -> tuple[ShopStatus, ...] | None:
    content = parse_object(answer.body)
    if content is None:
        if answer.status == 404:
            return None
        raise UnreadableAnswerError(_NO_ENVELOPE)
    data = content.get("data")
    if not answer.ok or not isinstance(data, Mapping):
        return None
    shops = data.get("lojaLotes")
    return (
        tuple(_read_shop(entry) for entry in shops if isinstance(entry, Mapping))
        if isinstance(shops, list)
        else ()
    )


def _read_shop(entry: Mapping[str, Any]) -> ShopStatus:
    errors = entry.get("errosIdentificados")
    found = [error for error in errors if isinstance(error, Mapping)] if isinstance(errors, list) else []
    status = entry.get("status")
    return ShopStatus(
        shop=str(entry.get("idRetaguardaLoja") or ""),
        status=int(status) if isinstance(status, int | str) and str(status).isdecimal() else 0,
        errors=tuple(
            (_record_key(error.get("idRetaguarda")), str(error.get("erro") or "")) for error in found
        ),
    )


def _record_key(value: object) -> str | None:
    """An all-zero GUID, or no id, means that the error concerns the whole lote."""
    key = str(value) if value not in (None, "") else ""
    return None if not key or key.strip("{}").replace("-", "") == "0" * 32 else key


def _wrong_path(url: str, status: int, service: Service) -> ConfigError:
    return ConfigError(
        f"{url} answered {status}: it is not the {_SERVICES[service]}. Check the environment: its addresses, such as control_url and "
        "clientes_url, end before /api/retaguarda.",
    )
