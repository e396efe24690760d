# ruff: noqa: E501 - tables: one kind to a line
"""Invented credentials in the forms that vendors publish, passwords and codes in prose, and what only looks like one.

Every value is drawn from a seed when the tests run; prefixes are joined here, so that no file holds a whole key.
"""

from __future__ import annotations

import base64
import string
from collections.abc import Callable, Iterator
from random import Random

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
BASE64 = ALNUM + "+/"
Draw = Callable[[Random], str]


def some(random: Random, n: int, among: str = ALNUM) -> str:
    return "".join(random.choice(among) for _ in range(n))


def _after(*parts: str, n: int, among: str = ALNUM) -> Draw:
    return lambda random: "".join(parts) + some(random, n, among)


def password(random: Random) -> str:
    return random.choice(
        [
            some(random, 2, string.ascii_uppercase)
            + some(random, 5, string.ascii_lowercase)
            + random.choice("!#%&?+_")
            + some(random, 2, string.digits),
            some(random, 10) + random.choice(string.digits) + random.choice(string.ascii_letters),
            f"{_word(random).title()}-{random.randint(11, 99)}-{_word(random).title()}",
            f"{_word(random).title()}{random.choice('!$#*')}{random.randint(100, 9999)}",
        ]
    )


def _word(random: Random) -> str:
    return "".join(random.choice("bdfgklmnprstvz") + random.choice("aeiou") for _ in range(3))


