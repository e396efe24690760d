"""Credentials: keys and tokens by their shape, passwords by where they stand, in configuration, commands and prose.

Placeholders (`${TOKEN}`, `<password>`, `YOUR_KEY`), documented samples and things that only look random
(hashes of commits, checksums, public keys) pass.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from policies.labels import Category
from policies.vocabulary import Finding

_SHAPES: tuple[tuple[str, str], ...] = (
    ("aws_access_key", r"(?<![A-Za-z0-9])(?:AKIA|ASIA|AROA|AIDA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("github_token", r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{40,255})"),
    ("gitlab_token", r"(?<![A-Za-z0-9])gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|imt|oas)-[A-Za-z0-9_.-]{18,}"),
    ("slack_token", r"xox[abeoprsc](?:\.xox[bp])?-[A-Za-z0-9-]{10,}|xapp-\d-[A-Za-z0-9-]{10,}"),
    ("slack_webhook", r"hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/]{20,}"),
    ("stripe_key", r"(?<![A-Za-z0-9])(?:sk|rk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}"),
    ("openai_key", r"(?<![A-Za-z0-9])sk-(?:proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_-]{20,}"),
    ("anthropic_key", r"sk-ant-[A-Za-z0-9_-]{20,}"),
    ("google_key", r"(?<![A-Za-z0-9])AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}"),
    ("jwt", r"(?<![A-Za-z0-9])ey[JK][A-Za-z0-9_-]{8,}\.ey[JK][A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{6,}"),
    ("private_key", r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    ("uri_password", r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@'\"<>]{0,80}:(?P<v>[^\s/@'\"<>]{3,120})@[\w.\[\]-]+"),
    ("azure_key", r"(?i)(?:account|sharedaccess|shared-access-)key=(?P<v>[A-Za-z0-9+/]{30,}={0,2})|[?&]sig=(?P<v2>[A-Za-z0-9%+/=]{30,})"),
    ("sendgrid_key", r"(?<![A-Za-z0-9])SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    ("npm_token", r"(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}"),
    ("pypi_token", r"pypi-[A-Za-z0-9_-]{40,}"),
    ("huggingface_token", r"(?<![A-Za-z0-9])(?:hf|api_org)_[A-Za-z0-9]{28,}"),
    ("twilio_key", r"(?<![A-Za-z0-9])(?:AC|SK)[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("digitalocean_token", r"do[opr]_v1_[0-9a-f]{40,}"),
    ("vault_token", r"(?<![A-Za-z0-9])hv[sbr]\.[A-Za-z0-9_-]{20,}"),
    ("shopify_token", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{30,}"),
    ("telegram_token", r"(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{30,}"),
    ("discord_token", r"(?<![A-Za-z0-9])[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),
    ("mailgun_key", r"(?<![A-Za-z0-9])key-[0-9a-f]{32}(?![A-Za-z0-9])"),
    ("databricks_token", r"(?<![A-Za-z0-9])dapi[0-9a-f]{32}"),
    ("atlassian_token", r"ATATT3[A-Za-z0-9_=-]{30,}|ATCTT3[A-Za-z0-9_=-]{30,}"),
    ("linear_key", r"(?<![A-Za-z0-9])(?:lin_api|figd|glsa|sq0csp|sq0atp|EAAC|rdme|pul|dp\.pt|nvapi|gsk|xai|r8|pplx|secret|ntn|tskey|PMAK|sntrys|dckr_pat|rubygems|frt|shippo_live|NRAK|sbp|pscale_tkn)[_.-][A-Za-z0-9_.-]{20,}"),
    ("bearer", r"(?i)\b(?:bearer|token|basic)[ :]+(?P<v>[A-Za-z0-9_.~+/-]{20,}={0,2})"),
    ("recovery_key", r"(?<!\d)(?:\d{6}-){7}\d{6}(?!\d)"),
    ("command_password", r"(?:\s-u ?|--user[ =])[\w.@-]{1,40}:(?P<v>[^\s'\"]{4,80})|\s--?p(?:ass(?:word)?)?[ =](?P<v2>[^\s'\"-][^\s'\"]{5,80})|\s-p(?P<v3>[^\s'\"-][^\s'\"]{7,60})"),
    ("crypt_hash", r"\$(?:2[aby]|5|6|y|argon2i?d?)\$[A-Za-z0-9./$=,+-]{20,}"),
)  # fmt: skip
_COMPILED = tuple((name, re.compile(pattern)) for name, pattern in _SHAPES)

_WORD = (
    r"pass(?:word|wort|wd|phrase|code|key)?|pwd?|psk|secret|token|api[_ .-]?key|access[_ .-]?key|auth[_ .-]?key|private[_ .-]?key|"
    r"client[_ .-]?secret|encryption[_ .-]?key|signing[_ .-]?key|credentials?|kennwort|mot de passe|contraseña|wachtwoord|"
    r"senha|lösenord|hasło|community|pin(?:[ -]?code)?|puk|passkey|wifi key|wpa2?|pre-?shared[ -]?key|account[_ ]?key|conn(?:ection)?[_ ]?string"
)
# a name that ends in such a word, a sign of assignment, a value
_ASSIGNED = re.compile(
    rf"(?i)(?P<name>[\w.-]{{0,40}}(?:{_WORD})[\w]{{0,12}})[\"'\]]{{0,2}}\s{{0,3}}(?:=>|:=|=|:|→|->)\s{{0,3}}(?P<q>[\"'`]?)(?P<v>[^\s\"'`,;<>{{}}]{{4,200}})"
)
# "the admin password is …", "pw for the router: …", "login guest / …"
_SPOKEN = re.compile(
    rf"(?i)\b(?:{_WORD}|login|log-?in|combination|combo|override|door ?code|alarm(?: code)?|gate code|safe|vault|lock(?:box)?|key(?:pad)?|code|unlock)"
    r"(?:\s+(?:for|to|of|on|at|in)\s+[\w' .-]{1,40}?)?\s*(?:is|was|are|=|:|→|now|still|changed to|set to|lautet|ist|est|es|è|combination is)\s+[\"'`]?(?P<v>[^\s\"'`,;]{4,80})"
)
_PAIR = re.compile(
    r"(?i)\b(?:login|log-?in|user(?:name)?|credentials?|access|account)\b[^\n]{0,30}?\s[\w.@-]{3,40}\s*[/|]\s*(?P<v>\S{6,60})"
)
_KEYWORD_VALUE = re.compile(
    r"(?i)\b(?:auth|priv|enable secret|secret \d|key \d|snmp-server community|md5|sha|aes(?: 128| 256)?|psk|key|pw|pwd|password|passwd)\s+(?:\d\s+)?(?P<v>[^\s,;:]{6,80})"
)
_COMBINATION = re.compile(
    r"(?i)\b(?:combination|combo|code|override|pin|alarm|keypad|safe|vault|door|cabinet|gate)\b[^.\n?]{0,40}?\b(?:is|are|=|:)\s+(?P<v>(?:[LR]?\d{1,6}[ #*,-]{0,2}){1,6})"
)
_PLACEHOLDER = re.compile(
    r"(?i)(?:[$%#@]?[\[{(<%].*|.*[>}\])]|\$[A-Z_]\w*|x{3,}.*|\*{3,}.*|\.{3,}|…+|_{3,}|-+|y?our[_-]?.*|my[_-]?(?:secret|password|token|key).*|"
    r"(?:change|replace|insert|enter|todo|redacted|dummy|sample|example|placeholder|fake|null|none|true|false|undefined|nil|required|optional|string|str|int|"
    r"os\.|env|process\.|getenv|config\.|settings\.|secrets?\.|vault:|ref:|var\.|self\.|this\.|input|args?\.|request\.|hashlib|bcrypt|password|passwort|secret|token|key|hunter2|correct|foo|bar|test).*)"
)
_DOCUMENTED = {"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "hunter2", "swordfish", "letmein"}
_ENGLISH_ONLY = re.compile(r"[A-Za-zÀ-ÿ]+[.?!)]*\Z")
_PUBLIC = re.compile(
    r"(?i)(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+)\s+AAAA|integrity\s+sha|sha(?:256|384|512)-|data:[\w/+.-]+;base64,"
)
_GENERIC = re.compile(r"(?<![A-Za-z0-9+/_.=-])[A-Za-z0-9+/_-]{32,}={0,2}(?![A-Za-z0-9+/_=-])")
_NEAR = re.compile(rf"(?i)(?<![a-z])(?:{_WORD}|secret|signature|hmac|cookie|session)(?![a-z])")


def entropy(text: str) -> float:
    """Bits per character."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


