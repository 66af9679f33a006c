"""Build the demo corpus from Debian packages, or check the committed one for shortcuts.

    python demo/build.py --check     # needs numpy, scipy and soundfile only
    python demo/build.py             # needs pyworld and the Debian packages of README.md

The corpus is committed: nobody has to build it. The same seed and the same package versions
give the same files.
"""

import argparse
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parent))

import chain
import shortcuts
import synthesis
from sources import (
    ATTACKS,
    RATE,
    SOUNDS,
    SPLITS,
    Speaker,
    Split,
    Voice,
    check_espeak_voices,
    decode_g722,
    g722_round_trip,
    prompts,
    voice_identities,
)
from texts import TEXTS

CORPUS = Path(__file__).resolve().parent / "corpus"
LONGEST = 4 * RATE  # of a source, before the chain cuts its clip


@dataclass(frozen=True)
class Item:
    """One file to make: who speaks, by which attack, from which recording or sentence."""

    split: Split
    number: int  # the generator of the item, unique over the corpus
    speaker: str
    gender: str
    language: str
    attack: str  # empty for bona fide
    prompt: Path | None = None
    voice: Voice | None = None
    text: str = ""


def load_prompts(speaker: Speaker) -> dict[tuple[str, Path], np.ndarray]:
    """A speaker's recordings that are long enough, by language and file."""
    out = {}
    for language, folder in speaker.folders.items():
        for path in prompts(folder):
            if path.stat().st_size > chain.MINIMUM_ACTIVE * RATE / 2:
                samples = decode_g722(path.read_bytes())
                if chain.long_enough(chain.high_pass(samples)):
                    out[language, path] = samples
    return out


def plan(split: Split, recordings: dict, rng: np.random.Generator, first: int) -> list[Item]:
    """The files of one split: bona fide prompts once each, attacks over prompts and voices."""
    owner = {language: s for s in split.speakers for language in s.folders}
    items: list[Item] = []

    def add(speaker: str, gender: str, language: str, attack: str, **source) -> None:
        items.append(Item(split, first + len(items), speaker, gender, language, attack, **source))

    def add_prompts(keys: list[tuple[str, Path]], count: int, attack: str) -> None:
        for i in rng.choice(len(keys), count, replace=False):
            language, path = keys[i]
            add(owner[language].identity, owner[language].gender, language, attack, prompt=path)

    for language in owner:
        keys = [key for key in recordings if key[0] == language]
        add_prompts(keys, split.bona_fide_per_language, "")
    identities = voice_identities(split)
    for attack, count in split.attacks.items():
        if ATTACKS[attack][1]:
            add_prompts(list(recordings), count, attack)
            continue
        voices = split.voices[attack]
        order = {v: rng.permutation(len(TEXTS[v.language[:2]])) for v in voices}
        for i in range(count):
            voice = voices[i % len(voices)]
            language, turn = voice.language[:2], order[voice]
            text = TEXTS[language][turn[i // len(voices) % len(turn)]]
            add(identities[voice], voice.gender, language, attack, voice=voice, text=text)
    return items


def stretch_of(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """At most four seconds of a recording, with enough speech in them."""
    for _ in range(20):
        start = int(rng.integers(0, max(1, len(x) - LONGEST)))
        piece = x[start : start + LONGEST]
        if chain.long_enough(chain.high_pass(piece)):
            return piece
    return x[:LONGEST]


def source_samples(item: Item, rng: np.random.Generator) -> np.ndarray:
    """Speech before the level, codec and chain: recorded, re-synthesised or spoken from text."""
    if item.voice is not None:
        return synthesis.speak(item.voice, item.text, rng)
    assert item.prompt is not None
    recorded = stretch_of(decode_g722(item.prompt.read_bytes()), rng)
    function = ATTACKS[item.attack][1] if item.attack else ""
    return getattr(synthesis, function)(recorded, rng) if function else recorded


def make(job: tuple[Item, chain.Room, int]) -> np.ndarray:
    """The finished clip of one item, int16."""
    item, room, seed = job
    rng = np.random.default_rng([seed, item.number])
    x = source_samples(item, rng)
    if item.attack:
        levels = chain.frame_levels(x)
        own = 10 * np.log10(np.mean(10 ** (levels[chain.active_frames(levels)] / 10)))
        x = g722_round_trip(x * 10 ** ((room.levels[rng.integers(len(room.levels))] - own) / 20))
    return chain.run_chain(x, room, rng)


def write_split(
    split: Split, items: list[Item], clips: list[np.ndarray], out: Path, rng: np.random.Generator
) -> list[str]:
    """Audio and protocol of one split, ids shuffled; returns the lines of provenance.tsv."""
    (out / split.folder).mkdir(parents=True)
    protocol, provenance = [], []
    for number, place in enumerate(rng.permutation(len(items)), start=1):
        item, name = items[place], f"{split.prefix}_{number:010d}"
        soundfile.write(
            out / split.folder / f"{name}.flac",
            clips[place],
            RATE,
            subtype="PCM_16",
            compression_level=1.0,
        )
        tag = f"AC{rng.integers(1, 4)}" if item.attack else "-"
        verdict = (item.attack, "spoof") if item.attack else ("bonafide", "bonafide")
        protocol.append(
            " ".join((item.speaker, name, item.gender, "-", "-", "-", tag, *verdict, "-"))
        )
        if item.voice:
            origin = f"{item.voice.engine}:{item.voice.name}"
        else:
            assert item.prompt is not None
            origin = str(item.prompt.relative_to(SOUNDS))
        provenance.append(
            "\t".join((name, item.attack or "bonafide", item.language, origin, item.text or "-"))
        )
    (out / split.protocol).write_text("\n".join(protocol) + "\n")
    return provenance


def build(out: Path, seed: int, jobs: int) -> None:
    """Make every file of the corpus under `out`, replacing what was there."""
    rng = np.random.default_rng(seed)
    if out.exists():
        if any(out.iterdir()) and not (out / "provenance.tsv").is_file():
            raise SystemExit(f"{out} holds something else than this corpus; name another folder")
        shutil.rmtree(out)
    lines, first = ["file\tattack\tlanguage\tsource\ttext"], 0
    with ProcessPoolExecutor(jobs) as pool:
        for split in SPLITS:
            check_espeak_voices(split)
            recordings = {}
            for speaker in split.speakers:
                recordings.update(load_prompts(speaker))
            room = chain.listen(list(recordings.values()))
            items = plan(split, recordings, rng, first)
            first += len(items)
            print(f"{split.name}: {len(recordings)} recordings, {len(items)} files", flush=True)
            clips = list(pool.map(make, [(item, room, seed) for item in items], chunksize=8))
            lines += write_split(split, items, clips, out, rng)
    (out / "provenance.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
    print(f"{len(lines) - 1} files, {size / 1e6:.1f} MB")


def main() -> int:
    """Exit status 0 when the shortcut test holds, 1 when a probe leaks."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="only the shortcut test")
    parser.add_argument("--out", type=Path, default=CORPUS, help="default: demo/corpus")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    if not arguments.check:
        build(arguments.out, arguments.seed, arguments.jobs)
    probes = shortcuts.run_probes(arguments.out)
    print(shortcuts.report(probes))
    return 0 if all(probe.passed for probe in probes) else 1


if __name__ == "__main__":
    sys.exit(main())
