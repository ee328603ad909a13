"""Rule: 200 planted secrets, none left; option names of real scripts, none hit."""

from __future__ import annotations

import json
import random
import string
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neural.tracking.redaction import (
    REDACTED,
    looks_secret,
    redact_argv,
    redact_diff,
    redact_mapping,
    redact_text,
    redact_url,
    secret_values,
)

_DICE = random.Random(20_261_121)


def _random(alphabet: str, length: int) -> str:
    # A digit and a letter are always in: a generator of keys leaves neither out for long.
    return "a7" + "".join(_DICE.choices(alphabet, k=length - 2))


_ALNUM = string.ascii_letters + string.digits
_HEX = "0123456789abcdef"
_UPPER = string.ascii_uppercase + string.digits
_URLSAFE = _ALNUM + "-_"

#: Made at run time and split, so that no scanner takes this file for a leak.
SHAPES = {
    "aws id": "AK" + "IA" + "".join(_DICE.choices(_UPPER, k=16)),
    "aws session id": "AS" + "IA" + "".join(_DICE.choices(_UPPER, k=16)),
    "github classic": "gh" + "p_" + _random(_ALNUM, 36),
    "github server": "gh" + "s_" + _random(_ALNUM, 36),
    "github fine-grained": "github" + "_pat_" + _random(_ALNUM, 22) + "_" + _random(_ALNUM, 59),
    "gitlab": "gl" + "pat-" + _random(_URLSAFE, 20),
    "gitlab runner": "gl" + "rt-" + _random(_URLSAFE, 20),
    "hugging face": "h" + "f_" + "".join(_DICE.choices(string.ascii_letters, k=34)),
    "openai": "s" + "k-" + _random(_ALNUM, 48),
    "openai project": "s" + "k-proj-" + _random(_URLSAFE, 120),
    "anthropic": "s" + "k-ant-api03-" + _random(_URLSAFE, 93),
    "openrouter": "s" + "k-or-v1-" + _random(_HEX, 64),
    "slack bot": "xo" + "xb-" + "123456789012-123456789012-" + _random(_ALNUM, 24),
    "slack app": "xa" + "pp-1-A01-123-" + _random(_HEX, 64),
    "slack hook": "https://hooks.slack" + ".com/services/T01/B02/" + _random(_ALNUM, 24),
    "discord hook": "https://discord" + ".com/api/webhooks/123456789/" + _random(_URLSAFE, 60),
    "discord bot": "M" + _random(_ALNUM, 23) + "." + _random(_ALNUM, 6) + "." + _random(_ALNUM, 38),
    "telegram": "1234567890:AA" + _random(_URLSAFE, 33),
    "google": "AI" + "za" + _random(_URLSAFE, 35),
    "google oauth": "ya" + "29." + _random(_URLSAFE, 80),
    "google client": "GO" + "CSPX-" + _random(_URLSAFE, 28),
    "jwt": "ey" + "J" + _random(_ALNUM, 30) + ".ey" + "J" + _random(_ALNUM, 60) + "." + "x" * 43,
    "stripe": "s" + "k_live_" + _random(_ALNUM, 24),
    "npm": "np" + "m_" + _random(_ALNUM, 36),
    "pypi": "py" + "pi-AgEIcHlwaS5vcmc" + _random(_URLSAFE, 60),
    "sendgrid": "S" + "G." + _random(_URLSAFE, 22) + "." + _random(_URLSAFE, 43),
    "databricks": "da" + "pi" + _random(_HEX, 32),
    "digitalocean": "do" + "p_v1_" + _random(_HEX, 64),
    "vault": "hv" + "s." + _random(_URLSAFE, 24),
    "grafana": "gl" + "sa_" + _random(_ALNUM, 32) + "_" + _random(_HEX, 8),
    "docker": "dc" + "kr_pat_" + _random(_URLSAFE, 27),
    "replicate": "r" + "8_" + _random(_ALNUM, 37),
    "groq": "gs" + "k_" + _random(_ALNUM, 52),
    "nvidia": "nv" + "api-" + _random(_URLSAFE, 64),
    "langsmith": "ls" + "v2_pt_" + _random(_HEX, 32) + "_" + _random(_HEX, 10),
    "linear": "lin" + "_api_" + _random(_ALNUM, 40),
    "tailscale": "ts" + "key-auth-" + _random(_ALNUM, 40),
    "wandb": "wan" + "db_v1_" + _random(_ALNUM, 40),
}