class SecretDetector:
    """Credentials, by shape, by place, and by randomness beside a word that says so."""

    name = "secrets"
    version = "1"

    def find(self, text: str, language: str = "en") -> list[Finding]:
        found = []
        for kind, pattern in _COMPILED:
            for match in pattern.finditer(text):
                value = _value(match)
                if not _stands_for_one(value, kind):
                    continue
                found.append(self._finding(kind, match.span()))
        found += [self._finding("password", m.span("v")) for m in _ASSIGNED.finditer(text) if _assigned(m)]
        for pattern in (_SPOKEN, _PAIR, _KEYWORD_VALUE):
            found += [
                self._finding("password", m.span("v")) for m in pattern.finditer(text) if _looks_secret(m.group("v"))
            ]
        found += [
            self._finding("access_code", m.span("v"))
            for m in _COMBINATION.finditer(text)
            if sum(map(str.isdigit, m.group("v"))) >= 4
        ]
        for match in _GENERIC.finditer(text):
            near = text[max(0, match.start() - 40) : match.end() + 10]
            if (
                _NEAR.search(near)
                and entropy(match.group()) > 3.2
                and not _PUBLIC.search(near)
                and not _PLACEHOLDER.fullmatch(match.group())
            ):
                found.append(self._finding("random_value", match.span()))
        return found

    def _finding(self, kind: str, span: tuple[int, int]) -> Finding:
        return Finding(detector=self.name, kind=kind, start=span[0], end=span[1], category=Category.CREDENTIALS)

    def canaries(self) -> tuple[tuple[str, str], ...]:
        return (
            ("aws_access_key", "AKIA" + "K22S6N6LPAAX3EJO"),
            ("private_key", "-----BEGIN RSA PRIVATE" + " KEY-----"),
            ("uri_password", "postgres://svc:LKOOeb8n3YCkjO@db.internal/core"),
            ("password", "the admin password is P0suMi!13"),
        )


