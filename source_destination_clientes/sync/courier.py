"""Delivering one load in a thread of its own, while the main thread reads and maps the next."""

import math
import threading
from collections.abc import Callable
from typing import Final

from source_destination_clientes.errors import FatalError, Interrupted
from source_destination_clientes.lote.load import Load
from source_destination_clientes.runtime.deadlines import DELIVERY_SECONDS, STOP_DELIVERY_SECONDS
from source_destination_clientes.runtime.parallel import no_thread
from source_destination_clientes.sync.delivery import Delivery, DeliveryReport

_TICK_SECONDS: Final = 1.0


class Courier:
    """Has at most one load delivered at a time. `wake` is called when a load is back. Used by the main thread."""

    def __init__(self, delivery: Delivery, wake: Callable[[], None]) -> None:
        self._delivery = delivery
        self._wake = wake
        self._thread: threading.Thread | None = None
        self._report: DeliveryReport | None = None
        self._final_deadline = math.inf

    @property
    def away(self) -> bool:
        """A load was sent and is not collected yet."""
        return self._thread is not None

    @property
    def back(self) -> bool:
        """A load can be collected without waiting."""
        return self._thread is not None and (self._report is not None or not self._thread.is_alive())

    def send(self, load: Load) -> DeliveryReport | None:
        """Wait for the load that is away, begin at once with this one, and return what became of the other.

        An empty load is not begun, and none is begun after a request to stop or an error of the other: then nothing is away.
        """
        report = self.collect()
        delivery = self._delivery
        if load.received and not delivery.stop.requested and (report is None or report.error is None):
            now = delivery.clock.monotonic()
            delivery.stop.limit_waits(min(self._final_deadline, now + DELIVERY_SECONDS))
            # A daemon: a delivery that hangs must not keep the process alive until the platform kills it.
            thread = threading.Thread(
                target=delivery.deliver, args=(load, self._take_report), name="courier", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:
                if report is None:
                    raise no_thread() from None
                report.error = no_thread()
            else:
                self._thread = thread
        return report

    @property
    def open_lote(self) -> str:
        """Which lote of ours may be open, in a sentence; empty when none is."""
        return self._delivery.opener.doubt

    def finish(self) -> None:
        """After the last load: what the journal of lotes was told is in the storage."""
        self._delivery.opener.journal.finish()

    def start_final_deadline(self) -> None:
        """From the end of input on, all that is left has to be delivered in the time of one load."""
        self._final_deadline = self._delivery.clock.monotonic() + DELIVERY_SECONDS

    def collect(self) -> DeliveryReport | None:
        """Wait for the load that is away; None when there is none.

        Raises `Interrupted` when it hangs for longer than a request to stop allows, `FatalError` when it ended without a report.
        """
        thread, stop = self._thread, self._delivery.stop
        if thread is None:
            return None
        while thread.is_alive() and stop.seconds_since < STOP_DELIVERY_SECONDS:
            thread.join(_TICK_SECONDS)
        self._thread = None
        if thread.is_alive():
            doubt = f" {self.open_lote}" if self.open_lote else ""
            raise Interrupted(
                f"The sync was stopped on request while PDVSync kept it waiting.{doubt} The next sync continues from the last state that "
                "was emitted.",
            )
        report, self._report = self._report, None
        if report is None:
            raise FatalError(
                "A delivery ended without a report, so its records count as not delivered. Run the sync again."
            )
        return report

    def _take_report(self, report: DeliveryReport) -> None:
        """Called by the thread of the delivery, as its last act."""
        self._delivery.stop.limit_waits(math.inf)
        self._report = report
        self._wake()
