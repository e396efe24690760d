"""What stands around a name: titles, roles, verbs, citations, and what is nobody's business."""

from __future__ import annotations

import re

# titles that stand before a surname in ordinary life; whoever is called so is a private person
PLAIN_TITLES = frozenset(
    "mr mrs ms mx miss sayin senhor senhora senhores senhoras messrs mister herr herrn frau hr fr fraulein mme mlle mm monsieur madame mademoiselle senor senora senorita sr sra srta "
    "sig signor signora signorina sigra sigg dhr mw mevr mevrouw meneer heer pan pani panna pana panu panem bay bayan hanim fru froken herra rouva "
    "dona don donna dom bey".split()
)
TITLES = PLAIN_TITLES | frozenset(
    "familie famille famiglia familia ra av avukat dr prof professor dott dottssa dottore dottor avv ssa avvocato ing rag geom maitre docteur doctor doktor doutor dra dottoressa profesor profesora "
    "professora advokat mecenas sayin lic mag dipl nurse sister matron sgt cllr rev reverend rabbi imam madam capt constable inspector docente "
    "pfarrer schwester krankenschwester richter richterin rechtsanwalt anwalt magister mgr inz hekim avukat ogretmen mudur".split()
)
# titles that are words as well: in small letters they say nothing
RARE_TITLES = frozenset(
    "familie famille famiglia familia ra av mm fr sr ing rag mag sister matron doctor professor nurse richter anwalt don dom pan pana panu panem bay bey heer mw sig dr imam rabbi rev don pani capt hr advokat "
    "doktor docteur constable inspector hekim avukat ogretmen mudur maitre madam miss docente schwester magister lic dona donna doutor professora dottore".split()
) - {"dr", "hr", "mw", "pani", "sig"}
PARTICLES = frozenset(
    "de del della di da dos das do van von der den ten ter la le el al bin ibn abu af zu zur zum y e i bint ben el vom thi o st te".split()
)
SMALL_WORDS = frozenset(
    "the a an and or but of to in on at by for with from as is are was were be been has have had do does did will would can could should may might must "
    "not no if then than that this these those it its he she they we you i my our your his her their who what when where why how all any some one two "
    "so up out about into over after before under only also just like more most very new old use used using".split()
)
NO_NAMES = frozenset(
    "the a an act bank banks court article section part project operation university college school hospital clinic street road avenue lane square city town county council party "
    "january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday christmas easter "
    "north south east west new san saint st lake mount fort united royal national european federal supreme house palace tower bridge airport station river valley beach island islands "
    "syndrome syndromes disease diseases disorder disorders deficiency dystrophy cancer cancers carcinoma tumor tumors cyst cysts fever palsy defect defects infection infections "
    "failure injury anemia anaemia virus nerve bowel muscular chronic acute congenital primary person persons body bodies holder holders insurer client clients contract authority regulator "
    "framework instrument service services provider facility exchange fund funds market markets account policy form schedule annex appendix principle rule rules law laws regulation "
    "regulations directive treaty convention agreement committee commission union ltd limited inc llc plc gmbh ag corp group holdings partners capital insurance airways software server "
    "windows office word excel power team teams level stage type phase code standard standards model method theory index scale score test review report inquiry "
    "cup league club award prize foundation institute association society museum festival church cathedral press edition volume chapter "
    "gesetz ordnung verordnung universitat krankenhaus klinik strasse platz gericht verfahren syndrom krankheit loi code tribunal cour universite hopital rue place avenue ley codigo "
    "tribunal universidad calle plaza legge codice tribunale universita via corso wet wetboek rechtbank ustawa kodeks sad uniwersytet ulica lei codigo universidade rua lag domstol "
    "universitet kanun kanunu mahkemesi universitesi caddesi sokak hastanesi bankasi".split()
)
TITLE_AFTER = re.compile(
    r" (?:[Hh]anım|[Bb]ey|abla|abi|teyze|amca)(?:['’]?(?:n?[ıi]n|[yn]?[ae]|d[ae]n?|y?l[ae]|[ıiu]))?\b"
)
INITIAL_BEFORE = re.compile(r"(?<![\w.])(?:[A-ZÀ-ÞŁŚŻİ]\. ?){1,3}$")
INITIAL_AFTER_COMMA = re.compile(r",? (?:[A-ZÀ-ÞŁŚŻİ]\. ?){1,3}(?![\w])|, (?:[A-Z]){1,2}(?=[\s,;)](?!\d)|$)")
INITIAL_AFTER = re.compile(r" (?:(?:van|von|de|da|di)(?: (?:der|den|la))? )?[A-ZÀ-ÞŁŚŻİ]\.(?![\w])")
INTRODUCED = re.compile(
    r"(?:\b(?:my|his|her|their|your|last|first|maiden|middle|family|partner's|wife's|husband's) (?:sur)?name(?:'s| is| was|\?|:)|\bsurname(?:\?|:| is)|"
    r"\bnamed (?:him|her|them)|\bname on the account\?(?: user:)?|\bmein name ist|\bich hei(?:ß|ss)e|\bje m['’]appelle|\bmon nom est|\bme llamo|\bmi nombre es|"
    r"\bmi chiamo|\bil mio nome è|\bik heet|\bmijn naam is|\bchamo-me|\bmeu nome é|\bjag heter|\bmitt namn är|\bnazywam się|\bmam na imię|\bbenim adım|\badım) ?$",
    re.IGNORECASE,
)
_CITED_BEFORE = re.compile(
    r"(?<!\w)(?:v|vs|v\.|versus|contra|gegen|c\.|c/|mot|tegen|przeciwko|et al\.?,?)\.? (?:[A-Z][\w.]* (?:and |& )?)?$"
)
_CITED_AFTER = re.compile(
    r" (?:v|vs|versus|c\.|contra|et al)\b|(?: [A-Z][\w.-]*){0,3} (?:v|vs)\.? [A-Z]| ?\[(?:19|20)\d\d\]|,? \(?(?:18|19|20)\d\d\)|"
    r" (?:Act|Regulations?|Directive|Code|Rules?|Inquiry|Review|Report|Commission|Committee)\b"
)
_THING_AFTER = re.compile(
    r"(?:-[A-ZÀ-Þ]\w+)?(?:['’]s?|['’](?:nun|nin|nın|nün|un|in|ın|ün))?[- ](?:law|rule|principle|effect|theorem|test|sign|scale|score|syndrom\w*|disease|palsy|tremor|paradox|curve|cycle|matrix|"
    r"model\w*|method\w*|formul\w*|criteri\w*|index|equation|distribution|number|constant|hierarchy|diagram|chart|razor|machine|award|act|ruling|"
    r"judgment|judgement|case|clause|guidelines?|competence|duration|estimator|scheme|reaction|manoeuvre|maneuver|procedure|classification|"
    r"algorithm\w*|cipher|transform|process|chain|inequality|coefficient|correction|regression|bands?|ratio|conjecture|spectrum|problem|"
    r"theory|fever|virus\w*|encephalitis|leucocidin|ulcers?|palsies|h[ae]emorrhag\w*|wort|urteil\w*|arrest\w*|reactie|krankheit|reaktion|diagramm?|rulebooks?|experiments?|dilemma|fallacy|cell|cells|body|bodies|node|sphincter|ligament|fracture|lymphoma|sarcoma|tumou?r|contracture|phenomenon|"
    r"prize|medal|doctrine|plan|accords?|report|review|commission|inquiry|foundation|institute|hospital|university|college|airport|"
    r"bank|street|road|station|square|bridge|valley|county|river|island|museum|gesetz|satz|effekt|regel|test|zeichen|skala|verfahren|"
    r"kriterien|krankheit|kurve|prinzip|verteilung|koeffizient|yasasi|yasası|sendromu|hastaligi|hastalığı|etkisi|testi|ilkesi|lagen|effekten|"
    r"metoden|principen|regeln|testet|wet|ziekte|effect|toets|syndroom)s?\b",
    re.IGNORECASE,
)
_NAMED_AFTER = re.compile(
    r"\b(?:syndrom\w*|disease|maladie|loi|effet|th[eé]or[eè]me|indice|crit[eè]res?|syndrome|test|[eé]chelle|enfermedad|s[ií]ndrome|ley|efecto|principio|criterios|teorema|índice|"
    r"malattia|sindrome|legge|effetto|criteri|scala|morbo|ziekte van|wet van|toets van|choroba|zespół|prawo|efekt|zasada|test|skala|kryteria|doença|lei|efeito|critérios|escala|"
    r"sjukdom|lag|morbus|satz|gesetz|kriterien|prinzip|prawa|choroby) (?:de |di |von |des |van |av |del |da |do |d['’])?$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:\b(?:named|called|dear|hi|hello|hey|regards|sincerely|thanks|cheers|signed|attn|colleague|patient|client|customer|cust|insured|employee|tenant|pupil|claimant|driver|nurse|"
    r"applicant|borrower|debtor|mother|father|husband|wife|daughter|son|sister|brother|friend|neighbour|neighbor|boss|manager|trainee|intern|candidate|witness|name is|i am|i'm|this is|"
    r"patientin|kunde|kundin|mandant|mandantin|kollege|kollegin|kollegen|mitarbeiter|mitarbeiterin|mieter|mieterin|liebe|lieber|hallo|namens|sohn|tochter|mann|schwester|bruder|nachbar|"
    r"patiente|cliente|client|collègue|salarié|salariée|locataire|cher|chère|bonjour|fils|fille|mari|femme|nommé|nommée|monsieur|madame|"
    r"paciente|empleado|empleada|compañero|compañera|hola|querido|querida|hijo|hija|marido|mujer|inquilino|llamado|llamada|"
    r"paziente|collega|dipendente|caro|cara|ciao|figlio|figlia|marito|moglie|inquilino|patiënt|klant|werknemer|beste|hoi|zoon|dochter|buurman|huurder|"
    r"pacjent|pacjentka|pacjenta|pacjentki|klient|klientka|klienta|pracownik|pracownica|pracownika|kolega|koleżanka|syn|córka|mąż|żona|drogi|droga|"
    r"utente|funcionário|funcionária|colega|olá|caro|filho|filha|esposa|patienten|kunden|kollegan|hej|son|dotter|anställd|hyresgäst|"
    r"hasta|hastamız|müşteri|müşterimiz|çalışan|çalışanımız|merhaba|oğlu|kızı|eşi|personel|komşu|kiracı),? |^|\n)$",
    re.IGNORECASE,
)
_ROLE_BEFORE = re.compile(r"\w,? $")
_AFTER = re.compile(
    r"(?:['’]s (?!law|rule|theor|test)\w| (?:says?|said|asks?|asked|wants?|wanted|calls?|called|rang|told|wrote|complain\w*|refus\w*|claims?|claimed|lives|works|earns?|owes?|needs?|got|has|had|was|is|"
    r"never|still|doesn'?t|didn'?t|hasn'?t|won'?t|keeps|left|lost|paid|sagt|sagte|fragt|fragte|will|möchte|hat|war|ist|wohnt|schreibt|dit|demande|veut|habite|écrit|dice|quiere|pide|vive|"
    r"vuole|chiede|abita|scrive|zegt|wil|vraagt|woont|schrijft|mówi|chce|pyta|mieszka|pisze|napisał\w*|diz|quer|pede|mora|escreve|säger|vill|frågar|bor|skriver|istiyor|soruyor|diyor|oturuyor|yazdı)\b)"
)
_SAID = re.compile(
    r" (?:says?|said|asked|wants?|called|rang|told|wrote|complain\w*|refused|claimed|lives|earns|owes|got|never got|sagt|sagte|fragt|möchte|wohnt|schreibt|"
    r"demande|veut|habite|écrit|dice|quiere|pide|vive|vuole|chiede|abita|scrive|zegt|wil|vraagt|woont|schrijft|mówi|chce|pyta|mieszka|pisze|napisał\w*|"
    r"diz|quer|pede|mora|escreve|säger|vill|frågar|bor|skriver|istiyor|soruyor|diyor|oturuyor|yazdı)\b"
)
_ABOUT = re.compile(
    r"\b(?:for|from|with|about|to|by|against|tell|ask|für|von|mit|an|pour|avec|chez|para|con|per|voor|met|dla|od|för|till|för|där|için) $",
    re.IGNORECASE,
)
# what is said about a person that is nobody's business, even about a public one
PRIVATE_MATTER = re.compile(
    r"\b(?:(?:has|have|had|with|got|for|of|about) (?:\w+ ){0,2}(?:cancer|hiv|aids|dementia|depression|diabetes|epilepsy|parkinson(?!['’]s law)|alzheimer|tumou?r|a stroke|an abortion|an affair|a miscarriage|burn-?out|bipolar|schizophrenia)|"
    r"(?:is|was|being|been|be) (?:\w+ )?(?:pregnant|hiv|gay|lesbian|trans|diagnosed|sectioned|in rehab|having an affair|alcoholic|bipolar|infertile|suicidal|arrested for|accused of (?:rape|fraud|theft|stealing|assault)|cheating on|beating|laundering)|"
    r"(?:home|private|personal) (?:address|phone|number|e-?mail|mobile)|phone number|mobile number|bank account (?:number)?|medical (?:record|history|file)s?|health record|therap(?:y|ist) (?:notes|sessions)|"
    r"(?:from|in|at|of) (?:our|my) (?:\w+ ){0,2}(?:branch|team|department|office|ward|school|class|company|firm|shop|site|group)|ask\w* for a (?:raise|loan|rise)|"
    r"lives? (?:at|in|on) (?:\d|the house|flat|number)|(?:his|her|their) (?:wife|husband|daughter|son|kids|children|mistress|lover|diagnosis|medication|salary|chemo\w*|therapist)|['’]s (?:wife|husband|daughter|son|kids|mistress|lover|diagnosis|home|address|medication|"
    r"salary|chemo\w*|biopsy|pregnancy|test results?|blood|account|loan|mortgage|overdraft|policy|claim|file|appointment|prescription)|stole|embezzled|raped|beats? (?:his|her)|our (?:patient|client|customer|tenant|employee)|"
    r"hat (?:krebs|hiv|depressionen|demenz|diabetes)|ist schwanger|privatadresse|wohnt in der|leidet an|souffre d|est enceinte|adresse privée|a un cancer|tiene (?:cáncer|vih|depresión)|está embarazada|domicilio particular|"
    r"ha (?:un tumore|il cancro|l['’]hiv)|è incinta|indirizzo di casa|heeft (?:kanker|hiv|een burn-?out)|is zwanger|privéadres|ma (?:raka|hiv|depresję)|jest w ciąży|adres domowy|tem (?:cancro|câncer|hiv|depressão)|está grávida|"
    r"har (?:cancer|hiv|depression)|är gravid|hemadress|(?:kanser|hamile|hiv) (?:hastası|pozitif)|ev adresi)\b",
    re.IGNORECASE,
)

