#!/usr/bin/env bash
# isolate.sh COMMAND...: runs a command with temporary folders of its own, empty at first and removed afterwards, whoever wrote what there.
#
# As root, the command gets a mount namespace in which /tmp and /dev/shm are fresh; what its environment and working directory name below them
# (a clone in /tmp, a certificate) stays visible. Any other user, and root where mounts are not permitted, gets a fresh TMPDIR and
# XDG_RUNTIME_DIR instead, and a line that says so. SNAKEPIT_ISOLATED lists the folders, separated by colons.
set -euo pipefail

# The name is short: the path of a Unix socket has at most 107 bytes, and TMPDIR may be deep already.
create_room() {
    local parent=${TMPDIR:-/tmp}
    [ ${#parent} -le 40 ] && [ -w "$parent" ] || parent=/tmp
    room=$(cd "$parent" && mktemp -d "$PWD/snakepit-test-XXXXXX")
    trap remove_room EXIT
    chmod 711 "$room" # tests that become another user look for their files in it
    mkdir -m 1777 "$room/tmp" "$room/shm"
    mkdir -m 700 "$room/run"
}

remove_room() {
    chmod -R u+rwX "$room" 2>/dev/null || true # tests take rights away
    rm -rf --one-file-system -- "$room"
}

# The paths below /tmp and /dev/shm that the command is given: its working directory, its repository, and all that the environment names.
given_paths() {
    local variable path
    {
        pwd -P
        git rev-parse --path-format=absolute --git-common-dir 2>/dev/null || true
        env -0 -u TMPDIR -u TMP -u TEMP -u PWD -u OLDPWD -u XDG_RUNTIME_DIR -u SNAKEPIT_ISOLATED | while IFS= read -r -d '' variable; do
            printf '%s\n' "${variable#*=}" | tr ':' '\n'
        done
    } | while IFS= read -r path; do
        if [[ $path == /* && -e $path ]]; then realpath -- "$path"; fi
    done | grep -E '^(/tmp|/dev/shm)(/|$)' | sort -u || true
}

# Prints why the command cannot have mounts of its own; nothing when it can.
obstacle() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "only root may mount"
    elif grep -qxE '/tmp|/dev/shm' <<< "$given"; then
        echo "the environment names the folder itself"
    else
        unshare --mount mount -t tmpfs snakepit-test "$room/shm" 2>&1 || true
    fi
}

# Inside the new namespace: covers both folders, leaving the given paths in sight, and becomes the command.
cover() {
    local here=$PWD path place
    mount -t tmpfs -o mode=1777 snakepit-test "$room/shm"
    while IFS= read -r path; do
        case $path in
            /tmp/*) place=$room/tmp/${path#/tmp/} ;;
            /dev/shm/*) place=$room/shm/${path#/dev/shm/} ;;
            *) continue ;;
        esac
        [ -e "$place" ] && continue # below a path that is there already
        mkdir -p "$(dirname "$place")"
        if [ -d "$path" ]; then mkdir "$place"; else touch "$place"; fi
        mount --rbind "$path" "$place"
    done <<< "$given"
    mount --move "$room/shm" /dev/shm
    mount --rbind "$room/tmp" /tmp
    cd "$here" # by its name: what it was is covered
    exec "$@"
}

if [ -n "${SNAKEPIT_ROOM-}" ]; then
    room=$SNAKEPIT_ROOM given=$SNAKEPIT_GIVEN
    unset SNAKEPIT_ROOM SNAKEPIT_GIVEN TMP TEMP XDG_RUNTIME_DIR
    TMPDIR=/tmp SNAKEPIT_ISOLATED=/tmp:/dev/shm cover "$@"
fi

create_room
given=$(given_paths)
problem=$(obstacle)
if [ -z "$problem" ]; then
    SNAKEPIT_ROOM=$room SNAKEPIT_GIVEN=$given unshare --mount "$0" "$@"
else
    echo "/tmp and /dev/shm are shared with other programs ($problem); the tests get a TMPDIR and an XDG_RUNTIME_DIR of their own."
    env -u TMP -u TEMP TMPDIR="$room/tmp" XDG_RUNTIME_DIR="$room/run" SNAKEPIT_ISOLATED="$room/tmp:$room/run" "$@"
fi
