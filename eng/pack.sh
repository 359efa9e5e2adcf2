#!/usr/bin/env bash
# pack.sh FOLDER [--no-build] [OPTION...]: puts the packages (Snakepit and all below src/) into a folder, which NuGet takes as a source.
# The options go to dotnet pack. The tool has one package for this platform, compiled ahead of time, and a portable one for all others.
set -euo pipefail
if [ $# -eq 0 ]; then
    echo "usage: eng/pack.sh FOLDER [--no-build] [OPTION OF dotnet pack...]" >&2
    exit 2
fi
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
no_build=()
if [ "${1-}" = --no-build ]; then
    no_build=(--no-build)
    shift
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pack() { # <project> [<option>...]
    dotnet pack "$1" --configuration Release --output "$folder" --nologo -v quiet --tl:off -nodeReuse:false -warnaserror "${@:2}"
}

for project in src/*/*.csproj; do
    name=$(basename "$project" .csproj)
    echo "Packing $name…"
    pack "$project" "${no_build[@]}" "$@"
    platforms=$(dotnet msbuild "$project" -getProperty:ToolPackageRuntimeIdentifiers)
    for platform in ${platforms//;/ }; do
        echo "Packing $name for ${platform/any/any other platform}…"
        pack "$project" --runtime "$platform" -p:RunAnalyzers=false "$@"
    done
done
eng/give-back.sh
