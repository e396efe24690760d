"""One table: what is a credential, and what only looks like one. Parts are joined so that nothing here is a key."""

from __future__ import annotations

import pytest

from policies.detect.secrets import SecretDetector

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
        "key 123453-234564-345675-456786-567897-678898-012122-098120",
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
        "Passkey vs password manager vs password + TOTP",
        'Const PW As String = "<PASSWORD>"',
        "k8s: Secret vs ConfigMap",
        "",
    ],
)
def test_a_look_alike_passes(text: str):
    assert DETECTOR.find(text) == []
