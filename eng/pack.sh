#!/usr/bin/env bash
# pack.sh FOLDER [OPTION...]: puts the packages (Snakepit and all below src/) into a folder, which NuGet takes as a source.
# The options go to dotnet pack.
set -euo pipefail
if [ $# -eq 0 ]; then
    echo "usage: eng/pack.sh FOLDER [OPTION OF dotnet pack...]" >&2
    exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for project in src/*/*.csproj; do
    echo "Packing $(basename "$project" .csproj)…"
    dotnet pack "$project" --configuration Release --output "$folder" --nologo -v quiet --tl:off -nodeReuse:false -warnaserror "${@:2}"
done
eng/give-back.sh
