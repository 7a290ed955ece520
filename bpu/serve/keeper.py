"""The worker beside the web server: started with it, and started again whenever it ends by itself or is stuck."""

import logging
import os
import signal
import subprocess
import sys
import threading

from bpu.services.upkeep.heart import Listener

RESTART = 1.0  # seconds before a worker that ended is started again
END = 20.0  # seconds in which one that is told to stop finishes its message

log = logging.getLogger("bpu")


class Worker:
    """The worker process beside the web server, started again whenever it ends by itself or gives no sign of life."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._listener = Listener()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def end(self) -> None:
        """Let it finish its message, then stop."""
        self._ending.set()
        self._keeper.join(timeout=5)
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=END)
        except subprocess.TimeoutExpired:
            self._process.kill()  # what it was sending is sent again: its lease runs out
            self._process.wait()
        self._listener.close()

    def _start(self) -> "subprocess.Popen[bytes]":
        self._listener.expect()
        command = [sys.executable, "-m", "flask", "--app", "app", "bpu", "work", "--kept", str(os.getpid())]
        return subprocess.Popen(command, env={**os.environ, "NOTIFY_SOCKET": self._listener.name})

    def _keep(self) -> None:
        while not self._ending.is_set():
            silent = self._listener.silent(seconds=0.5)
            if silent and self._process.poll() is None:
                log.error("the worker gives no sign of life; it is ended")
                self._process.kill()
                self._process.wait()
            if self._process.poll() is not None and not self._ending.wait(RESTART):
                log.error("the worker ended with %s; it is started again", self._process.returncode)
                self._process = self._start()
