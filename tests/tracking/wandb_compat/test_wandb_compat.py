"""Scripts written for W&B, over a store of ours."""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neural.errors import InvalidInputError
from neural.tracking import ExperimentManager
from neural.tracking import wandb_compat as wandb
from neural.tracking.detection import detect


@pytest.fixture(autouse=True)
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folder of the runs."""
    monkeypatch.setenv("NEURAL_BASE_DIR", str(tmp_path / "runs"))
    for name in ("MODE", "PROJECT", "NAME", "RUN_ID", "DIR", "RESUME"):
        monkeypatch.delenv(f"WANDB_{name}", raising=False)
    yield tmp_path / "runs"
    wandb.finish()


def _points(base: Path, run_id: str) -> dict[str, list[tuple[int, float]]]:
    manager = ExperimentManager(base)
    found = {}
    for name in manager.run(run_id).metrics:
        series = manager.metric(run_id, name)
        found[name] = list(zip(series.step.tolist(), series.value.tolist(), strict=True))
    return found


def _media(base: Path, run_id: str) -> list[tuple[str, str, int]]:
    return [(m["key"], m["kind"], m["step"]) for m in ExperimentManager(base).media(run_id)]


def test_the_script_of_everybody(base: Path) -> None:
    """Config, log, summary, finish: all of it is in the store."""
    run = wandb.init(
        project="digits", name="first", config={"lr": 0.1}, tags=["a"], notes="Hi", group="g"
    )
    wandb.config.epochs = 3
    for epoch in range(wandb.config.epochs):
        wandb.log({"loss": 1 / (epoch + 1), "val": {"acc": epoch / 10}})
    run.summary["best_acc"] = 0.2
    wandb.finish()

    record = ExperimentManager(base).run(run.id)
    assert (record.experiment_name, record.display_name, record.status, record.group) == (
        "digits",
        "first",
        "completed",
        "g",
    )
    assert (record.params, record.tags, record.notes) == ({"lr": 0.1, "epochs": 3}, {"a": ""}, "Hi")
    assert _points(base, run.id) == {
        "loss": [(0, 1.0), (1, 0.5), (2, 1 / 3)],
        "val.acc": [(0, 0.0), (1, 0.1), (2, 0.2)],
        "best_acc": [(2, 0.2)],
    }


def test_steps_and_commits(base: Path) -> None:
    """Calls that do not commit share a step; a given step is where counting goes on."""
    run = wandb.init()
    wandb.log({"a": 1}, commit=False)
    wandb.log({"b": 2})
    wandb.log({"a": 3}, step=7)
    wandb.log({"b": 4})
    wandb.log({"a": 5})

    assert _points(base, run.id) == {"a": [(0, 1), (7, 3), (8, 5)], "b": [(0, 2), (7, 4)]}


def test_a_step_that_goes_back_is_kept(base: Path) -> None:
    """W&B drops such rows; here every value that was logged is there."""
    run = wandb.init()
    wandb.log({"a": 1}, step=5)
    wandb.log({"a": 2}, step=3)

    assert _points(base, run.id) == {"a": [(5, 1), (3, 2)]}


def test_names_that_the_store_uses(base: Path) -> None:
    """Scripts like to log their step and time as metrics."""
    run = wandb.init()
    wandb.define_metric("loss", step_metric="step")
    wandb.log({"step": 100, "timestamp": 5.0, "loss": 1.0})

    assert set(_points(base, run.id)) == {"source_step", "source_timestamp", "loss"}
    settings = json.loads((Path(run.dir) / "annotations.json").read_text())["metrics"]
    assert settings["loss"]["step_metric"] == "source_step"


def test_images_histograms_tables_and_texts(base: Path) -> None:
    """Each is kept as what it is, at its step."""
    run = wandb.init()
    wandb.log({"pic": wandb.Image(np.zeros((4, 5, 3)), caption="black")})
    wandb.log({"pics": [wandb.Image(np.ones((4, 5))), wandb.Image(np.ones((4, 5)) * 9.0)]})
    wandb.log({"w": wandb.Histogram(np.arange(10)), "big": np.arange(100)})
    table = wandb.Table(columns=["x", "y"])
    table.add_data(1, "one")
    wandb.log({"t": table, "say": "hello", "list": [1, 2]})

    assert _media(base, run.id) == [
        ("pic", "image", 0),
        ("pic caption", "text", 0),
        ("pics", "image", 1),
        ("pics", "image", 1),
        ("w", "histogram", 2),
        ("big", "histogram", 2),
        ("t", "table", 3),
        ("say", "text", 3),
        ("list", "text", 3),
    ]


@pytest.mark.parametrize("kind", ["png", "pil", "figure"])
def test_images_of_every_kind(base: Path, tmp_path: Path, kind: str) -> None:
    """Files, pictures and figures, with and without the class."""
    from matplotlib.figure import Figure
    from PIL import Image

    picture = Image.new("RGB", (4, 3), "red")
    picture.save(tmp_path / "a.png")
    given: Any = {"png": str(tmp_path / "a.png"), "pil": picture, "figure": Figure()}[kind]
    run = wandb.init()
    wandb.log({"pic": wandb.Image(given, mode="L")})

    assert _media(base, run.id) == [("pic", "image", 0)]


def test_odd_values(base: Path) -> None:
    """NaN, truth and arrays of one are numbers; nothing is passed over."""
    run = wandb.init()
    wandb.log({"nan": math.nan, "yes": True, "one": np.float32(0.5), "none": None})
    wandb.log({"one": np.array([0.25])})

    found = _points(base, run.id)
    assert found.pop("nan")[0][0] == 0
    assert found == {"yes": [(0, 1)], "one": [(0, 0.5), (1, 0.25)]}


def test_goals_and_patterns(base: Path) -> None:
    """A pattern holds for metrics that come later, too."""
    run = wandb.init()
    wandb.define_metric("epoch")
    wandb.define_metric("val/*", step_metric="epoch", summary="max")
    wandb.log({"val/acc": 0.5, "epoch": 1})

    settings = json.loads((Path(run.dir) / "annotations.json").read_text())["metrics"]
    assert settings == {"val/acc": {"goal": "max", "step_metric": "epoch"}}


def test_a_summary_beside_a_metric(base: Path) -> None:
    """It is no further point of the curve of that name."""
    run = wandb.init()
    wandb.log({"acc": 0.5})
    assert wandb.summary["acc"] == 0.5
    wandb.summary["acc"] = 0.9

    assert _points(base, run.id) == {"acc": [(0, 0.5)], "summary/acc": [(0, 0.9)]}
    assert wandb.summary.acc == 0.9


@pytest.mark.parametrize("form", ["mapping", "namespace", "file"])
def test_config_in_every_form(base: Path, tmp_path: Path, form: str) -> None:
    """A namespace of argparse and W&B's YAML are as good as a dict."""
    (tmp_path / "config.yaml").write_text("wandb_version: 1\nlr:\n  value: 0.1\n  desc: null\n")
    forms: dict[str, Any] = {
        "mapping": {"lr": 0.1},
        "namespace": argparse.Namespace(lr=0.1),
        "file": str(tmp_path / "config.yaml"),
    }
    run = wandb.init(config=forms[form])
    wandb.config.update({"seed": 1}, allow_val_change=True)
    wandb.config.setdefaults({"lr": 9, "depth": 2})

    assert ExperimentManager(base).run(run.id).params == {"lr": 0.1, "seed": 1, "depth": 2}
    assert (wandb.config.lr, wandb.config["seed"], "depth" in wandb.config) == (0.1, 1, True)


