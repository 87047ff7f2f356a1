"""A mistake in a declaration is told with its place, and what is declared is what the program sees."""

import json
from contextlib import suppress

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from source_destination_clientes.errors import ConfigError
from source_destination_clientes.manifest.objects import Deletion, Endpoint, Misfit, Reader
from source_destination_clientes.manifest.read import read_manifest, with_objects
from source_destination_clientes.manifest.shipped import shipped_manifest, shipped_text
from unit_tests.kit.manifests import IN_CLIENTE, PLANO


def complaint(text: str) -> str:
    with pytest.raises(ConfigError) as raised:
        with_objects(shipped_manifest(), text)
    return str(raised.value)


def changed(old: str, new: str) -> str:
    assert PLANO.count(old) == 1, old
    return complaint(PLANO.replace(old, new))


def test_an_object_of_the_config_stands_after_the_shipped_ones() -> None:
    manifest = with_objects(shipped_manifest(), PLANO)
    assert manifest.names == (*shipped_manifest().names, "plano")
    plano = manifest.find("plano")
    assert plano is not None
    assert plano.title == "Plans"
    assert plano.sync_modes == ("append", "soft_delete")
    assert plano.deletion == Deletion("situacao", 0)
    assert plano.matching_keys == (("idRetaguarda",),)
    assert plano.sending is not None
    assert plano.sending.tipo == 777
    path = "v3/dadosdinamicos/down/777/1"
    assert plano.sending.endpoint == Endpoint("dadosbasicos", {"v2": path, "v3": path})


def test_its_fields_are_those_of_every_object_and_its_own() -> None:
    plano = with_objects(shipped_manifest(), PLANO).find("plano")
    assert plano is not None
    fields = {field.name: field for field in plano.fields["v2"]}
    assert list(fields)[:3] == ["idInquilino", "idProprietario", "idRetaguarda"]
    assert list(fields)[3:] == ["descricao", "taxa", "nivel", "desde", "situacao"]
    assert fields["descricao"].misfit is Misfit.REJECT
    assert fields["taxa"].misfit is Misfit.OMIT
    assert fields["taxa"].title == "taxa"
    assert fields["nivel"].codes == {1: "basic", 2: "gold"}
    assert fields["desde"].reader is Reader.DATE
    assert [field.name for field in plano.fields["v2"] if field.must_come] == ["idRetaguarda", "descricao"]


def test_json_says_the_same_as_yaml() -> None:
    shipped = shipped_manifest()
    assert with_objects(shipped, json.dumps(yaml.safe_load(PLANO))) == with_objects(shipped, PLANO)


def test_without_a_declaration_the_shipped_manifest_stays_as_it_is() -> None:
    shipped = shipped_manifest()
    assert with_objects(shipped, "# nothing yet\n") is shipped
    assert with_objects(shipped, "[]") == shipped


def test_a_shipped_object_takes_further_fields_in_every_version() -> None:
    before = shipped_manifest().find("cliente")
    after = with_objects(shipped_manifest(), IN_CLIENTE).find("cliente")
    assert before is not None
    assert after is not None
    for version in ("v2", "v3"):
        assert after.fields[version][:-1] == before.fields[version]
        assert after.fields[version][-1].name == "idRetaguardaPlano"


