"""Downloaded weights: a folder for each entry, with its files and a record of what they are."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

from spoofjax.errors import RegistryError
from spoofjax.files import write_json
from spoofjax.json_files import read_json
from spoofjax.names import FileName
from spoofjax.registry.entry import Entry
from spoofjax.registry.places import models_folder
from spoofjax.shapes import Count

RECORD = "download.json"


class FileRecord(TypedDict):
    """What is known about a file that was downloaded."""

    url: str
    sha256: str
    bytes: Count


class Record(TypedDict):
    """The files of an entry that are complete."""

    files: dict[FileName, FileRecord]


class Copy:
    """The folder of one entry on this machine."""

    def __init__(self, entry: Entry, folder: Path | None = None):
        """`folder` holds the files; by default the one that has the entry's name."""
        self.entry = entry
        self.folder = folder or models_folder() / entry.name

    @property
    def path(self) -> Path:
        """What a model's `weights` may name: the file of the weights, or the folder of several."""
        files = self.entry.files
        return self.folder / files[0].name if len(files) == 1 else self.folder

    @property
    def is_complete(self) -> bool:
        """Whether every file is there, of the size that it had when it was downloaded."""
        if not self.entry.files:
            return False
        records = self.records()
        for file in self.entry.files:
            path = self.folder / file.name
            record = records.get(file.name)
            if record is None or record["url"] != file.url:
                return False
            if not path.is_file() or path.stat().st_size != record["bytes"]:
                return False
        return True

    def records(self) -> dict[str, FileRecord]:
        """Return the record of each complete file. Raises RegistryError where it is damaged."""
        path = self.folder / RECORD
        if not path.exists():
            return {}
        remedy = f"Delete it and run `spoofjax models get {self.entry.name}` again."
        return read_json(path, Record, RegistryError, remedy)["files"]

    def add_record(self, name: str, record: FileRecord) -> None:
        """Note that a file is complete."""
        write_json(self.folder / RECORD, {"files": {**self.records(), name: record}})
