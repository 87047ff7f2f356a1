"""What rows and the attachments of clientes ask for: both ways in pass the same checks."""

from typing import Any

import msgspec
import pytest

from source_destination_clientes.anexo.anexo import Anexo, Source, read_anexo, read_inline
from source_destination_clientes.rejection.outcome import Reason, Rejection
from unit_tests.kit.fakes import make_entry

CPF = "52998224725"
BYTES = {"fileContent": "aGVsbG8="}


def both_ways(**data: Any) -> list[Anexo | Rejection]:
    """The same as a row of the anexo stream, and as an attachment of a cliente."""
    row = make_entry("")
    row.body = msgspec.json.encode({"cpfCnpj": CPF, **data})[:-1]
    cliente = make_entry("a")
    cliente.body = b'{"idRetaguarda":"a","cpfCnpj":"52998224725"'
    cliente.attachments = (msgspec.json.encode(data),)
    return [read_anexo(row), *read_inline(cliente)]


def sources(**data: Any) -> list[Source]:
    found = []
    for anexo in both_ways(**BYTES, **data):
        assert isinstance(anexo, Anexo)
        assert anexo.source is not None
        found.append(anexo.source)
    return found


@pytest.mark.parametrize("step", [".", "..", " .. "])
def test_a_customer_that_leads_to_another_endpoint_is_refused(step: str) -> None:
    for refused in both_ways(customerId=step, file="file_1"):
        assert isinstance(refused, Rejection)
        assert (refused.reason, refused.field) == (Reason.WRONG_TYPE, "customerId")


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("image/png", "image/png"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("image/png\r\nX: 1", None),
        ("image/png\r\n\r\nbody", None),
        ("image", None),
        ("", None),
        (7, None),
    ],
)
def test_a_content_type_is_type_and_subtype_and_cannot_end_its_header(
    given: object, read: str | None
) -> None:
    assert [source.content_type for source in sources(contentType=given)] == [read, read]


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("scan.pdf", "scan.pdf"),
        ("../../../etc/cron.d/x", "x"),
        ("C:\\Documents\\scan.pdf", "scan.pdf"),
        ("a\r\nb.pdf", "ab.pdf"),
        ("..", None),
        ("folder/", None),
        ("", None),
    ],
)
def test_a_file_name_keeps_its_last_step(given: str, read: str | None) -> None:
    assert [source.name for source in sources(fileName=given)] == [read, read]
