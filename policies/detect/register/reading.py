"""Reading a CSV file of people or of code names, line by line, with a word about every line that is no use.

Columns are known by their headings in eleven languages, or named by the caller. Messages say where and what to do,
never what stood there.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from policies.detect.register.forms import PARTICLES, dates, fold, is_joined, plain_id, plain_phone
from policies.detect.register.index import Row
from policies.detect.words import listed
from policies.errors import UsageError

KINDS = ("people", "code-names")
SHORTEST_ID = 5  # shorter ones cannot be told from any other number
_HEADINGS: dict[str, str] = {
    "name": "name|full name|fullname|customer|patient|client|employee|person|member|contact|vollstandiger name|kunde|mitarbeiter|nom complet|nom et prenom|nombre completo|nombre y apellidos|nome completo|nome e cognome|nominativo|"
            "volledige naam|naam|nome|namn|fullstandigt namn|imie i nazwisko|ad soyad|adi soyadi|氏名|名前|お名前",
    "given": "given name|given names|first name|firstname|forename|forenames|vorname|vornamen|prenom|prenoms|nombre|nombres|nome proprio|voornaam|voornamen|primeiro nome|fornamn|imie|imiona|ad|adi|isim|名",
    "surname": "surname|last name|lastname|family name|nachname|familienname|zuname|nom|nom de famille|apellido|apellidos|primer apellido|cognome|achternaam|familienaam|apelido|sobrenome|efternamn|nazwisko|soyad|soyadi|姓|苗字",
    "id": "id|customer id|customer no|customer number|client id|client no|client number|patient id|patient no|patient number|mrn|employee id|employee no|staff id|staff no|personnel number|member id|member no|account|account number|iban|policy number|"
          "national id|ssn|nhs number|tax id|passport|passport number|kundennummer|kundennr|kunden nr|patientennummer|personalnummer|mitarbeiternummer|mitgliedsnummer|vertragsnummer|steuer id|numero client|numero de client|matricule|nir|numero de cliente|"
          "dni|nie|numero de empleado|codice cliente|codice fiscale|matricola|klantnummer|patientnummer|personeelsnummer|bsn|numero do cliente|cpf|nif|kundnummer|personnummer|anstallningsnummer|numer klienta|pesel|musteri no|tc kimlik no|kimlik no|顧客番号|患者番号|社員番号|会員番号",
    "born": "born|birth date|birthdate|date of birth|dob|birthday|geburtsdatum|geboren|geb datum|date de naissance|naissance|fecha de nacimiento|nacimiento|data di nascita|nascita|geboortedatum|data de nascimento|nascimento|fodelsedatum|data urodzenia|dogum tarihi|生年月日",
    "phone": "phone|telephone|phone number|mobile|mobile phone|cell|telefon|telefonnummer|handy|mobil|tel|telephone portable|portable|telefono|movil|celular|cellulare|telefoon|telefoonnummer|gsm|telefone|telemovel|telefonnummer|mobilnummer|numer telefonu|komorka|telefon no|cep telefonu|電話|電話番号|携帯",
    "email": "email|e mail|mail|email address|e mail address|e mail adresse|courriel|adresse e mail|correo|correo electronico|posta elettronica|e mailadres|e post|epost|adres e mail|eposta|メール|メールアドレス",
    "address": "address|street|street address|home address|adresse|strasse|anschrift|rue|direccion|calle|domicilio|indirizzo|via|adres|straat|endereco|morada|rua|adress|gatuadress|ulica|adresi|住所",
    "code": "code name|codename|code|project|project name|name|deckname|codename|projekt|projektname|nom de code|projet|nombre en clave|proyecto|nome in codice|progetto|codenaam|project|nome de codigo|projeto|kodnamn|kryptonim|kod adi|proje|コードネーム|プロジェクト",
    "owner": "owner|responsible|contact|verantwortlich|inhaber|responsable|proprietaire|responsabile|eigenaar|responsavel|agare|wlasciciel|sahibi|責任者",
    "until": "until|expires|expiry|expiry date|valid until|end|gultig bis|bis|ablauf|jusqu au|expire le|hasta|caduca|scadenza|fino al|tot|verloopt|ate|validade|till|utgar|do|wazne do|bitis|son tarih|期限",
}  # fmt: skip
_COLUMNS = {(name, heading): True for name, headings in _HEADINGS.items() for heading in headings.split("|")}
_PEOPLE = ("name", "given", "surname", "id", "born", "phone", "email", "address")
_CODES = ("code", "owner", "until")


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A line that is no use, or less use than it could be."""

    line: int
    what: str
    cure: str
    lost: bool = True  # whether the whole line is passed over


