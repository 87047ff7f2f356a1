"""Fill the generated parts of the docs, or with `--check` say which pages are stale.

A generated part is between `<!-- generated: NAME -->` and `<!-- /generated -->`, on any page; words and filters are also between
`<!-- words -->` and `<!-- /words -->`, `<!-- filters -->` and `<!-- /filters -->`. The sources are the settings, the table of fields,
the explanations of reasons, the words and filters, the help of the commands, and the docstrings of the rooms.
"""

import argparse
import ast
import contextlib
import html
import io
import json
import os
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final
from unittest import mock

from source_destination_clientes.__main__ import COMMANDS
from source_destination_clientes.cliente.expressions import compile_value
from source_destination_clientes.cliente.filters import FILTERS
from source_destination_clientes.cliente.readers.state import UF_BY_NAME
from source_destination_clientes.cliente.readers.words import CODE_WORDS, FLAG_WORDS, PERSON_WORDS
from source_destination_clientes.manifest.objects import (
    ApiVersion,
    DeclaredObject,
    Field,
    Reader,
)
from source_destination_clientes.manifest.shipped import shipped_manifest
from source_destination_clientes.records.report import SCHEMA_PATH, report_schema
from source_destination_clientes.rejection.explain import EXPLANATIONS
from source_destination_clientes.rejection.outcome import Reason
from source_destination_clientes.settings.spec import build_spec

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGE: Final = ROOT / "source_destination_clientes"

FOR_PEOPLE: Final = {command.name: command.module for command in COMMANDS if not command.for_airbyte}

FILTER_EXAMPLES: Final[Mapping[str, tuple[str, str, object]]] = {
    "digits": ("Keeps digits only.", "record.x | digits", "(11) 91234-5678"),
    "trim": ("Removes blanks at both ends.", "record.x | trim", "  Ana "),
    "cut": ("Keeps the first characters.", "record.x | cut(4)", "Florianópolis"),
    "date": ("Reads a date in one of these formats, or in ISO.", "record.x | date('%d/%m/%Y')", "17/05/1984"),
    "code": ("Turns a word into a code, whatever its case and accents.", "record.x | code({'sim': 1, 'não': 0})", "Nao"),
    "first_name": ("The first word.", "record.x | first_name", "Ana Maria Souza"),
    "last_name": ("Everything after the first word.", "record.x | last_name", "Ana Maria Souza"),
    "after_last": ("The text after the last mark; empty if there is no mark.", "record.x | after_last(',')", "Rua A, 12"),
    "before_last": ("The text before the last mark; the whole text if there is no mark.", "record.x | before_last(',')", "Rua A, 12"),
    "phone": ("The first telephone: area code and number. An area code in brackets goes before a number without one.", "record.x | phone('011')", "91234-5678 ramal 12"),
    "mobile": ("The telephone if it is a mobile's, else empty.", "record.x | mobile", "+55 11 91234-5678"),
    "landline": ("The telephone if it is not a mobile's, else empty.", "record.x | landline", "(11) 3222-1100 / 3222-1101"),
    "uf": ("The two letters of a Brazilian state; anything else stays as it is.", "record.x | uf", "SP - São Paulo"),
    "cep": ("A postal code of eight digits.", "record.x | cep", 1310100),
    "email": ("The first e-mail address.", "record.x | email", "Ana <ana@example.com>"),
    "document": ("A CPF or CNPJ whose check digits are right, else empty.", "record.x | document", "CPF 123.456.780-62"),
    "find_document": ("The one CPF or CNPJ that a text names, by its mask or the word before it.", "record.x | find_document", "vip, cpf:12345678062"),
    "house_number": ("The house number in a line with the street.", "record.x | house_number", "Rua A, 120 - Fundos"),
    "street": ("The street in a line with the house number.", "record.x | street", "Rua A, 120 - Fundos"),
    "after_number": ("What follows the house number in a line.", "record.x | after_number", "Rua A, 120 - Fundos"),
    "pick": ("The object of a list in which this column is true, else the first.", "(record.x | pick('main')).city", [{"city": "Olinda"}, {"city": "Recife", "main": True}]),
    "string": ("The value as text; an empty one as empty text.", "record.x | string", 42),
    "hash": ("A hash in hexadecimal; a second argument is the salt.", "record.x | hash('md5')", "ana"),
    "base64encode": ("Base64 of the text.", "record.x | base64encode", "ana"),
    "base64decode": ("The text of Base64.", "record.x | base64decode", "YW5h"),
    "regex_search": ("The first group of the first match, or the whole match.", "record.x | regex_search('n. ([0-9]+)')", "Rua A n. 12"),
}  # fmt: skip

