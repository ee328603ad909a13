"""Runs sent to Weights & Biases: online, or as offline runs where there is no network or key."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neural._files import to_json
from neural._optional import optional_import
from neural.errors import ExportError
from neural.tracking.exporters.ledger import Ledger, make_folder
from neural.tracking.exporters.naming import document, fitted, strict
from neural.tracking.exporters.wandb_history import STEP_METRIC, History, Row
from neural.tracking.exporters.wandb_log_file import wait_until_written
from neural.tracking.exporters.wandb_media import as_wandb
from neural.tracking.exporters.wandb_mode import mode_of
from neural.tracking.records import RunStatus
from neural.tracking.redaction import redact_text, secret_values
from neural.tracking.sinks import Medium, RunEnd, RunFile, RunStart, Stretch, Tally, Target

__all__ = ["WandbSink"]

_UNFIT = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_UNFIT_FILE = re.compile(r"[^A-Za-z0-9_.\-]")
_MOST_FILE_NAME = 100
_MOST_TAG = 64
_GOOD = frozenset({RunStatus.COMPLETED, RunStatus.RUNNING, RunStatus.CREATED})


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
        self._mode = mode_of(target.options.get("mode"))
        place = target.options.get("dir") or os.environ.get("WANDB_DIR") or "."
        self._dir = Path(place).absolute()
        self._project = target.place or "neural"
        self._history = History(tally)
        self._media: list[Medium] = []
        self._files: list[RunFile] = []

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
        self._history.take(stretch)

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
        rows, own_steps = self._history.rows()
        tags = list(self._tags())
        config = self._config(end)
        names = {file.name: self._file_name(file) for file in self._files}
        if end.end_time is None and self._mode == "online":
            self._tally.converted("the run goes on; W&B shows what was exported as finished")
        digest = self._digest(end, rows)
        kept = self._kept()
        things = len(self._history) + len(self._media) + len(self._files)
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
        self._ledger.points, self._ledger.media = self._history.counts, len(self._media)
        self._ledger.files = {file.name: file.checksum or "" for file in self._files}
        self._ledger.more |= {"digest": digest, "last_step": rows[-1][0] if rows else -1}
        self._ledger.save()

    def close(self) -> None:
        """Forget what was gathered."""
        self._history.forget()

    # ------------------------------------------------------------------ what is sent

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

    def _file_name(self, file: RunFile) -> str:
        name = fitted(file.name, _UNFIT_FILE, _MOST_FILE_NAME)
        if name != file.name:
            self._tally.converted(f"artifact {file.name!r} is called {name!r}")
        return name

    # ------------------------------------------------------------------ sending

    def _send(
        self,
        end: RunEnd,
        rows: list[Row],
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
            media = as_wandb(self._media, self._tally)
            for step, time, values in self._history.with_media(rows, media, own_steps):
                if step >= first:
                    run.log({**values, "_timestamp": time}, step=step)
            self._log_files(run, names)
        finally:
            run.finish(exit_code=0 if end.status in _GOOD else 1)
        if self._mode == "online":
            self._tally.url = str(run.url)
            return
        folder = Path(run.settings.sync_dir).absolute()
        wait_until_written(folder / f"run-{self._id}.wandb")
        self._tally.url = str(folder)
        self._ledger.more["folder"] = folder.name
        for old in self._offline_folders():
            if old != folder and not list(old.glob("*.synced")):
                shutil.rmtree(old, ignore_errors=True)

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
        skipped = sum(min(had.get(key, 0), count) for key, count in self._history.counts.items())
        self._tally.skipped(skipped)
        self._tally.sent(len(self._history) - skipped + len(self._media) + len(self._files))

    def _digest(self, end: RunEnd, rows: list[Row]) -> str:
        """Return what changes with anything that would be written."""
        about = document(self._run, end)
        files = [[file.name, file.size, file.checksum] for file in self._files]
        media = [[m.key, m.kind, m.step, m.time] for m in self._media]
        whole = [about, dict(self._target.tags), rows, files, media]
        return hashlib.sha256(to_json(strict(whole))).hexdigest()
