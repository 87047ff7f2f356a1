"""The components a manifest is written in, as pydantic reads them: strict, frozen, nothing but what is declared here.

Names are those of Airbyte's low-code destinations (https://github.com/airbytehq/airbyte, airbyte-cdk/bulk/toolkits/load-low-code)
wherever they have one: `checker`, `discover`, `CompositeCatalogOperations`, `StaticCatalogOperation`, the import modes, `writers`,
`BatchRequestWriter`, `JsonBatchBody`, `RequestMemoryBatchSize`. What they cannot say has a component of our own, named in the same
manner: the lote, a requester whose path depends on the version of the API, rejected records named by key, and how a value is read.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from source_destination_clientes.manifest.objects import ApiVersion, Misfit, Reader, Service, Source

NAME: Final = "^[A-Za-z][A-Za-z0-9_]*$"
PATH: Final = "^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$"

Name: TypeAlias = Annotated[str, Field(pattern=NAME, max_length=100)]
Path: TypeAlias = Annotated[str, Field(pattern=PATH)]
Whole: TypeAlias = Annotated[int, Field(ge=-(2**31), lt=2**31)]
Codes: TypeAlias = Annotated[Mapping[Whole, str], Field(min_length=1)]
Length: TypeAlias = Annotated[Whole, Field(ge=1)]


class Component(BaseModel):
    """A part of the manifest."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


class FieldVariant(Component):
    """What one version of the API wants of a field differently."""

    required: bool | None = None
    max_length: Length | None = None
    obsolete: bool | None = None


class FieldDeclaration(Component):
    """A field: how a value is read, what the API wants of it, and what becomes of a value that does not fit."""

    reader: Reader = Field(description="How a value is read and what is sent.")
    title: str = Field("", description="In a few words, what it is; its name where nothing is said.")
    description: str = Field("", description="More about it, as whole sentences.")
    required: bool = Field(default=False, description="Whether the API refuses a record without it.")
    max_length: Length | None = Field(None, description="The most characters the API takes.")
    codes: Codes | None = Field(None, description="The values a code may take, each with its meaning.")
    also: tuple[Name, ...] = Field((), description="Further names under which records or docs know it.")
    obsolete: bool = Field(default=False, description="The API takes it and does nothing with it.")
    beyond: bool = Field(
        default=False, description="Not on the API's page, although first-party clients send it."
    )
    misfit: Misfit | None = Field(
        None,
        description="What becomes of a value that does not fit; reject where the field is required, else omit.",
    )
    default: Whole | str | bool | None = Field(
        None, description="What is sent where a record brings nothing."
    )
    filled_from: Source | None = Field(
        None,
        description="A setting of the config, or the record's document, that fills it where it does not come.",
    )
    since: ApiVersion = Field("v2", description="The first version of the API that has it.")
    versions: Mapping[ApiVersion, FieldVariant] = Field(
        {}, description="What a version of the API wants differently."
    )


Properties: TypeAlias = Mapping[Name, FieldDeclaration]


class ObjectSchema(Component):
    """The fields of an object, in the order in which they are shown."""

    type: Literal["object"] = "object"
    properties: Properties = Field(min_length=1)


class Append(Component):
    """Every record is sent; PDVSync takes one with a known key for a new version."""

    type: Literal["Append"]


class Dedupe(Component):
    """As Append, for sources that know the key."""

    type: Literal["Dedupe"]


class Update(Component):
    """As Append, for sources that only change what is there."""

    type: Literal["Update"]


class SoftDelete(Component):
    """Every record is a deletion, sent as a value in a field."""

    type: Literal["SoftDelete"]
    field: Name
    value: Whole


ImportMode: TypeAlias = Annotated[Append | Dedupe | Update | SoftDelete, Field(discriminator="type")]


