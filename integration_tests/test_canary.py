"""A known person and known secrets are driven through every failure, and all output is searched for them.

The dead letter may hold the person, since that is what it is for; stdout and stderr may hold neither.
"""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest

from integration_tests.harness import Result, catalog, command, dead_letter, good, record, state, write
from integration_tests.sandbox_client import Sandbox

NAME: Final = "Quiteria Zoraide Xavantes"
EMAIL: Final = "quiteria@canary.example"
CPF: Final = "529.982.247-25"
BAD_CPF: Final = "529.982.247-26"
CNPJ: Final = "11.222.333/0001-81"
PHONE: Final = "(11) 98765-0123"
USERNAME: Final = "canary-user@example.com"
PASSWORD: Final = 'c4nary+pass/word&"x"'
CLIENT_SECRET: Final = "c4nary=client%secret"
TOKEN: Final = "c4nary.bearer.token"
API_KEY: Final = "bs_c4nary_api_key"

DEBUG: Final = {"LOG_LEVEL": "debug", "PYTHONDEVMODE": "0"}
V2_AND_V3: Final = ["v2", "v3"]


def digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def forms(text: str) -> set[str]:
    """How a text may look in a log: as it is, as a repr, as JSON, in a URL or a form."""
    return {text, repr(text)[1:-1], json.dumps(text)[1:-1], quote(text), quote(text, safe="")}


FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")
DRESSES: Final = [
    f"01{digits(CPF)}",
    f"01-{digits(CPF)}",
    f"{CPF}/01",
    f"01/{CNPJ}",
    f"{digits(CPF)}{digits(BAD_CPF)}",
    "01-12.ABC.345/01DE-35",
    f"PF_{digits(CPF).translate(FULL_WIDTH)}",
    "529\u200b982\u200b247\u200b25",
    f"C:{digits(PHONE)}",
    EMAIL.replace("@", "%40"),
]
"""Keys as ERPs build them out of a person's document, telephone or address."""

CANARIES: Final = {
    *DRESSES,
    *(part for name in (NAME, NAME.upper()) for part in name.split()),
    *(digits(document) for document in (CPF, BAD_CPF, CNPJ, PHONE)),
    *(
        form
        for text in (EMAIL, CPF, BAD_CPF, CNPJ, PHONE, PASSWORD, CLIENT_SECRET, TOKEN, API_KEY)
        for form in forms(text)
    ),
    "s3cret",
    "c4nary",
}


def assert_silent(result: Result) -> None:
    """Neither as it came out nor as a reader of the JSON would see it."""
    lines = [line for line in result.stdout.decode().splitlines() if line.startswith("{")]
    read = "\n".join(json.dumps(json.loads(line), ensure_ascii=False) for line in lines)
    everything = result.everything + read
    assert [canary for canary in CANARIES if canary in everything] == []
    assert "Traceback" not in everything


def person(number: int, **changes: Any) -> dict[str, Any]:
    canary = {"nome": NAME, "cpfCnpj": CPF, "email": EMAIL, "celular": PHONE, "complemento": CNPJ}
    return good(number, **{**canary, **changes})


BAD_PEOPLE: Final = [
    person(1, nome=None, cpfCnpj=CNPJ),
    person(2, endereco=NAME * 30),
    person(3, nome={"first": NAME}),
    person(4, sexo=NAME),
    person(5, dataNascimento=CPF),
    person(6, cpfCnpj=BAD_CPF),
    person(7, cpfCnpj=[CPF]),
    person(8, numero=NAME),
    person(9, nome=f"{NAME} RECUSADO PELA API"),
    person(10, idRetaguarda=CPF, sexo=9),
    person(11, idRetaguarda=digits(CNPJ), nome=f"{NAME} RECUSADO PELA API"),
    person(12, nome=f"{NAME} RECUSADO NA LOJA"),
    person(13, idRetaguarda=EMAIL, sexo=9),
    person(14, idRetaguarda=f"PF-{CPF}", sexo=9),
    *(person(20 + number, idRetaguarda=key, sexo=9) for number, key in enumerate(DRESSES)),
    person(15, nome=True),
]


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    return tmp_path / "letters"


def with_letters(letters: Path, **changes: Any) -> dict[str, Any]:
    return {"object_storage_config": {"storage_type": "Local", "path": str(letters)}, **changes}


def brief(**changes: Any) -> dict[str, Any]:
    return {"network": {"retry_minutes": 0.02, "request_timeout_seconds": 2}, **changes}


