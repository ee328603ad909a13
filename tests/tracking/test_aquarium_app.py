"""The dashboard as a program: what it refuses, what it prints, how it ends."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neural.errors import InvalidInputError, MissingExtraError, RefusedError
from neural.tracking import aquarium_app, comparison_ui
from neural.tracking.aquarium_app import create_app, launch_aquarium, main
from neural.tracking.ui.serving import listen
from neural.tracking.ui.tokens import TokenFile

Program = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Program]:
    """Return ``start(*flags, module=...)``; what still runs after the test is ended."""
    started: list[subprocess.Popen[str]] = []

    def run(*flags: str, module: str = "aquarium_app") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", f"neural.tracking.{module}", "--port", "0", *flags],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def address_of(process: subprocess.Popen[str]) -> str:
    """Wait for the line that says where the dashboard is, and return the address."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://\S+", line)
    assert found is not None, line + process.communicate()[1]
    return found[0]


def test_it_prints_its_address_answers_and_ends_cleanly(start: Program, tmp_path: Path) -> None:
    """Ctrl-C ends it with status 0 and not a word of a traceback."""
    process = start("--base-dir", str(tmp_path / "runs"))
    with urllib.request.urlopen(address_of(process)) as answer:
        assert answer.status == 200
        assert b"<title>Aquarium</title>" in answer.read()

    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert (process.returncode, out, err) == (0, "", "")


def test_looking_creates_no_run(start: Program, tmp_path: Path) -> None:
    """A store that is empty is shown as that; at most the derived index is made."""
    process = start("--base-dir", str(tmp_path))

    urllib.request.urlopen(address_of(process) + "api/v1/live").close()

    assert {path.name for path in tmp_path.iterdir()} <= {".aquarium"}


def test_looking_makes_no_folder(start: Program, tmp_path: Path) -> None:
    """A base_dir that does not exist, perhaps because it was mistyped, holds no runs."""
    process = start("--base-dir", str(tmp_path / "runs"))
    with urllib.request.urlopen(address_of(process)) as answer:
        assert answer.status == 200

    assert list(tmp_path.iterdir()) == []


def test_the_token_is_printed_once_and_logged_never(start: Program, tmp_path: Path) -> None:
    """Also not when it is used, wrongly given, or part of an address that fails."""
    process = start("--base-dir", str(tmp_path), "--token")
    address = address_of(process)
    token = (tmp_path / ".neural" / "token").read_text()
    assert address.endswith(f"/?token={token}")

    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    with browser.open(address) as answer:
        assert "token" not in answer.url
    for path in ("api/v1/nothing", "_dash-component-suites/x/y", "assets/none"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(address.replace("?", f"{path}?"))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert token not in out + err


@pytest.mark.parametrize(
    "flags",
    [
        ("--host", "0.0.0.0", "--debug"),
        ("--host", "0.0.0.0", "--no-token"),
        ("--host", "::", "--no-token"),
        ("--host", "192.168.1.20", "--no-token"),
        ("--host", "0.0.0.0", "--debug", "--token"),
    ],
    ids=" ".join,
)
def test_s1_s7_unsafe_settings_are_refused(
    flags: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and one line that says why and what to do; nothing is started or kept."""
    code = main(["--base-dir", str(tmp_path), "--port", "0", *flags])
    out, err = capsys.readouterr()

    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert err.startswith("aquarium: ")
    assert "is refused" in err
    assert "use host 127.0.0.1" in err
    assert list(tmp_path.iterdir()) == []


def test_s8_a_new_token_on_demand(start: Program, tmp_path: Path) -> None:
    """It replaces the one that was kept, and is asked for."""
    old = TokenFile(tmp_path).ensure()

    address = address_of(start("--base-dir", str(tmp_path), "--new-token"))

    assert TokenFile(tmp_path).current() != old
    assert address.endswith(f"/?token={TokenFile(tmp_path).current()}")


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_s1_off_loopback_there_is_a_token_without_asking(
    start: Program, tmp_path: Path, host: str
) -> None:
    """On loopback there is none."""
    process = start("--base-dir", str(tmp_path), "--host", host)

    address = address_of(process)

    assert ("?token=" in address) is (host == "0.0.0.0")
    assert (tmp_path / ".neural" / "token").exists() is (host == "0.0.0.0")


def test_a_port_in_use_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1: the user can mend it, and is told how."""
    with listen("127.0.0.1", 0) as other:
        port = str(other.getsockname()[1])
        code = main(["--base-dir", str(tmp_path), "--port", port])

    err = capsys.readouterr().err
    assert code == 1
    assert err.count("\n") == 1
    assert f"port {port} on 127.0.0.1 is in use" in err


def test_a_file_is_no_base_dir(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message names it."""
    (tmp_path / "runs").write_text("")

    code = main(["--base-dir", str(tmp_path / "runs"), "--port", "0"])

    assert code == 1
    assert "is a file; give the directory of the runs" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--port", "x"], ["--nonsense"]])
def test_wrong_usage(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 2 and how it is used."""
    with pytest.raises(SystemExit) as ended:
        main(flags)

    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_refused_settings_raise_in_python(tmp_path: Path) -> None:
    """From Python the same refusals are errors, before a port is opened."""
    with pytest.raises(RefusedError, match="debug with host"):
        launch_aquarium(tmp_path, host="0.0.0.0", debug=True)
    with pytest.raises(RefusedError, match="without a token"):
        create_app(tmp_path, host="0.0.0.0", token=False)
    with pytest.raises(InvalidInputError, match="port must be"):
        launch_aquarium(tmp_path, port=70000)


def test_a_missing_package_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra one is told what to install."""
    monkeypatch.setitem(sys.modules, "fastapi", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'neural-aquarium\[dashboard\]'"):
        create_app(tmp_path)


def test_the_compare_page_alone(start: Program, tmp_path: Path) -> None:
    """The second program opens on the compare page."""
    process = start("--base-dir", str(tmp_path), module="comparison_ui")
    address = address_of(process)

    for path in ("", "compare"):
        with urllib.request.urlopen(address + path) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("module", "port"), [(aquarium_app, "8053"), (comparison_ui, "8052")], ids=["all", "compare"]
)
def test_the_ports_are_those_of_the_documentation(
    module: type, port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each program has its own, so that both run at once."""
    with pytest.raises(SystemExit):
        module.main(["--help"])  # type: ignore[attr-defined]

    assert f"({port})" in capsys.readouterr().out


def test_starting_imports_nothing_heavy() -> None:
    """What only some charts need is imported by them, or starting would take seconds."""
    heavy = {"pandas", "scipy", "sklearn", "matplotlib", "flask", "torch", "mlflow", "wandb"}
    code = (
        "import sys; from neural.tracking.aquarium_app import create_app;"
        f"create_app('no-such-dir'); print(sorted({heavy!r} & set(sys.modules)))"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert out.stdout.strip() == "[]"
