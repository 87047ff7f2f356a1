"""The files of one load: those of an anexo stream's rows, and those that clientes bring along."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from source_destination_clientes.anexo.anexo import Anexo, read_anexo, read_inline
from source_destination_clientes.anexo.attacher import Attacher
from source_destination_clientes.lote.load import Entry
from source_destination_clientes.rejection.outcome import Outcome, Rejection
from source_destination_clientes.runtime.stopping import Stop


@dataclass(slots=True)
class FilesReport:
    """What became of files.

    `rows` has the outcome of each row that has one. `complete` has the clientes all of whose files have an outcome, and `files` an
    outcome for each of those files. A cliente that is not complete is sent again with every file, so nothing is said of its files:
    what is attached by then is left alone. `error` is what ended the work early.
    """

    rows: list[tuple[Entry, Outcome]] = field(default_factory=list)
    files: list[tuple[Entry, Outcome]] = field(default_factory=list)
    complete: list[Entry] = field(default_factory=list)
    error: Exception | None = None


def deliver_files(
    attacher: Attacher, clientes: Sequence[Entry], rows: Sequence[Entry], stop: Stop
) -> FilesReport:
    """Attach the files of these clientes and rows. An error is returned, not raised, beside the outcomes there are."""
    asked = [
        *((entry, anexo) for entry in clientes for anexo in read_inline(entry)),
        *((entry, read_anexo(entry)) for entry in rows),
    ]
    outcomes: list[tuple[Entry, Outcome]] = []
    wanted: list[Anexo] = []
    for entry, anexo in asked:
        if isinstance(anexo, Rejection):
            outcomes.append((entry, anexo))
        else:
            wanted.append(anexo)
    report = FilesReport()
    try:
        attacher.attach(
            wanted,
            lambda anexo, outcome: outcomes.append((anexo.entry, anexo.told(outcome))),
            lambda: not stop.requested,
            lambda: stop.calls_are_left_alone,
        )
        stop.check()
    except Exception as error:  # noqa: BLE001 - the caller has outcomes to keep before it raises it
        report.error = error
    # A copy: a call that hangs may still come back and add to the list.
    settled = list(outcomes)
    counts = Counter(entry for entry, _ in settled)
    report.complete = [entry for entry in clientes if counts[entry] == len(entry.attachments)]
    complete, asking = set(report.complete), set(rows)
    report.rows = [pair for pair in settled if pair[0] in asking]
    report.files = [pair for pair in settled if pair[0] in complete]
    return report
