"""A question that a person answers and a simple robot does not: a small picture, and a question in words beside it."""

import random
import secrets
import struct
import zlib
from dataclasses import dataclass
from datetime import timedelta

from PIL import Image, ImageDraw, ImageFont

from bpu import clock
from bpu.models import Captcha, writing
from bpu.rules.identity.characters import without_invisible
from bpu.settings import Settings

LIFE = timedelta(minutes=10)
OPEN_AT_ONCE = 3  # pictures of a draft that still count: a reloaded page or a second tab must not void the first
LETTERS = "ACDEFHJKLMNPRTUVWXY34679"  # none that looks like another one
LENGTH = 6
# A row of 112 pixels and its filter byte are 15 bytes, which base64 writes as 20 letters without a rest: rows that look
# alike then read alike, and the page's own compression finds them, better than that of the picture would.
WIDTH, HEIGHT, SIZE = 112, 24, 17
TRIES = 4
DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
NUMBERS = ("nol", "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh")


def png(picture: Image.Image) -> bytes:
    """A 1-bit picture as a PNG whose rows are neither filtered nor compressed: the page around it does that better."""
    bits, wide = picture.tobytes(), (picture.width + 7) // 8
    rows = b"".join(b"\0" + bits[at : at + wide] for at in range(0, len(bits), wide))
    header = struct.pack(">IIBBBBB", picture.width, picture.height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    framed = (
        struct.pack(">I", len(one)) + kind + one + struct.pack(">I", zlib.crc32(kind + one)) for kind, one in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(framed)


@dataclass(frozen=True)
class Challenge:
    """What is asked: a 1-bit PNG (empty where only words are asked) and a question in words."""

    picture: bytes
    question: str


class Captchas:
    """Asks and checks, a few open challenges a draft, each used once and for ten minutes."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.font = ImageFont.load_default(SIZE)
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
        picture = Image.new("1", (WIDTH, HEIGHT), 1)
        for at, letter in enumerate(text):
            tile = Image.new("L", (36, HEIGHT), 0)
            left = 18 - round(self.font.getlength(letter) / 2)
            ImageDraw.Draw(tile).text((left, (HEIGHT - SIZE * 1.25) / 2), letter, 255, font=self.font)
            turned = tile.rotate(self.random.uniform(-20, 20), resample=Image.Resampling.BICUBIC)
            ink = turned.point(lambda value: 255 if value > 80 else 0)
            picture.paste(0, (round((at + 0.5) * WIDTH / LENGTH) - 18, self.random.randint(-1, 1)), ink)
        pen = ImageDraw.Draw(picture)
        for _ in range(2):
            pen.line([(x, self.random.randint(4, HEIGHT - 4)) for x in (0, WIDTH)], fill=0, width=1)
        return png(picture)

    def _question(self) -> tuple[str, tuple[str, ...]]:
        if self.random.random() < 0.5:
            day = self.random.randrange(len(DAYS))
            return f"Hari apa sesudah {DAYS[day]}?", (DAYS[(day + 1) % 7].casefold(),)
        one, two = self.random.randint(1, 5), self.random.randint(1, 5)
        return f"Berapa {NUMBERS[one]} ditambah {NUMBERS[two]}?", (str(one + two), NUMBERS[one + two])
