"""One function per endpoint of the retaguarda API.

Paths and envelopes: https://tdn.totvs.com/pages/releaseview.action?pageId=836052094 (clientes),
https://tdn-homolog.totvs.com/pages/viewpage.action?pageId=831822082 (lotes),
https://tdn.totvs.com/pages/diffpages.action?originalId=851302095&pageId=851302053 (status at the shops).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.http.body import is_page, parse_object, text_of
from source_destination_clientes.http.limits import LARGEST_STATUS_BYTES
from source_destination_clientes.http.paths import is_step, path_step
from source_destination_clientes.http.retry import Caller, UnreadableAnswerError
from source_destination_clientes.http.transport import Answer, Request, Transport
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
_QUESTION_SECONDS: Final = 5.0
"""For asking whether a lote is closed, while closing it goes on."""

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
    """PDVSync as one inquilino sees it. `bases` are the addresses of its services, up to but without `/api/retaguarda`.

    `fresh` makes a connection for each call, for opening lotes: on one that was idle nobody could tell a request that got lost from
    one that was heeded. None stands for the transport of `caller`.
    """

    caller: Caller
    bases: Mapping[Service, str]
    status_base: str
    version: ApiVersion
    id_inquilino: str
    fresh: Transport | None = None

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
        caller = replace(self.caller, transport=self.fresh or self.caller.transport)
        return caller.call(
            Request("open a lote", "POST", url, body, {**_JSON, "Connection": "close"}),
            lambda answer: _read_opened(answer, url),
        )

    def within(self, seconds: float) -> "Retaguarda":
        """The same with at most this much time for each call, all its attempts together."""
        policy = self.caller.policy
        return replace(
            self, caller=replace(self.caller, policy=replace(policy, budget=min(policy.budget, seconds)))
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

        What proves it is an answer that says so, or the status of the lote at the shops: an attempt whose answer was lost may have
        closed it, and PDVSync then refuses the next one. Any other answer is tried again while the policy of the caller lasts.

        Raises `TransientError` when nothing proves it: its records must then be sent again in another lote.
        """
        url = f"{self._lotes_url}/{path_step(self.id_inquilino)}/{path_step(lote)}"

        def read(answer: Answer) -> None:
            if not proves_closed(answer) and not self._is_closed(lote):
                raise UnreadableAnswerError("it does not say that the lote is closed")

        try:
            self.caller.call(Request("close the lote", "PUT", url, None, _JSON), read)
        except TransientError as error:
            if not self._is_closed(lote):
                raise _not_closed(lote, error) from None

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
        """The status at the shops proves that the lote is closed; asked once, so that the next attempt to close is not kept waiting."""
        policy = self.caller.policy
        once = replace(policy, budget=0, timeout=min(policy.timeout, _QUESTION_SECONDS), stubborn=True)
        try:
            shops = replace(self, caller=replace(self.caller, policy=once)).lote_status(lote)
        except TransientError:
            return False
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


def proves_closed(answer: Answer) -> bool:
    """An answer to closing says that the lote is closed: 2xx with nothing, or with a JSON object that does not deny success.

    A page, a text or another value comes from something between us and PDVSync.
    """
    if not answer.ok:
        return False
    if not text_of(answer.body):
        return True
    content = parse_object(answer.body)
    if content is None:
        return False
    lowered = {key.lower(): value for key, value in content.items()}
    return lowered.get("success") is not False and not lowered.get("errors") and not lowered.get("error")


def _not_closed(lote: str, error: TransientError) -> TransientError:
    kind = Interrupted if isinstance(error, Interrupted) else TransientError
    return kind(
        f"Lote {lote} may still be open. Nothing proves that PDVSync closed it, so its records count as not delivered, and the next "
        f"sync sends them again. If the lote is still open then, lote.open_lote_policy says what happens to it; destination-clientes "
        f"close-lote --lote {lote} closes it now. {error}",
    )


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