VALUES: dict[str, Draw] = {
    "aws_access_key": _after("AK", "IA", n=16, among=string.ascii_uppercase + "234567"), "github": _after("gh", "p_", n=36), "github_fine": _after("github", "_pat_", n=60), "gitlab": _after("gl", "pat-", n=20),
    "slack_bot": lambda r: "xo" + f"xb-{some(r, 12, string.digits)}-{some(r, 12, string.digits)}-{some(r, 24)}", "stripe": _after("sk_", "live_", n=24), "stripe_restricted": _after("rk_", "live_", n=24), "stripe_webhook": _after("whs", "ec_", n=32),
    "openai": _after("sk-", "proj-", n=48), "openai_old": _after("sk", "-", n=48), "anthropic": _after("sk-", "ant-api03-", n=80), "google": _after("AI", "za", n=35), "google_client": _after("GOC", "SPX-", n=28),
    "jwt": lambda r: ".".join(["ey" + "J" + some(r, 18), "ey" + "J" + some(r, 30), some(r, 43)]), "sendgrid": lambda r: f"S{'G.'}{some(r, 22)}.{some(r, 43)}", "npm": _after("npm", "_", n=36), "pypi": _after("py", "pi-AgEIcHlwaS5vcmc", n=60),
    "huggingface": _after("h", "f_", n=34), "twilio": _after("S", "K", n=32, among=HEX), "digitalocean": _after("dop", "_v1_", n=64, among=HEX), "vault": _after("hv", "s.", n=24), "shopify": _after("shp", "at_", n=32, among=HEX),
    "telegram": lambda r: f"{some(r, 9, '123456789')}:A{'A'}{some(r, 33)}", "discord": lambda r: f"M{some(r, 23)}.{some(r, 6)}.{some(r, 27)}", "mailgun": _after("ke", "y-", n=32, among=HEX), "databricks": _after("da", "pi", n=32, among=HEX),
    "atlassian": _after("ATA", "TT3", n=60), "linear": _after("lin", "_api_", n=40), "groq": _after("gs", "k_", n=52), "xai": _after("xa", "i-", n=80), "tailscale": _after("tskey", "-auth-", n=30), "grafana": _after("gl", "sa_", n=40), "docker": _after("dckr", "_pat_", n=27),
    "notion": _after("nt", "n_", n=46), "replicate": _after("r", "8_", n=37), "newrelic": _after("NR", "AK-", n=27, among=string.ascii_uppercase + string.digits), "pem": lambda r: "-----BEGIN " + random_pem(r) + "PRIVATE KEY-----\n" + some(r, 64, BASE64),
    "azure_secret": lambda r: f"{some(r, 3)}8Q{'~'}{some(r, 34)}", "slack_hook": lambda r: f"https://hooks.slack{'.com/services/'}T{some(r, 8)}/B{some(r, 8)}/{some(r, 24)}", "discord_hook": lambda r: f"https://discord{'.com/api/webhooks/'}{some(r, 18, '123456789')}/{some(r, 60)}",
    "teams_hook": lambda r: f"https://contoso.webhook{'.office.com/webhookb2/'}{some(r, 36, HEX)}@{some(r, 36, HEX)}/IncomingWebhook/{some(r, 32, HEX)}", "uri": lambda r: f"{r.choice(['postgres', 'postgresql', 'mysql', 'amqp', 'mongodb+srv', 'redis', 'https', 'ftp', 'smb', 'ldap'])}://{_word(r)}:{some(r, 14)}@{_word(r)}.internal:5432/core",
    "redis": lambda r: f"redis://:{some(r, 20)}@cache:6379/0", "azure_conn": lambda r: f"DefaultEndpointsProtocol=https;AccountName=acct;Account{'Key='}{some(r, 86, BASE64)}==", "sas": lambda r: f"https://acct.blob.core.windows.net/c?sv=2022&si{'g='}{some(r, 43)}%3D",
    "sql_conn": lambda r: f"Server=db1;Database=core;User Id=svc;Pass{'word='}{password(r)};", "bearer": lambda r: f"Authorization: Bear{'er '}{some(r, 40)}", "basic": lambda r: f"Authorization: Basi{'c '}{base64.b64encode(f'{_word(r)}:{password(r)}'.encode()).decode()}",
    "aws_secret": lambda r: f"aws_secret_access_{'key'} = {some(r, 40, BASE64)}", "env": lambda r: f"{r.choice(['DB', 'APP', 'SMTP', 'JWT', 'CORE_API', 'REDIS'])}_{r.choice(['PASSWORD', 'SECRET', 'TOKEN', 'API_KEY', 'PASS', 'PW'])}={r.choice([password(r), some(r, 24), some(r, 40, HEX)])}",
    "yaml": lambda r: f"  {r.choice(['password', 'secret', 'token', 'api_key', 'clientSecret'])}: {r.choice([password(r), base64.b64encode(some(r, 14).encode()).decode()])}", "json": lambda r: f'{{"user": "{_word(r)}", "{r.choice(["password", "secret", "apiKey", "access_token", "pwd"])}": "{password(r)}"}}',
    "xml": lambda r: f"<user>{_word(r)}</user><password>{password(r)}</password>", "code": lambda r: f"conn = connect(host, user='{_word(r)}', password='{password(r)}')", "curl": lambda r: f"curl -u {_word(r)}:{password(r)} https://x.invalid/api", "cli": lambda r: f"tool login --user {_word(r)} --password {password(r)}",
    "mysql": lambda r: f"mysql -u root -p{some(r, 9)}7x core", "sshpass": lambda r: f"sshpass -p '{password(r)}' ssh root@host", "identified": lambda r: f"CREATE USER app IDENTIFIED BY '{password(r)}';", "netuse": lambda r: f"net use Z: \\\\srv\\x /user:corp\\{_word(r)} {password(r)}",
    "netrc": lambda r: f"machine git.internal login {_word(r)} password {password(r)}", "shadow": lambda r: f"root:$6${some(r, 12)}${some(r, 86)}:19000:0:99999:7:::", "bcrypt": lambda r: f"$2{'b$'}12${some(r, 53)}", "ntlm": lambda r: f"{_word(r)}:1104:{some(r, 32, HEX)}:{some(r, 32, HEX)}:::",
    "netntlm": lambda r: f"{_word(r)}::CORP:{some(r, 16, HEX)}:{some(r, 32, HEX)}:{some(r, 60, HEX)}", "krb5": lambda r: f"$krb5{'tgs$'}23$*svc$CORP$x*${some(r, 60, HEX)}", "cookie": lambda r: f"Cookie: theme=dark; sessionid={some(r, 32)}", "set_cookie": lambda r: f"Set-Cookie: JSESSIONID={some(r, 32, HEX.upper())}; HttpOnly",
    "totp": lambda r: f"otpauth://totp/x:{_word(r)}?secr{'et='}{some(r, 32, string.ascii_uppercase + '234567')}&issuer=x", "totp_prose": lambda r: f"the 2FA seed is {some(r, 32, string.ascii_uppercase + '234567')}", "recovery": lambda r: "recovery codes:\n" + "\n".join(f"{some(r, 5, HEX)}-{some(r, 5, HEX)}" for _ in range(6)),
    "bitlocker": lambda r: "-".join(some(r, 6, string.digits) for _ in range(8)), "seed": lambda r: f"{r.choice(['seed phrase', 'wallet mnemonic', 'recovery phrase'])}: " + " ".join(r.choice(_SEEDS) for _ in range(r.choice([12, 24]))), "wifi": lambda r: f"{r.choice(['WLAN-Schlüssel', 'wifi key', 'Wi-Fi password', 'clave wifi'])}: {password(r)}",
    "snmp": lambda r: f"snmp-server user ro GRP v3 auth sha {password(r)} priv aes 128 {password(r)}", "cisco": lambda r: f"enable secret 0 {password(r)}", "pair": lambda r: f"login {_word(r)} / {password(r)}",
}  # fmt: skip
_SEEDS = "anchor basket candle desert engine fabric garden hammer island jacket kitten ladder marble needle orchard pencil quarter ribbon saddle tunnel umbrella velvet window yellow zebra bridge copper dragon ember forest".split()


