"""A draft being filled in, together with the services that its steps call upon, and what a step is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar

from werkzeug.datastructures import MultiDict

from bpu import clock
from bpu.journey import Journey, Step, remember
from bpu.models import Draft, Registration, Status, keyring
from bpu.services.opened import Services
from bpu.services.registration.drafts import BEFORE_PROOF
from bpu.steps.facts import proven
from bpu.steps.forms import StepForm

VOID = "void"  # said of a proof that a change has ended, where what was typed is kept


@dataclass
class Case:
    """One person's registration on its way.

    `channel` says who fills it in: `web`, from an `address` (a key without a way back), or an assistant at a `place`.
    """

    services: Services
    draft: Draft
    steps: Sequence["Page"]
    channel: str = "web"
    place: str | None = None
    address: str = ""

    @cached_property
    def given(self) -> dict[str, dict[str, Any]]:
        """The accepted answers, by slug, as they rest in the draft."""
        answers: dict[str, dict[str, Any]] = self.draft.answers
        return answers

    @cached_property
    def typed(self) -> dict[str, dict[str, Any]]:
        """What was typed but is not accepted yet, by slug."""
        typed: dict[str, dict[str, Any]] = self.draft.typed
        return typed

    @cached_property
    def registration(self) -> Registration | None:
        """The registration that this draft has become, once it was sent."""
        uid = self.given.get("periksa", {}).get("registration")
        return Registration.get_or_none(Registration.uid == uid) if uid else None

    @property
    def sent(self) -> Registration:
        """The registration, for pages that are only reached once there is one."""
        if self.registration is None:
            raise LookupError("not sent yet")
        return self.registration

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """The answers together with what happened outside: a payment answers the payment page."""
        if self.registration and self.registration.status in (Status.PAID, Status.ACTIVE):
            return {**self.given, "bayar": {"paid": self.registration.paid.isoformat()}}
        return self.given

    @property
    def journey(self) -> "Journey[Page]":
        """Where this person is now."""
        return Journey(self.steps, self.answers)

    @property
    def today(self) -> date:
        """The WIB day by which this case is judged."""
        return clock.today()

    @property
    def proven(self) -> bool:
        """Whether the person's phone has answered for what is filled in now."""
        return proven(self.given)

    def answer(self, slug: str, name: str, default: Any = None) -> Any:
        """One field of an accepted answer."""
        return self.given.get(slug, {}).get(name, default)

    def keep(self, slug: str, answer: Mapping[str, Any]) -> None:
        """Take an answer; whatever rested on a changed field goes back to being typed, so that nothing is lost.

        Where a proof went, its pages say why another one is asked for.
        """
        self._become(remember(self.steps, self.given, slug, answer), slug)

    def drop(self, slug: str) -> None:
        """Ask a step anew, and whatever rested on its answer."""
        kept = remember(self.steps, self.given, slug, {})
        self._become({name: answer for name, answer in kept.items() if name != slug}, slug)

    def _become(self, given: dict[str, Any], slug: str) -> None:
        before, self.given = self.given, given
        self.__dict__.pop("registration", None)
        self.typed = {name: value for name, value in self.typed.items() if name != slug}
        dropped = [step for step in self.steps if step.slug in before and step.slug not in given and step.slug != slug]
        for step in dropped:
            self.typed[step.slug] = step.fill(before[step.slug])
        if any(step.proves for step in dropped):
            self.typed |= {step.slug: {VOID: True} for step in self.steps if step.proves}
        self.save()

    def keep_typed(self, slug: str, typed: Mapping[str, Any]) -> None:
        """Hold on to what was typed although it is not accepted."""
        self.typed = {**self.typed, slug: dict(typed)}
        self.save()

    def save(self) -> None:
        """Write the draft; it lives on from now, longer once its phone is proven."""
        draft = self.draft
        draft.answers, draft.typed = self.given, self.typed
        draft.seen = clock.now()
        life = timedelta(days=self.services.settings.draft_days) if self.proven else BEFORE_PROOF
        draft.expires = draft.seen + life
        phone, nik = self.answer("data-diri", "phone"), self.answer("data-diri", "nik")
        draft.phone_index = keyring().index("phone", phone) if phone else None
        draft.nik_index = keyring().index("nik", nik) if nik else None
        draft.save()


class Page(Step):
    """A step of the registration: what it asks of a case, and what a valid answer does.

    `sheet` names the desk's page that asks it too (none: only the web does). `columns` are those of a list that begin
    its answer there: a row with none of them leaves it to be asked later, unless the step is `needed`. `headings` are
    how people head a column that only this step knows, the one of the sample table first.
    """

    form: ClassVar[type[StepForm]] = StepForm
    heading: ClassVar[Any] = ""  # above its answer where it is read back, if not its title
    button: ClassVar[Any] = ""
    rotates: ClassVar[bool] = False  # the browser gets a new cookie once this is done
    keeps_typed: ClassVar[bool] = True
    proves: ClassVar[bool] = False  # part of showing that the phone is the person's
    sheet: ClassVar[str] = ""
    columns: ClassVar[tuple[str, ...]] = ()
    headings: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    needed: ClassVar[bool] = False
    ages: ClassVar[bool] = False  # what passed once may not pass later: an age reached, a price that ended

    def ask(self, case: Case, sent: MultiDict[str, str] | None = None) -> StepForm:
        """The form, with what was sent, or with what is already known."""
        known = {**self.fill(case.given.get(self.slug, {})), **case.typed.get(self.slug, {})}
        form = self.form(sent, case=case, data=known)
        if sent is None:
            form.confirms |= case.given.get(self.slug, {}).get("warned", {})
        return form

    def fill(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """An accepted answer as the form shows it."""
        return dict(answer)

    def save(self, case: Case, answer: dict[str, Any]) -> dict[str, Any]:
        """Act on a valid answer, in the transaction that keeps it; returns what is kept; may raise `Refused`."""
        return answer

    def summary(self, case: Case) -> list[tuple[Any, Any]]:
        """An accepted answer as it is read back before it is sent: names and values; an empty value is not shown."""
        return []

    def kept(self, case: Case) -> dict[str, Any]:
        """What of an accepted answer goes into the `Application`, by its fields; what has none goes into `job`."""
        return {}

    def came(self, case: Case) -> dict[str, Any] | None:
        """An answer that came by another way than this page, such as from a phone."""
        return None

    def context(self, case: Case) -> dict[str, Any]:
        """What the page shows besides the form."""
        return {}