def _value(match: re.Match[str]) -> str:
    named = [value for value in match.groupdict().values() if value]
    return named[0] if named else match.group()


def _stands_for_one(value: str, kind: str) -> bool:
    """Not for a real one: a placeholder or a documented sample."""
    if value in _DOCUMENTED or "EXAMPLE" in value or (len(value) > 3 and len(set(value)) <= 3):
        return False
    if kind in {"uri_password", "command_password", "bearer"} and _PLACEHOLDER.fullmatch(value):
        return False
    if kind == "command_password":
        return _looks_secret(value)
    return kind != "openai_key" or any(char.isdigit() for char in value) or value.count("-") < 3


def _assigned(match: re.Match[str]) -> bool:
    value = match.group("v").rstrip(".,;)")
    quoted = bool(match.group("q"))
    if _PLACEHOLDER.fullmatch(value) or value in _DOCUMENTED or len(value) < 4:
        return False
    if re.search(r"[(\[]", value) and not quoted:
        return False  # a call or an index, in code
    if _ENGLISH_ONLY.match(value):
        return quoted and len(value) >= 8 and not value.islower()
    return _looks_secret(value) or (quoted and len(value) >= 6)


def _looks_secret(value: str) -> bool:
    """Not a word, not a placeholder: letters with digits or signs, or a row of digits of a code's length."""
    value = value.rstrip(".,;:?)")
    if len(value) < 4 or _PLACEHOLDER.fullmatch(value) or value in _DOCUMENTED or len(set(value)) <= 2:
        return False
    if value.isdigit():
        return 4 <= len(value) <= 12 and value not in {"1234", "0000", "12345", "123456", "12345678"}
    kinds = sum(bool(re.search(p, value)) for p in (r"[a-z]", r"[A-Z]", r"\d", r"[^\w\s]"))
    has_digit = any(char.isdigit() for char in value)
    return (
        len(value) >= 6
        and ((has_digit and kinds >= 2) or kinds >= 3)
        and "/" not in value[:3]
        and not re.fullmatch(r"[\d.,:/%-]+|\w+\.\w{2,4}|\d+\w{1,3}", value)
    )
