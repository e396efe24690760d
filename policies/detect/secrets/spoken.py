"""Passwords and codes by where they stand: behind a word for one, in eleven languages, assigned or told in prose."""

from __future__ import annotations

import re

from policies.detect.secrets.values import is_jumble, is_placeholder, is_strong, is_word, looks_secret

Place = tuple[int, int]

# How the words begin, in small letters: a pattern is tried only at a place where one stands.
_PASSWORDS = (
    "pass", "pwd", "pw", "psk", "secret", "token", "key", "credential", "kennw", "geheimw", "losung", "mdp", "psswd", "contrase", "clave", "parola", "parool", "wachtw", "senha",
    "palavra-passe", "lösenord", "losenord", "hasło", "hasla", "haslo", "şifre", "sifre", "パスワード", "パスコード", "community", "wifi", "wi-fi", "wlan", "wpa", "conn", "sas",
    "login", "log-in", "auth", "priv", "enable", "md5", "sha", "aes", "zugangscode", "unlock",
)  # fmt: skip
_CODES = (
    "code", "pin", "puk", "combi", "combo", "override", "passcode", "kombi", "geheimzahl", "geheimnummer", "zahlenk", "clave", "código", "codigo", "codice", "senha",
    "kod", "opens", "öffnet", "ouvre", "se abre", "si apre", "opent", "öppnas", "otwiera", "açılıyor", "szyfr", "şifre", "sifre", "暗証番号", "コード", "番号", "alarm", "keypad", "safe", "vault", "digicode",
)  # fmt: skip
_ACCOUNTS = (
    "login",
    "log-in",
    "user",
    "credential",
    "creds",
    "access",
    "account",
    "zugang",
    "identifiant",
    "acces",
    "credenzial",
    "inlog",
    "credenci",
    "inlogg",
    "logowani",
    "benutzer",
    "giriş",
    "ログイン",
    "sign in",
    "log in",
    "admin",
    "root",
)
_WORD = (
    r"pass(?:word|wort|wd|[ -]?phrase|wrd|wörter|code|key|e)?s?|psswd|pwd?|psk|secret|token|"
    r"(?:(?<=api)|(?<=access)|(?<=auth)|(?<=private)|(?<=secret)|(?<=account)|(?<=encryption)|(?<=signing)|(?<=master)|(?<=license)|(?<=shared)|(?<=service)|(?<=storage)|(?<=app)|(?<=deploy)|(?<=jwt)|(?<=subscription)|(?<=api[_ .-])|(?<=access[_ .-])|(?<=auth[_ .-])|(?<=private[_ .-])|(?<=secret[_ .-])|(?<=account[_ .-])|(?<=encryption[_ .-])|(?<=signing[_ .-])|(?<=master[_ .-])|(?<=license[_ .-])|(?<=shared[_ .-])|(?<=service[_ .-])|(?<=storage[_ .-])|(?<=app[_ .-])|(?<=deploy[_ .-])|(?<=jwt[_ .-]))key|credentials?|kennwort|kennwörter|geheimwort|losung|"
    r"mot de passe|mdp|contrase[ñn]a|clave(?: de acceso)?|parool|parola(?: d['’]ordine)?|wachtwoord|wachtzin|senha|palavra-passe|l[öo]senord|has[łl]o|[şs]ifre(?:si)?|パスワード|パスコード|暗証番号|"
    r"community|pin(?:[ -]?code)?|puk|passkey|(?:wifi|wi-fi|wlan)[ -]?(?:key|schlüssel)?|wpa2?(?:-psk)?|pre-?shared[ -]?key|conn(?:ection)?[_ ]?string|sas[_ ]?token"
)
# Names of places for a credential in configuration: the word ends the name.
_ASSIGNED = re.compile(
    rf"(?i)(?P<name>(?:{_WORD})[\w-]{{0,14}})[\"'\]]{{0,2}}\s{{0,3}}(?:=>|:=|==?|:|：|→|->|(?<=[\"']),(?=\s?[\"']))\s{{0,3}}(?P<q>[\"'`«„“]?)(?P<v>[^\s\"'`,;<>{{}}]{{4,200}})"
)
_COPULA = r"(?:\s*(?:=>|->|→|[:=：]|は|が)|\s+(?:is|was|are|now|still|c['’]est|(?:was |is |been )?(?:changed|set|reset) to|lautet|ist|war|heisst|heißt|est|était|es|era|è|é|são|är|blev|jest|brzmi|wynosi|olarak|combination is|luidt|werd|to|auf|naar|till)(?=[\s:=]))"
# "the admin password is …", "pw for the router: …", "das Passwort für das WLAN lautet …"
_SPOKEN = re.compile(
    rf"(?i)(?<![A-Za-zÀ-ɏ])(?:{_WORD}|login|log-?in|zugangscode|key|unlock)[a-zà-ÿışğ]{{0,4}}"
    r"(?:['’]s)?(?:\s+(?:admin\w*|root|wi-?fi|wlan|vpn|router|server|e-?mail))?(?:\s+(?:for|to|of|on|at|in|für|zum|zur|des|der|von|vom|im|pour|du|de|de la|del|de l|para|da|do|per|della|dello|van|voor|het|till|för|na|do|dla|için|が|の)\s*[\w' ./@-]{1,40}?)?"
    rf"{_COPULA}\s*(?:still |now |actually |currently |jetzt |noch |maintenant |ahora |:|=)?\s*(?P<q>[\"'`«„“「]?)(?P<v>[^\s\"'`,;»“」]{{4,80}})"
)
# A pass phrase of several words, in quotation marks or up to the end of the line.
_PHRASE = re.compile(
    rf"(?i)(?<![A-Za-zÀ-ɏ])(?:{_WORD})(?:\s+(?:for|to|of|on|für|zum|zur|pour|du|de|del|para|da|do|per|della|van|voor|till|för|do|dla|için)\s+[\w' ./@-]{{1,40}}?)?{_COPULA}\s*"
    r"(?:[\"'`«„“「](?P<v>[^\"'`«»„“」\n]{8,100})[\"'`»“”」]|(?P<w>[a-zà-ÿ0-9]{3,12}(?:[-_.][a-zà-ÿ0-9]{2,12}){2,8})(?![\w-])|(?P<p>[a-zà-ÿ]{3,10}(?: [a-zà-ÿ]{3,10}){3,7})(?=[.!]?\s*(?:$|\n)))"
)
_PAIR = re.compile(
    r"(?i)(?:(?<![A-Za-zÀ-ɏ])(?:log-?in|user(?:name)?|credentials?|access|account|creds?|zugang(?:sdaten)?|identifiants?|accesos?|credenziali|inloggegevens|credenciais|inloggning|logowani\w+|benutzer)\b|giriş|ログイン)[^\n]{0,40}?[\s:=(][\w.@-]{3,40}\s*[/|:]\s*(?P<v>[^\s/,;]{6,60})"
)
# What says less must look like one the more: `log in as admin with …`, `admin/…`, `the same everywhere: "…"`, `… as my password`.
_WITH = re.compile(
    r"(?i)(?:log-? ?in|sign in|user|access|account) (?:as |is )?[\w.@-]{2,40},? (?:with|using|and) [\"'`]?(?P<v>[^\s\"'`]{7,60})|(?:admin(?:istrator)?|root) ?[/:] ?(?P<w>[^\s/,;:?=&\"'`]{7,60})"
)
_FURTHER = re.compile(
    rf"(?i)(?:{_WORD})(?![\w-])[^\n:.?!\"'`]{{0,40}}:?\s*[\"'`«„“](?P<v>[^\s\"'`«»„“”]{{6,60}})[\"'`»“”]"
)
_BEFORE = re.compile(
    r"(?i)(?<![^\s\"'`«„“])(?P<v>[^\s\"'`«»„“”]{6,40})[\"'`»”]?,? (?:as|is|was|als|ist|war|comme|est|como|es|é|come|è|is|som|är|to|jako|jest)(?: [^\W\d]{1,12}){0,3} $"
)
_KEYWORD_VALUE = re.compile(
    r"(?i)(?<![A-Za-zÀ-ɏ])(?:auth|priv|enable secret|secret \d|(?<=radius )secret|(?<=tacacs )secret|(?<=shared )secret|(?<=client )secret|key \d|(?<=snmp-server )community|md5|sha|aes(?: 128| 256)?|psk|key|pw|pwd|(?:password|passwd|passwort|kennwort|mdp|passcode|wachtwoord|lösenord|hasło|parola|şifre|contraseña|senha|pass|pin)[a-zà-ÿışğ]{0,4}|mot de passe|palavra-passe|parola d['’]ordine)\s+(?:\d\s+)?[\"'`]?(?P<v>[^\s,;:\"'`]{6,80})"
)
_LOCK = (
    r"door|gate|alarm|safe|vault|locker|keypad|lift|garage|entr(?:y|ance)|building|padlock|lock(?:box)?|cabinet|server ?room|key ?(?:box|safe|pad)|archive|strongroom|office|voicemail|sim|till|phone|mobile|tablet|laptop|card|atm|bike|store ?room|pharmacy|"
    r"tür|haustür|hintertür|tor|tresor|alarmanlage|schließfach|eingang|schloss|serverraum|schlüsselkasten|porte|coffre(?:-fort)?|alarme|digicode|portail|entrée|cadenas|armoire|puerta|caja fuerte|alarma|candado|cerradura|portón|armario|"
    r"porta|cassaforte|allarme|cancello|lucchetto|armadietto|deur|achterdeur|voordeur|kluis|poort|slot|hangslot|kast|cofre|portão|fechadura|cadeado|armário|dörr\w*|bakdörr\w*|port\w*|larm\w*|kassaskåp\w*|lås\w*|skåp\w*|"
    r"drzwi|sejf\w*|bram\w*|alarm\w*|kłódk\w*|szaf\w*|kapı\w*|kasa\w*|kilit|kilid\w*|giriş|dolap|金庫|ドア|扉|裏口|玄関|警報|ロッカー|入口"
)
_CODE = (
    r"(?:door ?|gate ?|alarm ?|access ?|entry ?|security ?|key ?|safe ?|pin ?)?codes?|pins?|puk|combination|combo|override|passcode|zahlencode|türcode|zugangscode|zahlenkombination|kombination|geheimzahl|geheimnummer|digicode|combinaison|"
    r"c[óo]digo|clave|combinaci[óo]n|codice|combinazione|toegangscode|deurcode|combinatie|pincode|senha|combinação|kod|koden|kombination(?:en)?|portkod(?:en)?|szyfr|kombinacja|kodu|şifresi|şifre|kombinasyon\w*|暗証番号|コード|番号|解除番号|opens (?:with|to|at)|öffnet (?:sich )?mit|s['’]ouvre avec|se abre con|si apre con|opent met|se abre com|öppnas med|otwiera się|açılıyor"
)
_NUMBER = r"(?P<v>[ABLR]?\d{1,8}(?:[ #*,/-]{0,2}[ABLRablr]?\d{1,6}){0,5}[AB]?[#*]?)(?![A-Za-z0-9_]|[.,:]\d| ?(?:digits?|stellig|stellen|chiffres|cifras|cifre|cijfers|dígitos|siffror|cyfr|haneli|桁|times|attempts|minutes|hours|days|years|%|€|euro|mm|cm|kg|mg|ml|km|g|l|users|persons|people)(?![^\W\d_]))"
_LOCKED = re.compile(rf"(?i)(?<![A-Za-zà-ÿ])(?:{_LOCK})(?:(?![a-z])|(?=code|pin|kod))")
_CODE_THEN = re.compile(rf"(?i)(?:{_CODE})(?![a-z])[^.\n?\d]{{0,64}}?(?<![A-Za-z0-9.,/]){_NUMBER}")
_STATED = re.compile(
    rf"(?i)(?<![^\W\d_-])(?:secret code|geheimcode|code secret|c[óo]digo secreto|codice segreto|geheime code|hemliga? kod(?:en)?|tajny kod|gizli kod\w*|combination|combo|override|pin(?:[ -]?code)?|puk|passcode|zahlenkombination|geheimzahl|geheimnummer|digicode|kombination|暗証番号|şifre(?:si)?|alarm|keypad)(?![a-z])[^.\n?\d]{{0,30}}?(?:\s(?:is|are|ist|est|es|è|é|är|jest|lautet)\s|[=:：は])\s*{_NUMBER}|"
    r"(?<![^\W\d_-])pin-?code(?: \w{3,14}){1,2}:? (?P<p>\d{4,5})(?!\w|[.,]\d)|"
    rf"(?<![^\W\d_-])(?-i:PIN|PUK|pin(?=[ :=#]{{1,3}}\d{{4,8}}(?!\d)))(?:[ -]?(?:code|Code|kod(?:um|u|en)?))?(?: to)?[ :=#]{{1,3}}{_NUMBER.replace('<v>', '<w>')}"
)
_NOT_A_LOCK = re.compile(
    r"(?i)\b(?:error|status|country|area|post(?:al)?|zip|dialling|exit|source|colou?r|icd|cpt|sort|bank|promo|discount|voucher|qr|bar|hs|tax|naics|sic|building|tariff|swift|iata|airport|http|return|unicode|ascii|machine|byte|vat|fehler|clinical|billing)[ -]?codes?|code (?:of|civil|section|pénal|du travail)|codice (?:fiscale|civile|postale|penale)|código (?:postal|civil|penal)|code postal|kod pocztowy|posta kodu"
)
NEAR = re.compile(rf"(?i)(?<![a-z])(?:{_WORD}|key|secret|signature|hmac|cookie|session)(?![a-z])")
_QUESTION = re.compile(
    r"(?i)(?:correct|horse|battery|staple|policy|manager|reset|expired?|required|invalid|wrong|incorrect|missing|empty|stored?|hashed|encrypted|saved|protected|forgotten|length|minimum|maximum|unknown|optional|visible|hidden|only|never|always|often|usually|the|not|too|very|being|used|needed|same|different|generated|shared|sent|valid|null|true|false|string|text|field|column|value)\b"
)


