"""The one seam to a writing model: a prompt in, pieces of text out.

`generate` yields text as it comes; closing the iterator cancels down to the model. It raises
`GeneratorError` when the model is missing, refuses, or dies in the middle. A generator never decides
whether it may be asked, and never reaches outside the house.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from policies.errors import UnavailableError
from policies.vocabulary import Prompt


class GeneratorError(UnavailableError):
    """The writing model is missing, unsafe (remote, wrong digest, context too small) or died."""


class Generator(Protocol):
    """A model that the organisation runs."""

    name: str

    @property
    def digest(self) -> str:
        """SHA-256 of the weights, or of what stands for them."""
        ...

    demonstration: bool  # a small packaged model, for trying out: says so beside each answer
    context: int  # tokens that fit, prompt and answer together

    def count_tokens(self, text: str) -> int:
        """Counted by the model's own tokenizer where there is one, else never too few."""
        ...

    def generate(self, prompt: Prompt) -> Iterator[str]:
        """Text in pieces of any size."""
        ...

    def close(self) -> None: ...
