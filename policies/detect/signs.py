"""The signs of a case: (kind, category, weight, pattern). A weight of 1 suffices alone.

Written for the ways people write at work in banking, insurance, care, law, administration, personnel, computing
and purchasing. Patterns are bounded, and none nests a repetition in another without a border between.
"""

from __future__ import annotations

from policies.labels import Category

_P, _H, _M, _L, _S, _F = (
    Category.PERSONAL, Category.HEALTH, Category.MARKET_SENSITIVE, Category.PRIVILEGED, Category.CREDENTIALS, Category.PAYMENT,
)  # fmt: skip

_ROLE = (
    r"(?:patient|pt|client|customer|cust|insured|policy ?holder|claimant|applicant|tenant|landlord|borrower|debtor|debitor|member|employee|worker|staff member|"
    r"colleague|co-?worker|nurse|midwife|doctor|surgeon|consultant|registrar|porter|carer|driver|pupil|student|teacher|head ?teacher|headmaster|trainee|intern|"
    r"apprentice|candidate|manager|director|boss|supervisor|assistant|secretary|receptionist|clerk|cashier|teller|buyer|seller|vendor|supplier|contractor|"
    r"freelancer|caller|complainant|plaintiff|defendant|respondent|appellant|witness|victim|suspect|offender|informant|whistle-?blower|judge|councillor|mayor|"
    r"minister|vicar|priest|imam|neighbour|neighbor|owner|keeper|holder|heir|widow|widower|husband|wife|spouse|ex|partner|girlfriend|boyfriend|fianc[eé]e?|"
    r"mother|mum|mom|father|dad|son|daughter|brother|sister|twins?|aunt|uncle|nephew|niece|cousin|grandma|grandpa|baby|child|kid|boy|girl|lad|lady|guy|gentleman|"
    r"resident|inmate|prisoner|detainee|asylum seeker|refugee|foster carer|guardian|lodger|user|admin|dev|developer|engineer|analyst|accountant|auditor|notary|"
    r"lawyer|barrister|solicitor|guard|cleaner|cook|caterer|farmer|fisherman|dentist|pharmacist|physio|therapist|psychologist|beekeeper|lottery winner|opponent|"
    r"counter-?party|family|household|couple|deceased|testator|beneficiary|payee|cardholder|account holder)"
)
_EVENT_TIME = (
    r"(?:yesterday|last (?:night|week|month|year|mon|tue|wed|thu|fri|sat|sun)\w*|this (?:morning|afternoon|week|am|pm)|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|"
    r"since (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|\d{4}|mon|tues|wednes|thurs|fri|satur|sun|last|the)\w*|\d{1,9} (?:days|wks|weeks|months|yrs|years) (?:ago|late|past)|"
    r"in (?:january|february|march|april|may|june|july|august|september|october|november|december)|tonight|tomorrow|tmrw|just now|again)"
)
_BAD = (
    r"(?:fired|dismissed|sacked|let go|suspended|warned|warning|disciplin\w+|PIP|grievance|bully\w*|bullied|harass\w*|grop\w+|assault\w*|theft|stole|stolen|thief|"
    r"shoplift\w*|convict\w*|arrest\w*|charged with|caught|drunk|alcohol\w*|drugs?|cocaine|weed|rehab|overdose|suicid\w*|self-harm|pregnan\w*|miscarr\w*|abortion|"
    r"termination|HIV\+?|AIDS|hep(?:atitis)? ?[BC]|cancer|tumou?r|leuk\w+|lymphoma|melanoma|diabet\w*|epilep\w*|MS|parkinson\w*|dementia|depress\w*|burn-?out|bipolar|"
    r"schizo\w*|anxiety|adhd|autis\w*|disab\w+|paralys\w*|parapleg\w*|stroke|surgery|operation|transplant|chemo\w*|dialysis|infect\w*|syphilis|chlamydia|TB|tubercul\w*|"
    r"sick(?: leave| note| days?)?|on leave|in hospital|intensive care|trans\b|gay|lesbian|came out|divorc\w*|affair|estranged|bankrupt\w*|insolven\w*|arrears|past due|"
    r"default\w*|overdraft|debts?|owes?|in debt|gambl\w*|laid off|redundan\w*|fraud|back-?dated?|forged|lied|cheat\w*|abus\w+|violen\w+|beat|hits?|asylum|overstay\w*|deport\w*|"
    r"muslim|jewish|catholic|jehovah\w*|sikh|hindu|union (?:member|rep)|works council|sexual\w*|raped?|misconduct|complain\w*|appeal\w*|claim\w*|refus\w+|fail\w*)"
)
_NUMBER = r"\d[\d.,]{0,14}"
_PLANNED = r"(?:plan(?:s|ned|ning)? to|are (?:thinking of |about to )?(?:clos|sell|buy|acquir|merg|cut|dropp?|withdraw|pull|mov|outsourc|launch|replac|rais|lay)\w*|will (?:close|sell|buy|acquire|merge|cut|drop|withdraw|announce|report|stop|leave|lay)|pull out|want to (?:turn|close|sell|buy|drop)|bid|offer(?:ed)?|prefer)"

