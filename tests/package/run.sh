#!/usr/bin/env bash
# Builds the Debian package, installs it into a scratch root, starts the installed program with the installed configuration, removes it again.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build}
if ! command -v dpkg-deb > /dev/null; then
  echo "skipped: dpkg-deb is not here"
  exit 0
fi
passed=0 failed=0
check() {  # name, command...
  local name=$1
  shift
  if "$@" > "$scratch/out" 2>&1; then
    passed=$((passed + 1)) && echo "  ok      $name"
  else
    failed=$((failed + 1)) && echo "  FAILED  $name" && sed 's/^/          /' "$scratch/out" | tail -15
  fi
}
scratch=$(mktemp -d)
node=
trap '[ -z "$node" ] || kill "$node" 2> /dev/null; rm -rf "$scratch"' EXIT

check "the package is built" packaging/build_deb.sh "$build"
package=$(ls -t "$build"/braid_*.deb 2> /dev/null | head -1)
[ -n "$package" ] || { echo "$passed passed, $failed failed"; exit 1; }
root=$scratch/root
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates"
touch "$root/var/lib/dpkg/status"
# Its dependencies are those of the machine that built it; the scratch root has no packages at all.
into_root() { dpkg --root="$root" --force-depends --force-not-root --force-script-chrootless --log=/dev/null "$@"; }
check "it installs" into_root -i "$package"
every_dependency_is_known() {
  local name
  for name in $(dpkg-deb -f "$package" Depends | tr ',' ' '); do
    [ "$name" = adduser ] || dpkg-query -W "$name" > /dev/null || return 1
  done
}
check "its dependencies are Debian packages" every_dependency_is_known
check "the program runs" "$root/usr/bin/braid" --version
check "the configuration is understood" "$root/usr/bin/braid" up --config "$root/etc/braid/braid.yaml" --print-config
if command -v systemd-analyze > /dev/null; then
  sed "s|/usr/bin/braid|$root/usr/bin/braid|" "$root/lib/systemd/system/braid.service" > "$scratch/braid.service"
  check "the unit is well formed" systemd-analyze verify --man=no "$scratch/braid.service"
fi
check "bash reads the completion" bash -n "$root/usr/share/bash-completion/completions/braid"

"$root/usr/bin/braid" up --config "$root/etc/braid/braid.yaml" --data "$root/var/lib/braid" --kafka-port 0 --http-port 0 --registry-port 0 --ksql-port 0 \
  > "$scratch/node.out" 2> "$scratch/node.log" &
node=$!
answers() {
  local url
  for _ in $(seq 200); do
    url=$(awk '$1 == "main" {print $2}' "$scratch/node.out")
    [ -n "$url" ] && python3 -c "import urllib.request, sys; sys.exit(urllib.request.urlopen('$url/readyz').status != 200)" && return 0
    kill -0 "$node" || { cat "$scratch/node.log"; return 1; }
    sleep 0.1
  done
  return 1
}
check "the installed program serves" answers
stops() { kill "$node" && wait "$node"; }
check "and stops cleanly" stops
node=
check "it can be removed" into_root --purge braid
check "nothing but the data is left" test ! -e "$root/usr/bin/braid" -a ! -e "$root/etc/braid"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
