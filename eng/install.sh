#!/usr/bin/env bash
# Installs what the named parts need from the system's packages, and says so. Where it cannot, it names the command.
#   eng/install.sh postgresql redis python-grpc protoc node
set -eu

need=()
for part in "$@"; do
  case $part in
    postgresql)
      command -v postgres >/dev/null \
        || ls /usr/lib/postgresql/*/bin/postgres /usr/pgsql-*/bin/postgres >/dev/null 2>&1 \
        || need+=(postgresql)
      ;;
    redis) command -v redis-server >/dev/null || command -v valkey-server >/dev/null || need+=(redis-server) ;;
    python-grpc)
      /usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || need+=(python3-grpcio python3-protobuf)
      ;;
    protoc)
      { command -v protoc && command -v grpc_python_plugin && ls /usr/include/google/protobuf/any.proto; } >/dev/null 2>&1 \
        || need+=(protobuf-compiler protobuf-compiler-grpc libprotobuf-dev)
      ;;
    node) command -v npm >/dev/null || need+=(nodejs npm) ;;
    *) echo "eng/install.sh: unknown part '$part'; known: postgresql redis python-grpc protoc node" >&2; exit 2 ;;
  esac
done
[ ${#need[@]} -gt 0 ] || exit 0

sudo=
[ "$(id -u)" -eq 0 ] || sudo="sudo -n"
if ! command -v apt-get >/dev/null || { [ -n "$sudo" ] && ! sudo -n true 2>/dev/null; }; then
  echo "Missing: ${need[*]}. Install with: sudo apt-get install ${need[*]}   (or your system's equivalent)" >&2
  exit 1
fi
echo "Installing ${need[*]}"
log=$(mktemp)
# A distribution's package starts a server of its own at once; ours run in their own folders on free ports.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
install=(apt-get install -y -qq -o DPkg::Lock::Timeout=180 --no-install-recommends "${need[@]}")
if ! { $sudo apt-get update -qq && $sudo "${install[@]}"; } >"$log" 2>&1; then
  tail -20 "$log" >&2
  echo "Could not install ${need[*]}: see above" >&2
  exit 1
fi
rm -f "$log"