READERS: Final[Mapping[Reader, str]] = {
    Reader.TEXT: "text",
    Reader.DIGITS: "digits; anything else is removed",
    Reader.DOCUMENT: "CPF or CNPJ; punctuation is removed",
    Reader.DATE: "date; a timestamp keeps its day",
    Reader.CODE: "code, or a word for one",
    Reader.FLAG: "true or false",
    Reader.TENANT: "tenant",
    Reader.PERSON: "person or company; the document decides",
    Reader.PHONE: "telephone",
    Reader.POSTAL_CODE: "postal code",
    Reader.STATE: "state",
    Reader.HOUSE_NUMBER: "house number",
    Reader.EMAIL: "email address",
    Reader.BASE64: "Base64",
    Reader.NUMBER: "number; a text with exactly one reading is one",
}

_MARKED: Final = re.compile(
    r"(?P<start><!-- (?:generated: (?P<name>[\w. \[\]-]+?)|(?P<short>words|filters)) -->\n)"
    r"(?P<body>.*?)(?P<end><!-- /(?:generated|(?P=short)) -->)",
    re.DOTALL,
)
_TAGS: Final = {"b": "**", "i": "*", "code": "`"}


class UnknownBlockError(ValueError):
    """A page names a generated part that does not exist."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [list(header), ["---"] * len(header), *([cell or " " for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def markdown(text: str) -> str:
    """A description, whose tags are those of Airbyte's form, in Markdown."""
    text = re.sub(r"</?(b|i|code)>", lambda tag: _TAGS[tag[1]], text)
    text = re.sub(r'<a href="([^"]+)"[^>]*>(.*?)</a>', r"[\2](\1)", text)
    return html.unescape(text)


def settings_sections() -> dict[str, str]:
    """The tables of the settings: one for the config as a whole, one for each section below it."""
    schema = build_spec()["connectionSpecification"]
    sections = {"settings": _settings_table(schema)}
    for name, node in schema["properties"].items():
        if "".join(_nested(name, node)):
            sections[f"settings {name}"] = "\n".join(_nested(name, node))
    return sections


def _nested(path: str, node: Mapping[str, Any]) -> Iterator[str]:
    """The tables below a property, each under the path that an error message would name."""
    if node.get("type") == "array":
        yield from _nested(f"{path}[]", node["items"])
    for branch in node.get("oneOf", ()):
        tag, constant = next((n, p["const"]) for n, p in branch["properties"].items() if "const" in p)
        head = f"`{path}` with `{tag}` = `{constant}` — {branch['title']}"
        yield f"{head}: {branch.get('description', '')}\n"
        if len(branch["properties"]) > 1:
            yield _settings_table(branch)
        for name, child in branch["properties"].items():
            yield from _nested(f"{path}.{name}", child)
    if "properties" in node:
        yield f"`{path}`\n"
        yield _settings_table(node)
        for name, child in node["properties"].items():
            yield from _nested(f"{path}.{name}", child)


def _settings_table(node: Mapping[str, Any]) -> str:
    required = node.get("required", ())
    shown = ((name, child) for name, child in node["properties"].items() if "const" not in child)
    rows = (
        (
            f"`{name}`",
            child["title"] + (" (not shown)" if child.get("airbyte_hidden") else ""),
            _type_of(child),
            "**required**" if name in required else _default_of(child),
            _bounds_of(child),
            markdown(child["description"]) + _examples_of(child),
        )
        for name, child in shown
    )
    return table(("property", "in the form", "type", "default", "bounds", "what it is"), rows)


def _type_of(node: Mapping[str, Any]) -> str:
    kind = {"array": "list", "string": "text"}.get(node["type"], node["type"])
    return f"{'choice' if 'oneOf' in node else kind}{', secret' if node.get('airbyte_secret') else ''}"


def _default_of(node: Mapping[str, Any]) -> str:
    if "oneOf" in node:
        # The first branch is what happens without a choice: unit_tests/settings/test_spec.py.
        first = node["oneOf"][0]["properties"].values()
        return f"`{next(child['const'] for child in first if 'const' in child)}`"
    if "default" not in node:
        return "see below" if "properties" in node else "none"
    default = node["default"]
    return "empty" if default == "" else f"`{str(default).lower() if isinstance(default, bool) else default}`"


def _bounds_of(node: Mapping[str, Any]) -> str:
    if "enum" in node:
        return ", ".join(f"`{value}`" for value in node["enum"])
    if "minimum" in node or "maximum" in node:
        low, high = (f"{node[key]:g}" if key in node else "" for key in ("minimum", "maximum"))
        return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"
    return str(node.get("pattern_descriptor", "")) or ("not empty" if node.get("minLength") else "")


