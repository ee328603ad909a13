"""Runs sent to Weights & Biases: online, or as offline runs where there is no network or key."""

from __future__ import annotations

import hashlib
import json
import math
import netrc
import os
import re
import shutil
import struct
import tempfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from neural._files import to_json
from neural._optional import optional_import
from neural.errors import ExportError, InvalidInputError
from neural.tracking.exporters.ledger import Ledger, make_folder
from neural.tracking.exporters.naming import document, fitted, strict
from neural.tracking.records import RunStatus
from neural.tracking.redaction import redact_text, secret_values
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunStart, Stretch, Tally, Target

__all__ = ["STEP_METRIC", "WandbSink"]

#: Our own steps, where W&B's cannot say them: its steps never go back and hold a value once.
STEP_METRIC = "neural/step"

_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_UNFIT_FILE = re.compile(r"[^A-Za-z0-9_.\-]")
_MOST_NAME = 500
_MOST_FILE_NAME = 100
_MOST_TAG = 64
_MODES = ("online", "offline")
_GOOD = frozenset({RunStatus.COMPLETED, RunStatus.RUNNING, RunStatus.CREATED})

#: How long W&B's service may take to write down what it was given.
_PATIENCE_S = 60.0
_POLL_S = 0.02
_HEADER_BYTES = 7
_BLOCK_BYTES = 32768
_WHOLE_OR_LAST = (1, 4)

#: Rows of history: ``(step, time, values)``.
_Row = tuple[int, float, dict[str, Any]]


