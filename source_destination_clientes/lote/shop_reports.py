"""What the shops report about closed lotes.

A lote reaches a shop when its tills download it. That may be never: a shop can be offline. Codes and their names are those of
TOTVS's own integration (https://github.com/totvs/winthor-smart-hub-layouts, "CONSULTAR LOTE"). Only 5 and 6 mean that a shop is
done.

>>> status_name(6)
'BaixadoComErro'
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from source_destination_clientes.lote.load import Entry
from source_destination_clientes.protocol.messages import Record, read_record
from source_destination_clientes.rejection.outcome import Rejection
from source_destination_clientes.retaguarda.api import ShopStatus

Finding: TypeAlias = tuple[Record, Rejection]
"""A record, and why a shop refused it."""

STATUS_NAMES: Final = {
    0: "EmPreparacao",
    1: "EmProcessamento",
    2: "Disponivel",
    3: "Indisponivel",
    4: "EmProcessoDeBaixa",
    5: "BaixadoComSucesso",
    6: "BaixadoComErro",
    7: "EnviadoComSucesso",
    8: "EnviadoComErro",
    9: "ComProblemaVerificar",
}

_WITH_ERRORS: Final = 6
_DONE: Final = frozenset({5, _WITH_ERRORS})


def status_name(code: int) -> str:
    """The API's name of a status; its number where no name is documented."""
    return STATUS_NAMES.get(code, f"status {code}")


_PROGRESS: Final = {
    0: "PDVSync prepares it",
    1: "PDVSync prepares it",
    2: "not begun",
    3: "not begun",
    4: "at work",
    5: "done",
    6: "done, with errors",
    9: "has a problem",
}


def progress(shop: ShopStatus) -> str:
    """How far a shop is, in words: one that has not begun may be switched off, one at work is downloading."""
    return _PROGRESS.get(shop.status, "not done")


def is_done(shop: ShopStatus) -> bool:
    """The shop has downloaded the lote, with or without errors."""
    return shop.status in _DONE


def errors_of(shop: ShopStatus) -> dict[str | None, str]:
    """What a shop refused, by key, in its own words; the key None stands for the whole lote.

    A shop that ends with errors and names none refuses the whole lote: TOTVS's own integration reads it like that too.
    """
    said: defaultdict[str | None, dict[str, None]] = defaultdict(dict)
    for key, words in shop.errors:
        said[key][words] = None
    errors = {key: "; ".join(words) for key, words in said.items()}
    if not errors and shop.status == _WITH_ERRORS:
        errors[None] = ""
    return errors


@dataclass(slots=True)
class ClosedLote:
    """A closed lote and what the shops have said of it so far.

    `records` counts what was sent in it. `lines` are these records as they arrived, by key; they are dropped when there is no room
    for them. `size` is their bytes. `refused` counts refusals, `unmatched` those for which no record is held any more: they cannot
    be kept in the dead letter.
    """

    code: str
    records: int
    size: int
    lines: dict[str, list[bytes]]
    shops: tuple[ShopStatus, ...] = ()
    refused: int = 0
    unmatched: int = 0
    _told: set[tuple[str, str | None]] = field(default_factory=set)

    @classmethod
    def of(cls, code: str, accepted: Iterable[Entry]) -> "ClosedLote":
        """The lote that these records were sent in. Of several versions of one cliente the first in `accepted` is the latest."""
        latest: dict[tuple[str, str], bytes] = {}
        for entry in accepted:
            latest.setdefault((entry.kind, entry.key), entry.line)
        lines: dict[str, list[bytes]] = {}
        for (_, key), line in latest.items():
            lines.setdefault(key, []).append(line)
        return cls(code, len(latest), sum(map(len, latest.values())), lines)

    @property
    def done(self) -> bool:
        """Every shop has downloaded it."""
        return bool(self.shops) and all(is_done(shop) for shop in self.shops)

    def forget_records(self) -> None:
        """Make room. What shops refuse from now on can only be counted."""
        self.lines = {}
        self.size = 0

    def update(self, shops: tuple[ShopStatus, ...]) -> list[Finding]:
        """Take what the shops say now; return what is new. A shop refuses a record at most once."""
        self.shops = shops
        return [finding for shop in shops for finding in self._news_of(shop)]

    def _news_of(self, shop: ShopStatus) -> Iterator[Finding]:
        errors = errors_of(shop)
        # Records that are named come first: what is said about one of them tells more than what is said about all.
        for key in sorted(errors, key=lambda key: key is None):
            if (shop.shop, key) in self._told or (shop.shop, None) in self._told:
                continue
            self._told.add((shop.shop, key))
            if key is None:
                yield from self._whole(shop, errors[key])
            else:
                yield from self._single(shop, key, errors[key])

    def _single(self, shop: ShopStatus, key: str, words: str) -> Iterator[Finding]:
        lines = self.lines.get(key, [])
        self.refused += 1
        self.unmatched += not lines
        message = f"Shop {shop.shop} refused the record when it downloaded it; its own words are in raw."
        for line in lines:
            yield read_record(line), self._rejection(key, message, words)

    def _whole(self, shop: ShopStatus, words: str) -> Iterator[Finding]:
        """One finding for each record, so that all can be sent again."""
        message = (
            f"Shop {shop.shop} reports an error of the whole lote, so each of its records counts as refused there; its own words "
            "are in raw."
        )
        told = sum(name == shop.shop and key is not None for name, key in self._told)
        self.refused += max(0, self.records - told)
        self.unmatched += 0 if self.lines else self.records
        for key, lines in self.lines.items():
            if (shop.shop, key) in self._told:
                continue
            self._told.add((shop.shop, key))
            for line in lines:
                yield read_record(line), self._rejection(key, message, words)

    def _rejection(self, key: str, message: str, words: str) -> Rejection:
        return Rejection.by_shop(message, key=key, lote=self.code, raw=words)

    def sentence(self) -> str:
        """What became of it, as a line of the log."""
        shops = ", ".join(f"{shop.shop} {status_name(shop.status)}" for shop in self.shops)
        refused = f"; {self.refused:,} refused" if self.refused else ""
        return (
            f"Lote {self.code}, {self.records:,} records: {shops or 'no shop has reported on it'}{refused}."
        )

    def numbers(self) -> dict[str, Any]:
        """What became of it, for the JSON of the summary."""
        return {
            "lote": self.code,
            "records": self.records,
            "refused": self.refused,
            "stores": {shop.shop: status_name(shop.status) for shop in self.shops},
        }
