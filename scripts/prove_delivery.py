"""Drive each fault through the installed command and show, as a table, what the sync did.

    python -m scripts.prove_delivery [--only WORDS]

Ends with 1 when a guarantee is broken, or when a planned fault did not fire and so proved nothing.
"""

import argparse
import json
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from integration_tests import harness
from integration_tests.harness import Result, dead_letter, good, record, self_signed_certificate, state
from integration_tests.sandbox_client import Sandbox
from integration_tests.test_faults import listener

_RECORDS: Final = 450
_BAD_EVERY: Final = 50
_RECORDS_PER_STATE: Final = 150
_TIMEOUT_SECONDS: Final = 3
_RETRY_MINUTES: Final = 0.5
_SHORT_RETRY_MINUTES: Final = 0.05
_WAIT_MINUTES: Final = 0.02
_FOR_EVER: Final = 100_000
_DATE_SECONDS: Final = 9
_TRANSIENT: Final = "transient_error"
_CONFIG: Final = "config_error"
_CANCELLED: Final = "cancelled"
_PAGE: Final = "<html><body>Bad Gateway</body></html>"
_WIDTH: Final = 140
_PATIENCE_SECONDS: Final = 8
"""Airbyte kills a connector ten seconds after a cancel."""

Config = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A misbehaviour and what a sync owes in spite of it.

    `plan` is for the sandbox, made when its sync begins; `surroundings` is what goes wrong before the sandbox is reached. `ends` is the failure the sync
    has to end with, None when all must arrive. `said` has to be in the log.
    """

    name: str
    plan: Callable[[], Mapping[str, Any]] | None = None
    ends: str | None = None
    said: str = ""
    surroundings: Callable[[Config, Path], AbstractContextManager[None]] = lambda _config, _folder: (
        nullcontext()
    )
    run: Callable[[Path, Config], Result] = lambda folder, config: harness.write(folder, config, _messages())
    records: int = _RECORDS
    lotes: int | None = None
    """The most lotes that may be opened; None for any number."""

    @property
    def lasts(self) -> bool:
        """The sync cannot outlive it."""
        return self.ends is not None


@dataclass
class Seen:
    """What a sync did about a fault."""

    fault: Fault
    result: Result
    tills: int
    rejected: int
    repeated: int
    open_lotes: int
    lotes: int
    broken: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """In words."""
        if self.broken:
            return "BROKEN: " + "; ".join(self.broken)
        if self.fault.ends == _CANCELLED:
            return "lote closed, no state early"
        return f"{self.fault.ends}, no state early" if self.fault.lasts else "all arrived"


def _send(kind: str, **details: Any) -> Callable[[], Mapping[str, Any]]:
    return _on("send", kind, **details)


def _on(operation: str, kind: str, **details: Any) -> Callable[[], Mapping[str, Any]]:
    return lambda: {"operation": operation, "kind": kind, **details}


def _until_a_date() -> Mapping[str, Any]:
    """Far enough away for the sync to meet it before it is past."""
    moment = datetime.now(tz=UTC) + timedelta(seconds=_DATE_SECONDS)
    header = {"Retry-After": format_datetime(moment, usegmt=True)}
    return {"operation": "send", "kind": "status", "status": 429, "headers": header}


@contextmanager
def _no_such_host(config: Config, _folder: Path) -> Iterator[None]:
    config["environment"]["control_url"] = "https://pdvsync.invalid/controle"
    yield


@contextmanager
def _no_tls(config: Config, _folder: Path) -> Iterator[None]:
    with listener(lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")) as port:
        config["environment"]["control_url"] = f"https://127.0.0.1:{port}"
        yield


@contextmanager
def _unknown_authority(config: Config, folder: Path) -> Iterator[None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed_certificate(folder))

    def talk(connection: socket.socket) -> None:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            return

    with listener(talk) as port:
        config["environment"]["control_url"] = f"https://127.0.0.1:{port}"
        yield


def _platform_jobs() -> list[Fault]:
    """What Airbyte's platform does by itself: Clear, Refresh and Cancel."""
    generation = {"generation_id": 4, "minimum_generation_id": 4, "sync_id": 9}
    emptied = state(0)
    emptied["state"]["stream"]["stream_state"] = None
    clear = harness.catalog(mode="overwrite", **generation)
    refresh = harness.catalog(mode="append_dedup", **generation)
    kept = "Nothing is removed at the tills"
    return [
        Fault(
            "clear",
            said=kept,
            records=0,
            lotes=0,
            run=lambda folder, config: harness.write(folder, config, [emptied], clear),
        ),
        Fault(
            "refresh",
            said=kept,
            run=lambda folder, config: harness.write(folder, config, _messages(), refresh),
        ),
        Fault(
            "cancel", _send("stall", seconds=1, after=2, times=_FOR_EVER), _CANCELLED, lotes=2, run=_cancel
        ),
    ]


