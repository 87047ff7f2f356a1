"""What the emulated API asks of a record, by version; messages in Portuguese, as a server there would say them.

Read from https://tdn.totvs.com/pages/releaseview.action?pageId=836052094 on its own, not from the connector's table.
"""

from collections.abc import Mapping
from typing import Any, Final

REFUSED_BY_API: Final = "RECUSADO PELA API"
"""A cliente whose name holds this is refused, as a business rule would; so is dynamic data, in any text of it."""

REFUSED_BY_STORE: Final = "RECUSADO NA LOJA"
"""A cliente whose name holds this is taken, and refused later by the last store."""

LOTE_REFUSED_BY_STORE: Final = "LOTE RECUSADO NA LOJA"
"""A cliente whose name holds this makes the last store refuse the lote as a whole."""

_LENGTHS: Final = {
    "atividade": 500,
    "bairro": 100,
    "celular": 20,
    "cep": 10,
    "cidade": 100,
    "complemento": 50,
    "email": 80,
    "endereco": 150,
    "estado": 30,
    "idRetaguarda": 100,
    "numero": 15,
    "rgInscricao": 25,
    "telefone": 20,
}
_BY_VERSION: Final[Mapping[str, Mapping[str, int]]] = {
    "v1": {**_LENGTHS, "nome": 200, "cpfCnpj": 14, "avatarUrl": 300, "cracha": 20},
    "v2": {
        **_LENGTHS,
        "nome": 200,
        "cpfCnpj": 14,
        "avatarUrl": 300,
        "cracha": 20,
        "IdProfissionalRetaguarda": 100,
    },
    "v3": {**_LENGTHS, "nome": 250, "cpfCnpj": 25, "descricao": 100, "idProfissionalRetaguarda": 100},
}
_ALWAYS: Final = ("idInquilino", "idProprietario", "idRetaguarda", "loteOrigem")
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "v1": (*_ALWAYS, "nome", "cpfCnpj", "pessoaFisica", "situacao"),
    "v2": (*_ALWAYS, "nome", "cpfCnpj", "pessoaFisica", "situacao"),
    "v3": (*_ALWAYS, "nome", "pessoaFisica", "situacao"),
}
_CODES: Final = {
    "pessoaFisica": range(2),
    "situacao": range(2),
    "sexo": range(3),
    "estadoCivil": range(7),
    "tipoEndereco": range(3),
}
_ENDERECO_REQUIRED: Final = (*_ALWAYS, "idClienteRetaguarda", "situacao")

Faults = list[tuple[str, str]]


def cliente_faults(version: str, record: Mapping[str, Any]) -> Faults:
    """What is wrong with a cliente: pairs of field and sentence."""
    faults = _common_faults(record, _REQUIRED[version], _BY_VERSION[version])
    if REFUSED_BY_API in str(record.get("nome")):
        faults.append(("nome", "Cliente recusado por regra de negócio"))
    return faults


def dynamic_faults(record: Mapping[str, Any]) -> Faults:
    """What is wrong with a record of dynamic data, of which no page is known: it needs its keys, and codes that there are."""
    faults = _common_faults(record, _ALWAYS, {"idRetaguarda": _LENGTHS["idRetaguarda"]})
    faults += [
        (name, "Registro recusado por regra de negócio") for name in fields_saying(record, REFUSED_BY_API)
    ]
    return faults


def fields_saying(record: Mapping[str, Any], words: str) -> list[str]:
    """The fields whose text holds these words."""
    return [name for name, value in record.items() if isinstance(value, str) and words in value]


def endereco_faults(record: Mapping[str, Any]) -> Faults:
    """What is wrong with an address."""
    return _common_faults(record, _ENDERECO_REQUIRED, _LENGTHS)


def _common_faults(
    record: Mapping[str, Any], required: tuple[str, ...], lengths: Mapping[str, int]
) -> Faults:
    faults = [(name, f"O campo {name} é obrigatório") for name in required if record.get(name) in (None, "")]
    for name, value in record.items():
        limit = lengths.get(name)
        if limit is not None and value is not None:
            if not isinstance(value, str):
                faults.append((name, f"O campo {name} deve ser texto"))
            elif len(value) > limit:
                faults.append((name, f"O campo {name} deve ter no máximo {limit} caracteres"))
        codes = _CODES.get(name)
        if codes is not None and (type(value) is not int or value not in codes):
            faults.append((name, f"O campo {name} tem um código inválido"))
    return faults
