#!/usr/bin/env bash
# What needs a GPU, in one go within 8 minutes: builds the extensions in place without network,
# checks the device against the CPU, measures, and ends with one table.
#
#     bench/accelerator.sh [--quick] [--minutes 7] [--only encoders] [--json FILE] [--compare FILE]
#
# Needs Python 3.11 to 3.13 with jax, flax, optax, numpy and Cython, and a C compiler. What else is
# missing is named, with what is skipped for it. PYTHON names another interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
export PYTHONUNBUFFERED=1 PYTHONPATH="src:.${PYTHONPATH:+:$PYTHONPATH}"

built=$(mktemp -d)
trap 'rm -rf "$built"' EXIT
if ! "$python" setup.py -q build_ext --inplace --build-temp "$built" >"$built/log" 2>&1; then
    echo "The C extensions could not be built; features on the host are skipped:" >&2
    tail -n 5 "$built/log" >&2
fi
# A GPU's memory is shared politely, and the CPU stays at hand to check against.
export XLA_PYTHON_CLIENT_PREALLOCATE=${XLA_PYTHON_CLIENT_PREALLOCATE:-false}
"$python" -m bench.accelerator "$@"
