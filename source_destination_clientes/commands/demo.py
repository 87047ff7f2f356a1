"""Run a sync of invented clientes against the embedded sandbox, without account or network."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, Any, Final

import requests
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from source_destination_clientes.commands.sample import sample_clientes
from source_destination_clientes.commands.terminal import INTERRUPTED, run_command

_STATE_EVERY: Final = 500
_NAME: Final = "destination-clientes"
_LOOPBACK: Final = "127.0.0.1"
_COMMAND: Final = (sys.executable, "-m", "source_destination_clientes")


@dataclass(slots=True)
class Run:
    """The result of one write."""

    accepted: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0
    stopped: bool = False


def main(argv: Sequence[str]) -> int:
    """Run the demo; the exit status is that of the write. Ctrl-C stops the write in order and shows what it has done."""
    parser = argparse.ArgumentParser(prog="destination-clientes demo", description=__doc__)
    parser.add_argument(
        "--records", type=int, default=5000, help="number of invented clientes (default 5000)"
    )
    parser.add_argument(
        "--api-version", choices=["v2", "v3"], default="v2", help="version of the API (default v2)"
    )
    parser.add_argument(
        "--latency-ms", type=int, default=15, help="time before each answer of the sandbox (default 15)"
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("demo-output"),
        help="folder for config, catalog and dead letter (default demo-output)",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="leave the sandbox running until Ctrl-C, to look at it in a browser",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    # What the demo starts talks to loopback only, and a proxy could not reach that.
    os.environ.update(NO_PROXY=_LOOPBACK, no_proxy=_LOOPBACK)
    return run_command(_demo, parser.parse_args(argv))


def _demo(options: Namespace) -> int:
    console = Console(stderr=options.json)
    with _sandbox(options.latency_ms) as (url, sandbox):
        console.print(f"Sandbox of the retaguarda API at [bold]{url}[/], {options.latency_ms} ms per answer.")
        letters = _next_dead_letter(options.output)
        config, catalog = _prepare(options.output, letters, url, options.api_version)
        console.print(
            f"[dim]$ destination-clientes write --config {escape(str(config))} --catalog {escape(str(catalog))} "
            f"< {options.records} invented clientes[/]",
        )
        run = _write(config, catalog, list(_messages(options.records)), console)
        state = requests.get(f"{url}/_sandbox/state", timeout=10).json()
        if options.json:
            sys.stdout.write(json.dumps(_as_json(run, state)) + "\n")
            sys.stdout.flush()
        else:
            _show(console, run, state, letters)
        if options.keep and not run.stopped:
            console.print(f"The sandbox keeps running, for a browser at [bold]{url}[/] and for")
            console.print(f"[dim]$ {escape(_command_here())} replay --config {escape(str(config))}[/]")
            console.print("Ctrl-C ends it.")
            with suppress(KeyboardInterrupt):
                sandbox.wait()
    if not options.keep:
        console.print(f"To look at the sandbox in a browser: [bold]{escape(_command_here())} demo --keep[/]")
        console.print(f"To use {escape(str(config))} again, start a sandbox at the same port:")
        console.print(f"[dim]$ {escape(_command_here())} sandbox --port {url.rpartition(':')[2]}[/]")
    if run.stopped:
        return INTERRUPTED
    return 1 if run.errors else 0


def _command_here() -> str:
    """The command as it can be typed here: an environment that is not active has it, but the shell does not know its name."""
    if shutil.which(_NAME):
        return _NAME
    command, here = Path(sys.executable).with_name(_NAME), Path.cwd()
    return str(command.relative_to(here) if command.is_relative_to(here) else command)


@contextmanager
def _sandbox(latency_ms: int) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A sandbox that does not outlive this process, however it ends; its address and its process."""
    command = [*_COMMAND, "sandbox", "--port", "0", "--latency-ms", str(latency_ms), "--end-with-stdin"]
    # Ctrl-C reaches every process of the terminal's group; the sandbox has to outlive the sync that closes its lote there.
    process = subprocess.Popen(  # noqa: S603 - our own module
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit("The sandbox did not start; its error message is above.")
        yield json.loads(line)["url"], process
    finally:
        process.terminate()
        process.wait(timeout=10)


def _next_dead_letter(output: Path) -> Path:
    """A folder that no demo before has filled, so that a replay finds what the table says."""
    output.mkdir(parents=True, exist_ok=True)
    folder = output / "dead-letter"
    numbers = [int(path.name) for path in folder.glob("*") if path.name.isdecimal()]
    return folder / f"{max(numbers, default=0) + 1:03}"


def _prepare(folder: Path, letters: Path, url: str, version: str) -> tuple[Path, Path]:
    config = {
        "environment": {
            "environment_type": "custom",
            "control_url": f"{url}/controleprocesso",
            "clientes_url": f"{url}/cliente",
        },
        "credentials": {
            "auth_type": "rac_password",
            "username": "demo",
            "password": "demo",
            "client_id": "demo",
            "client_secret": "demo",
            "token_url": f"{url}/totvs.rac/connect/token",
        },
        "id_inquilino": "inquilino-demo",
        "id_proprietario": "matriz",
        "api_version": version,
        "rejections": {"logged_per_reason": 0},
        "object_storage_config": {"storage_type": "Local", "path": str(letters)},
    }
    stream = {
        "stream": {
            "name": "clientes",
            "json_schema": {"type": "object"},
            "supported_sync_modes": ["full_refresh"],
        },
        "sync_mode": "full_refresh",
        "destination_sync_mode": "append_dedup",
        "primary_key": [["idRetaguarda"]],
    }
    config_path, catalog_path = folder / "config.json", folder / "catalog.json"
    config_path.write_text(json.dumps(config, indent=2))
    catalog_path.write_text(json.dumps({"streams": [stream]}, indent=2))
    return config_path, catalog_path


def _messages(number: int) -> Iterator[bytes]:
    """The lines a source would write: records, and a state after every 500."""
    for position, cliente in enumerate(sample_clientes(number), start=1):
        yield _line(
            {"type": "RECORD", "record": {"stream": "clientes", "data": cliente, "emitted_at": 1767225600000}}
        )
        if position % _STATE_EVERY == 0 or position == number:
            stream = {"stream_descriptor": {"name": "clientes"}, "stream_state": {"position": position}}
            yield _line({"type": "STATE", "state": {"type": "STREAM", "id": position, "stream": stream}})


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message, ensure_ascii=False).encode() + b"\n"


