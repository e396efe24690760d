"""`ringfence documents label` and `ringfence labels` over every real part: what is printed, exit codes, the record."""

from __future__ import annotations

import pytest
from house import House, Said, house, own

from assistant.desk.desk import open_desk
from policies.labels import Level

__all__ = ["house", "own"]
ID = "2096f6a2-d2f7-48be-b329-b73aaa526e5d"
MAIL = (
    "From: ada@example.org\nTo: ben@example.org\nSubject: Hours\nDate: Mon, 3 Mar 2025 10:00:00 +0000\n"
    f"msip_labels: MSIP_Label_{ID}_Enabled=true\n\nThe desk opens at nine.\n"
)


@pytest.fixture
def site(own: House) -> House:
    for name, role in (("ada", "owner"), ("ben", "operator")):
        said = own.run("users", "add", name, "--role", role, "--password-stdin", typed="correct horse battery\n")
        assert said.code == 0, said.err
    return own


def label(site: House, *words: object) -> Said:
    return site.run("documents", "label", *words)


def test_two_persons_lower_what_one_raised(site: House) -> None:
    one = site.document("travel.md")["document"]
    raised = label(site, one, "--level", "restricted", "--category", "health", "--reason", "Names of patients.")
    assert (raised.code, raised.out) == (0, "It is restricted health now.\n")
    asked = label(
        site, one, "--level", "internal", "--category", "none", "--reason", "A mistake.", "--as", "ada", "--json"
    )
    assert (asked.json["outcome"], asked.json["wanted"]) == ("waits", "internal")
    assert site.document("travel.md")["label"] == "restricted"
    (waits,) = label(site, "--waiting", "--json").json["waiting"]
    assert (waits["document"], waits["label"], waits["wanted"]) == (one, "restricted health", "internal")

    alone = label(site, one, "--agree", "--as", "ada")
    assert (alone.code, "nobody-lowers-alone" in alone.err) == (1, True)
    agreed = label(site, one, "--agree", "--as", "ben", "--reason", "Seen.")
    assert (agreed.code, agreed.out) == (0, "It is internal now.\n")
    assert "A mistake." in agreed.err
    listed = site.document("travel.md")
    assert (listed["label"], listed["categories"], listed["highest"]) == ("internal", [], "internal")
    assert label(site, "--waiting").out == "0 waiting.\n"
    assert label(site, one, "--decline", "--as", "ben").code == 2

    again = site.run("ingest", listed["source"], "--group", "staff", "--level", "restricted", "--json")
    assert [(file["document"], file["label"]) for file in again.json["files"]] == [(one, "internal")]
    record = site.run("audit", "list", "--json").out
    assert "patients" not in record
    assert "mistake" not in record
    assert site.run("audit", "verify").code == 0


WRONG = (
    (("ID", "--level", "internal"), 2, "reason"),
    (("ID",), 2, "Say what to do"),
    (("--waiting", "--agree"), 2, "Say what to do"),
    (("ID", "--waiting"), 2, "Say what to do"),
    (("ID", "--level", "secret", "--reason", "x"), 2, "no level"),
    (("ID", "--category", "medical", "--reason", "x"), 2, "no category"),
    (("ID", "--level", "public", "--reason", "x"), 2, "--as"),
    (("ID", "--agree"), 2, "--as"),
    (("ID", "--agree", "--as", "ada"), 2, "Nothing waits"),
    (("ID", "--level", "restricted", "--reason", "x", "--as", "dana"), 1, "rule"),
    (("unknown", "--level", "restricted", "--reason", "x"), 2, "no document"),
)


def test_what_cannot_be_done_is_said_with_its_cure(site: House) -> None:
    one = site.document("travel.md")["document"]
    for words, code, named in WRONG:
        said = label(site, *(one if word == "ID" else word for word in words))
        assert (said.code, named in said.err) == (code, True), (words, said)
    assert site.document("travel.md")["label"] == "internal"


