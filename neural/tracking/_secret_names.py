"""Which names hold secrets, and which values can be one.

A name is split into words (``hf_token``, ``hf-token``, ``hfToken`` and ``HF_TOKEN`` are
all *hf token*) and only whole words count: ``tokenizer`` and ``num_memory_tokens`` are
ordinary options. Some words decide alone (``password``), some only beside others
(``api key``, but not ``key dim``), and some only together with a value that looks random.
"""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise

__all__ = ["Strength", "could_be_secret", "is_number", "looks_random", "strength_of", "words_of"]


class Strength(IntEnum):
    """How far a name alone decides that its value is a secret."""

    NONE = 0
    #: Only a value that looks random is one: ``corp_token``, ``key``, ``use_auth_token``.
    WEAK = 1
    #: Any text is, but not a small number: ``api_key``, ``token``.
    CERTAIN = 2
    #: Any value is, numbers and whole sections too: ``password``, ``credentials``.
    STRONG = 3


_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: These decide alone, wherever they stand in the name.
_STRONG = _set(
    "password passwords passwd passphrase passcode secret secrets credential credentials"
    " creds authorization bearer mnemonic apisecret clientsecret appsecret dbpassword"
    " userpassword rootpassword dbpasswd"
)
#: As do words that end so: ``PGPASSWORD``.
_STRONG_ENDINGS = ("password", "passwords", "passwd", "passphrase")
#: Companies and services that hand out keys and tokens.
_VENDORS = _set(
    "anthropic aws azure bitbucket cerebras civitai clearml cohere comet databricks dagshub"
    " deepl deepseek digitalocean discord dockerhub dropbox elevenlabs fireworks gcp gemini"
    " gh github gitlab google groq hf huggingface jira kaggle lakefs langchain langsmith"
    " linode mistral mlflow modal neptune netlify ngc ngrok npm nvidia openai openrouter"
    " paperspace perplexity pinecone pypi pushover qdrant replicate roboflow runpod salesforce"
    " sendgrid sentry serpapi slack snowflake stability stripe supabase tavily telegram together"
    " twilio twitter vast vercel voyage wandb weaviate xai zenodo"
)
_TOKEN_OWNERS = _VENDORS | _set(
    "access account admin api app auth authentication azuread bot ci client cloud credential"
    " csrf deploy gate gateway hub id identity jupyter jwt login master oauth oidc personal pip"
    " private project push readonly refresh registry repo robot root sas secret secure security"
    " service session sso upload user vault web webhook workspace xsrf"
)
_KEY_OWNERS = _VENDORS | _set(
    "access api apis auth deploy encryption hmac license licence private secret signing ssh"
    " subscription"
)
_PASS_OWNERS = _set(
    "admin auth basic cert db database docker email ftp git http imap jupyter ldap login mail"
    " mongo mqtt my mysql pg postgres proxy rabbitmq redis registry root server sftp smtp sql ssh"
    " ssl sudo user vault vnc"
)
#: Beside ``token`` these speak of language models, or of pages of results.
_TEXT_WORDS = _set(
    "action add answer assistant attention attn audio begin blank block bos boundary byte cap"
    " caption char class cls code codec common concept context continuation control cross cursor"
    " decoder delimiter dist distill distillation distilled domain drop dropout dummy dynamic"
    " embed embedding encoder end eod eom eos eot extra feature fim final first fixed forced frame"
    " frequent fuse global go goal hard hidden image img infill initial initializer input inputs"
    " instance keep label lang language last latent learnable learned linear local loss mask"
    " masked mean media memory merge middle mixed modality modifier motion multi music new newline"
    " next noise null object only ori out output pad padding page pair patch pause per placeholder"
    " point pool pos position predict prediction prefix prev previous prompt prune query question"
    " random rare raw read reasoning region register registers rel reward role routing row sample"
    " sampled scene semantic sentence sep separator seq sequence shared single sink soft sos source"
    " space sparse speaker special speech split src start state stop strip style sub subword suffix"
    " summary switch tag target task temporal text tgt think thinking time timestep tool top"
    " trainable trigger turn type unk unknown video vision visual vocab vocabulary word"
)
_COUNTS = _set("num n max min total count avg len length")
_SWITCHES = _set(
    "use has is with without no enable disable allow require show hide check force need needs"
)
#: As last word these say that the value is about the secret, not the secret.
_ABOUT = _set(
    "column col count dim dims dir directory env enabled field file filename filepath format"
    " index len length manager max min mode name names num number path policy prefix provider"
    " required size store suffix ttl type types uri url urls var variable version"
)
_ONE_WORD = (
    frozenset(f"{owner}token" for owner in _TOKEN_OWNERS)
    | frozenset(f"{owner}key" for owner in _KEY_OWNERS)
    | _set("apikeys accesskeyid secretaccesskey jwt")
)


def words_of(name: str) -> list[str]:
    """Return the words of a snake, kebab, dotted or camel case name, in lower case."""
    return [word.lower() for word in _WORD.findall(name)]


