"""Words that stand for codes, in Portuguese and English, as people and other systems write them."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

_YES: Final = ("s", "sim", "y", "yes", "true", "t", "1")
_NO: Final = ("n", "nao", "no", "false", "f", "0")

SEXO_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(
        (
            "nao definido",
            "nao informado",
            "indefinido",
            "outro",
            "outros",
            "other",
            "unknown",
            "undefined",
            "n/i",
        ),
        0,
    ),
    **dict.fromkeys(("m", "masculino", "masc", "homem", "male", "man"), 1),
    **dict.fromkeys(("f", "feminino", "fem", "mulher", "female", "woman"), 2),
}
ESTADO_CIVIL_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("nao informado", "n/i", "unknown", "not informed"), 0),
    **dict.fromkeys(("casado", "casada", "married"), 1),
    **dict.fromkeys(("solteiro", "solteira", "single", "never married"), 2),
    **dict.fromkeys(("viuvo", "viuva", "widowed", "widow", "widower"), 3),
    **dict.fromkeys(("separado", "separada", "desquitado", "desquitada", "separated"), 4),
    **dict.fromkeys(("divorciado", "divorciada", "devorciado", "devorciada", "divorced"), 5),
    **dict.fromkeys(
        ("outro", "outros", "other", "uniao estavel", "domestic partnership", "companheiro", "companheira"), 6
    ),
}
SITUACAO_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("inativo", "inativa", "i", "inactive", "disabled", "bloqueado", "deleted", *_NO), 0),
    **dict.fromkeys(("ativo", "ativa", "a", "active", "enabled", *_YES), 1),
}
PERSON_WORDS: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("f", "pf", "fisica", "pessoa fisica", "person", "individual", "cpf"), True),
    **dict.fromkeys(("s", "sim", "y", "yes", "true"), True),
    **dict.fromkeys(
        ("j", "pj", "juridica", "pessoa juridica", "company", "business", "corporate", "cnpj"), False
    ),
    **dict.fromkeys(("n", "nao", "no", "false"), False),
}
FLAG_WORDS: Final[Mapping[str, bool]] = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
TIPO_ENDERECO_WORDS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("entrega", "delivery", "shipping"), 0),
    **dict.fromkeys(("comercial", "business", "work"), 1),
    **dict.fromkeys(("cobranca", "billing"), 2),
}

UF_WORDS: Final[Mapping[str, str]] = {
    "acre": "AC",
    "alagoas": "AL",
    "amapa": "AP",
    "amazonas": "AM",
    "bahia": "BA",
    "ceara": "CE",
    "distrito federal": "DF",
    "espirito santo": "ES",
    "goias": "GO",
    "maranhao": "MA",
    "mato grosso": "MT",
    "mato grosso do sul": "MS",
    "minas gerais": "MG",
    "para": "PA",
    "paraiba": "PB",
    "parana": "PR",
    "pernambuco": "PE",
    "piaui": "PI",
    "rio de janeiro": "RJ",
    "rio grande do norte": "RN",
    "rio grande do sul": "RS",
    "rondonia": "RO",
    "roraima": "RR",
    "santa catarina": "SC",
    "sao paulo": "SP",
    "sergipe": "SE",
    "tocantins": "TO",
}
"""The two letters of each state, by its name."""

CODE_WORDS: Final[Mapping[str, Mapping[str, int]]] = {
    "sexo": SEXO_WORDS,
    "estadoCivil": ESTADO_CIVIL_WORDS,
    "situacao": SITUACAO_WORDS,
    "tipoEndereco": TIPO_ENDERECO_WORDS,
}
"""The words of each code by field. Those of pessoaFisica depend on the config."""


def plain(word: str) -> str:
    """A word without accents, case and the `(a)` of forms: `Solteiro(a)` is `solteiro`."""
    decomposed = unicodedata.normalize("NFKD", word.strip().casefold())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"\s+", " ", re.sub(r"\((?:a|o|as|os)\)$", "", letters)).strip()
