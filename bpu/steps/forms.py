"""What the forms of all steps have in common: rules that refuse, rules that warn once, and the words for both."""

import base64
import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Form

from bpu.rules import Checked

LONGEST_TYPED = 300  # characters of a refused value that are kept and shown again
# Control characters, halves of characters and noncharacters (HTML, "Preprocessing the input stream").
_NOT_IN_HTML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
    + "]"
)


class Refused(Exception):
    """An answer that fits the form but not the facts; `field` names the field that is told so ('' for the page)."""

    def __init__(self, field: str, text: Any) -> None:
        super().__init__(str(text))
        self.field = field
        self.text = text


class StepForm(Form):
    """A form whose values are judged by the rules.

    `judge` fills `answer`. A warning is shown beside its field together with a hidden `confirm_<field>`; the same value
    sent with it passes, a changed value is judged anew.
    """

    secret: tuple[str, ...] = ()  # fields that are never kept as typed, nor shown again

    def __init__(
        self, formdata: MultiDict[str, str] | None = None, *, case: Any, data: Mapping[str, Any] | None = None
    ) -> None:
        self.case = case
        self.sent = formdata if formdata is not None else MultiDict()
        self.warnings: dict[str, list[Any]] = {}
        self.confirms: dict[str, str] = {}
        self.accepted: dict[str, str] = {}
        self.answer: dict[str, Any] = {}
        self.page_error: Any = None
        super().__init__(formdata, data=data)
        self.arrange(case)

    def arrange(self, case: Any) -> None:
        """Fill in what depends on the person: choices, proposals."""

    def judge(self, case: Any) -> None:
        """Check the values sent; put the accepted ones into `answer`."""

    def passes(self) -> bool:
        """Whether everything sent can be taken as it is."""
        self.judge(self.case)
        for field in self._fields.values():
            field.data = _cut(field.data) if isinstance(field.data, str) else field.data
        if self.accepted:
            self.answer["warned"] = self.accepted
        return not (self.errors or self.warnings or self.page_error)

    @property
    def errors(self) -> dict[str, list[Any]]:
        """The texts of refusals, by field, in the order of the page."""
        return {name: list(field.errors) for name, field in self._fields.items() if field.errors}

    def refuse(self, name: str, text: Any) -> None:
        """Show a refusal at a field; the empty name stands for the page as a whole."""
        if name in self._fields:
            self._fields[name].errors = [*self._fields[name].errors, text]
            if name in self.secret:
                self._fields[name].data = ""
        else:
            self.page_error = text

    def value(self, name: str) -> str:
        """What was sent in a field, as text."""
        return str(self._fields[name].data or "")

    def take(self, name: str, checked: Checked, words: Mapping[str, Any], beside: object = "") -> Any:
        """Show what a rule found about a field; returns the value, or None while it cannot be taken.

        `beside` is what else was judged with it: when that changes, a warning is shown again.
        """
        for finding in checked.errors:
            self.refuse(name, words[finding.code] % finding.params)
        if checked.errors:
            return None
        if checked.warnings:
            codes = sorted(finding.code for finding in checked.warnings)
            token = self._token(name, f"{checked.value}|{codes}|{beside}")
            if not hmac.compare_digest(token.encode(), self.sent.get(f"confirm_{name}", "").encode()):
                self.warnings[name] = [words[finding.code] % finding.params for finding in checked.warnings]
                self.confirms[name] = token
                return None
            self.accepted[name] = token
            self.confirms[name] = token
        return checked.value

    def choice(self, name: str, text: Any) -> str | None:
        """The value of a radio group or list, refused with `text` unless it is one of those offered."""
        value = self.value(name)
        offered = {choice.value for choice in self._fields[name].choices}
        if value not in offered or not value:
            self.refuse(name, text)
            return None
        return value

    def typed(self) -> dict[str, Any]:
        """What was typed, to be shown again; secrets left out, absurd lengths cut."""
        kept = {name: field for name, field in self._fields.items() if name not in self.secret}
        return {name: _cut(field.data) for name, field in kept.items() if field.data or name in self.sent}

    def _token(self, name: str, value: str) -> str:
        key = self.case.services.settings.secret_key.encode()
        digest = hmac.new(key, f"confirm|{self.case.draft.uid}|{name}|{value}".encode(), sha256).digest()
        return base64.urlsafe_b64encode(digest[:9]).decode()


def _cut(value: Any) -> Any:
    """A typed value as a page may show it again: not endless, and without signs that no page may hold."""
    if isinstance(value, list):
        return [_cut(each) for each in value[:20]]
    return _NOT_IN_HTML.sub("\ufffd", str(value)[:LONGEST_TYPED])
