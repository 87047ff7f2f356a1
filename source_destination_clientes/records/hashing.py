"""Keyed hashes of keys and payloads, so that nobody learns a CPF from the index by trying them all."""

from array import array
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

DIGEST: Final = 12
"""Bytes of a payload's hash: of 5,000,000 payloads, one that changed looks like another with a chance of 1 in 10^22."""

_KEY: Final = 8


class Hasher:
    """Hashes of one scope (environment, inquilino and object), made with a key that comes from a secret of the config."""

    def __init__(self, secret: bytes, scope: str) -> None:
        self._secret = blake2b(
            scope.encode(), key=blake2b(secret).digest(), digest_size=32, person=b"delivery index"
        ).digest()
        # A secret in BLAKE2's salt and personalization changes its first state as a key does, without a further block for each
        # of millions of payloads.
        self._begun = blake2b(digest_size=DIGEST, salt=self._secret[:16], person=self._secret[16:])

    @property
    def fingerprint(self) -> str:
        """Tells one secret from another without telling anything about it."""
        return self.text("fingerprint")

    def text(self, text: str) -> str:
        """The hash of any text, in hexadecimal."""
        return blake2b(text.encode(), key=self._secret, digest_size=16, person=b"text").hexdigest()

    def keys(self, keys: Sequence[str]) -> "array[int]":
        """The hash of each key, 8 bytes."""
        secret = self._secret
        digests = [blake2b(key.encode(), key=secret, digest_size=_KEY).digest() for key in keys]
        return array("Q", b"".join(digests))

    def bodies(self, bodies: Sequence[bytes]) -> bytes:
        """The hash of each payload, one after the other, `DIGEST` bytes each.

        A payload has its key in it, so two clientes never have the same.
        """
        digests = []
        for body in bodies:
            # A copy takes less time than a beginning does, with the key to be read each time.
            digest = self._begun.copy()
            digest.update(body)
            digests.append(digest.digest())
        return b"".join(digests)


def short_lote(code: str) -> int:
    """Four bytes that stand for a lote's code; `trace` compares them with the codes it knows. Never 0, which is no lote."""
    return int.from_bytes(blake2b(code.encode(), digest_size=4).digest(), "little") or 1