def test_several_documents_are_labelled_all_or_none_with_one_reason(site: House) -> None:
    travel, hours = (site.document(name)["document"] for name in ("travel.md", "hours.txt"))
    wish = ("--level", "internal", "--reason", "x", "--as", "ada", "--json")
    wrong = label(site, hours, "unknown", *wish)
    assert (wrong.code, site.document("hours.txt")["label"]) == (2, "public")
    done = label(site, travel, hours, *wish).json["documents"]
    assert [(one["document"], one["outcome"]) for one in done] == [(travel, "unchanged"), (hours, "raised")]
    asked = label(site, travel, hours, "--level", "public", "--reason", "x", "--as", "ada")
    assert (asked.code, asked.out.count("It stays internal.")) == (0, 2)
    assert label(site, travel, hours, "--agree", "--as", "ada").code == 1
    agreed = label(site, travel, hours, "--agree", "--as", "ben")
    assert agreed.out == f"{travel}  It is public now.\n{hours}  It is public now.\n"


@pytest.mark.parametrize("pretended", ["", "ben"])
def test_in_production_nobody_agrees_under_another_name(
    site: House, monkeypatch: pytest.MonkeyPatch, pretended: str
) -> None:
    """Who somebody is, the system says: the environment, which everybody sets as they like, has no say."""
    for name in ("LOGNAME", "USER"):
        monkeypatch.setenv(name, pretended)
    one = site.document("travel.md")["document"]
    assert label(site, one, "--level", "public", "--reason", "x", "--as", "ada").code == 0
    site.write("home/ringfence.toml", '[assistant]\nmode = "production"\n')
    said = label(site, one, "--agree", "--as", "ben")
    assert (said.code, "nobody acts for somebody else" in said.err) == (1, True)
    assert site.document("travel.md")["label"] == "internal"


def test_an_unknown_label_is_told_of_until_it_is_imported(site: House) -> None:
    site.write("docs/mail/m.eml", MAIL)
    taken = site.run("ingest", site.folder / "docs" / "mail", "--group", "staff", "--level", "public")
    assert "1 sensitivity labels are not known" in taken.err
    assert site.document("m.eml")["label"] == "restricted"
    assert site.run("labels", "list", "--json").json == {"labels": [], "unknown": [{"id": ID, "documents": 1}]}
    (looked,) = [one for one in site.run("doctor", "--json").json["looked"] if one["what"] == "labels"]
    assert looked["ok"]
    assert ID in looked["found"]
    assert "labels import" in looked["found"]

    broken = site.write("broken.csv", f"id,name,level,categories\n{ID},General,inner,\n")
    said = site.run("labels", "import", broken)
    assert (said.code, "line 2" in said.err) == (2, True)
    good = site.write("good.csv", f"id,name,level,categories\n{ID},General,internal,\n")
    assert site.run("labels", "import", good, "--json").json == {
        "ids": 1, "new": 1, "changed": 0, "carriers": 1, "raised": 0, "unknown": 0,
    }  # fmt: skip
    assert ID in site.run("labels", "list").out
    assert site.run("labels", "remove", ID).code == 1
    assert site.run("labels", "remove", "x").code == 2
    assert site.document("m.eml")["label"] == "restricted"
    assert site.run("labels", "import", site.folder / "nothing.csv").code == 2


def test_the_desk_gives_a_page_what_it_needs(site: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise, ask, waiting, the reason, agree, decline: the same functions as the command's."""
    monkeypatch.setenv("RINGFENCE_KEYS", str(site.keys))
    one = site.document("travel.md")["document"]
    with open_desk(site.home) as desk:
        ada, ben = desk.person("ada"), desk.person("ben")
        asked = desk.relabel.change(one, ada, categories=frozenset(), level=None, reason="Nothing to do.")
        assert asked.changed is False  # type: ignore[union-attr]
        waits = desk.relabel.change(one, ada, level=Level.PUBLIC, reason="It was published.").request  # type: ignore[union-attr]
        assert desk.relabel.reason(waits.record, ben) == "It was published."
        desk.relabel.decline(waits.record, ben, reason="Not yet.")
        assert desk.relabel.waiting(ben.id) == []
        ((_, record, why),) = desk.parts.review.openings(ada.id)
        assert (record, why) == (waits.record, "To decide whether the label may fall.")
