#!/usr/bin/env bash
# Installs what the named parts need from the system's packages, and says so. Where it cannot, it names the command.
#   eng/install.sh postgresql redis python-grpc protoc node
set -eu

# The system's package manager, and the name of a package in it: apt's, dnf's, brew's.
manager=
for candidate in apt-get dnf brew; do
  if command -v "$candidate" >/dev/null; then manager=$candidate; break; fi
done
package() {
  case $manager in
    dnf) echo "$2" ;;
    brew) echo "$3" ;;
    *) echo "$1" ;;
  esac
}

has_postgresql() {
  command -v postgres >/dev/null || command -v initdb >/dev/null \
    || ls /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres \
      /opt/homebrew/opt/postgresql*/bin/postgres /usr/local/opt/postgresql*/bin/postgres 2>/dev/null | grep -q .
}

need=()
for part in "$@"; do
  case $part in
    postgresql) has_postgresql || need+=("$(package postgresql postgresql-server postgresql)") ;;
    redis)
      command -v redis-server >/dev/null || command -v valkey-server >/dev/null \
        || need+=("$(package redis-server valkey redis)")
      ;;
    python-grpc)
      if ! /usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null; then
        if [ "$manager" = brew ]; then
          echo "Homebrew has no grpcio for /usr/bin/python3; without it the tests that need it are skipped." \
            "Install it with: /usr/bin/python3 -m pip install --user grpcio protobuf" >&2
        else
          need+=(python3-grpcio python3-protobuf)
        fi
      fi
      ;;
    protoc)
      if [ "$manager" = brew ]; then
        echo "Homebrew's protoc is not where the tests look for it: those that need it are skipped" >&2
      else
        { command -v protoc && command -v grpc_python_plugin && ls /usr/include/google/protobuf/any.proto; } \
          >/dev/null 2>&1 \
          || need+=(protobuf-compiler "$(package protobuf-compiler-grpc grpc-plugins)" \
            "$(package libprotobuf-dev protobuf-devel)")
      fi
      ;;
    node) command -v npm >/dev/null || need+=($(package "nodejs npm" "nodejs npm" node)) ;;
    chromium)
      command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
        || need+=(chromium)
      ;;
    flac | wavpack | zstd | lz4) command -v "$part" >/dev/null || need+=("$part") ;;
    *)
      echo "eng/install.sh: unknown part '$part'; known: postgresql redis python-grpc protoc node chromium" \
        "flac wavpack zstd lz4" >&2
      exit 2
      ;;
  esac
done
[ ${#need[@]} -gt 0 ] || exit 0

if [ -z "$manager" ]; then
  echo "Missing: ${need[*]}. Install them with this system's package manager, then try again" >&2
  exit 1
fi

# brew runs as the user; the others need root. A distribution's package may start a server of its own at once: ours run
# in their own folders on free ports, so RUNLEVEL=1 asks it not to.
sudo=
[ "$manager" = brew ] || [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
case $manager in
  apt-get)
    install=(env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
      apt-get install -y -qq -o DPkg::Lock::Timeout=180 --no-install-recommends "${need[@]}")
    ;;
  *) install=("$manager" install "${need[@]}") ;;
esac
[ "$manager" != dnf ] || install+=(-y)

if [ -n "$sudo" ] && ! $sudo true 2>/dev/null; then
  echo "Missing: ${need[*]}. Install with: sudo $manager install ${need[*]}" >&2
  exit 1
fi
echo "Installing ${need[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# One foreign source of packages that is broken fails the refresh of all; what is wanted is in another as a rule.
refresh=(true)
[ "$manager" != apt-get ] || refresh=(apt-get update -qq)
if ! { $sudo "${refresh[@]}" || true; $sudo "${install[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "Could not install ${need[*]}: see above" >&2
  exit 1
fi
