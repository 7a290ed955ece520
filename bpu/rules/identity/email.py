"""E-mail addresses: cleaned of what a paste brings, checked for syntax, and compared with the domains people mean.

No DNS is asked: a resolver's fault must not become the applicant's, and most mistyped domains exist. A mistyped domain
is only a question ("did you mean ...?"): whole domains are compared, a top-level domain is never guessed.
"""

import re

from email_validator import EmailNotValidError, validate_email

from bpu.rules import Checked, Finding, refused
from bpu.rules.identity.characters import without_invisible

LONGEST, LONGEST_LOCAL = 254, 64
# Most used first: of two domains equally near, the first is meant.
KNOWN = (
    "gmail.com",
    "yahoo.com",
    "yahoo.co.id",
    "hotmail.com",
    "outlook.com",
    "icloud.com",
    "ymail.com",
    "rocketmail.com",
    "live.com",
    "outlook.co.id",
)
# Real domains one letter away from a known one.
NEVER_FLAGGED = frozenset(
    {
        "mail.com",
        "email.com",
        "gmx.com",
        "aol.com",
        "msn.com",
        "me.com",
        "googlemail.com",
        "proton.me",
        "protonmail.com",
    }
    | {"zoho.com", "yandex.com", "foxmail.com", "qmail.com", "cmail.com", "xmail.com", "hotmail.co.uk", "love.com"}
    | {"yahoo.co.in", "yahoo.co.uk", "yahoo.co.jp", "yahoo.co.il", "outlook.co.il", "line.com", "life.com", "like.com"}
)
MISTYPED = {
    "gmail.co": "gmail.com",
    "gmail.id": "gmail.com",
    "gmail.co.id": "gmail.com",
    "gmail.com.id": "gmail.com",
    "gmail.com.com": "gmail.com",
    "gmail.net": "gmail.com",
    "gmail.c": "gmail.com",
    "yahoo.com.com": "yahoo.com",
    "yahoo.com.id": "yahoo.co.id",
    "yahoo.id": "yahoo.co.id",
    "icould.com": "icloud.com",
}

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0xFE6B: ord("@"), 0x3002: ord("."), 0xFF61: ord(".")}
_LABEL = re.compile(r"^(?:mailto|e-?mail) ?: ?", re.IGNORECASE)
_NAMED = re.compile(r"([^<>]*)<([^<>]+)>[\s.,;]*")
_BETWEEN_ADDRESSES = re.compile(r"[\s,;/|<>]+")
_AROUND = " .,;:!?'\"()[]<>“”‘’"


def check(text: str | None) -> Checked:
    """The address in lower case, at most 254 characters of ASCII.

    Errors: empty, line_break, two_addresses, not_ascii (`char`), too_long (`limit`), no_at_sign and syntax (both with
    `suggestion`, an address or None). Warnings: cleaned (`value`), suggest (`suggestion`).
    """
    typed = without_invisible(text or "").translate(_WIDE).strip(" \t\u00a0\u3000")
    if not typed.strip():
        return refused("empty")
    if typed.splitlines() != [typed]:
        return refused("line_break")
    if _two_addresses(typed):
        return refused("two_addresses")
    value = _cleaned(typed)
    if not value:
        return refused("empty")
    if not value.isascii():
        strange = next(sign for sign in value if not sign.isascii())
        return refused("not_ascii", char=strange if strange.isprintable() else f"U+{ord(strange):04X}")
    value = value.lower()
    local, at, domain = value.rpartition("@")
    if not at:
        return refused("no_at_sign", suggestion=_with_at_sign(value))
    if len(value) > LONGEST or len(local) > LONGEST_LOCAL:
        return refused("too_long", limit=LONGEST_LOCAL if len(local) > LONGEST_LOCAL else LONGEST)
    if not _valid(value):
        return refused("syntax", suggestion=_mended(local, domain))
    warnings = []
    if value != typed.lower():
        warnings.append(Finding("cleaned", {"value": value}))
    if meant := suggested(domain):
        warnings.append(Finding("suggest", {"suggestion": f"{local}@{meant}"}))
    return Checked(value, warnings=tuple(warnings))


def suggested(domain: str) -> str | None:
    """The well-known domain that was probably meant by this lower-case one, or None if it may stand."""
    if domain in KNOWN or domain in NEVER_FLAGGED:
        return None
    return MISTYPED.get(domain) or next((known for known in KNOWN if _one_slip(domain, known)), None)


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one letter too many, missing, wrong, or swapped with its neighbour makes the difference."""
    if abs(len(typed) - len(meant)) > 1 or typed == meant:
        return False
    at = 0
    while at < min(len(typed), len(meant)) and typed[at] == meant[at]:
        at += 1
    rest, right = typed[at:], meant[at:]
    swapped = rest[:2] == right[1::-1] and rest[2:] == right[2:]
    return swapped or rest[1:] == right[1:] or rest[1:] == right or rest == right[1:]


def _two_addresses(typed: str) -> bool:
    addresses = {part.strip(_AROUND) for part in _BETWEEN_ADDRESSES.split(typed) if "@" in part.strip("@")}
    return len(addresses) > 1


def _cleaned(typed: str) -> str:
    """`typed` without label, display name, quotes, spaces and closing punctuation; a comma in the domain is a dot."""
    named = _NAMED.fullmatch(typed)
    bare = _LABEL.sub("", (named[2] if named else typed).strip(_AROUND))
    local, at, domain = "".join(bare.split()).strip(_AROUND).rpartition("@")
    return f"{local}{at}{domain.replace(',', '.')}"


def _valid(address: str) -> bool:
    try:
        validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return False
    return True


def _with_at_sign(value: str) -> str | None:
    """The address that was meant by ``budi.gmail.com`` or ``budigmail.com``."""
    for domain in sorted(KNOWN, key=len, reverse=True):
        local = value.removesuffix(domain)
        if local != value and _valid(address := f"{local.rstrip('.,#&!_-')}@{domain}"):
            return address
    return None


def _mended(local: str, domain: str) -> str | None:
    """The address that was meant by ``budi@gmail``, ``budi@@gmail.com`` or ``budi@gmail..com``."""
    domain = re.sub(r"\.{2,}", ".", domain).strip(".-")
    whole = next((known for known in KNOWN if domain in (known, known.split(".")[0])), None)
    whole = whole or suggested(domain) or next((k for k in KNOWN if _one_slip(domain, k.split(".")[0])), None)
    address = f"{local.rstrip('@.')}@{whole or domain}"
    return address if _valid(address) else None
