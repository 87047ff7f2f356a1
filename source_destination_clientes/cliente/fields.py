"""The fields of each object, by API version: the one table from which schema, validation and docs come.

Sources: the page of the clientes endpoint, v2 and v3 (https://tdn.totvs.com/pages/releaseview.action?pageId=836052094), the page
of addresses (https://tdn.totvs.com/pages/viewpage.action?pageId=836059758), and what first-party clients send besides
(https://github.com/totvs/winthor-smart-hub-layouts, https://github.com/totvs/protheus-smart-hub-layouts).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal, TypeAlias

ApiVersion: TypeAlias = Literal["v2", "v3"]


class ObjectKind(StrEnum):
    """What a record can become."""

    CLIENTE = "cliente"
    CLIENTE_ENDERECO = "cliente_endereco"
    ANEXO = "anexo"


class Reader(StrEnum):
    """How a value is read and what is sent."""

    TEXT = "text"
    DIGITS = "digits"
    DOCUMENT = "document"
    DATE = "date"
    CODE = "code"
    FLAG = "flag"
    TENANT = "tenant"
    PERSON = "person"
    PHONE = "phone"
    POSTAL_CODE = "postal_code"
    STATE = "state"
    HOUSE_NUMBER = "house_number"
    EMAIL = "email"


class Misfit(StrEnum):
    """What happens when a value does not fit its field: the record is rejected, the value left out, or the text cut."""

    REJECT = "reject"
    OMIT = "omit"
    TRUNCATE = "truncate"


Codes: TypeAlias = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `max_length` counts characters; `codes` are the values a code may take, with their meaning.

    `also` are other names that the docs or other clients have for the field. `beyond` marks fields that the API's page
    does not list although first-party clients send them.
    """

    name: str
    title: str
    reader: Reader = Reader.TEXT
    required: bool = False
    max_length: int | None = None
    codes: Codes | None = None
    also: tuple[str, ...] = ()
    obsolete: bool = False
    beyond: bool = False
    misfit: Misfit = Misfit.OMIT


SITUACAO: Final[Codes] = {0: "inactive", 1: "active"}
PESSOA_FISICA: Final[Codes] = {0: "see values.pessoa_fisica_code", 1: "see values.pessoa_fisica_code"}
SEXO: Final[Codes] = {0: "not defined", 1: "male", 2: "female"}
ESTADO_CIVIL: Final[Codes] = {
    0: "not informed",
    1: "married",
    2: "single",
    3: "widowed",
    4: "separated",
    5: "divorced",
    6: "other",
}
TIPO_ENDERECO: Final[Codes] = {0: "delivery", 1: "business", 2: "billing"}

_ADDRESS: Final = (
    Field("endereco", "Street of the main address", max_length=150, misfit=Misfit.TRUNCATE),
    Field("numero", "Number of the main address", Reader.HOUSE_NUMBER, max_length=15, misfit=Misfit.TRUNCATE),
    Field("complemento", "Complement of the main address", max_length=50, misfit=Misfit.TRUNCATE),
    Field("bairro", "District of the main address", max_length=100, misfit=Misfit.TRUNCATE),
    Field("cidade", "City of the main address", max_length=100, misfit=Misfit.TRUNCATE),
    Field(
        "estado", "State of the main address; the tills store its two letters", Reader.STATE, max_length=30
    ),
    Field("cep", "Postal code of the main address", Reader.POSTAL_CODE, max_length=10),
)

_IDENTITY: Final = (
    Field(
        "idInquilino",
        "Tenant: the config's; a record of another is rejected",
        Reader.TENANT,
        required=True,
    ),
    Field(
        "idProprietario",
        "Owner, which decides the shops; the config's for records without one",
        required=True,
    ),
    Field("idRetaguarda", "Key of the record in the back office", required=True, max_length=100),
)

