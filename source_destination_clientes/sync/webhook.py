"""Telling somebody how a run ended: one signed POST of its report.

It is best effort: nothing it does changes the run, and it is over in time whatever the receiver does.

>>> signature(b"{}", "a secret of the two")
'sha256=210cf41f1658b8583c02b1b7f51ac1e21c0824233fc8fbf7646e1cd64cff9fae'
"""

import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from urllib3.exceptions import HTTPError

from source_destination_clientes.errors import TransientError
from source_destination_clientes.http.addresses import is_public
from source_destination_clientes.http.connections import Deadline
from source_destination_clientes.http.pinned import Resolve, Target, resolve
from source_destination_clientes.protocol.context import RunContext
from source_destination_clientes.records.report import RunReport, encode_report
from source_destination_clientes.rejection.outcome import Stage
from source_destination_clientes.runtime.deadlines import STOP_WEBHOOK_SECONDS, WEBHOOK_SECONDS
from source_destination_clientes.settings import Settings, Webhook
from source_destination_clientes.settings.network import is_loopback

SIGNATURE_HEADER: Final = "X-Clientes-Signature"

Post: TypeAlias = Callable[[bytes, str, float], None]
"""Send a body with its signature within so many seconds. Raises `TransientError` when that fails."""


def signature(body: bytes, secret: str) -> str:
    """What the header says, for a receiver to compare with what it computes itself."""
    return f"sha256={hmac.digest(secret.encode(), body, 'sha256').hex()}"


def is_trouble(report: RunReport, webhook: Webhook) -> bool:
    """Whether somebody should know of this run."""
    received = report.accepted + report.rejected
    share = 100 * report.rejected / received if received else 0.0
    return (
        report.ending != "completed"
        or share > webhook.rejected_above_percent
        or received < webhook.fewer_than_records
        or any(refusal.stage == Stage.STORE for stream in report.streams for refusal in stream.rejected_later)
    )


@dataclass(frozen=True, slots=True)
class Teller:
    """Sends the report of a run to the receiver that the config names."""

    webhook: Webhook
    context: RunContext
    post: Post

    def tell(self, report: RunReport) -> None:
        """Send the report when it is wanted. What goes wrong is logged."""
        if self.webhook.when == "trouble" and not is_trouble(report, self.webhook):
            return
        body = encode_report(report)
        signed = signature(body, self.webhook.secret.get_secret_value())
        seconds = STOP_WEBHOOK_SECONDS if self.context.stop.requested else WEBHOOK_SECONDS
        trouble: list[str] = [f"no answer within {seconds:.0f} s"]

        def send() -> None:
            try:
                self.post(body, signed, seconds)
                trouble.clear()
            except TransientError as error:
                trouble[:] = [str(error)]
            except Exception as error:  # noqa: BLE001 - telling is an extra; whatever ends it must not end the sync
                trouble[:] = [type(error).__name__]

        # In a thread of its own, since nothing else bounds the look-up of a name.
        thread = threading.Thread(target=send, name="webhook", daemon=True)
        thread.start()
        thread.join(seconds)
        for words in trouble:
            self.context.reporter.log("WARN", f"The receiver of on_finish could not be told: {words}.")


def make_teller(settings: Settings, context: RunContext, resolve: Resolve = resolve) -> Teller | None:
    """Who tells the receiver in the config; None when there is none."""
    webhook = settings.on_finish
    if not isinstance(webhook, Webhook):
        return None

    def post(body: bytes, signed: str, seconds: float) -> None:
        _post(webhook, settings.network.ca_bundle, resolve, body, signed, seconds)

    return Teller(webhook, context, post)


def _post(
    webhook: Webhook, ca_bundle: str | None, resolve: Resolve, body: bytes, signed: str, seconds: float
) -> None:
    deadline = Deadline(seconds)
    try:
        target = Target.of(webhook.url)
        addresses = resolve(target.host, target.port)
    except (OSError, ValueError):
        raise TransientError("the host of on_finish.url cannot be resolved") from None
    # A name of this machine leads to it; another name that leads here is none of ours.
    private = webhook.allow_private or is_loopback(webhook.url)
    if not addresses or not (private or all(map(is_public, addresses))):
        raise TransientError(
            f"{target.host} is an address of a private network; set on_finish.allow_private if it is yours"
        )
    headers = {
        "Host": target.host_header,
        "Content-Type": "application/json",
        "User-Agent": "airbyte-destination-clientes",
        SIGNATURE_HEADER: signed,
    }
    with target.connections(addresses[0], ca_bundle) as pool:
        try:
            # The status is all that counts: an answer of any length is not read.
            response = pool.urlopen(
                "POST",
                target.path,
                body,
                headers,
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=deadline,
            )
        except HTTPError as error:
            raise TransientError(f"{target.host} cannot be reached ({type(error).__name__})") from None
        response.close()
    if not 200 <= response.status < 300:
        raise TransientError(f"{target.host} answered {response.status}")
