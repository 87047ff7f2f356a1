"""Words that stand for codes, in Portuguese and English, as people, spreadsheets and other systems write them."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_YES: Final = ("s", "sim", "y", "yes", "true", "t", "verdadeiro", "v", "on", "1")
_NO: Final = ("n", "nao", "no", "false", "f", "falso", "off", "0")

SEXO_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        (
            "nao definido",
            "nao informado",
            "nao informada",
            "nao declarado",
            "nao se aplica",
            "prefiro nao informar",
            "prefiro nao dizer",
            "prefiro nao declarar",
            "prefere nao informar",
            "prefer not to say",
            "prefer not to answer",
            "nao binario",
            "nao binaria",
            "nao binarie",
            "non binary",
            "nonbinary",
            "indefinido",
            "outro",
            "outros",
            "other",
            "unknown",
            "undefined",
            "not informed",
            "n/i",
        ),
        0,
    ),
    **dict.fromkeys(("m", "masculino", "masculina", "masc", "homem", "macho", "male", "man", "masculine"), 1),
    **dict.fromkeys(
        ("f", "feminino", "feminina", "fem", "mulher", "femea", "female", "woman", "feminine"), 2
    ),
}
ESTADO_CIVIL_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("nao informado", "nao declarado", "n/i", "unknown", "not informed"), 0),
    **dict.fromkeys(("casado", "casada", "married"), 1),
    **dict.fromkeys(("solteiro", "solteira", "single", "never married"), 2),
    **dict.fromkeys(("viuvo", "viuva", "v", "widowed", "widow", "widower"), 3),
    **dict.fromkeys(("separado", "separada", "desquitado", "desquitada", "separated"), 4),
    **dict.fromkeys(("divorciado", "divorciada", "devorciado", "devorciada", "divorced"), 5),
    **dict.fromkeys(
        (
            "outro",
            "outros",
            "other",
            "uniao estavel",
            "em uniao estavel",
            "amasiado",
            "amasiada",
            "amigado",
            "amigada",
            "companheiro",
            "companheira",
            "convivente",
            "domestic partnership",
            "stable union",
            "common law",
            "civil union",
        ),
        6,
    ),
}
SITUACAO_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        (
            "inativo",
            "inativa",
            "i",
            "inactive",
            "disabled",
            "desativado",
            "desativada",
            "desabilitado",
            "desabilitada",
            "bloqueado",
            "bloqueada",
            "blocked",
            "excluido",
            "excluida",
            "deletado",
            "deletada",
            "removido",
            "removida",
            "cancelado",
            "cancelada",
            "arquivado",
            "arquivada",
            "archived",
            "deleted",
            "nao ativo",
            *_NO,
        ),
        0,
    ),
    **dict.fromkeys(
        (
            "ativo",
            "ativa",
            "a",
            "active",
            "enabled",
            "habilitado",
            "habilitada",
            "liberado",
            "liberada",
            *_YES,
        ),
        1,
    ),
}
PERSON_WORDS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(
        (
            "f",
            "pf",
            "p.f",
            "fisica",
            "fisico",
            "pessoa fisica",
            "pessoas fisicas",
            "person",
            "individual",
            "natural person",
            "cpf",
        ),
        True,
    ),
    **dict.fromkeys(("s", "sim", "y", "yes", "true", "t", "verdadeiro", "v"), True),
    **dict.fromkeys(
        (
            "j",
            "pj",
            "p.j",
            "juridica",
            "juridico",
            "pessoa juridica",
            "pessoas juridicas",
            "empresa",
            "company",
            "business",
            "corporate",
            "legal person",
            "cnpj",
        ),
        False,
    ),
    **dict.fromkeys(("n", "nao", "no", "false", "falso"), False),
}
"""Whether it is a person; words for yes and no answer the field's own name, pessoaFisica. `F` is física, not false."""

FLAG_WORDS: Final[Mapping[str, bool]] = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
TIPO_ENDERECO_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("entrega", "delivery", "shipping"), 0),
    **dict.fromkeys(("comercial", "business", "work"), 1),
    **dict.fromkeys(("cobranca", "billing"), 2),
}

CODE_WORDS: Final[Mapping[str, Mapping[str, int]]] = {
    "sexo": SEXO_WORDS,
    "estadoCivil": ESTADO_CIVIL_WORDS,
    "situacao": SITUACAO_WORDS,
    "tipoEndereco": TIPO_ENDERECO_WORDS,
}
"""Words of each code, by field."""

_FORM_ENDING: Final = re.compile(r"(?:\((?:a|o|as|os)\)|/(?:a|o|as|os))$")
_GAPS: Final = re.compile(r"[\s_-]+")


def plain(word: str) -> str:
    """A word without accents, case, the `(a)` of forms and a final point: `Solteiro(a)` is `solteiro`, `Masc.` is `masc`."""
    decomposed = unicodedata.normalize("NFKD", word.strip().casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _FORM_ENDING.sub("", _GAPS.sub(" ", letters).strip(" .")).strip(" .")
