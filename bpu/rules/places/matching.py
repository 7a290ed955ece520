"""Which villages two typed names may mean.

A card stays valid for life, so the pair on it may be that of an older decree: the village moved to another district,
the district divided, either of them renamed. And people take the wrong box, or slip.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from bpu.rules.places.spelling import (
    MOST_CANDIDATES,
    Place,
    key,
    one_edit_apart,
    similar,
    sound,
    sounds,
    spellings,
)

if TYPE_CHECKING:
    from bpu.rules.places.regions import Regions

# A district's name that many regencies have: so many are looked through for names that are only similar.
_MOST_DISTRICTS = 12


def match(regions: "Regions", district_name: str, village_name: str, home: str) -> list[Place]:
    """At most 8 villages, the likeliest first; `home`, a regency in force or nothing, is where else to look.

    The first of these that has any: the pair as it is now; as it was in an older decree, or in each other's boxes;
    the village elsewhere in the regency, or with a slip; the district with a slip; the village alone around home.
    A pair that stands far from home is joined by the ones that home may have had.
    """
    search = _Search(regions, district_name, village_name, home)
    if not search.district_keys or not search.village_keys:
        return []
    pairs = search.pairs()
    if pairs and not pairs[0].startswith(home):
        pairs += [code for code in search.former_pairs() + search.same_regency() if code.startswith(home)]
    if pairs:
        return search.places(pairs)
    return next((found for found in map(search.places, search.rounds()) if found), [])


class _Search:
    """One question, and what the region file knows about either name."""

    def __init__(self, regions: "Regions", district_name: str, village_name: str, home: str) -> None:
        self.regions, self.home = regions, home
        self.district_name, self.village_name = district_name, village_name
        self.district_keys, self.village_keys = spellings(district_name), spellings(village_name)

    @cached_property
    def districts(self) -> list[str]:
        """Districts that have or had the typed name, the nearest first."""
        return self.near(self.regions.districts_named({*self.district_keys, *sounds(self.district_name)}))

    @cached_property
    def villages(self) -> dict[str, list[str]]:
        """Villages that have or had the typed name, by the spelling that is theirs, the most literal first."""
        found = self.regions.villages_named(self.village_keys)
        return {spelling: self.near(found[spelling]) for spelling in self.village_keys if spelling in found}

    def pairs(self) -> list[str]:
        """Villages and districts so called now, or there by an older name."""
        return self.within(self.districts)

    def former_pairs(self) -> list[str]:
        """Villages so called that were once in a district so called."""
        return self.within(place.code for district in self.districts for place in self.regions.moved(district))

    def same_regency(self) -> list[str]:
        """Villages so called in the regency of a district so called."""
        return self.within(code[:4] for code in self.districts)

    def rounds(self) -> Iterator[list[str]]:
        """Weaker and weaker matches."""
        swapped = _Search(self.regions, self.village_name, self.district_name, self.home)
        areas = [area for area in dict.fromkeys((self.home, self.home[:2])) if area]
        yield self.former_pairs() + (swapped.pairs() or swapped.former_pairs())
        yield self.slips(self.villages_of(self.districts)) + self.same_regency()
        for area in areas:
            there = self.villages_of(self.close(area))
            yield self.within(place.code for place in there) or self.slips(there)
        for regency in dict.fromkeys(code[:4] for code in self.districts[:1]):
            yield self.slips(self.regions.villages_within(regency))
        yield swapped.same_regency()
        yield self.within(areas[:1])
        districts = self.districts or [code for area in areas[:1] for code in self.close(area)]
        yield [place.code for place in similar(self.villages_of(districts), self.village_keys)]
        yield self.within(areas[1:])

    def close(self, area: str) -> list[str]:
        """Districts of an area whose names sound like the typed one or are a slip away from it."""
        heard = sounds(self.district_name)
        return [
            code
            for code, name in self.regions.district_keys(area)
            if name in heard or any(one_edit_apart(name, each) for each in self.district_keys)
        ]

    def villages_of(self, districts: Sequence[str]) -> list[Place]:
        """The villages of the nearest of these districts, and those that were moved from there."""
        codes = [*dict.fromkeys(districts)][:_MOST_DISTRICTS]
        return [place for code in codes for place in (*self.regions.villages(code), *self.regions.moved(code))]

    def slips(self, places: Iterable[Place]) -> list[str]:
        """Those of the places whose names sound like the typed one or are a slip away from it."""
        heard = sounds(self.village_name)
        return [
            place.code
            for place in places
            if any(one_edit_apart(key(place.name), each) for each in self.village_keys) or sound(place.name) in heard
        ]

    def within(self, areas: Iterable[str]) -> list[str]:
        """Villages so called whose code is or begins with one of these, by the first spelling that has any."""
        inside = set(areas)
        sizes = {len(area) for area in inside}
        for codes in self.villages.values():
            if found := [code for code in codes if any(code[:size] in inside for size in sizes)]:
                return found
        return []

    def near(self, codes: Iterable[str]) -> list[str]:
        """Codes of the home regency, then of its province, then all others."""
        return sorted(codes, key=lambda code: (code[:4] != self.home, code[:2] != self.home[:2], code))

    def places(self, codes: Sequence[str]) -> list[Place]:
        """The first 8 of these villages."""
        return [place for code in [*dict.fromkeys(codes)][:MOST_CANDIDATES] if (place := self.regions.village(code))]
