"""Drafts: found again by their continue code and by no other words, thrown away with all that hung on them."""

import pytest

from bpu.models import Captcha, Consent, Draft, Holding, keyring, writing
from bpu.services.registration import drafts
from tests.people.visitor import Visitor


def test_a_continue_code_has_forty_bits_and_no_signs_that_look_alike(app):
    assert len(drafts.SIGNS) ** drafts.LENGTH >= 2**40
    assert len(set(drafts.SIGNS)) == len(drafts.SIGNS)
    assert not set(drafts.SIGNS) & set("01IO")
    with writing():
        codes = {drafts.begin(f"draft{number:03d}").resume for number in range(200)}
    assert len(codes) == 200
    assert all(len(code) == 8 for code in codes)


@pytest.mark.parametrize(
    "written", ["{}", "{0[0]}{0[1]}{0[2]}{0[3]}-{0[4]}{0[5]}{0[6]}{0[7]}", " {} ", "{}.", "kode: {}"]
)
def test_a_continue_code_is_found_however_it_is_typed(app, written):
    with writing():
        draft = drafts.begin("draft001")
    typed = written.format(draft.resume)
    found = drafts.resumable(typed), drafts.resumable(typed.lower())
    assert found == ((None, None) if "kode" in written else (draft, draft))


def test_one_and_i_are_read_as_l(app):
    with writing():
        draft = drafts.begin("draft001")
        draft.resume = "L7LKLLQ2"
        draft.resume_index = keyring().index("resume", draft.resume)
        draft.save()
    assert drafts.resumable("17IK-1lq2") == draft


@pytest.mark.parametrize("typed", ["", "-", "A", "AAAAAAA", "AAAAAAAAA", "É" * 8, "\0" * 8, "%" * 8, "x" * 10_000])
def test_no_other_words_find_a_draft(app, typed):
    with writing():
        drafts.begin("draft001")
    assert drafts.resumable(typed) is None


def test_discarding_forgets_consents_and_challenges_too(app):
    Visitor(app).reach("alamat")
    with writing():
        drafts.discard(Draft.get())
    assert [each.select().count() for each in (Draft, Captcha, Consent, Holding)] == [0] * 4
