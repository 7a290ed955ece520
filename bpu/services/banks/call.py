"""One call of a bank, as it came in and as it is understood: headers and body, checked field by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from bpu.providers.http import Headers, found
from bpu.providers.money.bankjson import CURRENCY, Malformed, money, parse
from bpu.providers.money.snap import Case, Service
from bpu.services.money.judging import LARGEST

ID = r"[!-~]{1,128}"
_ACCOUNT = {
    "partnerServiceId": r"(?=.{8}$) *[0-9]+",
    "customerNo": r"[0-9]{1,20}",
    "virtualAccountNo": r"(?=.{1,28}$) *[0-9]+",
}
_SUM = r"[0-9]{1,16}(\.[0-9]{1,2})?"
# What each service must be told, and how it is written. Everything else in a call is taken as it comes.
FIELDS: Mapping[Service, Mapping[str, str]] = {
    Service.TOKEN: {"grantType": "client_credentials"},
    Service.INQUIRY: {**_ACCOUNT, "inquiryRequestId": ID},
    Service.PAYMENT: {
        **_ACCOUNT,
        "paymentRequestId": ID,
        "paidAmount.value": _SUM,
        "paidAmount.currency": r"[A-Z]{3}",
    },
    Service.STATUS: {**_ACCOUNT, "inquiryRequestId": ID},
    Service.QR_NOTICE: {
        "originalReferenceNo": r"[!-~]{1,64}",
        "originalPartnerReferenceNo": r"[!-~]{1,64}",
        "latestTransactionStatus": r"0[0-9]",
        "amount.value": _SUM,
        "amount.currency": CURRENCY,
    },
}
REQUEST_ID = {
    Service.INQUIRY: "inquiryRequestId",
    Service.PAYMENT: "paymentRequestId",
    Service.STATUS: "inquiryRequestId",
    Service.QR_NOTICE: "originalReferenceNo",
}
ECHOED = ("virtualAccountName", "trxDateTime", "referenceNo", "flagAdvise", "trxId")
_HEADERS = {"X-EXTERNAL-ID": r"[0-9]{1,36}", "CHANNEL-ID": r"[!-~]{1,5}"}
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


class Refused(Exception):
    """The call is not taken, for the reason that its answer gives."""

    def __init__(self, case: Case, about: str = "") -> None:
        super().__init__(case.name, about)
        self.case = case
        self.about = about


@dataclass(frozen=True)
class Call:
    """One HTTP call as it came in: `path` with its query, the body untouched."""

    method: str
    path: str
    headers: Headers
    body: bytes
    address: str = ""

    def header(self, name: str) -> str:
        """A header that has to be there; raises Refused."""
        value = self.headers.get(name, "").strip()
        if not value:
            raise Refused(Case.FIELD_MISSING, name)
        if not re.fullmatch(_HEADERS.get(name, r"[!-~]{1,2048}"), value):
            raise Refused(Case.FIELD_FORMAT, name)
        return value

    @property
    def moment(self) -> datetime:
        """When the caller says that it called; raises Refused."""
        written = self.header("X-TIMESTAMP")
        try:
            if _TIMESTAMP.fullmatch(written):
                return datetime.fromisoformat(written)
        except ValueError:
            pass
        raise Refused(Case.FIELD_FORMAT, "X-TIMESTAMP")


@dataclass(frozen=True)
class Asked:
    """What a call asks for, read and found complete."""

    service: Service
    told: Mapping[str, Any]

    @classmethod
    def read(cls, service: Service, body: bytes) -> "Asked":
        """Read the body of a call; raises Refused."""
        try:
            told = parse(body)
        except Malformed:
            raise Refused(Case.BAD_REQUEST) from None
        values = {name: found(told, name) for name in FIELDS[service]}
        for name, value in values.items():
            if value is None or value == "":
                raise Refused(Case.FIELD_MISSING, name)
        for name, value in values.items():
            if not isinstance(value, str) or not re.fullmatch(FIELDS[service][name], value):
                raise Refused(Case.FIELD_FORMAT, name)
        if "customerNo" in values and told["virtualAccountNo"] != told["partnerServiceId"] + told["customerNo"]:
            raise Refused(Case.FIELD_FORMAT, "virtualAccountNo")
        return cls(service, told)

    @property
    def request_id(self) -> str:
        """The call's own id, by which its money is known."""
        return self.told[REQUEST_ID[self.service]]

    @property
    def code(self) -> str:
        """The code of the bill that this is about."""
        if self.service is Service.QR_NOTICE:
            return self.told["originalPartnerReferenceNo"]
        return self.told["virtualAccountNo"].strip()

    @property
    def digest(self) -> bytes:
        """What tells two calls under one number apart: everything that has to be told, sums by their worth."""
        told = {name: found(self.told, name) for name in FIELDS[self.service]}
        worth = [f"{money(value):.2f}" if name.endswith(".value") else value for name, value in told.items()]
        return sha256("\0".join(worth).encode()).digest()

    def rupiah(self, name: str, *, exactly: bool) -> int | None:
        """The sum under `name` in whole rupiah, None when no bill can ask for it.

        A fraction of a rupiah is dropped; with `exactly` it makes a sum that no bill can ask for.
        """
        amount = money(self.told[name]["value"])
        if amount is None or self.told[name]["currency"] != CURRENCY or not 1 <= amount < LARGEST:
            return None
        return None if exactly and amount != int(amount) else int(amount)

    def echo(self) -> dict[str, Any]:
        """What an answer repeats of the call."""
        told = {name: self.told[name] for name in FIELDS[self.service] if "." not in name}
        for name in ECHOED:
            value = self.told.get(name)
            if isinstance(value, str) and value.isprintable() and len(value) <= 255:
                told[name] = value
        return told