def test_files(base: Path, tmp_path: Path) -> None:
    """Artifacts, single files and patterns are kept with the run."""
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(name)
    run = wandb.init()
    artifact = wandb.Artifact("data", type="dataset", metadata={"rows": 3})
    artifact.add_file(tmp_path / "a.txt")
    with artifact.new_file("notes.txt") as file:
        file.write("made")
    wandb.log_artifact(artifact)
    wandb.log_artifact(str(tmp_path / "b.txt"), name="b", type="other")
    saved = wandb.save(str(tmp_path / "*.txt"), base_path=str(tmp_path))

    names = {artifact.name for artifact in ExperimentManager(base).artifacts(run.id)}
    assert names == {"data/a.txt", "data/notes.txt", "b", "a.txt", "b.txt"}
    assert len(saved) == 2


def test_how_it_ends(base: Path) -> None:
    """An exit code or an exception fails the run."""
    failed = wandb.init()
    wandb.finish(exit_code=1)
    with pytest.raises(ZeroDivisionError), wandb.init() as broken:
        raise ZeroDivisionError

    manager = ExperimentManager(base)
    assert (manager.run(failed.id).status, manager.run(broken.id).status) == ("failed", "failed")
    assert wandb.run is None


def test_going_on(base: Path) -> None:
    """The same id, and counting goes on behind the last step."""
    wandb.init(id="my_run", project="p")
    wandb.log({"a": 1})
    wandb.finish()
    run = wandb.init(id="my_run", resume="must")
    wandb.log({"a": 2})

    assert (run.id, _points(base, run.id)) == ("my-run", {"a": [(0, 1), (1, 2)]})


