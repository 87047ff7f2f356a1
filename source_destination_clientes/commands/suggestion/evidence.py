"""What the values of a column say it holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final

from source_destination_clientes.cliente.readers.birth_date import DateReader
from source_destination_clientes.cliente.readers.code import make_code_reader
from source_destination_clientes.cliente.readers.document import DocumentReader
from source_destination_clientes.cliente.readers.email import read_email
from source_destination_clientes.cliente.readers.flag import read_flag
from source_destination_clientes.cliente.readers.misfit import Misfit
from source_destination_clientes.cliente.readers.nothing import make_nothing
from source_destination_clientes.cliente.readers.person import PersonReader
from source_destination_clientes.cliente.readers.phone import is_mobile, read_phone
from source_destination_clientes.cliente.readers.postal_code import read_postal_code
from source_destination_clientes.cliente.readers.state import UFS, read_state
from source_destination_clientes.cliente.readers.words import (
    ESTADO_CIVIL_WORDS,
    SEXO_WORDS,
    SITUACAO_WORDS,
)

LOOKED_AT: Final = 500
"""Values of a column that are looked at."""
DATE_FORMATS: Final = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%Y%m%d",
    "%d-%m-%Y",
    "%d.%m.%Y",
    "%Y/%m/%d",
    "%d/%m/%y",
    "%d%m%Y",
    "%m-%d-%Y",
)
_MOSTLY: Final = 0.8


@dataclass
class Evidence:
    """The values of one column that are not empty."""

    values: Sequence[object]
    rows: int
    today: date

    def share(self, field: str) -> float | None:
        """The share of the values that read as this field's; None when there are none, or when anything would do."""
        if field == "idRetaguarda":
            return self._unique
        if field == "dataNascimento":
            return self.date_format[1] if self.values else None
        read = _READERS.get(field)
        if read is None or not self.values:
            return None
        return sum(_reads(read, value) for value in self.values) / len(self.values)

    @cached_property
    def date_format(self) -> tuple[str | None, float, bool]:
        """The format that most values fit, None for ISO; the share that fits; and whether another fits as well."""
        shares = [(form, self._dates(form)) for form in (None, *DATE_FORMATS)]
        best, share = max(shares, key=lambda item: item[1])
        rivals = [form for form, other in shares if form != best and other >= share > 0]
        return best, share, bool(rivals)

    @cached_property
    def mobiles(self) -> float:
        """The share of the values that are mobile numbers."""
        numbers = [read_phone(value) for value in self.values if _reads(read_phone, value)]
        return sum(map(is_mobile, numbers)) / len(self.values) if self.values else 0.0

    def _dates(self, form: str | None) -> float:
        if not self.values:
            return 0.0
        read = DateReader(self.today, (form,) if form else ())
        dated = [value for value in self.values if form is None or not _reads(DateReader(self.today), value)]
        return sum(_reads(read, value) for value in dated) / len(self.values)

    @cached_property
    def _unique(self) -> float | None:
        if self.rows < 2:
            return None
        distinct = len({str(value).strip() for value in self.values})
        return distinct / self.rows


def evidence_of(values: Sequence[object], today: date, nothing: Sequence[str]) -> Evidence:
    """What the first values of a column say."""
    looked_at, stands_for_nothing = values[:LOOKED_AT], make_nothing(nothing).holds
    return Evidence([value for value in looked_at if not stands_for_nothing(value)], len(looked_at), today)


def _reads(read: Callable[..., object], value: object) -> bool:
    try:
        return read(value) not in {"", None}
    except (Misfit, TypeError):
        return False


def _is_uf(value: object) -> str:
    state = read_state(value)
    return state if state in UFS else ""


_READERS: Final[Mapping[str, Callable[..., object]]] = {
    "cpfCnpj": DocumentReader(),
    "email": read_email,
    "estado": _is_uf,
    "cep": read_postal_code,
    "telefone": read_phone,
    "celular": read_phone,
    "pessoaFisica": PersonReader(),
    "situacao": make_code_reader(range(2), SITUACAO_WORDS),
    "sexo": make_code_reader(range(3), SEXO_WORDS, phrases=True),
    "estadoCivil": make_code_reader(range(7), ESTADO_CIVIL_WORDS, phrases=True),
    "bloqueado": read_flag,
    "pendenteAnaliseCredito": read_flag,
}
