"""Bytes: what a page weighs on the wire, and what a browser may keep of it.

Pages are compressed against a dictionary (RFC 9842, ``dcz``) where the browser has it, else with zstd, brotli or gzip.
The dictionary is the text that all pages share, taken from sample pages: nothing in it belongs to anybody. A browser
that asks with an unknown or stale dictionary is simply answered without one.
"""

import gzip
from base64 import b64encode
from collections.abc import Callable
from functools import cache, lru_cache
from hashlib import sha256
from itertools import product
from pathlib import Path
from urllib.parse import urlsplit

import brotli
import rcssmin
import rjsmin
import zstandard
from flask import Blueprint, Flask, Response, abort, request

from bpu.web.frame import room

STATIC = Path(__file__).parents[3] / "static"
FOREVER = "public, max-age=31536000, immutable"
# A browser can read no part of a TLS record before it has all of it, and a server writes as much as it can into one.
# The first page goes out in pieces of one packet each: its beginning is on the screen while its end is under way.
SEGMENT = 1400  # bytes
SMALLEST = 200  # bytes below which compressing costs more than it saves
LEVEL = 12
DCZ_MAGIC = b"\x5e\x2a\x4d\x18\x20\x00\x00\x00"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".dict": "application/octet-stream",
}
ENCODINGS = ("br", "zstd", "gzip")  # of files, the best first
TEXTS = ("text/html", "application/json")
PAGES = "pages.dict"
USE = 'match="/*"'
MOST_KNOWN = 16

bp = Blueprint("wire", __name__)


def frames(level: int) -> zstandard.ZstdCompressionParameters:
    """Parameters of frames that carry nothing but the text."""
    bare = {"write_content_size": False, "write_checksum": False, "write_dict_id": False}
    return zstandard.ZstdCompressionParameters.from_level(level, window_log=17, **bare)


frame, once = frames(LEVEL), frames(22)  # `once` is for what is compressed once and sent often


class Asset:
    """A static file under a name that changes with its content, in every encoding, compressed once."""

    def __init__(self, name: str) -> None:
        self.name = name
        path = STATIC / name
        self.content = path.read_bytes()
        if path.suffix == ".css":
            self.content = rcssmin.cssmin(self.content.decode()).encode()
        elif name in ("app.js", "desk.js"):
            self.content = rjsmin.jsmin(self.content.decode()).encode()
        self.digest = sha256(self.content).digest()
        self.url = f"/s/{self.digest.hex()[:8]}{path.suffix}"
        self.type = TYPES[path.suffix]

    @cache  # noqa: B019  (assets live as long as the process)
    def encoded(self, encoding: str) -> bytes:
        """The content in one encoding, as small as it gets."""
        if encoding == "br":
            return brotli.compress(self.content, quality=11)
        if encoding == "zstd":
            return zstandard.ZstdCompressor(level=19, write_content_size=False).compress(self.content)
        if encoding == "gzip":
            return gzip.compress(self.content, 9, mtime=0)
        return self.content


@cache
def asset(name: str) -> Asset:
    """A static file by its name in `static/`."""
    return Asset(name)


def named(digest: bytes) -> str:
    """How browsers name a dictionary in `Available-Dictionary`."""
    return f":{b64encode(digest).decode()}:"


