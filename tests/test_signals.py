"""How Ctrl-C and SIGTERM end a command, whatever it is doing."""

import signal
import subprocess
import sys

import pytest

BUSY = """
import time
from spoofjax import signals

signals.catch()
{setting}
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("cleaning", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def busy():
    """Start a process that sleeps, and that sleeps again while it cleans up after Ctrl-C."""
    processes = []

    def start(setting: str = "") -> subprocess.Popen:
        command = [sys.executable, "-c", BUSY.format(setting=setting)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_the_second_ctrl_c_does_not_wait_for_the_cleaning_up(busy):
    process = busy()
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "cleaning\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "interrupted\n")


def test_a_command_whose_files_survive_a_kill_ends_at_the_first_ctrl_c(busy):
    process = busy("signals.interrupt_at_once()")
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (130, "", "interrupted\n")


def test_sigterm_gives_the_advice_of_the_command(busy):
    process = busy("signals.advise_after_sigterm('Serve again.')")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (75, "error: stopped by SIGTERM. Serve again.\n")


def test_sigterm_asks_to_start_the_command_again(busy):
    process = busy()
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 75
    assert errors.startswith("error: stopped by SIGTERM. Start the command again")
