"""The sandbox as one ASGI application, with its state inside."""

from starlette.applications import Starlette
from starlette.middleware import Middleware

from source_destination_clientes.sandbox.attach import AttachRoutes
from source_destination_clientes.sandbox.control import PREFIX, ControlRoutes
from source_destination_clientes.sandbox.emulator import Emulator, SandboxSettings
from source_destination_clientes.sandbox.face import page_routes
from source_destination_clientes.sandbox.guard import Guard
from source_destination_clientes.sandbox.retaguarda import RetaguardaRoutes


def create_app(settings: SandboxSettings) -> Starlette:
    """A fresh sandbox."""
    emulator = Emulator(settings)
    app = Starlette(
        routes=[
            *RetaguardaRoutes(emulator).routes(),
            *AttachRoutes(emulator).routes(),
            *ControlRoutes(emulator).routes(),
            *page_routes(),
        ],
        middleware=[Middleware(Guard, hosts=settings.hosts, json_only=PREFIX)],
    )
    app.state.emulator = emulator
    return app
