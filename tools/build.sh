#!/usr/bin/env bash
# Builds one of the pinned developer tools into bin/, unless it is there in the
# pinned version:
#
#   tools/build.sh NAME PACKAGE DURATION
#
# NAME is the folder below tools/ with the go.mod that pins PACKAGE. DURATION says
# how long a first build takes, for whoever waits.
set -euo pipefail

name=$1 package=$2 duration=$3
cd "$(dirname "$0")/.."
tool=bin/$name stamp=bin/.$name.version

command -v go >/dev/null || {
  echo "Go is not on PATH: install Go 1.26 or later, https://go.dev/dl" >&2
  exit 1
}
version=$(cat "tools/$name/go.mod" "tools/$name/go.sum" | cksum)
if [[ -x $tool && -f $stamp && $(<"$stamp") == "$version" ]]; then
  exit 0
fi

mkdir -p bin
echo "building $name into bin/, once; this takes $duration" >&2
report() {
  while sleep 20; do
    echo "  still building $name, $SECONDS s" >&2
  done
}
report &
reporter=$!
trap 'kill "$reporter" 2>/dev/null || true; rm -f "$tool.$$"' EXIT
# Its module is not this one's: neither workspaces nor vendoring apply.
GOWORK=off GOFLAGS="${GOFLAGS:-} -mod=readonly" go -C "tools/$name" build -o "../../$tool.$$" "$package"
mv "$tool.$$" "$tool"
echo "$version" >"$stamp"
echo "built $name in $SECONDS s" >&2
