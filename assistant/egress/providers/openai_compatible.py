"""Chat completions as many closed and open servers speak them: `POST {base_url}/chat/completions`.

`serialise` makes the whole request as it will leave, but for the credential: the same prompt gives the same
bytes, and the body holds four fields and no others: no user, no metadata, no tools, nothing stored.
`transmit` sends exactly those bytes once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from assistant.egress.providers import wire
from assistant.egress.providers.wire import Limits, Reply, SendingError
from assistant.prompting import ANSWER_TOKENS, messages
from policies.decisions import Destination, Outgoing, ReleasedPrompt
from policies.vocabulary import Prompt

if TYPE_CHECKING:
    import ssl

ROLES = ("system", "user", "assistant")
HEADERS = (
    ("accept", "application/json"),
    ("accept-encoding", "identity"),  # a compressed answer could be a bomb
    ("content-type", "application/json"),
    ("user-agent", "ringfence"),
)


def address(destination: Destination) -> str:
    return f"{destination.base_url.rstrip('/')}/chat/completions"


def serialise(prompt: Prompt, destination: Destination) -> Outgoing:
    return Outgoing(
        method="POST",
        url=address(destination),
        headers=HEADERS,
        body=_body(messages(prompt), destination),
    )


def is_ours(body: bytes, destination: Destination) -> bool:
    """Whether `serialise` could have made it for some prompt: the four fields as they are set for this destination,
    each once, and messages that are a role and a text."""
    try:
        said = json.loads(body)["messages"]
        plain = all(one.keys() == {"role", "content"} and one["role"] in ROLES for one in said)
        return plain and all(isinstance(one["content"], str) for one in said) and body == _body(said, destination)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _body(said: list[dict[str, str]], destination: Destination) -> bytes:
    body = {"max_tokens": ANSWER_TOKENS, "messages": said, "model": destination.model, "stream": False}
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def transmit(
    released: ReleasedPrompt, credential: str, limits: Limits, *, verify: ssl.SSLContext | bool = True
) -> Reply:
    """Send once and read the answer. Raises SendingError; by then the request may have left."""
    outgoing = released.outgoing
    key = (("authorization", f"Bearer {credential}"),) if credential else ()
    body = wire.post(
        outgoing.url, (*outgoing.headers, *key), outgoing.body,
        limits=limits, to="The outside model", method=outgoing.method,
        verify=verify,
    )  # fmt: skip
    return Reply(text=_text(body), status=200, size=len(body))


def _text(body: bytes) -> str:
    try:
        answer: Any = json.loads(body)
        text = answer["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise SendingError("The outside model's answer cannot be read.", outcome="error", status=200) from error
    if not isinstance(text, str) or not text.strip():
        raise SendingError("The outside model's answer is empty.", outcome="error", status=200)
    return text
