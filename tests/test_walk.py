"""The whole way, every way out, every way back."""

from tests.visitor import Visitor


def test_a_person_walks_from_the_front_page_to_a_number(visitor: Visitor) -> None:
    visitor.reach("selesai")
    assert visitor.number.startswith("CONTOH-")
    assert len(visitor.number) == len("CONTOH-") + 8