def find(text: str, low: str) -> list[tuple[str, Place]]:
    """(kind, place) of each password and code. `low` is the text in small letters."""
    found: list[tuple[str, Place]] = []
    for at in _places(low, _PASSWORDS):
        found += _password_at(text, at)
    for at in _places(low, _ACCOUNTS):
        match = _PAIR.match(text, at)
        if match and looks_secret(match["v"]):
            found.append(("password", match.span("v")))
        if (match := _WITH.match(text, at)) and is_strong(match["v"] or match["w"]):
            found.append(("password", _span(match)))
    if _FOUR_DIGITS.search(text):
        for at in _places(low, _CODES):
            found += _code_at(text, at)
    return found


_FOUR_DIGITS = re.compile(r"\d[\d #*,/ABLRablr-]{0,12}\d")


def _places(low: str, signs: tuple[str, ...]) -> list[int]:
    """Where one of the signs begins."""
    starts: list[int] = []
    for sign in signs:
        at = low.find(sign)
        while at >= 0:
            starts.append(at)
            at = low.find(sign, at + len(sign))
    return starts


def _password_at(text: str, at: int) -> list[tuple[str, Place]]:
    """What the word for a credential that begins here is followed by."""
    found: list[tuple[str, Place]] = []
    if (match := _ASSIGNED.match(text, at)) and _is_assigned(match):
        found.append(("password", match.span("v")))
    further = _FURTHER.match(text, at)
    before = _BEFORE.search(text, max(0, at - 90), at) if text[at - 1 : at] == " " else None
    found += [("password", match.span("v")) for match in (further, before) if match and is_strong(match["v"])]
    for pattern in (_SPOKEN, _KEYWORD_VALUE):
        if match := pattern.match(text, at):
            value = match["v"].partition("</")[0]  # markup may end where the value does
            if looks_secret(value) and not _is_count(value, match.group()[:16]):
                found.append(("password", (match.start("v"), match.start("v") + len(value))))
    if (match := _PHRASE.match(text, at)) and _is_phrase(match):
        found.append(("passphrase", _span(match)))
    return found


