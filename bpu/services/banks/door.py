"""The door that banks knock on: SNAP BI tokens, bill inquiries, payments, statuses and QRIS notices.

Each call is proven first, then read, then done once: a call's number and its answer are written in the transaction of
its effect, so that a bank that asks again, for whatever reason, moves no money twice.
"""

import logging
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from peewee import IntegrityError

from bpu import clock
from bpu.models import Payment, SnapRequest, SnapToken, writing
from bpu.providers.money.bankjson import written
from bpu.providers.money.sandbox import sandbox_partners
from bpu.providers.money.signatures import asymmetric, matching, symmetric
from bpu.providers.money.snap import TOKEN_SECONDS, Case, Partner, Service, admitted, partners
from bpu.secrecy import token_hash
from bpu.services.banks import bill as snapbill
from bpu.services.banks.call import ID, Asked, Call, Refused
from bpu.services.money.judging import Notice, Receipt
from bpu.services.money.payments import Payments
from bpu.settings import Misconfigured, Settings

log = logging.getLogger(__name__)

Answer = tuple[int, dict[str, Any]]


def open_partners(settings: Settings) -> tuple[Partner, ...]:
    """Who may call under these settings; raises Misconfigured when the partners cannot be read."""
    known: tuple[Partner, ...] = ()
    if "snap" in settings.payment:
        try:
            known = partners(settings.provider.get("BPU_SNAP_PARTNERS", ""))
        except ValueError as error:
            raise Misconfigured([f"BPU_SNAP_PARTNERS {error}"]) from None
    if "simulator" in settings.payment and settings.sandbox:
        known += sandbox_partners(settings)
    return known


class Snap:
    """The door; one `answer` for every call. Raises Misconfigured when the partners cannot be read."""

    def __init__(self, settings: Settings, payments: Payments) -> None:
        known = open_partners(settings)
        self.clients = {partner.client_id: partner for partner in known}
        self.partners = {partner.partner_id: partner for partner in known}
        self.payments = payments

    def answer(self, service: Service, call: Call) -> Answer:
        """HTTP status and body for `call`; whatever is in it, this answers. Only the database being away raises."""
        try:
            if call.method != "POST":
                raise Refused(Case.METHOD)
            if service is Service.TOKEN:
                return self._token(call)
            partner = self._caller(call)
            number = call.header("X-EXTERNAL-ID")
            call.header("CHANNEL-ID")
            return self._once(partner, number, Asked.read(service, call.body))
        except Refused as refused:
            log.warning("snap service=%s refused=%s about=%s", service, refused.case.name, refused.about)
            return refused.case.answer(service, refused.about)

    def _token(self, call: Call) -> Answer:
        client_id, signature, when = call.header("X-CLIENT-KEY"), call.header("X-SIGNATURE"), call.moment
        partner = self.clients.get(client_id)
        proven = partner and asymmetric(partner.public_key, signature)(f"{client_id}|{call.header('X-TIMESTAMP')}")
        if partner is None or not proven:
            raise Refused(Case.UNAUTHORIZED, "Signature")
        _admit(partner, call, when)
        Asked.read(Service.TOKEN, call.body)
        token = secrets.token_urlsafe(32)
        now = clock.now()
        until = now + timedelta(seconds=TOKEN_SECONDS)
        with writing():
            SnapToken.delete().where(SnapToken.expires <= now).execute()
            SnapToken.create(token_hash=token_hash(token), partner=client_id, expires=until)
        return Case.SUCCESSFUL.answer(
            Service.TOKEN, accessToken=token, tokenType="Bearer", expiresIn=str(TOKEN_SECONDS)
        )

    def _caller(self, call: Call) -> Partner:
        """The partner that signed this call, just now and from where it may."""
        partner_id, signature, when = call.header("X-PARTNER-ID"), call.header("X-SIGNATURE"), call.moment
        partner = self.partners.get(partner_id)
        if partner is None:
            raise Refused(Case.UNAUTHORIZED, "Partner")
        if partner.mode == "symmetric":
            token, check = _bearer(call, partner), symmetric(partner.secret, signature)
        else:
            token, check = "", asymmetric(partner.public_key, signature)
        form = matching(check, call.method, call.path, call.body, call.header("X-TIMESTAMP"), token)
        if not form:
            raise Refused(Case.UNAUTHORIZED, "Signature")
        log.info("snap partner=%s signed=%s", partner.client_id, form)
        _admit(partner, call, when)
        return partner

    def _once(self, partner: Partner, number: str, asked: Asked) -> Answer:
        """Do what is asked for, unless the partner used this number today: then say what was answered."""
        try:
            return self._numbered(partner, number, asked)
        except IntegrityError:
            # Its twin won the race between our look and our insert: all of ours was undone, and now it is there.
            return self._numbered(partner, number, asked)

    def _numbered(self, partner: Partner, number: str, asked: Asked) -> Answer:
        act = {
            Service.INQUIRY: self._inquiry,
            Service.PAYMENT: self._payment,
            Service.STATUS: self._status,
            Service.QR_NOTICE: self._qr_notice,
        }[asked.service]
        with writing():
            day = clock.today().isoformat()
            earlier = SnapRequest.get_or_none(partner=partner.client_id, external_id=number, day=day)
            if earlier:
                return _repeated(partner, asked, earlier)
            status, body = act(partner, asked)
            row = SnapRequest(
                partner=partner.client_id,
                external_id=number,
                day=day,
                service=asked.service,
                request_id=asked.request_id,
                code=asked.code,
                digest=asked.digest,
                status=status,
                at=clock.now(),
            )
            row.answer = body
            row.save(force_insert=True)
            return status, body

    def _inquiry(self, partner: Partner, asked: Asked) -> Answer:
        bill = self.payments.bills.find(asked.code)
        case = snapbill.state(bill)
        data = asked.echo() | {"inquiryStatus": snapbill.flag(case), "inquiryReason": snapbill.why(case)}
        if bill and case is Case.SUCCESSFUL:
            amount = written(bill.amount)
            data |= {"virtualAccountName": snapbill.name(bill), "totalAmount": amount, "virtualAccountTrxType": "C"}
        return case.answer(asked.service, virtualAccountData=data)

    def _payment(self, partner: Partner, asked: Asked) -> Answer:
        amount = asked.rupiah("paidAmount", exactly=not partner.pushed)
        if amount is None:
            case = snapbill.state(self.payments.bills.find(asked.code))
            case = Case.WRONG_AMOUNT if case is Case.SUCCESSFUL else case
        else:
            receipt = self._receive(partner, asked, f"snap:{partner.client_id}", amount, pushed=partner.pushed)
            # Money that was pushed is in the books even where it settled nothing, and a person looks at it there.
            case = Case.SUCCESSFUL if receipt.payment else snapbill.CASES[receipt.outcome]
        flags = {"paymentFlagStatus": snapbill.flag(case), "paymentFlagReason": snapbill.why(case)}
        data = asked.echo() | {"paidAmount": asked.told["paidAmount"]} | flags
        return case.answer(asked.service, virtualAccountData=data)

    def _status(self, partner: Partner, asked: Asked) -> Answer:
        bill = self.payments.bills.find(asked.code)
        if bill is None:
            return Case.NO_BILL.answer(asked.service)
        other = asked.told.get("paymentRequestId")
        wanted = [asked.request_id, *([other] if isinstance(other, str) and re.fullmatch(ID, other) else [])]
        payment = Payment.get_or_none(
            Payment.provider == f"snap:{partner.client_id}",
            Payment.reference.in_(wanted),
            Payment.code == asked.code,
        )
        if payment is None and not _calls(partner, Service.PAYMENT, wanted, asked.code).exists():
            return Case.NOT_FOUND.answer(asked.service)
        case = Case.SUCCESSFUL if payment else Case.INCONSISTENT
        data = asked.echo() | {"paymentFlagStatus": snapbill.flag(case), "paymentFlagReason": snapbill.why(case)}
        data["totalAmount"] = written(bill.amount)
        if payment:
            data["paymentRequestId"] = payment.reference
            data["paidAmount"] = written(payment.amount)
            data["transactionDate"] = payment.at.astimezone(clock.WIB).isoformat(timespec="seconds")
        return Case.SUCCESSFUL.answer(asked.service, virtualAccountData=data)

    def _qr_notice(self, partner: Partner, asked: Asked) -> Answer:
        # Only 00 says that money moved; when a code stops being payable is ours to decide, by the bill.
        if asked.told["latestTransactionStatus"] == "00":
            amount = asked.rupiah("amount", exactly=False)
            if amount is None:
                raise Refused(Case.FIELD_FORMAT, "amount.value")
            self._receive(partner, asked, f"qris:{partner.client_id}", amount, pushed=True)
        return Case.SUCCESSFUL.answer(asked.service)

    def _receive(self, partner: Partner, asked: Asked, provider: str, amount: int, *, pushed: bool) -> Receipt:
        inquiries = _calls(partner, Service.INQUIRY, [asked.request_id], asked.code)
        first = inquiries.where(SnapRequest.status == 200).order_by(SnapRequest.at).first()
        inquired_at = first.at if first else None
        return self.payments.receive(
            Notice(provider, asked.request_id, asked.code, amount, clock.now(), pushed, inquired_at)
        )


