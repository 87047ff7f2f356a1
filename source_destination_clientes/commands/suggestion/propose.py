"""From headings and values to a `streams` entry, each line with its confidence and its reason. Nothing is applied by itself."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from source_destination_clientes.cliente.preset import load_preset
from source_destination_clientes.commands.suggestion.evidence import Evidence, evidence_of
from source_destination_clientes.commands.suggestion.names import Claim, Names, load_names, squeeze

LEAST: Final = 0.5
"""What is less sure is not proposed."""

_AGREES: Final = 0.75
_DENIES: Final = 0.4
_UNPROVEN: Final = 0.75
_BY_VALUES: Final[Mapping[str, tuple[float, str]]] = {
    "cpfCnpj": (0.7, "its values are CPFs or CNPJs with check digits that fit"),
    "email": (0.65, "its values are e-mail addresses"),
}
_INVERSE: Final = "code({'s': 0, 'sim': 0, 'true': 0, '1': 0, 'n': 1, 'nao': 1, 'false': 1, '0': 1, '': 1})"
_COLUMN: Final = re.compile(r"\brecord\.(\w+)|^([\w.]+)$")


@dataclass(frozen=True, slots=True)
class Line:
    """One proposed field: the value as the config takes it, and the columns it is made of."""

    field: str
    value: str
    columns: tuple[str, ...]
    confidence: float
    reason: str


@dataclass(slots=True)
class Suggestion:
    """What is proposed for one stream; `untaken` are the columns that fill nothing."""

    lines: list[Line] = field(default_factory=list)
    untaken: list[str] = field(default_factory=list)
    preset: str | None = None

    def entry(self, stream: str, namespace: str | None = None) -> dict[str, Any]:
        """The entry for `streams` of the config."""
        named = {"stream": stream, **({"namespace": namespace} if namespace else {}), "object": "cliente"}
        if self.preset:
            return {**named, "preset": self.preset, "fields": []}
        return {**named, "fields": [{"field": line.field, "value": line.value} for line in self.lines]}


def suggest(columns: Mapping[str, Sequence[object]], today: date, nothing: Sequence[str] = ()) -> Suggestion:
    """A proposal for records with these columns; of each, the values that came, empty ones too. `nothing` are the words for nothing."""
    names = load_names()
    preset = _preset_of(columns, names)
    if preset:
        lines = _lines_of_preset(preset, columns)
    else:
        evidence = {heading: evidence_of(values, today, nothing) for heading, values in columns.items()}
        lines = _in_order(_finished(_assigned(columns, evidence, names), columns, evidence, names), names)
    taken = {column for line in lines for column in line.columns}
    return Suggestion(lines, [heading for heading in columns if heading not in taken], preset)


def _preset_of(columns: Iterable[str], names: Names) -> str | None:
    known = {column.casefold() for column in columns}
    for preset, tables in names.presets.items():
        if any({column.casefold() for column in table} <= known for table in tables):
            return preset
    return None


def _lines_of_preset(preset: str, columns: Iterable[str]) -> list[Line]:
    by_name = {column.casefold(): column for column in columns}
    lines = []
    for name, value in load_preset(preset):
        read = [(found[0] or found[1]).split(".")[0] for found in _COLUMN.findall(value)]
        used = dict.fromkeys(by_name[column.casefold()] for column in read if column.casefold() in by_name)
        if used:
            lines.append(Line(name, value, tuple(used), 0.95, f"as the preset {preset} reads it"))
    return lines


def _assigned(
    columns: Iterable[str], evidence: Mapping[str, Evidence], names: Names
) -> dict[str, tuple[str, Claim]]:
    """The column of each field: the surest claims first, each column and each field once."""
    claims = [
        (_weighed(claim, evidence[heading]), heading)
        for heading in columns
        for claim in (*names.claims(heading), *_claims_of_values(evidence[heading], heading, names))
    ]
    found: dict[str, tuple[str, Claim]] = {}
    taken: set[str] = set()
    for claim, heading in sorted(claims, key=lambda item: -item[0].confidence):
        if claim.confidence >= LEAST and claim.field not in found and heading not in taken:
            found[claim.field] = heading, claim
            taken.add(heading)
    return found


def _claims_of_values(evidence: Evidence, heading: str, names: Names) -> list[Claim]:
    """What values say of a column whose heading says nothing, or something else by accident."""
    if names.claims(heading) or names.is_other(heading):
        return []
    return [
        Claim(name, sure, reason)
        for name, (sure, reason) in _BY_VALUES.items()
        if len(evidence.values) >= 3 and (evidence.share(name) or 0) >= 0.9
    ]


def _weighed(claim: Claim, evidence: Evidence) -> Claim:
    """A claim with what the values say to it."""
    share = evidence.share(claim.field)
    if share is None:
        sure = (
            min(claim.confidence, _UNPROVEN)
            if claim.ambiguous and claim.field != "nome"
            else claim.confidence
        )
        return replace(claim, confidence=sure)
    percent = f"{share:.0%} of its values agree"
    if share >= _AGREES:
        sure = min(0.99, claim.confidence + 0.08)
    elif share < _DENIES:
        sure = claim.confidence * 0.4
    else:
        sure = min(claim.confidence, 0.7)
    return replace(claim, confidence=sure, reason=f"{claim.reason}, and {percent}")


def _finished(
    assigned: dict[str, tuple[str, Claim]],
    columns: Iterable[str],
    evidence: Mapping[str, Evidence],
    names: Names,
) -> list[Line]:
    """Lines with values as the config takes them: dates with their format, area codes, fields made of several columns."""
    assigned = _with_mobile(assigned, evidence)
    lines = {
        name: _line(name, heading, claim, evidence[heading]) for name, (heading, claim) in assigned.items()
    }
    headings = list(columns)
    for joined in (
        _full_name(headings, names),
        _two_documents(headings, names),
        _two_registrations(headings, names),
    ):
        if joined and (joined.field not in lines or len(joined.columns) > 1):
            lines[joined.field] = _better(lines.get(joined.field), joined)
    for name in ("telefone", "celular"):
        if name in lines:
            lines[name] = _with_area(lines[name], headings, names)
    if "situacao" not in lines:
        inverse = next((heading for heading in headings if squeeze(heading) in names.inactive), None)
        if inverse:
            value = f"{{{{ {_read(inverse)} | string | {_INVERSE} }}}}"
            lines["situacao"] = Line("situacao", value, (inverse,), 0.8, f"{inverse!r} says the opposite")
    return list(lines.values())


def _with_mobile(
    assigned: dict[str, tuple[str, Claim]], evidence: Mapping[str, Evidence]
) -> dict[str, tuple[str, Claim]]:
    """The only telephone is the celular when most of its numbers are mobile."""
    if "celular" in assigned or "telefone" not in assigned:
        return assigned
    heading, claim = assigned["telefone"]
    if evidence[heading].mobiles < 0.6:
        return assigned
    moved = replace(claim, field="celular", reason=f"{claim.reason}, most of them mobile numbers")
    return {
        **{name: each for name, each in assigned.items() if name != "telefone"},
        "celular": (heading, moved),
    }


def _line(name: str, heading: str, claim: Claim, evidence: Evidence) -> Line:
    if name != "dataNascimento" or not evidence.values:
        return Line(name, _column(heading), (heading,), round(claim.confidence, 2), claim.reason)
    form, _share, rivals = evidence.date_format
    if form is None:
        return Line(name, _column(heading), (heading,), round(claim.confidence, 2), claim.reason)
    reason = f"{claim.reason} with the format {form}"
    sure = min(claim.confidence, 0.7) if rivals else claim.confidence
    if rivals:
        reason += "; another format fits them as well, so look at them"
    return Line(name, f"{{{{ {_read(heading)} | date('{form}') }}}}", (heading,), round(sure, 2), reason)


def _full_name(headings: Sequence[str], names: Names) -> Line | None:
    first, last = names.part("first_name", headings), names.part("last_name", headings)
    if not first or not last:
        return None
    name = f"({_read(first)} | string ~ ' ' ~ {_read(last)} | string) | trim"
    return Line("nome", f"{{{{ {name} }}}}", (first, last), 0.85, "first and last name stand apart")


def _two_documents(headings: Sequence[str], names: Names) -> Line | None:
    return _either(
        "cpfCnpj", names.part("cpf", headings), names.part("cnpj", headings), "CPF and CNPJ stand apart"
    )


def _two_registrations(headings: Sequence[str], names: Names) -> Line | None:
    return _either(
        "rgInscricao", names.part("rg", headings), names.part("ie", headings), "RG and IE stand apart"
    )


def _either(name: str, first: str | None, second: str | None, reason: str) -> Line | None:
    if not first or not second or first == second:
        return None
    value = f"{{{{ {_read(first)} | trim or {_read(second)} | trim }}}}"
    return Line(name, value, (first, second), 0.85, reason)


def _better(one: Line | None, joined: Line) -> Line:
    """A column that is the whole field beats the parts; a column that is one of the parts does not."""
    if one is None or one.columns[0] in joined.columns or one.confidence < joined.confidence:
        return joined
    return one


def _with_area(line: Line, headings: Sequence[str], names: Names) -> Line:
    part = "mobile_area" if line.field == "celular" and names.part("mobile_area", headings) else "area"
    area = names.part(part, headings)
    near = part == "mobile_area" or squeeze(line.columns[0]) in names.parts["area_of"]
    if not area or not near:
        return line
    value = f"{{{{ {_read(line.columns[0])} | phone({_read(area)}) }}}}"
    return replace(
        line, value=value, columns=(*line.columns, area), reason=f"{line.reason}, its area code in {area!r}"
    )


def _in_order(lines: Iterable[Line], names: Names) -> list[Line]:
    order = {name: at for at, name in enumerate(names.fields)}
    return sorted(lines, key=lambda line: order[line.field])


def _read(heading: str) -> str:
    return f"record.{heading}" if heading.isidentifier() and heading.isascii() else f"record[{heading!r}]"


def _column(heading: str) -> str:
    """A heading as a value: as it stands, unless it would read as a literal or an expression."""
    return f"{{{{ {_read(heading)} }}}}" if heading[:1] in {"'", '"'} or "{{" in heading else heading
