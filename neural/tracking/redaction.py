"""Take secrets out of what is captured: command lines, diffs, remotes, environments.

Three things give a secret away, and each is looked for on its own: the name it stands
under (whole words: ``hf_token``, never ``tokenizer``), its place in a URL (user-info and
signatures), and its shape (keys of known services, private keys). Hyperparameters that a
user logs are kept as given; :func:`looks_secret` lets a caller warn about them.

Every function here is pure, and applying one twice changes nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from neural.tracking._secret_names import (
    Strength,
    could_be_secret,
    looks_random,
    strength_of,
    words_of,
)
from neural.tracking._secret_shapes import HEADER_VALUE, PEM_BLOCK, TOKEN
from neural.tracking._secret_text import (
    REDACTED,
    Reading,
    redact_assignments,
    redact_urls,
    substitute,
)

__all__ = [
    "REDACTED",
    "looks_secret",
    "redact_argv",
    "redact_diff",
    "redact_mapping",
    "redact_text",
    "redact_url",
    "secret_values",
]

#: Deeper than any configuration; also ends a structure that contains itself.
_MAX_DEPTH = 64


def redact_text(text: str, *, secrets: Collection[str] = ()) -> str:
    """Return ``text`` without the secrets in it; everything else stays as it is.

    Args:
        text: Any text: a log, a script, a header, a connection string.
        secrets: Values known to be secret, which are taken out wherever they stand; see
            :func:`secret_values`.

    Example:
        >>> redact_text("curl -H 'X-Api-Key: abc123' https://me:pw@host/x?max_tokens=5")
        "curl -H 'X-Api-Key: [redacted]' https://[redacted]@host/x?max_tokens=5"
    """
    return _redact(text, Reading.TEXT, secrets)


def redact_url(url: str) -> str:
    """Return a URL or git remote without user-info, signatures and keys.

    The user of an SSH address is kept, it is part of the address and no secret.

    Example:
        >>> redact_url("https://ghs_token@github.com/team/repo.git")
        'https://[redacted]@github.com/team/repo.git'
        >>> redact_url("git@github.com:team/repo.git")
        'git@github.com:team/repo.git'
    """
    return redact_text(url)


def redact_diff(diff: str, *, secrets: Collection[str] = ()) -> str:
    """Return a unified diff with the secrets taken out of its lines.

    The lines themselves stay, so line counts still agree with the hunk headers. Programs
    are read as programs (``token = tokens[0]`` is kept), settings as settings, and of
    files that exist to hold secrets (``.env``, ``id_rsa``) no line is shown.

    Args:
        diff: Output of ``git diff``.
        secrets: As in :func:`redact_text`.
    """
    # The group of the pattern makes split return the headers, too.
    before, *sections = re.split(r"(?m)^(diff --git .*\n?)", diff)
    parts = [_redact(before, Reading.TEXT, secrets)]
    for header, body in zip(sections[::2], sections[1::2], strict=True):
        parts.append(_redact(header, Reading.TEXT, secrets))
        parts.append(_redact_file(header, body, secrets))
    return "".join(parts)


def redact_argv(argv: Sequence[str], *, secrets: Collection[str] = ()) -> list[str]:
    """Return a command line with the values of secret options taken out.

    Understood are ``--api-key X``, ``--api-key=X``, ``-api_key X``, ``api_key=X``,
    ``group.api_key=X``, several values after a plural (``--api-keys A B``), and with
    their context ``-u user -p X``, ``-u user:X`` and ``login X``. What is found is then
    also taken out of every other argument.

    Args:
        argv: The arguments, the program first or not.
        secrets: As in :func:`redact_text`.

    Example:
        >>> redact_argv(["train.py", "--api-key", "abc", "--use_cls_token", "1", "--lr=0.1"])
        ['train.py', '--api-key', '[redacted]', '--use_cls_token', '1', '--lr=0.1']
    """
    found: list[str] = []
    shown: list[str] = []
    option = ""  # the secret option that takes the values that follow
    for index, argument in enumerate(argv):
        if option and not _is_option(argument):
            if could_be_secret(strength_of(option), option, argument):
                found.append(argument)
                argument = REDACTED
            option = option if words_of(option)[-1] in _SEVERAL else ""
        else:
            option = argument.lstrip("-") if _takes_secret(argument) else ""
            if secret := _secret_in(argv, index):
                found.append(secret)
                # From the right: "--pass=s" must keep its own letter s.
                argument = REDACTED.join(argument.rsplit(secret, 1))
        shown.append(argument)
    known = [*secrets, *(secret for secret in found if _is_telling(secret))]
    return [redact_text(argument, secrets=known) for argument in shown]


def redact_mapping(mapping: Mapping[str, Any], *, secrets: Collection[str] = ()) -> dict[str, Any]:
    """Return a copy of a JSON-like mapping with the secrets in it taken out.

    Names decide as in :func:`looks_secret`; all other texts in it, at any depth, go
    through :func:`redact_text`. Values that are no text, list or mapping are kept.

    Args:
        mapping: Keys and values; not changed.
        secrets: As in :func:`redact_text`.

    Example:
        >>> redact_mapping({"wandb": {"api_key": "abc"}, "num_memory_tokens": 8})
        {'wandb': {'api_key': '[redacted]'}, 'num_memory_tokens': 8}
    """
    return {key: _redact_item(str(key), value, secrets, 1) for key, value in mapping.items()}


def looks_secret(key: str, value: object) -> bool:
    """Return whether ``value`` would be redacted if it were captured under ``key``.

    Args:
        key: Name of a parameter, option or variable; a dotted path works.
        value: Anything. A flag, ``None`` and a placeholder such as ``"$HF_TOKEN"`` or
            ``"<pad>"`` are never secrets; of other values than texts only those under
            names such as ``password`` are.

    Example:
        >>> looks_secret("hub_token", "abc"), looks_secret("pad_token", "<pad>")
        (True, False)
    """
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if isinstance(value, str):
        return could_be_secret(strength_of(key), key, value) or redact_text(value) != value
    if value is None or isinstance(value, bool) or value in ({}, []):
        return False
    return strength_of(key) is Strength.STRONG


def secret_values(environment: Mapping[str, str]) -> list[str]:
    """Return the secrets among environment variables, longest first.

    Given to the other functions as ``secrets`` they catch copies that nothing around
    them gives away. Values that could be ordinary words are left out: taking those out
    of a text would only spoil it.
    """
    values = {
        value
        for name, value in environment.items()
        if could_be_secret(strength_of(name), name, value) and _is_telling(value)
    }
    return sorted(values, key=lambda value: (-len(value), value))


def _is_telling(value: str) -> bool:
    return looks_random(value, 8) or (len(value) >= 12 and not value.isalpha() and " " not in value)


def _redact(text: str, reading: Reading, secrets: Collection[str]) -> str:
    text = substitute(PEM_BLOCK, _blank_key_block, text)
    text = redact_urls(text)
    text = redact_assignments(text, reading)
    text = substitute(TOKEN, lambda _: REDACTED, text)
    text = substitute(HEADER_VALUE, _blank_header, text)
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    return text


def _blank_key_block(match: re.Match[str]) -> str:
    # Every line keeps its first character: in a diff it is the line's +, - or blank.
    first, *lines = re.split(r"\n", match[2])
    rest = [line if len(line) < 2 else line[0] + REDACTED for line in lines]
    return match[1] + "\n".join([REDACTED if first.strip("\\n \r") else first, *rest])


def _blank_header(match: re.Match[str]) -> str:
    return match[1] + REDACTED if looks_random(match[2], 8) else match[0]


_SECRET_FILE = re.compile(
    r"""(?:^|/)(?: \.env(?:\.(?!example|sample|template|dist)[\w.-]+)? | [\w.-]+\.env
    | id_(?:rsa|dsa|ecdsa|ed25519) | [\w.-]+\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc)
    | [._]netrc | \.(?:pypirc|npmrc|pgpass|htpasswd|git-credentials|dockercfg|my\.cnf|s3cfg|boto)
    | (?:[\w.-]*[._-])?(?:secrets?|credentials?)(?:\.(?:ya?ml|json|toml|ini|txt|env|cfg|conf))?
    | service[-_]account[\w.-]*\.json | kubeconfig )$""",
    re.VERBOSE | re.IGNORECASE,
)
_CODE_FILE = re.compile(
    r"\.(?:pyi?|pyx|[jt]sx?|mjs|c|h|cc|cpp|cxx|hpp|cuh?|java|kt|go|rs|rb|php|cs|swift|scala|r|jl|lua)$",
    re.IGNORECASE,
)


def _redact_file(header: str, body: str, secrets: Collection[str]) -> str:
    path = header.rstrip().rstrip('"').rpartition(" ")[2].removeprefix("b/")
    head, hunks = _split_hunks(body)
    head = _redact(head, Reading.TEXT, secrets)
    if _SECRET_FILE.search(path):
        return head + re.sub(r"(?m)^([+\- ])[^\n]+", rf"\1{REDACTED}", hunks)
    reading = Reading.CODE if _CODE_FILE.search(path) else Reading.TEXT
    return head + _redact(hunks, reading, secrets)


def _split_hunks(body: str) -> tuple[str, str]:
    start = body.find("@@") if body.startswith("@@") else body.find("\n@@") + 1
    return (body[:start], body[start:]) if start or body.startswith("@@") else (body, "")


_OPTION = re.compile(r"--[\w.\-]*(?:=.*)?|-[A-Za-z][A-Za-z_.\-]{0,24}", re.DOTALL)
_NAMED = re.compile(r"[-+~]*([A-Za-z_][\w.\-/@]*)=(.+)", re.DOTALL)
_SEVERAL = frozenset(("keys", "tokens", "passwords", "secrets"))
#: Beside one of these a short -p is a password.
_COMPANY = frozenset(("-u", "--user", "--username", "--login", "-U", "sshpass"))


def _is_option(argument: str) -> bool:
    return _OPTION.fullmatch(argument) is not None


def _takes_secret(argument: str) -> bool:
    name = argument.lstrip("-")
    return (
        argument.startswith("-")
        and "=" not in name
        and strength_of(name) > Strength.NONE
        and len(name) > 1
    )


def _secret_in(argv: Sequence[str], index: int) -> str:
    """Return the secret that the argument at ``index`` holds or is, or an empty text."""
    argument = argv[index]
    if named := _NAMED.fullmatch(argument):
        name, value = named[1], named[2]
        return value if could_be_secret(strength_of(name), name, value) else ""
    before = argv[index - 1] if index else ""
    if before in ("-u", "--user") and (pair := re.fullmatch(r"([^:/\s]+):([^/\s]+)", argument)):
        return "" if pair[2].isdigit() else pair[2]
    if before == "-p" and _COMPANY.intersection(argv) and re.search(r"[^\d:./]", argument):
        return argument
    if before == "login" and re.fullmatch(r"(?:local-)?[0-9a-f]{32,}|\w{40,}", argument):
        return argument
    return ""


def _redact_item(key: str, value: Any, secrets: Collection[str], depth: int) -> Any:
    if depth > _MAX_DEPTH:
        return REDACTED
    strength = strength_of(key)
    if strength is Strength.STRONG and looks_secret(key, value):
        return REDACTED
    if isinstance(value, str):
        hidden = could_be_secret(strength, key, value)
        return REDACTED if hidden else redact_text(value, secrets=secrets)
    if isinstance(value, Mapping):
        return {k: _redact_item(str(k), v, secrets, depth + 1) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redact_item(key, item, secrets, depth + 1) for item in value]
    return value
