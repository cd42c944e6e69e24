#!/usr/bin/env bash
# A node whose disk becomes full: writes are refused, reads and groups go on, writing resumes by itself, nothing acknowledged is lost. See full_disk.py.
# Needs to mount a small tmpfs: skipped, with a message, where that is not allowed.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 tests/full_disk/full_disk.py --build "${BUILD:-build}"
