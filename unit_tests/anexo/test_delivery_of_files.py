"""Files of a load: attached once its lotes are closed, each cliente settled with all its files."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

from source_destination_clientes.anexo.anexo import Anexo, read_inline
from source_destination_clientes.errors import FatalError, Interrupted, TransientError
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.rejection.outcome import ACCEPTED, Outcome, Reason, Rejection, Stage
from unit_tests.kit.bench import Bench, settled
from unit_tests.kit.fakes import make_entry
from unit_tests.kit.pdvsync import FakePdvsync

REFUSED = Rejection(Stage.ATTACH, Reason.FILE_REFUSED, "The file was refused.")


class FakeAttacher:
    """Gives each file the outcome its name asks for; ends as it is told to once so many have one."""

    def __init__(self, pdvsync: FakePdvsync, *, after: int = 1000, ending: Exception | None = None) -> None:
        self.pdvsync = pdvsync
        self.after = after
        self.ending = ending
        self.files: list[str | None] = []

    def attach(
        self,
        anexos: Sequence[Anexo],
        settle: Callable[[Anexo, Outcome], None],
        go_on: object,
        give_up: object,
    ) -> None:
        assert self.pdvsync.open == [], "no lote is kept open for files"
        for anexo in anexos[: self.after]:
            self.files.append(anexo.file)
            settle(anexo, REFUSED if anexo.file == "bad" else ACCEPTED)
        if self.ending is not None:
            raise self.ending


def cliente(key: str, *files: object) -> Entry:
    entry = make_entry(key)
    entry.body = b'{"idRetaguarda":"' + key.encode() + b'","nome":"v1","cpfCnpj":"52998224725"'
    entry.attachments = tuple(msgspec.json.encode(file) for file in files)
    return entry


def row(file: str) -> Entry:
    entry = make_entry("", kind="anexo")
    entry.body = msgspec.json.encode({"customerId": "cust_1", "file": file})[:-1]
    return entry


def bench_with(**attacher: Any) -> Bench:
    pdvsync = FakePdvsync()
    bench = Bench(pdvsync)
    bench.delivery.attacher = FakeAttacher(pdvsync, **attacher)  # type: ignore[assignment] # all it needs of one
    return bench


def verdicts(pairs: Sequence[tuple[Entry, Outcome]]) -> list[tuple[str, bool]]:
    return sorted((entry.key, outcome is ACCEPTED) for entry, outcome in pairs)


def test_a_cliente_is_accepted_once_all_its_files_have_an_outcome_whatever_it_is() -> None:
    delivered = bench_with().deliver(
        cliente("plain"), cliente("one", "file_1"), cliente("two", "bad", "file_2")
    )
    assert delivered.error is None
    assert verdicts(settled(delivered)) == [("one", True), ("plain", True), ("two", True)]
    assert verdicts(delivered.files) == [("one", True), ("two", False), ("two", True)]


def test_a_row_of_the_anexo_stream_has_the_outcome_of_its_file() -> None:
    delivered = bench_with().deliver(row("file_1"), row("bad"))
    assert verdicts(settled(delivered)) == [("", False), ("", True)]
    assert (delivered.files, list(delivered.sent)) == ([], [])


def test_what_is_no_attachment_is_refused_without_asking() -> None:
    bench = bench_with()
    delivered = bench.deliver(cliente("odd", 7))
    ((entry, outcome),) = delivered.files
    assert isinstance(outcome, Rejection)
    assert (entry.key, outcome.reason) == ("odd", Reason.WRONG_TYPE)
    assert verdicts(settled(delivered)) == [("odd", True)]


OTHER = "11144477735"


@pytest.mark.parametrize(
    ("brought", "customer", "document"),
    [
        ({}, None, "52998224725"),
        ({"customerId": None, "cpfCnpj": None}, None, "52998224725"),
        ({"customerId": "", "cpfCnpj": " "}, None, "52998224725"),
        ({"cpfCnpj": OTHER}, None, OTHER),
        ({"cpfCnpj": "111.444.777-35"}, None, OTHER),
        ({"cpfCnpj": int(OTHER)}, None, OTHER),
        ({"cpfCnpj": 1234567890}, None, "01234567890"),
        ({"customerId": "cust_7"}, "cust_7", None),
        ({"customerId": 7}, "7", None),
    ],
)
def test_a_file_goes_to_whom_it_names_and_else_to_the_clientes_own_cpf(
    brought: dict[str, Any], customer: str | None, document: str | None
) -> None:
    (anexo,) = read_inline(cliente("a", {"file": "file_1", **brought}))
    assert isinstance(anexo, Anexo)
    assert (anexo.customer, anexo.document, anexo.file) == (customer, document, "file_1")


@pytest.mark.parametrize("name", ["customerId", "cpfCnpj"])
@pytest.mark.parametrize("odd", [["cust_7"], {"id": "cust_7"}, 7.5, True])
def test_a_file_for_whom_nobody_can_say_is_not_attached_to_the_cliente_himself(
    name: str, odd: object
) -> None:
    (refused,) = read_inline(cliente("a", {"file": "file_1", name: odd}))
    assert isinstance(refused, Rejection)
    assert (refused.reason, refused.field) == (Reason.WRONG_TYPE, name)


def test_a_cliente_whose_files_were_not_all_attached_comes_again_with_every_file() -> None:
    bench = bench_with(after=2, ending=TransientError("the customers API is away"))
    delivered = bench.deliver(cliente("whole", "file_1"), cliente("half", "file_2", "file_3"))
    assert isinstance(delivered.error, TransientError)
    assert verdicts(settled(delivered)) == [("whole", True)]
    assert verdicts(delivered.files) == [("whole", True)]


def test_a_request_to_stop_between_files_is_no_success() -> None:
    bench = bench_with(after=1)
    attacher: Any = bench.delivery.attacher
    attach = attacher.attach

    def stop_meanwhile(*arguments: Any) -> None:
        bench.stop.request()
        attach(*arguments)

    attacher.attach = stop_meanwhile
    delivered = bench.deliver(cliente("a", "file_1"), cliente("b", "file_2"))
    assert isinstance(delivered.error, Interrupted)
    assert verdicts(settled(delivered)) == [("a", True)]


@pytest.mark.parametrize("entry", [row("file_1"), cliente("a", "file_1")])
def test_files_for_which_nothing_is_configured_are_not_passed_over(entry: Entry) -> None:
    delivered = Bench(FakePdvsync()).deliver(entry)
    assert isinstance(delivered.error, FatalError)
    assert settled(delivered) == []


def test_a_cliente_that_pdvsync_refuses_brings_no_files() -> None:
    pdvsync = FakePdvsync(lambda _: True)
    bench = Bench(pdvsync)
    attacher = FakeAttacher(pdvsync)
    bench.delivery.attacher = attacher  # type: ignore[assignment] # as above
    delivered = bench.deliver(cliente("a", "file_1"))
    assert verdicts(settled(delivered)) == [("a", False)]
    assert attacher.files == []
