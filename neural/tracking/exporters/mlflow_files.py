"""Artifacts and documents of a run, and which of them MLflow has already."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neural._files import to_json
from neural.errors import ExportError
from neural.tracking.exporters.mlflow_about import DOCUMENTS, MOST_TAG
from neural.tracking.exporters.mlflow_server import Server
from neural.tracking.sinks import Tally

__all__ = ["SENT_TAG", "Files"]

#: Tag that says which files are there: name and checksum, or that ``sent.json`` says it.
SENT_TAG = "neural.document"
_SENT = "sent.json"
_DIGITS = 16


class Files:
    """Sends the files of a run that are not there yet.

    Args:
        server: Takes them.
        remote: MLflow's id of the run; ``None`` if there is none yet.
        tags: Tags of the run as they are there.
        tally: Told what is done.
        dry_run: Only look, and count.
    """

    def __init__(
        self,
        server: Server,
        remote: str | None,
        tags: Mapping[str, str],
        tally: Tally,
        *,
        dry_run: bool = False,
    ) -> None:
        self._server, self._tally = server, tally
        self._sent = {} if remote is None else self._read(remote, tags.get(SENT_TAG))
        self._remote = None if dry_run else remote

    def _read(self, remote: str, tag: str | None) -> dict[str, str]:
        if tag is None:
            return {}
        try:
            stored = self._fetched(remote) if tag == _SENT else json.loads(tag)
        except (ExportError, OSError, ValueError):
            return {}  # sent again then, over what is there
        return dict(stored) if isinstance(stored, dict) else {}

    def _fetched(self, remote: str) -> Any:
        download = self._server.client.download_artifacts
        with tempfile.TemporaryDirectory() as folder:
            path = self._server.do("read a file", download, remote, f"{DOCUMENTS}/{_SENT}", folder)
            return json.loads(Path(path).read_bytes())

    def send(self, what: str, path: Path, folder: str | None, checksum: str) -> None:
        """Send a file or folder, unless it is there; one that fails is told, and stops no other.

        Args:
            what: It, in words.
            path: Where it lies.
            folder: Folder of artifacts that it goes into; ``None`` is the top.
            checksum: Changes with its content.
        """
        place = "/".join(filter(None, (folder, path.name)))
        digest = _digest(checksum.encode())
        if self._sent.get(place) == digest:
            self._tally.skipped()
            return
        if not path.exists():
            self._tally.failed(f"{what}: there is no file at {path.name!r} any more")
            return
        client, remote = self._server.client, self._remote
        try:
            if remote is not None and path.is_dir():
                self._server.do("send a folder", client.log_artifacts, remote, path, place)
            elif remote is not None:
                self._server.do("send a file", client.log_artifact, remote, path, folder)
        except ExportError as exc:  # a store of artifacts that is down keeps no metrics back
            self._tally.failed(f"{what}: {exc}")
            return
        self._sent[place] = digest
        self._tally.sent()

    def send_documents(self, documents: Mapping[str, Any]) -> str | None:
        """Send JSON documents that are not there as they are.

        Args:
            documents: Content by file name; empty ones are left out.

        Returns:
            Text for the tag :data:`SENT_TAG`; ``None`` if something failed, which is told.
        """
        contents = {name: to_json(value) for name, value in documents.items() if value}
        new = {n: data for n, data in contents.items() if self._sent.get(n) != _digest(data)}
        self._tally.skipped(len(contents) - len(new))
        self._tally.sent(len(new))
        self._sent |= {name: _digest(data) for name, data in new.items()}
        text = json.dumps(self._sent, separators=(",", ":"))
        if len(text) > MOST_TAG:
            new, text = {**new, _SENT: to_json(self._sent)}, _SENT
        return text if not new or self._put(new) else None

    def _put(self, contents: Mapping[str, bytes]) -> bool:
        if self._remote is None:
            return True
        client = self._server.client
        with tempfile.TemporaryDirectory() as folder:
            for name, data in contents.items():
                Path(folder, name).write_bytes(data)
            try:
                self._server.do(
                    "send a file", client.log_artifacts, self._remote, folder, DOCUMENTS
                )
            except ExportError as exc:
                self._tally.failed(str(exc))
                return False
        return True


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_DIGITS]
