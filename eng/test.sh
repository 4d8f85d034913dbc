#!/usr/bin/env bash
# Runs every built test project and adds up what they counted; the last line is "N passed, N failed, N skipped".
# Arguments are handed to each xunit runner, such as -class or -method filters.
set -u
unset CDPATH
root=$(cd "$(dirname "$0")/.." && pwd)
# What is built for Debug lies in a folder `debug`, as is all else that the build names.
configuration=$(tr '[:upper:]' '[:lower:]' <<<"${CONFIGURATION:-debug}")

# A run has a folder of its own, so that a second one beside it does not take its logs; `latest` leads to it.
results="$root/artifacts/test-results"
logs="$results/$$"
for folder in "$results"/*/; do
  run=$(basename "$folder")
  [ "$run" = latest ] || kill -0 "$run" 2>/dev/null || rm -rf "$folder"
done
rm -rf "$logs" && mkdir -p "$logs" && ln -sfn "$$" "$results/latest"

# A project that hangs is ended and counts as failed; the slowest takes a third of this on two cores. Where there is
# no `timeout` (macOS has it from Homebrew, as `gtimeout`), nobody ends it. It stays in its group (--foreground).
minutes_per_project=24
limit=()
for program in timeout gtimeout; do
  if command -v "$program" >/dev/null; then
    limit=("$program" --foreground --kill-after=20 "${minutes_per_project}m")
    break
  fi
done

# Each project runs in a process group of its own, which a signal to this script ends at once.
set -m
job=
stop() {
  trap - HUP INT TERM
  [ -z "$job" ] || { kill -TERM -- "-$job" 2>/dev/null; wait "$job" 2>/dev/null; }
  exit "$1"
}
trap 'stop 129' HUP # its terminal was closed
trap 'stop 130' INT
trap 'stop 143' TERM

# Runs one project's tests, shows what is worth reading and keeps all of it; the exit code is that of the tests.
run_tests() {
  ${limit[@]+"${limit[@]}"} dotnet "$2.dll" -nologo -noColor -xml "$logs/$1.xml" "${@:3}" </dev/null 2>&1 \
    | tee "$logs/$1.log" \
    | grep -vE '^ +(Discovering|Discovered|Starting|Finished): |^=== TEST EXECUTION SUMMARY'
  return "${PIPESTATUS[0]}"
}

passed=0 failed=0 skipped=0
for project in "$root"/tests/*/*.csproj; do
  name=$(basename "$project" .csproj)
  runner="$root/artifacts/bin/$name/$configuration/Dendrite.$name"
  [ -f "$runner.runtimeconfig.json" ] || continue # a library of fixtures, not tests

  echo "── $name"
  run_tests "$name" "$runner" "$@" &
  job=$!
  wait "$job"
  code=$?
  job=

  summary='.*Total: ([0-9]+)(, Errors: ([0-9]+), Failed: ([0-9]+), Skipped: ([0-9]+).*)?$'
  read -r total errors fails skips <<<"$(sed -nE "s/$summary/\1 0\3 0\4 0\5/p" "$logs/$name.log" | tail -1)"
  if [ -z "$total" ] || { [ "$code" -ne 0 ] && [ $((10#$errors + 10#$fails)) -eq 0 ]; }; then
    echo "   $name ended with code $code; its log is ${logs#"$root/"}/$name.log"
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