@pytest.mark.parametrize(("id_", "resume"), [("none", "must"), ("there", "never"), (None, "must")])
def test_going_on_where_it_cannot(base: Path, id_: str | None, resume: str) -> None:
    """The message says what is not as it should be."""
    wandb.init(id="there").finish()

    with pytest.raises(InvalidInputError, match=resume):
        wandb.init(id=id_, resume=resume)


def test_init_twice(base: Path) -> None:
    """Without more it is the same run; `reinit` ends it, or leaves it alone."""
    first = wandb.init()
    again = wandb.init()
    beside = wandb.init(reinit="create_new")
    second = wandb.init(reinit=True)

    assert again is first
    assert first.is_finished
    assert wandb.run is second
    beside.finish()


def test_disabled(base: Path) -> None:
    """Nothing is written, and everything may be called."""
    with wandb.init(mode="disabled", config={"lr": 1}) as run:
        run.log({"a": 1, "pic": wandb.Image(np.zeros((2, 2)))})
        run.summary["b"] = 2
        run.define_metric("a", goal="minimize")
        run.watch(object())
        run.tags = ("x",)
        assert (run.config.lr, run.summary["a"]) == (1, 1)

    assert not base.exists()


def test_before_init() -> None:
    """The message says what is missing."""
    with pytest.raises(InvalidInputError, match="init"):
        wandb.log({"a": 1})


def test_what_is_not_there() -> None:
    """The message names what is."""
    with pytest.raises(AttributeError, match="define_metric"):
        wandb.sweep  # noqa: B018


def test_from_the_environment(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """W&B's variables stand in for arguments."""
    monkeypatch.setenv("WANDB_PROJECT", "by-variable")
    monkeypatch.setenv("WANDB_TAGS", "a,b")

    run = wandb.init()

    record = ExperimentManager(base).run(run.id)
    assert (record.experiment_name, set(record.tags)) == ("by-variable", {"a", "b"})


_SCRIPT = """
import math
import sys

import numpy as np

if sys.argv[1] == "ours":
    from neural.tracking import wandb_compat as wandb
else:
    import wandb

run = wandb.init(project="same", name="one", config={"lr": 0.1, "m": {"depth": 3}}, group="g",
                 notes="Hi", mode="offline", dir=sys.argv[2])
wandb.define_metric("epoch")
wandb.define_metric("val/*", step_metric="epoch")
wandb.config.update({"seed": 4})
for step in range(20):
    wandb.log({"loss": 1 / (step + 1), "nested": {"a": step}}, commit=False)
    if step % 5 == 4:
        wandb.log({"val/acc": step / 20, "epoch": step // 5}, commit=False)
    wandb.log({"lr": np.float32(0.5), "odd": math.nan if step == 3 else step > 7})
wandb.log({"pic": wandb.Image(np.zeros((4, 4, 3), np.uint8)), "h": wandb.Histogram([1, 2, 3])})
wandb.log({"late": 1.5}, step=100)
wandb.run.summary["best"] = 0.75
wandb.finish()
"""


@pytest.mark.platforms
@pytest.mark.timeout(180)
def test_one_script_and_both_libraries(base: Path, tmp_path: Path) -> None:
    """W&B's own log, read by the lens, and the store hold the same values at the same steps."""
    for which in ("ours", "theirs"):
        command = [sys.executable, "-c", _SCRIPT, which, str(tmp_path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    (row,) = ExperimentManager(base).list_experiments()
    record = ExperimentManager(base).run(row["experiment_id"])
    ours = _points(base, record.experiment_id)
    (found,) = detect(tmp_path / "wandb").detections
    source = found.open()
    source.refresh()
    (run,) = source.runs()

    theirs = {
        name: list(zip(series.step.tolist(), series.value.tolist(), strict=True))
        for name, series in source.series(run.source_id).items()
        if not name.startswith(("_", "system/"))
    }
    assert ours.pop("best") == [(100, 0.75)]  # W&B keeps a summary beside the history
    assert repr(sorted(ours.items())) == repr(sorted(theirs.items()))
    assert record.params == {k: v for k, v in run.params.items() if not k.startswith("_")}
    assert {m.key for m in source.media(run.source_id)} >= {"pic", "h"}