# what a span may begin or end with that is no part of the name
AROUND_NAME = re.compile(
    r"(?:(?:dear|hi|hello|hey|liebe[rs]?|hallo|chère?|cher|bonjour|querid[oa]|hola|car[oa]|ciao|beste|geachte|hoi|olá|hej|kära|drog[ia]|cześć|sayın|merhaba|thanks|regards|"
    r"was|is|did|does|can|has|why|war|hat|ist|werk|fall|put|czemu)\b[\s,]+)+",
    re.IGNORECASE,
)
AFTER_NAME = re.compile(
    r"[\s,;:.]+(?:(?:dear|hi|hello|please|thanks|regards|liebe|hallo|bonjour|hola|ciao|hoi|hej|i|quelle|why|what|how)\b[\s\w]*)?$",
    re.IGNORECASE,
)


def is_cited(text: str, start: int, end: int) -> bool:
    """A party to a reported case, or the author of a work with its year."""
    return bool(
        _CITED_BEFORE.search(text[max(0, start - 24) : start])
        or _CITED_AFTER.match(text[end : end + 40])
        or _NAMED_AFTER.search(text[max(0, start - 24) : start])
    )


def is_kind(text: str, start: int, end: int) -> bool:
    """A name that stands for a kind: `a Karen`, `what a 'Karen' is`; a saint; one of a house as in `Lea & Perrins`."""
    before, after = text[max(0, start - 12) : start], text[end : end + 12]
    if _SAINT.search(before):
        return True
    return bool(_ARTICLE.search(before)) and not _GOES_ON.match(after)


