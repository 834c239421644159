#!/usr/bin/env bash
# Throughput, then a real meta-training, on this machine's GPU within a number of minutes. Run it again with the same
# folder and it goes on where it stopped: several short leases add up to one long training.
#
#   benchmarks/gpu.sh MINUTES [PRESET] [RUNS] [FLAGS OF drift train...]
#
# Flags of a training that goes on must be those that it began with. The first run measures the throughput. PYTHON names
# the interpreter (default: that of the checkout's virtual environment).
set -uo pipefail
cd "$(dirname "$0")/.."
minutes=${1:?usage: benchmarks/gpu.sh MINUTES [PRESET] [RUNS] [FLAGS...]}
preset=${2:-minatar-breakout}
runs=${3:-runs}
flags=("${@:4}")
python=${PYTHON:-.venv/bin/python}
deadline=$((SECONDS + minutes * 60))
export JAX_COMPILATION_CACHE_DIR=${JAX_COMPILATION_CACHE_DIR:-$runs/compiled}
mkdir -p "$runs"

"$python" -c 'import jax; print("devices:", jax.devices())' || exit
last=$(ls -d "$runs"/*-"$preset"-* 2>/dev/null | tail -n 1)
if [ -z "$last" ]; then
    timeout $((minutes * 60 / 4)) "$python" -m benchmarks.device_speed "$preset" | tee "$runs/throughput-$preset.txt"
    start=(--preset "$preset" --runs "$runs" "${flags[@]}")
elif [ -e "$last/drift.npz" ]; then
    echo "$last is finished; distil it with: drift distil $last"
    exit 0
else
    start=(--resume "$last" "${flags[@]}")
fi
# An interrupt leaves a checkpoint of the last finished generation behind.
timeout --signal=INT --kill-after=60 $((deadline - SECONDS)) "$python" cli.py train "${start[@]}"
code=$?
case $code in
124 | 130 | 137) echo "time is up; run this again to go on" ;; # 137: a generation took longer than the 60 s of grace
*) exit "$code" ;;
esac
