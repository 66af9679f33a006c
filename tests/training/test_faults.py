"""Every row of the table of faults in docs/reliability.md, each with the real fault."""

import gc
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest
import started_runs

from spoofjax.config import Checkpoints, Loading, Parallel
from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.errors import AudioError, ConfigError, Preempted, RunError, TrainingError
from spoofjax.training.loop import train
from spoofjax.training.optimizers import SGD

pytestmark = pytest.mark.usefixtures("compiled_once")


@pytest.fixture(scope="module")
def tiny(tiny_corpus):
    """The tiny experiment: 40 steps, a checkpoint after every tenth."""
    return load_config(tiny_corpus() / "tiny.py")


@pytest.fixture(scope="module")
def manifests(tiny):
    return training_splits(tiny.data)


@pytest.fixture
def own(tiny_corpus, tmp_path):
    """The experiment with a corpus of its own, which a test may damage."""
    return load_config(tiny_corpus(tmp_path / "corpus") / "tiny.py")


@pytest.fixture(scope="module")
def uninterrupted(tiny, manifests, tmp_path_factory):
    """The folder of an uninterrupted run."""
    folder = tmp_path_factory.mktemp("faults") / "uninterrupted"
    train(tiny, manifests, folder, quiet=True)
    return folder


@pytest.fixture
def finished(uninterrupted, tmp_path):
    """A copy of the uninterrupted run, which a test may damage."""
    return shutil.copytree(uninterrupted, tmp_path / "finished")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 300 kB, and a function that mounts it again with other options."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    try:
        yield (
            disk,
            lambda options: subprocess.run(["mount", "-o", f"remount,{options}", disk], check=True),
        )
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


# ------------------------------------------------------------------- the scheduler
def test_sigterm_writes_a_checkpoint_and_the_resumed_run_ends_the_same(
    tiny, manifests, uninterrupted, tmp_path
):
    folder = tmp_path / "run"

    def terminate():
        while not any(row["step"] >= 5 for row in started_runs.rows(folder)):
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGTERM)

    scheduler = threading.Thread(target=terminate)
    scheduler.start()
    with pytest.raises(Preempted, match=r"SIGTERM after step \d+; the checkpoint is written"):
        train(tiny, manifests, folder, quiet=True)
    scheduler.join()
    assert len(started_runs.losses(folder)) == started_runs.steps_of(folder)[-1] >= 5
    train(tiny, manifests, folder, resume=True, quiet=True)
    assert started_runs.identical(folder, uninterrupted)
    assert (started_runs.losses(folder) == started_runs.losses(uninterrupted)).all()


@pytest.mark.slow
def test_sigterm_ends_the_command_with_the_status_for_requeue(tiny_corpus, tmp_path):
    config, folder = tiny_corpus() / "tiny.py", tmp_path / "run"
    process = started_runs.start(
        config, "--steps", 2000, "--evaluation.every", 500, "--out", folder
    )
    [(status, output)] = started_runs.interrupt(folder, 20, process)
    assert status == 75
    assert "Start the run again with --resume." in output


# --------------------------------------------------------- processes that hang
HANGS = """
import time
from spoofjax.audio import reading

usual = reading.read_clip

def read_clip(path, *arguments):
    if str(path).endswith({name!r}):
        time.sleep(3600)
    return usual(path, *arguments)

reading.read_clip = read_clip
"""


def hanging_on_a_file(corpus, split, folder):
    """Return an environment in which reading a file of a split never ends, as on a lost server."""
    victim = sorted((corpus / split).iterdir())[7]
    (folder / "sitecustomize.py").write_text(HANGS.format(name=victim.name))
    return {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])}


@pytest.mark.slow
def test_a_loader_that_hangs_is_ended_with_every_stack(tiny_corpus, tmp_path):
    corpus, folder = tiny_corpus(tmp_path / "corpus"), tmp_path / "run"
    variables = hanging_on_a_file(corpus, "flac_D", tmp_path)
    started = time.monotonic()
    arguments = ("--out", folder, "--parallel.stall", 12, "--steps", 60)
    process = started_runs.start(corpus / "tiny.py", *arguments, variables=variables)
    [(status, output)] = started_runs.finish(process)
    assert status == 76, output
    assert time.monotonic() - started > 12
    assert "nothing moved for 12 s (parallel.stall) during an evaluation" in output
    stacks = (folder / "stalled-process-0.txt").read_text()
    assert "sources.py" in stacks  # where the reading thread hangs
    assert "watchdog.py" in stacks
    assert started_runs.steps_of(folder)  # earlier checkpoints are kept


