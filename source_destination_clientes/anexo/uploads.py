"""Making a file of bytes: get them, check them, send them.

The call that creates files is not publicly documented, so everything about it comes from `attachments.upload` of the config.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from mimetypes import guess_type
from pathlib import Path
from typing import BinaryIO, Final

from source_destination_clientes.anexo.anexo import Source
from source_destination_clientes.anexo.api import CustomersApi, Refused, idempotency_key
from source_destination_clientes.anexo.bodies import Content, ShrunkError, json_body, multipart_body
from source_destination_clientes.anexo.download import Downloader, NoConnectionError, UnfetchableError
from source_destination_clientes.anexo.files import (
    UnusableFileError,
    content_of,
    decoded,
    scratch,
    staged,
    store,
)
from source_destination_clientes.errors import Interrupted, TransientError
from source_destination_clientes.http.limits import FETCH_SECONDS, SLOWEST_FETCH_BYTES
from source_destination_clientes.http.pace import Pace
from source_destination_clientes.http.retry import RetryPolicy
from source_destination_clientes.http.transport import Answer, Request
from source_destination_clientes.settings import FilesApi

_MOST_CONNECTIONS: Final = 2
"""Attempts at an address whose host cannot be reached: it is one of many, and its server is not the operator's."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why no file could be made, in one sentence."""

    words: str


@dataclass(frozen=True, slots=True)
class Uploader:
    """Makes files of bytes. `staging` is where Airbyte's file transfer lays files; nothing outside of it is read."""

    api: CustomersApi
    options: FilesApi
    downloader: Downloader
    staging: Path

    @property
    def _most(self) -> float:
        """Bytes that a file may have."""
        return self.options.max_megabytes * 1_000_000

    def upload(self, source: Source, customer: str, api: CustomersApi) -> str | Refused | Unusable:
        """The id of the file that `api` made, or why there is none."""
        try:
            with self._content(source) as content:
                return self._send(content, source, customer, api)
        except UnusableFileError as error:
            return Unusable(str(error))
        except ShrunkError:
            return Unusable("The file was made shorter while it was sent.")

    def _send(self, content: Content, source: Source, customer: str, api: CustomersApi) -> str | Refused:
        """Send with a key under which only these very bytes are ever sent."""
        options = self.options
        purpose = source.purpose or options.purpose or ""
        fields = {options.purpose_field: purpose} if options.purpose_field and purpose else {}
        about = (content.sha256, content.name, content.content_type, options.encoding, options.file_field)
        key = idempotency_key(api.inquilino, customer, *about, options.purpose_field, purpose)
        if options.encoding == "multipart":
            body = multipart_body(content, options.file_field, fields, uuid.UUID(key).hex)
        else:
            body = json_body(content, options.file_field, fields)
        return api.create_file(options.path, body, key)

    @contextmanager
    def _content(self, source: Source) -> Iterator[Content]:
        if source.kind == "staged":
            with staged(source.place, self.staging) as descriptor:
                yield self._described(source, descriptor, None)
            return
        with scratch() as file:
            kind = None
            if source.kind == "encoded":
                store(decoded(source.place), file, self._most)
            else:
                kind = self._download(source.place, file)
            yield self._described(source, file.fileno(), kind)

    def _described(self, source: Source, descriptor: int, served_as: str | None) -> Content:
        name = source.name or "file"
        kind = source.content_type or served_as or guess_type(name)[0] or "application/octet-stream"
        return content_of(descriptor, name, kind, self._most)

    def _download(self, url: str, file: BinaryIO) -> str | None:
        """Fetch into `file`; the content type. An address whose host failed for the files before is not asked."""
        failures = self.downloader.failures
        if failures.too_many(url):
            raise UnusableFileError(
                "The file was not fetched: the files before it from the same host all failed."
            )
        try:
            status, kind = self._fetch(url, file)
        except Interrupted:
            raise
        except TransientError:
            failures.note(url, failed=True)
            raise UnusableFileError(f"The file could not be fetched within {FETCH_SECONDS:.0f} s.") from None
        except UnfetchableError as error:
            failures.note(url, failed=isinstance(error, _UnreachableError))
            raise UnusableFileError(str(error)) from None
        failures.note(url, failed=False)
        if status != 200:
            raise UnusableFileError(f"The address of the file answers {status}.")
        if kind == "text/html":
            raise UnusableFileError(
                "The address of the file answers with a web page, most likely one to sign in."
            )
        return kind

    def _fetch(self, url: str, file: BinaryIO) -> tuple[int, str | None]:
        """Status and content type, by the retry loop but with a gate and a budget of its own."""
        kinds: list[str | None] = [None]
        unreachable = 0

        def fetch(request: Request, seconds: float) -> Answer:
            nonlocal unreachable
            file.seek(0)
            file.truncate()
            try:
                with self.downloader.fetch(request.url, seconds) as download:
                    status, headers = download.response.status, dict(download.response.headers)
                    if status == 200:
                        kinds.append(download.content_type)
                        store(download.pieces(), file, self._most)
            except NoConnectionError as error:
                unreachable += 1
                if unreachable == _MOST_CONNECTIONS:
                    raise _UnreachableError(
                        f"The address of the file cannot be reached: {error.trouble}."
                    ) from None
                raise
            if 300 <= status < 400 or status == 407:
                # To the retry loop these would speak against the config.
                raise UnfetchableError(f"The address of the file answers {status}.")
            return Answer(status, b"", headers)

        caller = self.api.caller
        seconds = max(FETCH_SECONDS, self._most / SLOWEST_FETCH_BYTES)
        caller = replace(
            caller,
            transport=fetch,
            credential=None,
            policy=RetryPolicy(min(FETCH_SECONDS, caller.policy.budget), seconds),
            pace=Pace(monotonic=caller.clock.monotonic),
        )
        request = Request("fetch a file", "GET", url, rate_limited=False)
        return caller.call(request, lambda answer: answer.status), kinds[-1]


class _UnreachableError(UnfetchableError):
    """An address whose host cannot be reached."""
