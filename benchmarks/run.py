"""Measure ours, the limits and what a user would pick instead, all in one run.

    python -m benchmarks.run                          everything; writes benchmarks/results.json and docs/performance.md
    python -m benchmarks.run --quick                  small sizes, once; writes build/bench/results.json
    python -m benchmarks.run --only ours,contenders   some groups; writes build/bench/results.json

Every case runs once in each round, so that a change in the machine's speed falls on all of them; ratios are taken within
a round. What is measured runs on one core, the server on another.
"""

import argparse
import json
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks import records
from benchmarks.environments import BUILD, CONTENDERS, ROOT, Contender
from benchmarks.measure import Figures, Server, cores, round_trip, run
from benchmarks.report import write_report
from benchmarks.results import (
    DEFAULTS,
    FLOOR,
    OURS,
    STORED,
    TUNED,
    Case,
    Machine,
    Measured,
    Results,
    Sample,
    Settings,
)

_GROUPS: Final = ("ours", "limit", "contenders", "growth", "startup")
_LATENCIES: Final = (0, 20, 100)
_DATA: Final = BUILD / "data"
_CONNECTOR: Final = Path(sys.executable).with_name("destination-clientes")
_BARE_START: Final = "python -c 'import airbyte_cdk'"
_QUIET: Final = {"DO_NOT_TRACK": "1", "RUNTIME__DLTHUB_TELEMETRY": "false"}