def test_an_object_of_the_config_takes_further_fields_as_well() -> None:
    more = IN_CLIENTE.replace("object_name: cliente", "object_name: plano")
    plano = with_objects(shipped_manifest(), PLANO + more).find("plano")
    assert plano is not None
    assert plano.fields["v3"][-1].name == "idRetaguardaPlano"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("taxa: {reader: number}", "taxa: {title: x}", "objects[0].schema.properties.taxa.reader is missing."),
        ("taxa: {reader: number}", "taxa: number", "objects[0].schema.properties.taxa must hold properties."),
        ("reader: number", "reader: decimal", "objects[0].schema.properties.taxa.reader must be one of 'text', "),
        (
            "desde: {reader: date}",
            "desde: {reader: date, titel: x}",
            "objects[0].schema.properties.desde.titel does not exist here. Did you mean 'title'?",
        ),
        ("desde:", "taxa:", "objects, line 13, column 7: 'taxa' stands twice in one place."),
        ("desde:", "Taxa:", "objects[0].schema.properties.Taxa: 'Taxa' is a name of 'taxa' already."),
        ("desde:", "loteOrigem:", "objects[0].schema.properties.loteOrigem: every record gets the code of its lote"),
        ("desde:", "'a b':", "objects[0].schema.properties.a b must be letters without accents, digits and _, a letter first."),
        (
            "[[idRetaguarda]]",
            "[[idRetagarda]]",
            "objects[0].matching_keys[0][0]: 'idRetagarda' is no field of plano. Did you mean 'idRetaguarda'?",
        ),
        (
            "field: situacao",
            "field: situaco",
            "objects[0].destination_import_modes[1].field: 'situaco' is no field of plano. Did you mean 'situacao'?",
        ),
        ("type: Append", "type: Upsert", "objects[0].destination_import_modes[0].type must be one of 'Append', "),
        (
            '$ref: "#/definitions/identity"',
            "idRetaguarda: {reader: text}",
            "objects[0].schema.properties.idInquilino must be the shipped one. Begin the properties with $ref: ",
        ),
        (
            "taxa: {reader: number}",
            "idInquilino: {reader: text}",
            "objects[0].schema.properties.idInquilino must be the shipped one.",
        ),
        ("object_name: plano", "object_name: cliente", "objects[0].object_name: 'cliente' is a name of the object"),
        ("also: [planos]", "also: [Clientes]", "objects[0].object_name: 'clientes' is a name of the object 'cliente'"),
        ("tipo: 777", "tipo: 58", "objects[1].lote.tipo: 58 is the tipoLote of 'ramo_atividade' already."),
        ("tipo: 777", "tipo: '777'", "objects[1].lote.tipo must be a whole number."),
        (
            "before: [cliente]",
            "before: [clientes]",
            "objects[1].lote.before[0]: there is no object 'clientes'. Did you mean 'cliente'?",
        ),
        (
            "before: [cliente]",
            "before: [cliente], after: [cliente_endereco]",
            "The order of the lote goes round in a circle: cliente before cliente_endereco before plano before cliente.",
        ),
        ("requester:", "request:", "objects[1].requester is missing. objects[1].request does not exist here."),
        ("path: v3/dadosdinamicos/down/777/1", "path: {v3: a}", "objects[1].requester.path has none for v2."),
        ("path: v3/", "path: ../v3/", "objects[1].requester.path"),
        ("service: dadosbasicos", "service: mars", "objects[1].requester.service must be one of 'controle', "),
        (
            "service: dadosbasicos",
            "service: cliente, method: GET",
            "objects[1].requester.method must be POST: records are sent with it.",
        ),
        ("name: plano}", "name: plan}", "objects[1].objects[0].name: no operation declares 'plan'."),
        (", default: 1", ", default: 7", "objects[0].schema.properties.nivel.default is none of its codes."),
        ("codes: {1: basic, 2: gold}", "codes: {}", "objects[0].schema.properties.nivel.codes"),
        (
            "codes: {1: basic, 2: gold}, default: 1",
            "title: x",
            "objects[0].schema.properties.nivel.codes: a field with reader code needs codes.",
        ),
        (
            "reader: date",
            "reader: date, codes: {1: x}",
            "objects[0].schema.properties.desde.codes: a field with reader date takes no codes.",
        ),
        (
            "reader: date",
            "reader: date, max_length: 5",
            "objects[0].schema.properties.desde.max_length: a value with reader date has no length.",
        ),
        ("reader: number", "reader: text, misfit: truncate", "objects[0].schema.properties.taxa.misfit: without max_length"),
        ("reader: number", "reader: number, default: abc", "objects[0].schema.properties.taxa.default: reader number sends a whole number."),
        ("reader: number", "reader: text, default: 5", "objects[0].schema.properties.taxa.default: reader text sends a text."),
        ("reader: number", "reader: text, default: [a]", "objects[0].schema.properties.taxa.default must be a text, a whole number, or "),
        ("reader: number", "reader: text, default: abc, max_length: 2", "objects[0].schema.properties.taxa.default is longer than max_length."),
        ("reader: date", "reader: date, default: abc", "objects[0].schema.properties.desde.default: a field with reader date takes none."),
        (
            "reader: number",
            "reader: text, default: a, filled_from: id_inquilino",
            "objects[0].schema.properties.taxa.default: the field has filled_from already; say one of the two.",
        ),
        ("value: 0", "value: 9", "objects[0].destination_import_modes[1].value is none of the codes of 'situacao'."),
        ("field: situacao", "field: desde", "objects[0].destination_import_modes[1].value is none of the codes of 'desde'."),
        (
            "{type: Append}",
            "{type: SoftDelete, field: nivel, value: 1}",
            "objects[0].destination_import_modes[1].type: SoftDelete stands twice.",
        ),
        (
            'situacao: {$ref: "#/definitions/situacao"}',
            'situacao: {$ref: "#/definitions/situacao", since: v3}',
            "objects[0].destination_import_modes[1].field: 'situacao' is not in every version of the API.",
        ),
        ("[[idRetaguarda]]", "[[]]", "objects[0].matching_keys[0] must not be empty."),
        ("[[idRetaguarda]]", "[[idRetaguarda, taxa]]", "objects[0].matching_keys[0] holds 2; at most 1 is taken."),
        ("taxa: {reader: number}", "idRetaguarda: {reader: text}", "objects[0].schema.properties.idRetaguarda must be the shipped one."),
        ("desde:", "LOTEORIGEM:", "objects[0].schema.properties.LOTEORIGEM: 'LOTEORIGEM' is a name of 'loteOrigem' already."),
        ("before: [cliente]", "before: [anexo]", "objects[1].lote.before[0]: no lote carries 'anexo'."),
        (
            "down/777/1",
            "down/58/1",
            "objects[1].requester.path: v3/dadosdinamicos/down/58/1 of dadosbasicos is the path of 'ramo_atividade' already.",
        ),
        ("object_name: plano", "object_name: no", "objects[0].object_name must be a text; put quotes around "),
        ("max_length: 60", "max_length: 99999999999999999999", "objects[0].schema.properties.descricao.max_length is wrong: "),
        ("reader: number", "reader: text, max_length: 0", "objects[0].schema.properties.taxa.max_length is wrong:"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(old: str, new: str, said: str) -> None:
    assert changed(old, new).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("just words", "objects must be a list of components, each with a `type`."),
        ("a: b", "objects must be a list of components, each with a `type`."),
        ("- type: Stream", "objects[0].type must be one of 'AdditionalFields', "),
        ("- object_name: x", "objects[0] needs a `type`."),
        ("- 7", "objects[0] must hold properties."),
        ("- [", "objects, line 2, column 1: "),
        (PLANO[: PLANO.index("- type: BatchRequestWriter")], "objects[0]: nothing writes 'plano'. Add a BatchRequestWriter"),
        (PLANO + PLANO[PLANO.index("- type: BatchRequestWriter") :], "Two writers write 'plano'."),
        (PLANO + PLANO.replace("777", "778"), "objects[2].object_name: 'plano' is a name of the object 'plano' already."),
        (
            IN_CLIENTE.replace("object_name: cliente", "object_name: clinte"),
            "objects[0].object_name: there is no object 'clinte'. Did you mean 'cliente'? Objects: cliente, ",
        ),
        (IN_CLIENTE.replace("idRetaguardaPlano", "nome"), "objects[0].properties.nome is a field of the object already."),
        (IN_CLIENTE.replace("idRetaguardaPlano", "NOME"), "objects[0].properties.NOME: 'NOME' is a name of 'nome' already."),
        (IN_CLIENTE.replace("object_name: cliente", "object_name: anexo"), "objects[0].object_name: no lote carries 'anexo', so "),
        (IN_CLIENTE + IN_CLIENTE, "objects[1].properties.idRetaguardaPlano is a field of the object already."),
    ],
)  # fmt: skip
def test_a_mistake_in_the_list_is_told_with_its_place(text: str, said: str) -> None:
    assert complaint(text).startswith(said)


