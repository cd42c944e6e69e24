#!/usr/bin/env bash
# Installs what a build or a test needs and is not there. Does nothing, and touches no network, when everything is there.
#   tools/setup.sh build    what the product is built from (Debian packages)
#   tools/setup.sh test     and what its tests need
#   tools/setup.sh bench    and what its benchmarks are measured beside
# Everything comes from Debian 12's own packages. Needs root, or sudo.
set -euo pipefail

build_packages=(
  g++ cmake ninja-build ccache mold pkg-config git ca-certificates
  libboost1.81-dev libboost-json1.81-dev libnghttp2-dev libssl-dev librdkafka-dev libsimdjson-dev libyaml-cpp-dev
  libprotobuf-dev libprotoc-dev protobuf-compiler libxxhash-dev libsqlite3-dev libzstd-dev liblz4-dev libsnappy-dev zlib1g-dev
  libicu-dev libre2-dev libspdlog-dev prometheus-cpp-dev libcli11-dev libedit-dev
  nodejs npm
)
test_packages=(
  libgtest-dev librapidcheck-dev json-schema-test-suite libbenchmark-dev kcat curl python3 python3-yaml nghttp2-client procps iproute2 chromium
)

bench_packages=(libavro-dev)

what=${1:-build}
packages=("${build_packages[@]}")
case "$what" in
  build) ;;
  test) packages+=("${test_packages[@]}") ;;
  bench) packages+=("${test_packages[@]}" "${bench_packages[@]}") ;;
  *) echo "setup.sh: '$what' is not build, test or bench" >&2; exit 1 ;;
esac

# A node that was installed another way serves as well as Debian's.
have_node() { command -v node > /dev/null && command -v npm > /dev/null; }

missing=()
installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' 2> /dev/null | sed -n 's/^ii *//p')
for package in "${packages[@]}"; do
  case "$package" in nodejs | npm) have_node && continue ;; esac
  grep -qxF "$package" <<< "$installed" || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(. /etc/os-release && echo "${ID:-}")" != debian ]; then
  echo "setup.sh: these Debian packages are not here: ${missing[*]}" >&2
  echo "hint: this script knows Debian 12; elsewhere install what corresponds to them and run make again" >&2
  exit 1
fi
root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo > /dev/null || { echo "setup.sh: needs root to install ${missing[*]}; run as root, or install sudo" >&2; exit 1; }
  root=(sudo)
fi
echo "installing ${#missing[@]} Debian packages: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${root[@]}" apt-get update -qq
"${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