def random_pem(random: Random) -> str:
    return random.choice(["RSA ", "EC ", "OPENSSH ", "", "ENCRYPTED "])


PROSE: tuple[str, ...] = (
    "the admin password is {p}", "password for the printer: {p}", "I changed the wifi password to {p} yesterday", "my pw is {p} and it still fails", "the root password for db2 is now {p}", "credentials: svc_report / {p}", "pass phrase is \"{w}\"", "the passphrase is {h}",
    "das Passwort lautet {p}", "Das Kennwort für den Server ist {p}.", "WLAN Passwort: {p}", "le mot de passe est {p}", "Le mot de passe du wifi : {p}", "mdp: {p}", "la contraseña es {p}", "La contraseña del router es {p}.", "la clave de acceso es {p}", "la password è {p}", "La password del server è {p}",
    "het wachtwoord is {p}", "Wachtwoord voor de kluis-app: {p}", "a senha é {p}", "A senha do roteador é {p}", "lösenordet är {p}", "lösenord: {p}", "hasło to {p}", "Hasło do serwera: {p}", "şifre: {p}", "Sunucunun parolası {p}", "パスワードは {p} です", "サーバーのパスワード：{p}",
    "the code for the back door is {c}", "alarm code: {c}", "door code {c} for the side entrance", "safe combination is {c}", "PIN for the card: {c}", "my voicemail PIN is {c}", "my SIM pin {c} is refused again", "gate code is {c}#", "Der Türcode ist {c}", "Code für den Tresor: {c}", "PIN der Karte: {c}", "Die Alarmanlage hat den Code {c}",
    "le code de la porte est {c}", "code du coffre : {c}", "digicode {c} porte B", "el código de la puerta es {c}", "la combinación de la caja fuerte es {c}", "il codice della cassaforte è {c}", "il codice del cancello è {c}", "de code van de achterdeur is {c}", "de pincode van de kluis is {c}", "o código da porta é {c}", "código do cofre: {c}",
    "portkoden är {c}", "koden till kassaskåpet är {c}", "kod do drzwi to {c}", "kod do sejfu: {c}", "kapı kodu {c}", "kasanın şifresi {c}", "金庫の暗証番号は{c}です", "裏口のドアのコードは {c}",
)  # fmt: skip
FRAMES = (
    "{}",
    "Why does this fail with 401?\n{}",
    "Here is our config, please review:\n{}\nTIMEOUT=30",
    "{} - is that safe?",
    "> {}\nplease rephrase",
    "`{}`",
    "hi, {} thanks",
    "```\n{}\n```",
    "log: {} refused",
)


