#!/bin/sh
# Turns the old product's container arguments into a command:
#   IMAGE key=value …   runs the main job on the mounted folders; so does IMAGE --selection-config FILE …
#   IMAGE token=… worker.worker_id=…   joins as a worker
#   IMAGE --help        lists the options
#   IMAGE ui|run|…      any other command of winnow
# WINNOW_MOUNTS is the folder with the mount points, WINNOW the command; both are for tests.
set -eu
mounts=${WINNOW_MOUNTS:-/home}
winnow=${WINNOW:-winnow}
# Runs, tables and caches live with the results, so that a later container finds them.
export DAGSTER_HOME="${DAGSTER_HOME:-$mounts/output_dir/.winnow}"

case "${1:-}" in
    --help | -h)
        exec "$winnow" run --help
        ;;
    "" | *=* | --worker-config | --selection-config | --lightly-config)
        case " $* " in
            *" sanity_check="[Tt][Rr][Uu][Ee]" "*) exec "$winnow" run "$@" ;;
            *" worker.worker_id="[0-9a-f]* | *" worker_id="[0-9a-f]*) exec "$winnow" run "$@" ;; # jobs name their places
        esac
        if [ ! -d "$mounts/output_dir" ]; then
            echo "winnow: error: $mounts/output_dir is not mounted; add -v /your/folder:$mounts/output_dir" >&2
            exit 2
        fi
        set -- "output_dir=$mounts/output_dir" "$@"
        if [ -d "$mounts/shared_dir" ]; then set -- "shared_dir=$mounts/shared_dir" "$@"; fi
        if [ -d "$mounts/input_dir" ]; then set -- "input_dir=$mounts/input_dir" "$@"; fi
        exec "$winnow" run "$@"
        ;;
    ui | serve | api)
        command=$1
        shift
        exec "$winnow" "$command" --host 0.0.0.0 "$@"
        ;;
    *)
        exec "$winnow" "$@"
        ;;
esac