#: Names that decide by themselves; the values beside them have no shape of their own.
NAMED = [
    "password",
    "DB_PASSWORD",
    "dbPassword",
    "smtp-pass",
    "PGPASSWORD",
    "passphrase",
    "secret",
    "client_secret",
    "clientSecret",
    "AWS_SECRET_ACCESS_KEY",
    "secret_key",
    "SECRETKEY",
    "api_key",
    "apiKey",
    "APIKey",
    "api-key",
    "x-api-key",
    "OPENAI_API_KEY",
    "openaiApiKey",
    "WANDB_API_KEY",
    "wandb_key",
    "COMET_API_KEY",
    "NEPTUNE_API_TOKEN",
    "token",
    "hub_token",
    "hf_token",
    "HF_TOKEN",
    "access_token",
    "accessToken",
    "auth_token",
    "refresh_token",
    "bot_token",
    "GITHUB_TOKEN",
    "private_key",
    "encryption_key",
    "credentials",
    "MLFLOW_TRACKING_PASSWORD",
    "AccountKey",
    "github_pat",
    "trainer.logger.api_key",
]
PLAIN_VALUES = [_random(string.ascii_lowercase + string.digits, 14) for _ in NAMED]
#: An account key is known by its name and its randomness together.
PLAIN_VALUES[NAMED.index("AccountKey")] = _random(_ALNUM, 44)

PLACES: dict[str, Callable[[str, str], str]] = {
    "env file": lambda name, value: f"export {name}={value}\n",
    "yaml": lambda name, value: f"logger:\n  {name}: {value}\n",
    "json": lambda name, value: json.dumps({"lr": 0.1, name: value, "seed": 1}),
}

#: Option names of public training scripts, each with a value as it is used there.
HARMLESS = [
    *(("num_memory_tokens", "8"), ("use_cls_token", "true"), ("tokenizer", "gpt2")),
    *(("max_tokens", "4096"), ("key_dim", "64"), ("num_key_value_heads", "8")),
    *(("tokenizer_name_or_path", "bert-base-uncased"), ("pad_token", "<pad>")),
    *(("pad_token_id", "50256"), ("eos_token", "</s>"), ("bos_token", "<s>")),
    *(("mask_token", "[MASK]"), ("image_token", "<image>"), ("token_dropout", "0.1")),
    *(("placeholder_token", "<cat-toy>"), ("initializer_token", "painting")),
    *(("instance_token", "sks_v1_0"), ("add_eos_token", "True"), ("dist_token", "1")),
    *(("tokens_per_sample", "512"), ("max_target_tokens", "256"), ("tokens", "1e9")),
    *(("train_tokens", "300000000000"), ("token_type_ids", "0"), ("global_pool", "token")),
    *(("special_tokens", "[CLS]"), ("forced_bos_token", "de_DE"), ("lang_token", "zh_CN2")),
    *(("class_token", "learned2d"), ("prompt_token", "default1"), ("dm_use_time_token", "1")),
    *(("only_reward_final_token", "1"), ("read_ori_token", "1"), ("hpe_to_token", "1")),
    *(("image_key", "observation.images.cam_1"), ("label_key", "cls"), ("caption_key", "txt")),
    *(("model_key", "student"), ("pca_key", "X_pca"), ("sort_key", "val/loss"), ("key", "loss")),
    *(("checkpoint_key", "teacher"), ("state_dict_key", "model_ema"), ("keys", "loss acc")),
    *(("primary_key", "id"), ("foreign_key", "run_id"), ("public_key", "ssh"), ("qk_norm", "1")),
    *(("key_padding_mask", "1"), ("monkey", "see"), ("keyword", "cat"), ("key_value_size", "8")),
    *(("passes", "3"), ("num_pass", "2"), ("bypass", "1"), ("low_pass", "0.5"), ("n_pass", "4")),
    *(("passthrough", "1"), ("compass", "north"), ("forward_pass", "amp"), ("pass_rate", "0.9")),
    *(("author", "me"), ("authors", "a b"), ("auth_method", "none"), ("secretary", "yes")),
    *(("use_auth_token", "True"), ("token_file", "/run/t"), ("password_file", "/run/p")),
    *(("api_key_env", "OPENAI"), ("secret_name", "prod"), ("num_secrets", "3"), ("seed", "42")),
    *(("sessions", "4"), ("signature", "f32[2]"), ("salt", "3"), ("hash", "a" * 40)),
    *(("commit", "0123456789abcdef0123456789abcdef01234567"), ("run_id", "a1b2c3d4e5f6")),
    *(("patience", "3"), ("path", "/data/set-1"), ("pattern", "*.png"), ("patch_size", "16")),
    *(("credit", "1"), ("cookiecutter", "x"), ("detokenize", "1"), ("tokenization", "bpe")),
    *(("n_tokens", "100"), ("token_merging", "tome"), ("stop_token", "###"), ("top_p", "0.9")),
]


