"""What a reader makes of a value."""

from collections.abc import Callable
from typing import Any

import pytest

from source_destination_clientes.cliente.readers.misfit import Misfit


def misfit_of(read: Callable[..., object], value: object, **more: Any) -> Misfit:
    """Why a value cannot be read."""
    with pytest.raises(Misfit) as caught:
        read(value, **more)
    return caught.value


def read_or_none(read: Callable[..., Any], value: object) -> Any:
    """What is read, None where nothing can be."""
    try:
        return read(value)
    except Misfit:
        return None
