"""Find secrets in running text by the name beside them or their place in a URL.

The regular expressions module holds the interpreter's lock for the length of one search,
and a captured diff is read beside a training loop. So texts are searched window by
window, some tens of kilobytes at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum

from neural.tracking._secret_names import (
    Strength,
    could_be_secret,
    is_number,
    looks_random,
    strength_of,
)

__all__ = ["REDACTED", "Reading", "redact_assignments", "redact_urls", "substitute"]

#: Stands where a secret stood.
REDACTED = "[redacted]"

#: Characters searched in one call, and how far a match may reach beyond them.
_WINDOW, _REACH = 32_768, 8_192


class Reading(Enum):
    """How a value without quotes is understood."""

    #: A word is a value: ``password: hunter2``.
    TEXT = "text"
    #: A word is a variable: ``token = tokens[0]``; comments are still texts.
    CODE = "code"


def substitute(pattern: re.Pattern[str], new: Callable[[re.Match[str]], str], text: str) -> str:
    """Return what ``pattern.sub(new, text)`` does, searching window by window."""
    parts, end = [], 0
    for match in _matches(pattern, text):
        parts += [text[end : match.start()], new(match)]
        end = match.end()
    return "".join(parts) + text[end:] if parts else text


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    position = 0
    while position < len(text):
        limit = position + _WINDOW
        match = pattern.search(text, position, limit + _REACH)
        if match is not None and match.end() == limit + _REACH:
            match = pattern.match(text, match.start())  # cut by the window: look again
        if match is None:
            position = limit
            continue
        yield match
        position = max(match.end(), match.start() + 1)


# --- URLs -------------------------------------------------------------------------------

_USER_INFO = re.compile(
    r"""(?P<scheme>(?<![A-Za-z0-9+.])[A-Za-z][A-Za-z0-9+.\-]{1,30}://)
    (?P<user>[^\s/@:?\#"'<>`]{0,1024})
    (?P<rest>:(?!\d{1,5}[/?\#])(?:[^\s/"'<>`]{0,1024}@|[^\s"'<>`@]{0,1024}@)|@)""",
    re.VERBOSE,
)
_LOGIN_SCHEMES = frozenset(("ssh://", "git+ssh://", "svn+ssh://", "sftp://", "rsync://", "hdfs://"))
#: The part behind the colon is a version there: ``docker://image:22.04@sha256:…``.
_IMAGE_SCHEMES = frozenset(("docker://", "oci://", "docker-daemon://"))
_SIGNATURE = re.compile(
    r"(?i)(?<=[?&;])(sig|signature|hmac|x-amz-(?:signature|credential|security-token)"
    r"|x-goog-(?:signature|credential)|googleaccessid|awsaccesskeyid)=[^&#;\s\"'<>`]{1,4096}"
)


def redact_urls(text: str) -> str:
    """Return ``text`` without user-info and signatures in its URLs."""
    if "://" in text:
        text = substitute(_USER_INFO, _without_user, text)
    return substitute(_SIGNATURE, lambda match: f"{match[1]}={REDACTED}", text)


def _without_user(match: re.Match[str]) -> str:
    scheme = match["scheme"].lower()
    only_user = match["rest"] == "@"
    if scheme in _IMAGE_SCHEMES or (only_user and scheme in _LOGIN_SCHEMES):
        return match[0]
    if only_user and match["user"] in ("git", ""):
        return match[0]
    return f"{match['scheme']}{REDACTED}@"


# --- name and value ---------------------------------------------------------------------

#: A name and the sign that ties a value to it, up to where the value begins.
_NAME = re.compile(
    r"""(?<![A-Za-z0-9_$])(?<![A-Za-z0-9_][.\-])
    (?P<quote>\\{0,4}["'`])?(?P<name>[A-Za-z_][\w.\-]{0,199})(?P<closing>\\{0,4}["'`])?
    [ \t]{0,8}\]?[ \t]{0,8}
    (?::[ \t]{0,8}[A-Za-z_][\w.\[\]|, \t]{0,60}(?==))?     # a type, as in key: str = "…"
    (?P<sign>=>|:=|={1,3}|!=|:(?!//)|\()[ \t]{0,8}""",
    re.VERBOSE,
)
_QUOTED = re.compile(
    r"""(?P<open>[fFbBrRuU]{0,2}(?:(?P<plain>\"\"\"|'{3}|["'`])|(?P<escaped>\\{1,4}["'])))
    (?P<text>(?(plain)(?:\\.|(?!(?P=plain))[^\\\n]){0,8000}|(?:(?!(?P=escaped))[^\n]){0,8000}))
    (?P<close>(?(plain)(?P=plain)|(?P=escaped)))""",
    re.VERBOSE,
)
_SCHEME = r"(?:(?:Bearer|Basic|Token|Digest|Bot|ApiKey)[ \t]+)?"
_TO_LINE_END = re.compile(r"[^\r\n]+")
_TO_BLANK = re.compile(rf"(?i:{_SCHEME})[^\s\"'`;&]+")
_IN_QUERY = re.compile(r"[^&#\s\"'`<>]+")
_LINE_START = re.compile(r"[+\- ]?[ \t]*(?:(?:export|set|ENV|ARG|[-*>$#])[ \t]+|//[ \t]*|\"|')*")
_EXPRESSION = re.compile(r"[!*&]?[A-Za-z_][\w.]*\s*[(\[{]|[(\[{|>]|[+\-]?\s*(?:lambda|not|await)\s")
_TYPE = re.compile(r"(?:str|int|float|bool|bytes|dict|list|tuple|Any|Optional)\b(?![-+/=])")
_REFERENCE = re.compile(r"[A-Za-z_][\w.]*")

_ELEMENT = re.compile(r"(?<=<)([A-Za-z_][\w.\-]{0,79})>([^<\n]{1,4000})(?=</)")
_OPTION = re.compile(
    r"""((?:(?<![\w\-])--|(?<=[ \t"'])-)[A-Za-z][\w.\-]{1,79}) ([ \t]+) ((?![-|&<>\[({=:])
    (?:"[^"\n]{0,4000}"|'[^'\n]{0,4000}'|[^\s"'`;]{1,4000}))""",
    re.VERBOSE,
)
_PAIR = re.compile(
    r"""(?P<head>(?:\b(?:get|getenv|setdefault|setenv|putenv|set|setItem|header|append|add)
        \(\s{0,40}(?P<q1>["'])(?P<name>[A-Za-z_][\w.\-]{0,79})(?P=q1)
      | (?P<q2>["'])(?P<option>--?[A-Za-z][\w.\-]{1,79})(?P=q2))
    \s{0,40},(?:[^()]{0,400}?\bdefault\s{0,4}=)?\s{0,40}[+\-]?\s{0,40}[fbruFBRU]{0,2}(?P<q3>["']))
    (?P<value>(?!-)(?:(?!(?P=q3))[^\\\n]|\\.){1,4000})(?=(?P=q3))""",
    re.VERBOSE,
)
#: Ways to name a value that need no sign between the two; the last group is the value.
_SPOKEN = (
    re.compile(r"()\b(?:login|machine)[ \t]+\S{1,400}[ \t\n]+(password)[ \t]+(\S{1,4000})"),
    re.compile(r"(?m)^()[+\- ]?[ \t]*(?:ENV|ARG)[ \t]+([A-Za-z_]\w{0,79})[ \t]+([^\s=][^\n]*)"),
    re.compile(
        r"""(\bname[ \t]*:[ \t]*["']?)([A-Za-z_][\w.\-]{0,79})["']?[ \t]*[,\n][+\- ]?[ \t]*
        value[ \t]*:[ \t]*([^\n]+)""",
        re.VERBOSE,
    ),
)
#: A section of a settings file and the lines under it, which stand further in.
_SECTION = re.compile(
    r"(?m)^([+\- ]?[ \t]{0,40})([A-Za-z_][\w\-]{0,79}):[ \t]*\n((?:\1[ \t]+[^\n]*(?:\n|\Z))+)"
)


def redact_assignments(text: str, reading: Reading) -> str:
    """Return ``text`` without the values that stand beside names of secrets.

    Args:
        text: Any text.
        reading: What a value without quotes is.
    """
    parts, end = [], 0
    for match in _matches(_NAME, text):
        # A value may hold further names; those were taken out with it.
        strength = _strength_of(match) if match.start() >= end else Strength.NONE
        if strength is Strength.NONE:
            continue
        start, stop = _value_span(text, match, strength, reading)
        if stop > start:
            parts += [text[end:start], REDACTED]
            end = stop
    text = "".join(parts) + text[end:]
    text = substitute(_PAIR, _without_pair_value, text)
    if reading is Reading.TEXT:
        text = substitute(_SECTION, _without_section, text)
    for pattern in _SPOKEN:
        text = substitute(pattern, _without_last_group, text)
    if "--" in text or " -" in text:
        text = substitute(_OPTION, _without_option_value, text)
    return substitute(_ELEMENT, _without_element, text) if "</" in text else text


def _strength_of(match: re.Match[str]) -> Strength:
    if match["sign"] != "(":
        return strength_of(match["name"])
    # A call: what is called decides, not what it belongs to, as in password.decode("utf-8").
    if match["closing"] or match[0].rstrip()[-2].isspace():
        return Strength.NONE
    return strength_of(match["name"].rpartition(".")[2])


def _value_span(
    text: str, name: re.Match[str], strength: Strength, reading: Reading
) -> tuple[int, int]:
    """Return where the secret value behind ``name`` begins and ends, equal for none."""
    start = name.end()
    quoted = _QUOTED.match(text, start)
    if quoted is not None:
        secret = could_be_secret(strength, name["name"], quoted["text"])
        return quoted.span("text") if secret else (start, start)
    if name["sign"] == "(":
        return start, start
    bare = _bare_value(text, name)
    stop = start + len(bare)
    if reading is Reading.TEXT:
        readable = _is_value(bare)
    elif _in_comment(text, name.start()):
        readable = _is_value(bare) and (strength is Strength.STRONG or not _is_prose(bare))
    else:
        readable = _is_literal(bare, strength)
    secret = readable and could_be_secret(strength, name["name"], bare.rstrip(",;"))
    return (start, stop) if secret else (start, start)


def _bare_value(text: str, name: re.Match[str]) -> str:
    start = name.end()
    if name["quote"] and not name["closing"]:  # 'Authorization: Bearer …'
        end = text.find(name["quote"], start, start + 8000)
        value = text[start:end] if end >= 0 else ""
        if value and "\n" not in value:
            return value
    before = text[max(0, name.start() - 1) : name.start()]
    if name["sign"] == "=" and before in ("?", "&") and before:
        return _first(_IN_QUERY, text, start)
    line = text.rfind("\n", max(0, name.start() - 200), name.start()) + 1
    if _LINE_START.fullmatch(text, line, name.start()):
        return _first(_TO_LINE_END, text, start).rstrip()
    return _first(_TO_BLANK, text, start).rstrip(")]},.\\")


def _first(pattern: re.Pattern[str], text: str, start: int) -> str:
    match = pattern.match(text, start, start + 8000)
    return match[0] if match else ""


def _in_comment(text: str, position: int) -> bool:
    line = text.rfind("\n", max(0, position - 400), position) + 1
    return re.search(r"#|//|^[+\- ]?\s*\*", text[line:position]) is not None


def _is_value(bare: str) -> bool:
    """Return whether a word without quotes can be a value rather than an expression."""
    if _EXPRESSION.match(bare):
        return False
    word = bare.rstrip(",);:")
    if _TYPE.match(word):
        return False
    # password=args.password hands a variable on and shows nothing of it.
    return not _REFERENCE.fullmatch(word) or strength_of(word) is Strength.NONE


def _is_prose(bare: str) -> bool:
    return bare.split()[0].strip(",.;").isalpha() if bare.split() else True


def _is_literal(bare: str, strength: Strength) -> bool:
    word = bare.split()[0].rstrip(",;)") if bare.split() else ""
    if strength is Strength.STRONG and is_number(word):
        return True
    return not _REFERENCE.match(word) and looks_random(word, 8)


def _without_pair_value(match: re.Match[str]) -> str:
    name = match["name"] or match["option"].lstrip("-")
    value = match["value"]
    # A help text has blanks; a default or an argument that is a secret has none.
    secret = " " not in value and could_be_secret(strength_of(name), name, value)
    return match["head"] + (REDACTED if secret else value)


def _without_last_group(match: re.Match[str]) -> str:
    secret = could_be_secret(strength_of(match[2]), match[2], match[3])
    return match[0][: match.start(3) - match.start()] + REDACTED if secret else match[0]


def _without_section(match: re.Match[str]) -> str:
    if strength_of(match[2]) is not Strength.STRONG:
        return match[0]
    lines = re.sub(r"(?m)^([+\- ]?[ \t]*(?:[\w\-]+:[ \t]*)?)\S[^\n]*", rf"\1{REDACTED}", match[3])
    return match[0][: match.start(3) - match.start()] + lines


def _without_option_value(match: re.Match[str]) -> str:
    name, value = match[1].lstrip("-"), match[3]
    quote = value[0] if value[0] in "\"'" else ""
    secret = could_be_secret(strength_of(name), name, value.strip("\"'"))
    return f"{match[1]}{match[2]}{quote}{REDACTED}{quote}" if secret else match[0]


def _without_element(match: re.Match[str]) -> str:
    secret = could_be_secret(strength_of(match[1]), match[1], match[2])
    return f"{match[1]}>{REDACTED}" if secret else match[0]
