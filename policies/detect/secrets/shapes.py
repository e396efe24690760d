"""Credentials that are known by their shape: the prefixes that vendors publish, keys, hashes, commands, addresses.

Each has signs, one of which must stand in the text before its pattern is tried: those of vendors as written, and
only where some word is as long as a key; those of places in small letters. A group `v` is the value to be judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    kind: str
    signs: tuple[str, ...]
    pattern: str
    judged: bool = False  # whether the value must look like one as well
    folded: bool = False
    compiled: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "compiled", re.compile(self.pattern, re.IGNORECASE if self.folded else 0))


def _vendor(kind: str, prefixes: str, tail: str) -> Shape:
    """Any of the prefixes at the beginning of a word, and what follows it."""
    names = tuple(prefixes.split())
    either = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return Shape(kind, names, rf"(?<![A-Za-z0-9])(?:{either}){tail}")


_W = "[A-Za-z0-9]"
_WD = "[A-Za-z0-9_-]"
VENDORS: tuple[Shape, ...] = (
    _vendor("aws_access_key", "AKIA ASIA AROA AIDA ABIA ACCA AGPA", r"[A-Z0-9]{16}(?![A-Za-z0-9])"),
    _vendor("aws_access_key", "ABSK", r"[A-Za-z0-9+/]{60,}={0,2}"),
    _vendor("github_token", "ghp_ gho_ ghu_ ghs_ ghr_", rf"{_W}{{30,255}}"),
    _vendor("github_token", "github_pat_", r"[A-Za-z0-9_]{40,255}"),
    _vendor("gitlab_token", "glpat- gldt- glrt- glcbt- glptt- glft- glsoat- glagent- glimt- gloas- GR1348941", r"[A-Za-z0-9_.-]{18,}"),
    _vendor("slack_token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs- xoxc- xoxd- xoxe.xoxp- xoxe.xoxb- xapp-", r"[A-Za-z0-9%-]{10,}"),
    _vendor("stripe_key", "sk_live_ sk_test_ rk_live_ rk_test_ whsec_ sk_prod_", r"[A-Za-z0-9+/=]{16,}"),
    Shape("openai_key", ("sk-",), r"(?<![A-Za-z0-9])sk-(?:proj-|svcacct-|admin-|or-v1-|lf-)?[A-Za-z0-9_-]{20,}"),
    _vendor("anthropic_key", "sk-ant-", rf"{_WD}{{20,}}"),
    _vendor("google_key", "AIza", rf"{_WD}{{30,}}"),
    _vendor("google_key", "ya29. GOCSPX- 1//0", rf"{_WD}{{20,}}"),
    Shape("jwt", ("eyJ", "eyK"), r"(?<![A-Za-z0-9])ey[JK][A-Za-z0-9_-]{8,}\.ey[JK][A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{6,}|(?<![A-Za-z0-9])ey[JK][A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{0,400}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    _vendor("sendgrid_key", "SG.", rf"{_WD}{{16,}}\.{_WD}{{16,}}"),
    _vendor("npm_token", "npm_", rf"{_W}{{30,}}"),
    _vendor("pypi_token", "pypi-", rf"{_WD}{{40,}}"),
    _vendor("huggingface_token", "hf_ api_org_", rf"{_W}{{28,}}"),
    Shape("twilio_key", ("AC", "SK"), r"(?<![A-Za-z0-9])(?:AC|SK)[0-9a-f]{32}(?![A-Za-z0-9])"),
    _vendor("digitalocean_token", "doo_v1_ dop_v1_ dor_v1_", r"[0-9a-f]{40,}"),
    _vendor("vault_token", "hvs. hvb. hvr.", rf"{_WD}{{20,}}"),
    _vendor("terraform_token", "", rf"{_W}{{14}}\.atlasv1\.{_WD}{{40,}}"),
    _vendor("shopify_token", "shpat_ shpca_ shppa_ shpss_", r"[0-9a-fA-F]{30,}"),
    Shape("telegram_token", (":AA",), r"(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{30,}"),
    Shape("discord_token", (".",), r"(?<![A-Za-z0-9])[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}"),
    _vendor("mailgun_key", "key-", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    Shape("mailchimp_key", ("-us",), r"(?<![0-9a-f])[0-9a-f]{32}-us\d{1,2}(?![A-Za-z0-9])"),
    _vendor("databricks_token", "dapi", r"[0-9a-f]{32}(?:-\d)?"),
    _vendor("atlassian_token", "ATATT3 ATCTT3 ATBB", r"[A-Za-z0-9_=-]{24,}"),
    _vendor("vendor_token", """lin_api_ lin_oauth_ figd_ glsa_ glc_ sq0csp- sq0atp- sq0idp- EAAC rdme_ dp.pt. dp.st. dp.sa. nvapi- gsk_ xai- r8_ pplx- ntn_ tskey- PMAK-
            sntrys_ sntryu_ sntrya_ dckr_pat_ dckr_oat_ rubygems_ shippo_live_ shippo_test_ NRAK- NRAA- NRII- sbp_ sb_secret_ pscale_tkn_ pscale_pw_ pscale_oauth_ HRKU- nfp_ sqp_ squ_ sqa_
            xkeysib- xsmtpsib- CFPAT- lsv2_pt_ lsv2_sk_ pcsk_ CLOJARS_ p8e- EZAK EZTK FLWSECK_TEST- FLWSECK- rzp_live_ rzp_test_ dt0c01. dt0s01. pnu_ tfp_ ops_eyJ vercel_ bkua_
            duffel_live_ duffel_test_ cmVmdGtuOjAx apify_api_ pat-na1- pat-eu1- ak_live_ wandb_v1_ tvly- cs_live_ CCIPAT_ CCIPRJ_ hcp_ e2b_""", r"[A-Za-z0-9_.=-]{20,}"),
    _vendor("vendor_key", "secret_ re_ sk_ live_ api- sdk- cio oy2 tk- sl. patr key_live_ napi_ fw_ jfrt esm_ jina_ tfe_ phx_ phs_ fo1_ AKCp pul- frt railway_ dnkey- tr_live_", r"[A-Za-z0-9_.=-]{20,}"),
    Shape("vendor_token", ("FlyV1 ", "fm2_"), r"(?:FlyV1 )?fm[12]_[A-Za-z0-9+/=,_]{40,}"),
    Shape("mapbox_key", ("sk.eyJ",), r"(?<![A-Za-z0-9])sk\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{16,}"),
    Shape("airtable_key", ("pat",), r"(?<![A-Za-z0-9])pat[A-Za-z0-9]{14}\.[0-9a-f]{40,}"),
    Shape("private_key", ("nsec1", "prv", "5", "K", "L"), r"(?<![A-Za-z0-9])(?:nsec1[02-9ac-hj-np-z]{58}|[a-z]prv[1-9A-HJ-NP-Za-km-z]{100,}|(?=[A-Za-z]*\d)(?=[A-Z\d]*[a-z])[5KL][1-9A-HJ-NP-Za-km-z]{50,51})(?![A-Za-z0-9])"),
    Shape("azure_secret", ("Q~",), r"(?<![A-Za-z0-9])[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{30,}"),
    Shape("plaid_key", ("access-",), r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f-]{20,}"),
    Shape("webhook", ("hook",), r"(?i)hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/[A-Za-z0-9/]{20,}|(?:ptb\.|canary\.)?discord(?:app)?\.com/api/webhooks/\d{10,}/[\w-]{20,}|webhook\.office\.com/webhookb2/[\w@-]{20,}[\w/@-]*|outlook\.office(?:365)?\.com/webhook/[\w@-]{20,}|hooks\.zapier\.com/hooks/catch/\d+/\w{5,}|chat\.googleapis\.com/v1/spaces/[^\s]{10,}key=[^\s]{20,}|hook\.(?:eu\d|us\d)\.make\.com/\w{20,}"),
    Shape("webhook", ("/with/key/", "api.telegram.org/bot", "chat.googleapis.com", "logic.azure.com"), r"/with/key/[\w-]{12,}|api\.telegram\.org/bot\d{6,}:[\w-]{20,}|chat\.googleapis\.com/v1/spaces/\S{10,80}key=\S{20,}|logic\.azure\.com\S{10,300}[?&]sig=[\w-]{20,}"),
)  # fmt: skip

PLACES: tuple[Shape, ...] = (
    Shape("private_key", ("---- begin", "-----begin", "putty-user-key", "age-secret-key-"), r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|---- BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY ----|PuTTY-User-Key-File-\d|AGE-SECRET-KEY-1[A-Z0-9]{20,}"),
    Shape("private_key", ("mii", "mhc", "mc4"), r"(?<![A-Za-z0-9+/])(?:MII[A-Za-z0-9+/]{3}IBA(?:AK[BC]|DANBgkqhkiG9w0BAQEFAAS)|MHcCAQEEI|MIGHAgEAMBMG|MC4CAQAwBQYDK2Vw)"),
    Shape("private_key", ('"kty"',), r"\"(?:d|k)\"\s{0,2}:\s{0,2}\"[A-Za-z0-9_-]{20,}\""),
    Shape("encrypted_secret", ("$ansible_vault;", "enc[aes256_gcm,data:"), r"\$ANSIBLE_VAULT;|ENC\[AES256_GCM,data:"),
    Shape("uri_password", ("://",), r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s:/@'\"<>]{0,80}:(?P<v>[^\s@'\"<>]{3,120}?)@[\w.\[\]-]+|://(?P<v2>(?=[A-Za-z_.~-]{0,60}\d)[A-Za-z0-9_.~-]{20,120})@[\w.\[\]-]+"),
    Shape("azure_key", ("key=", "sig=", "pwd=", "password="), r"(?:account|sharedaccess|shared-access-)key=(?P<v>[A-Za-z0-9+/]{30,}={0,2})|[?&]sig=(?P<v2>[A-Za-z0-9%+/=]{30,})|(?:;|\")\s{0,2}(?:password|pwd)\s{0,2}=\s{0,2}(?P<v3>[^\s;\"']{4,80})", folded=True),
    Shape("bearer", ("bearer", "token", "basic", "ssws", "apikey", "api-key"), r"\b(?:bearer|token|basic|ssws|apikey|api-key)[ :]+[\"']?(?P<v>[A-Za-z0-9_.~+/-]{16,}={0,2})", folded=True),
    Shape("uri_password", ("jdbc:oracle",), r"jdbc:oracle:\w{2,6}:[\w.]{1,40}/(?P<v>[^\s@'\"<>]{3,80})@"),
    Shape("recovery_key", ("-",), r"(?<![\d-])(?:\d{6}-){7}\d{6}(?![\d-])"),
    Shape("totp_seed", ("otpauth:",), r"otpauth://[ht]otp/\S{0,120}[?&]secret=(?P<v>[A-Z2-7a-z]{12,})", folded=True),
    Shape("totp_seed", ("2fa", "totp", "authenticator", "otp", "mfa", "zwei-faktor"), r"(?i:2fa|totp|authenticator|\botp|mfa|zwei-faktor)[^\n]{0,50}?(?<![A-Za-z0-9])(?P<v>(?:[A-Z2-7]{4} ?){4,13}|(?:[a-z2-7]{4} ){3,12}[a-z2-7]{4}|[A-Z2-7]{16,52})(?![A-Za-z0-9])"),
    Shape("command_password", (" -u", "--user", " -p", "--pass"), r"(?:\s-u ?|--user[ =])[\"']?[\w.@\\-]{1,40}:(?P<v>[^\s'\"]{4,80})|\s--?p(?:ass(?:word|wd|phrase)?)?[ =][\"']?(?P<v2>[^\s'\"-][^\s'\"]{4,80})|(?:mysql\w*|mariadb|mongo\w*|sshpass|redis-cli|psql|isql|sqlcmd)\b[^\n]{0,60}?\s-[pPa][\"']?(?P<v3>[^\s'\"-][^\s'\"]{5,60})", judged=True),
    Shape("command_password", ("ldap", "openssl "), r"\bldap\w+\b[^\n]{0,80}?\s-w ?[\"']?(?P<v>[^\s'\"-][^\s'\"]{4,80})|\bopenssl\b[^\n]{0,80}?\s-(?:k |pass(?:in|out)? pass:)[\"']?(?P<v2>[^\s'\"-][^\s'\"]{4,80})", judged=True),
    Shape("command_password", ("identified", "securestring", "net use", "net user", "/user:", "chpasswd", "htpasswd", "machine "),
          r"identified (?:with \w+ )?by (?:password )?['\"](?P<v>[^'\"\n]{4,80})['\"]|convertto-securestring[^\n]{0,30}?['\"](?P<v2>[^'\"\n]{4,80})['\"]|net use \S{1,60}(?: \\\\\S{1,80})?(?: /user:\S{1,40})? (?P<v3>[^\s/*\\]\S{4,60})|net user \S{1,60} (?P<v6>[^\s/*\\]\S{4,60})|echo ['\"]?\w{1,32}:(?P<v4>[^\s'\"|]{4,60})['\"]? ?\| ?(?:sudo )?chpasswd|htpasswd -\w{0,5}b\w{0,5}(?: \S{1,60}){1,2}? (?P<v7>[^\s-]\S{4,60})(?=[ \t]*(?:$|[\n|;&]))|machine \S{1,80}\s+login \S{1,60}\s+password (?P<v5>\S{4,80})", folded=True, judged=True),
    Shape("password_hash", ("$",), r"\$(?:2[aby]|5|6|7|y|1|apr1|argon2i?d?|scrypt|gy)\$[A-Za-z0-9./$=,+-]{20,}|\$krb5(?:tgs|asrep|pa)\$\d{1,2}\$\S{20,}|pbkdf2_sha\d+\$\d+\$\S{16,}|\$DCC2\$\S{16,}|\$P\$[A-Za-z0-9./]{31}"),
    Shape("password_hash", ("::", "aad3b435"), r"(?<![\w])[\w.$-]{1,40}:\d{3,6}:[0-9a-fA-F]{32}:[0-9a-fA-F]{32}:|(?<![0-9a-fA-F:])aad3b435b51404eeaad3b435b51404ee:[0-9a-fA-F]{32}|[\w.-]{1,40}::[\w.-]{0,40}:[0-9a-fA-F]{16}:[0-9a-fA-F]{32}:[0-9a-fA-F]{20,}"),
    Shape("password_hash", ("{ssha", "{sha}", "{crypt}", "{smd5}"), r"\{(?:ssha\d*|sha|crypt|smd5)\}(?P<v>[A-Za-z0-9+/$.]{20,}={0,2})", folded=True),
    Shape("session_cookie", ("cookie", "sessid", "session", ".sid", "sid="), r"\b(?:set-)?cookie2?[\"']?\s{0,3}[:=][^\n]{0,120}?[\w.-]{1,40}=(?P<v>[A-Za-z0-9%+/_.-]{16,}={0,2})|\b(?:phpsessid|jsessionid|asp\.net_sessionid|connect\.sid|session_?id|sessionid|session_?token|csrf_?token|sid|laravel_session|_session)[\"']?\s{0,2}[=:]\s{0,2}[\"']?(?P<v2>[A-Za-z0-9%+/_.-]{16,}={0,2})", folded=True, judged=True),
    Shape("password", ("<pass", "<pwd", "<secret", "<apikey", "<clientsecret"), r"<(?:pass(?:word|wort|phrase)?|pwd|secret|api_?key|client_?secret)(?: [^>\n]{0,80})?>(?P<v>[^<\n]{4,120})</", folded=True),
    Shape("password", ('"auth"',), r"\"auth\"\s{0,2}:\s{0,2}\"(?P<v>[A-Za-z0-9+/]{12,}={0,2})\"", judged=True),
    Shape("password", ("value",), r"(?:name|key|id)[\"']?\s{0,3}[:=]\s{0,3}[\"']?[\w.:-]{0,40}?(?:pass(?:wd|word|wort|phrase)?|pwd|secret|token|api_?key|credentials?)[\w.:-]{0,20}[\"']?[\s,;]{1,12}(?:- )?[\"']?value[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?P<v>[^\s\"'<>,]{4,200})", folded=True, judged=True),
    Shape("pgpass", (":5432:", ":*:"), r"(?m)^[\w.*-]{1,80}:(?:\d{2,5}|\*):[\w*-]{1,40}:[\w*-]{1,40}:(?P<v>\S{4,80})$"),
)  # fmt: skip
