"""A command's process imports grain without orbax, and orbax still comes when it is asked for."""

import subprocess
import sys

import grain
import orbax.checkpoint

from spoofjax.loading.grain_alone import import_grain


def test_orbax_is_left_for_later():
    program = (
        "import sys; from spoofjax.loading.grain_alone import import_grain; import_grain()\n"
        "assert 'grain' in sys.modules and 'orbax.checkpoint' not in sys.modules\n"
        "from grain import MapDataset; assert list(MapDataset.range(3)) == [0, 1, 2]\n"
        "import orbax.checkpoint as ocp; assert ocp.CheckpointManager\n"
        "import_grain(); assert sys.modules['orbax.checkpoint'] is ocp\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_process_that_has_them_keeps_them():
    import_grain()
    assert sys.modules["orbax.checkpoint"] is orbax.checkpoint
    assert grain.checkpoint.CheckpointSave