SIGNS: tuple[tuple[str, Category, float, str], ...] = (
    # -- somebody definite
    ("definite person", _P, 1.0, rf"\b(?:our|my|this|that|these) (?:\w+[ -]){{0,3}}{_ROLE}\b(?! (?:id|identifier|number|name|type|table|data|satisfaction|experience|journey|group|service|care|portal|safety|file|record)s?\b)"),
    ("definite person", _P, 0.6, rf"\b(?:the|a certain) (?:\w+[ -]){{0,2}}{_ROLE}(?:'s)? (?:who|whose|with the|has|had|is|was|says?|said|asks?|wants?|needs?|refus\w+|called|rang|claims?|lives?|got|did|does|keeps?|won't|insists?|from|in|at|on|of)\b"),
    ("definite person", _P, 0.5, r"\b(?:cust|pt|claimant|applicant|insured|opponent|deceased|client|debtor|tenant)\b(?! (?:id|identifier|number|name|type|table|data|money|side|list)s?\b)(?: |[:=])"),
    ("third person", _P, 0.6, r"(?<!['/\w])(?:he|she|he's|she's|hes|shes)\b(?! (?:or|/) )"),
    ("third person", _P, 0.4, r"(?<!['/\w])(?:him|her|his|hers|himself|herself)\b"),
    ("third person", _P, 0.5, r"(?<!['/\w])(?:he|she|they) (?:says?|said|wants?|asks?|claims?|admits?|told|refuses|lives|works|earns|left|never|got|moved|lost|gets)\b"),
    ("unique person", _P, 1.0, r"\b(?:the|our|as the|am the|a) (?:only|sole|youngest|oldest|one and only|single)\b(?= (?:\w+[ -]){0,3}(?:\w+(?:er|or|ist|an|man|woman|nt|ee|ian|ive|ot|ef|ry|al|ic|se|th|rd|ld|ce|r|t|n)\b))(?! (?:way|one|thing|difference|reason|option|exception|source|time|part|way|word|case|answer|method|solution|point|format|place|argument|column|value|row|file|step|form|version))"),
    ("unique person", _P, 0.6, r"\b(?:only|sole|youngest|oldest|first|last|former|ex-|new)\b[^.?!\n]{0,60}\b(?:in|at|on|of) (?:our|the (?:village|town|valley|island|county|district|parish|depot|plant|office|team|ward|unit|department|school|hospital|branch))\b"),
    ("unique person", _P, 0.8, r"\b(?:the one (?:with|who|from)|the guy (?:in|from|who)|that guy|two ppl|theres only one|one-man|sister of (?:our|the)|brother of (?:our|the)|son of (?:our|the)|wife of (?:our|the)|nephew of|daughter of (?:our|the)|next door|from the (?:local )?paper|in the press|the press is)"),
    ("relation", _P, 0.7, rf"\b(?:{_ROLE}|[A-Z]\w+)'?s (?:wife|husband|ex|ex-wife|son|daughter|mother|father|mum|dad|brother|sister|partner|deputy|pa|girlfriend|boyfriend|kid|child|widow|nephew|niece)\b"),
    ("relation", _P, 0.5, r"\b(?:his|her|their|my) (?:wife|husband|ex|son|daughter|mother|father|mum|dad|brother|sister|partner|girlfriend|boyfriend|kids?|children|parents|twin|aunt|neighbou?r|boss|manager)\b"),
    ("relation", _P, 0.5, r"\b(?:wife|husband|widow|son|daughter|mum|mother|father|twin|sibling) (?:is|was|has|had|who|calls?|called|says?|in|lives)\b"),
    ("age", _P, 0.8, r"(?-i:\b\d{1,3} ?[MF]\b|\b[MF] ?[/,]? ?\d{2}\b)|\b(?:male|female|man|woman|boy|girl|widow|lady)[,/ ]{1,2}(?:aged? )?\d{1,3}\b|\b\d{1,3}[ -]?(?:yo|y/o|yrs? old|year[- ]olds?|jährig\w*)\b|\bage[d:]? ?\d{1,3}\b(?! (?:or|and|to)\b)"),
    ("age", _P, 0.5, r"(?<=[a-zA-Z]), \d{1,3}(?:,|\)| and\b)|\b(?:she'?s|he'?s|is|aged) (?:\d{1,3}|twelve|thirteen|fourteen|fifteen|sixteen)\b(?! ?(?:%|per|days|hours|percent|euro|of|or|bytes|characters))"),
    ("born", _P, 1.0, r"\b(?:dob|d\.o\.b\.?|date of birth|born|birth date|née?|b\.)[ :=('\"]{0,4}(?:on )?\d{1,4}[ ./-]"),
    ("address", _P, 0.7, r"\b\d{1,4}[a-z]? (?:[A-Z]\w+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|ln|close|drive|dr|court|crt|way|yard|terrace|place|square|weg|crt|crescent|quay|ct)\b|\b(?:lives?|living|resident) (?:in|at|on|with|next|opposite|over|behind)\b"),
    ("clinical note", _H, 1.0, r"\b(?:ddx for|hx of|c/o|s/p|o/e|pmh|on (?:arrival|admission)|was (?:admitted|discharged|commenced)|bed \d{1,9}|ward \d{1,9}\w?|room \d[\d.]*|g\dp\d|\d{2}/40|post-?op day|day \d post|CIWA \d|GCS \d|EF \d{2}|FEV1 \d|ward [A-Z0-9]{1,3}\b)"),
    ("clinical note", _H, 1.0, r"\b(?:(?:patient|pt|he|she) (?:denies|reports?|states?|presents?|presented|complains?|endorses|smokes|drinks|takes|underwent|lives|has (?:a|no|had|been)|was|is a \d|does not|is (?:currently|allergic|status|on|in))|(?:father|mother|brother|sister)(?: \w+){0,3} (?:died|had|has|with)|\d{1,3}[- ]year[- ]old|(?:no known|known) (?:drug )?allerg\w+|status post|(?:past|family|social|surgical|medical) history|review of systems|chief complaint|history of present illness)\b"),
    ("clinical note", _H, 0.6, r"\b(?:hb|bp|hr|k\+?|na\+?|crp|esr|trop(?:onin)?|wcc|plt|ferritin|egfr|inr|sats?|temp|bmi|cd4|psa|hba1c|ldl|neut|ciwa|fev1) ?(?:is |was |of |=|:)?\d{1,9}(?:[./]\d{1,9})?(?! ?(?:or|and|to|-|–|%))\b"),
    ("clinical note", _H, 0.5, r"\b(?:\d/(?:7|52|12)|r?x ?\d|prn|bd|tds|qds|stat|depot|chest drain|discharge (?:for|letter to|note for)|refer(?:red|ral) (?:to|for)|GP letter|letter to the gp|sick note|shorten this discharge|allerg\w+ to)\b"),
    ("case of health", _H, 0.5, r"\b(?:tested (?:pos\w*|neg\w*)|is (?:pregnant|diabetic|epileptic|hiv|depressed|autistic|disabled|positive|terminal|sectioned)|has (?:cancer|hiv|ms|aids|diabetes|epilepsy|hep\w*|tb|parkinson\w*|dementia|depression|mastitis|a penicillin)|had (?:a|an) (?:miscarriage|abortion|stroke|heart attack|overdose|mastectomy|breakdown|seizure|operation|bypass)|diagnosed with|suffers? from|(?:on|taking) (?:antidepressants|methadone|lithium|chemo\w*|insulin|sertraline)|off (?:sick|work)|sick (?:since|leave))\b"),
    ("case of conduct", _P, 0.6, r"\b(?:was|were|is|been|being|got|to be|gets) (?:\w+ )?(?:fired|dismissed|sacked|suspended|let go|arrested|caught|convicted|drunk|detained|expelled|groped|assaulted|bullied|promoted|demoted|laid off|rejected|evicted|abused)\b"),
    ("case of conduct", _P, 0.6, r"\b(?:misses every|always late|never (?:on time|shows)|too (?:nervous|slow|loud)|smell\w* of|yell\w* at|shout\w* at|asleep at|third time|again!|late again|unreliable|harass\w+|porn|gambling sites|stolen by|stole|hits? (?:him|her|the)|drink.driv\w+|on duty)\b"),
    ("case of money", _F, 0.5, rf"\b(?:\d{1,9} (?:days|wks|weeks|months) (?:past due|in arrears|behind|late|overdue)|owes? {_NUMBER}|in arrears|overdraft (?:of )?{_NUMBER}|declined in|debited twice|charged (?:2x|twice)|payroll run|gets? {_NUMBER}|earns? {_NUMBER}|is on {_NUMBER}k|salary[:\" ]+{_NUMBER}|net worth)\b"),
    ("named event", _P, 0.4, rf"\b{_EVENT_TIME}\b(?=[^?]*[.!?,;]|$)"),
    ("file", _P, 0.6, r"\b(?:claim|case|file|ticket|matter|policy|member|employee|badge|user|customer|cust|acct|account|appt|custody|probate|conflict check|kyc refresh|uw note|new matter|insured)\b ?(?:no\.?|number|id|ref)?[:#. ]{0,2}(?-i:[A-Z]{0,4}-?\d{3,}|-|=|–)"),
    ("letter for somebody", _P, 0.5, r"\b(?:dear (?:mr|mrs|ms|miss|dr)|(?:reply|letter|mail|e-?mail|reminder|warning|rejection|reference|condolence|card|note|wording|text|answer) (?:to|for|against) (?!the\b|an?\b|my\b|our\b|all\b|every|new|clients|customers|patients|relatives|staff|people|older|parents|colleagues)(?-i:[A-Z])\w+|reject nicely|ref for|pip for|warning for|reference for|discharge for|farewell card)"),
    ("letter for somebody", _P, 0.5, r"\b(?:how do i (?:tell|phrase|word|put) (?:it|this|that|him|her|them)|what do i (?:tell|say)|what do we (?:say|tell)|do(?:es)? (?:he|she|we|i) have to tell|can i (?:write|quote)|may i tell|is that legal|how do i (?:answer|close|reply))\b"),
    ("pasted message", _P, 0.8, r"(?m)^>? ?(?:from|to|sent|cc|subject|fwd|von|gesendet|user|opened|betreff|re): ?\S+|^dear (?:sir|mr|mrs|ms|all)[^\n]{0,40},?$(?=[\s\S]{0,600}\b(?:I|my)\b)"),
    ("rows of people", _P, 1.0, r"(?im)^[^\n]{0,80}\b(?:name|nm|employee|patient|surname|payee)\b[^\n]{0,10}[,;|\t][^\n]{0,80}\n(?:[-|: ]+\n)?[^\n]*[^\W\d_]{3,}[^\n]*[,;|\t][^\n]*\d"),
    ("rows of people", _P, 0.8, r"\bPID\|\d?\||\bOBX\|\d\||[\"'](?:employee|patient|surname|first_?name|last_?name|payee|holder|dx|diagnosis|dob)[\"']?\s*[:=]\s*[\"'](?![\[<{$])[^\"']{2,}|\b(?:user|reason|uid|login|phone|dx|dob)=[\w.@+-]{3,}[ ,)]"),
    ("small group", _P, 0.7, r"\b(?:two|three|2|3|four|4) of (?:the |us )?(?:three|four|two|five|3|4|5|us)\b|\bcell [^\n]{0,40}= ?1\b|\bwhich (?:row|employee|one is|patient|person) (?:is|was|has|the)\b|\bn ?= ?[1-4]\b|\bguess who\b|\bnobody guesses\b"),
    ("attributes", _P, 0.6, r"\b(?:f|m|male|female)\b ?[/,;] ?\d{2}\b|\b\d{2} ?[/,;] ?(?:f|m|male|female)\b|\b(?:age|job|site|kids|ward|postcode|dept)\b ?[:=] ?['\"]?\w+[^\n]{0,30}\b(?:age|job|site|kids|ward|postcode|dept|hiv|dx)\b ?[:=]"),
    ("status", _P, 0.5, r"\b(?:asylum (?:interview|case|seeker)|overstayed|fled|naturali[sz]ation|custody|foster|divorce[ds]?|estranged|deceased|probate|intestacy case|heirs?|ex-wife|ex-husband|childcare|adopt(?:ed|ion) case|undocumented|refugee status)\b(?=[^?]{0,200}(?:\b(?:her|his|he|she|our|the)\b|-|\())"),
    ("somebody who", _P, 0.5, r"\bthe (?:[\w'-]+ ){1,4}(?:who|whose|with the|from the|outside|beside|next to|at the end|in the end)\b"),
    ("somebody who", _P, 0.6, r"\b(?:parents|mother|father|family|mum|brother|sister|widow|owner|keeper|victim|friends?) of (?:the|our|a)\b|\bwe have (?:one|a|an|this) (?:\w+ ){1,3}(?:who|asked|with|that)?|\b(?:pupil|patient|child|student|driver|man|woman) (?:yr|year|in|from|of)\b|\b(?:who|that) (?:collapsed|died|fell|was|were|had|lost|did|lives|hit|burned|sat|moved|came)\b"),
    ("somebody who", _P, 0.5, r"\b(?:wants?|asked for|asks? for|requests?|applied for|appeals?(?: against)?|sues|refuses|declined|insists) (?:\w+ ){0,3}(?:cover|loan|leave|spot|refund|transfer|visa|permit|loading|a |an |the |over|his|her)|\b(?:appeal|complaint|claim|request|objection|application|statement) (?:by|about|from|against) (?!the public|customers|staff|clients|an?\b)"),
    ("origin", _P, 0.4, r"\b(?:roma(?:ni)?|tongan|ukrainian|syrian|afghan|eritrean|somali|mongolian|turkish|polish|romanian|nigerian|iraqi|iranian|kurdish|chechen|tamil|albanian|kosovan|serbian|moroccan|algerian|tunisian|ethiopian|sudanese|congolese|pakistani|bangladeshi|muslim|jewish|catholic|sikh|hindu|steiner)\b"),
    ("sensitive subject", _H, 0.4, rf"\b{_BAD}(?![\w])"),
    ("figures by name", _M, 0.6, r"(?m)(?:^\|? ?[A-Za-z][\w &.'-]{1,28} ?[|;,\t] ?[-+]?\d[\d.,]* ?%?\|? ?$\n?){3}"),
    ("figures by name", _M, 0.4, r"\b(?:which|who|what) would you (?:shut|close|sell|fire|cut|drop|choose|keep|pick)|\bshould we (?:close|shut|sell|fire|cut|drop|tell|buy)\b|\bnew \w+ tariff\b|\bis this right\?"),
    ("small table", _P, 1.0, r"(?m)^name\b[^\n]{3,60}\n[a-z]{3,20} +\d|(?:^[^\n]{0,20}\b[fm] \d{2}\b[^\n]*\n?){2}"),
    ("own record", _P, 0.7, r"\b(?:exit interview|witness statement|appraisal of|disciplinary hearing|interview notes|case notes?|survey comment|warning on file|medical again|statement in the letter|personnel file)\b"),
    # -- the house's own affairs
    ("unpublished", _M, 1.0, r"\b(?:not (?:yet )?(?:out|public|announced|communicated|published|released|told|disclosed|sent)(?: yet)?|hasn'?t (?:been )?(?:announced|published|told|out)|doe?s ?n'?t know|do ?n'?t know (?:yet|we|about)|(?:brokers|seller|staff|customers|employees|unions?|others|competitors|they|insurer|regulator|client|market)s? (?:do ?n[o']?t|does ?n[o']?t|dont|doesnt) know|not told yet|keep it (?:in this thread|quiet|secret)|before (?:we|they) announce|unannounced|embargo(?:ed)? (?:until|till|to|thu|mon|tue|wed|fri|\d)|under (?:nda|embargo)|prior to (?:the )?announcement|(?:un|not )filed (?:claim|patent)|unpublished)\b"),
    ("own plan", _M, 1.0, rf"\bwe(?:'re| are|'ll| will)? {_PLANNED}\b"),
    ("own plan", _M, 0.6, r"\b(?:jobs go at|posts will go|will (?:close|be closed|be cut|be sold|be merged|merge|steps? down|be replaced)|steps down|successor (?:comes|is)|closes (?:by|in|at)|goes live with the results|raid (?:on|is)|compulsory purchase|works council hears|minister announces|is to be let go|will be told|get letters in)\b"),
    ("result", _M, 0.8, rf"\b(?:(?:half-?year|quarter(?:ly)?|full-?year|q[1-4]|h[12]|fy|interim|annual|prelim(?:inary)?)\b[^.?\n]{{0,40}}\b(?:profit|loss|revenue|nii|result|dividend|ratio|earnings|sales|ebitda|margin|guidance|came in)\b[^?\n]{{0,30}}{_NUMBER}|profit warning|missed primary endpoint|vs guidance|below (?:plan|guidance)|release (?:on )?(?:friday|monday|tuesday|thursday|wednesday)|before (?:the )?market)\b"),
    ("result", _M, 0.6, rf"\b(?:cet1|combined ratio|nii|reserve for|booked {_NUMBER}|cat losses|churn|stress test|net of reins\w*|p&l m)\b[^?\n]{{0,60}}{_NUMBER}"),
    ("negotiation", _M, 1.0, r"\b(?:walk-?away|our (?:fallback|mandate|range|limit|max(?:imum)?|offer|bid|position|price|target|ceiling|quote|reserve|scorecard|cutoff|margin|tariff|discount|edr|firewall|backups?)|settlement authority|mandate ends|(?:max|min) price (?:for|is)|opening (?:is tomorrow|offer)|bottom line is|we (?:open|bid|hold|pay|settle) (?:at |another |up to )?\d?|they (?:want|are at|ask)|hold another quote|should-?cost|change-of-control loans|data room|due diligence|DD question|rate card|treaty renewal|term sheet)\b"),
    ("procurement", _M, 1.0, rf"\b(?:bidder [A-Z]\b|bids?:|lot \d{1,9}\b|award letter|(?:is|are) (?:the )?(?:cheapest|lowest|second)(?: by)?|we prefer|quality {_NUMBER}|price {_NUMBER}|tender \d|the only other bidder|the (?:loser|others) (?:are|is|were))"),
    ("deal", _M, 1.0, r"(?-i:\b(?:[Pp]roject|PROJECT|[Oo]peration) (?:[A-Z][a-z]+|[A-Z]{3,})\b)|\b(?:\d{1,9}[.,]?\d* ?(?:a|per) share|lenders pulled out|act for (?:the )?(?:buyer|seller|bidder|lender)|swallow|delay signing|signing (?:on )?(?:mon|tue|wed|thu|fri)|\d{1,9}m? so they can|listed client)"),
    ("price model", _M, 0.7, rf"\b(?:rule R-?\d{1,9}|fires the alert|alert(?:s)? fire|auto reject|threshold (?:is|compared)|cut-?off (?:is )?\d|def prem\(|rol\b|retention below|rebate \d|exclusivity till|cl\. ?\d{1,9}|clause \d{1,9}[^?]{{0,60}}how do we get out|g\d \| \d{1,9}|bands 20\d\d|wt%|per bracket|exam of|key says|G5)\b"),
    ("minutes", _M, 1.0, r"\b(?:minutes (?=->)|the (?:memo|note|minutes|board paper|report|contract|letter|file) (?:says?|states?)|the committee agreed|board (?:has decided|paper|decided)|(?:private|confidential) part|abstained|cabinet paper|audit committee meets|steering committee (?:agreed|decided)|resolved that|item \d{1,9} \(draft\)|the proposal is to|the board will|pricing committee)\b"),
    ("incident", _S, 0.8, r"\b(?:(?:mid|during|after)-?ransomware|we(?:'re| are| were) (?:mid-|being |under )?(?:ransomware|hacked|breached|attack\w*)|backups (?:encrypted|failed) too|regulator (?:has )?not (?:yet )?(?:been )?notified|insurer not told|retained swabs|leak(?:ed)? (?:about|around|~)? ?\d{1,9}|records (?:leaked|exposed|stolen))\b"),
    ("protection", _S, 1.0, r"(?<![\d.])(?:10\.\d{1,3}\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3}|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3})(?![\d.])(?!/\d)|\b(?:domain admin|admins share|share the acct|no mfa|without mfa|skip mfa|unfixed|fix open|pentest|pen test|red ?team|any/any|access-list \w+ permit|smbv1 still|telnet$|ntlmv1|edr ignores|camera\w* [^.?\n]{0,30}dead|alarms? [^.?\n]{0,30}muted|still open|(?:firewall|fw) rule \d)\b"),
    ("protection", _S, 0.6, r"\b(?:still (?:accepts|on|open|runs|uses|exposed)|port \d{2,5} (?:is|still|open|on)|injectable|sqli in|dcs? on 20\d\d|snmp-server|krbtgt|go-live monday|hash(?:es)? cracked|default (?:admin )?password|vulnerab\w+ (?:in|on) our|our (?:vpn|waf|dc|siem|ad|network|servers?|switch\w*|camera\w*))\b"),
    ("privileged", _L, 1.0, r"\b(?:our client|my client|we (?:act|acted) for|we represent|client (?:admits|admitted|knew|says|told|was|is|wants|sits|confessed|has)|in our view|per GC|counsel (?:thinks|advises|advised|says|believes)|privileged\?|how do we plead|(?:not|n't) (?:be )?signalled to|without admitting|w/o prejudice letter|legal advice (?:was|is)|settle before|settlement authority|the other side (?:before|does|do|has))\b"),
    ("own affairs", _M, 0.4, r"\b(?:we|we're|we've|our|us)\b"),
    ("own affairs", _M, 0.4, rf"\b(?:{_NUMBER} ?(?:m|mn|bn|k|million|billion|mdr|eur|usd|gbp)\b|by (?:spring|summer|autumn|winter|easter|christmas|year-?end|end of (?:the )?(?:month|year|march|june))|from (?:january|february|march|april|may|june|july|august|september|october|november|december|next (?:month|year|week))|next (?:mon|tues|wednes|thurs|fri|wed|week|month)\w*|(?:this|next) (?:mon|tues|wednes|thurs|fri)day)\b"),
)  # fmt: skip