def _code_at(text: str, at: int) -> list[tuple[str, Place]]:
    """The number behind a word for a code, when a lock stands beside it or the word leaves no doubt."""
    if (match := _STATED.match(text, at)) and _is_code(match, text, year=bool(_PIN.match(match.group()))):
        return [("access_code", _span(match))]
    match = _CODE_THEN.match(text, at)
    if (
        match
        and _is_code(match, text)
        and (
            _LOCKED.search(text, max(0, at - 45), match.start("v"))
            or _LOCKED.search(text, match.end(), match.end() + 30)
        )
    ):
        return [("access_code", match.span("v"))]
    return []


def _span(match: re.Match[str]) -> Place:
    return next(match.span(name) for name, value in match.groupdict().items() if value and name in "vwp")


_CUT_OFF = re.compile(r"[A-Za-z_-]+\.{3,}")  # `sk_test_...`


def _is_assigned(match: re.Match[str]) -> bool:
    value, quoted = match["v"].rstrip(".,;)»“"), bool(match["q"])
    if (
        len(value) < 4
        or is_placeholder(value)
        or _CUT_OFF.fullmatch(match["v"])
        or (re.search(r"[(\[]", value) and not quoted)
    ):
        return False  # a call or an index, in code
    if _is_count(value, match["name"]):
        return False
    if is_word(value):
        return is_jumble(value) or (quoted and len(value) >= 8 and not value.islower() and not _QUESTION.match(value))
    return looks_secret(value) or (quoted and len(value) >= 6 and not re.fullmatch(r"[\w.-]*[.][\w.-]*", value))


