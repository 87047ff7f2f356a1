"""Where the bytes of a file are read from: Airbyte's staging directory, or a scratch file without a name.

A file is opened once, and everything is read from that descriptor: what was judged is what is sent.
"""

import base64
import binascii
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from source_destination_clientes.anexo.bodies import Content
from source_destination_clientes.errors import ConfigError

_BASE64_PIECE: Final = 4 * 65536
_PIECE: Final = 1 << 20

# Neither a link nor a pipe that nobody writes to.
_OPEN: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class UnusableFileError(Exception):
    """The bytes of a file cannot be had or used; the text says why, without the record's values."""


@contextmanager
def staged(place: str, root: Path) -> Iterator[int]:
    """Open a file below `root`; its descriptor."""
    try:
        path = Path(place).resolve()
        inside = path.is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):
        # Too long a name, a name with a zero byte, links in a circle.
        raise UnusableFileError("The file reference is no path that leads to a file.") from None
    if not inside:
        raise UnusableFileError("The file reference leads out of Airbyte's staging directory.")
    descriptor = _opened(path)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise UnusableFileError("The file reference leads to no file but to something else.")
        if not _is_still_there(path, found):
            raise UnusableFileError("The file reference leads somewhere else while it is read.")
        yield descriptor
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    try:
        return os.open(path, _OPEN)
    except (FileNotFoundError, NotADirectoryError):
        raise UnusableFileError(
            "The file reference leads to no file; does the volume of file transfer reach us?"
        ) from None
    except OSError as error:
        raise UnusableFileError(f"The file cannot be read ({error.strerror}).") from None


def _is_still_there(path: Path, found: os.stat_result) -> bool:
    """What was opened is what the path leads to without any link: none was put in its way meanwhile."""
    try:
        return path.resolve(strict=True) == path and os.path.samestat(os.lstat(path), found)
    except (OSError, RuntimeError):
        return False


@contextmanager
def scratch() -> Iterator[BinaryIO]:
    """A file without a name, so that nothing of a person stays behind, however the process ends."""
    try:
        file = tempfile.TemporaryFile(prefix="anexo-", buffering=0)  # noqa: SIM115 - entered below, once it is known to exist
    except OSError as error:
        raise ConfigError(
            f"No temporary file can be made ({error.strerror}), which files from base64 and from addresses need. Mount a "
            "writable folder and name it in TMPDIR.",
        ) from None
    with file:
        yield file


def store(pieces: Iterable[bytes], file: BinaryIO, most: float) -> None:
    """Write the pieces, at most this many bytes."""
    size = 0
    for piece in pieces:
        size += len(piece)
        check_size(size, most)
        try:
            file.write(piece)
        except OSError as error:
            raise ConfigError(
                f"A temporary file cannot be written ({error.strerror}), which files from base64 and from addresses need. Make room in "
                "the folder that TMPDIR names, or lower attachments.upload.max_megabytes.",
            ) from None


def decoded(text: str) -> Iterator[bytes]:
    """Base64, with or without the prefix of a data URL and white space, in pieces."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    compact = "".join(text.split())
    try:
        for at in range(0, len(compact), _BASE64_PIECE):
            yield base64.b64decode(compact[at : at + _BASE64_PIECE], validate=True)
    except (binascii.Error, ValueError):
        raise UnusableFileError("fileContent is no base64.") from None


def content_of(descriptor: int, name: str, content_type: str, most: float) -> Content:
    """What an open file holds, which may be at most this many bytes."""
    read = partial(os.pread, descriptor)
    try:
        size = os.fstat(descriptor).st_size
        check_size(size, most)
        digest = hashlib.sha256()
        for at in range(0, size, _PIECE):
            digest.update(read(min(_PIECE, size - at), at))
    except OSError as error:
        raise UnusableFileError(f"The file cannot be read ({error.strerror}).") from None
    if not size:
        raise UnusableFileError("The file is empty.")
    return Content(read, size, digest.hexdigest(), name, content_type)


def check_size(size: int, most: float) -> None:
    """Raise `UnusableFileError` for a file that is too large."""
    if size > most:
        raise UnusableFileError(
            f"The file has more than {most / 1_000_000:g} MB, the limit of attachments.upload.max_megabytes."
        )
