"""From the process that asks to the process that holds the keys: one release, and the answer's text.

What is promised: nothing but the release itself is handed over, in one form, which reads back to the same bytes; and
a text of any other form is refused before anything is looked at. Who handed it over does not matter: the home's
signature does.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from assistant.egress.door import Carry
from assistant.egress.providers import wire
from assistant.egress.providers.wire import Limits, Reply, SendingError
from assistant.errors import ConnectionsError
from policies.decisions import Outgoing, ReleasedPrompt

if TYPE_CHECKING:
    import ssl

SEND, READY = "/send", "/ready"
HEADERS = (("accept", "application/json"), ("content-type", "application/json"), ("user-agent", "ringfence"))
_GATEWAY = "The gateway"
# What its status tells of the request; whatever else it says, or says while it dies, the request may have left.
_CAME_OF = {400: "error", 403: "error", 413: "error", 502: "error", 504: "timeout"}


def through(address: str, *, verify: ssl.SSLContext | bool = True) -> Carry:
    """The way by the gateway at `address`. No key goes along: the gateway has its own."""

    def carry(released: ReleasedPrompt, _: str, limits: Limits) -> Reply:
        url = address.rstrip("/") + SEND
        try:
            body = wire.post(url, HEADERS, written(released), limits=limits, to=_GATEWAY, verify=verify)
        except SendingError as error:
            if error.status and error.outcome == "error":
                error.outcome = _CAME_OF.get(error.status, "unknown")
            raise
        try:
            text = json.loads(body)["text"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise SendingError("The gateway's answer cannot be read.", outcome="unknown", status=200) from error
        if not isinstance(text, str):
            raise SendingError("The gateway's answer cannot be read.", outcome="unknown", status=200)
        return Reply(text=text, status=200, size=len(body))

    return carry


def written(released: ReleasedPrompt) -> bytes:
    """The release as it goes over the wire."""
    outgoing = released.outgoing
    stated = {
        "method": outgoing.method,
        "url": outgoing.url,
        "headers": outgoing.headers,
        "body": base64.b64encode(outgoing.body).decode(),
        "destination": released.destination,
        "rulebook": released.rulebook,
        "label_versions": released.label_versions,
        "expires": released.expires,
        "passages": released.passages,
        "signature": released.signature.hex(),
    }
    return json.dumps(stated).encode()


def read(raw: bytes) -> ReleasedPrompt:
    """The release that `written` wrote. Raises ConnectionsError for anything else; says nothing about who signed it."""
    try:
        stated = json.loads(raw)
        return ReleasedPrompt(
            outgoing=Outgoing(
                method=_text(stated["method"]),
                url=_text(stated["url"]),
                headers=tuple((_text(name), _text(value)) for name, value in stated["headers"]),
                body=base64.b64decode(_text(stated["body"]), validate=True),
            ),
            destination=_text(stated["destination"]),
            rulebook=_text(stated["rulebook"]),
            label_versions=_text(stated["label_versions"]),
            expires=_whole(stated["expires"]),
            passages=tuple(_text(one) for one in stated["passages"]),
            signature=bytes.fromhex(_text(stated["signature"])),
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConnectionsError("What was handed over is no release.") from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    value.encode()  # half a character cannot be signed
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    return value
