"""What became of the villages of older decrees: each is followed from table to table down to the newest.

No decree says which code succeeds which. It is found by what stayed: the number, the name, the neighbours.
A table is undotted code to name, of provinces, regencies, districts and villages alike.
"""

import difflib
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import pairwise

from bpu.rules.places.spelling import key

Table = Mapping[str, str]
Lines = Mapping[str, str]

# Below this two names are no longer two spellings of one: found by reading those between 0.6 and 0.9.
_SAME_NAME = 0.75


def regency_key(name: str) -> str:
    """A regency's name for comparison: one for ``KAB. SORONG`` and ``Kabupaten Sorong``, not for ``Kota Sorong``."""
    return key(re.sub(r"^kab(upaten)?\b", "", name.casefold()))


def successor(name: str, heirs: Mapping[str, Sequence[str]]) -> str:
    """The one heir of that name, or of the only name close to it; raises ValueError when that is not clear."""
    close = [name] if name in heirs else difflib.get_close_matches(name, heirs, 2, _SAME_NAME)
    codes = [code for each in close for code in heirs[each]]
    if len(codes) != 1:
        raise ValueError(f"{name}: {len(codes)} possible successors")
    return codes[0]


def gathered(codes: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Codes gathered under the key they share."""
    groups: dict[str, list[str]] = defaultdict(list)
    for code, shared in codes:
        groups[shared].append(code)
    return groups


def regencies(older: Table, newer: Table) -> Lines:
    """Which regency each regency of the older table is in the newer: the same number, or else the same name."""
    new = gathered((code, regency_key(name)) for code, name in newer.items() if len(code) == 4 and code not in older)
    codes = [code for code in older if len(code) == 4]
    return {code: code if code in newer else successor(regency_key(older[code]), new) for code in codes}


def villages(older: Table, newer: Table) -> Lines:
    """Which village each village of the older table is in the newer; one that left no trace is left out.

    The surest signs come first and each leaves fewer villages to the weaker ones: nothing changed; moved under the
    same name; another name under the same number; a name like it in the district or its heirs.
    """
    home = regencies(older, newer)
    lines: dict[str, str] = {}
    heirs: dict[str, Counter[str]] = defaultdict(Counter)
    free = {code for code in newer if len(code) == 10}

    def follow(code: str, heir: str) -> None:
        lines[code] = heir
        free.discard(heir)
        heirs[code[:6]][heir[:6]] += 1

    def left() -> list[str]:
        return [code for code in older if len(code) == 10 and code not in lines]

    for code in left():
        same = home[code[:4]] + code[4:]
        if same in free and key(newer[same]) == key(older[code]):
            follow(code, same)
    named = gathered((code, code[:4] + key(newer[code])) for code in sorted(free))
    alike = Counter(code[:4] + key(older[code]) for code in left())
    for code in left():
        found = [heir for heir in named.get(home[code[:4]] + key(older[code]), ()) if heir in free]
        if len(found) > 1 or alike[code[:4] + key(older[code])] > 1:
            found = [heir for heir in found if heir[:6] in heirs[code[:6]]]
        if len(found) == 1:
            follow(code, found[0])
    for code in left():
        same = home[code[:4]] + code[4:]
        if same in free:
            follow(code, same)
    for code in left():
        districts = {home[code[:4]] + code[4:6], *heirs[code[:6]]}
        names = gathered((heir, key(newer[heir])) for heir in sorted(free) if heir[:6] in districts)
        for close in difflib.get_close_matches(key(older[code]), names, 1, _SAME_NAME):
            follow(code, names[close][0])
    return lines


def descend(tables: Sequence[Table]) -> list[Lines]:
    """For every table but the last: which village of the last each of its villages has become."""
    steps = [villages(older, newer) for older, newer in pairwise(tables)]
    return [reduce(_joined, steps[first:]) for first in range(len(steps))]


def _joined(first: Lines, second: Lines) -> Lines:
    return {code: second[heir] for code, heir in first.items() if heir in second}