def _cancel(folder: Path, config: Config) -> Result:
    """No signal arrives: stdin ends, and nobody reads stdout. It happens after the first state, while the second lote is sent."""
    write = harness.Write(folder, config).start(listen=False)
    write.send(*_messages())
    process = write.process
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if json.loads(line)["type"] == "STATE":
            break
    write.close()
    process.stdout.close()
    code = process.wait(_PATIENCE_SECONDS)
    return Result(code, [json.loads(line) for line in lines], "", b"".join(lines), 0.0)


def faults() -> list[Fault]:
    """Every fault of the table."""
    again, limited, ours = "Waiting", "the server asks for it", "perhaps by us"
    late, page = _TIMEOUT_SECONDS + 2, {"body": _PAGE, "content_type": "text/html"}
    return [
        Fault("none"),
        Fault("500 twice", _send("status", status=500, times=2), said=again),
        Fault("502 with HTML", _send("status", status=502, **page), said=again),
        Fault("503", _send("status", status=503), said=again),
        Fault("429, seconds", _send("status", status=429, headers={"Retry-After": "2"}), said=limited),
        Fault("429, date", _until_a_date, said=limited),
        Fault("reset", _send("reset"), said=again),
        Fault("answer to open lost", _on("open", "drop_after"), said=ours),
        Fault("answer to send lost", _send("drop_after"), said=again),
        Fault("answer to close lost", _on("close", "drop_after"), said=again),
        Fault("open beyond the time-out", _on("open", "stall", seconds=late), said=again),
        *(
            Fault(f"{status}, close", _on("close", "status", status=status, times=2), said=again)
            for status in (400, 401, 403, 404, 409)
        ),
        Fault(
            "429 with an hour, close",
            _on("close", "status", status=429, headers={"Retry-After": "3600"}),
            said=again,
        ),
        Fault("200 denied, close", _on("close", "status", status=200, body='{"success":false}'), said=again),
        Fault("send beyond the time-out", _send("stall", seconds=late), said=again),
        Fault("close beyond the time-out", _on("close", "stall", seconds=late), said=again),
        Fault("200 with HTML, send", _send("not_json"), said=again),
        Fault("200 with HTML, close", _on("close", "not_json")),
        Fault("200 without body, send", _send("empty_body"), said=again),
        Fault("200 without body, open", _on("open", "empty_body"), said=ours),
        Fault("401 in mid-sync", _send("status", status=401, after=2)),
        Fault("413", _send("status", status=413)),
        Fault("token: 503 twice", _on("token", "status", status=503, times=2), said=again),
        Fault("token: 503 for ever", _on("token", "status", status=503, times=_FOR_EVER), _TRANSIENT, again),
        Fault("500 for ever", _send("status", status=500, after=2, times=_FOR_EVER), _TRANSIENT, again),
        Fault(
            "401 for ever", _send("status", status=401, times=_FOR_EVER), _CONFIG, "refuses the credential"
        ),
        *(
            Fault(f"{status} after a success", _send("status", status=status, after=2), said=again)
            for status in (302, 403, 404, 405)
        ),
        *(
            Fault(
                f"{status} from then on",
                _send("status", status=status, after=2, times=_FOR_EVER),
                _TRANSIENT,
                again,
            )
            for status in (401, 403)
        ),
        Fault("403", _send("status", status=403, times=_FOR_EVER), _CONFIG, "missing permission"),
        Fault("DNS failure", None, _TRANSIENT, "could not be resolved", surroundings=_no_such_host),
        Fault("TLS: none there", None, _TRANSIENT, "TLS handshake", surroundings=_no_tls),
        Fault("TLS: unknown authority", None, _CONFIG, "ca_bundle", surroundings=_unknown_authority),
        *_platform_jobs(),
    ]


def _is_bad(number: int) -> bool:
    return number % _BAD_EVERY == 7


def _messages() -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for number in range(_RECORDS):
        lines.append(record(good(number, nome=None) if _is_bad(number) else good(number)))
        if (number + 1) % _RECORDS_PER_STATE == 0:
            lines.append(state(number + 1))
    return lines


def _config(sandbox: Sandbox, fault: Fault, folder: Path) -> Config:
    return sandbox.config(
        network={
            "request_timeout_seconds": _TIMEOUT_SECONDS,
            "retry_minutes": _SHORT_RETRY_MINUTES if fault.lasts else _RETRY_MINUTES,
        },
        lote={"records_per_lote": _RECORDS_PER_STATE, "open_lote_wait_minutes": _WAIT_MINUTES},
        object_storage_config={"storage_type": "Local", "path": str(folder / "letters")},
    )


