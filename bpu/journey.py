"""Where a person is in the registration and where they may go, from the answers alone."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

Answers = Mapping[str, Mapping[str, Any]]


class Step:
    """One page of the journey. Subclasses say what differs; the rest has a default.

    `slug` ends its address, `title` heads it, `form` (a WTForms class) asks it. `depends_on` names, for earlier steps,
    the fields on which this answer rests: when one of them changes, this answer is dropped. A step that `seals` closes
    everything before it once it is done.
    """

    slug: ClassVar[str]
    title: ClassVar[Any]
    form: ClassVar[Any] = None
    template: ClassVar[str] = "registration/step.html"
    depends_on: ClassVar[Mapping[str, Sequence[str]]] = {}
    seals: ClassVar[bool] = False

    def rests_on(self, answers: Answers) -> Mapping[str, Sequence[str]]:
        """`depends_on`, for steps that rest on different things for different people."""
        return self.depends_on

    def applies(self, answers: Answers) -> bool:
        """Whether this step is asked at all."""
        return True

    def done(self, answers: Answers) -> bool:
        """Whether this step has its answer."""
        return self.slug in answers


S = TypeVar("S", bound=Step)


class Journey(Generic[S]):
    """The steps that apply to these answers, in order."""

    def __init__(self, steps: Sequence[S], answers: Answers) -> None:
        self.answers = answers
        self.steps = [step for step in steps if step.applies(answers)]

    @property
    def current(self) -> S:
        """The first step still to do, or the last one."""
        return next((step for step in self.steps if not step.done(self.answers)), self.steps[-1])

    @property
    def first_open(self) -> int:
        """The position of the first step that no done seal has closed."""
        sealed = [at for at, step in enumerate(self.steps) if step.seals and step.done(self.answers)]
        return sealed[-1] + 1 if sealed else 0

    def find(self, slug: str) -> S | None:
        """The step at this address, if it applies."""
        return next((step for step in self.steps if step.slug == slug), None)

    def may_open(self, step: S) -> bool:
        """Whether a step is done, or next to do, and not closed by a seal."""
        return self.first_open <= self.steps.index(step) <= self.steps.index(self.current)

    def before(self, step: S) -> S | None:
        """Where the back link leads: the step before, if it may be opened."""
        at = self.steps.index(step)
        return self.steps[at - 1] if at > self.first_open else None

    def position(self, step: S) -> tuple[int, int]:
        """Which step this is and of how many, from 1."""
        return self.steps.index(step) + 1, len(self.steps)


def remember(steps: Sequence[Step], answers: Answers, slug: str, new: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with one step's answer replaced, and whatever rested on a changed field of it dropped.

    Dropping an answer counts as a change of all its fields, so that what rested on it goes too.
    """
    old = answers.get(slug, {})
    kept = {**answers, slug: dict(new)}
    changed = {slug: {name for name in {*old, *new} if old.get(name) != new.get(name)}}
    for step in steps:
        rests_on = step.rests_on(answers).items()
        if step.slug in kept and any(changed.get(earlier, set()).intersection(names) for earlier, names in rests_on):
            changed[step.slug] = set(kept.pop(step.slug))
    return kept
