"""What each reason means to the person who has to act on it; `docs/rejections.md` is written from here.

>>> explain(Reason.TOO_LONG).stage
<Stage.MAPPING: 'mapping'>
"""

from dataclasses import dataclass
from typing import Final, assert_never

from source_destination_clientes.rejection.outcome import Reason, Stage


@dataclass(frozen=True, slots=True)
class Explanation:
    """Markdown. `stage` is where the reason usually arises."""

    stage: Stage
    happened: str
    example: str
    remedy: str


_MISSING_FIELD: Final = Explanation(
    Stage.MAPPING,
    "A required field is absent from the record, or is null, empty or blank, and neither the mapping nor the config "
    "fills it. `message` lists every field that is missing, `field` names the first. On rows of stage `attach`, the "
    "record does not say to whom the file belongs, or which file it is.",
    "A cliente without `nome`; a cliente without `cpfCnpj` under `api_version` v2 (v3 takes it); a deletion that "
    "brings nothing but the key.",
    "If the source has the value under another name, add a field to `streams[].fields`. If some records truly have "
    "none, fill it with a literal or `{{ record.x or '…' }}`, or leave those records out in the source.",
)
_TOO_LONG: Final = Explanation(
    Stage.MAPPING,
    "A text has more characters than the API takes. The tills' database has been seen to fail on such values after "
    "the API had let them through, so they are stopped here.",
    "A `numero` of 20 characters, where 15 are taken, because the source keeps the complement in the same column.",
    "Map the field with `cut(n)`, split it over two fields, or set `values.overlong` to `truncate`. `idRetaguarda` is "
    "never cut: two keys could become one.",
)
_WRONG_TYPE: Final = Explanation(
    Stage.MAPPING,
    "A value is of a kind that cannot become the field: a list or an object where text is wanted, true or false in a "
    "text, a postal code or telephone without any digit. Without `field`, the record as a whole is no JSON object.",
    "`endereco` is filled with the whole address object of a web shop.",
    "Name the part that is meant, for example `address.line1`, or make a text of it with an expression.",
)
_NOT_IN_LIST: Final = Explanation(
    Stage.MAPPING,
    "A code is none of those the API knows, or a word stands for none of them; or `idInquilino` is not the one of the config.",
    "`estadoCivil` is 9, or `sexo` is `X`.",
    "Translate it with the filter `code`, for example `{{ record.sex | code({'X': 0}) }}`. The words that need no "
    "translation are listed in [mapping.md](mapping.md), the codes in [fields.md](fields.md). Records of another tenant need "
    "a connection of their own: a lote is open for one.",
)
_BAD_DATE: Final = Explanation(
    Stage.MAPPING,
    "A value is no day of the calendar in the form `YYYY-MM-DD`, and no ISO timestamp.",
    "`17/05/1984`, or `2023-02-30`.",
    "Say how the source writes dates, with the filter `date`: `{{ record.birth | date('%d/%m/%Y') }}`. An impossible "
    "day has to be corrected in the source.",
)
_BAD_DOCUMENT: Final = Explanation(
    Stage.MAPPING,
    "A document is neither a CPF (11 digits) nor a CNPJ (14 characters), or its check digits are wrong, or it "
    "repeats one digit, as no CPF does.",
    "`111.111.111-11`, or a CPF with two digits exchanged.",
    "Correct it in the source. If your documents are known to be wrong and wanted all the same, set "
    "`values.document_check` to `length_only`.",
)
_MAPPING_ERROR: Final = Explanation(
    Stage.MAPPING,
    "An expression of the mapping failed on this record. `message` names the kind of error.",
    "`{{ record.birth | date('%Y%m%d') }}` meets `unknown`.",
    "Let the expression cope with such values, for example with `if`, and try it on a file with "
    "`destination-clientes preview`.",
)
_REFUSED_BY_API: Final = Explanation(
    Stage.API,
    "PDVSync itself refused the record: the answer named it, or the request was halved until it stood alone. Its "
    "words are in `raw`, the status in `http_status`. Records that were sent together with it are not affected.",
    "A business rule of your inquilino that no page of the API mentions.",
    "Read `raw`. Correct the record or the mapping and replay; if the words do not explain themselves, they and the "
    "lote are what the support of TOTVS needs.",
)
_REFUSED_BY_STORE: Final = Explanation(
    Stage.STORE,
    "PDVSync took the record, and a store reported an error when it downloaded the lote. `message` names the store, "
    "`raw` holds its words. A store that reports an error without naming a record speaks of the whole lote, so every "
    "record of it has a row. Only seen with `lote.store_status` set to `poll`.",
    "The tills of one store cannot write a record because data it refers to has not arrived there.",
    "Read `raw`, mend the cause at the store or in the record, and replay. The record may be good at other stores; "
    "sending it again does no harm there, unless it is outdated by now.",
)
_CUSTOMER_NOT_FOUND: Final = Explanation(
    Stage.ATTACH,
    "The customers API knows no customer with this CPF or id, or only a deleted one. The file was not attached.",
    "The cliente is at the tills, but was never entered in the customers API.",
    "Create the customer there and replay, or give its `customerId`.",
)
_CUSTOMER_AMBIGUOUS: Final = Explanation(
    Stage.ATTACH,
    "Several customers that are not deleted have this CPF. No guess is made.",
    "A customer was entered twice.",
    "Give `customerId` in the record, or delete the surplus customer, and replay.",
)
_DOCUMENT_IS_NOT_CPF: Final = Explanation(
    Stage.ATTACH,
    "The document is a CNPJ. The customers API identifies persons by CPF; companies are another resource there.",
    "An attachment for a company among the clientes.",
    "Give `customerId` if there is one. Otherwise leave attachments of companies out of the stream.",
)
_FILE_REFUSED: Final = Explanation(
    Stage.ATTACH,
    "The file could not be had, made or attached: the customers API refused it (its words are in `raw`), its address "
    "could not be fetched, it is empty or larger than `attachments.upload.max_megabytes`, or the record brings bytes while "
    "`attachments.upload` is not set.",
    "The id of a file that no longer exists; a link that has expired; a scan of 40 MB.",
    "Read `message` and `raw`. Correct the id or the address, make the file smaller or raise the limit, and replay.",
)
_UNSUPPORTED_OBJECT: Final = Explanation(
    Stage.MAPPING,
    "This config cannot send what the record is. This version writes no such row: it ends the sync with a config "
    "error before anything is sent. The name is kept for rows of other versions.",
    "A record of an `anexo` stream while `attachments` is `none`.",
    "Set up `attachments`, or leave the stream out of the connection.",
)


