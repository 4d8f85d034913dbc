#!/usr/bin/env bash
# Runs every built test project and adds up what they counted; the last line is "N passed, N failed, N skipped".
# Arguments are handed to each xunit runner, such as -class or -method filters.
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
configuration=${CONFIGURATION:-debug}
logs="$root/artifacts/test-results"
rm -rf "$logs" && mkdir -p "$logs"

# A project that hangs is ended and counts as failed; the slowest takes a third of this on two cores.
minutes_per_project=24

passed=0 failed=0 skipped=0
for project in "$root"/tests/*/*.csproj; do
  name=$(basename "$project" .csproj)
  runner="$root/artifacts/bin/$name/$configuration/Dendrite.$name"
  [ -f "$runner.runtimeconfig.json" ] || continue # a library of fixtures, not tests

  echo "── $name"
  timeout --kill-after=20 "${minutes_per_project}m" dotnet "$runner.dll" -nologo -noColor -xml "$logs/$name.xml" "$@" \
    </dev/null 2>&1 | tee "$logs/$name.log" \
    | grep -vE '^ +(Discovering|Discovered|Starting|Finished): |^=== TEST EXECUTION SUMMARY'
  code=${PIPESTATUS[0]}

  summary='.*Total: ([0-9]+)(, Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*)?$'
  read -r total errors fails skips <<<"$(sed -nE "s/$summary/\1 0\3 0\4 0\5/p" "$logs/$name.log" | tail -1)"
  if [ -z "$total" ] || { [ "$code" -ne 0 ] && [ $((10#$errors + 10#$fails)) -eq 0 ]; }; then
    echo "   $name ended with code $code; its log is artifacts/test-results/$name.log"
    failed=$((failed + 1))
    [ -n "$total" ] || continue
  fi
  # 10# because a count may come with a leading zero
  errors=$((10#$errors)) fails=$((10#$fails)) skips=$((10#$skips))
  failed=$((failed + errors + fails))
  skipped=$((skipped + skips))
  passed=$((passed + total - errors - fails - skips))
done

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