class Dictionary:
    """Text that a browser holds, against which answers are compressed (RFC 9842 ``dcz``)."""

    def __init__(self, text: bytes) -> None:
        self.digest = sha256(text).digest()
        self.name = named(self.digest)
        self.raw = zstandard.ZstdCompressionDict(text, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        self.raw.precompute_compress(compression_params=frame)

    def compressed(self, body: bytes, how: zstandard.ZstdCompressionParameters = frame) -> bytes:
        """A body as ``dcz``: magic, hash of the dictionary, one zstd frame."""
        compressor = zstandard.ZstdCompressor(dict_data=self.raw, compression_params=how)
        return DCZ_MAGIC + self.digest + compressor.compress(body)


# The dictionaries that browsers may hold: that of all pages, and front pages as they were sent from this process.
known: dict[str, Dictionary] = {}


def held() -> Dictionary | None:
    """The dictionary that the browser holds and can use, if we know it."""
    name = request.headers.get("Available-Dictionary", "")
    return known.get(name) if name and accepted(("dcz",)) else None


def lend(response: Response) -> None:
    """Let browsers use this answer, which is the same for everybody, as a dictionary for what follows."""
    dictionary = Dictionary(response.get_data())
    if dictionary.name not in known and len(known) >= MOST_KNOWN:
        known.pop(next(name for name in known if name != named(asset(PAGES).digest)))
    known.setdefault(dictionary.name, dictionary)
    response.headers["Use-As-Dictionary"] = USE


@bp.get("/s/<name>")
def static(name: str) -> Response:
    """A static file; its address changes with its content, so it may be kept for ever."""
    found = next((one for one in map(asset, ASSETS) if one.url == f"/s/{name}"), None)
    if found is None:
        abort(404)
    lent = held() if found.name == PAGES else None
    if found.name == PAGES and not lent and hasty():
        return Response(status=204, headers={"Cache-Control": "no-store"})
    encoding = "dcz" if lent else accepted(ENCODINGS)
    body = ahead(lent, found) if lent else found.encoded(encoding)
    response = Response(body, content_type=found.type)
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.vary.add("Accept-Encoding")
    response.headers["Cache-Control"] = FOREVER
    if found.name == PAGES:
        response.vary.add("Available-Dictionary")
        response.headers["Use-As-Dictionary"] = 'match="/bpu/*"'
    return response


@lru_cache(maxsize=MOST_KNOWN)
def ahead(lent: Dictionary, found: Asset) -> bytes:
    """A file against a dictionary, as small as it gets, which takes longer than a page and is done once for all."""
    return lent.compressed(found.content, once)


def hasty() -> bool:
    """Whether the dictionary is fetched ahead before the browser has put the front page away, against which it weighs
    a third less. The next page offers it again.
    """
    early = request.headers.get("Sec-Purpose", "").startswith("prefetch")
    return early and urlsplit(request.referrer or "").path in room.entrances()


ASSETS = ("app.css", "app.js", "desk.css", "desk.js", "htmx-4.0.1.min.js", PAGES)


def accepted(choices: tuple[str, ...]) -> str:
    """The first of these encodings that the client takes, or none."""
    taken = {name for name, quality in request.accept_encodings if quality > 0}
    return next((one for one in choices if one in taken), "")


def compress(response: Response) -> Response:
    """Send an answer in the least bytes that this client understands."""
    if response.direct_passthrough or "Content-Encoding" in response.headers or response.mimetype not in TEXTS:
        return response
    body = response.get_data()
    response.vary.update(("Accept-Encoding", "Available-Dictionary"))
    # Where people come in: alike for everybody, so it serves as a dictionary for what follows.
    shared = request.endpoint == room.here().entrance and response.status_code == 200 and not request.args
    if shared:
        lend(response)
    if response.cache_control.public and response.status_code == 200:
        response.vary.add("Sec-CH-UA")  # the way in which the dictionary is offered
        response.set_etag(sha256(body).hexdigest()[:8], weak=True)
        if response.make_conditional(request).status_code == 304:
            return response
    if lent := held():
        small, encoding = lent.compressed(body), "dcz"
    elif (encoding := accepted(tuple(COMPRESSORS))) and len(body) >= SMALLEST:
        small = best(encoding, body) if shared else COMPRESSORS[encoding](body)
    else:
        return response
    if len(small) < len(body):
        response.set_data(small)
        response.headers["Content-Encoding"] = encoding
        if shared:
            response.response = [small[at : at + SEGMENT] for at in range(0, len(small), SEGMENT)]
    return response


@lru_cache(maxsize=MOST_KNOWN)
def best(encoding: str, body: bytes) -> bytes:
    """A page that many people are sent, compressed as well as it gets: which mode fits best cannot be foretold."""
    if encoding != "br":
        return COMPRESSORS[encoding](body)
    return min((brotli.compress(body, mode=mode) for mode in (brotli.MODE_GENERIC, brotli.MODE_FONT)), key=len)


COMPRESSORS: dict[str, Callable[[bytes], bytes]] = {
    "br": lambda body: brotli.compress(body, quality=5),
    "zstd": lambda body: zstandard.ZstdCompressor(level=LEVEL).compress(body),
    "gzip": lambda body: gzip.compress(body, 6, mtime=0),
}


def install(app: Flask) -> None:
    """Serve static files, all compressed before the first is asked for; compress every answer."""
    for name, encoding in product(ASSETS, ENCODINGS):
        asset(name).encoded(encoding)
    pages = Dictionary(asset(PAGES).content)
    known[pages.name] = pages
    app.register_blueprint(bp)
    app.after_request(compress)
