"""What leads to one person: mail, telephone, home, profile, and the date of birth. Part of the identifier detector.

Telephone numbers that are reserved for films count too: people who disguise a case put them in. Addresses of
mail at documented sample hosts, and those of an office instead of a person, pass.
"""

from __future__ import annotations

import re

Place = tuple[int, int]

_EMAIL = re.compile(
    r"(?<![\w.+-])([\w+-](?:[\w.'+-]{0,62}[\w+-])?) ?(?:@|\(at\)|\[at\]|\{at\}) ?((?:[\w-]{1,40}\.){1,4}[^\W\d_]{2,14})(?![\w])",
    re.IGNORECASE,
)
_SAMPLE_HOST = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|org|net|edu)|company\.com|domain\.(?:com|tld)|yourdomain\.\w+|mydomain\.\w+|acme\.com|test\.com|foo\.\w+|localhost\.\w+|"
    r"(?:users\.noreply\.)?github\.com|gitlab\.com|bitbucket\.org)$",
    re.IGNORECASE,
)
_ROLES = frozenset(
    """info support contact hello noreply no-reply donotreply admin webmaster postmaster sales help helpdesk office
    service jobs careers hr press media privacy dpo security abuse billing user username name your.name yourname me you
    test foo bar someone john.doe jane.doe max.mustermann firstname.lastname first.last vorname.nachname recipient
    sender email mail abc xyz git feedback newsletter complaints enquiries customerservice data-protection root
    kontakt presse datenschutz vertrieb personal buchhaltung accueil contacto ventas prensa contatti ufficio
    klantenservice contato suporte kundtjanst biuro reklamacje iletisim bilgi destek""".split()
)
_PHONE = re.compile(r"(?<![\w.+/-])(?:\+|00)?\(?\d{1,4}\)?(?:[ .\-/()]{0,3}\d{1,5}){2,7}(?![\w-])")
_PHONE_WORD = re.compile(
    r"phone|mobile|\bcell\b|cellphone|\btel\b|\btel[.:]|\bcall|\bring\b|\bfax\b|whats ?app|signal\b|\bsms\b|handy|mobil|telef|tél|portable|fijo|móvil|movil|celular|"
    r"cellulare|numero di tel|recapito|telefoon|gsm\b|bel(?:len)? |telemóvel|ligue|telefon|ring |komórk|tel\.|zadzwoń|cep\b|ara(?:yın)?\b|電話|携帯|(?:his|her|their|my|your) number|"
    r"reach (?:me|him|her|them) (?:at|on)|rufnummer|rückruf|erreichbar|rappeler|joindre|llamar|contact no|contact number",
    re.IGNORECASE,
)
_NOT_PHONE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[ T]\d.*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?: \d.*)?|\d+\.\d+\.\d+\.\d+|\d{1,3}(?:[.,]\d{3})+|(?:(?:19|20)\d\d[ \-/.]*){2,5}|\d{4}[./]\d{1,2}[./]\d{1,2}.*|97[89][ -]\d.*"
)
_CODE_BEFORE = re.compile(r"(?<!\w)(?:[A-Z]+\d|\d+[A-Z])[A-Z\d]*[ -]$")  # the number goes on from letters and figures
_AMOUNT = re.compile(r"\d{1,3}(?: \d{3})+")
_NORTH_AMERICA = re.compile(r"(?:\+?1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[ .-]\d{4}")
_MOBILE = re.compile(
    r"07\d{3}[ -]?\d{3}[ -]?\d{3}|0[67](?:[ .]\d{2}){4}|06[ -]\d{8}|06[ -]\d{2}[ -]\d{2}[ -]\d{2}[ -]\d{2}|01[5-7]\d[ /-]\d{3,4}[ -]?\d{3,5}|07\d[ -]\d{3}[ -]\d{2}[ -]\d{2}|"
    r"\(\d{2}\) ?9?\d{4}-\d{4}|0?5\d{2} \d{3} \d{2} \d{2}|0[789]0-\d{4}-\d{4}"
)
_SERVICES = re.compile(
    r"(?:\+?1[ .-]?)?\(?(?:800|888|877|866|855|844|833)\)?[ .-]?\d{3}[ .-]?\d{4}\Z|0800|0808|116 ?\d{3}|0900|0300|\+?800|"
    r"801[ -]|0180|088[ -]|0120-|0771-|08[ .][0-29]\d[ .]"
)
_FIVES = re.compile(r"555[ -]?\d{4}")

