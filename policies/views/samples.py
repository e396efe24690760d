"""Credentials, keys and digests that standards and manuals print: everybody has them, so they are nobody's.

Only the whole value counts: with a character more or less it is another one.
"""

from __future__ import annotations

import re

_WHOLE = frozenset(
    # Amazon's and jwt.io's pages
    "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY "
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
    "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c "
    # RFC 7519 (JWT), 6455 (WebSocket), 7636 (PKCE) and 7617 (Basic)
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk "
    "dGhlIHNhbXBsZSBub25jZQ== s3pPLMBiTxaQ9kYGzzhZRbK+xOo= E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM "
    "QWxhZGRpbjpvcGVuIHNlc2FtZQ== QWxhZGRpbjpvcGVuc2VzYW1l "
    # NIST SP 800-38A and FIPS 197 (AES)
    "2b7e151628aed2a6abf7158809cf4f3c 6bc1bee22e409f96e93d7e117393172a 3ad77bb40d7a3660a89ecaf32466ef97 "
    "000102030405060708090a0b0c0d0e0f 00112233445566778899aabbccddeeff 69c4e0d86a7b0430d8cdb78070b4c55a "
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4 "
    # digests of nothing, and the first address of Bitcoin
    "d41d8cd98f00b204e9800998ecf8427e da39a3ee5e6b4b0d3255bfef95601890afd80709 "
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa".split()
)
PRINTED = _WHOLE | {part for value in _WHOLE for part in value.split(".") if len(part) > 20}
_TOKEN = re.compile(r"[A-Za-z0-9+/_.-]{20,}={0,2}")


def is_printed(token: str) -> bool:
    """Whether this is one of them, a full stop beside it left out."""
    return token.strip(".") in PRINTED


def crossed_out(text: str) -> str:
    """`text` with an `x` for each of their characters."""
    return _TOKEN.sub(lambda match: "x" * len(match.group()) if is_printed(match.group()) else match.group(), text)