def test_a_process_whose_library_holds_the_interpreter_is_ended_too():
    # A call through PyDLL keeps the interpreter's lock, so no Python thread can run.
    holds = (
        "import ctypes; from spoofjax.cluster.watchdog import Watchdog\n"
        "with Watchdog(1): import time; time.sleep(0.5); ctypes.PyDLL(None).sleep(60)"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", holds], capture_output=True, text=True)
    assert done.returncode == 76
    assert time.monotonic() - started < 30
    assert "a library held the interpreter's lock for 2 s (twice parallel.stall)" in done.stderr
    assert 'File "<string>", line 2 in <module>' in done.stderr


def test_a_process_that_was_stopped_for_long_goes_on():
    works = (
        "import time; from spoofjax.cluster.watchdog import Watchdog\n"
        "with Watchdog(1) as watchdog:\n"
        "    print('ready', flush=True)\n"
        "    for n in range(20): watchdog.beat(f'step {n}'); time.sleep(0.1)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", works], stdout=subprocess.PIPE)
    process.stdout.readline()
    process.send_signal(signal.SIGSTOP)
    time.sleep(3.5)  # longer than twice the limit, after which both watchdogs end a process
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.mark.slow
def test_a_rank_whose_loader_hangs_ends_all_ranks(tiny_corpus, tmp_path):
    corpus = tiny_corpus(tmp_path / "corpus")
    variables = hanging_on_a_file(corpus, "flac_D", tmp_path)
    arguments = (corpus / "tiny.py", "--out", tmp_path / "run", "--parallel.stall", 12)
    ended = started_runs.finish(*started_runs.start_several(2, *arguments, variables=variables))
    assert [status for status, _ in ended] == [76, 76], ended


@pytest.mark.slow
@pytest.mark.parametrize("fault", [signal.SIGKILL, signal.SIGSTOP])
def test_a_dead_or_frozen_rank_ends_the_job_within_the_heartbeat(tiny_corpus, tmp_path, fault):
    arguments = ("--steps", 5000, "--evaluation.every", 1000, "--out", tmp_path / "run")
    first, second = started_runs.start_several(
        2, tiny_corpus() / "tiny.py", *arguments, "--parallel.heartbeat", 10
    )
    started_runs.wait_for_step(tmp_path / "run", 12, first, second)
    started_runs.wait_for_checkpoint(tmp_path / "run", 10)
    second.send_signal(fault)
    lost = time.monotonic()
    output = first.communicate(timeout=60)[0]
    seconds = time.monotonic() - lost
    second.kill()
    second.communicate()
    assert seconds < 10 + 10, output
    # 76 if the connection broke, SIGABRT if jax's coordination service missed the heartbeat.
    assert first.returncode in (76, -signal.SIGABRT), output
    assert 10 in started_runs.steps_of(tmp_path / "run")


# ------------------------------------------------------------------------- numbers
def test_a_loss_that_is_not_finite_names_the_step_and_the_utterances(tiny, manifests, tmp_path):
    wild = tiny.replace(optimizer=SGD(learning_rate=1e4), checkpoints=Checkpoints(every=1, keep=9))
    with pytest.raises(TrainingError) as raised:
        train(wild.replace(log_every=10), manifests, tmp_path / "run", quiet=True)
    step = int(str(raised.value).split()[1])
    assert 1 < step < 40
    named = set(str(raised.value).split("its batch: ")[1].rstrip(".").split(", "))
    assert named <= set(manifests["train"].ids)
    assert len(named) > 8
    assert max(started_runs.steps_of(tmp_path / "run")) < step  # the state after it was not saved


# -------------------------------------------------------------------------- disks
@pytest.mark.slow
def test_after_a_full_disk_the_run_continues_from_the_last_checkpoint(
    tiny, manifests, uninterrupted, small_disk
):
    disk, mount = small_disk
    often = tiny.replace(checkpoints=Checkpoints(every=2, keep=50))
    with pytest.raises(RunError, match=r"(?i)free some space.*--resume"):
        train(often, manifests, disk / "run", quiet=True)
    kept = started_runs.steps_of(disk / "run")
    assert kept
    mount("size=20m")
    train(often, manifests, disk / "run", resume=True, quiet=True)
    assert started_runs.identical(disk / "run", uninterrupted)


def test_a_folder_that_cannot_be_written_is_reported_before_training(tiny, manifests, small_disk):
    disk, mount = small_disk
    mount("ro")
    with pytest.raises(RunError, match=r"run cannot be written to\..*Read-only file system"):
        train(tiny, manifests, disk / "run", quiet=True)


