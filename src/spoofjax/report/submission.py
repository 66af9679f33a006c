"""A submission to the Speech Anti-Spoofing Arena: the scores, and the file that describes them.

The formats are those of the arena's package speech-spoof-bench, version 4 of its schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

import numpy as np
import yaml

from spoofjax.errors import ScoreError
from spoofjax.evaluation.arena import arena_eer
from spoofjax.evaluation.keys import Keys
from spoofjax.evaluation.published import Claim, Published
from spoofjax.files import sha256_of, write_text
from spoofjax.shapes import problem
from spoofjax.version import version

SCORES = "scores.txt"
URL = "https://huggingface.co/{repository}/resolve/{commit}/.eval_results/{dataset}/{file}"
NO_COMMIT = "COMMIT"
"""Stands in the address of the scores until they have been uploaded."""


def matching(pattern: str, what: str) -> Callable[[str], str]:
    """Return the rule that a text must match a pattern; `what` says in words which texts do."""
    return lambda text: "" if re.fullmatch(pattern, text) else f"must be {what}, not {text!r}"


Url = Annotated[str, matching(r"https?://\S+", "an address that starts with https://")]


class Paper(TypedDict):
    """The paper about a system."""

    arxiv_id: str
    url: Url
    bibtex: str


class AboutSystem(TypedDict):
    """What the arena wants to know about a system."""

    name: str
    slug: Annotated[str, matching("[a-z0-9][a-z0-9-]*", "small letters, digits and hyphens")]
    description: str
    code: Url
    checkpoint: Url
    paper: Paper


class Submitter(TypedDict):
    """Who submits."""

    hf_username: str
    contact: str


class About(TypedDict):
    """The file that a user writes about a system."""

    system: AboutSystem
    submitter: Submitter
    notes: NotRequired[str]


@dataclass(frozen=True)
class Target:
    """Where scores are submitted to, and where they lie."""

    dataset: str
    """OWNER/NAME of the data set."""
    revision: str
    """The commit of the data set that was scored."""
    repository: str
    """OWNER/NAME of the model to which the scores are uploaded."""
    commit: str = ""
    """The commit of that upload; unknown before it."""
    split: str = "test"

    def __post_init__(self) -> None:
        for name in ("dataset", "repository"):
            if not re.fullmatch(r"[\w.-]+/[\w.-]+", getattr(self, name)):
                raise ScoreError(f"--{name} must be OWNER/NAME, not {getattr(self, name)!r}.")
        if self.commit and not re.fullmatch("[0-9a-f]{7,40}", self.commit):
            raise ScoreError(f"--commit must be 7 to 40 hexadecimal digits, not {self.commit!r}.")


def read_about(path: Path) -> dict[str, Any]:
    """Read what a user says about a system: YAML or JSON of the shape `About`.

    Raises ScoreError where a field is missing or wrong.
    """
    values = _read_yaml(path)
    wrong = problem(values, About)
    if wrong:
        raise ScoreError(f"{path}: {wrong}.")
    return values


def write_submission(
    out: Path, keys: Keys, scores: np.ndarray, about: Mapping[str, Any], target: Target, date: str
) -> Path:
    """Write scores.txt and <slug>.yaml to a folder; return the latter.

    `scores` float64 (utterances,) are in the order of the keys; a line is `<id> <score>`, and the
    file holds the same bits. `date` is that of the submission, as 2026-11-27. Raises ScoreError for
    an id with a space in it.
    """
    spaced = next((name for name in keys.ids.tolist() if len(name.split()) != 1), None)
    if spaced is not None:
        raise ScoreError(f"The arena reads no ids with spaces in them, such as {spaced!r}.")
    rows = zip(keys.ids.tolist(), scores.tolist(), strict=True)
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / SCORES, "".join(f"{name} {score!r}\n" for name, score in rows))
    rate = arena_eer(scores[keys.label == 1], scores[keys.label == 0])
    description = {
        "schema_version": 4,
        "system": about["system"],
        "dataset": {"id": target.dataset, "revision": target.revision, "split": target.split},
        "scores": {"eer_percent": 100 * rate, "n_trials": len(keys), "n_skipped": 0},
        "artifact": {
            "scores_url": URL.format(
                repository=target.repository,
                commit=target.commit or NO_COMMIT,
                dataset=target.dataset,
                file=SCORES,
            ),
            "scores_sha256": sha256_of(out / SCORES),
            "bench_version": f"spoofjax=={version()}",
        },
        "submitter": about["submitter"],
        "submitted_at": date,
        **({"notes": about["notes"]} if "notes" in about else {}),
    }
    path = out / f"{about['system']['slug']}.yaml"
    write_text(path, yaml.safe_dump(description, sort_keys=False, allow_unicode=True, width=100))
    return path


class _Claimed(TypedDict):
    """What is checked of a submission."""

    system: dict[str, Any]
    scores: dict[str, int | float]
    artifact: dict[str, Any]


def read_submission(path: Path, scores: Path | None, keys: Path) -> Claim:
    """Return what a submission claims about its scores, by default scores.txt beside it.

    Raises ScoreError where the file is no submission.
    """
    values = _read_yaml(path)
    wrong = problem(values, _Claimed)
    if wrong:
        raise ScoreError(f"{path} is no submission: {wrong}.")
    numbers = {
        "arena_eer_percent" if name == "eer_percent" else name: Published(
            repr(value), value, 1e-6 if name != "n_trials" else 0.0
        )
        for name, value in values["scores"].items()
        if name != "n_skipped"
    }
    return Claim(
        name=str(values["system"].get("slug", path.stem)),
        scores=scores or path.parent / SCORES,
        keys=keys,
        numbers=numbers,
        sha256=str(values["artifact"].get("scores_sha256", "")),
    )


def _read_yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ScoreError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        raise ScoreError(f"{path} is neither YAML nor JSON: {reason}.") from error