_DAY = (
    r"(?:\d{1,2}(?:st|nd|rd|th|er|º|ª)?[ ./-]{1,2}(?:de |d')?(?:\d{1,2}|[^\W\d_]{3,10}\.?)[ ,./-]{1,3}(?:de )?(?:19|20)?\d{2}|(?:19|20)\d{2}[./-]\d{1,2}[./-]\d{1,2}|"
    r"[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d{2}|(?:19|20)\d{6}|\d{6}|(?:(?:19|20)\d{2}|昭和\d{1,2}|平成\d{1,2}|令和\d)年\d{1,2}月\d{1,2}日)"
)
_BIRTH = re.compile(
    r"(?:\bd\.?o\.?b\b\.?|date of birth|birth ?-?_?date|\bbirth[_ ]?day|\bborn(?: on)?|geburtsdatum|geburtstag|\bgeb\.?|geboren(?: am| op)?|date de naissance|\bn[ée]e? le|"
    r"fecha de nac\w*|f\. ?nac\w*|nacid[oa] el|data di nascita|\bnat[oa] il|geboortedatum|data de nasc\w*|nascid[oa] (?:em|a)|födelse\w*|\bfödd(?: den)?|data ur\w*|"
    r"urodzon[ya]|\bur\.|doğum ?tarihi|doğumlu|生年月日|誕生日|生まれ)"
    rf"[\"'\])]{{0,3}}[ \t:=,|(\[\"'は-]{{0,6}}(?P<v>{_DAY})(?!\d)",
    re.IGNORECASE,
)
_BIRTH_SIGNS = (
    "birth",
    "born",
    "dob",
    "d.o.b",
    "geb",
    "naiss",
    "né le",
    "née le",
    "ne le",
    "nee le",
    "nacim",
    "nacid",
    "nac.",
    "fnac",
    "nasc",
    "nato il",
    "nata il",
    "födel",
    "född",
    " ur.",
    "urodz",
    "ur.)",
    "doğum",
    "生",
)
_BIRTH_HEAD = re.compile(
    r"(?:^|[,;|\t])[ \"]*(?:dob|d\.o\.b\.?|date[ _]of[ _]birth|birth[ _]?date|born|geburtsdatum|geb\.?(?:datum)?|date de naissance|fecha de nacimiento|data di nascita|"
    r"geboortedatum|n[ée]e? le|nacid[oa] el|nat[oa] il|geboren(?: am| op)?|födelsedag|urodzony|ur\.|data de nascimento|födelsedatum|data urodzenia|doğum tarihi|生年月日)[ \"]*(?=[,;|\t]|$)",
    re.IGNORECASE,
)
_A_DAY = re.compile(rf"(?<![\w/.-])(?:{_DAY})(?![\w/-])")
_STREET = (
    r"(?:\d{1,4}[a-zA-Z]?,? (?:[A-ZÀ-Þ][\w'’.-]{1,20} ){1,3}(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Close|Drive|Dr|Court|Ct|Way|Terrace|Place|Square|Crescent|Quay|Gardens|Grove|Row|Mews|Hill|Blvd|Boulevard|Parkway|Walk)\b|"
    r"[A-ZÄÖÜ][\wäöüß-]{2,24}(?:straße|strasse|str\.|weg|gasse|allee|platz|damm|ufer|ring|straat|laan|gracht|plein|kade|gatan|vägen|gränd) ?\d{1,4} ?[a-zA-Z]?\b|"
    r"\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|boulevard|chemin|impasse|allée|place|quai|route) (?:d[eu'’]s? ?)?(?:l[a'’] ?)?[\w'’-]{2,25}|"
    r"(?:Calle|C/|Avda?\.|Avenida|Plaza|Paseo|Rua|Travessa|Praça|Via|Viale|Corso|Piazza|Vicolo|ul\.|ulica|al\.|os\.) ?(?:d[aeio]l?l?[ '’]?(?:la |los |las )?)?[A-ZÀ-Ž][\w'’.-]{1,24}(?: [\w'’.-]{1,20}){0,2}?,? (?:n\.?º? ?)?\d{1,4}\b|"
    r"[A-ZÇĞİÖŞÜ]\w{2,20} (?:Sokak|Sok\.|Sk\.|Caddesi|Cad\.|Cd\.|Bulvarı|Mahallesi|Mah\.)[ ,]{0,2}(?:No ?[:.]? ?)?\d{1,4}|\d{1,2}丁目\d{1,3})"
)
_LIVES = re.compile(
    r"\b(?:lives?|living|resid(?:es?|ing|ent)|moved|home|flat|stays?) (?:in|at|on|to|is|address)\b|\b(?:home|private|postal|mailing|delivery|billing|patient|customer|his|her|their|client|tenant) (?:home )?address|"
    r"\b(?:wohn(?:t|haft|end|ort|adresse)|privatadresse|anschrift|habite|demeurant|domicili\w+|adresse (?:du |de la )?(?:client|patient|personnelle)|vive en|reside en|domicilio|residente|"
    r"abita|indirizzo (?:di casa|del)|woont|woonachtig|thuisadres|mora (?:em|na|no)|morada|residência|endereço d|bor (?:på|i)|bostadsadress|hemadress|mieszka|zamieszka\w+|adres (?:zam|dom)\w*|oturuyor|ikamet\w*|ev adresi)|住所|在住",
    re.IGNORECASE,
)
_HOME = re.compile(_STREET)
_PROFILE = re.compile(
    r"(?:linkedin\.com/in/|facebook\.com/(?:profile\.php\?id=)?|instagram\.com/|tiktok\.com/@|t\.me/|twitter\.com/|xing\.com/profile/|vk\.com/)(?P<v>[\w.%-]{5,60})"
    r"|\b(?:instagram|insta|telegram|snapchat|discord|tiktok|skype|twitter|signal|wechat|line|kakao)(?: (?:handle|user(?:name)?|account|id|konto|compte|cuenta|profil))?(?: is|:| ist| est| es)? ?@(?P<w>[\w.]{3,32})",
    re.IGNORECASE,
)
_NO_PROFILE = frozenset(
    "share sharer groups pages events watch login help about policies explore company reels stories intent search".split()
)


