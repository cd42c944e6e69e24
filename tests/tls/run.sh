#!/usr/bin/env bash
# TLS on every port, with certificates made here by openssl: curl, kcat, kafkajs, Python's TLS, our own command line; new certificates under load,
# client certificates, half handshakes, plain text. See tls.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
exec python3 -W ignore::DeprecationWarning tests/tls/tls.py --build "${BUILD:-build}"