class WandbSink:
    """Sends a run to W&B, under our own run id.

    An offline run is written whole: a longer one takes the place of the shorter one before it,
    unless that was synced already; then only what is new is written. Send them with
    ``wandb sync``.

    Args:
        target: ``place`` is the project. ``options``: ``mode`` (``online``, ``offline``; without
            it what ``WANDB_MODE`` says, else offline where there is no key), ``dir`` (folder of
            offline runs, else ``WANDB_DIR``, else the working directory), ``entity``.
        tally: Told what is done.

    Raises:
        MissingExtraError: W&B is not installed.
        InvalidInputError: The mode is neither.
    """

    def __init__(self, target: Target, tally: Tally) -> None:
        self._target = target
        self._tally = tally
        self._wandb = optional_import("wandb", extra="wandb", purpose="export to W&B")
        self._mode = _mode(target.options.get("mode"))
        place = target.options.get("dir") or os.environ.get("WANDB_DIR") or "."
        self._dir = Path(place).absolute()
        self._project = target.place or "neural"
        self._points: list[tuple[str, int, float, float]] = []
        self._counts: dict[str, int] = {}
        self._media: list[Medium] = []
        self._files: list[RunFile] = []
        self._told: set[str] = set()

    # ------------------------------------------------------------------ the port

    def start(self, run: RunStart) -> None:
        """Find what an earlier export has left."""
        self._run = run
        self._id = fitted(run.run_id, _UNFIT_FILE, 64)
        project = fitted(self._project, _UNFIT_FILE, 100)
        self._records = self._dir / "wandb" / f".neural-{project}-{self._id}"
        self._ledger = Ledger(self._records, run.run_id)

    def metrics(self, stretch: Stretch) -> None:
        """Take points of one metric."""
        key = self._name("metric", stretch.name)
        inexact = 0
        columns = (column.tolist() for column in stretch.series)
        for step, time, value in zip(*columns, strict=True):
            number = _float(value)
            inexact += number == number and number != value
            self._points.append((key, int(step), float(time), number))
            self._counts[key] = self._counts.get(key, 0) + 1
        self._tally.converted(
            f"{stretch.name!r}: whole numbers beyond 53 bits are rounded", inexact
        )

    def medium(self, medium: Medium) -> None:
        """Take an image, a text, a histogram or a table."""
        self._media.append(medium)

    def file(self, file: RunFile) -> None:
        """Take a file or a directory."""
        self._files.append(file)

    def finish(self, end: RunEnd) -> None:
        """Write everything that W&B does not have yet.

        Raises:
            ExportError: W&B refuses or cannot be reached, or the folder cannot be written.
        """
        rows, own_steps = self._rows()
        tags = list(self._tags())
        config = self._config(end)
        names = {file.name: self._file_name(file) for file in self._files}
        if end.end_time is None and self._mode == "online":
            self._tally.converted("the run goes on; W&B shows what was exported as finished")
        digest = self._digest(end, rows)
        kept = self._kept()
        things = len(self._points) + len(self._media) + len(self._files)
        if self._mode == "offline":
            self._tally.url = str(kept) if kept is not None else str(self._dir / "wandb")
            if kept is not None and self._ledger.more.get("digest") == digest:
                self._tally.skipped(things)
                return
        self._count(kept)
        if self._target.dry_run:
            return
        try:
            self._send(end, rows, own_steps, tags, config, names, kept)
        except OSError as exc:
            raise ExportError(f"{self._dir} cannot be written: {exc}") from exc
        self._ledger.points, self._ledger.media = self._counts, len(self._media)
        self._ledger.files = {file.name: file.checksum or "" for file in self._files}
        self._ledger.more |= {"digest": digest, "last_step": rows[-1][0] if rows else -1}
        self._ledger.save()

    def close(self) -> None:
        """Forget what was gathered."""
        self._points.clear()

    # ------------------------------------------------------------------ what is sent

    def _rows(self) -> tuple[list[_Row], bool]:
        """Return the history in W&B's order, and whether steps of our own go with it."""
        places = {(key, step) for key, step, _, _ in self._points}
        fits = len(places) == len(self._points) and all(step >= 0 for _, step in places)
        if fits:
            points = sorted(self._points, key=lambda point: point[1])
            if any(a[1] > b[1] for a, b in _neighbours(self._points)):
                self._tally.converted("points are sorted by step")
        else:
            points = sorted(self._points, key=lambda point: (point[2], point[1]))
            self._tally.converted(
                "steps repeat or go back, which W&B's own cannot: each row has its own number and "
                f"our step as {STEP_METRIC!r}"
            )
        rows: list[_Row] = []
        for key, step, time, value in points:
            same = rows and key not in rows[-1][2]
            same = same and (rows[-1][0] == step if fits else rows[-1][2][STEP_METRIC] == step)
            if not same or (not fits and rows[-1][1] != time):
                own = {} if fits else {STEP_METRIC: step}
                rows.append((step if fits else len(rows), time, own))
            elif rows[-1][1] != time:
                self._tally.converted("values of one step have the time of the first of them")
            rows[-1][2][key] = value
        return rows, not fits

    def _with_media(self, rows: list[_Row], own_steps: bool) -> list[_Row]:
        """Put media among the rows; called while sending, as they are W&B's own objects."""
        found = {step: (time, dict(values)) for step, time, values in rows}
        last = max(found, default=-1)
        for medium in self._media:
            value = self._medium(medium)
            if value is None:
                continue
            step = last + 1 if own_steps or medium.step < 0 else medium.step
            last = max(last, step)
            own = {STEP_METRIC: medium.step} if own_steps else {}
            key = self._name(medium.kind, medium.key)
            if key in self._counts:
                key = f"{key} ({medium.kind})"
            _, values = found.setdefault(step, (medium.time, own))
            while key in values:
                key = f"{key}'"
            values[key] = value
        return [(step, *found[step]) for step in sorted(found)]

    def _medium(self, medium: Medium) -> Any:
        what = f"{medium.kind} {medium.key!r} at step {medium.step}"
        try:
            if medium.kind == "image":
                return self._wandb.Image(str(medium.path))
            if medium.kind == "histogram":
                counts, edges = medium.value["counts"], medium.value["edges"]
                return self._wandb.Histogram(np_histogram=(counts, edges))
            if medium.kind == "table":
                table = json.loads(_content(medium))
                return self._wandb.Table(columns=table["columns"], data=table["rows"])
            return _content(medium)
        except (OSError, ValueError, KeyError, TypeError) as exc:
            self._tally.failed(f"{what}: {exc}")
            return None

    def _config(self, end: RunEnd) -> dict[str, Any]:
        about = {k: v for k, v in document(self._run, end).items() if k != "hyperparameters" and v}
        return {**dict(strict(self._run.params)), "neural": about}

    def _tags(self) -> Iterator[str]:
        texts = {**self._run.tags, **self._target.tags}
        for name, text in texts.items():
            tag = f"{name}: {text}" if text else name
            if len(tag) > _MOST_TAG:
                short = fitted(tag, _UNFIT, _MOST_TAG, ok=False)
                self._tally.converted(f"tag {tag!r} is called {short!r}")
                tag = short
            yield tag

    def _name(self, what: str, name: str) -> str:
        # Names that begin with _ are W&B's own.
        key = fitted(name, _UNFIT, _MOST_NAME, ok=not name.startswith("_") and name != STEP_METRIC)
        key = key if not key.startswith("_") else f"x{key}"
        if key != name and name not in self._told:
            self._told.add(name)
            self._tally.converted(f"{what} {name!a} is called {key!r}")
        return key

    def _file_name(self, file: RunFile) -> str:
        name = fitted(file.name, _UNFIT_FILE, _MOST_FILE_NAME)
        if name != file.name:
            self._tally.converted(f"artifact {file.name!r} is called {name!r}")
        return name

    # ------------------------------------------------------------------ sending

    def _send(
        self,
        end: RunEnd,
        rows: list[_Row],
        own_steps: bool,
        tags: list[str],
        config: Mapping[str, Any],
        names: Mapping[str, str],
        kept: Path | None,
    ) -> None:
        make_folder(self._records)
        synced = kept is not None and bool(list(kept.glob("*.synced")))
        run = self._init(config, tags)
        try:
            if own_steps:
                run.define_metric(STEP_METRIC)
                run.define_metric("*", step_metric=STEP_METRIC)
            first = self._first_step(run, synced)
            for step, time, values in self._with_media(rows, own_steps):
                if step >= first:
                    run.log({**values, "_timestamp": time}, step=step)
            self._log_files(run, names)
        finally:
            run.finish(exit_code=0 if end.status in _GOOD else 1)
        if self._mode == "online":
            self._tally.url = str(run.url)
            return
        folder = Path(run.settings.sync_dir).absolute()
        self._wait(folder / f"run-{self._id}.wandb")
        self._tally.url = str(folder)
        self._ledger.more["folder"] = folder.name
        for old in self._offline_folders():
            if old != folder and not list(old.glob("*.synced")):
                shutil.rmtree(old, ignore_errors=True)

    def _wait(self, log: Path) -> None:
        """Wait until W&B's service has written the last record: ``finish`` returns before.

        Raises:
            ExportError: It does not.
        """
        until, size = monotonic() + _PATIENCE_S, -1
        while monotonic() < until:
            before, size = size, log.stat().st_size if log.exists() else 0
            if size == before and size > _HEADER_BYTES and self._has_exit(log):
                return
            sleep(_POLL_S)
        raise ExportError(f"W&B has not finished {log} within {_PATIENCE_S:.0f} s")

    def _has_exit(self, log: Path) -> bool:
        messages = optional_import(
            "wandb.proto.wandb_internal_pb2", extra="wandb", purpose="export to W&B"
        )
        last = b""
        for record in _log_records(log.read_bytes()):
            last = record
        return str(messages.Record.FromString(last).WhichOneof("record_type")) == "exit"

    def _init(self, config: Mapping[str, Any], tags: list[str]) -> Any:
        started = self._run.start_time
        settings = self._wandb.Settings(
            mode=self._mode,
            console="off",
            silent=True,
            disable_git=True,
            disable_code=True,
            x_disable_stats=True,
            x_disable_meta=True,
            x_disable_machine_info=True,
            **({} if started is None else {"x_start_time": started}),
        )
        try:
            return self._wandb.init(
                project=self._project,
                entity=self._target.options.get("entity"),
                id=self._id,
                name=self._run.title,
                group=self._run.facts.get("group"),
                notes=self._run.notes or None,
                dir=str(self._dir),
                config=config,
                tags=tags,
                resume="allow" if self._mode == "online" else None,
                reinit="create_new",  # a run of the user's own goes on
                settings=settings,
            )
        except self._wandb.errors.Error as exc:
            secrets = secret_values(os.environ)
            raise ExportError(
                f"W&B did not take the run: {redact_text(str(exc), secrets=secrets)}"
            ) from None

    def _first_step(self, run: Any, synced: bool) -> int:
        """Return the first step that W&B does not have."""
        if self._mode == "online":
            return int(run.starting_step)
        return int(self._ledger.more.get("last_step", -1)) + 1 if synced else 0

    def _log_files(self, run: Any, names: Mapping[str, str]) -> None:
        for file in self._files:
            try:
                artifact = self._wandb.Artifact(names[file.name], type=file.kind)
                if file.path.is_dir():
                    artifact.add_dir(str(file.path))
                else:
                    artifact.add_file(str(file.path), name=names[file.name])
                run.log_artifact(artifact)
            except (OSError, ValueError) as exc:
                self._tally.failed(f"artifact {file.name!r}: {exc}")
        if self._run.environment:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "environment.json")
                path.write_bytes(to_json(strict(self._run.environment)))
                artifact = self._wandb.Artifact(f"environment-{self._id}", type="environment")
                artifact.add_file(str(path))
                run.log_artifact(artifact)

    # ------------------------------------------------------------------ what is there

    def _kept(self) -> Path | None:
        """Return the offline run that an earlier export has finished."""
        name = self._ledger.more.get("folder")
        folders = {folder.name: folder for folder in self._offline_folders()}
        return folders.get(str(name))

    def _offline_folders(self) -> list[Path]:
        """Return the offline runs of our run, also those of exports that were cut off."""
        pattern = re.compile(rf"offline-run-\d{{8}}_\d{{6}}-{re.escape(self._id)}")
        place = self._dir / "wandb"
        if not place.is_dir():
            return []
        return sorted(path for path in place.iterdir() if pattern.fullmatch(path.name))

    def _count(self, kept: Path | None) -> None:
        had = self._ledger.points if kept is not None or self._mode == "online" else {}
        skipped = sum(min(had.get(key, 0), count) for key, count in self._counts.items())
        self._tally.skipped(skipped)
        self._tally.sent(len(self._points) - skipped + len(self._media) + len(self._files))

    def _digest(self, end: RunEnd, rows: list[_Row]) -> str:
        """Return what changes with anything that would be written."""
        about = document(self._run, end)
        files = [[file.name, file.size, file.checksum] for file in self._files]
        media = [[m.key, m.kind, m.step, m.time] for m in self._media]
        whole = [about, dict(self._target.tags), rows, files, media]
        return hashlib.sha256(to_json(strict(whole))).hexdigest()


