#!/usr/bin/env bash
# Root may build in a clone of somebody else's (sudo ./test): what that wrote becomes the clone's owner's, who could not build again otherwise.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ "$(id -u)" -eq 0 ] && [ "$(stat -c %u .)" -ne 0 ]; then
    find . -path ./.git -prune -o -user 0 -exec chown --no-dereference --reference=. {} +
fi