@lru_cache(maxsize=4096)
def strength_of(name: str) -> Strength:
    """Return how far ``name`` alone decides that its value is a secret.

    Args:
        name: A key, an option with or without dashes, or a dotted path. Every part of a
            path is read for words that decide alone (``secrets.github``), the last part
            for the others.
    """
    parts = [words for part in name.split(".") if (words := words_of(part))]
    if not parts:
        return Strength.NONE
    if parts[-1] in (["key"], ["keys"]):
        parts[-1] = parts[-2][-1:] + parts[-1] if len(parts) > 1 else parts[-1]  # api.key
    if "webhook" in parts[-1]:
        return Strength.WEAK
    if parts[-1][-1] in _ABOUT or _COUNTS.intersection(parts[-1][:-1]):
        return Strength.NONE
    strength = _strength_of_words(parts[-1])
    if any(word in _STRONG or word.endswith(_STRONG_ENDINGS) for part in parts for word in part):
        strength = Strength.STRONG
    return min(strength, Strength.WEAK) if parts[-1][0] in _SWITCHES else strength


def _strength_of_words(words: list[str]) -> Strength:
    if _ONE_WORD.intersection(words):
        return Strength.CERTAIN
    for owner, word in pairwise(words):
        if word in ("key", "keys") and owner in _KEY_OWNERS:
            return Strength.CERTAIN
    return _strength_of_last_word(words[-1], frozenset(words[:-1]))


def _strength_of_last_word(last: str, others: frozenset[str]) -> Strength:
    if last in ("pass", "pwd"):
        if last == "pwd" and others:
            return Strength.STRONG
        return Strength.CERTAIN if not others or others & _PASS_OWNERS else Strength.NONE
    if last in ("token", "tokens"):
        return _token_strength(last, others)
    if last == "pat" and others & _VENDORS:
        return Strength.CERTAIN
    return Strength.WEAK if last in _WEAK_LAST else Strength.NONE


_WEAK_LAST = _set("key keys auth cookie cookies")


def _token_strength(last: str, others: frozenset[str]) -> Strength:
    if others & _TOKEN_OWNERS:
        return Strength.CERTAIN
    if last == "tokens" or others & _TEXT_WORDS:
        return Strength.NONE
    return Strength.WEAK if others else Strength.CERTAIN


_NUMBER = re.compile(r"[+-]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_NOT_A_VALUE = _set("true false none null yes no on off nan undefined optional required")
#: A marker in angle or square brackets, a variable, a template: no secret stands there.
_PLACEHOLDER = re.compile(
    r"""\[redacted\]|<[^<>]{0,60}>|\[[^\[\]]{0,60}\]
    |\$[A-Z_][A-Z0-9_]*|\$\d|\$\{\{?[^{}]*\}?\}|\$\([^()]*\)|\{\{?[^{}]*\}?\}|%\(?\w*\)?[sd]?%?|\*{3,}|x{4,}|\.{3}
    """,
    re.VERBOSE,
)
#: An f-string or template around nothing: ``Key {api_key}``.
_TEMPLATE = re.compile(r"[A-Za-z]{0,8}[ :]?\{\{?[^{}]*\}?\}")
_HEADER_SCHEME = re.compile(r"(?:bearer|basic|token|bot|digest|apikey)\s+", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CHARACTERS = re.compile(r"[A-Za-z0-9_\-+/=.~:!@#$%^&*]+")
_RUNS = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")


def is_number(text: str) -> bool:
    """Return whether ``text`` is a decimal number of fewer than ten characters."""
    return len(text) < 10 and _NUMBER.fullmatch(text) is not None


def could_be_secret(strength: Strength, name: str, value: str) -> bool:
    """Return whether ``value`` under a name of this ``strength`` is to be taken out."""
    value = value.strip()
    bare = _HEADER_SCHEME.sub("", value, count=1)
    if not bare or bare.lower() in _NOT_A_VALUE or strength is Strength.NONE:
        return False
    if _TEMPLATE.fullmatch(bare):
        return False
    if _PLACEHOLDER.fullmatch(bare) and (strength < Strength.STRONG or bare[0] not in "<["):
        return False
    if strength is Strength.STRONG:
        return bare != "[redacted]"
    if strength is Strength.CERTAIN:
        return not is_number(bare) and not (words_of(name) == ["pwd"] and "/" in bare)
    return _weak_value(words_of(name), bare)


def _weak_value(words: list[str], value: str) -> bool:
    if "webhook" in words:
        return value.startswith("http") and value.count("/") > 3
    if words[-1] in ("auth", "cookie", "cookies") and re.search(r"[^:=\s]+[:=][^:=\s]+", value):
        return True
    return looks_random(value, 16 if words[-1] in ("key", "keys") else 8)


def looks_random(value: str, minimum: int) -> bool:
    """Return whether ``value`` looks made by a generator and not by a person.

    Args:
        value: One value without blanks.
        minimum: Length in characters from which an unbroken run of letters and digits
            counts. At 16 and more the run must also change between letters, capitals and
            digits often, so that ``observation_images_cam1`` is a name.
    """
    if _UUID.fullmatch(value):
        return True
    if len(value) < minimum or not _CHARACTERS.fullmatch(value):
        return False
    longest = max(re.split(r"[^A-Za-z0-9]+", value), key=len)
    changes = len(_RUNS.findall(longest)) - 1
    if minimum >= 16:
        return len(longest) >= 12 and changes >= max(3, len(longest) // 8)
    if longest.isalpha():
        return len(longest) >= 16 and changes > 2
    return len(longest) >= 8 and changes > 0
