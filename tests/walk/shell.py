"""`braid sql` typed at, through a terminal of its own: what a person sees of prompts, completion, history and Ctrl-C."""
import os
import pty
import re
import select
import signal
import subprocess
import time

from node import Failed

ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-B0-2]|\x1b[=>]|[\r\x07\x08]")


class Terminal:
    def __init__(self, node, home):
        self.master, slave = pty.openpty()
        environment = {k: v for k, v in os.environ.items() if not k.startswith("BRAID_")}
        environment.update(BRAID_URL=node.main, BRAID_AS="tomas", HOME=str(home), TERM="xterm", COLUMNS="200", LINES="50")
        self.process = subprocess.Popen([node.program, "sql"], stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True,
                                        preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0))
        os.close(slave)
        self.seen = b""

    def type(self, text):
        os.write(self.master, text.encode())

    def expect(self, pattern, seconds=20):
        """Waits until the text shown since the last expect() has the pattern, and takes it away with all before it."""
        deadline = time.monotonic() + seconds
        while True:
            shown = ESCAPES.sub(b"", self.seen).decode(errors="replace")
            found = re.search(pattern, shown, re.DOTALL)
            if found:
                self.seen = shown[found.end():].encode()
                return found
            ready, _, _ = select.select([self.master], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise Failed(f"the shell did not show /{pattern}/ within {seconds} s; it shows: {shown[-600:]!r}")
            try:
                more = os.read(self.master, 65536)
            except OSError:
                more = b""
            if not more:
                raise Failed(f"the shell ended before it showed /{pattern}/; it shows: {shown[-600:]!r}")
            self.seen += more

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.master)


def typed_at(node, home):
    terminal = Terminal(node, home)
    try:
        terminal.expect(r"Statements end with ';'.*braid> ")
        terminal.type("SHOW STREAMS;\n")
        terminal.expect(r"PAGEVIEWS.*braid> ")
        terminal.type("SELECT symbol\n")                       # a statement of several lines, with a name completed
        terminal.expect(r"    -> ")
        terminal.type("FROM STOCKTR\t")
        terminal.expect(r"STOCKTRADES")
        terminal.type(" EMIT CHANGES LIMIT 2;\n")
        terminal.expect(r"SYMBOL.*\bZ\w+\s.*\bZ\w+\s.*braid> ")
        terminal.type("SELECT nothing_of_the_kind FROM stocktrades EMIT CHANGES;\n")
        terminal.expect(r"error: .*NOTHING_OF_THE_KIND.*\^.*braid> ")
        terminal.type("SELECT * FROM stocktrades EMIT CHANGES;\n")
        terminal.expect(r"SYMBOL.*\bZ\w+\s")
        terminal.type("\x03")                                   # Ctrl-C ends the query, not the shell
        terminal.expect(r"braid> ")
        terminal.type("help\n")
        terminal.expect(r"from beginning.*braid> ")
        terminal.type("exit\n")
        if terminal.process.wait(20) != 0:
            raise Failed(f"the shell ended with exit code {terminal.process.returncode}")
    finally:
        terminal.close()
    terminal = Terminal(node, home)                             # another day: the history is there
    try:
        terminal.expect(r"braid> ")
        terminal.type("\x1b[A")
        terminal.expect(r"SELECT \* FROM stocktrades EMIT CHANGES;")
        terminal.type("\x1b[A\x1b[A\x1b[A\n")
        terminal.expect(r"PAGEVIEWS.*braid> ")
        terminal.type("\x04")                                   # Ctrl-D leaves
        if terminal.process.wait(20) != 0:
            raise Failed(f"the shell ended with exit code {terminal.process.returncode}")
    finally:
        terminal.close()
