"""Who may talk to the sandbox: loopback keeps out other machines, but not the web pages in this machine's browser.

A page elsewhere can reach a server on loopback in two ways. It can send requests, whose answers it cannot read; a browser then
tells where they come from (`Origin`, `Sec-Fetch-Site`). Or it can let its own name lead here (DNS rebinding), and read the
answers, too; then `Host` is that name.
"""

from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from source_destination_clientes.sandbox.emulator import reply


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets a request through if it is meant for this server and comes from no other site.

    `hosts` are names of this server beside those of loopback. Requests below `json_only` that bring a body must call it JSON:
    without asking the server first, a page elsewhere can send text and forms only. `receive` is passed on as it is: a fault finds
    the connection behind it.
    """

    app: ASGIApp
    hosts: Collection[str]
    json_only: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve or refuse one request."""
        if scope["type"] == "http" and (refusal := self._refusal(scope)):
            status, message = refusal
            await reply({"message": message}, status)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        if not self._is_ours(host):
            return 403, "This host name is not one of the sandbox; --allow-host adds a name"
        if origin is not None and urlsplit(origin).netloc != host:
            return 403, "A page of another site may not call the sandbox"
        # A link from elsewhere may open the page itself.
        if scope["path"] != "/" and headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            return 403, "A page of another site may not call the sandbox"
        if scope["path"].startswith(self.json_only) and scope["method"] == "POST":
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                return 415, "Control routes take application/json"
        return None

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
            return name == "localhost" or name in self.hosts or ip_address(name).is_loopback
        except ValueError:
            return False
