"""Where a page may send runs: S23 and S26 of what was typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neural.errors import InvalidInputError, RefusedError
from neural.tracking.export_jobs.spec import JobSpec
from neural.tracking.export_jobs.targets import PageTargets
from neural.tracking.open_roots import OpenRoots

SECRET = "correct-horse-battery"


@pytest.fixture
def roots(tmp_path: Path) -> OpenRoots:
    """A store and nothing else."""
    return OpenRoots(tmp_path / "runs")


@pytest.fixture
def targets(roots: OpenRoots) -> PageTargets:
    """A server that was started without options."""
    return PageTargets(roots)


def mlflow(place: str) -> JobSpec:
    """Return an export to an address."""
    return JobSpec(platform="mlflow", place=place, runs=("a",))


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:5000", "http://localhost:5000/", "https://[::1]:5000"]
)
def test_this_machine(targets: PageTargets, address: str) -> None:
    """Nobody has to configure it."""
    assert targets.target(mlflow(address)).place == address


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org",
        "http://10.0.0.1:5000",
        "http://192.168.1.9",
        "http://169.254.169.254/latest",
        "http://metadata.google.internal",
        "http://0.0.0.0:5000",
        "http://[::]:5000",
        "http://2130706433",
        "http://0x7f.1",
        "http://127.0.0.1.nip.io",
        "http://localhost.evil.test",
        "http://[::ffff:10.0.0.1]",
        "https://localhost@evil.test",
        "http://127.0.0.1\\@evil.test",
        "http://127.0.0.1 .evil.test",
        "http://",
        "//127.0.0.1:5000",
        "ftp://127.0.0.1",
        "file:///etc",
        "postgresql://localhost/mlflow",
        "databricks",
        "mlruns",
        "",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:5000/?token=x",
    ],
)
def test_every_other_address(targets: PageTargets, address: str) -> None:
    """It is refused before anything is opened."""
    with pytest.raises((RefusedError, InvalidInputError)):
        targets.checked(mlflow(address))


def test_a_configured_server(roots: OpenRoots) -> None:
    """It is chosen by its address without secrets, and sent to with them."""
    address = f"http://me:{SECRET}@127.0.0.1:5000"
    targets = PageTargets(roots, [address])
    (shown,) = targets.addresses

    assert SECRET not in shown
    kept = targets.checked(mlflow(shown))
    assert SECRET not in json.dumps(kept.to_json())
    assert targets.target(kept).place == address


def test_a_server_that_is_not_configured_any_more(roots: OpenRoots) -> None:
    """A job that was kept is checked again before it goes on."""
    kept = PageTargets(roots, ["http://10.0.0.1:5000"]).checked(mlflow("http://10.0.0.1:5000"))

    with pytest.raises(RefusedError, match="--export-to"):
        PageTargets(roots).target(kept)


def test_a_password_is_not_typed(targets: PageTargets) -> None:
    """The message says where it belongs, and does not repeat it."""
    with pytest.raises(InvalidInputError, match="MLFLOW_TRACKING_PASSWORD") as refused:
        targets.checked(mlflow(f"http://me:{SECRET}@127.0.0.1:5000"))

    assert SECRET not in str(refused.value)


def test_a_sqlite_file(targets: PageTargets, roots: OpenRoots) -> None:
    """It lies below an open folder, or is refused."""
    assert targets.target(mlflow("sqlite:///ml/a.db")).place == f"sqlite:///{roots.exports}/ml/a.db"
    for odd in ("sqlite:////etc/a.db", "sqlite:///../a.db", "sqlite:///a.db?mode=rw", "sqlite://"):
        with pytest.raises((RefusedError, InvalidInputError)):
            targets.checked(mlflow(odd))


def test_folders(targets: PageTargets, roots: OpenRoots) -> None:
    """Without one typed, each platform has its own among the exports."""
    kept = targets.checked(JobSpec(platform="tensorboard", runs=("a",)))

    assert kept.place == str(roots.exports / "tensorboard")
    with pytest.raises(RefusedError):
        targets.checked(JobSpec(platform="csv", place="/etc", runs=("a",)))


def test_wandb_is_offline_unless_it_was_configured(roots: OpenRoots) -> None:
    """A page alone sends nothing to the internet."""
    spec = JobSpec(platform="wandb", place="p", runs=("a",), options={"mode": "online"})

    with pytest.raises(RefusedError, match="--export-to wandb"):
        PageTargets(roots).checked(spec)
    assert PageTargets(roots, ["wandb"]).checked(spec).options["mode"] == "online"
    offline = PageTargets(roots).target(JobSpec(platform="wandb", runs=("a",)))
    assert offline.options == {"mode": "offline", "dir": str(roots.exports / "wandb")}


def test_keys_do_not_pass_for_names(targets: PageTargets) -> None:
    """A key that was pasted into the wrong field is not kept, and a tag loses it."""
    key = "ghp_" + "a1B2c3D4e5" * 4
    with pytest.raises(InvalidInputError, match="looks like a key"):
        targets.checked(JobSpec(platform="wandb", place=key, runs=("a",)))

    kept = targets.checked(JobSpec(platform="csv", runs=("a",), tags={"team": key}))
    assert key not in json.dumps(kept.to_json())


def test_a_target_that_is_configured_wrongly(roots: OpenRoots) -> None:
    """It is told when the server starts."""
    with pytest.raises(InvalidInputError):
        PageTargets(roots, ["mlflow.example.org"])
    with pytest.raises(RefusedError):
        PageTargets(roots, ["http://169.254.169.254"])