def _is_count(value: str, name: str) -> bool:
    """How many tokens or keys: only what a person types is made of digits alone."""
    return value.rstrip(".)").isdigit() and bool(re.search(r"(?i)token|key|secret|conn|limit|max|len|count", name))


def _is_phrase(match: re.Match[str]) -> bool:
    """Words, but no sentence about passwords."""
    value = match["v"] or match["w"] or match["p"]
    words = re.findall(r"[^\W_]+", value)
    if is_placeholder(value) or _QUESTION.match(value) or (match["p"] and any(_QUESTION.fullmatch(w) for w in words)):
        return False
    if match["v"]:
        return looks_secret(value.replace(" ", "-")) or 3 <= len(words) <= 8 or (len(words) == 2 and len(value) >= 10)
    return len(words) >= 3


def _is_code(match: re.Match[str], text: str, *, year: bool = False) -> bool:
    """As long as a code is; no date, no year unless it may be one, and not the code of an error or of a country."""
    value = next(value for name, value in match.groupdict().items() if value and name in "vwp")
    plain = "".join(filter(str.isdigit, value))
    if not 4 <= len(plain) <= 12 or plain in {"1234", "0000", "123456", "12345"}:
        return False
    if _NOT_A_LOCK.search(text, max(0, match.start() - 14), match.end()):
        return False
    return (year and len(value) == 4) or not _DATE.fullmatch(value)


_PIN = re.compile(r"(?i)pin|puk|geheim|暗証")  # many are a year
_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_DATE = re.compile(
    rf"(?:19|20)\d\d(?:[-/]\d{{1,2}}){{0,2}}|(?:{_DAY}[./-]{_MONTH}|{_MONTH}[./-]{_DAY})[./-](?:\d\d|(?:19|20)\d\d)"
)
