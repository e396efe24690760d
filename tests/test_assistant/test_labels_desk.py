"""Labels from the pages over the real parts: the same rules, records and words as `ringfence documents label`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from house import House, changed_environment, house, own

from assistant.desk.desk import open_desk
from policies.errors import RefusedError, UsageError
from policies.labels import Level
from policies.vocabulary import Role

__all__ = ["house", "own"]


def test_one_person_raises_and_two_lower_on_the_page(own: House) -> None:
    """Raised at once; asked for; not answered by who asked; agreed to by another, who has opened the reason."""
    one = own.document("travel.md")["document"]
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as desk:
        ada = desk.add_person("ada", groups=[], clearance=Level.INTERNAL, roles=[Role.OWNER])
        ben = desk.add_person("ben", groups=[], clearance=Level.INTERNAL, roles=[Role.OPERATOR])
        labels = desk.house(hosts=frozenset()).labels
        raised = labels.change(ada, one, level="restricted", categories=["health"], reason="It names patients.")
        assert (str(raised.label), raised.waits, raised.name) == ("restricted health", None, "Travel policy")
        asked = labels.change(ada, one, level="internal", categories=[], reason="A mistake.")
        assert asked.label == raised.label
        assert asked.waits is not None
        assert (str(asked.waits.wanted), asked.waits.mine, asked.waits.may_answer) == ("internal", True, False)
        with pytest.raises(RefusedError, match="nobody-lowers-alone"):
            labels.agree(ada, one, reason="")
        (waits,) = labels.waiting(ben)
        assert (waits.document, waits.name, waits.mine) == (one, "travel.md", False)
        seen = labels.stands(ben, one)
        assert seen is not None
        assert seen.waits is not None
        assert seen.waits.may_answer
        assert labels.reason(ben, one) == "A mistake."
        assert desk.parts.review.openings(ada.id)
        assert str(labels.agree(ben, one, reason="Seen.")) == "internal"
        labels.change(ben, one, level="public", categories=[], reason="Printed.")
        labels.decline(ada, one, reason="")
        assert labels.waiting(ben) == []
    assert own.document("travel.md")["label"] == "internal"


def test_staff_see_nothing_of_it_and_in_production_a_test_person_answers_for_nothing(own: House) -> None:
    one = own.document("travel.md")["document"]
    own.write("home/ringfence.toml", '[assistant]\nmode = "production"\n')
    with changed_environment({"RINGFENCE_KEYS": str(own.keys)}), open_desk(own.home) as desk:
        entrance = desk.entrance
        tess = entrance.add(
            "tess", actor=desk.login, groups=[], clearance=Level.INTERNAL, roles=[Role.OWNER], password=None, test=True
        )
        dana = next(account.person for account in desk.people() if account.person.name == "dana")
        labels = desk.house(hosts=frozenset()).labels
        assert labels.stands(dana, one) is None
        assert labels.stands(tess, "nothing") is None
        with pytest.raises(RefusedError, match="test person"):
            labels.change(tess, one, level="restricted", categories=[], reason="x")
        with pytest.raises(UsageError, match="Nothing waits"):
            labels.agree(tess, one, reason="")
        acts: list[Callable[[], object]] = [
            lambda: labels.waiting(dana),
            lambda: labels.change(dana, one, level="restricted", categories=[], reason="x"),
            lambda: labels.reason(dana, one),
            lambda: labels.agree(dana, one, reason=""),
            lambda: labels.decline(dana, one, reason=""),
        ]
        for act in acts:
            with pytest.raises(RefusedError, match="looks after the library"):
                act()
