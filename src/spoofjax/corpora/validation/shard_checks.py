"""Whether shards of embeddings are as they were written, all by the encoder that is named."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spoofjax.corpora.embedded.plan import read_plan
from spoofjax.corpora.embedded.stored import EmbeddingShard, shards_of
from spoofjax.corpora.packing.formats import sha256_of
from spoofjax.corpora.packing.stored_manifest import read_manifest_json
from spoofjax.corpora.validation.report import EXAMPLES, Report
from spoofjax.errors import CorpusError

AGAIN = "Delete them and their .json files; the same `spoofjax embed` command writes them again."


def check_embedding_shards(root: Path, splits: Sequence[str], report: Report) -> None:
    """Report what is wrong with the shards of a folder that `spoofjax embed` wrote."""
    plan = read_plan(root)
    for split in splits:
        facts = plan["splits"].get(split)
        if facts is None:
            continue
        table = read_manifest_json(root / split)
        _check_rows(split, facts["rows"], table, report)
        hashes = {entry["file"]: entry["sha256"] for entry in table["shards"]}
        shards = shards_of(root / split, facts["rows"], plan["shard_rows"])
        damaged = [str(s.path) for s in shards if not _is_intact(s, hashes.get(s.path.name))]
        others = [str(s.path) for s in shards if _is_of_other(s, plan["provenance"]["weights"])]
        for kind, listed, words in (
            ("shard", damaged, "shards are not as they were written"),
            ("encoder", others, "shards are of another encoder than embeddings.json names"),
        ):
            if listed:
                report.add(
                    "error", kind, split, f"{len(listed)} of {len(shards)} {words}.", AGAIN,
                    count=len(listed), examples=tuple(listed[:EXAMPLES]),
                )  # fmt: skip


def _check_rows(split: str, rows: int, table: dict, report: Report) -> None:
    """Report utterances of the corpus that have no embedding."""
    unreadable = [why for _, why in table["unreadable"]]
    if unreadable:
        report.add(
            "warning", "unreadable", split,
            f"{len(unreadable)} of {rows} utterances have no embedding.",
            "Their audio could not be read. Repair it and write the embeddings to a new folder.",
            count=len(unreadable), examples=tuple(unreadable[:EXAMPLES]),
        )  # fmt: skip
    if table["rows"] + len(unreadable) != rows:
        report.add(
            "error", "missing", split,
            f"manifest.json has {table['rows']} utterances where embeddings.json has {rows}.",
            "Delete it; the same `spoofjax embed` command writes it again.",
        )  # fmt: skip


def _is_intact(shard: EmbeddingShard, digest: str | None) -> bool:
    """Whether a shard is what its receipt and the manifest of its split say."""
    if not shard.path.is_file():
        return False
    try:
        receipt = shard.receipt()
    except CorpusError:
        return False
    return sha256_of(shard.path) == receipt["sha256"] == digest


def _is_of_other(shard: EmbeddingShard, weights: str) -> bool:
    """Whether the receipt of a shard names other weights; older receipts name none."""
    try:
        return shard.receipt().get("weights", weights) != weights
    except CorpusError:
        return False