@pytest.mark.parametrize("place", [*PLACES, "option", "option with ="])
@pytest.mark.parametrize(("name", "value"), list(zip(NAMED, PLAIN_VALUES, strict=True)))
def test_a_value_beside_a_secret_name_is_taken_out(place: str, name: str, value: str) -> None:
    """Two hundred planted values: none is left, whatever the file or the option's spelling."""
    if place == "option":
        shown = " ".join(redact_argv(["train.py", f"--{name}", value, "data"]))
    elif place == "option with =":
        shown = " ".join(redact_argv(["train.py", f"--{name}={value}", "data"]))
    else:
        shown = redact_text(PLACES[place](name, value))

    assert value not in shown
    assert REDACTED in shown


@pytest.mark.parametrize("secret", list(SHAPES.values()), ids=list(SHAPES))
@pytest.mark.parametrize(
    "where", ["{}", "text with {} in it", '["{}"]', "x={}&y=1", "(see {}).", "https://h/{}?a=b"]
)
def test_a_known_shape_is_taken_out_wherever_it_stands(where: str, secret: str) -> None:
    """Keys of known services need no name beside them."""
    shown = redact_text(where.format(secret))

    assert secret not in shown
    assert secret[-12:] not in shown


@pytest.mark.parametrize(("name", "value"), HARMLESS)
def test_options_of_real_scripts_are_kept(name: str, value: str) -> None:
    """No false hit, in any of the ways an option is captured."""
    as_options = [f"--{name}", value, f"--{name}={value}", f"{name}={value}", "--seed", "1"]

    assert not looks_secret(name, value)
    assert redact_argv(as_options) == as_options
    assert redact_mapping({name: value}) == {name: value}
    assert redact_text(f"{name}: {value}\n{name}={value}\n") == f"{name}: {value}\n{name}={value}\n"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:hunter2@host/x.git", "https://[redacted]@host/x.git"),
        ("https://hunter2@host/x.git", "https://[redacted]@host/x.git"),
        ("https://me:p@ss:w0rd@host:8080/x", "https://[redacted]@host:8080/x"),
        ("https://oauth2:p/w@host/x", "https://[redacted]@host/x"),
        ("postgresql://u:p%40w@db:5432/runs", "postgresql://[redacted]@db:5432/runs"),
        ("redis://:hunter2@cache:6379/0", "redis://[redacted]@cache:6379/0"),
        ("mongodb+srv://u:p@a,b/db?ssl=1", "mongodb+srv://[redacted]@a,b/db?ssl=1"),
        ("https://h/x?api_key=abc&lr=1#top", "https://h/x?api_key=[redacted]&lr=1#top"),
        ("https://h/x?lr=1&X-Amz-Signature=ab12", "https://h/x?lr=1&X-Amz-Signature=[redacted]"),
        ("https://h/x?sv=1&sig=a%2Fb", "https://h/x?sv=1&sig=[redacted]"),
    ],
)
def test_secrets_of_a_url(url: str, shown: str) -> None:
    """User-info, signatures and keys go; what tells where it leads stays."""
    assert redact_url(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "git@github.com:team/repo.git",
        "ssh://git@github.com:22/team/repo.git",
        "ssh://someone@cluster/repo",
        "https://github.com/team/repo.git",
        "git+https://github.com/team/repo@v1.0",
        "http://localhost:8080/@scope/pkg",
        "https://h:443?mail=a@b.c",
        "docker://ubuntu:22.04@sha256:0123",
        "https://h/x?max_tokens=5&keyboard=us",
        "s3://bucket/prefix@2",
    ],
)
def test_urls_without_secrets_are_kept(url: str) -> None:
    """An at sign is not yet user-info."""
    assert redact_url(url) == url


