"""Real parts for tests, each on a free port of this machine and in a folder of its own.

Where a program is missing the tests that need it are left out with the reason, unless ``CI=true``: then they fail.
"""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import smpp34
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bpu import clock
from bpu.models import TABLES, database, on_postgres, open_database
from bpu.secrecy import KeyRing

PASSWORD = "uji-coba"  # of servers that live for seconds
TEMPLATE = Path(__file__).with_name("kannel.conf")


def program(name: str, package: str, *folders: str) -> str:
    """The path of a program; without it the test is left out, or fails where nothing may be left out."""
    path = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", *folders)))
    if path is None:
        reason = f"{name} is not on this machine (apt-get install {package})"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return path


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def eventually(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """The first true answer of `condition`; fails when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


def listening(port: int) -> bool:
    """Whether someone answers at this port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def folder() -> Iterator[Path]:
    """A new folder that ends with the block; any user of the machine may look into it."""
    with tempfile.TemporaryDirectory(prefix="bpu-part-", ignore_cleanup_errors=True) as name:
        os.chmod(name, 0o755)
        yield Path(name)


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL server of our own."""

    port: int

    def fresh(self) -> str:
        """The URL of a new empty database."""
        name = f"uji_{secrets.token_hex(6)}"
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"psycopg3+pool://postgres:{PASSWORD}@127.0.0.1:{self.port}/{name}?max_connections=20"

    def _conninfo(self, name: str) -> str:
        return f"host=127.0.0.1 port={self.port} user=postgres password={PASSWORD} dbname={name}"


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """PostgreSQL with a password and without fsync: tests kill its clients, never the machine."""
    places = sorted(str(path) for path in Path("/usr/lib/postgresql").glob("*/bin"))
    initdb = program("initdb", "postgresql", *places[-1:])
    pg_ctl = Path(initdb).with_name("pg_ctl")
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    with folder() as home:
        (home / "password").write_text(PASSWORD)
        if as_user:
            shutil.chown(home, "postgres", "postgres")
        data, port = home / "data", free_port()
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT, "cwd": home, **as_user}
        options = ["-A", "scram-sha-256", "-U", "postgres", f"--pwfile={home}/password", "-E", "UTF8"]
        subprocess.run([initdb, "-D", data, *options, "--locale=C.UTF-8", "--no-sync"], **quiet)
        flags = f"-p {port} -h 127.0.0.1 -k {home} -c fsync=off"
        subprocess.run([pg_ctl, "-D", data, "-w", "-l", home / "log", "-o", flags, "start"], **quiet)
        try:
            yield Postgres(port)
        finally:
            subprocess.run([pg_ctl, "-D", data, "-m", "immediate", "stop"], **quiet)


@contextmanager
def running_pgbouncer(url: str, **settings: object) -> Iterator[str]:
    """The URL of the same database behind a PgBouncer in transaction mode."""
    server, port, behind = program("pgbouncer", "pgbouncer"), free_port(), urlsplit(url)
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    with folder() as home:
        (home / "users").write_text(f'"postgres" "{PASSWORD}"\n')
        told = {"listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "auth_type": "scram-sha-256"}
        told |= {"auth_file": home / "users", "pool_mode": "transaction", "logfile": home / "log", **settings}
        lines = ["[databases]", f"* = host={behind.hostname} port={behind.port}", "[pgbouncer]"]
        (home / "ini").write_text("\n".join(lines + [f"{name} = {value}" for name, value in told.items()]) + "\n")
        for path in (home, home / "users", home / "ini"):
            if as_user:
                shutil.chown(path, "postgres", "postgres")
        with subprocess.Popen([server, "-q", str(home / "ini")], stderr=subprocess.DEVNULL, **as_user) as process:
            try:
                eventually(lambda: listening(port))
                yield f"{url.partition('?')[0].replace(f':{behind.port}/', f':{port}/')}?prepare_threshold=none"
            finally:
                process.kill()


@contextmanager
def running_redis() -> Iterator[str]:
    """The URL of a Redis that keeps nothing."""
    server, port = program("redis-server", "redis-server"), free_port()
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with folder() as home, subprocess.Popen(command, cwd=home, stdout=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: listening(port))
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.kill()


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own."""
    loop = asyncio.new_event_loop()

    def run() -> None:
        loop.run_forever()
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


@dataclass
class Smsc:
    """The operator's side of SMPP 3.4: numbers that end in 98 are refused, in 99 never reached, the rest delivered."""

    port: int
    received: list[tuple[str, str]] = field(default_factory=list)  # number and text
    _bound: dict[str, Any] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self) -> None:
        """Answer every message and send its receipt a little later."""
        server = smpp34.Server("127.0.0.1", self.port, system_id="SMSC")
        await server.start()
        try:
            while True:
                event = await server.next()
                if isinstance(event, smpp34.Esme):
                    self._bound[event.session_id] = event
                elif isinstance(event, smpp34.Unbound):
                    self._bound.pop(event.session_id, None)
                elif event.destination_addr.endswith("98"):
                    event.reject(smpp34.ESME_RINVDSTADR)
                else:
                    self._take(event)
        finally:
            await server.stop()

    def _take(self, event: smpp34.SubmitSmEvent) -> None:
        # In the SMSC's default alphabet @ is 0 and _ is 17; every other sign of ours is where ASCII has it.
        text = event.short_message.replace(b"\0", b"@").replace(b"\x11", b"_").decode("ascii")
        self.received.append((event.destination_addr, text))
        name = f"{len(self.received):08d}"
        event.accept(name)
        task = asyncio.ensure_future(self._report(event.destination_addr, name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _report(self, number: str, name: str) -> None:
        """Send the receipt until somebody who is bound takes it, as operators do."""
        state = "UNDELIV" if number.endswith("99") else "DELIVRD"
        at = clock.now().strftime("%y%m%d%H%M")
        receipt = f"id:{name} sub:001 dlvrd:001 submit date:{at} done date:{at} stat:{state} err:000 text:".encode()
        for _ in range(100):
            await asyncio.sleep(0.1)
            for esme in list(self._bound.values()):
                with suppress(smpp34.SmppError):
                    if (await esme.deliver_sm("BPU", receipt, source_addr=number, esm_class=4)).is_success:
                        return


@contextmanager
def running_smsc(port: int | None = None) -> Iterator[Smsc]:
    """An SMSC that listens."""
    smsc = Smsc(port or free_port())
    with running_loop() as loop:
        serving = asyncio.run_coroutine_threadsafe(smsc.serve(), loop)
        eventually(lambda: listening(smsc.port) or serving.done())
        yield smsc


class Kannel:
    """Kannel's bearerbox and smsbox between our HTTP calls and an SMSC."""

    def __init__(self, home: Path, smsc_port: int) -> None:
        self.home = home
        self.ports = {name: free_port() for name in ("admin", "box", "sendsms")}
        self.config = home / "kannel.conf"
        self.config.write_text(
            TEMPLATE.read_text().format(folder=home, password=PASSWORD, smpp=smsc_port, **self.ports)
        )
        (home / "spool").mkdir()
        with sqlite3.connect(home / "dlr.db") as connection:
            columns = "smsc text, ts text, source text, destination text, service text, url text"
            connection.execute(f"create table dlr({columns}, mask integer, status integer, boxc text)")
        self.boxes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def provider(self) -> dict[str, str]:
        """The settings that let our gateway profile reach it."""
        url = f"http://127.0.0.1:{self.ports['sendsms']}/cgi-bin/sendsms"
        return {"BPU_SMS_KANNEL_URL": url, "BPU_SMS_KANNEL_USER": "bpu", "BPU_SMS_KANNEL_PASSWORD": PASSWORD}

    def start(self) -> None:
        """Start both boxes and wait until the SMSC is bound."""
        for name, port in (("bearerbox", "box"), ("smsbox", "sendsms")):
            command = [program(name, "kannel"), "-v", "4", str(self.config)]
            with (self.home / f"{name}.out").open("ab") as out:
                self.boxes[name] = subprocess.Popen(command, cwd=self.home, stdout=out, stderr=out)
            eventually(lambda port=port: listening(self.ports[port]))
        eventually(lambda: "online" in self.status() and "box1" in self.status())

    def status(self) -> str:
        """The gateway's own account of itself."""
        url = f"http://127.0.0.1:{self.ports['admin']}/status.txt?password={PASSWORD}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()

    def kill(self) -> None:
        """End everything at once, as a power cut would; smsbox starts itself anew under another id: look for all."""
        mine = [str(self.config).encode()]
        found = True
        while found:
            found = False
            for entry in Path("/proc").glob("[0-9]*"):
                with suppress(OSError):
                    ended = (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
                    if not ended and (entry / "cmdline").read_bytes().split(b"\0")[-2:-1] == mine:
                        os.kill(int(entry.name), signal.SIGKILL)
                        found = True
        for box in self.boxes.values():
            box.wait(10)

    def logs(self) -> str:
        """Everything it wrote down about its work, the messages in its spool apart."""
        return "\n".join(path.read_text(errors="replace") for path in self.home.glob("*.[lo][ou][gt]"))


@contextmanager
def running_kannel(smsc_port: int) -> Iterator[Kannel]:
    """A Kannel that is bound to the SMSC at this port."""
    program("bearerbox", "kannel")
    with folder() as home:
        kannel = Kannel(home, smsc_port)
        try:
            kannel.start()
            yield kannel
        finally:
            kannel.kill()


def certificate(home: Path) -> tuple[Path, Path]:
    """A certificate for this machine that signs itself, and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    # Good on any day on which a test may believe to be.
    built = built.not_valid_before(datetime(2000, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
    built = built.add_extension(names, critical=False)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (home / "cert.pem").write_bytes(built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    (home / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return home / "cert.pem", home / "key.pem"


@dataclass
class Postbox:
    """A mail relay with TLS and sign-in; what it does with a message is in the first word of the address."""

    port: int = 0
    ca: str = ""
    received: list[bytes] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, _: Session, envelope: Envelope, to: str, __: list[str]) -> str:
        """Answer as the address asks: ``450``, ``452`` or ``550`` for real; ``putus`` hangs up; ``lama`` is silent."""
        word = to.partition("@")[0]
        if word.isdigit():
            return f"{word} <{to}> is not for today"
        if word == "putus":
            server.transport.abort()
        if word == "lama":
            await asyncio.sleep(3)
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _: Any, __: Session, envelope: Envelope) -> str:
        """Keep the message."""
        self.received.append(envelope.original_content or b"")
        return "250 OK"


def _signed_in(_: Any, __: Any, ___: Any, ____: str, data: LoginPassword) -> AuthResult:
    # handled=False lets the server answer 535 itself; with True it would say nothing and the client would wait.
    return AuthResult(success=data == LoginPassword(b"bpu", PASSWORD.encode()), handled=False)


@contextmanager
def running_postbox(*, implicit: bool = False) -> Iterator[Postbox]:
    """A relay that wants STARTTLS (or with `implicit` TLS from the first byte) and sign-in."""
    with folder() as home:
        cert, key = certificate(home)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        postbox = Postbox(free_port(), str(cert))
        tls = {"ssl_context": context} if implicit else {"tls_context": context, "require_starttls": True}
        auth = {"authenticator": _signed_in, "auth_required": True, "auth_require_tls": not implicit}
        controller = Controller(postbox, hostname="127.0.0.1", port=postbox.port, **tls, **auth)
        controller.start()
        try:
            yield postbox
        finally:
            controller.stop()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run; `postgres.fresh()` gives each test its own database."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """One Redis for the whole run."""
    with running_redis() as url:
        yield url


KEY = KeyRing.new_key(1)


@contextmanager
def opened(url: str) -> Iterator[str]:
    """The models bound to an empty database at this URL, with its tables."""
    real = open_database(url, KeyRing.parse(KEY))
    for table in TABLES:
        table._meta.strict_tables = not on_postgres()  # only SQLite knows the word STRICT
    database.create_tables(TABLES)
    try:
        yield url
    finally:
        real.close_all() if on_postgres() else real.close()


@pytest.fixture
def sqlite_store(tmp_path: Path) -> Iterator[str]:
    """The URL of a new SQLite database that the models are bound to."""
    with opened(f"sqlite:///{tmp_path}/bpu.sqlite3") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same on SQLite and on PostgreSQL: the test runs once on each."""
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").fresh()
    else:
        url = f"sqlite:///{tmp_path}/bpu.sqlite3"
    with opened(url):
        yield url
