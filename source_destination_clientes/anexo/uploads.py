"""Making a file of bytes: get them, check them, send them.

The call that creates files is not publicly documented, so everything about it comes from `attachments.upload` of the config.
"""

import base64
import binascii
import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from mimetypes import guess_type
from pathlib import Path
from typing import BinaryIO, Final

from source_destination_clientes.anexo.anexo import Source
from source_destination_clientes.anexo.api import CustomersApi, Refused, idempotency_key
from source_destination_clientes.anexo.bodies import Content, json_body, multipart_body
from source_destination_clientes.anexo.download import Downloader, UnfetchableError
from source_destination_clientes.errors import ConfigError, Interrupted, TransientError
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.settings import Upload

_BASE64_PIECE: Final = 4 * 65536
_FETCH_SECONDS: Final = 60.0
"""How long an address may fail before its file is rejected: it is one of many, and its server is not the operator's."""


class UnusableFileError(Exception):
    """The bytes of a file cannot be had or used; the text says why, without the record's values."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why no file could be made, in one sentence."""

    words: str


@dataclass(frozen=True, slots=True)
class Uploader:
    """Makes files of bytes. `staging` is where Airbyte's file transfer lays files; nothing outside of it is read."""

    api: CustomersApi
    options: Upload
    downloader: Downloader
    staging: Path

    def upload(self, source: Source, customer: str) -> str | Refused | Unusable:
        """The id of the file made, or why there is none."""
        try:
            with self._content(source) as content:
                return self._send(content, source, customer)
        except UnusableFileError as error:
            return Unusable(str(error))

    def _send(self, content: Content, source: Source, customer: str) -> str | Refused:
        options = self.options
        purpose = source.purpose or options.purpose
        fields = {options.purpose_field: purpose} if options.purpose_field and purpose else {}
        if options.encoding == "multipart":
            body = multipart_body(content, options.file_field, fields)
        else:
            body = json_body(content, options.file_field, fields)
        key = idempotency_key(customer, content.sha256, content.name, purpose or "")
        return self.api.create_file(options.path, body, key)

    @contextmanager
    def _content(self, source: Source) -> Iterator[Content]:
        if source.kind == "staged":
            yield self._described(source, self._staged(source.place), None)
            return
        with _scratch() as (path, file):
            kind = None
            if source.kind == "encoded":
                self._store(_decoded(source.place), file)
            else:
                kind = self._download(source.place, file)
            yield self._described(source, path, kind)

    def _download(self, url: str, file: BinaryIO) -> str | None:
        """Fetch into `file`, by the retry policy but not for as long; the content type."""
        kinds: list[str | None] = []

        def fetch(request: Request, timeout: float) -> Answer:
            file.seek(0)
            file.truncate()
            with self.downloader.fetch(request.url, timeout) as download:
                if download.response.status == 200:
                    kinds.append(download.content_type)
                    self._store(download.pieces(), file)
                return Answer(download.response.status, b"", dict(download.response.headers))

        policy = RetryPolicy(
            min(_FETCH_SECONDS, self.api.caller.policy.budget), self.api.caller.policy.timeout
        )
        caller = replace(self.api.caller, transport=fetch, credential=None, policy=policy)
        try:
            status = caller.call(
                Request("fetch a file", "GET", url, rate_limited=False), lambda answer: answer.status
            )
        except UnfetchableError as error:
            raise UnusableFileError(str(error)) from None
        except Interrupted:
            raise
        except TransientError:
            raise UnusableFileError(f"The file could not be fetched within {policy.budget:.0f} s.") from None
        if status != 200:
            raise UnusableFileError(f"The address of the file answers {status}.")
        if kinds[-1] == "text/html":
            raise UnusableFileError(
                "The address of the file answers with a web page, most likely one to sign in."
            )
        return kinds[-1]

    def _staged(self, place: str) -> Path:
        try:
            path, root = Path(place).resolve(), self.staging.resolve()
            is_file = path.is_file()
        except (OSError, ValueError, RuntimeError):
            # Too long a name, a name with a zero byte, links in a circle.
            raise UnusableFileError("The file reference is no path that leads to a file.") from None
        if not path.is_relative_to(root):
            raise UnusableFileError("The file reference leads out of Airbyte's staging directory.")
        if not is_file:
            raise UnusableFileError(
                "The file reference leads to no file; does the volume of file transfer reach us?"
            )
        return path

    def _described(self, source: Source, path: Path, served_as: str | None) -> Content:
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                self._check_size(size)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise UnusableFileError(f"The file cannot be read ({error.strerror}).") from None
        if not size:
            raise UnusableFileError("The file is empty.")
        name = source.name or "file"
        kind = source.content_type or served_as or guess_type(name)[0] or "application/octet-stream"
        return Content(lambda: path.open("rb"), size, digest, name, kind)

    def _store(self, pieces: Iterable[bytes], file: BinaryIO) -> None:
        size = 0
        for piece in pieces:
            size += len(piece)
            self._check_size(size)
            _write(file, piece)

    def _check_size(self, size: int) -> None:
        if size > self.options.max_megabytes * 1_000_000:
            raise UnusableFileError(
                f"The file has more than {self.options.max_megabytes:g} MB, the limit of attachments.upload.max_megabytes."
            )


@contextmanager
def _scratch() -> Iterator[tuple[Path, BinaryIO]]:
    """A file that is gone afterwards."""
    try:
        file = tempfile.NamedTemporaryFile(prefix="anexo-")  # noqa: SIM115 - entered below, once it is known to exist
    except OSError as error:
        raise ConfigError(
            f"No temporary file can be made ({error.strerror}), which files from base64 and from addresses need. Mount a "
            "writable folder and name it in TMPDIR.",
        ) from None
    with file:
        yield Path(file.name), file  # type: ignore[misc] # the wrapper behaves as the file it wraps


def _write(file: BinaryIO, piece: bytes) -> None:
    try:
        file.write(piece)
        file.flush()
    except OSError as error:
        raise ConfigError(
            f"A temporary file cannot be written ({error.strerror}), which files from base64 and from addresses need. Make room in "
            "the folder that TMPDIR names, or lower attachments.upload.max_megabytes.",
        ) from None


def _decoded(text: str) -> Iterator[bytes]:
    """Base64, with or without the prefix of a data URL and white space, in pieces."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    compact = "".join(text.split())
    try:
        for at in range(0, len(compact), _BASE64_PIECE):
            yield base64.b64decode(compact[at : at + _BASE64_PIECE], validate=True)
    except (binascii.Error, ValueError):
        raise UnusableFileError("fileContent is no base64.") from None