def explain(reason: Reason) -> Explanation:  # noqa: C901, PLR0911, PLR0912 - one arm for each reason, so that mypy misses none
    """The explanation of a reason."""
    match reason:
        case Reason.MISSING_FIELD:
            return _MISSING_FIELD
        case Reason.TOO_LONG:
            return _TOO_LONG
        case Reason.WRONG_TYPE:
            return _WRONG_TYPE
        case Reason.NOT_IN_LIST:
            return _NOT_IN_LIST
        case Reason.BAD_DATE:
            return _BAD_DATE
        case Reason.BAD_DOCUMENT:
            return _BAD_DOCUMENT
        case Reason.MAPPING_ERROR:
            return _MAPPING_ERROR
        case Reason.REFUSED_BY_API:
            return _REFUSED_BY_API
        case Reason.REFUSED_BY_STORE:
            return _REFUSED_BY_STORE
        case Reason.CUSTOMER_NOT_FOUND:
            return _CUSTOMER_NOT_FOUND
        case Reason.CUSTOMER_AMBIGUOUS:
            return _CUSTOMER_AMBIGUOUS
        case Reason.DOCUMENT_IS_NOT_CPF:
            return _DOCUMENT_IS_NOT_CPF
        case Reason.FILE_REFUSED:
            return _FILE_REFUSED
        case Reason.UNSUPPORTED_OBJECT:
            return _UNSUPPORTED_OBJECT
    assert_never(reason)
