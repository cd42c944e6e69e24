#!/usr/bin/env bash
# Builds build/braid_VERSION_ARCH.deb from the program in the build folder. Needs dpkg-deb (Debian's own).
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build}
program=$build/braid
[ -x "$program" ] || { echo "build_deb.sh: $program is not there; run make build first" >&2; exit 1; }
version=$("$program" --version | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1)
arch=$(dpkg --print-architecture)
stage=$build/package
rm -rf "$stage"
install -D -m 0755 "$program" "$stage/usr/bin/braid"
strip "$stage/usr/bin/braid"
install -D -m 0644 packaging/braid.service "$stage/lib/systemd/system/braid.service"
install -D -m 0640 packaging/braid.yaml "$stage/etc/braid/braid.yaml"
install -D -m 0644 README.md "$stage/usr/share/doc/braid/README.md"
install -D -m 0644 LICENSE "$stage/usr/share/doc/braid/copyright"
"$program" completion bash > "$build/braid.bash" && install -D -m 0644 "$build/braid.bash" "$stage/usr/share/bash-completion/completions/braid"

# The packages that own the shared libraries the program needs: what dpkg-shlibdeps finds out, without a source package.
libraries=$(ldd "$program" | awk '/=> \//{print $3}' | xargs -r -n1 readlink -f)
depends=$(for library in $libraries; do
  dpkg -S "$library" 2> /dev/null || dpkg -S "${library#/usr}" 2> /dev/null || true
done | sed 's/:.*//' | sort -u | paste -sd, | sed 's/,/, /g')
mkdir -p "$stage/DEBIAN"
cat > "$stage/DEBIAN/control" << EOF
Package: braid
Version: $version
Architecture: $arch
Maintainer: The Braid maintainers <maintainers@braid.invalid>
Section: database
Priority: optional
Depends: adduser, $depends
Installed-Size: $(du -sk "$stage" | cut -f1)
Description: data mesh in one binary
 Kafka-compatible event streams, streaming SQL, a schema registry, a stream
 catalog and data products with owners, in one process.
EOF
echo /etc/braid/braid.yaml > "$stage/DEBIAN/conffiles"
# DPKG_ROOT is set when the package goes into another root than that of the running system (an image, a test): then only files are touched.
cat > "$stage/DEBIAN/postinst" << 'END'
#!/bin/sh
set -e
if [ "$1" = configure ]; then
  if [ -n "$DPKG_ROOT" ]; then
    mkdir -p "$DPKG_ROOT/var/lib/braid"
    exit 0
  fi
  getent passwd braid > /dev/null || adduser --system --group --home /var/lib/braid --no-create-home --quiet braid
  install -d -o braid -g braid -m 0750 /var/lib/braid
  chown root:braid /etc/braid/braid.yaml
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemctl enable --now braid.service
  fi
fi
END
cat > "$stage/DEBIAN/prerm" << 'END'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -z "$DPKG_ROOT" ] && [ -d /run/systemd/system ]; then systemctl disable --now braid.service; fi
END
chmod 0755 "$stage/DEBIAN/postinst" "$stage/DEBIAN/prerm"
out=$build/braid_${version}_${arch}.deb
dpkg-deb --root-owner-group --build "$stage" "$out" > /dev/null
rm -rf "$stage"
echo "$out"