def _bearer(call: Call, partner: Partner) -> str:
    header = call.headers.get("Authorization", "").strip()
    if not header:
        raise Refused(Case.TOKEN_MISSING)
    scheme, _, token = header.partition(" ")
    row = SnapToken.get_or_none(SnapToken.token_hash == token_hash(token))
    if scheme.lower() != "bearer" or row is None or row.partner != partner.client_id or row.expires <= clock.now():
        raise Refused(Case.TOKEN_INVALID)
    return token


def _admit(partner: Partner, call: Call, when: datetime) -> None:
    """Refuse what a proven partner sent at another time or from another place; told only to whoever holds the key."""
    if abs((clock.now() - when).total_seconds()) > partner.tolerance:
        raise Refused(Case.UNAUTHORIZED, "X-TIMESTAMP")
    if not admitted(partner.addresses, call.address):
        raise Refused(Case.NOT_PERMITTED, "IP")


def _calls(partner: Partner, service: Service, request_ids: list[str], code: str) -> Any:
    return SnapRequest.select().where(
        SnapRequest.partner == partner.client_id,
        SnapRequest.service == service,
        SnapRequest.request_id.in_(request_ids),
        SnapRequest.code == code,
    )


def _repeated(partner: Partner, asked: Asked, earlier: SnapRequest) -> Answer:
    """The answer to a number that the partner used today already."""
    same_id = earlier.service == asked.service and earlier.request_id == asked.request_id
    same_call = same_id and bytes(earlier.digest) == asked.digest
    # A notice is repeated until it is taken well, so there the first answer is the only one that ends it.
    if same_call and (partner.replay == "original" or asked.service is Service.QR_NOTICE):
        return earlier.status, earlier.answer
    if same_id and asked.service is Service.PAYMENT:
        first = earlier.answer["virtualAccountData"]
        flags = {name: first[name] for name in ("paymentFlagStatus", "paymentFlagReason")}
        return Case.INCONSISTENT.answer(asked.service, virtualAccountData=asked.echo() | flags)
    return Case.CONFLICT.answer(asked.service)
