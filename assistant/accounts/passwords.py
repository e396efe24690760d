"""Passwords, kept as argon2id hashes. For a name that nobody has, a look takes as long as for a wrong password."""

from __future__ import annotations

import secrets
from functools import cache

from policies.errors import UsageError

SHORTEST = 10


def hashed(password: str) -> str:
    """argon2id with the library's defaults (RFC 9106, low memory). Raises UsageError when it is too short."""
    from argon2 import PasswordHasher

    if len(password) < SHORTEST:
        raise UsageError(f"A password needs at least {SHORTEST} characters.", cure="Choose a longer one.")
    return PasswordHasher().hash(password)


def matches(password: str, kept: str | None) -> bool:
    """Whether `kept` is a hash of `password`; None for nobody's."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return PasswordHasher().verify(_nobodys() if kept is None else kept, password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe(24))
