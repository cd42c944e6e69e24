#!/usr/bin/env python3
"""Starts a demo node and a plain one, and walks each with the prototype's client (client.mjs)."""
import argparse
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "walk"))
from node import Node  # noqa: E402

arguments = argparse.ArgumentParser()
arguments.add_argument("--build", default="build")
build = arguments.parse_args().build
if not shutil.which("node"):
    sys.exit("tests/prototype: node is not installed; tools/setup.sh build installs it")
failed = 0
for command, extra in (("demo", ["--rate", "50"]), ("up", [])):
    node = Node(build, command, extra)
    try:
        node.start()
        done = subprocess.run(["node", str(pathlib.Path(__file__).parent / "client.mjs"), node.main, command], timeout=300, check=False)
        if done.returncode != 0:
            failed += 1
            print(node.log()[-3000:])
    finally:
        node.close()
sys.exit(1 if failed else 0)