@dataclass(slots=True)
class Reading:
    """An open file. Iterate over `rows`; `problems` grows meanwhile."""

    path: Path
    kind: str
    named: Mapping[str, str] = field(default_factory=dict)
    columns: dict[str, list[int]] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[Row, str]]:
        """Each useful row, and the owner that it names. Raises UsageError when the file as a whole is no use."""
        if self.kind not in KINDS:
            raise UsageError(f"There is no kind {self.kind!r}.", cure=f"Say --kind {' or --kind '.join(KINDS)}.")
        try:
            with self.path.open(encoding="utf-8-sig", newline="") as file:
                first = file.readline()
                if not first.strip():
                    raise UsageError(f"{self.path.name} is empty.", cure="Its first line must name the columns.")
                sign = max(",;\t|", key=first.count)
                self._head(next(csv.reader([first], delimiter=sign)))
                lines = csv.reader(file, delimiter=sign, strict=True)
                yield from self._body(lines)
        except UnicodeDecodeError as error:
            raise UsageError(f"{self.path.name} is not in UTF-8.", cure="Save it as `CSV UTF-8`.") from error
        except csv.Error as error:
            raise UsageError(
                f"{self.path.name} is no proper CSV ({error}).", cure="Close the open quotation mark, or save it anew."
            ) from error
        except OSError as error:
            raise UsageError(
                f"{self.path} cannot be read ({error.strerror}).", cure="Name a file that is there."
            ) from error

    def _head(self, cells: list[str]) -> None:
        wanted = _PEOPLE if self.kind == "people" else _CODES
        for name, heading in self.named.items():
            if name not in wanted:
                raise UsageError(
                    f"There is no field {name!r} for {self.kind}.", cure=f"Known are: {', '.join(wanted)}."
                )
            if heading not in cells:
                raise UsageError(f"There is no column {heading!r}.", cure=f"The columns are: {', '.join(cells)}.")
            self.columns.setdefault(name, []).append(cells.index(heading))
        taken = {at for places in self.columns.values() for at in places}
        for at, cell in enumerate(cells):
            plain = " ".join(fold(cell).replace("_", " ").replace("-", " ").replace(".", " ").split())
            field = next((one for one in wanted if (one, plain) in _COLUMNS and one not in self.named), None)
            if at in taken:
                continue
            if field is None:
                self.ignored.append(cell.strip() or f"column {at + 1}")
            else:
                self.columns.setdefault(field, []).append(at)
        self._settle(cells)

    def _settle(self, cells: list[str]) -> None:
        """`Nom` and `Nombre` are a whole name unless the other half stands beside them."""
        if "given" in self.columns and "surname" not in self.columns and "name" in self.columns:
            self.columns["surname"] = self.columns.pop("name")
        elif "surname" in self.columns and "given" not in self.columns and "name" in self.columns:
            self.columns["given"] = self.columns.pop("name")
        elif ("given" in self.columns) != ("surname" in self.columns) and "name" not in self.columns:
            self.columns["name"] = self.columns.pop("given", []) or self.columns.pop("surname", [])
        needed = _CODES[:1] if self.kind == "code-names" else ("name", "surname", "id", "phone", "email", "address")
        if not any(name in self.columns for name in needed):
            raise UsageError(
                f"No column of {self.path.name} is known.",
                cure=f"Name one, as in --map {needed[0]}='{(cells or ['Heading'])[0]}'. The fields are: {', '.join(_PEOPLE if self.kind == 'people' else _CODES)}.",
            )

    def _body(self, lines: Iterator[list[str]]) -> Iterator[tuple[Row, str]]:
        for line, cells in enumerate(lines, start=2):
            if not any(cell.strip() for cell in cells):
                continue
            last = max(at for places in self.columns.values() for at in places)
            if len(cells) <= last:
                self._say(
                    line,
                    f"has {len(cells)} cells, at least {last + 1} are needed",
                    "Put the missing separators, or quotation marks around text with a separator",
                )
                continue
            row = self._person(line, cells) if self.kind == "people" else self._code_name(line, cells)
            if row is not None:
                yield row, self._cell(cells, "owner")

    def _cell(self, cells: list[str], name: str) -> str:
        return next((cells[at].strip() for at in self.columns.get(name, ()) if cells[at].strip()), "")

    def _all(self, cells: list[str], name: str) -> list[str]:
        return [cells[at].strip() for at in self.columns.get(name, ()) if cells[at].strip()]

    def _person(self, line: int, cells: list[str]) -> Row | None:
        given, surname = self._cell(cells, "given"), self._cell(cells, "surname")
        if not surname and (name := self._cell(cells, "name")):
            given, surname = split_name(name)
        ids = [value for value in self._all(cells, "id") if len(plain_id(value)) >= SHORTEST_ID]
        if len(ids) < len(self._all(cells, "id")):
            self._say(
                line,
                f"has an id of fewer than {SHORTEST_ID} characters",
                "It is left out: it would match any number",
                lost=False,
            )
        phones = [value for value in self._all(cells, "phone") if len(plain_phone(value)) >= 7]
        emails = [value for value in self._all(cells, "email") if "@" in value]
        born = self._date(line, cells, "born")
        address = self._cell(cells, "address")
        if not any(char.isdigit() for char in address):
            address = ""  # a street without a number is where many live
        is_named = bool(surname and (given or (is_joined(surname) and len(surname) > 2)))
        if not is_named and not ids and not phones and not emails and not address:
            self._say(
                line,
                "holds nothing to look for",
                "Give a full name, an id, a telephone number, a mail address or a street with its number",
            )
            return None
        return Row(
            given=given,
            surname=surname,
            ids=tuple(ids),
            born=born,
            phones=tuple(phones),
            emails=tuple(emails),
            address=address,
        )

    def _code_name(self, line: int, cells: list[str]) -> Row | None:
        name = self._cell(cells, "code")
        if len(plain_id(name)) < 3 and len(name) < 3:
            self._say(line, "has no code name of three letters or more", "Give the code name in its column")
            return None
        until = self._date(line, cells, "until")
        if until and until < date.today().isoformat():  # noqa: DTZ011 - a day of the calendar here
            self._say(
                line, "is past its day", "It is taken in and does not count; give a later day if it should", lost=False
            )
        return Row(code_name=name, until=until)

    def _date(self, line: int, cells: list[str], name: str) -> str:
        text = self._cell(cells, name)
        found = list(dates(text))
        if text and not found:
            self._say(line, f"has a date that cannot be read ({name})", "Write it as 1987-03-14", lost=False)
        return _first_day(text, found) if found else ""

    def _say(self, line: int, what: str, cure: str, *, lost: bool = True) -> None:
        self.problems.append(Problem(line=line, what=what, cure=cure, lost=lost))


def _first_day(text: str, found: list[tuple[str, int, int]]) -> str:
    """Day before month, as in most of the world, where both readings are days."""
    start = min(start for _, start, _ in found)
    readings = sorted(day for day, at, _ in found if at == start)
    day_first = (day for day in readings if text[start:].removeprefix("0").startswith(f"{int(day[8:])}"))
    return next(day_first, readings[0])


def split_name(name: str) -> tuple[str, str]:
    """Given names and surnames of a whole name: `Lovelace, Ada` or `Ada Lovelace`.

    Of three words the second is a surname too, as in Spain, unless it is known as a given name.
    """
    if "," in name:
        surname, _, given = name.partition(",")
        return given.strip(), surname.strip()
    words = name.replace("\u3000", " ").split()
    if len(words) < 2:
        return "", name.strip()
    first = 1
    while first < len(words) - 1 and fold(words[first]) in listed("first_names"):
        first += 1
    if any(fold(word) in PARTICLES for word in words[1:]):
        first = len(words) - 1
    return " ".join(words[:first]), " ".join(words[first:])
