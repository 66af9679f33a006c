#!/bin/bash
# docs/cluster/train-openmpi.sh HOSTS configs/cnn_lstm.py --out runs/cnn-lstm
# One process per host of the host file; all see the same --out. Starts again after a lost process.
hosts=$1
shift
for _ in {1..20}; do
    mpirun --hostfile "$hosts" --map-by ppr:1:node --bind-to none -x PATH \
        spoofjax train "$@" --resume
    status=$?
    [ "$status" = 0 ] && exit 0
    # 76: a process was lost; 134: jax ended it for the same reason. After 75 the scheduler decides.
    case $status in 76 | 134) ;; *) exit "$status" ;; esac
done
exit "$status"
