"""Where a machine of the house shows itself: a home folder that bears a user's name, a host that is nobody else's."""

from __future__ import annotations

import re

from policies.detect import gazetteer
from policies.detect.contacts import each
from policies.detect.words import is_strange, listed

Place = tuple[int, int]

_FOLDERS = ("/home/", "/Users/", "\\Users\\", "Settings\\")
_WITHIN = re.compile(r"[\w.-]$(?<!/[a-z])(?<!/var)(?<!/export)(?<!/usr)(?<! and)")  # the path of a web page
_USER = re.compile(r"\\?(?P<who>[\w.@+-]{2,40})(?=[\\/\"'\s:),;]|$)")
# Networks inside, and services that give each customer a host of its own.
_INSIDE = r"(?:internal|intranet|corp|lan|localdomain)"
_SERVICES = (
    "mongodb.net", "rds.amazonaws.com", "cache.amazonaws.com", "redshift.amazonaws.com", "es.amazonaws.com", "elb.amazonaws.com", "database.windows.net", "documents.azure.com",
    "redis.cache.windows.net", "vault.azure.net", "azurewebsites.net", "postgres.database.azure.com", "mysql.database.azure.com", "cloudapp.azure.com", "azuredatabricks.net",
    "onmicrosoft.com", "sharepoint.com", "my.salesforce.com", "okta.com", "snowflakecomputing.com", "supabase.co", "upstash.io", "cloud.es.io", "firebaseio.com", "neon.tech", "aivencloud.com",
)  # fmt: skip
_HOST = re.compile(
    rf"(?<![\w.@-])(?P<who>(?:_?[A-Za-z0-9][\w-]{{0,60}}\.){{1,6}}(?:{_INSIDE}|{'|'.join(map(re.escape, _SERVICES))}))(?![\w-]|\.\w|\()"
)
_SIGNS = (".internal", ".intranet", ".corp", ".lan", ".localdomain", *_SERVICES)
# Front doors of a service, and what stands in manuals, or begins the name of a package instead of a host.
_FRONT = re.compile(
    r"(?:www|docs?|help|login|support|status|developers?|learn|portal|console|apps?|admin|api|community|trust|blog|cloud|account)\.[\w-]+\.\w+$"
)
_SAMPLE = re.compile(
    r"^(?:com|org|net|io|java|javax|sun|jdk|kotlin|scala)\.|docker\.internal$|google\.internal$|"
    r"(?:^|[.\-_])(?:example|sample|demo|test|your\w*|my\w*|foo|bar|acme|contoso|xxx+|abc\w*|cluster[0o]|server|host(?:name)?|instance|database|name|company|domain|account|endpoint)(?=[.\-_\d]|$)"
)


def homes(text: str) -> list[Place]:
    """The names of users in paths."""
    found = []
    for folder in _FOLDERS:
        for at in each(text, (folder,)):
            match = None if _WITHIN.search(text, max(0, at - 20), at) else _USER.match(text, at + len(folder))
            if match and _is_user(match["who"], folder):
                found.append(match.span("who"))
    return found


def hosts(text: str, low: str) -> list[Place]:
    """Names of hosts that only one organisation has; `low`: the text in small letters."""
    if not any(sign in low for sign in _SIGNS):
        return []
    return [match.span("who") for match in _HOST.finditer(text) if _is_own(match["who"].lower())]


def _is_user(name: str, folder: str) -> bool:
    """Nobody has an account by that name from the start, and `/home/…` is no page of a web site."""
    low = name.lower().rstrip(".")
    if low in listed("accounts") or low.startswith(("your", "my", "user", "xxx")) or low[0].isdigit():
        return False
    return folder != "/home/" or is_strange(low) or gazetteer.is_first(low) or not low.isalpha()


def _is_own(host: str) -> bool:
    if _SAMPLE.search(host):
        return False
    if host.endswith(_SERVICES):
        return not _FRONT.match(host)
    first, _, rest = host.partition(".")
    return "." in rest or not first.isalpha() or is_strange(first)  # `printer.lan` is everybody's