def is_house(text: str, start: int, end: int) -> bool:
    """One of two names that `&` joins: a company."""
    return bool(_AND_BEFORE.search(text[max(0, start - 24) : start]) or _AND_AFTER.match(text[end : end + 24]))


_SAINT = re.compile(r"\b(?:St|Saint|Sainte|San|Sankt|Santa|Sant['’]|Santo|Sint|São|Sveti)\.?[ -]?$")
_ARTICLE = re.compile(r"\b(?:[Aa]n?|eine?n?|une?|una|uno|een|uma?|ett?|en)[ ][\"'“‘„«]?$")
_GOES_ON = re.compile(r"['’]s\b| [A-ZÀ-Þ]| (?:from|in|at|of|aus|von|van|de|di|från|z)\b|,? \w+ed\b")
_AND_BEFORE = re.compile(r"[A-ZÀ-Þ][\w'’]+ ?& ?$")
_AND_AFTER = re.compile(r"(?:['’]s)? ?& ?[A-ZÀ-Þ](?!\w* [A-ZÀ-Þ])")


def is_thing_after(text: str, end: int) -> bool:
    """Followed by the word for what is named after somebody."""
    return bool(_THING_AFTER.match(text[end : end + 30]))


def is_cued(text: str, start: int, end: int, *, starts: bool) -> bool:
    """What stands around a name that is a word as well says that this is a person."""
    before = text[max(0, start - 24) : start]
    if not starts and (_is_after_role(before) or _ABOUT.search(before)):
        return True
    return bool(_AFTER.match(text[end : end + 16]))


def is_person(text: str, start: int, end: int, *, starts: bool) -> bool:
    """What stands around an unknown word says that this is a person."""
    before = text[max(0, start - 24) : start]
    return (not starts and _is_after_role(before)) or bool(_SAID.match(text[end : end + 16]))


def _is_after_role(before: str) -> bool:
    return bool(_BEFORE.search(before) and _ROLE_BEFORE.search(before))
