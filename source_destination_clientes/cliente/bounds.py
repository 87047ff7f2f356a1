"""How much an expression may compute: a slip in the config, or a value nobody thought of, must not take the memory or the time of a sync.

Whatever is too much raises `TooMuchError`, which rejects the record. Nothing here makes a result before its size is judged.
"""

import operator
import re
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from types import BuiltinMethodType, FrameType
from typing import Any, Final, NoReturn

MOST_OUTPUT: Final = 256_000
"""Characters of a text, items of a list."""

WIDEST: Final = 10_000
"""A width, an indent, a number of columns."""

LARGEST_EXPONENT: Final = 64
SECONDS: Final = 1.0

_MOST_BITS: Final = 20_000
_WIDE_FORMAT: Final = re.compile(r"[0-9]{5}|\*|\{[^{}]*\{")
_WIDTHS: Final[Mapping[str, int]] = {
    "batch": 1,
    "center": 1,
    "indent": 1,
    "round": 1,
    "slice": 1,
    "tojson": 2,
    "truncate": 2,
    "wordwrap": 2,
}
"""Filters with a width, and the place of the first argument that is one: some get the environment first."""


class TooMuchError(Exception):
    """An expression would compute more than it may."""


def compute(name: str, left: Any, right: Any) -> Any:
    """The result of a binary operator."""
    judge = _OPERATORS.get(name)
    if judge is not None:
        judge(left, right)
    return checked(_BINARY[name](left, right))


def checked(value: Any) -> Any:
    """The value, when it is not too large."""
    if isinstance(value, str | bytes | list | tuple | dict) and len(value) > MOST_OUTPUT:
        raise TooMuchError
    return value


def joined(pieces: Iterable[str]) -> str:
    """The text of a template that is made piece by piece."""
    kept: list[str] = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MOST_OUTPUT:
            raise TooMuchError
        kept.append(piece)
    return "".join(kept)


def bounded_filters(filters: Mapping[str, Callable[..., Any]]) -> dict[str, Callable[..., Any]]:
    """The same filters, with arguments and results judged."""
    return {name: _bounded(name, made) for name, made in filters.items()}


def judge_call(called: object, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """Judge a call of a method of a text or a number, `record.nome.center(20)` for instance."""
    # Jinja puts a function of its own around str.format.
    called = getattr(called, "__wrapped__", called)
    if not isinstance(called, BuiltinMethodType):
        return
    owner, given = called.__self__, (*arguments, *named.values())
    _judge_widths(given)
    if isinstance(owner, str):
        if called.__name__ == "replace":
            _judge_replace(owner, *arguments[:2])
        elif called.__name__ == "join" and arguments:
            _judge_join(owner, arguments[0])
        elif called.__name__ in {"format", "format_map"}:
            _judge_format(owner)
        elif called.__name__ in {"translate", "expandtabs"}:
            raise TooMuchError


@contextmanager
def time_limit() -> Iterator[None]:
    """End what takes longer than a second, in the main thread, which is the one that maps records."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGALRM, _too_late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _too_late(_number: int, _frame: FrameType | None) -> NoReturn:
    raise TooMuchError


def _bounded(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
    first = _WIDTHS.get(name)

    @wraps(made)
    def judged(*arguments: Any, **named: Any) -> Any:
        if first is not None:
            _judge_widths((*arguments[first:], *named.values()))
        if name == "replace":
            # The context of the evaluation comes first.
            _judge_replace(*(str(each) for each in (*arguments[1:4], *named.values())[:3]))
        elif name == "join":
            _judge_join(str((*arguments[2:3], *named.values(), "")[0]), arguments[1])
        elif name == "format":
            _judge_format(str(arguments[0]))
        return checked(made(*arguments, **named))

    return judged


def _judge_widths(given: Iterable[Any]) -> None:
    if any(isinstance(width, int) and abs(width) > WIDEST for width in given):
        raise TooMuchError


def _judge_replace(text: str, old: str = "", new: str = "") -> None:
    if (text.count(old) if old else len(text) + 1) * len(new) > MOST_OUTPUT:
        raise TooMuchError


def _judge_join(between: str, items: object) -> None:
    if isinstance(items, str | list | tuple | dict) and len(items) * len(between) > MOST_OUTPUT:
        raise TooMuchError


def _judge_format(form: str) -> None:
    if _WIDE_FORMAT.search(form):
        raise TooMuchError


def _judge_product(left: Any, right: Any) -> None:
    for one, other in ((left, right), (right, left)):
        if (
            isinstance(one, str | bytes | list | tuple)
            and isinstance(other, int)
            and len(one) * other > MOST_OUTPUT
        ):
            raise TooMuchError
    if (
        isinstance(left, int)
        and isinstance(right, int)
        and left.bit_length() + right.bit_length() > _MOST_BITS
    ):
        raise TooMuchError


def _judge_power(left: Any, right: Any) -> None:
    if isinstance(right, int | float) and abs(right) > LARGEST_EXPONENT:
        raise TooMuchError
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * right > _MOST_BITS:
        raise TooMuchError


def _judge_modulo(left: Any, _right: Any) -> None:
    if isinstance(left, str):
        _judge_format(left)


_OPERATORS: Final[Mapping[str, Callable[[Any, Any], None]]] = {
    "*": _judge_product,
    "**": _judge_power,
    "%": _judge_modulo,
}
_BINARY: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "*": operator.mul,
    "**": operator.pow,
    "%": operator.mod,
    "+": operator.add,
}
OPERATORS: Final = frozenset(_BINARY)
"""Operators whose result can be many times as large as what it is made of."""
