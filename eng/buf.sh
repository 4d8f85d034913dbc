#!/usr/bin/env bash
# Checks the contracts with buf: layout, lint (STANDARD and COMMENTS), and from the first release on that nothing
# published breaks (FILE). buf comes from the npm registry, pinned in eng/buf; it asks no network for anything else.
set -eu
unset CDPATH
root=$(cd "$(dirname "$0")/.." && pwd)
"$root/eng/install.sh" node

tool="$root/artifacts/buf"
if ! cmp -s "$root/eng/buf/package-lock.json" "$tool/package-lock.json"; then
  rm -rf "$tool" && mkdir -p "$tool"
  # The binary is a file of a platform's package: no install script is needed.
  cp "$root"/eng/buf/package*.json "$tool/"
  # Not `npm ci`: it refuses a lock without every platform's package, and some feeds carry only Linux's. What the lock
  # names is checked all the same. A half-done install must not look done the next time.
  (cd "$tool" && npm install --ignore-scripts --no-audit --no-fund --loglevel=error) || { rm -rf "$tool"; exit 1; }
  cp "$root/eng/buf/package-lock.json" "$tool/"
fi

cd "$root"
buf="$tool/node_modules/.bin/buf"
"$buf" format --diff --exit-code
"$buf" lint
release=$(git tag --list 'v*' --sort=-version:refname | head -n 1)
if [ -n "$release" ]; then
  "$buf" breaking --against ".git#tag=$release"
  echo "Contracts: layout and lint hold; nothing breaks against $release"
else
  echo "Contracts: layout and lint hold; no release yet to be compatible with"
fi