def _examples_of(node: Mapping[str, Any]) -> str:
    examples = node.get("examples", ())
    return f" For example {', '.join(f'`{example}`' for example in examples)}." if examples else ""


def fields_table(declared: DeclaredObject) -> str:
    """The fields of an object: what each API version wants of them."""
    versions: dict[str, dict[str, Field]] = {
        version: {field.name: field for field in fields} for version, fields in declared.fields.items()
    }
    columns = {" and ".join(versions): versions["v2"]} if versions["v2"] == versions["v3"] else versions
    names = {name: field for fields in versions.values() for name, field in fields.items()}
    rows = (
        (f"`{name}`", _what(field), READERS[field.reader], *(_wanted(fields.get(name)) for fields in columns.values()))
        for name, field in names.items()
    )  # fmt: skip
    return table(("field", "what it is", "type", *columns), rows)


def objects_table() -> str:
    """Every shipped object: what a lote calls it, where it goes, by which streams it is known."""
    order = [name for name, _ in shipped_manifest().sent()]
    rows = (
        (
            f"`{each.name}`",
            each.title,
            f"{each.sending.tipo}" if each.sending else "none",
            f"{order.index(each.name) + 1}" if each.sending else "after the lotes",
            _paths(each),
            ", ".join(f"`{name}`" for name in (each.name, *each.also)),
        )
        for each in shipped_manifest().objects
    )
    return table(("object", "what it is", "`tipoLote`", "place in a lote", "path", "names of streams"), rows)


def _paths(declared: DeclaredObject) -> str:
    if declared.sending is None:
        return "the customers API"
    endpoint = declared.sending.endpoint
    by_path: dict[str, list[ApiVersion]] = {}
    for version, path in endpoint.paths.items():
        by_path.setdefault(path, []).append(version)
    paths = (
        f"`{path}`" + (f" ({' and '.join(versions)})" if len(by_path) > 1 else "")
        for path, versions in by_path.items()
    )
    return f"{', '.join(paths)} of `{endpoint.service}`"


def readers_table() -> str:
    """How values can be read."""
    return table(("`reader`", "what is sent"), ((f"`{reader}`", READERS[reader]) for reader in Reader))


def _what(field: Field) -> str:
    codes = ", ".join(f"{code} = {meaning}" for code, meaning in (field.codes or {}).items())
    also = ", ".join(f"`{name}`" for name in field.also)
    parts = [
        field.title,
        codes,
        also and f"Other names: {also}",
        "Not on the API's page; first-party clients send it" if field.beyond else "",
    ]
    return ". ".join(part for part in parts if part) + "."


def _wanted(field: Field | None) -> str:
    if field is None:
        return "—"
    need = "**required**" if field.must_come else "required, filled if absent"
    parts = [
        need if field.required else "",
        f"at most {field.max_length}" if field.max_length else "",
        "obsolete" if field.obsolete else "",
    ]
    return ", ".join(part for part in parts if part) or "optional"


def reasons_text() -> str:
    """Each reason: what happened, an example, what to do."""
    parts = []
    for reason in Reason:
        said = EXPLANATIONS[reason]
        parts.append(
            f"### `{reason}`\n\n"
            f"Stage: `{said.stage}`.\n\n"
            f"**What happened.** {said.happened}\n\n"
            f"**For example.** {said.example}\n\n"
            f"**What to do.** {said.remedy}\n"
        )
    return "\n".join(parts)


def words_text() -> str:
    """The words that stand for codes."""
    codes = {
        field.name: field.codes
        for each in shipped_manifest().objects
        for fields in each.fields.values()
        for field in fields
        if field.codes
    }
    rows: list[tuple[str, str, str]] = []
    for name, words in CODE_WORDS.items():
        rows += [(f"`{name}`", f"{code}, {codes[name][code]}", said) for code, said in _grouped(words)]
    people = {True: "a person", False: "a company"}
    rows += [("`pessoaFisica`", people[bool(code)], said) for code, said in _grouped(PERSON_WORDS)]
    flags = {True: "true", False: "false"}
    rows += [("true or false", flags[bool(code)], said) for code, said in _grouped(FLAG_WORDS)]
    states = ", ".join(f"{name} = {uf}" for name, uf in UF_BY_NAME.items())
    how = "Words are compared without case and accents, and without an ending such as `(a)`.\n"
    return f"{how}\n{table(('field', 'code', 'words'), rows)}\nStates, for the filter `uf`: {states}.\n"


def _grouped(words: Mapping[str, int]) -> list[tuple[int, str]]:
    by_code: defaultdict[int, list[str]] = defaultdict(list)
    for word, code in words.items():
        by_code[code].append(word)
    return [(code, ", ".join(f"`{word}`" for word in by_code[code])) for code in sorted(by_code)]