def find(text: str, low: str) -> list[tuple[str, Place]]:
    """(kind, place) of each. `low` is the text in small letters. A pattern runs only where a sign that it needs stands."""
    found: list[tuple[str, Place]] = []
    if "@" in text or "at)" in low or "at]" in low or "at}" in low:
        found += [("EMAIL", match.span()) for match in _EMAIL.finditer(text) if _of_somebody(match)]
    if ".com/" in low or ".me/" in low or "@" in text:
        found += [("SOCIAL_HANDLE", match.span()) for match in _PROFILE.finditer(text) if _of_a_person(match)]
    if not _NUMBER.search(text):
        return found
    found += _phones(text)
    if any(sign in low for sign in _BIRTH_SIGNS):
        found += [("DATE_OF_BIRTH", place) for place in _births(text)]
    if any(sign in low for sign in _HOME_SIGNS):
        found += [("ADDRESS", match.span()) for match in _homes(text, low)]
    return found


_NUMBER = re.compile(r"\d")
_DENSE = re.compile(r"\d(?:[ .\-/()]{0,3}\d){6,}")


FLOOD = "NUMBER_FLOOD"  # so many numbers that not all were looked at: held as a list of them
MOST = 500


def _phones(text: str) -> list[tuple[str, Place]]:
    found: list[tuple[str, Place]] = []
    done = looked = 0
    for dense in _DENSE.finditer(text):
        for match in _PHONE.finditer(text, max(done, dense.start() - 8), min(len(text), dense.end() + 8)):
            looked += 1
            if looked > MOST:
                return [*found, (FLOOD, (0, len(text)))]
            done = match.end()
            if _is_phone(match, text):
                found.append(("PHONE", match.span()))
    return found


def is_sample_host(host: str) -> bool:
    """A host that manuals use."""
    return bool(_SAMPLE_HOST.match(host))


_TOP = frozenset("com net org edu gov mil biz info name email test local app dev cloud online".split())


def is_top(host: str) -> bool:
    """Whether it ends as the name of a host does: a country, or one of the usual words."""
    last = host.rpartition(".")[2].lower()
    return len(last) == 2 or last in _TOP


def _of_somebody(match: re.Match[str]) -> bool:
    local, host = match.groups()
    if match.string[match.end(1) : match.start(2)] == " @" and local.isalpha() and not is_top(host):
        return False  # `decorators like @app.route`
    return local.lower() not in _ROLES and not is_sample_host(host)


def _of_a_person(match: re.Match[str]) -> bool:
    return (match.group("v") or match.group("w")).lower().split("/")[0] not in _NO_PROFILE


