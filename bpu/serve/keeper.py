"""The worker beside the web server: started with it, and started again whenever it ends by itself."""

import logging
import signal
import subprocess
import sys
import threading

RESTART = 1.0  # seconds before a worker that ended is started again


class Worker:
    """The worker process beside the web server, started again whenever it ends by itself."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def end(self) -> None:
        """Let it finish its message, then stop."""
        self._ending.set()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(timeout=20)

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([sys.executable, "-m", "flask", "--app", "app", "bpu", "work"])

    def _keep(self) -> None:
        while self._process.wait() is not None and not self._ending.wait(RESTART):
            logging.getLogger("bpu").error("the worker ended with %s; it is started again", self._process.returncode)
            self._process = self._start()
