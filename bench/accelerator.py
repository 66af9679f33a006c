"""What a GPU or TPU does with this engine: correctness, steps, features, memory, roofline.

    bench/accelerator.sh [--quick] [--minutes 7] [--json FILE]      (builds, then runs this)

Audio is generated. Every section watches the clock; what no longer fits, or wants a package that
is not there, is listed as not measured. Without an accelerator it runs on the CPU, at small sizes
with --quick, so that the script itself can be tried anywhere; such figures say nothing of a GPU.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import jax
import jax.numpy as jnp
import numpy as np

from bench.timing import Row, summarise, write_json

SAMPLES, FRAMES, COEFFICIENTS = 64_600, 402, 60
OPTIONAL = {
    "orbax.checkpoint": "checkpoints (not used here)",
    "grain": "the loader (not used here)",
    "soundfile": "reading of audio files (audio is generated)",
    "soxr": "resampling (not used here)",
    "tyro": "command-line overrides (not used here)",
}


@dataclass
class Session:
    """The device, the sizes, the clock, and what was found so far."""

    quick: bool
    deadline: float
    path: Path
    """Where the figures go, anew after each: a run that is cut off loses none."""
    rows: list[Row] = field(default_factory=list)
    checks: dict[str, float] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    device: Any = field(default_factory=lambda: jax.devices()[0])
    matrix_rate: dict[str, float] = field(default_factory=dict)
    """Measured FLOP/s of a large matrix product, by dtype."""
    copy_rate: float = 0.0
    """Measured bytes/s, read and written, of a large copy."""

    def in_time(self, what: str, seconds: float) -> bool:
        """Whether `seconds` are left; otherwise notes `what` as not measured."""
        if time.monotonic() + seconds <= self.deadline:
            return True
        self.skipped.append(f"{what}: not measured (out of time)")
        return False

    def save(self) -> None:
        """Write what was found so far."""
        write_json(
            self.path, "accelerator", self.rows, packages=("jax", "flax", "optax"),
            device=str(self.device.device_kind), platform=self.device.platform,
            checks=self.checks, not_measured=self.skipped,
        )  # fmt: skip

    def timed(self, name: str, call: Callable[[], Any], per: float = 1, **notes: Any) -> Row:
        """Time `call`, whose result is waited for; the row is per `per` calls or clips."""
        jax.block_until_ready(call())
        repeats, seconds, began = (2 if self.quick else 20), [], time.monotonic()
        while len(seconds) < repeats and (time.monotonic() - began < 3 or len(seconds) < 2):
            start = time.perf_counter()
            jax.block_until_ready(call())
            seconds.append((time.perf_counter() - start) / per)
        row = summarise(name, seconds, "wall")
        row.notes = notes
        self.rows.append(row)
        self.save()
        print(f"  {name:58} {row.median * 1e3:10.3f} ms  (least {row.minimum * 1e3:.3f})")
        return row


def section(title: str) -> None:
    print(f"\n== {title}")


def ceilings(session: Session) -> None:
    """Measure what the device can do at best: a matrix product and a copy."""
    section("ceilings, as measured")
    size = 512 if session.quick else 8192
    for dtype in ("float32", "bfloat16"):
        a = jax.random.normal(jax.random.key(0), (size, size), dtype)
        product = jax.jit(jnp.matmul)
        row = session.timed(f"matrix product {size}, {dtype}", lambda a=a, f=product: f(a, a))
        session.matrix_rate[dtype] = 2 * size**3 / row.minimum
        row.notes["TFLOP/s"] = round(session.matrix_rate[dtype] / 1e12, 2)
    x = jnp.zeros(2**20 if session.quick else 2**29, jnp.float32)
    copied = jax.jit(lambda x: x + 1)
    row = session.timed(f"copy of {x.nbytes / 2**20:.0f} MiB", lambda: copied(x))
    session.copy_rate = 2 * x.nbytes / row.minimum
    row.notes["GB/s"] = round(session.copy_rate / 1e9, 1)
    for row in session.rows:
        print(f"  {row.name}: {row.notes}")


def experiment_of(model: Any, batch: int) -> Any:
    from spoofjax.config import Corpus, Experiment, Sampler
    from spoofjax.features import LFCC
    from spoofjax.training.losses import BinaryCrossEntropy
    from spoofjax.training.optimizers import Adam

    return Experiment(
        data=Corpus(), front_end=LFCC(), model=model, sampling=Sampler(),
        loss=BinaryCrossEntropy(), optimizer=Adam(), batch=batch, steps=1,
    )  # fmt: skip


def models(dtype: Any) -> dict[str, Any]:
    from spoofjax import models as known

    return {
        "CNN": known.CNN(dtype=dtype, pooling="flatten", frames=FRAMES),
        "CNN-LSTM": known.CNNLSTM(dtype=dtype, batch_norm=False, pooling="last"),
        "LSTM": known.LSTM(dtype=dtype),
        "CNN2D": known.CNN2D(dtype=dtype),
        "CNN2D-LSTM": known.CNN2DLSTM(dtype=dtype),
    }


def inputs_of(batch: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(batch, FRAMES, COEFFICIENTS)).astype(np.float32)
    labels = np.arange(batch, dtype=np.int32) % 2
    return features, np.full(batch, FRAMES, np.int32), labels


def agreement(session: Session) -> None:
    """Compare scores and gradients of every model, and features, with the CPU's."""
    section("the device against the CPU, largest difference")
    from flax import nnx

    from spoofjax.models.arrays import flatten
    from spoofjax.training.step import Inputs, apply

    cpu = jax.devices("cpu")[0]
    if session.device == cpu:
        session.skipped.append("the device against the CPU: not measured (this is the CPU)")
    features, lengths, labels = inputs_of(4 if session.quick else 16)
    for name, model in models("float32").items():
        if not session.in_time(f"agreement of {name}", 40):
            continue
        experiment = experiment_of(model, len(features))
        module = model.build(COEFFICIENTS, nnx.Rngs(1))
        graph, params, constants = nnx.split(module, nnx.Param, ...)
        flat = jax.device_get((flatten(params), flatten(constants)))
        inputs = Inputs(features, lengths, labels)

        def judged(params, constants, inputs, graph=graph, experiment=experiment):
            output, _ = apply(graph, params, constants, inputs)
            return experiment.loss(output, inputs.labels).mean(), output.score

        both = jax.jit(jax.value_and_grad(judged, has_aux=True))
        found = {}
        for device in dict.fromkeys((cpu, session.device)):
            with jax.default_matmul_precision("highest"):
                placed = jax.device_put((*flat, inputs), device)
                (_, scores), gradient = jax.device_get(both(*placed))
            leaves = jax.tree.leaves(gradient)
            norm = np.sqrt(sum(float(np.sum(np.square(leaf))) for leaf in leaves))
            found[device] = scores, leaves, norm
        (scores, leaves, norm), (other, others, _) = found[cpu], found[session.device]
        apart = np.sqrt(
            sum(float(np.sum(np.square(a - b))) for a, b in zip(leaves, others, strict=True))
        )
        if session.device != cpu:
            note(session, f"{name}: scores", np.abs(scores - other).max())
            note(session, f"{name}: gradient, relative norm", apart / norm)
    in_graph_agreement(session)