def test_a_second_process_is_refused(tiny, manifests, tmp_path):
    holder = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(); input()"
    (tmp_path / "run").mkdir()
    other = subprocess.Popen(
        [sys.executable, "-c", holder, tmp_path / "run" / ".lock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    other.stdout.readline()
    with pytest.raises(RunError, match="in use by another process"):
        train(tiny, manifests, tmp_path / "run", quiet=True)
    other.communicate(b"\n")


# -------------------------------------------------------------------- checkpoints
def largest(folder):
    return max((p for p in folder.rglob("*") if p.is_file()), key=lambda p: p.stat().st_size)


def cut(place):
    with largest(place).open("r+b") as file:
        file.truncate(100)


def garble(place):
    path = largest(place)
    data = bytearray(path.read_bytes())
    for position in range(len(data) // 4, len(data) // 2):
        data[position] ^= 0x55
    path.write_bytes(data)


def lose_arrays(place):
    shutil.rmtree(place / "state" / "d")


def lose_notes(place):
    shutil.rmtree(place / "notes")


def garble_notes(place):
    (place / "notes" / "metadata").write_text('{"drawn": [1')


@pytest.fixture
def swept():
    """Collect the readers that orbax leaves open when arrays are missing."""
    yield
    gc.collect()


@pytest.mark.usefixtures("swept")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "damage",
    [
        cut,
        lose_arrays,
        *(
            pytest.param(each, marks=pytest.mark.slow)
            for each in (garble, lose_notes, garble_notes)
        ),
    ],
)
def test_a_damaged_checkpoint_falls_back_to_the_one_before(
    tiny, manifests, uninterrupted, finished, caplog, damage
):
    assert started_runs.steps_of(finished) == [30, 40]
    damage(finished / "checkpoints" / "latest" / "40")
    with caplog.at_level(logging.WARNING, "spoofjax"):
        train(tiny, manifests, finished, resume=True, quiet=True)
    assert "latest/40 cannot be read" in caplog.text
    assert (finished / "checkpoints" / "damaged" / "latest-40").is_dir()
    assert started_runs.steps_of(finished) == [30, 40]  # trained again from 30 and saved
    assert (started_runs.losses(finished) == started_runs.losses(uninterrupted)).all()
    assert started_runs.identical(finished, uninterrupted)


def test_a_half_written_checkpoint_is_not_read(tiny, manifests, finished):
    latest = finished / "checkpoints" / "latest"
    shutil.copytree(latest / "40", latest / "50.orbax-checkpoint-tmp-1")
    train(tiny, manifests, finished, resume=True, quiet=True)
    assert started_runs.steps_of(finished) == [30, 40]


@pytest.mark.usefixtures("swept")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_without_a_readable_checkpoint_there_is_one_clear_error(tiny, manifests, finished):
    for place in (finished / "checkpoints").glob("*/*"):
        cut(place)
    with pytest.raises(RunError, match=r"No checkpoint can be read.*another --out"):
        train(tiny, manifests, finished, resume=True, quiet=True)


# -------------------------------------------------------------------------- audio
def vanish(path):
    path.unlink()


def corrupt(path):
    path.write_bytes(path.read_bytes()[:200])


@pytest.mark.parametrize("fault", [vanish, corrupt])
@pytest.mark.parametrize("split", ["flac_T", "flac_D"])
def test_an_unreadable_file_stops_the_run_and_is_named(own, tmp_path, fault, split):
    manifests = training_splits(own.data)
    victim = sorted((tmp_path / "corpus" / split).iterdir())[3]
    fault(victim)
    with pytest.raises(AudioError, match=victim.name):
        train(own, manifests, tmp_path / "run", quiet=True)


@pytest.mark.parametrize("fault", [vanish, corrupt])
def test_unreadable_files_are_skipped_and_counted_where_the_configuration_says_so(
    own, tmp_path, caplog, fault
):
    manifests = training_splits(own.data)
    drawn, scored = (
        sorted((tmp_path / "corpus" / split).iterdir())[4] for split in ("flac_T", "flac_D")
    )
    fault(drawn)
    fault(scored)
    skipping = own.replace(loading=Loading(on_error="skip"))
    with caplog.at_level(logging.WARNING, "spoofjax"):
        results = train(skipping, manifests, tmp_path / "run", quiet=True)
    output = [r.getMessage() for r in caplog.records if "left out" in r.getMessage()]
    assert {drawn.name in text for text in output} == {True, False}  # both files are named
    last = [row for row in started_runs.rows(tmp_path / "run") if "skipped" in row][-1]
    assert last["skipped"] == round(40 * 16 / 2 / 20)  # its share of the bona fide draws
    assert last["drawn_bonafide"] == last["drawn_spoof"] == 320  # its replacement is of its class
    assert len(started_runs.scores(tmp_path / "run", "dev")) == 23
    assert results["dev"]["bonafide"] + results["dev"]["spoof"] == 23
    assert scored.stem in results["dev"]["alarms"][0]
    assert scored.stem in (tmp_path / "run" / "report" / "report.md").read_text()


# ------------------------------------------------------------------ configuration
def test_pmap_refuses_split_parameters(tiny, manifests, tmp_path):
    both = tiny.replace(parallel=Parallel(api="pmap", shard_parameters=True))
    with pytest.raises(ConfigError, match=r"--parallel\.shard-parameters needs jit"):
        train(both, manifests, tmp_path / "run", quiet=True)
