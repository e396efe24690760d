"""What is a credential, and what only looks like one. Parts are joined so that nothing here is a key."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from secret_shapes import harmless, secrets

from policies.detect import label_fast, label_of
from policies.detect.identifiers import IdentifierDetector
from policies.detect.secrets import SecretDetector
from policies.labels import PUBLIC

DETECTOR = SecretDetector()


@pytest.mark.parametrize(
    "text",
    [
        "AKIA" + "K22S6N6LPAAX3EJO",
        "aws_secret_access_key=" + "eE0ubS/WFFui409hKgHLe1FvYiRst9gGr9dBUtV2",
        "ghp_" + "CSCpa8IjgtmDx5axkiKY60BH1dtmAz4JpoKZ",
        "glpat-" + "oGJsXCVX49x6fpzMlwIQ",
        "xoxb-" + "005275756979-141547139514-pOijW17qgRNsPnGn",
        "sk_live_" + "mrSM51lSxEjvx552PjsRWXSR",
        "-----BEGIN EC PRIVATE" + " KEY-----",
        "postgres://svc:" + "LKOOeb8n3YCkjO@db.internal/core",
        "redis://:" + "YVySSLj7StZfI9OH3NEH@cache:6379/0",
        "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiAiS2ZZNVJG.ciERB5LmiXP2adKU",
        "the admin password is P0suMi!13",
        "password: c2oyN1NZc2NoRWZndFY=",
        "CORE_API_SECRET=7a3f1f1426a2493802397c53b7ba6324bade3064",
        "Authorization: Bearer 3nA3yDDdzMIpB5WUubHuufCsmZs1x4De",
        "curl -u deploybot:Mx7pLq2vRz9Tn https://x.invalid",
        "data room login visitor_comet / 4Harbor-Ochre-Quill",
        "safe combination is L31 R08 L77",
        "the code for the back door is 4718",
        "Der Türcode ist 4718",
        "裏口のドアのコードは 4718",
        "the safe opens with 471899",
        "das Kennwort für den Server lautet Rb7-vantulo",
        "le mot de passe du wifi : Rb7-vantulo",
        'pass phrase is "lutuvu moteti tivodu tudite"',
        "define('DB_PASSWORD', 'sNYqUVaus48n');",
        "seed phrase: jacket zebra desert island quarter marble garden candle needle hammer ribbon velvet",
        "recovery codes:\n1f3a9-0c77b\n88e1d-a0442",
        "svc:1104:" + "0c7e5a1f" * 4 + ":" + "91bd03fe" * 4 + ":::",
        "key 123453-234564-345675-456786-567897-678898-012122-098120",
        "my wallet's recovery phrase is crater lemon vivid absorb naive tunnel oyster badge ginger drift mosaic pepper "
        "how do i restore it",
        "password: Barcelona#10",
        "the password of the wifi is Stroop-wafel12",
        "our login for the portal is buero / Tanne-2291",
        "sshpass -p 'v5Xpy41Bv72W' ssh root@host",
        "the password is h7Kd92Lq.Zx9",
        "SMTP_PASS=bdkkrfwgjwfzxsdi",
        "snmp-server community cTFTToRVzt RO",
        "log in as admin with Winter2024! and tell me what is wrong",
        "does admin/Gr33nhouse! work on the NAS",
        "he has the same password everywhere: 'Luna2011!'",
        "I type Regenbogen!44 as my password and it is rejected",
        "utente admin, parola d'ordine Vesuvio_79",
        "the safe combination is 34-17-52",
        "kluiscode 77-13-24",
        "le digicode de l'immeuble est 48A72",
        "o PIN do cartão é 2086",
        "Mój PIN to 8830",
        "PIN kodum 6093",
        "htpasswd -b .htpasswd anna jFd4VqYmFr\nwhat is the hash",
        "ldapsearch -D cn=admin,dc=firma -w YTub4uOUo8",
        "gpg --batch --passphrase gsA5qwzFUfmewC -d f.gpg",
        "Authorization: ApiKey Y1l3Q0hSSFlDQXNDNVY5bk83N0M6TkRo",
        "https://a8b7064d7bae532dca940da718a6095f" + "@o123.ingest.sentry.io/456",
        "c/f.csv?sv=2022-11-02&sig=%2BqzadE9r3Bh8BZgc8MHLDSAxfGS9Ge5EHKwWzvlaFCs%3D",
        "$ANSIBLE_VAULT" + ";1.1;AES256",
        '{"kty":"EC","crv":"P-256","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}',
        "MIIEpAIBAAKC" + "AQEAWtqWhT2qXEsgOO9Ms4yR2q65DE7qBq1bvGH",
        "5JPinbeJyrYxh8f1Bf35yFPZVaEyehpuRnVCDYfNLusVx81e4NS",
        "pincode bankpas 0804",
        "radius secret Pp9kcc2tfE5iBl",
        'env:\n- name: DB_PASSWORD\n  value: "4Mtd!Bcyxx"',
        '<add key="SmtpPassword" value="blue-Horse-Rja9" />',
        '{"auths":{"registry.foo.dev":{"auth":"Y2k6ckJQUTE3JDYwODA="}}}',
    ],
)
def test_it_is_found(text: str):
    assert DETECTOR.find(text)


@pytest.mark.parametrize(
    "text",
    [
        "password: ${DB_PASSWORD}",
        "apiKey: YOUR_API_KEY_HERE",
        "token = os.environ['API_TOKEN']",
        "Authorization: Bearer <YOUR_TOKEN>",
        "hunter2 is a meme password, where does it come from?",
        "What is a good password policy? Length, rotation, hints.",
        "commit ccc7bcad1ad760ffa364378e2829313da81ea0fc broke CI",
        "What does the AKIA prefix mean in AWS?",
        "AKIAIOSFODNN7EXAMPLE is the documented sample",
        "sk-learn vs sklearn on PyPI?",
        "uuid 2b67063a-c18b-4f54-a22c-ddcdc4d6b966",
        "How long should a JWT live?",
        "What does -----BEGIN RSA PRIVATE" + " KEY----- mean at the top of a file?",
        "STRIPE_KEY=sk_test_" + "X" * 24,
        "- name: DB_PASSWORD\n  value: ${DB_PASSWORD}",
        "- name: DB_PASSWORD\n  valueFrom:\n    secretKeyRef: db",
        "Passkey vs password manager vs password + TOTP",
        'Const PW As String = "<PASSWORD>"',
        "k8s: Secret vs ConfigMap",
        "the door sensor is model 4711",
        "error code 4718 at the gate",
        "PIN length is 6 digits",
        "das Passwort ist abgelaufen",
        "max_tokens=4096",
        "stripe.api_key = 'sk_test_...'",
        "the jwt.io sample eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
        "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ."
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c - what is iat?",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== in RFC 6455",
        "the key of FIPS 197 is 000102030405060708090a0b0c0d0e0f",
        "password: testing123",
        "admin/index.php?page=2 gives 404",
        "the PIN policy of 2024 for the door",
        "the token is v1beta1.2-rc3",
        "token = my_token_from_env",
        "password = getPasswordFromKeychain",
        "a-long-random-string is what SECRET_KEY=a-long-random-string stands for",
        "https://example.org/@some-long-name-of-an-account/posts",
        "the alarm of 12-10-2024 had the code 12-10-2024",
        'a JWK that is public: {"kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}',
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A is how a public key begins",
        "What is a seed phrase and why does it have 12 or 24 words in most wallets of this kind?",
        "",
    ],
)
def test_a_look_alike_passes(text: str):
    assert DETECTOR.find(text) == []


@pytest.mark.parametrize("seed", [21, 22])
def test_credentials_drawn_from_a_seed_are_found(seed: int):
    """At least 97 of 100: 60 kinds by shape or place, and passwords and codes in prose of eleven languages."""
    drawn = list(secrets(seed, each=6))
    missed = [(kind, text) for kind, text in drawn if not DETECTOR.find(text)]
    assert len(missed) <= len(drawn) * 0.03, missed


@pytest.mark.parametrize("seed", [21, 22])
def test_what_only_looks_like_one_passes(seed: int):
    drawn = list(harmless(seed, each=4))
    held = [text for _, text in drawn if DETECTOR.find(text)]
    assert len(held) <= len(drawn) * 0.02, held


@given(st.lists(st.sampled_from([text for _, text in (*secrets(5, each=1), *harmless(5, each=1))]), max_size=4))
@settings(max_examples=100, deadline=None)
def test_a_stored_passage_gets_what_the_detectors_find_in_it(parts: list[str]):
    text = "\n".join(parts)
    label, findings = label_fast(text)
    assert set(findings) == {*SecretDetector().find(text), *IdentifierDetector().find(text)}
    assert label == (label_of(findings) if findings else PUBLIC)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_text_is_too_odd(text: str):
    for finding in DETECTOR.find(text):
        assert 0 <= finding.start < finding.end <= len(text)
