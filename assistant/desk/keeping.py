"""An answer as JSON values and back, so that a conversation can be opened again as it was shown."""

from __future__ import annotations

from typing import Any

from assistant.answers import Sentence, Standing
from policies.decisions import AnswerLocally, AskHuman, Decision, Reason, Refuse
from policies.labels import parse_label
from policies.vocabulary import Citation


def sentence_to_json(sentence: Sentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "standing": str(sentence.standing),
        "citations": [_citation_to_json(citation) for citation in sentence.citations],
        "paragraph": sentence.paragraph,
        "heading": sentence.heading,
    }


def sentence_from_json(value: dict[str, Any]) -> Sentence:
    return Sentence(
        text=value["text"],
        standing=Standing(value["standing"]),
        citations=tuple(_citation_from_json(one) for one in value["citations"]),
        paragraph=value["paragraph"],
        heading=value["heading"],
    )


def decision_to_json(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {
        "verdict": decision.verdict,
        "label": str(decision.label),
        "rulebook": decision.rulebook,
        "reasons": [{"rule": r.rule, "source": r.source, "detail": r.detail} for r in decision.reasons],
    }


def decision_from_json(value: dict[str, Any] | None) -> Decision | None:
    """A decision to look at, never to act on: one that sent something comes back as one that stayed here, and the
    face shows from the route that it left."""
    if value is None:
        return None
    kinds: dict[str, type[AnswerLocally | AskHuman | Refuse]] = {"ask_human": AskHuman, "refuse": Refuse}
    return kinds.get(value["verdict"], AnswerLocally)(
        reasons=tuple(Reason(**reason) for reason in value["reasons"]),
        label=parse_label(value["label"]),
        rulebook=value["rulebook"],
    )


def _citation_to_json(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.n,
        "chunk": citation.chunk,
        "document": citation.document,
        "version": citation.version,
        "source": citation.source,
        "title": citation.title,
        "page": citation.page,
        "heading": list(citation.heading),
        "quote": citation.quote,
        "condition": citation.condition,
        "label": str(citation.label),
        "rows": citation.rows,
        "spot": citation.spot,
    }


def _citation_from_json(value: dict[str, Any]) -> Citation:
    rows = tuple(value["rows"]) if value.get("rows") else None
    return Citation(**value | {"heading": tuple(value["heading"]), "label": parse_label(value["label"]), "rows": rows})
