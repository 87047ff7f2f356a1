"""The page at `/`: files of this package, and headers that keep it from loading anything else or being framed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

_FOLDER: Final = Path(__file__).parent / "page"
_FILES: Final[Mapping[str, str]] = {
    "index.html": "text/html",
    "page.css": "text/css",
    "page.js": "text/javascript",
    "words.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
}


def page_routes() -> list[BaseRoute]:
    """One route for each file."""
    return [_route(name, kind) for name, kind in _FILES.items()]


def _route(name: str, kind: str) -> Route:
    content = (_FOLDER / name).read_bytes()

    async def serve(_request: Request) -> Response:
        return Response(content, headers=_HEADERS, media_type=kind)

    return Route("/" if name == "index.html" else f"/{name}", serve, methods=["GET"])
