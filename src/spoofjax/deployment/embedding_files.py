"""Writing the embeddings of a corpus, shard by shard, so that a killed job loses at most one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax import config_files
from spoofjax.config import Augmentation
from spoofjax.corpora.embedded.plan import VERSION, Plan, claim
from spoofjax.corpora.embedded.stored import EmbeddingShard, finish_split, shards_of
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.part_files import sweep
from spoofjax.corpora.packing.stored_manifest import digest
from spoofjax.deployment.embedding import Embedder
from spoofjax.errors import ConfigError
from spoofjax.loading.batches import Batch
from spoofjax.loading.copies import CopyBatches, with_copies
from spoofjax.loading.prefetch import evaluation_batches

LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class Share:
    """How the work is divided: job `index` of `count` writes every count-th shard."""

    shard_rows: int = 1024
    index: int = 0
    count: int = 1

    def check(self) -> None:
        """Raise ConfigError for numbers that make no sense."""
        if self.shard_rows < 1:
            raise ConfigError(f"--shard-rows must be 1 or more, not {self.shard_rows}.")
        if not 0 <= self.index < self.count:
            raise ConfigError(
                f"--shard-index must be 0 to --shard-count - 1, not {self.index} of {self.count}."
            )


@dataclass(frozen=True)
class Written:
    """What a job did."""

    utterances: int
    computed: int
    unreadable: tuple[str, ...]
    waiting: Mapping[str, int]
    """Shards of each split that are left to other jobs."""
    width: int
    layers: tuple[str, ...]


def write_embeddings(
    embedder: Embedder,
    manifests: Mapping[str, Manifest],
    out: Path,
    share: Share,
    copies: int,
    report: Callable[[str, int, int], None],
) -> Written:
    """Write the embeddings of splits to the folder `out`, or what is missing there.

    The training split gets `copies` augmented copies of each utterance. `report` is called with a
    split and how many of its rows are done. Raises ConfigError, and CorpusError where `out` was
    begun with something else.
    """
    share.check()
    experiment = embedder.experiment
    if copies and type(experiment.augment) is Augmentation:
        raise ConfigError("--copies needs an augmentation; the configuration has none.")
    splits = {
        split: with_copies(manifest, copies if split == "train" else 0)
        for split, manifest in manifests.items()
    }
    shards = {
        split: shards_of(out / split, len(manifest), share.shard_rows)
        for split, manifest in splits.items()
    }
    width = _width(embedder)
    claim(out, _plan(embedder, splits, share, copies, width))
    computed, unreadable, waiting = 0, [], {}
    for split, manifest in splits.items():
        sweep(out / split)
        own = [s for number, s in enumerate(shards[split]) if number % share.count == share.index]
        done = 0
        for shard in own:
            if not shard.is_written():
                _write(embedder, manifest, shard, len(manifests[split]))
                computed += len(shard.rows)
            done += len(shard.rows)
            report(split, done, sum(len(s.rows) for s in own))
            unreadable += [f"{split}: {why}" for _, why in shard.receipt()["unreadable"]]
        missing = sum(not shard.is_written() for shard in shards[split])
        if missing:
            waiting[split] = missing
        else:
            finish_split(out / split, manifest, shards[split])
    total = sum(map(len, splits.values()))
    return Written(total, computed, tuple(unreadable), waiting, width, embedder.layers)


def _plan(
    embedder: Embedder, splits: Mapping[str, Manifest], share: Share, copies: int, width: int
) -> Plan:
    corpora = {manifest.corpus for manifest in splits.values()}
    if len(corpora) != 1 or "+" in next(iter(corpora)):
        raise ConfigError("Write the embeddings of each corpus into a folder of its own.")
    return {
        "version": VERSION,
        "corpus": corpora.pop(),
        "layers": list(embedder.layers),
        "width": width,
        "pool": embedder.pool,
        "shard_rows": share.shard_rows,
        "splits": {
            split: {"rows": len(manifest), "sha256": digest(manifest)}
            for split, manifest in splits.items()
        },
        "provenance": {
            "config": config_files.to_json(embedder.experiment),
            "weights": embedder.digest,
            "copies": copies,
        },
    }


def _width(embedder: Embedder) -> int:
    """Return the size of a vector, found without computing anything."""
    experiment = embedder.experiment
    shape = (1, experiment.clip.evaluate, *experiment.front_end.sample_shape)
    one = experiment.front_end(np.zeros(shape, np.float32))
    return embedder.width_for(one.shape)


def _write(embedder: Embedder, manifest: Manifest, shard: EmbeddingShard, originals: int) -> None:
    """Compute and write one shard."""
    experiment = embedder.experiment
    rows = manifest.take(np.asarray(shard.rows))
    batches = CopyBatches(
        rows,
        augment=experiment.augment,
        seed=experiment.seed,
        first_row=shard.rows.start,
        originals=originals,
        front_end=experiment.front_end,
        clip=experiment.clip,
        loading=experiment.loading,
    )
    arrays: dict[int, np.ndarray] = {}
    with closing(batches):
        stream = evaluation_batches(
            batches, experiment.evaluation.batch, experiment.loading.prefetch
        )
        for batch in stream:
            arrays.update(_computed(embedder, batch, rows))
    unread = sorted(set(range(len(rows))) - arrays.keys())
    blank = np.zeros((1, len(embedder.layers), _width(embedder)), np.float32)
    arrays |= dict.fromkeys(unread, blank)
    problems = [(shard.rows.start + row, f"{rows.ids[row]} cannot be read") for row in unread]
    ordered = [arrays[row] for row in range(len(rows))]
    shard.write(ordered, embedder.is_pooled, problems, embedder.digest)


def _computed(embedder: Embedder, batch: Batch, rows: Manifest) -> Iterable[tuple[int, np.ndarray]]:
    """Yield the row and the array (frames, layers, width) of each utterance in a batch."""
    values, frames = embedder(batch.features, batch.lengths)
    for slot, row in enumerate(batch.indices.tolist()):
        if row < 0:
            continue
        array = values[slot, : frames[slot]]
        if not np.abs(array).max(initial=0.0) <= LARGEST:  # "not <=" also refuses NaN
            raise ConfigError(
                f"The embedding of {rows.ids[row]} has values that float16 cannot hold, or that "
                "are not numbers. Choose other --layers, or check the weights."
            )
        yield row, array
