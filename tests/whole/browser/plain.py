"""A client without a screen, over HTTP/2: it counts the bytes of each answer and holds dictionaries as browsers do.

`Outsider` registers a person with it and knows no more of the service than any tool may know.
"""

import gzip
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import brotli
import h2.config
import h2.connection
import h2.events
import zstandard
from bs4 import BeautifulSoup, Tag

from tests.people.answers import PERSON
from tests.whole.browser.driver import Service

DCZ = b"\x5e\x2a\x4d\x18\x20\x00\x00\x00"
BROWSER = {
    "sec-fetch-site": "same-origin",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "sec-ch-ua": '"Not:A-Brand";v="8", "Chromium";v="156"',
}
FRAME = 9  # bytes of a frame's own header


@dataclass
class Answer:
    """What came back: `wire` are the bytes of its frames, `sent` those of the request, `body` is unpacked.

    `records` are the sizes of the TLS records in which it came.
    """

    path: str
    status: int
    headers: dict[str, str]
    raw: bytes
    wire: int
    sent: int
    body: bytes = b""
    records: list[int] = field(default_factory=list)

    @property
    def page(self) -> BeautifulSoup:
        """The page, to be looked into."""
        return BeautifulSoup(self.body, "html5lib")


@dataclass
class Client:
    """One connection to a service with TLS. `encodings` are those it takes; with `dcz` it keeps dictionaries."""

    service: Service
    encodings: str = "gzip, deflate, br, zstd, dcz"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    dictionaries: dict[str, bytes] = field(default_factory=dict)  # by the pattern of addresses they are for
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        place = urlsplit(self.service.base)
        context = ssl.create_default_context(cafile=str(self.service.authority))
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection((place.hostname, place.port), timeout=20)
        self.socket = context.wrap_socket(plain, server_hostname=place.hostname)
        self.connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.connection.initiate_connection()
        self.connection.increment_flow_control_window(2**24)
        self.socket.sendall(self.connection.data_to_send())
        self.rest = b""

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def get(self, path: str, **headers: str) -> Answer:
        """Open an address."""
        return self.send("GET", path, None, headers)

    def post(self, path: str, data: Any, **headers: str) -> Answer:
        """Send a form: pairs or a mapping."""
        form = {"content-type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, urlencode(data, doseq=True).encode(), form | headers)

    def send(self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request and its answer; underscores in names of headers stand for hyphens."""
        held = next((text for pattern, text in self._dictionaries() if path.startswith(pattern)), None)
        wanted = dict(self.headers)
        if self.encodings:
            wanted["accept-encoding"] = self.encodings
        if held is not None:
            wanted["available-dictionary"] = hashed(held)
        if self.cookies:
            wanted["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        wanted |= {name.replace("_", "-"): value for name, value in headers.items()}
        place = urlsplit(self.service.base)
        stream = self.connection.get_next_available_stream_id()
        first = [(":method", method), (":path", path), (":scheme", "https"), (":authority", place.netloc)]
        self.connection.send_headers(stream, [*first, *wanted.items()], end_stream=data is None)
        if data is not None:
            self.connection.send_data(stream, data, end_stream=True)
        out = self.connection.data_to_send()
        self.socket.sendall(out)
        answer = self._received(stream, path, len(out))
        answer.body = unpacked(answer, held)
        if "use-as-dictionary" in answer.headers:
            pattern = re.search(r'match="([^"*]*)\*?"', answer.headers["use-as-dictionary"])
            self.dictionaries[str(pattern and pattern[1])] = answer.body
        self.answers.append(answer)
        return answer

    def _dictionaries(self) -> Iterator[tuple[str, bytes]]:
        if "dcz" in self.encodings:
            yield from sorted(self.dictionaries.items(), key=lambda one: -len(one[0]))

    def _received(self, stream: int, path: str, sent: int) -> Answer:
        answer = Answer(path, 0, {}, b"", 0, sent)
        while True:
            chunk = self.socket.recv(65536)
            assert chunk, f"the service hung up at {path}"
            answer.records.append(len(chunk))
            self._weigh(answer, stream, chunk)
            for event in self.connection.receive_data(chunk):
                if isinstance(event, h2.events.ResponseReceived) and event.stream_id == stream:
                    answer.status = int(dict(event.headers)[":status"])
                    self._read(answer, event.headers)
                elif isinstance(event, h2.events.DataReceived) and event.stream_id == stream:
                    answer.raw += event.data
                    self.connection.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, h2.events.StreamEnded) and event.stream_id == stream:
                    self.socket.sendall(self.connection.data_to_send())
                    return answer
                else:
                    assert not isinstance(event, h2.events.StreamReset | h2.events.ConnectionTerminated), event

    def _read(self, answer: Answer, headers: Any) -> None:
        for name, value in headers:
            if name == "set-cookie":
                cookie = value.partition(";")[0]
                self.cookies[cookie.split("=")[0]] = cookie.split("=", 1)[1]
            answer.headers[name] = value

    def _weigh(self, answer: Answer, stream: int, chunk: bytes) -> None:
        self.rest += chunk
        while len(self.rest) >= FRAME:
            size = FRAME + int.from_bytes(self.rest[:3], "big")
            if len(self.rest) < size:
                return
            if int.from_bytes(self.rest[5:9], "big") == stream and self.rest[3] in (0, 1, 9):
                answer.wire += size
            self.rest = self.rest[size:]


def hashed(text: bytes) -> str:
    """How a browser names a dictionary that it holds."""
    return f":{b64encode(sha256(text).digest()).decode()}:"


def unpacked(answer: Answer, held: bytes | None) -> bytes:
    """The body as it was before it was compressed."""
    encoding, raw = answer.headers.get("content-encoding", ""), answer.raw
    if encoding == "dcz":
        assert held is not None
        assert raw[:40] == DCZ + sha256(held).digest()
        rule = zstandard.ZstdCompressionDict(held, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        return zstandard.ZstdDecompressor(dict_data=rule).decompressobj().decompress(raw[40:])
    if encoding == "zstd":
        return zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    if encoding == "br":
        return bytes(brotli.decompress(raw))
    return gzip.decompress(raw) if encoding == "gzip" else raw


class Outsider:
    """Somebody's tool that registers people: it knows the public contract, and nothing of the service's inside."""

    def __init__(self, client: Client, answers: Mapping[str, Mapping[str, Any]] = PERSON) -> None:
        self.client = client
        self.fields = {name: value for fields in answers.values() for name, value in fields.items()}
        self.phone = "+62" + re.sub(r"\D", "", str(self.fields["phone"]))[1:]
        self.weights: dict[str, int] = {}  # bytes of each page on the wire, by step
        self.seen: list[Answer] = []

    def walk(self) -> str:
        """From the front page to the participant number."""
        answer = self._opened("/bpu")
        answer = self._opened(str(answer.page.select_one("a[data-start]")["href"]))  # type: ignore[index]
        for _ in range(20):
            page = answer.page
            if number := page.find(id="participant-number"):
                return number.text
            if bill := page.find(id="bill-code"):
                self.client.service.pay(bill.text)
            form = page.select_one('main form[method="post"]')
            assert form is not None, answer.body.decode()
            answer = self._sent(answer, form)
        raise AssertionError(f"never came to the number; at {answer.path}: {answer.body.decode()}")

    def _opened(self, path: str) -> Answer:
        answer = self._shown(self.client.get(path))
        self._later(answer.page)
        return answer

    def _later(self, page: BeautifulSoup) -> None:
        """Fetch what a browser fetches beside the page, once."""
        for tag in page.select('link[rel="stylesheet"], link[rel="prefetch"], link[rel="compression-dictionary"]'):
            known = {one.path for one in self.client.answers}
            wanted = tag["rel"] == ["stylesheet"] or "dcz" in self.client.encodings
            if wanted and str(tag["href"]) not in known:
                self.client.get(str(tag["href"]))

    def _sent(self, answer: Answer, form: Tag) -> Answer:
        sent: list[tuple[str, str]] = []
        for tag in form.select("input[name], select[name], textarea[name]"):
            name, kind, own = str(tag["name"]), str(tag.get("type", "")), str(tag.get("value", "yes"))
            if kind == "hidden":
                sent.append((name, own))
            elif name in self.fields:
                wanted = self.client.service.code(self.phone) if self.fields[name] == "?" else self.fields[name]
                if kind not in ("radio", "checkbox"):
                    sent.append((name, str(wanted)))
                elif own in wanted:
                    sent.append((name, own))
        follows = self._shown(self.client.post(urljoin(answer.path, str(form["action"])), sent))
        self._later(follows.page)
        return follows

    def _shown(self, answer: Answer) -> Answer:
        weight = answer.wire
        while answer.status in (302, 303, 308):
            answer = self.client.get(answer.headers["location"])
            weight += answer.wire
        assert answer.status == 200, (answer.status, answer.path, answer.body.decode())
        main = answer.page.select_one("main#main")
        assert main is not None
        self.weights[str(main.get("data-step") or main["data-page"])] = weight
        self.seen.append(answer)
        return answer