@pytest.mark.parametrize(
    ("argv", "secret"),
    [
        (["x.py", "--api-keys", "one1one1", "two2two2", "--lr", "1"], "two2two2"),
        (["x.py", "-api_key", "hunter2"], "hunter2"),
        (["mysql", "-u", "me", "-p", "hunter2"], "hunter2"),
        (["sshpass", "-p", "hunter2", "ssh", "host"], "hunter2"),
        (["curl", "-u", "me:hunter2", "https://host"], "hunter2"),
        (["x.py", "+secrets.github=hunter2"], "hunter2"),
        (["x.py", "~logger.wandb.api_key=hunter2"], "hunter2"),
        (["wandb", "login", "0123456789abcdef" * 2 + "01234567"], "0123456789abcdef01"),
        (["curl", "-H", "Authorization: Bearer abc.def-123"], "abc.def"),
        (["x.py", "--config", '{"api_key": "hunter2"}'], "hunter2"),
        (["x.py", "--token", "hunter2hunter2", "--name=run-hunter2hunter2"], "hunter2hunter2"),
        (["x.py", "--password", "123456"], "123456"),
        (["python", "-c", "login(key='0123456789abcdef0a1b2c3d4e5f67890a1b2c3d')"], "0123456789ab"),
    ],
)
def test_secrets_of_a_command_line(argv: list[str], secret: str) -> None:
    """Several values, single dashes, overrides, headers, and copies in other arguments."""
    shown = redact_argv(argv)

    assert secret not in " ".join(shown)
    assert len(shown) == len(argv)
    assert shown[0] == argv[0]


@pytest.mark.parametrize(
    "argv",
    [
        ["x.py", "-p", "5"],
        ["x.py", "-p", "resnet"],
        ["docker", "run", "-u", "1000:1000", "-p", "8080:80"],
        ["x.py", "--no-token", "--epochs", "3"],
        ["x.py", "--use-auth-token", "train.json"],
        ["x.py", "--api-key", "--verbose", "1"],
        ["x.py", "--token", "$HF_TOKEN", "--pass", "none"],
    ],
)
def test_command_lines_without_secrets_are_kept(argv: list[str]) -> None:
    """A short option is a password only in company; a flag takes no value."""
    assert redact_argv(argv) == argv


@pytest.mark.parametrize(
    "text",
    [
        "{{'password': '{}', 'lr': 1}}",
        "docker run -e DB_PASSWORD={} image",
        "machine api.host login me password {}",
        "ENV HF_TOKEN {}",
        "- name: HF_TOKEN\n  value: {}\n",
        "secrets:\n  github: {}\n  other: {}\n",
        "password:\n  {}\n",
        "Server=x;Uid=me;Pwd={};Database=d",
        "<password>{}</password>",
        'curl -H "X-Auth-Token: {}" host',
        '"api_key = \\"{}\\"\\n",',
        "set_password('{}')",
        "os.environ['HF_TOKEN'] = '{}'",
        'password: str | None = "{}"',
        "WANDB_API_KEY={} python train.py",
        "train.py --wandb-api-key {} --lr 1",
        "train.py --wandb_api_key='{}' --lr 1",
        "Cookie: session={}; theme=dark",
        "Authorization: Basic {}==",
        "http.extraheader=AUTHORIZATION: basic {}",
        "const apiKey = `{}`;",
        "password='{0}\\'{0}'",
        "password = correct horse {}",
        "first line\r\ntoken={}\r\nlast line",
    ],
)
def test_other_ways_to_write_a_secret(text: str) -> None:
    """Connection strings, containers, clusters, headers, notebooks, shells and programs."""
    secret = "Zq8xK2mvP0Lw"

    shown = redact_text(text.format(secret, secret))

    assert secret not in shown
    assert shown.count("\n") == text.count("\n")


def test_a_private_key_keeps_its_lines() -> None:
    """The body of a key goes line by line, so that a diff around it stays whole."""
    body = [_random(_ALNUM + "+/", 64) for _ in range(5)]
    marks = [f"-----{word} OPENSSH PRIVATE " + "KEY-----" for word in ("BEGIN", "END")]
    text = "\n".join(f"+{line}" for line in [marks[0], *body, marks[1], "lr = 1"])

    shown = redact_text(text)

    assert not any(line[:12] in shown for line in body)
    assert shown.count("\n") == text.count("\n")
    assert shown.endswith("\n+lr = 1")


@pytest.mark.parametrize("text", ['"{}\\n"', "{}"])
def test_a_private_key_that_is_cut_off(text: str) -> None:
    """A key whose end is missing, as in a capped diff, shows no line either."""
    body = _random(_ALNUM, 64)
    begin = "-----BEGIN RSA PRIVATE " + "KEY-----"

    assert body[:16] not in redact_text(text.format(f"{begin}\\n{body}"))
    assert body[:16] not in redact_text(text.format(f"{begin}\n{body}"))


