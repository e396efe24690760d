"""Signs that a text tells of a case, written by hand: what a learner sees too seldom in a few thousand examples.

Each sign is one number for the classifier, which weighs it together with everything else; none decides alone.
Patterns are bounded and none nests a repetition in another without a border between.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

_WHO = (
    r"(?:patient|pt|client|customer|cust|insured|policy ?holder|claimant|applicant|tenant|landlord|borrower|debtor|member|employee|worker|colleague|"
    r"co-?worker|nurse|midwife|doctor|surgeon|consultant|registrar|carer|driver|pupil|student|teacher|trainee|intern|apprentice|candidate|manager|director|"
    r"boss|supervisor|assistant|secretary|receptionist|clerk|cashier|buyer|seller|vendor|supplier|contractor|caller|complainant|plaintiff|defendant|"
    r"respondent|appellant|witness|victim|suspect|offender|whistle-?blower|judge|councillor|mayor|minister|priest|imam|neighbou?r|owner|heir|widow|widower|"
    r"husband|wife|spouse|ex|partner|girlfriend|boyfriend|mother|mum|mom|father|dad|son|daughter|brother|sister|twins?|aunt|uncle|nephew|niece|cousin|baby|"
    r"child|kid|boy|girl|lad|lady|guy|man|woman|resident|inmate|prisoner|asylum seeker|refugee|guardian|user|admin|dev|developer|engineer|analyst|accountant|"
    r"auditor|notary|lawyer|barrister|solicitor|guard|cleaner|cook|farmer|dentist|pharmacist|physio|therapist|family|household|couple|deceased|beneficiary|"
    r"counter-?party|opponent|board|chair|cfo|ceo|team lead|head of \w+)"
)
_DAY = r"(?:mon|tues?|wednes|wed|thurs?|fri|satur|sat|sun)(?:day)?"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_KIN = r"(?:wife|husband|ex|son|daughter|mother|mum|father|dad|brother|sister|partner|girlfriend|boyfriend|kids?|child(?:ren)?|parents|twin|aunt|uncle|niece|nephew)"
_NO = r"\d[\d.,]{0,14}"

SIGNS: tuple[tuple[str, str], ...] = (
    ("definite person", rf"\b(?:our|my|this|that|these) (?:\w+[ -]){{0,2}}{_WHO}\b"),
    ("definite person who", rf"\b(?:the|a|one|another|some) (?:[\w-]+ ){{0,2}}{_WHO}(?:'s)? (?:who|whose|with|has|had|is|was|says?|said|asks?|asked|wants?|refus\w+|called|claims?|lives?|got|did|keeps?|from|in|on)\b"),
    ("clipped person", r"\b(?:cust|pt|claimant|applicant|insured|opponent|deceased|debtor)\b(?:[ :=,])"),
    ("he or she", r"(?<!['/\w])(?:he|she|he's|she's|hes|shes|him|her|his|hers|himself|herself)\b(?! (?:or|/) )"),
    ("kin", rf"\b(?:his|her|their|my|\w+'s) {_KIN}\b|\b{_KIN} of\b"),
    ("somebody alone", r"\b(?:the|our|my) (?:only|sole|youngest|oldest|one|former|new|second) \w+|\bthe one (?:with|who|from)\b|\bonly one (?:in|at|here|on)\b"),
    ("age", r"\b\d{1,3} ?(?:yo|y/o|yrs? old|year[- ]old)\b|\b(?:male|female|man|woman|boy|girl),? (?:aged? )?\d{1,3}\b|, \d{2},"),
    ("born or living", r"\b(?:dob|born (?:on|in)|lives? (?:in|at|on|with|next|above|below)|living (?:in|at|with))\b"),
    ("bedside", r"\b(?:c/o|s/p|o/e|pmh|hx|ddx|admitted|discharged?|on admission|bed \d|ward \d|room \d|post-?op|denies|presents? with|presented|no known|referred|meds|biopsy|scan shows|bloods)\b"),
    ("measured", r"\b(?:hb|bp|hr|k|na|crp|trop\w*|wcc|egfr|inr|sats?|temp|bmi|cd4|psa|hba1c|ldl|gcs|ef) ?(?:is |was |of |=|:)?\d"),
    ("illness held", r"\b(?:is|was|she's|he's|been|has|had|have|off|on) (?:\w+ )?(?:pregnant|diabetic|epileptic|hiv|depressed|autistic|sick|ill|cancer|ms|diabetes|dementia|miscarriage|stroke|seizure|surgery|chemo\w*|dialysis|antidepressants|methadone|insulin|signed off|diagnosed)\b"),
    ("deed", r"\b(?:was|were|is|been|being|got|gets|to be) (?:\w+ )?(?:fired|dismissed|sacked|suspended|let go|arrested|caught|convicted|drunk|detained|assaulted|bullied|promoted|demoted|laid off|rejected|evicted|abused|accused|warned|transferred|reported)\b|\b(?:stole|lied|cheated|harass\w+|threatened|grievance|late again|underperform\w+)\b"),
    ("money owed", rf"\b(?:arrears|owes?|overdraft|overdue|past due|salary|earns?|gets? paid|bonus|pay rise|is on {_NO}k|debts?|missed \w+ payments?)\b"),
    ("when", rf"\b(?:yesterday|last (?:night|week|month|year|{_DAY})|this (?:morning|afternoon|week|am|pm)|on {_DAY}|since (?:last|{_DAY}|{_MONTH})|tomorrow|tonight|today|just now|{_NO} (?:days|weeks|months|years) ago|next (?:week|month|{_DAY})|until {_DAY})\b"),
    ("file", ""),
    ("header", r"(?m)^>? ?(?:from|to|sent|cc|subject|fwd|re|betreff): ?\S|^dear (?!sir|madam|all|colleague|team|customer|\[)\w"),
    ("rows", r"(?m)^[^\n,;|\t]{1,40}[,;|\t][^\n]{1,80}\n[^\n,;|\t]{1,40}[,;|\t][^\n]{1,80}$"),
    ("we", r"\b(?:we|we're|we've|we'll|our|ours|us)\b"),
    ("we intend", r"\bwe(?:'re| are|'ll| will|'d| would| want| plan| need)? (?:to |going to |about to |planning to |thinking of )?(?:clos|sell|buy|acquir|merg|cut|drop|withdraw|pull|mov|outsourc|launch|replac|rais|lay|bid|offer|settl|announc|terminat|fire|dismiss|fil|switch|leav)\w*\b"),
    ("not known yet", r"\b(?:not (?:yet )?(?:been )?(?:out|public|announced|communicated|published|released|told|disclosed|filed|informed)|(?:has|have)n'?t (?:been )?(?:announced|published|told|filed)|(?:does|do)n'?t know|nobody knows|not know(?: about| yet)?|keep (?:it|this) (?:quiet|secret|between|in)|before (?:we|they|it) (?:announce|file|publish|launch)|unannounced|embargo\w*|under nda|internal(?:ly)? only|confidential\w*|between us|draft\b|leaked?|rumou?r)"),
    ("our figure", r"\b(?:our|internal|planned|target|reserve|walk-?away|max(?:imum)?|minimum|fallback|opening|agreed) (?:\w+ ){0,2}(?:price|offer|bid|margin|rate|budget|limit|range|discount|forecast|loss|profit|turnover|position|mandate|costs?|tariff|threshold|score)\b"),
    ("figures of a period", rf"\b(?:q[1-4]|h[12]|fy ?\d\d|full[- ]year|quarter|half-?year)\b[^.?\n]{{0,60}}{_NO}"),
    ("code name", ""),
    ("counsel", r"\b(?:our|my|the) clients?\b|\b(?:we (?:act|acted|represent)|counsel (?:thinks|advises|says|believes)|privileged|the other side|opposing|settle(?:ment)? (?:authority|before|offer)|in our view|w/o prejudice|without prejudice|deposition|hearing is|our (?:defence|case|expert|witness))\b"),
    ("own defence", r"(?<![\d.])(?:10\.\d{1,3}\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3})(?![\d.])|\b(?:our|my|the) (?:\w+ ){0,2}(?:vpn|waf|dc|siem|ad|firewall|servers?|switch\w*|cameras?|backups?|admin|password|edr|alarm|router|badge|safe|vault|door|keys?)\b"),
    ("still open", r"\b(?:no mfa|without mfa|unpatched|not patched|unfixed|pen-?test|red ?team|any/any|default password|still (?:accepts|open|runs|uses|exposed|on)|ransomware|we (?:were|got|are) (?:hacked|breached)|exposed|injectable|hash(?:es)? cracked)\b"),
    ("tell somebody", r"\b(?:what do (?:i|we) (?:say|tell|write|answer|reply)|how (?:do|should|can) (?:i|we) (?:tell|phrase|word|put|answer|reply)|is that legal|can (?:i|we) (?:fire|dismiss|refuse|share|tell|send))\b"),
)  # fmt: skip
# Those that look at capitals: what must stand in the text at least, which is found sooner, and the sign.
CASED: dict[str, tuple[str, str]] = {
    "age": (r"\d ?[MF]|[MF] ?\d", r"\b\d{1,3} ?[MF]\b|\b[MF] ?\d{2}\b"),
    "file": (r"\d\d\d", r"(?i)\b(?:claim|case|file|ticket|matter|policy|customer|cust|acct|account|member|employee) ?(?:no\.?|number|id|ref)?[:#. ]{0,2}(?-i:[A-Z]{0,4}[-/]?\d{3,})"),
    "code name": (r"(?:ject|JECT|ation|name) [A-Z]", r"\b(?:[Pp]roject|PROJECT|[Oo]peration|[Cc]odename) (?:[A-Z][a-z]+|[A-Z]{3,})\b"),
    "tell somebody": ("[oOrR] [A-Z]", r"(?i)\b(?:reply|letter|mail|e-?mail|reference|warning|rejection|condolence) (?:to|for) (?-i:[A-Z])\w+\b"),
}  # fmt: skip


def _by_first(words: str) -> str:
    """The same words, those that begin alike together: a word that fails by its first letter fails them all."""
    apart = words.removeprefix("(?:").removesuffix(")").split("|")
    firsts = dict.fromkeys(word[0] for word in apart)
    return "(?:" + "|".join(f"{one}(?:{'|'.join(w[1:] for w in apart if w[0] == one)})" for one in firsts) + ")"


_COMPILED = tuple(
    (number, re.compile(found.replace(_WHO, _by_first(_WHO)))) for number, (_, found) in enumerate(SIGNS) if found
)
_CASED = tuple(
    (number, re.compile(CASED[name][0]), re.compile(CASED[name][1]))
    for number, (name, _) in enumerate(SIGNS)
    if name in CASED
)


def signs(text: str) -> NDArray[np.float32]:
    """One number a sign: 1 where it stands in `text`, else 0. Most are looked for in small letters, which is faster."""
    found = np.zeros(len(SIGNS), np.float32)
    small = text.lower()
    for number, sign in _COMPILED:
        if sign.search(small):
            found[number] = 1
    for number, needed, sign in _CASED:
        if needed.search(text) and sign.search(text):
            found[number] = 1
    return found
