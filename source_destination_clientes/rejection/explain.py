"""What each reason means and what to do about it; `docs/rejections.md` is generated from here.

>>> EXPLANATIONS[Reason.TOO_LONG].stage
<Stage.MAPPING: 'mapping'>
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from source_destination_clientes.rejection.outcome import Reason, Stage


@dataclass(frozen=True, slots=True)
class Explanation:
    """Texts in Markdown. `stage` is where most rejections of the reason occur."""

    stage: Stage
    happened: str
    example: str
    remedy: str


EXPLANATIONS: Final[Mapping[Reason, Explanation]] = {
    Reason.MISSING_FIELD: Explanation(
        Stage.MAPPING,
        "A required field is absent from the record, or is null, empty or blank, and neither the mapping nor the config "
        "fills it. `message` lists every field that is missing, `field` names the first. On rows of stage `attach`, the "
        "record does not say to whom the file belongs, or which file it is.",
        "A cliente without `nome`; a cliente without `cpfCnpj` under `api_version` v2 (v3 takes it); a deletion that "
        "has nothing but the key.",
        "If the source has the value under another name, add a field to `streams[].fields`. If some records really have "
        "none, fill it with a literal or `{{ record.x or '…' }}`, or leave those records out in the source.",
    ),
    Reason.TOO_LONG: Explanation(
        Stage.MAPPING,
        "A text has more characters than the API takes. The tills' database has failed on such values after the API had "
        "accepted them, so they are rejected here.",
        "A `numero` of 20 characters, where 15 are taken, because the source keeps the complement in the same column.",
        "Map the field with `cut(n)`, split it over two fields, or set `values.overlong` to `truncate`. `idRetaguarda` is "
        "never cut: two keys could become one.",
    ),
    Reason.WRONG_TYPE: Explanation(
        Stage.MAPPING,
        "A value cannot be converted to the field's type: a list or an object in a text field, true or false in a text "
        "field, a postal code or telephone without any digit. Without `field`, the record as a whole is not a JSON object.",
        "`endereco` is filled with the whole address object of a web shop.",
        "Map the part that you need, for example `address.line1`, or build a text with an expression.",
    ),
    Reason.NOT_IN_LIST: Explanation(
        Stage.MAPPING,
        "A code or a word is not in the API's list of codes; or `idInquilino` is not the one in the config.",
        "`estadoCivil` is 9, or `sexo` is `X`.",
        "Translate it with the filter `code`, for example `{{ record.sex | code({'X': 0}) }}`. The words that need no "
        "translation are listed in [mapping.md](mapping.md), the codes in [fields.md](fields.md). Records of another tenant need "
        "a connection of their own: a lote is open for one.",
    ),
    Reason.BAD_DATE: Explanation(
        Stage.MAPPING,
        "A value is neither a date of the form `YYYY-MM-DD` nor an ISO timestamp, or the day does not exist.",
        "`17/05/1984`, or `2023-02-30`.",
        "Declare how the source writes dates with the filter `date`: `{{ record.birth | date('%d/%m/%Y') }}`. An impossible "
        "date must be corrected in the source.",
    ),
    Reason.BAD_DOCUMENT: Explanation(
        Stage.MAPPING,
        "A document is neither a CPF (11 digits) nor a CNPJ (14 characters), or its check digits are wrong, or it "
        "repeats one digit, which no CPF does.",
        "`111.111.111-11`, or a CPF with two digits exchanged.",
        "Correct it in the source. If you want to send such documents nevertheless, set "
        "`values.document_check` to `length_only`.",
    ),
    Reason.MAPPING_ERROR: Explanation(
        Stage.MAPPING,
        "An expression of the mapping failed on this record. `message` names the kind of error.",
        "`{{ record.birth | date('%Y%m%d') }}` meets `unknown`.",
        "Make the expression handle such values, for example with `if`, and try it on a file with "
        "`destination-clientes preview`.",
    ),
    Reason.REFUSED_BY_API: Explanation(
        Stage.API,
        "PDVSync refused the record: its answer named the record, or the request was halved until the record was alone. "
        "Its words are in `raw`, the status in `http_status`. Records sent together with it are not affected.",
        "A business rule of your inquilino that the API's documentation does not mention.",
        "Read `raw`. Correct the record or the mapping and replay; if the words are not "
        "clear, send them and the code of the lote to the support of TOTVS.",
    ),
    Reason.REFUSED_BY_STORE: Explanation(
        Stage.STORE,
        "PDVSync accepted the record, and a store reported an error when it downloaded the lote. `message` names the store, "
        "`raw` has its words. An error that names no record is about the whole lote, so every record of the lote "
        "has a row. Only seen with `lote.store_status` set to `poll`.",
        "The tills of one store cannot write a record because data it refers to has not arrived there.",
        "Read `raw`, fix the cause at the store or in the record, and replay. The record may be good at other stores; "
        "sending it again does no harm there, unless it is outdated by now.",
    ),
    Reason.CUSTOMER_NOT_FOUND: Explanation(
        Stage.ATTACH,
        "The customers API knows no customer with this CPF or id, or only a deleted one. The file was not attached.",
        "The cliente is at the tills, but was never entered in the customers API.",
        "Create the customer there and replay, or put its `customerId` in the record.",
    ),
    Reason.CUSTOMER_AMBIGUOUS: Explanation(
        Stage.ATTACH,
        "Several customers that are not deleted have this CPF, so it is not clear which one is meant.",
        "A customer was entered twice.",
        "Put `customerId` in the record, or delete the surplus customer, and replay.",
    ),
    Reason.DOCUMENT_IS_NOT_CPF: Explanation(
        Stage.ATTACH,
        "The document is a CNPJ. The customers API identifies persons by CPF; companies are another resource there.",
        "An attachment for a company among the clientes.",
        "Put `customerId` in the record if there is one. Otherwise leave attachments of companies out of the stream.",
    ),
    Reason.FILE_REFUSED: Explanation(
        Stage.ATTACH,
        "The file could not be fetched, created or attached: the customers API refused it (its words are in `raw`), its address "
        "could not be fetched, it is empty or larger than `attachments.upload.max_megabytes`, or the record has bytes while "
        "`attachments.upload` is `none`.",
        "The id of a file that no longer exists; a link that has expired; a scan of 40 MB.",
        "Read `message` and `raw`. Correct the id or the address, make the file smaller or raise the limit, and replay.",
    ),
}
