"""A question that a person answers and a simple robot does not: a small picture, and a question in words beside it."""

import random
import secrets
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from bpu import clock
from bpu.models import Captcha, writing
from bpu.rules.identity.characters import without_invisible
from bpu.settings import Settings

LIFE = timedelta(minutes=10)
OPEN_AT_ONCE = 3  # pictures of a draft that still count: a reloaded page or a second tab must not void the first
LETTERS = "ACDEFHJKLMNPRTUVWXY34679"  # none that looks like another one
LENGTH = 5
# A row of 88 pixels and its filter byte are 12 bytes, which base64 writes as 16 letters without a rest: rows that look
# alike then read alike, and the page's own compression finds them, better than that of the picture would.
WIDTH, HEIGHT, TILE = 88, 21, 32
SIZES = (13, 16)
TRIES = 4
NAMES = (
    *("Adi", "Ani", "Asih", "Ayu", "Budi", "Dedi", "Dewi", "Eko", "Gita", "Hadi", "Ida", "Joko", "Lina"),
    *("Made", "Maya", "Nur", "Putu", "Rini", "Rudi", "Sari", "Siti", "Tini", "Tono", "Umar", "Wati", "Yani"),
)
THINGS = (
    *("ayam", "apel", "baju", "batu", "buku", "gelas", "ikan", "jeruk", "kain", "kopi", "kue", "kunci", "mangga"),
    *("nanas", "padi", "payung", "peci", "piring", "pisang", "roti", "sapu", "sate", "sendok", "tali", "telur", "topi"),
)
NUMBERS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh")


def png(rows: Sequence[int]) -> bytes:
    """A 1-bit picture as a PNG; each row is a whole number with ink as ones.

    Its rows are neither filtered nor compressed: the page around it does that better.
    """
    paper = (1 << WIDTH) - 1
    lines = b"".join(b"\0" + (paper ^ row).to_bytes(WIDTH // 8) for row in rows)
    header = struct.pack(">IIBBBBB", WIDTH, len(rows), 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 0)), (b"IEND", b""))
    framed = (
        struct.pack(">I", len(one)) + kind + one + struct.pack(">I", zlib.crc32(kind + one)) for kind, one in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


@lru_cache(maxsize=4096)
def glyph(letter: str, size: int, turn: int) -> tuple[int, ...]:
    """A letter turned by so many degrees, as rows of `TILE` bits: drawn once in the life of a process."""
    font = ImageFont.load_default(size)
    tile = Image.new("L", (TILE, HEIGHT), 0)
    left = (TILE - font.getlength(letter)) / 2
    ImageDraw.Draw(tile).text((left, (HEIGHT - size * 1.25) / 2), letter, 255, font=font)
    ink = tile.rotate(turn, resample=Image.Resampling.BICUBIC).point(lambda value: 255 if value > 80 else 0, mode="1")
    bits = ink.tobytes()
    return tuple(int.from_bytes(bits[at : at + TILE // 8]) for at in range(0, len(bits), TILE // 8))


@lru_cache(maxsize=1024)
def stroke(left: int, right: int) -> tuple[tuple[int, int], ...]:
    """A line from edge to edge, by the heights at which it begins and ends: (row, bits) of each row that it meets."""
    rows: dict[int, int] = {}
    for x in range(WIDTH):
        y = left + (right - left) * x // WIDTH
        rows[y] = rows.get(y, 0) | 1 << (WIDTH - 1 - x)
    return tuple(rows.items())


@dataclass(frozen=True)
class Challenge:
    """What is asked: a 1-bit PNG (empty where only words are asked) and a question in words."""

    picture: bytes
    question: str


class Captchas:
    """Asks and checks, a few open challenges a draft, each used once and for ten minutes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.random = random.SystemRandom()

    def ask(self, draft: str) -> Challenge:
        """A new challenge for a draft; older ones than the last few no longer count."""
        text = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        question, answers = self._question()
        now = clock.now()
        with writing():
            old = Captcha.select(Captcha.uid).where(Captcha.draft == draft).order_by(Captcha.expires.desc())
            Captcha.delete().where(Captcha.uid.in_([row.uid for row in old.offset(OPEN_AT_ONCE - 1)])).execute()
            row = Captcha(draft=draft, expires=now + LIFE)
            row.answer = "|".join((text.casefold(), *answers))
            row.save(force_insert=True)
        picture = b"" if self.settings.captcha == "question" else self.draw(text)
        return Challenge(picture, question)

    def check(self, draft: str, typed: str) -> bool:
        """Whether the answer is right. Right or wrong, every open challenge of the draft is used up by it."""
        answer = "".join(without_invisible(typed).split()).casefold()
        with writing():
            rows = list(Captcha.select().where((Captcha.draft == draft) & (Captcha.expires > clock.now())))
            Captcha.delete().where(Captcha.draft == draft).execute()
        always = self.settings.captcha_answer.casefold()
        return bool(answer) and (answer == always or any(answer in row.answer.split("|") for row in rows))

    def draw(self, text: str) -> bytes:
        """The text as a picture, the lightest of a few: turned letters crossed by lines, one bit a pixel."""
        return min((self._drawn(text) for _ in range(TRIES)), key=lambda one: len(zlib.compress(one)))

    def _drawn(self, text: str) -> bytes:
        chance = self.random.randint
        rows = [0] * HEIGHT
        for at, letter in enumerate(text):
            drawn = glyph(letter, chance(*SIZES), chance(-5, 5) * 4)
            shift = WIDTH - round((at + 0.5) * WIDTH / LENGTH) - TILE // 2 + chance(-3, 3)
            down = chance(-2, 2)
            for y, row in enumerate(drawn):
                if row and 0 <= y + down < HEIGHT:
                    rows[y + down] |= row << shift if shift >= 0 else row >> -shift
        for _ in range(2):
            for y, row in stroke(chance(4, HEIGHT - 4), chance(4, HEIGHT - 4)):
                rows[y] |= row
        inside = (1 << WIDTH) - 1
        return png([row & inside for row in rows])

    def _question(self) -> tuple[str, tuple[str, ...]]:
        """Counting things: simple for whoever understands, and more than ten thousand different texts."""
        who, what = self.random.choice(NAMES), self.random.choice(THINGS)
        one, two = self.random.randint(1, 5), self.random.randint(1, 5)
        text = f"{who} punya {NUMBERS[one]} {what}, dapat {NUMBERS[two]}. Jadi berapa?"
        return text, (str(one + two), NUMBERS[one + two], f"{NUMBERS[one + two]}{what}", f"{one + two}{what}")