_OTHER_NUMBER = re.compile(
    r"(?:order|invoice|ticket|parcel|track\w*|shipment|item|article|part|sku|serial|model|version|isbn|issn|ean|doi|isin|cusip|wkn|timestamp|created\w*|iban|"
    r"bestell\w*|auftrag\w*|rechnung\w*|artikel\w*|sendung\w*|commande|facture|colis|pedido|factura|ordine|fattura|bestelling|factuur|encomenda|fatura|"
    r"faktura|cep|zip(?:\+4)?|post(?:al )?code|postleitzahl|plz|zamówieni\w*|sipariş|kargo|注文|請求書|商品|snomed|pmid|nct|build)(?:[ _-]?(?:no|nr|num|number|nummer|id|numer|code|ref))?[ .:#=n°ºo]{0,6}$",
    re.IGNORECASE,
)


def _is_phone(match: re.Match[str], text: str) -> bool:
    """An international number, one of a usual national form, or a plain one with a word that says so beside it."""
    raw = match.group() if ")" in match.group() else match.group().replace("(", "")
    digits = re.sub(r"\D", "", raw)
    if re.fullmatch(r"\d{3}-\d{2}-\d{4}|\d{3}\.\d{3}\.\d{3}-\d{2}", raw) or _FIVES.fullmatch(raw):
        return False  # the forms of numbers that have a check of their own, and the number of the films
    if not 7 <= len(digits) <= 15 or len(set(digits)) < 3 or _NOT_PHONE.fullmatch(raw) or _SERVICES.match(raw):
        return False
    if (")" in raw and not re.search(r"\(\d{1,5}\)", raw)) or re.match(r"0\.\d", raw):
        return False
    if raw.startswith("+") and len(digits) >= 9:
        return _possible(raw)
    if _OTHER_NUMBER.search(text, max(0, match.start() - 30), match.start()) or _CODE_BEFORE.search(
        text, max(0, match.start() - 12), match.start()
    ):
        return False
    if raw.startswith("00") and len(digits) >= 9 and not raw.isdigit():
        return _possible(raw)
    if _NORTH_AMERICA.fullmatch(raw) or _MOBILE.fullmatch(raw):
        return True
    near = text[max(0, match.start() - 40) : match.start()] + " " + text[match.end() : match.end() + 24]
    if _AMOUNT.fullmatch(raw) and not (len(digits) == 9 and _PHONE_WORD.search(near)):
        return False
    grouped = raw.startswith(("0", "(0")) and re.search(r"\d[ \-/]\d", raw) and 9 <= len(digits) <= 12
    header = text[: text.find("\n")][:300] if "\n" in text[: match.start()] else ""
    return bool(grouped or _PHONE_WORD.search(near) or (len(digits) >= 9 and _PHONE_WORD.search(header)))


def _possible(raw: str) -> bool:
    import phonenumbers

    try:
        number = phonenumbers.parse("+" + raw[2:] if raw.startswith("00") else raw, None)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_possible_number(number))


def _births(text: str) -> list[Place]:
    """Dates beside a word of birth, or in a column that such a word heads. Nobody born before 1910 is protected."""
    found = [match.span("v") for match in _BIRTH.finditer(text) if _recent(match.group("v"))]
    line_end = text.find("\n")
    if 0 < line_end <= 300 and _BIRTH_HEAD.search(text[:line_end]):
        found += [match.span() for match in _A_DAY.finditer(text, line_end) if _recent(match.group())]
    return found


def _recent(day: str) -> bool:
    years = re.findall(r"(?:18|19|20)\d{2}", day)
    return not years or "1910" <= years[0] <= "2035" or "1910" <= years[-1] <= "2035"


# How the words begin that say where somebody lives.
_HOME_SIGNS = (
    "live", "living", "resid", "moved", "home", "flat ", "stays", "address", "wohn", "anschrift", "adres", "habite", "demeurant", "domicil", "vive en",
    "abita", "indirizzo", "woon", "mora ", "morada", "endereço", "bor på", "bor i", "mieszka", "zamieszk", "oturuyor", "ikamet", "住所", "在住",
)  # fmt: skip


def _homes(text: str, low: str) -> list[re.Match[str]]:
    """Streets with a number, near a word that says that somebody lives there."""
    found: list[re.Match[str]] = []
    done = 0
    for at in sorted(each(low, _HOME_SIGNS)):
        if at < done or not _LIVES.search(text, max(0, at - 12), at + 40):
            continue
        for match in _HOME.finditer(text, max(done, at - 60), min(len(text), at + 110)):
            found.append(match)
        done = max(done, at + 50)
    return found


def each(low: str, signs: tuple[str, ...]) -> set[int]:
    """Where any of the signs stands."""
    places: set[int] = set()
    for sign in signs:
        at = low.find(sign)
        while at >= 0:
            places.add(at)
            at = low.find(sign, at + 1)
    return places
