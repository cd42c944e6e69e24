#!/usr/bin/env bash
# Builds the portal for the binary: npm ci where the lock file changed, npm run build, then embed_portal.mjs. CMake calls it (cmake/Portal.cmake).
#   tools/build_portal.sh WEB_FOLDER OUTPUT_FOLDER
# Says one sentence when something fails; everything that npm said is in OUTPUT_FOLDER/npm.log.
set -uo pipefail
web=$(realpath "$1") out=$2
here=$(dirname "$(realpath "$0")")
mkdir -p "$out"
log=$out/npm.log
off="to build without the portal, configure with -DBRAID_PORTAL=OFF"

fail() { echo "the portal was not built: $1" >&2; echo "hint: $2" >&2; exit 1; }

command -v node > /dev/null && command -v npm > /dev/null || fail "node and npm are not installed" "tools/setup.sh build installs them; $off"
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 18 ] || fail "it needs Node 18 or later, and node is $(node --version)" "Debian 12 has Node 18; $off"

# One npm at a time in one source folder, whoever builds.
exec 9< "$web"
command -v flock > /dev/null && flock 9

# npm notes the tree that it installed in node_modules/.package-lock.json.
if [ ! -f "$web/node_modules/.package-lock.json" ] || [ "$web/package-lock.json" -nt "$web/node_modules/.package-lock.json" ]; then
  if ! (cd "$web" && npm ci --no-audit --no-fund --prefer-offline) > "$log" 2>&1; then
    registry=$(cd "$web" && npm config get registry 2> /dev/null)
    if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|network (error|request)' "$log"; then
      fail "npm cannot reach the package registry $registry" "connect, or name another one with npm config set registry URL; $off"
    fi
    fail "npm ci failed: $(grep -m1 -E 'npm (ERR!|error)' "$log" | cut -c1-200)" "npm's own words are in $log; $off"
  fi
  mkdir -p "$web/node_modules" && touch "$web/node_modules/.package-lock.json"
fi

(cd "$web" && npm run --silent build) > "$log" 2>&1 || { tail -n 30 "$log" >&2; fail "npm run build failed in $web" "the lines above are from $log"; }
[ -f "$web/dist/index.html" ] || fail "npm run build made no $web/dist/index.html" "npm's own words are in $log"
exec node "$here/embed_portal.mjs" "$web/dist" "$out"