def _mode(wanted: Any) -> str:
    mode = wanted or os.environ.get("WANDB_MODE") or ("online" if _has_key() else "offline")
    if mode not in _MODES:
        raise InvalidInputError(f"mode must be 'online' or 'offline', got {mode!r}")
    return str(mode)


def _has_key() -> bool:
    """Tell whether there is a key for W&B, without asking it."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    host = os.environ.get("WANDB_BASE_URL", "https://api.wandb.ai").partition("://")[2]
    try:
        found = netrc.netrc(os.environ.get("NETRC")).authenticators(host.partition("/")[0])
    except (OSError, netrc.NetrcParseError):
        return False
    return found is not None


def _log_records(data: bytes) -> Iterator[bytes]:
    """Yield the whole records of an offline run: LevelDB's log format behind a header."""
    at, record = _HEADER_BYTES, b""
    while at + _HEADER_BYTES <= len(data):
        left = _BLOCK_BYTES - at % _BLOCK_BYTES
        if left < _HEADER_BYTES:  # the end of a block, which is filled with zeros
            at += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, at)
        at += _HEADER_BYTES + length
        record += data[at - length : at]
        if kind in _WHOLE_OR_LAST:
            yield record
            record = b""


def _neighbours(points: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield points of one metric that follow one another."""
    yield from ((a, b) for a, b in pairwise(points) if a[0] == b[0])


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _content(medium: Medium) -> str:
    if medium.path is None:
        return str(medium.value)
    return medium.path.read_text("utf-8", "replace")