def messages(people: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [*map(record, people), state(1)]


def saved(folder: Path, content: Any) -> str:
    path = folder / "canary.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


QUOTING: Final = json.dumps(
    {
        "success": False,
        "message": f"Cliente {NAME} CPF {CPF} inválido",
        "errors": {"0": {"nome": [NAME], "email": [EMAIL]}},
        "details": [{"message": f"{NAME} {digits(CPF)} {PHONE}"}],
        "error_description": f"{USERNAME} {PASSWORD} {CLIENT_SECRET}",
    }
)


@pytest.mark.parametrize("version", V2_AND_V3)
def test_rejections_of_every_reason_show_no_person(version: str, tmp_path: Path, letters: Path) -> None:
    streams = [{"stream": "formulas", "fields": [{"field": "nome", "value": "{{ record.nome / 2 }}"}]}]
    lote = {"store_status": {"mode": "poll", "wait_minutes": 0.2}}
    with Sandbox(store_delay_seconds=0.5) as sandbox:
        values = {"optional_misfit": "reject", "overlong": "reject"}
        config = sandbox.config(
            **with_letters(letters, streams=streams, lote=lote, values=values, api_version=version)
        )
        lines = [*map(record, BAD_PEOPLE), record(person(20), "formulas"), state(1)]
        result = write(tmp_path, config, lines, catalog("clientes", "formulas"), DEBUG)
    assert result.code == 0, result.everything
    assert_silent(result)
    reasons = {row["reason"] for row in dead_letter(letters)}
    assert reasons >= {
        "missing_field",
        "too_long",
        "wrong_type",
        "not_in_list",
        "bad_date",
        "bad_document",
        "mapping_error",
        "refused_by_api",
        "refused_by_store",
    }


@pytest.mark.parametrize("status", [400, 403, 500])
def test_answers_that_quote_the_record_stay_out_of_the_log(
    status: int, sandbox: Sandbox, tmp_path: Path, letters: Path
) -> None:
    sandbox.fault("send", "status", status=status, body=QUOTING, times=100)
    config = sandbox.config(**with_letters(letters, **brief()))
    result = write(tmp_path, config, messages([person(1), person(2)]), environment=DEBUG)
    assert sandbox.faults()[0]["fired"] >= 1
    assert_silent(result)


@pytest.mark.parametrize("status", [400, 302])
def test_a_token_endpoint_that_quotes_the_credentials_is_not_quoted(
    status: int, sandbox: Sandbox, tmp_path: Path
) -> None:
    body = json.dumps({"error": PASSWORD, "error_description": f"{USERNAME} {PASSWORD} {CLIENT_SECRET}"})
    headers = {"Location": f"https://elsewhere.example/?p={PASSWORD}"}
    sandbox.fault("token", "status", status=status, body=body, headers=headers, times=100)
    config = sandbox.config(**brief())
    config["credentials"].update(username=USERNAME, password=PASSWORD, client_secret=CLIENT_SECRET)
    assert_silent(write(tmp_path, config, messages([person(1)]), environment=DEBUG))
    check = command("check", "--config", saved(tmp_path, config), environment=DEBUG)
    assert check.of("CONNECTION_STATUS")[0]["connectionStatus"]["status"] == "FAILED"
    assert_silent(check)
    assert USERNAME not in check.everything


BROKEN_LINES: Final[dict[str, bytes]] = {
    "cut": json.dumps(record(person(1))).encode()[:-30],
    "not UTF-8": json.dumps(record(person(1))).encode().replace(b"Zoraide", b"Zora\xefde"),
    "a record of another form": json.dumps(
        {"type": "RECORD", "record": {"stream": 1, "data": person(1)}}
    ).encode(),
    "data that is no object": json.dumps(
        {"type": "RECORD", "record": {"stream": "clientes", "data": NAME}}
    ).encode(),
    "a state of another form": json.dumps(
        {"type": "STATE", "state": {"type": "STREAM", "stream": NAME}}
    ).encode(),
    "an unknown stream": json.dumps(record(person(1), "strangers")).encode(),
    "noise": f"{NAME} {CPF} {EMAIL}".encode(),
    "half a surrogate pair": json.dumps(record(person(1, nome=f"\ud800{NAME}"))).encode(),
    "keys nobody knows": json.dumps({"type": "LOG", "log": {"level": "INFO", "message": NAME}}).encode(),
}


@pytest.mark.parametrize("name", BROKEN_LINES)
def test_broken_lines_are_described_and_not_quoted(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    lines: list[dict[str, Any] | bytes] = [record(person(1)), BROKEN_LINES[name], state(1)]
    assert_silent(write(tmp_path, sandbox.config(), lines, environment=DEBUG))


def test_a_broken_threshold_names_no_document(sandbox: Sandbox, tmp_path: Path) -> None:
    config = sandbox.config(rejections={"fail_above_records": 1})
    result = write(tmp_path, config, messages(BAD_PEOPLE), environment=DEBUG)
    assert "rejections.fail_above_records" in result.errors[0]["message"]
    assert_silent(result)


def test_a_dead_letter_that_cannot_be_written_is_not_read_out(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = write(
        tmp_path, sandbox.config(**with_letters(tmp_path / "file")), messages(BAD_PEOPLE), environment=DEBUG
    )
    assert result.errors[0]["failure_type"] == "config_error"
    assert_silent(result)


INSIDE: Final = """
import sys
from source_destination_clientes.sync import {module} as module
def fail(*_arguments, **_named):
    raise {error}({quoted!r})
module.{place} = fail
from source_destination_clientes.__main__ import main
sys.argv = ["destination-clientes", *sys.argv[1:]]
main()
"""


@pytest.mark.parametrize(
    ("module", "place", "error"),
    [
        ("routes", "Route.map", "ValueError"),
        ("sending", "encode_request", "KeyError"),
        ("settlement", "make_row", "AssertionError"),
        ("sync", "read_line", "UnicodeError"),
    ],
)
def test_an_exception_inside_shows_where_and_not_what(
    module: str, place: str, error: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    code = INSIDE.format(module=module, place=place, error=error, quoted=f"{NAME} {CPF} {PASSWORD}")
    files = []
    config = sandbox.config(**with_letters(tmp_path / "letters"))
    for name, content in (("config", config), ("catalog", catalog())):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
        files += [f"--{name}", str(tmp_path / f"{name}.json")]
    stdin = "".join(json.dumps(line) + "\n" for line in messages([person(1), BAD_PEOPLE[0]]))
    done = subprocess.run(
        [sys.executable, "-c", code, "write", *files],
        input=stdin.encode(),
        capture_output=True,
        timeout=90,
        check=False,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    result = Result(done.returncode, lines, done.stderr.decode(), done.stdout, 0)
    assert result.code == 1
    assert [trace["failure_type"] for trace in result.errors] == ["system_error"]
    assert f"{error} at" in result.errors[0]["internal_message"]
    assert_silent(result)
    assert sandbox.state()["open_lotes"] == 0


def wrong(config: dict[str, Any]) -> dict[str, Any]:
    """Configs with secrets where something else belongs, and something else where secrets belong."""
    rac = config["credentials"]
    return {
        "a list": {
            **config,
            "credentials": {**rac, "password": [PASSWORD], "client_secret": {"is": CLIENT_SECRET}},
        },
        "no such type": {**config, "credentials": {**rac, "auth_type": PASSWORD}},
        "a type that is a list": {**config, "credentials": {**rac, "auth_type": [PASSWORD]}},
        "all in one": {**config, "credentials": PASSWORD},
        "in the wrong place": {**config, "id_inquilino": [TOKEN], "lote": {"records_per_lote": PASSWORD}},
        "an address with a password": {
            **config,
            "environment": {**config["environment"], "control_url": f"http://user:{PASSWORD}@example.com"},
        },
        "a bad token": {**config, "credentials": {"auth_type": "bearer_token", "token": TOKEN}},
        "a token that no header can carry": {
            **config,
            "credentials": {"auth_type": "bearer_token", "token": f"{TOKEN}\n\u20ac"},
        },
        "a bad key": {
            **config,
            "attachments": {"attachments_type": "attach_api", "base_url": "x", "api_key": [API_KEY]},
        },
        "not JSON": f'{{"credentials": {{"password": {json.dumps(PASSWORD)}',
    }


@pytest.mark.parametrize("name", wrong({"credentials": {}, "environment": {}}))
def test_a_wrong_config_is_not_quoted(name: str, sandbox: Sandbox, tmp_path: Path) -> None:
    path = saved(tmp_path, wrong(sandbox.config(**brief()))[name])
    (tmp_path / "catalog.json").write_text(json.dumps(catalog()))
    check = command("check", "--config", path, environment=DEBUG)
    assert check.errors or check.of("CONNECTION_STATUS")[0]["connectionStatus"]["status"] == "FAILED"
    assert_silent(check)
    arguments = ("write", "--config", path, "--catalog", str(tmp_path / "catalog.json"))
    sync = command(*arguments, stdin=json.dumps(record(person(1))).encode(), environment=DEBUG)
    assert (sync.code, len(sync.errors)) == (1, 1)
    assert_silent(sync)


def test_attachments_that_fail_show_neither_person_nor_key(sandbox: Sandbox, tmp_path: Path) -> None:
    quoting = f"{NAME} {CPF} {API_KEY}"
    for operation, status in (("customers", 500), ("customers", 401)):
        sandbox.fault(operation, "status", status=status, body=quoting, times=2)
    rows = [record({"cpfCnpj": CPF, "file": "file_1", "name": NAME}, "anexos"), state(1, "anexos")]
    for api_key in (API_KEY, "bs_sandbox_key"):
        config = sandbox.config(attachments=sandbox.attach_config(api_key=api_key), **brief())
        assert_silent(write(tmp_path, config, rows, catalog("anexos"), DEBUG))
        assert_silent(command("check", "--config", saved(tmp_path, config), environment=DEBUG))


def test_commands_for_people_show_no_person_unless_asked_to(tmp_path: Path, letters: Path) -> None:
    with Sandbox(store_delay_seconds=0) as sandbox:
        config = sandbox.config(**with_letters(letters))
        assert write(tmp_path, config, messages([*BAD_PEOPLE, good(50)])).code == 0
        path = saved(tmp_path, config)
        lines = "".join(json.dumps(line) + "\n" for line in messages(BAD_PEOPLE)).encode()
        codes = [lote["loteOrigem"] for lote in sandbox.state()["lotes"]]
        runs = [
            command("preview", "--config", path, *options, stdin=lines, environment=DEBUG)
            for options in ((), ("--json",), ("--limit", "50"))
        ]
        runs += [
            command("replay", "--config", path, *options, environment=DEBUG)
            for options in (("--dry-run",), ("--dry-run", "--json"), (), ("--json",))
        ]
        runs += [
            command("status", "--config", path, "--lote", code, *options, environment=DEBUG)
            for code in (*codes, "unknown")
            for options in ((), ("--json",))
        ]
    for run in runs:
        assert run.stdout or run.stderr
        assert_silent(run)


def test_no_secret_that_an_answer_echoes_is_kept(sandbox: Sandbox, tmp_path: Path, letters: Path) -> None:
    config = sandbox.config(**with_letters(letters, **brief()))
    secret = config["credentials"]["password"]
    echoed = json.dumps({"success": False, "message": f"Cliente recusado: senha {secret}", "code": "X"})
    sandbox.fault("send", "status", status=400, body=echoed, times=100)
    result = write(tmp_path, config, messages([person(1), person(2)]), environment=DEBUG)
    rows = dead_letter(letters)
    assert ["senha ****" in row["raw"] for row in rows] == [True, True], result.everything
    assert secret not in json.dumps(rows)


def test_a_terminal_is_shown_text_and_nothing_that_commands_it(sandbox: Sandbox, tmp_path: Path) -> None:
    hostile = "\x1b]0;owned\x07\x9b2J\u202e"
    path = saved(tmp_path, sandbox.config())
    people = tmp_path / "people.jsonl"
    people.write_text(json.dumps({**person(1), hostile: "x", "nome": f"Ana {hostile}"}) + "\n")
    for options in (("--reveal",), ("--reveal", "--json")):
        shown = on_terminal(
            "preview", "--config", path, "--input", str(people), "--stream", hostile, *options
        )
        text = re.sub(rb"\x1b\[[0-9;]*m", b"", shown).decode()
        assert "owned" in text
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202e]", text)


def on_terminal(*arguments: str) -> bytes:
    """What a command writes to a terminal."""
    terminal, inner = pty.openpty()
    code = "import sys; from source_destination_clientes.__main__ import main; sys.argv[0] = 'x'; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=inner, stdout=inner, stderr=inner
    )
    os.close(inner)
    shown = b""
    # Reading a terminal whose other end is closed is an error.
    with suppress(OSError):
        while piece := os.read(terminal, 65_536):
            shown += piece
    os.close(terminal)
    assert process.wait(60) == 0, shown
    return shown


SCRATCH: Final = """
import sys, time
from source_destination_clientes.anexo.files import scratch
with scratch() as file:
    file.write(b"an identity document" * 1000)
    print("written", flush=True)
    time.sleep(60)
"""


def test_nothing_of_a_file_is_left_by_a_process_that_was_killed(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SCRATCH], stdout=subprocess.PIPE, env={**os.environ, "TMPDIR": str(tmp_path)}
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"written\n"
    process.kill()
    process.wait(60)
    assert list(tmp_path.iterdir()) == []
