"""One object for every face: the command line, the demo and the pages ask here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from assistant import wiring
from policies.audit.cli import os_login
from policies.audit.events import SiteChanged, TextShown
from policies.errors import RefusedError
from policies.labels import Level
from policies.vocabulary import Kind, Person, Question, Role

if TYPE_CHECKING:
    from assistant.accounts.people import Account
    from assistant.answers import Event
    from assistant.desk.agreeing import Agreeing
    from assistant.desk.asking import Asking
    from assistant.desk.background import Background
    from assistant.desk.entrance import Entrance
    from assistant.desk.erasing import ErasingDesk
    from assistant.desk.finding import Explained
    from assistant.desk.leaving import LeavingDesk
    from assistant.desk.switch import Switch
    from assistant.retrieval import Retrieved
    from assistant.retriever import HouseRetriever
    from assistant.web.base import House
    from assistant.wiring import Parts
    from ingest.about import Sought
    from ingest.index.base import Mode
    from ingest.relabel import Relabel
    from policies.config import Home

TO_LOWER = "To decide whether the label may fall."
ADDRESS = "http://127.0.0.1:7860"


class Desk:
    """The house's front desk. Use it in a `with` block."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.login = os_login()

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "background" in self.__dict__:
            self.background.close()
        self.parts.close()

    @property
    def home(self) -> Home:
        return self.parts.home

    # -- people ------------------------------------------------------------------------------------------

    def person(self, name: str) -> Person:
        """The person a command acts for. In production only test people, and whoever has the login's own name."""
        account = self.parts.people.account(name)
        person = self.parts.people.named(name)
        own = self.login == f"os:{person.name}"
        if self.parts.settings.mode == "production" and not own and not (account and account.test):
            raise RefusedError(
                "In production nobody acts for somebody else.", cure="Use your own account, or a test person."
            )
        return person

    def responsible(self, name: str) -> Person:
        """The person who takes on what needs a second one: in production never a test person, whom anybody may use."""
        return self.itself(self.person(name))

    def itself(self, person: Person) -> Person:
        """The same person, as one who answers for what they do: see `responsible`."""
        account = self.parts.people.account(person.name)
        if self.parts.settings.mode == "production" and (account is None or account.test):
            raise RefusedError("A test person cannot answer for this.", cure="Use your own account.")
        return person

    def people(self) -> Sequence[Account]:
        return self.parts.people.everyone()

    def add_person(
        self, name: str, *, groups: list[str], clearance: Level, roles: list[Role], password: str | None = None
    ) -> Person:
        return self.entrance.add(
            name, actor=self.login, groups=groups, clearance=clearance, roles=roles, password=password
        )

    def disable_person(self, name: str) -> None:
        self.entrance.disable(name, actor=self.login)

    def welcome_link(self, person: Person) -> str:
        return f"{ADDRESS}/welcome/{self.entrance.welcome_token(person)}"

    def first_link(self, address: str = ADDRESS) -> str | None:
        """The one-time link for the first admin; None when there is one."""
        token = self.entrance.first_token()
        return f"{address}/first/{token}" if token else None

    @cached_property
    def entrance(self) -> Entrance:
        from assistant.desk.entrance import Entrance

        return Entrance(self.parts.people, self.parts.ledger)

    # -- asking ------------------------------------------------------------------------------------------

    @cached_property
    def asking(self) -> Asking:
        from assistant.desk.asking import Asking

        return Asking(
            means=self.parts.means,
            conversations=self.parts.conversations,
            catalogue=self.parts.ingest.catalogue,
            recorder=self.parts.ledger,
            openings=self.parts.review.openings,
            may_read=self.parts.may_read,
        )

    def ask(
        self,
        person: Person,
        text: str,
        *,
        kind: Kind = Kind.DOCUMENTS,
        conversation: str = "",
        allow_outside: bool = False,
        write: bool = False,
        bare: bool = False,
        actor: str = "",
    ) -> Iterator[Event]:
        question = Question(
            text=text,
            person=person,
            kind=kind,
            conversation=conversation,
            allow_outside=allow_outside,
            write=write,
            bare=bare,
            actor=actor,
        )
        return self.asking.ask(question)

    def search(self, person: Person, text: str, *, k: int, mode: Mode, sought: Sought | None = None) -> Retrieved:
        """Passages without an answer, of documents that say of themselves what is `sought`. Recorded before they are
        returned."""
        from assistant.ask import check_askable

        check_askable(text, self.parts.settings.longest_question)
        found = self.parts.retrieve(Question(text=text, person=person), mode=mode, k=k, sought=sought)
        shown = [
            {"chunk": p.chunk.id, "document": p.document.id, "version": p.document.version, "page": p.chunk.page}
            for p in found.passages
        ]
        event = TextShown(actor=self.login, on_behalf_of=person.id, how="search", shown=shown, withheld=found.withheld)
        self.parts.ledger.append(event)
        return found

    def retriever(self, person: Person, *, k: int = 8, sought: Sought | None = None) -> HouseRetriever:
        """This person's retrieval as a LlamaIndex retriever; each call is recorded."""
        from assistant.retriever import HouseRetriever
        from ingest.index.base import Mode

        return HouseRetriever(lambda text: self.search(person, text, k=k, mode=Mode.HYBRID, sought=sought))

    def explain(self, document: str, name: str, *, question: str = "") -> Explained:
        """Why a person does not find a document: for who looks after the documents. Recorded."""
        from assistant.desk.finding import explain

        return explain(self.parts, document, name, question=question, actor=self.login)

    # -- what leaves, and who agreed ------------------------------------------------------------------------

    @cached_property
    def switch(self) -> Switch:
        from assistant.desk.switch import Switch

        parts = self.parts
        return Switch(
            parts.home,
            recorder=parts.ledger,
            records=parts.ledger,
            keys=parts.keys,
            rulebook=lambda: parts.rulebook,
            people=self._enabled,
            clock=wiring.now,
        )

    @cached_property
    def agreeing(self) -> Agreeing:
        from assistant.desk.agreeing import Agreeing

        parts = self.parts
        return Agreeing(
            approvals=parts.approvals,
            review=parts.review,
            recorder=parts.ledger,
            keys=parts.keys,
            rulebook=lambda: parts.rulebook,
            people=self._enabled,
            destination=parts.destination.id if parts.destination else "",
            hours=parts.settings.approval_hours,
        )

    @cached_property
    def leaving(self) -> LeavingDesk:
        from assistant.desk.leaving import LeavingDesk, recipient
        from assistant.desk.measured import screen
        from policies.decisions import Outside

        parts = self.parts
        return LeavingDesk(
            turning=self.switch,
            agreeing=self.agreeing,
            keys=parts.keys,
            rulebook=lambda: parts.rulebook,
            people=self._enabled,
            step=Outside(parts.settings.outside),
            recipient=recipient(parts.destination, parts.settings.destination),
            screen=screen(every_name=parts.settings.names == "none"),
            clock=wiring.now,
        )

    # -- labels --------------------------------------------------------------------------------------------

    def labeller(self, name: str) -> Person:
        """Who changes a label. Whoever is at the machine may do without a name; lowering takes named persons."""
        return self.responsible(name) if name else Person(id=self.login, name="", roles=frozenset({Role.OPERATOR}))

    @cached_property
    def relabel(self) -> Relabel:
        from ingest.relabel import Relabel

        parts = self.parts
        parts.recover()
        return Relabel(
            parts.ingest.catalogue,
            recorder=parts.ledger,
            records=parts.ledger,
            keys=parts.keys,
            rulebook=lambda: parts.rulebook,
            people=self._enabled,
            copies=lambda: parts.ingest.copies,
            reveal=self._reason_of,
            clock=wiring.now,
        )

    def _reason_of(self, record: int, person: Person) -> str:
        """The reason sealed with a record, opened for somebody who has to decide on it."""
        sealed = [
            item for item in self.parts.review.detail(record).sealed if (item.record, item.name) == (record, "why")
        ]
        return self.parts.review.reveal(sealed[0], why=TO_LOWER, actor=person.id) if sealed else ""

    @cached_property
    def erasing(self) -> ErasingDesk:
        """Holds on what people wrote, and erasing it. What a killed process began to erase is erased first."""
        from assistant.desk.erasing import ErasingDesk

        parts = self.parts
        parts.recover()
        return ErasingDesk(
            parts.erasing,
            recorder=parts.ledger,
            records=parts.ledger,
            rulebook=lambda: parts.rulebook,
            people=self._enabled,
            empty=lambda person: not parts.conversations.of(person, limit=1),
            clock=wiring.now,
        )

    def _enabled(self) -> list[Person]:
        return [account.person for account in self.parts.people.everyone() if not account.disabled]

    @cached_property
    def background(self) -> Background:
        """Jobs of this process that pages start."""
        from assistant.desk.background import Background

        return Background()

    # -- the pages ---------------------------------------------------------------------------------------

    def house(self, *, hosts: frozenset[str]) -> House:
        """Everything behind the pages."""
        from assistant.desk.pages import build_house

        return build_house(self, hosts=hosts)

    def site(self, *, hosts: frozenset[str]) -> Any:
        """The ASGI application. This process takes the index, and the record says that a server started."""
        from assistant.site import build_site
        from ingest import cleaning

        self.parts.ingest.index.own()
        cleaning.resume(self.parts.ingest)
        site = build_site(self.house(hosts=hosts))
        self.parts.ledger.append(SiteChanged(actor=self.login, what="server started"))
        return site


def open_desk(home: Path | None, *, create: bool = False, serving: bool = False) -> Desk:
    """Open the desk of a home, guarded: only this machine and configured hosts can be reached from here on."""
    parts = (wiring.create_parts if create else wiring.open_parts)(home, serving=serving)
    desk = Desk(parts)
    try:
        parts.guard()
    except BaseException:
        parts.close()
        raise
    return desk
