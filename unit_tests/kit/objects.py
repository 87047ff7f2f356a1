"""A storage in memory that can fail at any step, before the step or right after it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from source_destination_clientes.errors import ConfigError


class Killed(BaseException):
    """The process ended here, as by SIGKILL: nothing of ours may catch it."""


@dataclass
class MemoryObjects:
    """`killed_at` is the number of writing steps still to come; `after` says whether the last of them still happens."""

    content: dict[str, bytes] = field(default_factory=dict)
    killed_at: int | None = None
    after: bool = False
    steps: int = 0
    written: int = 0

    @property
    def location(self) -> str:
        return "memory"

    def put(self, path: str, content: bytes) -> None:
        with_effect = self._step()
        if with_effect:
            self.content[path] = content
            self.written += len(content)
        self._end(with_effect)

    def put_if_absent(self, path: str, content: bytes) -> bool:
        with_effect = self._step()
        first = path not in self.content
        if with_effect and first:
            self.content[path] = content
            self.written += len(content)
        self._end(with_effect)
        return first

    def get(self, path: str) -> bytes:
        try:
            return self.content[path]
        except KeyError:
            raise ConfigError(f"There is no {path}.") from None

    def list(self, prefix: str) -> Iterator[str]:
        yield from sorted(path for path in self.content if path.startswith(prefix))

    def delete(self, path: str) -> None:
        with_effect = self._step()
        if with_effect:
            self.content.pop(path, None)
        self._end(with_effect)

    def _step(self) -> bool:
        self.steps += 1
        if self.killed_at is None:
            return True
        self.killed_at -= 1
        return self.killed_at > 0 or (self.killed_at == 0 and self.after)

    def _end(self, with_effect: bool) -> None:
        if self.killed_at is not None and self.killed_at <= 0:
            raise Killed
        assert with_effect
