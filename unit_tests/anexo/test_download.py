"""Addresses of files, before and between connections."""

from typing import Any

import pytest

from source_destination_clientes.anexo.download import Download, Downloader, UnfetchableError
from source_destination_clientes.http.transport import NoAnswerError


class Moved:
    """An answer that redirects to no address."""

    status = 302
    headers = {"Location": "https://[bad"}  # noqa: RUF012 - nobody changes it

    def close(self) -> None:
        """Nothing is open."""


class Redirecting(Downloader):
    """Connects to nothing."""

    def _connect(self, *_: Any) -> Download:
        moved: Any = Moved()
        return Download(moved, moved)


def test_a_redirect_to_what_is_no_address_spoils_its_own_file_only() -> None:
    with pytest.raises(UnfetchableError, match="redirects to what is no address"):
        Redirecting(resolve=lambda _host, _port: ["8.8.8.8"]).fetch("https://files.example/x", 1)


def test_a_host_is_known_by_its_ascii_name() -> None:
    asked: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        asked.append(host)
        raise OSError

    with pytest.raises(NoAnswerError):
        Downloader(resolve=resolve).fetch("https://münchen.example/x", 1)
    assert asked == ["xn--mnchen-3ya.example"]


@pytest.mark.parametrize("url", ["https://a..b/x", "https://" + "a" * 70 + ".example/x"])
def test_a_host_that_no_name_server_could_know_is_no_address(url: str) -> None:
    with pytest.raises(UnfetchableError, match="no address"):
        Downloader(resolve=lambda _host, _port: ["8.8.8.8"]).fetch(url, 1)
