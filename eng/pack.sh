#!/usr/bin/env bash
# pack.sh FOLDER [--no-build] [OPTION...]: puts the packages (Snakepit and all below src/) into a folder, which NuGet takes as a source.
# The options go to dotnet pack. The tool has one package for this platform, compiled ahead of time, and a portable one for all others.
# The libraries carry their code compiled for this platform beside the portable form.
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

precompiled=$(mktemp -d)
trap 'rm -rf "$precompiled"' EXIT
platform=$(dotnet msbuild eng/precompiled -getProperty:PrecompiledFor)
echo "Compiling the libraries for $platform…"
dotnet publish eng/precompiled --configuration Release --output "$precompiled" --nologo -v quiet --tl:off -nodeReuse:false -warnaserror \
    ${no_build:+-p:BuildProjectReferences=false}

for project in src/*/*.csproj; do
    name=$(basename "$project" .csproj)
    echo "Packing $name…"
    pack "$project" "${no_build[@]}" -p:PrecompiledFolder="$precompiled" -p:PrecompiledFor="$platform" "$@"
    targets=$(dotnet msbuild "$project" -getProperty:ToolPackageRuntimeIdentifiers)
    for target in ${targets//;/ }; do
        echo "Packing $name for ${target/any/any other platform}…"
        pack "$project" --runtime "$target" -p:RunAnalyzers=false "$@"
    done
done
eng/give-back.sh