def drive(fault: Fault) -> Seen:
    """Run a whole sync against a sandbox of its own."""
    with tempfile.TemporaryDirectory() as name, Sandbox() as sandbox:
        folder = Path(name)
        config = _config(sandbox, fault, folder)
        plan = fault.plan() if fault.plan else {}
        if plan:
            sandbox.fault(**plan)
        with fault.surroundings(config, folder):
            result = fault.run(folder, config)
        books = sandbox.state()
        keys = {row["key"] for row in dead_letter(folder / "letters")}
        seen = Seen(
            fault,
            result,
            tills=len(sandbox.clientes()),
            rejected=len(keys),
            repeated=result.log.count("Waiting") + _unannounced(plan, books["requests"]),
            open_lotes=books["open_lotes"],
            lotes=len(books["lotes"]),
        )
        seen.broken = [*_broken(seen, set(sandbox.clientes()), keys), *_unfired(sandbox, fault)]
        return seen


def _unannounced(plan: Mapping[str, Any], requests: Mapping[str, int]) -> int:
    """Halves of a request, and what is sent again with another token, are nothing to wait for."""
    if plan.get("status") not in {401, 413}:
        return 0
    return max(0, requests.get("send", 0) - 2 * _RECORDS // _RECORDS_PER_STATE)


def _broken(seen: Seen, tills: set[str], letters: set[str]) -> list[str]:
    """What the sync owed and did not do."""
    result, fault = seen.result, seen.fault
    output = result.stdout.decode(errors="replace")
    last = max([0, *(message["id"] for message in result.states)])
    promised = {good(number)["idRetaguarda"]: _is_bad(number) for number in range(last)}
    kinds = [error["failure_type"] for error in result.errors]
    owed = [
        ("a state was early", all(key in (letters if bad else tills) for key, bad in promised.items())),
        ("a lote stayed open", seen.open_lotes == 0),
        (f"{seen.lotes} lotes were opened", fault.lotes is None or seen.lotes <= fault.lotes),
    ]
    if fault.ends == _CANCELLED:
        # It has nobody to tell how it ended.
        return [words for words, kept in owed if not kept]
    owed += [
        (f"nothing says {fault.said!r}", fault.said in output),
        (f"it failed with {kinds or 'nothing'}", kinds == ([fault.ends] if fault.ends else [])),
        (f"it ended with {result.code}", result.code == (1 if fault.lasts else 0)),
        ("a traceback came out", "Traceback" not in result.everything),
    ]
    if not fault.lasts:
        bad = sum(_is_bad(number) for number in range(fault.records))
        owed += [
            ("records are missing", last == fault.records),
            ("counts are wrong", result.counts == (fault.records - bad, bad)),
        ]
    return [words for words, kept in owed if not kept]


def _unfired(sandbox: Sandbox, fault: Fault) -> list[str]:
    planned = [] if fault.plan is None else sandbox.faults()
    return [
        f"the fault fired {each['fired']} of {each['planned']} times"
        for each in planned
        if not (each["fired"] if fault.lasts else each["complete"])
    ]


def show(seen: Sequence[Seen]) -> None:
    """The table."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    table = Table(
        title=f"A sync of {_RECORDS} records, {_RECORDS // _BAD_EVERY} of them bad, under each fault"
    )
    table.add_column("fault", no_wrap=True)
    for name in ("exit", "at tills", "accepted", "rejected", "repeated", "states", "open lotes"):
        table.add_column(name, justify="right")
    table.add_column("verdict")
    for each in seen:
        accepted, rejected = each.result.counts
        numbers = (
            each.result.code,
            each.tills,
            accepted,
            rejected,
            each.repeated,
            len(each.result.states),
            each.open_lotes,
        )
        style = "red" if each.broken else "green"
        table.add_row(each.fault.name, *map(str, numbers), f"[{style}]{each.verdict}[/{style}]")
    console.print(table)


def main() -> int:
    """Drive them all; 1 when a guarantee is broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default="", help="only faults whose names hold this")
    wanted = [fault for fault in faults() if parser.parse_args().only in fault.name]
    installed = shutil.which("destination-clientes", path=str(Path(sys.executable).parent))
    if installed:
        harness.COMMAND = (installed,)
    # A sandbox that is ended with an answer still stalled complains about it.
    Sandbox.stderr = subprocess.DEVNULL
    with ThreadPoolExecutor(2) as pool:
        seen = list(pool.map(drive, wanted))
    show(seen)
    return 1 if any(each.broken for each in seen) else 0


if __name__ == "__main__":
    sys.exit(main())
