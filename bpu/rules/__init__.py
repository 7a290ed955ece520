"""Rules of the field: pure functions over dated data, without web or database.

Every check answers with a `Checked`: the normalised value and what was noticed about it. A finding is a code
with the values that its message needs; the words belong to the steps that show them. May know nothing but the standard
library; every layer above knocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """One thing noticed about a value: a code such as ``length`` and the values its message names."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Checked:
    """The outcome of a check.

    `value` is the normalised value, or None where an error forbids it. `errors` refuse the value; `warnings` let it
    pass once the person has seen them and sends the same value again.
    """

    value: Any
    errors: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes, errors first."""
        return tuple(finding.code for finding in (*self.errors, *self.warnings))


def refused(code: str, **params: Any) -> Checked:
    """A value that cannot be taken, with the one reason for it."""
    return Checked(None, errors=(Finding(code, params),))