def filters_text() -> str:
    """The filters of expressions; what an example gives is computed."""
    rows = []
    for name in FILTERS:
        what, expression, value = FILTER_EXAMPLES[name]
        result = compile_value("{{ " + expression + " }}", name)({"x": value})
        rows.append((f"`{name}`", what, f"`{{{{ {expression} }}}}`", f"`{value}`", f"`{result}`"))
    return table(("filter", "what it does", "for example", "where `x` is", "gives"), rows)


def help_of(command: str) -> str:
    """The help text of a command for people."""
    said = io.StringIO()
    environment = {"COLUMNS": "100", "NO_COLOR": "1"}
    with (
        mock.patch.dict(os.environ, environment),
        contextlib.redirect_stdout(said),
        contextlib.suppress(SystemExit),
    ):
        import_module(FOR_PEOPLE[command]).main(["--help"])
    return f"```text\n{said.getvalue().rstrip()}\n```\n"


def house_table() -> str:
    """Every room and door of the package, from the top layer to the bottom: what its docstring says, and its modules."""
    return table(("room", "what it is for", "modules"), map(room_row, rooms()))


def rooms() -> list[Path]:
    """The doors and folders of the package in the order of the layers, each folder before the folders in it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    names = [name.strip(" ()") for layer in layers for name in layer.split("|")]
    return [room for name in names for room in _with_inner(PACKAGE / name)]


def _with_inner(room: Path) -> Iterator[Path]:
    door = room.with_suffix(".py")
    if door.exists():
        yield door
    if (room / "__init__.py").exists():
        yield room
        for inner in sorted(room.iterdir()):
            yield from _with_inner(inner) if inner.is_dir() else ()


def room_row(room: Path) -> tuple[str, str, str]:
    """A row of the table: a folder has its modules, a door has none."""
    page = room / "__init__.py" if room.is_dir() else room
    said = ast.get_docstring(ast.parse(page.read_text(encoding="utf-8"))) or ""
    purpose = " ".join(said.partition("\n\n")[0].split())
    modules = sorted(path.stem for path in room.glob("*.py") if path != page)
    name = f"{room.relative_to(PACKAGE)}{'/' if room.is_dir() else ''}"
    return f"`{name}`", purpose, ", ".join(f"`{module}`" for module in modules)


def blocks() -> dict[str, Callable[[], str]]:
    """Every generated part, by name."""
    sections = settings_sections()
    return {
        **{name: partial(sections.__getitem__, name) for name in sections},
        **{f"fields {each.name}": partial(fields_table, each) for each in shipped_manifest().objects},
        "objects": objects_table,
        "readers": readers_table,
        **{f"help {name}": partial(help_of, name) for name in FOR_PEOPLE},
        "house": house_table,
        "reasons": reasons_text,
        "words": words_text,
        "filters": filters_text,
    }


def pages(root: Path = ROOT) -> list[Path]:
    """Every page that may hold generated parts."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def names_in(text: str) -> list[str]:
    """The generated parts that a page holds."""
    return [found["name"] or found["short"] for found in _MARKED.finditer(text)]


def filled(text: str, made: Mapping[str, Callable[[], str]]) -> str:
    """A page with its generated parts as they should be. Raises `UnknownBlockError`."""

    def fill(found: re.Match[str]) -> str:
        name = found["name"] or found["short"]
        if name not in made:
            raise UnknownBlockError(f"nothing is generated under {name!r}; known: {', '.join(made)}")
        return f"{found['start']}\n{made[name]().strip()}\n\n{found['end']}"

    return _MARKED.sub(fill, text)


def stale(root: Path = ROOT) -> dict[Path, str]:
    """The pages whose generated parts, and the schema that is generated whole, are not as they should be; with what they should hold."""
    made = blocks()
    texts = {page: page.read_text(encoding="utf-8") for page in pages(root)}
    found = {page: should for page, text in texts.items() if (should := filled(text, made)) != text}
    schema = json.dumps(report_schema(), indent=2) + "\n"
    return {**found, **({} if SCHEMA_PATH.read_text() == schema else {SCHEMA_PATH: schema})}


def main(argv: Sequence[str] | None = None) -> int:
    """Write, or check; 1 when a page is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, name stale pages")
    options = parser.parse_args(argv)
    found = stale()
    for page, text in found.items():
        if options.check:
            print(f"{page.relative_to(ROOT)} is stale: run scripts/generate_docs.py")
        else:
            page.write_text(text, encoding="utf-8")
            print(f"{page.relative_to(ROOT)} written")
    return 1 if options.check and found else 0


if __name__ == "__main__":
    sys.exit(main())