_CLIENTE_V2: Final = (
    *_IDENTITY,
    Field("nome", "Name", required=True, max_length=200),
    Field("cpfCnpj", "CPF or CNPJ", Reader.DOCUMENT, required=True, max_length=14, misfit=Misfit.REJECT),
    Field("pessoaFisica", "Person or company", Reader.PERSON, required=True, codes=PESSOA_FISICA),
    Field("situacao", "Active or not", Reader.CODE, required=True, codes=SITUACAO),
    *_ADDRESS,
    Field("telefone", "Telephone", Reader.PHONE, max_length=20),
    Field("celular", "Mobile phone, with area code", Reader.PHONE, max_length=20),
    Field("email", "E-mail address", Reader.EMAIL, max_length=80),
    Field("dataNascimento", "Date of birth", Reader.DATE),
    Field("rgInscricao", "RG of a person, state registration of a company", max_length=25),
    Field("sexo", "Gender", Reader.CODE, codes=SEXO),
    Field("estadoCivil", "Marital status", Reader.CODE, codes=ESTADO_CIVIL),
    Field("atividade", "Activity", max_length=500, misfit=Misfit.TRUNCATE),
    Field("cracha", "Badge", max_length=20),
    Field("avatarUrl", "Address of a picture", max_length=300),
    # The server reads this name and silently drops the one on the API's page (winthor-smart-hub-layouts, f65231d).
    Field(
        "IdRetaguardaProfissional",
        "Key of the professional who serves the cliente",
        max_length=100,
        also=("IdProfissionalRetaguarda", "idProfissionalRetaguarda"),
    ),
    Field("IdRetaguardaRedeCliente", "Key of the chain the cliente belongs to", max_length=100, beyond=True),
    Field("IdRetaguardaClientePrincipal", "Key of the main cliente", max_length=100, beyond=True),
    Field("IdRetaguardaPraca", "Key of the sales area", max_length=100, beyond=True),
    Field("IdRetaguardaRegiao", "Key of the region", max_length=100, beyond=True),
    Field("IdRetaguardaRamoAtividade", "Key of the line of business", max_length=100, beyond=True),
    Field("idRetaguardaTabelaPreco", "Key of the price table", max_length=100, beyond=True),
    Field(
        "UtilizaPrecoAtacado", "Whether wholesale prices apply, as True or False", max_length=5, beyond=True
    ),
    Field("bloqueado", "Whether the cliente is blocked", Reader.FLAG, beyond=True, misfit=Misfit.REJECT),
    Field(
        "pendenteAnaliseCredito",
        "Whether a credit analysis is pending",
        Reader.FLAG,
        beyond=True,
        misfit=Misfit.REJECT,
    ),
)

_V3: Final[Mapping[str, Mapping[str, object]]] = {
    "nome": {"max_length": 250},
    "cpfCnpj": {"required": False, "max_length": 25},
    "cracha": {"obsolete": True},
    "avatarUrl": {"obsolete": True},
}

_CLIENTE_V3: Final = (
    *(replace(field, **_V3.get(field.name, {})) for field in _CLIENTE_V2),  # type: ignore[arg-type] # checked by the tests
    Field("tipoEndereco", "Kind of the main address", Reader.CODE, codes=TIPO_ENDERECO),
    Field("descricao", "Description", max_length=100, misfit=Misfit.TRUNCATE),
)

_ENDERECO: Final = (
    *_IDENTITY,
    Field("idClienteRetaguarda", "Key of the cliente it belongs to", required=True, max_length=100),
    Field("situacao", "Active or not", Reader.CODE, required=True, codes=SITUACAO),
    Field("idCliente", "Identifier of the cliente at the tills", max_length=100),
    Field("descricaoTipo", "Description of the kind of address", max_length=100),
    Field("tipoEndereco", "Kind of address", Reader.CODE, codes=TIPO_ENDERECO),
    *(replace(field, title=field.title.replace(" of the main address", "")) for field in _ADDRESS),
)

_ANEXO: Final = (
    Field("customerId", "Identifier of the customer in the customers API; wins over cpfCnpj", max_length=100),
    Field(
        "cpfCnpj",
        "CPF of the customer, when its identifier is not known",
        Reader.DOCUMENT,
        max_length=14,
        misfit=Misfit.REJECT,
    ),
    Field("file", "Identifier of the file to attach; without one, its bytes must come", max_length=1000),
    Field("fileUrl", "Address of the bytes, https and public", max_length=2000),
    Field("fileContent", "The bytes, as base64"),
    Field("fileName", "Name of the file, for bytes", max_length=255),
    Field("contentType", "Type of the file, for bytes", max_length=100),
    Field("purpose", "Purpose of the file, for bytes; the config's for records without one", max_length=100),
)

FIELDS: Final[Mapping[tuple[ObjectKind, ApiVersion], tuple[Field, ...]]] = {
    (ObjectKind.CLIENTE, "v2"): _CLIENTE_V2,
    (ObjectKind.CLIENTE, "v3"): _CLIENTE_V3,
    (ObjectKind.CLIENTE_ENDERECO, "v2"): _ENDERECO,
    (ObjectKind.CLIENTE_ENDERECO, "v3"): _ENDERECO,
    (ObjectKind.ANEXO, "v2"): _ANEXO,
    (ObjectKind.ANEXO, "v3"): _ANEXO,
}

FILLED_BY_US: Final = frozenset({"idInquilino", "idProprietario", "situacao", "pessoaFisica"})
"""Required by the API, but not in a record: the config or the document fills them."""
