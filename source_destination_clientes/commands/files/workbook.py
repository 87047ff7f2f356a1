"""Workbooks of Excel and LibreOffice (xlsx, xls, xlsb, ods): the first sheet that holds a table."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from source_destination_clientes.commands.files.table import Oddities, Row, read_rows
from source_destination_clientes.errors import ConfigError

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files begin: xlsx, xlsb and ods are ZIP archives, xls is older."""


def read_workbook(file: BinaryIO, name: str, oddities: Oddities) -> Iterator[Row]:
    """The rows of the first sheet that is not empty; whole numbers are integers, dates ISO texts.

    Raises `ConfigError` when the library is not installed, or the file is no workbook.
    """
    workbook = _open(file, name)
    visible = [sheet.name for sheet in workbook.sheets_metadata if str(sheet.visible).endswith("Visible")]
    for sheet in visible:
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        if any(cell != "" for row in rows for cell in row):
            if len(visible) > 1:
                oddities.about.append(f"The workbook has {len(visible)} sheets; {sheet!r} was read.")
            numbered = ((line, [_plain(cell) for cell in row]) for line, row in enumerate(rows, start=1))
            yield from read_rows(numbered, oddities)
            return


def _open(file: BinaryIO, name: str) -> "CalamineWorkbook":
    try:
        from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - an extra
    except ImportError:
        raise ConfigError(
            f"{name} is a workbook, which needs a library more: pip install 'airbyte-destination-clientes[xlsx]'. "
            "Or save it as CSV in UTF-8.",
        ) from None
    try:
        return CalamineWorkbook.from_filelike(file)
    except CalamineError as error:
        raise ConfigError(f"{name} cannot be read as a workbook: {error}.") from None


def _plain(cell: Any) -> Any:
    """A cell as a record has it."""
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else cell