def _write(config: Path, catalog: Path, lines: list[bytes], console: Console) -> Run:
    """Pipe the lines through the installed command, and follow the states that come back."""
    command = [*_COMMAND, "write", "--config", str(config), "--catalog", str(catalog)]
    run, started = Run(), time.monotonic()
    columns = (TextColumn("clientes with an outcome"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    total = sum(line.startswith(b'{"type": "RECORD"') for line in lines)
    with (
        # Closing the pipe fails when the command ended before it had read everything.
        suppress(BrokenPipeError),
        Progress(*columns, console=console) as progress,
        subprocess.Popen(  # noqa: S603 - our own command
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        ) as process,
    ):
        task = progress.add_task("write", total=total)
        assert process.stdin is not None
        assert process.stdout is not None
        feeder = Thread(target=_feed, args=(process.stdin, lines), daemon=True)
        feeder.start()
        try:
            for line in process.stdout:
                _follow(run, json.loads(line))
                progress.update(task, completed=run.accepted + run.rejected)
        except SystemExit:
            process.terminate()
            raise
        except KeyboardInterrupt:
            run.stopped = True
            process.terminate()
            for line in process.stdout:
                _follow(run, json.loads(line))
        feeder.join()
    run.seconds = time.monotonic() - started
    return run


def _feed(stdin: IO[bytes], lines: list[bytes]) -> None:
    try:
        stdin.writelines(lines)
        stdin.close()
    except BrokenPipeError:
        # The command ended early; its error is on its stdout.
        return


def _follow(run: Run, message: Mapping[str, Any]) -> None:
    if message["type"] == "STATE":
        stats = message["state"]["destinationStats"]
        run.accepted += int(stats["recordCount"])
        run.rejected += int(stats["rejectedRecordCount"])
        for name, count in stats.get("additionalStats", {}).items():
            run.reasons[name.removeprefix("rejected_")] += int(count)
    elif message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
        run.errors.append(message["trace"]["error"]["message"])


def _as_json(run: Run, state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "accepted": run.accepted,
        "rejected": run.rejected,
        "reasons": dict(run.reasons),
        "seconds": round(run.seconds, 2),
        "lotes": len(state["lotes"]),
        "open_lotes": state["open_lotes"],
        "at_the_tills": state["clientes"],
        "errors": run.errors,
    }


def _show(console: Console, run: Run, state: Mapping[str, Any], letters: Path) -> None:
    for error in run.errors:
        console.print(f"[red]{escape(error)}[/]")
    table = Table(title="Outcome of the clientes", show_header=False)
    table.add_row("accepted", f"[green]{run.accepted:,}[/]")
    table.add_row("rejected", f"[red]{run.rejected:,}[/]")
    for reason, count in run.reasons.most_common():
        table.add_row(f"  {reason}", f"{count:,}")
    lotes = state["lotes"]
    still_open = int(state["open_lotes"])
    table.add_row(
        "lotes", f"{len(lotes)}, " + ("all closed" if not still_open else f"{still_open} still open")
    )
    table.add_row("most requests at a time", str(state["max_in_flight"]))
    table.add_row("most records in a request", str(state["max_records_per_request"]))
    table.add_row("clientes at the tills", f"{state['clientes']:,}")
    table.add_row("time", f"{run.seconds:.1f} s, including the start of the connector")
    console.print(table)
    console.print(f"Rejected records, each with its reason: [bold]{escape(str(letters))}[/]")
    console.print("What the reasons mean and what to do: [bold]docs/rejections.md[/]")
