#!/bin/bash
# Runs every shard of a plan as a task of a Slurm array. From the folder of the course, which all nodes see:
#
#   adem build --shards plan
#   sbatch --array=0-$(($(jq '.shards | length' plan/index.json) - 1)) examples/cluster/slurm-array.sh plan
#   adem collect --plan plan
#
# A task whose failure may pass (exit code 75) goes back into the queue, up to three times.
#SBATCH --job-name=adem
#SBATCH --cpus-per-task=2
#SBATCH --mem=600M
#SBATCH --time=01:00:00
#SBATCH --requeue
#SBATCH --signal=B:TERM@30

plan=${1:?the folder of the plan}

# In the background, so that bash passes SIGTERM on at once: adem then drops its current job and keeps the others.
adem run --plan "$plan" --jobs "$SLURM_CPUS_PER_TASK" &
worker=$!
trap 'kill -TERM "$worker"' TERM
wait "$worker"
code=$?
if [ "$code" -gt 128 ]; then
  wait "$worker"
  code=$?
fi

if [ "$code" -eq 75 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 3 ]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
fi
exit "$code"