def test_every_mistake_is_told_at_once() -> None:
    said = complaint(PLANO.replace("reader: number", "reader: no_such").replace("tipo: 777", "tipo: -1"))
    assert "objects[0].schema.properties.taxa.reader" in said
    assert "objects[1].lote.tipo" in said


def test_of_many_mistakes_the_first_are_told_and_the_others_counted() -> None:
    said = complaint("- x\n" * 5000)
    assert said.startswith("objects[0] must hold properties. ")
    assert said.endswith(" objects[9] must hold properties. And 4990 more.")


@pytest.mark.parametrize(
    "path", ["https://other.example/v3", "/v3/x", "v3/../x", "v3/%2e%2e/x", "v3/x?y=1", "''", "[v3]"]
)
def test_a_path_that_leaves_its_service_is_told_once_and_what_one_looks_like(path: str) -> None:
    assert changed("path: v3/dadosdinamicos/down/777/1", f"path: {path}") == (
        "objects[1].requester.path must be a path below /api/retaguarda/, like v3/dadosdinamicos/down/777/1: "
        "no address, no dots."
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "object_name", "schema", "lote", "$ref", "x"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(
    at=st.integers(0, 1),
    name=st.sampled_from(["schema", "lote", "requester", "type", "objects", "x"]),
    value=VALUES,
)
def test_no_declaration_raises_anything_but_a_mistake_of_the_config(
    at: int, name: str, value: object
) -> None:
    entries = yaml.safe_load(PLANO)
    entries[at][name] = value
    with suppress(ConfigError):
        with_objects(shipped_manifest(), json.dumps(entries))


def manifest_complaint(old: str, new: str) -> str:
    text = shipped_text()
    assert old in text, old
    with pytest.raises(ConfigError) as raised:
        read_manifest(text.replace(old, new, 1))
    return str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("cep: {$ref: \"#/definitions/address/cep\"}", "cep: {}", "discover.operations[1].schema.properties.cep.reader is missing."),
        ("checker:", "chequer:", "checker is missing. chequer does not exist here. Did you mean 'checker'?"),
        ("lote: {type: Lote, tipo: 56", "lote: {type: Lote, tipo: 0", "writers[1].lote.tipo: 0 is the tipoLote of 'cliente' already."),
        ("  - type: BatchRequestWriter", "  - type: RequestWriter", "writers[0].type must be one of 'BatchRequestWriter', "),
        ("type: CompositeCatalogOperations", "type: [", "The manifest, line "),
        ("after: [cliente]", "after: [client]", "writers[1].lote.after[0]: there is no object 'client'. Did you mean 'cliente'?"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_whole_manifest_is_told_with_its_place(old: str, new: str, said: str) -> None:
    assert manifest_complaint(old, new).startswith(said)


def test_a_manifest_that_holds_nothing_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match=r"^The manifest holds no components\.$"):
        read_manifest("- a")
