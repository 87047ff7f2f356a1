"""An expression takes neither the memory nor the time of a sync."""

import tracemalloc
from typing import Any

import pytest

from source_destination_clientes.cliente.expressions import MappingError, compile_value
from source_destination_clientes.errors import ConfigError


@pytest.mark.parametrize(
    "expression",
    [
        "{{ 9 ** (9 ** 9) }}",
        "{{ 2 ** 65 }}",
        "{{ 'a' * 3000000000 }}",
        "{{ 3000000000 * 'a' }}",
        "{{ [1] * 300000000 }}",
        "{{ 'a' | center(3000000000) }}",
        "{{ 'a'.center(3000000000) }}",
        "{{ 'a'.zfill(3000000000) }}",
        "{{ 'a' | indent(3000000000) }}",
        "{{ 'a\nb' | indent(width=3000000000) }}",
        "{{ '%3000000000d' | format(1) }}",
        "{{ '%3000000000d' % 1 }}",
        "{{ '{:3000000000}'.format(1) }}",
        "{{ '{:{}}'.format(1, 3000000000) }}",
        "{{ ('a' * 200000) | replace('a', 'b' * 200000) }}",
        "{{ ('a' * 200000).replace('a', 'b' * 200000) }}",
        "{{ ('a' * 200000).join('b' * 200000) }}",
        "{{ ('b' * 200000) | join('a' * 200000) }}",
        "{% for a in record.many %}{% for b in record.many %}xxxxxxxxxx{% endfor %}{% endfor %}",
        "{{ record.long ~ record.long }}",
        "{{ record.long + record.long }}",
        "x{{ record.long }}{{ record.long }}",
        "{{ record.text | regex_search('^(a+)+$') }}",
        "{{ record.long | regex_search('a') }}",
        "{% for a in record.many %}{% for b in record.many %}{% for c in record.many %}{% endfor %}{% endfor %}{% endfor %}",
    ],
)
def test_what_would_be_too_much_rejects_the_record_and_takes_no_memory(expression: str) -> None:
    record: dict[str, Any] = {"many": list(range(1_000)), "long": "a" * 200_000, "text": "a" * 40 + "!"}
    tracemalloc.start()
    try:
        produce = compile_value(expression, "streams, entry 'x', field nome")
        with pytest.raises(MappingError, match="TooMuchError"):
            produce(record)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10_000_000


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("{{ 2 ** 10 }}", 1024),
        ("{{ 'ab' * 3 }}", "ababab"),
        ("{{ record.n * 2 + 1 }}", 15),
        ("{{ 'a' | center(5) }}", "  a  "),
        ("{{ record.t.replace('-', '') }}", "119"),
        ("{{ record.t | replace('-', '') }}", "119"),
        ("{{ ['a', 'b'] | join(', ') }}", "a, b"),
        ("{{ ['a', 'b'] | join }}", "ab"),
        ("{{ '%05.1f' | format(1.25) }}", "001.2"),
        ("{{ '{:>4}'.format('x') }}", "   x"),
        ("{{ record.t | regex_search('^([0-9]+)') }}", "1"),
        ("{{ record.n % 2 }}", 1),
        ("{{ record.big | default(0) }}", 10**12),
        ("{{ record.big | tojson }}", "1000000000000"),
        ("{% for c in record.t %}{{ c }}{% endfor %}", "1-19"),
    ],
)
def test_what_people_write_is_computed_as_before(expression: str, value: object) -> None:
    produce = compile_value(expression, "streams, entry 'x', field nome")
    assert produce({"n": 7, "t": "1-19", "big": 10**12}) == value


@pytest.mark.parametrize(
    "expression",
    [
        "{{ " + "9" * 5_000 + " }}",
        "{{ " + "(" * 3_000 + "1" + ")" * 3_000 + " }}",
        "{{ " + "-" * 3_000 + "1 }}",
        "{{ 1 + }}",
        "{{ record.x | nonsense }}",
        "{% for a in record.x %}" * 30 + "{% endfor %}" * 30,
    ],
    ids=["digits", "brackets", "signs", "half", "no filter", "loops"],
)
def test_whatever_goes_wrong_while_compiling_names_its_entry(expression: str) -> None:
    with pytest.raises(
        ConfigError, match=r"^streams, entry 'x', field nome: the expression does not compile"
    ):
        compile_value(expression, "streams, entry 'x', field nome")


def test_a_long_literal_or_column_is_no_expression() -> None:
    assert compile_value("'S/N'", "x")({}) == "S/N"
