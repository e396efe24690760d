"""Whether a word that is also a code name is meant as one: `Project Gannet`, `the Gannet term sheet`, not `a gannet`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policies.detect.register.forms import Token

_PROJECT = frozenset(
    "project projects programme program operation codename codenamed initiative workstream deal projekt vorhaben operation projet proyecto progetto projeto project plan proje projesi proyek プロジェクト 案件".split()
)
_BUSINESS = frozenset(
    """bid bids bidder offer offers merger merge acquisition acquire acquired takeover divestment divest disposal sale sell buyer buyers seller spin
    ipo listing deal signing closing close term sheet termsheet nda loi valuation dataroom diligence synergies synergy goodwill earnings price
    budget forecast launch rollout milestone milestones go-live golive timeline roadmap kickoff steering committee board memo paper approval sponsor owner
    lender lenders financing debt equity bond covenant investor investors shareholder shareholders counsel banker bankers advisor advisers advisors
    restructuring layoffs redundancies plant closure target targets team staffing headcount phase status update deadline scope vendor tender contract
    angebot kaufpreis ubernahme verkauf kaufer vertrag aufsichtsrat vorstand budget zeitplan bewertung offre acquisition cession vente acquereur conseil calendrier
    oferta adquisicion venta comprador consejo presupuesto plazo offerta acquisizione vendita acquirente consiglio scadenza bod overname verkoop koper raad planning
    aquisicao venda compra conselho prazo orcamento bud forvarv forsaljning kopare styrelse tidplan przejecie sprzedaz zakup zarzad budzet harmonogram
    teklif satin devralma satis butce yonetim takvim share shares stake eps m&a""".split()
)
NEAR, WIDE = 4, 14  # words on either side: of a lower-case word, and of one that is written as a name
_STOP = re.compile(r"[.!?]\s")


def is_meant(text: str, tokens: Sequence[Token], at: int, length: int) -> bool:
    """Whether the run of `length` tokens from `at` is a code name here and not a bird."""
    first, last = tokens[at], tokens[at + length - 1]
    for beside in (at - 1, at + length):
        if 0 <= beside < len(tokens) and tokens[beside].word in _PROJECT:
            return True
    named = all(token.capital for token in tokens[at : at + length])
    if named and length > 1 and _inside(text, first):
        return True
    reach = WIDE if named else NEAR
    around = [*tokens[max(0, at - reach) : at], *tokens[at + length : at + length + reach]]
    same = [
        token for token in around if not _STOP.search(text, min(token.end, last.end), max(token.start, first.start))
    ]
    return any(token.word in _BUSINESS or token.word in _PROJECT for token in same)


def _inside(text: str, token: Token) -> bool:
    """Not at the beginning of a sentence."""
    before = text[max(0, token.start - 3) : token.start].strip()
    return bool(before) and before[-1] not in ".!?:\n"