def cases(groups: Sequence[str], contenders: Sequence[Contender], *, quick: bool) -> list[Case]:
    """What one round measures, in order."""
    some = 40_000 if quick else 100_000
    found: list[Case] = []
    if "ours" in groups:
        # At these settings the API's answers set the pace, so the size decides how long a run takes.
        sizes = (5_000, 5_000, 2_000) if quick else (100_000, 50_000, 20_000)
        found += [Case("ours", OURS, n, ms, DEFAULTS) for n, ms in zip(sizes, _LATENCIES, strict=True)]
    if "ours" in groups or "contenders" in groups:
        found += [Case("ours", OURS, some, ms, TUNED) for ms in _LATENCIES]
    if "limit" in groups:
        found.append(Case("limit", FLOOR, some, 0, TUNED))
    if "contenders" in groups:
        found += [Case("contenders", c.name, some, ms, TUNED) for ms in _LATENCIES for c in contenders]
    if "growth" in groups:
        for size in (1_000, 10_000) if quick else (10_000, 100_000, 1_000_000):
            found.append(Case("growth", OURS, size, 20, TUNED))
            found.append(Case("growth", OURS, size, 20, TUNED, bad=0.2, dead_letter="local"))
        found.append(Case("growth", OURS, size // 10, 20, TUNED, bad=0.2))
    return list(dict.fromkeys(found))


def installed(results: Results, *, wanted: bool) -> list[Contender]:
    """The contenders that can be measured; the others are noted with the reason."""
    ready = []
    for contender in CONTENDERS if wanted else ():
        try:
            contender.install()
        except RuntimeError as error:
            results.skipped[contender.name] = str(error)
        else:
            results.versions[contender.package] = contender.version()
            ready.append(contender)
    return ready


class Bench:
    """Runs cases against one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._by_name = {contender.name: contender for contender in CONTENDERS}
        self._one: dict[str, Figures] = {}

    def new_round(self) -> None:
        self._one.clear()

    def sample(self, case: Case) -> Sample:
        """Run one case. Raises `RuntimeError` when not every good cliente arrived."""
        figures, stats = self._run(case)
        start_up_seconds, start_up_cpu_seconds = figures.start_up_seconds, figures.start_up_cpu_seconds
        if start_up_seconds is None or start_up_cpu_seconds is None:
            one = self._one_record(case)
            start_up_seconds, start_up_cpu_seconds = one.seconds, one.cpu_seconds
        return Sample(
            seconds=figures.seconds,
            cpu_seconds=figures.cpu_seconds,
            peak_rss_mib=figures.peak_rss_mib,
            start_up_seconds=start_up_seconds,
            start_up_cpu_seconds=start_up_cpu_seconds,
            server_cpu_seconds=stats["server_cpu"],
            most_in_flight=stats["most_in_flight"],
        )

    def start_up(self, repeats: int) -> Iterator[tuple[str, float]]:
        """Time importing the CDK, `spec` and `check`, in turn."""
        self._server.reset(0)
        config = self._write_config(Case("", OURS, 0, 0, DEFAULTS))
        commands = {
            _BARE_START: [sys.executable, "-c", "import airbyte_cdk"],
            "spec": [str(_CONNECTOR), "spec"],
            "check": [str(_CONNECTOR), "check", "--config", str(config)],
        }
        for _ in range(repeats):
            for name, command in commands.items():
                yield name, run(command, stdin=None, environment={}, log=BUILD / "last.log").seconds

    def _one_record(self, case: Case) -> Figures:
        """What one record takes without latency: nearly all of it is start-up."""
        if case.who not in self._one:
            self._one[case.who], _ = self._run(Case("", case.who, 1, 0, case.settings))
        return self._one[case.who]

    def _run(self, case: Case) -> tuple[Figures, Mapping[str, Any]]:
        self._server.reset(case.latency_ms)
        command, stdin, environment = self._prepare(case)
        figures = run(command, stdin=stdin, environment=environment, log=BUILD / "last.log")
        stats = self._server.stats()
        expected = case.records - records.bad_among(case.records, case.bad)
        if stats["records"] != expected:
            raise RuntimeError(f"{case.who} delivered {stats['records']} of {expected} clientes")
        if case.who == OURS:
            lotes = -(-expected // case.settings.records_per_lote)
            if not stats["opened"] == stats["closed"] == lotes:
                raise RuntimeError(
                    f"{stats['opened']} lotes opened, {stats['closed']} closed, {lotes} expected"
                )
        return figures, stats

    def _prepare(self, case: Case) -> tuple[list[str], Path, dict[str, str]]:
        environment = {**_QUIET, "BENCH_URL": self._server.url}
        if case.who == OURS:
            config = self._write_config(case)
            command = [
                str(_CONNECTOR),
                "write",
                "--config",
                str(config),
                "--catalog",
                str(BUILD / "catalog.json"),
            ]
            return command, _data(case), environment
        if case.who == FLOOR:
            environment["BENCH_RECORDS_PER_REQUEST"] = str(case.settings.records_per_request)
            return [sys.executable, "-m", "benchmarks.floor"], _data(case), environment
        contender = self._by_name[case.who]
        data = _data(case, contender.form)
        return contender.command(), data, {**environment, "BENCH_DATABASE": str(data)}

    def _write_config(self, case: Case) -> Path:
        rejected = BUILD / "rejected"
        shutil.rmtree(rejected, ignore_errors=True)
        storage = (
            {"storage_type": "Local", "path": str(rejected)}
            if case.dead_letter == "local"
            else {"storage_type": "None"}
        )
        path = BUILD / "config.json"
        path.write_text(json.dumps(_config(self._server.url, case.settings, storage)))
        return path


def _config(url: str, settings: Settings, storage: Mapping[str, str]) -> dict[str, Any]:
    lote = {
        "records_per_request": settings.records_per_request,
        "records_per_lote": settings.records_per_lote,
        "concurrent_requests": settings.concurrent_requests,
    }
    return {
        "environment": {
            "environment_type": "custom",
            "control_url": f"{url}/controleprocesso",
            "clientes_url": f"{url}/cliente",
        },
        "credentials": {
            "auth_type": "rac_password",
            "username": "bench",
            "password": "bench-password",
            "client_id": "bench",
            "client_secret": "bench-secret",
            "token_url": f"{url}/totvs.rac/connect/token",
        },
        "id_inquilino": "inq-1",
        "id_proprietario": "matriz",
        "lote": lote,
        "object_storage_config": storage,
    }


def _data(case: Case, form: str = "airbyte") -> Path:
    path = _DATA / f"{form}-{case.records}-{case.bad:g}.data"
    return records.write(case.records, case.bad, form, path)


def _write_catalog() -> None:
    stream = {"name": "clientes", "json_schema": {"type": "object"}, "supported_sync_modes": ["incremental"]}
    configured = {"stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
    (BUILD / "catalog.json").write_text(json.dumps({"streams": [configured]}))
    (BUILD / "empty.json").write_text("{}")


def _body(settings: Settings) -> bytes:
    made = list(records.clientes(settings.records_per_request, 0))
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


def _machine() -> Machine:
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release().split('-')[0]}"
    return Machine(
        model,
        os.cpu_count() or 1,
        round(memory, 1),
        system,
        platform.python_version(),
        round(os.getloadavg()[0], 1),
    )


def measure(groups: Sequence[str], rounds: int, *, quick: bool) -> Results:
    """Install, prepare, and run every case once in each round."""
    BUILD.mkdir(parents=True, exist_ok=True)
    _write_catalog()
    results = Results(f"{datetime.now(UTC):%Y-%m-%d}", quick, _machine(), {})
    contenders = installed(results, wanted="contenders" in groups)
    own_core, server_core = cores()
    with Server(server_core) as server:
        if own_core is not None:
            os.sched_setaffinity(0, {own_core})
        bench = Bench(server)
        if "limit" in groups:
            results.round_trips = [
                round_trip(server, ms, settings, _body(settings))
                for settings in (DEFAULTS, TUNED)
                for ms in _LATENCIES
            ]
        results.measured = [Measured(case) for case in cases(groups, contenders, quick=quick)]
        for number in range(1, rounds + 1):
            bench.new_round()
            for measured in results.measured:
                measured.samples.append(bench.sample(measured.case))
                _tell(number, measured)
        if "startup" in groups:
            for name, seconds in bench.start_up(3 if quick else 15):
                results.start_up.setdefault(name, []).append(seconds)
    return results


def _tell(number: int, measured: Measured) -> None:
    case, sample = measured.case, measured.samples[-1]
    settings = "defaults" if case.settings == DEFAULTS else "tuned"
    bad = f" {case.bad:.0%} bad, dead letter {case.dead_letter}" if case.bad else ""
    print(
        f"round {number}: {case.who} {settings} {case.records:,} records {case.latency_ms} ms{bad}: "
        f"{measured.rates()[-1]:,.0f} records/s, {measured.cpu_us()[-1]:.1f} us CPU a record, "
        f"{sample.peak_rss_mib:.0f} MiB, {sample.most_in_flight} in flight",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small sizes, one round")
    parser.add_argument("--only", default=",".join(_GROUPS), help=f"groups, of {','.join(_GROUPS)}")
    parser.add_argument("--rounds", type=int, help="how often each case runs; 3, or 1 with --quick")
    parser.add_argument("--output", type=Path, help="where the results go")
    given = parser.parse_args()
    groups = given.only.split(",")
    if unknown := set(groups) - set(_GROUPS):
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    whole = not given.quick and set(groups) == set(_GROUPS)
    output: Path = given.output or (STORED if whole else BUILD / "results.json")
    os.chdir(ROOT)
    results = measure(groups, given.rounds or (1 if given.quick else 3), quick=given.quick)
    results.write(output)
    write_report(output, None if output.resolve() == STORED else BUILD / "performance.md")


if __name__ == "__main__":
    main()
