#!/usr/bin/env bash
# Runs every test project and adds up what they counted. Called by ./test.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
configuration=${CONFIGURATION:-Debug}
results="$root/artifacts/test-results"
rm -rf "$results" && mkdir -p "$results"

passed=0 failed=0 skipped=0 broken=0
for project in "$root"/tests/*/*.csproj; do
  name=$(basename "$project" .csproj)
  assembly="$root/artifacts/bin/$name/${configuration,,}/Dendrite.$name.dll"
  [ -f "${assembly%.dll}.runtimeconfig.json" ] || continue
  echo "── $name"
  dotnet "$assembly" -nologo -noColor -ctrf "$results/$name.json" "$@" </dev/null
  code=$?
  counts=$(python3 - "$results/$name.json" 2>/dev/null <<'PY'
import json, sys
summary = json.load(open(sys.argv[1]))["results"]["summary"]
print(summary["passed"], summary["failed"], summary["skipped"] + summary.get("pending", 0))
PY
) || counts=
  if [ -z "$counts" ]; then
    echo "$name ended with code $code and wrote no results"
    broken=$((broken + 1))
    continue
  fi
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done

failed=$((failed + broken))
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