_DIFF = """\
diff --git a/train.py b/train.py
index 1..2 100644
--- a/train.py
+++ b/train.py
@@ -1,6 +1,6 @@
 token = tokens[0]
-password = get_password(user)
+password = "hunter2"
+key = jax.random.PRNGKey(0)
 api_key = args.api_key
+run(token=token, pad_token=tok.pad_token)
+parser.add_argument("--hub-token", type=str, default="hunter2")
+url = os.environ.get("DB_PASSWORD", "hunter2")
+headers["Authorization"] = f"Bearer {token}"
+# password: hunter2
diff --git a/conf.yaml b/conf.yaml
--- a/conf.yaml
+++ b/conf.yaml
@@ -1,2 +1,2 @@
 lr: 0.1
+db: {user: me, password: hunter2}
+password: hunter2 hunter2
diff --git a/deploy/.env b/deploy/.env
new file mode 100644
--- /dev/null
+++ b/deploy/.env
@@ -0,0 +1,2 @@
+ANYTHING=hunter2
+hunter2
"""


def test_a_diff_is_redacted_by_kind_of_file() -> None:
    """Programs keep their code, settings lose values, secret files show no line."""
    shown = redact_diff(_DIFF)

    assert "hunter2" not in shown
    assert shown.count("\n") == _DIFF.count("\n")
    for kept in (
        " token = tokens[0]\n",
        "-password = get_password(user)\n",
        '+password = "[redacted]"\n',
        "+key = jax.random.PRNGKey(0)\n",
        " api_key = args.api_key\n",
        "+run(token=token, pad_token=tok.pad_token)\n",
        '+headers["Authorization"] = f"Bearer {token}"\n',
        " lr: 0.1\n",
        "+++ b/deploy/.env\n@@ -0,0 +1,2 @@\n+[redacted]\n",
    ):
        assert kept in shown


def test_names_decide_at_every_depth_of_a_mapping() -> None:
    """Lists, sections and numbers under a secret name go, their neighbours stay."""
    given_values = {
        "model": {"tokenizer": "gpt2", "hub": [{"hf_token": "abc"}, "plain"]},
        "credentials": {"user": "me", "anything": 5},
        "password": 12345,
        "api_keys": ["one", "two"],
        "remote": "https://me:pw@host/x",
        "max_tokens": 5,
        "none": None,
    }

    assert redact_mapping(given_values) == {
        "model": {"tokenizer": "gpt2", "hub": [{"hf_token": REDACTED}, "plain"]},
        "credentials": REDACTED,
        "password": REDACTED,
        "api_keys": [REDACTED, REDACTED],
        "remote": "https://[redacted]@host/x",
        "max_tokens": 5,
        "none": None,
    }


def test_a_mapping_that_contains_itself_ends() -> None:
    """A structure without an end is cut, not followed for ever."""
    endless: dict[str, object] = {"lr": 1}
    endless["again"] = endless

    assert REDACTED in str(redact_mapping(endless))


def test_values_of_the_environment_are_known_secrets() -> None:
    """A secret from the environment is found where neither name nor shape gives it away."""
    environment = {"CORP_TOKEN": "zq8xk2mvp0", "PAD_TOKEN": "padding1", "PASSWORD": "training"}

    secrets = secret_values(environment)

    assert secrets == ["zq8xk2mvp0"]
    assert (
        redact_text("run zq8xk2mvp0 of training", secrets=secrets) == "run [redacted] of training"
    )


@pytest.mark.parametrize("value", [True, False, None, "", 5, 0.1, b"", [], {}])
def test_flags_and_numbers_are_no_tokens(value: object) -> None:
    """A switch or a count under a token's name is a setting."""
    assert not looks_secret("hf_token", value)


_PIECES = st.sampled_from(
    [*NAMED, *SHAPES.values(), *"=:\"'\\ \n+-#(){}[]<>,;&?@/|", "https://", "f'", "Bearer ", "a7x"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    """What is stored redacted can be redacted again on its way out, and lines stay lines."""
    once = redact_text(text)

    assert redact_text(once) == once
    assert once.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "piece",
    ["a", "a.", "a=", 'password="', "x://a:", "-----BEGIN PRIVATE KEY-----\n", "--token ", "\\"],
)
def test_time_is_linear_in_the_text(piece: str) -> None:
    """No input makes the search quadratic: eight times the text, not sixty-four times the time."""

    def best(length: int) -> float:
        text = piece * (length // len(piece))
        spent = []
        for _ in range(3):
            start = time.process_time()
            redact_text(text)
            spent.append(time.process_time() - start)
        return min(spent)

    assert best(320_000) < 24 * best(40_000) + 0.05