def secrets(seed: int, each: int = 12) -> Iterator[tuple[str, str]]:
    """(kind, text) pairs that must be found."""
    random = Random(seed)
    for kind, draw in VALUES.items():
        for _ in range(each):
            yield kind, random.choice(FRAMES).format(draw(random))
    for sentence in PROSE:
        for _ in range(max(1, each // 3)):
            yield (
                f"prose: {sentence}",
                random.choice(("{}", "hi, {}", "{}\n", "note: {}")).format(
                    sentence.format(
                        p=password(random),
                        c=_code(random),
                        w=" ".join(_word(random) for _ in range(4)),
                        h="-".join(_word(random) for _ in range(4)),
                    )
                ),
            )


def _code(random: Random) -> str:
    while True:
        code = some(random, random.choice([4, 4, 5, 6]), string.digits)
        if code not in {"1234", "0000", "12345", "123456"} and not code.startswith(("19", "20")) and len(set(code)) > 2:
            return code


HARMLESS: tuple[Draw, ...] = (
    lambda r: f"integrity sha512-{some(r, 86, BASE64)}==", lambda r: f"commit {some(r, 40, HEX)} broke CI", lambda r: f"sha256: {some(r, 64, HEX)}", lambda r: f"md5sum {some(r, 32, HEX)} file.iso", lambda r: f"uuid {some(r, 8, HEX)}-{some(r, 4, HEX)}-4{some(r, 3, HEX)}-a{some(r, 3, HEX)}-{some(r, 12, HEX)}",
    lambda r: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA{some(r, 42)} is my public key", lambda r: f"data:image/png;base64,iVBORw0KGgo{some(r, 60, BASE64)}", lambda r: f"docker pull repo@sha256:{some(r, 64, HEX)}", lambda r: "apiKey: YOUR_API_KEY_HERE", lambda r: "password: ${DB_PASSWORD}", lambda r: "token = os.environ['API_TOKEN']",
    lambda r: "Authorization: Bearer <YOUR_TOKEN>", lambda r: "postgres://user:password@localhost:5432/db", lambda r: "mysql://root:${PASS}@db/x", lambda r: "AKIAIOSFODNN7" + "EXAMPLE is the sample key", lambda r: "export SECRET=changeme", lambda r: "api_key: xxxxxxxxxxxxxxxxxxxx", lambda r: "password: ********",
    lambda r: "PASSWORD=<redacted>", lambda r: "How long should a password be?", lambda r: "hunter2 is a meme password", lambda r: "What does the ghp_ prefix of GitHub tokens mean?", lambda r: "Is a JWT signed with HS256 or RS256 safer?", lambda r: "k8s: Secret vs ConfigMap", lambda r: "What is the difference between a token and a key?",
    lambda r: "the password is wrong, what now?", lambda r: "the password is case-sensitive", lambda r: "Das Passwort ist abgelaufen, was tun?", lambda r: "le mot de passe est oublié", lambda r: "la contraseña es obligatoria", lambda r: "la password è scaduta", lambda r: "het wachtwoord is verlopen", lambda r: "a senha é obrigatória",
    lambda r: "lösenordet är fel", lambda r: "hasło jest za krótkie", lambda r: "şifre yanlış, ne yapmalıyım?", lambda r: "パスワードは必須です", lambda r: f"error code {r.randint(1000, 9999)} at the door of the lift", lambda r: f"the country code is 00{r.randint(30, 99)}", lambda r: f"HTTP status code is {r.randint(400, 599)}", lambda r: f"postcode 1{some(r, 4, string.digits)}",
    lambda r: "secret santa list for 2024", lambda r: f"the key finding of 20{r.randint(10, 25)} was 4{some(r, 2, string.digits)} cases", lambda r: f"primary key: id_{r.randint(1, 9)}", lambda r: "password = getpass.getpass()", lambda r: "const token = await getToken()", lambda r: "secretKeyRef: {name: db, key: password}",
    lambda r: "if (password === confirmPassword) return", lambda r: "callFunctionCheckIfDataAlreadyExistsPerpetualSubinventory is long", lambda r: "sk-learn vs scikit-learn", lambda r: "pip install hf_transfer==0.1.9", lambda r: "token limit: 128000 for the model", lambda r: "max_tokens=4096, temperature=0.7", lambda r: "The PIN has 4 digits, why not 6?",
    lambda r: "Is 1234 a bad PIN?", lambda r: "Article 12 of the civil code: 1905", lambda r: "the alarm code of conduct 2023", lambda r: f"key: value{r.randint(1, 9)}", lambda r: "access token expires in 3600 seconds", lambda r: "How do I rotate AWS access keys?", lambda r: "Passkey vs password manager vs password + TOTP", lambda r: "user/group mapping: staff/finance",
    lambda r: "What is a seed phrase and why 12 or 24 words?", lambda r: "Explain bearer authentication in OAuth 2.0", lambda r: "the door sensor is model 4711", lambda r: "https://docs.internal.example/path?token=abc", lambda r: "keyboard shortcut: Ctrl+Shift+P", lambda r: "TLS_AES_128_GCM_SHA256 vs TLS_CHACHA20_POLY1305_SHA256", lambda r: f"session {r.randint(1, 9)} of 12: passwords",
    lambda r: "curl -u user:password https://api.example.com", lambda r: "sk_test_ keys are for tests, sk_live_ for money?", lambda r: "sk-abcdefghijklmnopqrstuvwx" + "yz123456 as in the manual", lambda r: "passport control at gate 4512", lambda r: "Cookie: theme=dark; lang=de", lambda r: "the safe dose is 1000 mg", lambda r: f"class PasswordValidator{r.randint(2, 9)}: pass",
)  # fmt: skip


def harmless(seed: int, each: int = 5) -> Iterator[tuple[str, str]]:
    """(form, text) pairs that must pass."""
    random = Random(seed)
    for n, draw in enumerate(HARMLESS):
        for _ in range(each):
            yield f"{n}: {draw(Random(n))[:40]}", draw(random)