def note(session: Session, name: str, value: Any) -> None:
    session.checks[name] = float(value)
    print(f"  {name:58} {value:.2e}")


def clips(count: int) -> np.ndarray:
    """Return int16 (count, 64600): noise with the slope and the pauses of speech."""
    rng = np.random.default_rng(0)
    spectrum = np.fft.rfft(rng.normal(size=(min(count, 64), SAMPLES)))
    spectrum /= 1 + np.arange(spectrum.shape[1]) / 2_000
    waves = np.fft.irfft(spectrum, SAMPLES) * np.abs(np.sin(np.linspace(0.1, 12, SAMPLES)))
    waves = np.round(16_000 * waves / np.abs(waves).max()).astype(np.int16)
    return np.tile(waves, (-(-count // len(waves)), 1))[:count]


def has_kernel(session: Session) -> bool:
    if importlib.util.find_spec("spoofjax.features._framed") is not None:
        return True
    text = "features on the host: not measured (the C extension is not built)"
    if text not in session.skipped:
        session.skipped.append(text)
    return False


def in_graph_agreement(session: Session) -> None:
    from spoofjax.features import LFCC

    if not has_kernel(session):
        return
    waves = clips(4)
    expected = LFCC()(waves)
    for dft in ("fft", "matrix"):
        transform = jax.jit(LFCC().in_graph(dft))  # type: ignore[arg-type]
        found = np.asarray(transform(jnp.asarray(waves, jnp.float32) / 32768))
        note(session, f"LFCC-60 in the graph ({dft}): features", np.abs(found - expected).max())


def steps(session: Session) -> None:
    """Time a training step of each batch, precision and model."""
    section("training steps (LFCC-60, 402 frames)")
    # What matters most comes first, in case the time runs out.
    for batch in (4,) if session.quick else (256, 1024, 64):
        for dtype in ("float32", "bfloat16"):
            for name, model in models(dtype).items():
                label = f"{name}, batch {batch}, {dtype}"
                # Two-dimensional convolutions of large batches are tuned for long.
                seconds = 40 if batch > 256 and name.startswith("CNN2D") else 20
                if session.in_time(f"step of {label}", seconds):
                    one_step(session, label, model, batch, dtype)


def one_step(session: Session, label: str, model: Any, batch: int, dtype: str) -> None:
    from spoofjax.loading.batches import Batch
    from spoofjax.training.assembly import assemble, compile_step

    assembly = assemble(experiment_of(model, batch), 1)
    inputs = assembly.put(Batch(*inputs_of(batch), np.arange(batch)))
    try:
        compiled = compile_step(assembly, inputs)
        held = [assembly.state]

        def step():
            held[0], metrics = compiled.step(held[0], inputs, assembly.key)
            return metrics.loss

        row = session.timed(f"step: {label}", step)
    except jax.errors.JaxRuntimeError as error:
        session.skipped.append(f"step of {label}: not measured ({str(error).splitlines()[0]})")
        return
    row.notes |= {
        "clips/s": round(batch / row.median),
        "compile s": round(compiled.seconds, 1),
        "temporary MiB": round((compiled.temporary_bytes or 0) / 2**20, 1),
    }
    if compiled.flops and session.matrix_rate:
        cost = compiled.step.cost_analysis() or {}
        least = max(
            compiled.flops / session.matrix_rate[dtype],
            cost.get("bytes accessed", 0.0) / session.copy_rate,
        )
        row.notes["of the roofline"] = f"{least / row.minimum:.1%}"


def recurrences(session: Session) -> None:
    """Time one LSTM layer, forward and backward: our scan beside cuDNN's."""
    section("LSTM layer of 128, 400 steps, forward and backward")
    from spoofjax.models.layers.recurrent import lstm

    gpu = session.device.platform in ("gpu", "cuda")
    if not gpu:
        session.skipped.append("cuDNN's LSTM: not measured (no NVIDIA GPU)")
    hoist = session.device.platform != "cpu"
    for batch in (4,) if session.quick else (64, 256, 1024):
        if not session.in_time(f"LSTM at batch {batch}", 20):
            continue
        from jax.experimental import rnn

        key = jax.random.key(0)
        x = jax.random.normal(key, (batch, 400, COEFFICIENTS))
        flat = rnn.init_lstm_weight(key, COEFFICIENTS, 128, 1, False)
        w_in, w_back, b_in, b_back = rnn.unpack_lstm_weights(flat, COEFFICIENTS, 128, 1, False)
        weights = w_in[0].T, w_back[0].T, b_in[0] + b_back[0]

        def ours(x, weights):
            return jnp.swapaxes(lstm(jnp.swapaxes(x, 0, 1), *weights, None, False, hoist), 0, 1)

        scan = jax.jit(jax.value_and_grad(lambda w, x: jnp.sum(ours(x, w) ** 2)))
        session.timed(f"LSTM scan, batch {batch}", lambda f=scan, w=weights, x=x: f(w, x))
        if not gpu:
            continue

        def theirs(x, flat, batch=batch):
            zero = jnp.zeros((1, batch, 128))
            lengths = jnp.full((batch,), 400, jnp.int32)
            found: Any = rnn.lstm(x, zero, zero, flat, lengths, COEFFICIENTS, 128, 1, 0.0, False)
            return found[0]

        try:
            apart = jnp.abs(jax.jit(theirs)(x, flat) - jax.jit(ours)(x, weights)).max()
            note(session, f"cuDNN's LSTM against the scan, batch {batch}", apart)
            cudnn = jax.jit(jax.value_and_grad(lambda w, x: jnp.sum(theirs(x, w) ** 2)))
            session.timed(f"LSTM cuDNN, batch {batch}", lambda f=cudnn, w=flat, x=x: f(w, x))
        except Exception as error:  # jax's binding raises many kinds, by version
            first = str(error).splitlines()[0][:120]
            session.skipped.append(f"cuDNN's LSTM: not measured ({type(error).__name__}: {first})")


def features(session: Session) -> None:
    """Time LFCC-60 of int16 clips to features on the device, transfers included."""
    section("LFCC-60: from int16 clips on the host to features on the device")
    from spoofjax.features import LFCC

    batch = 4 if session.quick else 256
    if not session.in_time("features", 30):
        return
    waves, front_end = clips(batch), LFCC()
    if has_kernel(session):
        for threads in (1, None):
            title = "one thread" if threads == 1 else "all cores"
            session.timed(
                f"features on the host, {title}, per clip",
                lambda threads=threads: jax.device_put(front_end(waves, threads=threads)),
                batch,
            )
    for dft in ("fft", "matrix"):
        inner = front_end.in_graph(dft)  # type: ignore[arg-type]
        transform = jax.jit(lambda x, f=inner: f(x.astype(jnp.float32) / 32768))
        session.timed(
            f"features in the graph ({dft}), transfer included, per clip",
            lambda f=transform: f(jax.device_put(waves)),
            batch,
        )
        there = jax.device_put(waves)
        session.timed(
            f"features in the graph ({dft}), per clip", lambda f=transform, x=there: f(x), batch
        )


def memory(session: Session) -> None:
    section("memory")
    stats = session.device.memory_stats()
    if not stats:
        session.skipped.append("peak memory: not measured (this device does not report it)")
        return
    note(session, "peak GiB in use", stats.get("peak_bytes_in_use", 0) / 2**30)


def table(session: Session) -> None:
    """Print everything as one table, then what was not measured."""
    kind = f"{session.device.platform}: {session.device.device_kind}"
    section(f"all of it ({kind}, jax {jax.__version__})")
    print(f"{'':58} {'median ms':>10} {'least ms':>10}")
    for row in session.rows:
        notes = "  ".join(f"{key} {value}" for key, value in row.notes.items())
        print(f"{row.name:58} {row.median * 1e3:10.3f} {row.minimum * 1e3:10.3f}  {notes}".rstrip())
    for name, value in session.checks.items():
        print(f"{name:58} {value:10.2e}")
    for text in session.skipped:
        print(text)
    if session.device.platform == "cpu":
        print("No accelerator was at hand: nothing here was measured on one.")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the script")
    parser.add_argument("--minutes", type=float, default=7.0, help="what does not fit is left out")
    parser.add_argument("--json", type=Path, help="default bench/results/accelerator-DATE.json")
    options = parser.parse_args()
    stamp = time.strftime("%Y%m%d-%H%M")
    path = options.json or Path("bench/results", f"accelerator-{stamp}.json")
    session = Session(options.quick, time.monotonic() + 60 * options.minutes, path)
    print(f"{session.device.platform}: {session.device.device_kind}, jax {jax.__version__}")
    for package, use in OPTIONAL.items():
        if importlib.util.find_spec(package.split(".")[0]) is None:
            session.skipped.append(f"{package} is not installed: no {use}")
    for part in (ceilings, agreement, recurrences, features, steps, memory):
        part(session)
    table(session)
    session.save()
    print(f"written: {path}")


if __name__ == "__main__":
    main()