class StaticCatalogOperation(Component):
    """An object that can be written, with its fields. One operation stands for all its import modes."""

    type: Literal["StaticCatalogOperation"]
    object_name: Name
    title: str = Field("", description="In a few words, what its records are.")
    also: tuple[Name, ...] = Field((), description="Further names of streams that hold it.")
    destination_import_modes: tuple[ImportMode, ...] = Field(
        (Append(type="Append"), Dedupe(type="Dedupe"), Update(type="Update")),
        min_length=1,
        description="The ways of writing it.",
    )
    matching_keys: tuple[Annotated[tuple[Name, ...], Field(min_length=1, max_length=1)], ...] = Field(
        (), description="The fields by which PDVSync knows a record again."
    )
    # The name of theirs; a model of pydantic has a method that was once called so.
    object_schema: ObjectSchema = Field(alias="schema")


class CompositeCatalogOperations(Component):
    """Every object that can be written."""

    type: Literal["CompositeCatalogOperations"]
    operations: tuple[StaticCatalogOperation, ...] = Field(min_length=1)


class RetaguardaRequester(Component):
    """A request to a service of PDVSync, at a path below `/api/retaguarda/`: one path, or one for each version of the API."""

    type: Literal["RetaguardaRequester"] = "RetaguardaRequester"
    service: Service
    path: Path | Mapping[ApiVersion, Path]
    method: Literal["POST", "GET"] = "POST"


class HttpRequestChecker(Component):
    """What a check asks, to see that the service knows us; nothing is sent."""

    type: Literal["HttpRequestChecker"]
    requester: RetaguardaRequester


class WritableObject(Component):
    """An object that a writer writes."""

    name: Name


class Lote(Component):
    """The lote: a session on the server that is opened, filled and closed, by type of what it carries.

    `after` and `before` name objects which, in one lote, are sent earlier or later.
    """

    type: Literal["Lote"] = "Lote"
    tipo: Annotated[int, Field(ge=0, le=99_999)]
    after: tuple[Name, ...] = ()
    before: tuple[Name, ...] = ()


class RequestMemoryBatchSize(Component):
    """The most bytes that one request carries."""

    type: Literal["RequestMemoryBatchSize"] = "RequestMemoryBatchSize"
    amount: Annotated[int, Field(ge=10_000, le=10_000_000)] = 1_000_000


class JsonBatchBody(Component):
    """A JSON array of records, each with the code of its lote. How many at most is up to the config."""

    type: Literal["JsonBatchBody"] = "JsonBatchBody"
    size: RequestMemoryBatchSize = RequestMemoryBatchSize()


class KeyedRejectedRecords(Component):
    """An answer that names the records it refuses: a list or an object of errors, each with the keys it speaks of."""

    type: Literal["KeyedRejectedRecords"] = "KeyedRejectedRecords"
    rejections_field: Name = "errors"
    key_field: Name = "IdentificadorExterno"


class BatchRequestWriter(Component):
    """Sends the records of an object within a lote.

    An answer that names no record refuses the request as a whole, which is then narrowed down to the records at fault.
    """

    type: Literal["BatchRequestWriter"]
    objects: Annotated[tuple[WritableObject, ...], Field(min_length=1, max_length=1)]
    lote: Lote
    requester: RetaguardaRequester
    body: JsonBatchBody = JsonBatchBody()
    rejected_records: KeyedRejectedRecords = KeyedRejectedRecords()


class AttachmentWriter(Component):
    """Attaches files over the customers API, after the lotes."""

    type: Literal["AttachmentWriter"]
    objects: Annotated[tuple[WritableObject, ...], Field(min_length=1, max_length=1)]


Writer: TypeAlias = Annotated[BatchRequestWriter | AttachmentWriter, Field(discriminator="type")]


class DeclarativeDestination(Component):
    """The whole manifest. `definitions` are parts that others take in by `$ref: "#/definitions/…"`."""

    type: Literal["DeclarativeDestination"]
    definitions: Mapping[str, Any] = {}
    checker: HttpRequestChecker
    discover: CompositeCatalogOperations
    writers: tuple[Writer, ...]


class AdditionalFields(Component):
    """Further fields for an object that is declared elsewhere."""

    type: Literal["AdditionalFields"]
    object_name: Name
    properties: Properties = Field(min_length=1)


ObjectsEntry: TypeAlias = Annotated[
    AdditionalFields | StaticCatalogOperation | BatchRequestWriter, Field(discriminator="type")
]


class ObjectsOfConfig(Component):
    """What `objects` of the config holds."""

    objects: tuple[ObjectsEntry, ...]
