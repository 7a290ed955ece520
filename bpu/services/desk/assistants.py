"""Who may help: invited by the office, signed in with a code to the phone and a PIN, paused at any time."""

from datetime import datetime, timedelta

from bpu import clock
from bpu.models import Assistant, Attempt, Machine, SignIn, keyring, writing
from bpu.services.access import sign_in
from bpu.services.access.budget import Asker
from bpu.services.access.codes import Codes
from bpu.services.access.sign_in import PIN_DIGITS, Entered, Unwelcome
from bpu.services.audit import actor, record

DOOR = "desk"
IDLE = timedelta(minutes=3)
DEMO_PHONE, DEMO_PIN, DEMO_SHOP = "+6286800000001", "123456", "WARNET MELATI"


class Invalid(ValueError):
    """An invitation that cannot be given, with the reason."""


class Assistants:
    """Invites assistants and lets them in."""

    def __init__(self, codes: Codes) -> None:
        self.codes = codes

    def invite(
        self, phone: str, name: str, shop: str, regency: str, *, fee: int = 0, fee_most: int = 0, pin: str = ""
    ) -> tuple[Assistant, str]:
        """A new assistant and the PIN to be told in person; `phone` is E.164, fees are whole rupiah."""
        if fee > fee_most:
            raise Invalid("the usual fee is above the highest one")
        pin = pin or sign_in.new_pin()
        if not sign_in.is_pin(pin):
            raise Invalid(f"a PIN has {PIN_DIGITS} digits")
        with writing():
            if self.find(phone):
                raise Invalid("this phone is an assistant's already")
            one = Assistant(shop=shop.strip(), regency=regency, fee=fee, fee_most=fee_most, created=clock.now())
            one.phone_index = keyring().index("assistant", phone)
            one.phone, one.name, one.pin = phone, name.strip(), sign_in.hashed(pin)
            one.save(force_insert=True)
            record("office", "assistant.invite", one.uid)
        return one, pin

    def find(self, phone: str) -> Assistant | None:
        """The assistant with this phone (E.164), paused or not."""
        return Assistant.get_or_none(Assistant.phone_index.in_(keyring().indexes("assistant", phone)))

    def demo(self) -> None:
        """The assistant that a sandbox has from the start, so that the desk can be tried."""
        if self.find(DEMO_PHONE) is None:
            with writing():
                if self.find(DEMO_PHONE) is None:
                    self.invite(DEMO_PHONE, "Rini Contoh", DEMO_SHOP, "3201", fee=5_000, fee_most=15_000, pin=DEMO_PIN)

    def pause(self, assistant: Assistant, paused: bool = True) -> None:
        """Shut an assistant out at once and everywhere, or let them come back."""
        with writing():
            assistant.paused = clock.now() if paused else None
            assistant.save()
            if paused:
                self.sign_out_everywhere(assistant)
            record("office", "assistant.pause" if paused else "assistant.resume", assistant.uid)

    def change_pin(self, assistant: Assistant, pin: str, here: SignIn | None = None) -> None:
        """Another PIN: whatever the old one had opened ends, except the sign-in `here`, which knew it and this one."""
        hashed = sign_in.hashed(pin)
        with writing():
            assistant.pin = hashed
            assistant.save()
            sign_in.end_all(assistant, besides=here)
            record(actor(assistant), "assistant.pin", assistant.uid, "pin")

    def ask_code(self, phone: str, address: str = "") -> Attempt:
        """Send a code to sign in with, if the phone is an assistant's; nobody can tell from the answer.

        `address` is a key of where it is asked for: one place uses up but a part of what the phone gets.
        """
        with writing():
            attempt = sign_in.attempt(phone)
            assistant = self.find(phone)
            if assistant is None or assistant.paused:
                record("stranger", "desk.unknown", attempt.uid)
            elif not self.codes.send(DOOR, attempt.uid, phone, asker=Asker(address, known=True, human=True)).sent:
                record(actor(assistant), "desk.codes_used_up", attempt.uid)
        return attempt

    def enter(self, attempt_uid: str, code: str, pin: str, *, remember: bool = False) -> Entered:
        """Sign in with the code from the phone and the PIN; raises `Unwelcome`.

        The PIN is looked at only once the code was right, so that nobody without the phone can use up its tries.
        """
        with writing():
            attempt = sign_in.attempted(attempt_uid)
            assistant = self.find(attempt.phone) if attempt and attempt.phone else None
            if attempt and assistant and not assistant.paused:
                if not sign_in.proved(self.codes, DOOR, attempt, code):
                    record(actor(assistant), "desk.wrong_code", attempt.uid)
                elif self.pin_fits(assistant, pin, "code"):
                    attempt.delete_instance()
                    return self._begin(assistant, remember=remember)
        raise Unwelcome

    def enter_by_machine(self, machine_token: str, pin: str) -> Entered:
        """Sign in at a remembered computer with the PIN alone; raises `Unwelcome`."""
        with writing():
            machine = self.machine(machine_token)
            if machine and not machine.assistant.paused and self.pin_fits(machine.assistant, pin, machine.uid):
                return self._begin(machine.assistant, remember=False)
        raise Unwelcome

    def machine(self, machine_token: str) -> Machine | None:
        """The remembered computer of this token."""
        return sign_in.machine(machine_token)

    def pin_fits(self, assistant: Assistant, pin: str, place: str) -> bool:
        """Whether this is the assistant's PIN; wrong ones are counted, for each place."""
        return sign_in.pin_fits(DOOR, assistant, pin, place)

    def sign_out_everywhere(self, assistant: Assistant) -> None:
        """End every sign-in and forget every computer of an assistant; call it in a transaction."""
        sign_in.end_all(assistant)
        record(actor(assistant), "desk.sign_out_everywhere", assistant.uid)

    def _begin(self, assistant: Assistant, *, remember: bool) -> Entered:
        entered = sign_in.begin(assistant, remember=remember)
        record(actor(assistant, entered.sign_in), "desk.sign_in", assistant.uid)
        return entered


def hidden(here: SignIn, now: datetime) -> bool:
    """Whether the screen shows nothing: it was locked, or nobody touched it for three minutes."""
    return here.locked is not None or here.seen < now - IDLE
