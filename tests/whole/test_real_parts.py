"""The whole way on real wires, as `make demo-real` tells it: nobody is lost, and nothing of anybody is written down."""

import re
from pathlib import Path

from tests.parts.real_parts import PEOPLE, delivered, place, story
from tests.parts.servers import eventually


def test_three_people_register_over_real_wires_and_leave_no_trace_in_any_log(tmp_path: Path):
    told: list[str] = []
    with place(tmp_path) as there:
        numbers = story(there, told.append)
        assert eventually(lambda: delivered(there)) == len(there.smsc.received)
        findings = there.health()
        asked, texts, kannel = there.core.asked, [text for _, text in there.smsc.received], there.kannel.logs()
    assert len(set(numbers)) == len(PEOPLE)
    assert {each["nik"] for each in asked} == {nik for nik, *_ in PEOPLE}
    assert {each["state"] for each in findings.values()} == {"fine"}
    codes = [re.findall(r"\b[0-9]{6}\b", text)[0] for text in texts if "#" in text]
    assert len(codes) == len(PEOPLE)
    said = there.log.read_text() + kannel
    private = [*codes, *numbers]
    for nik, name, _, phone, email in PEOPLE:
        private += [nik, name, name.upper(), phone.replace(" ", ""), "62" + phone.replace(" ", "")[1:], email]
    assert [word for word in private if word in said] == []
    assert "Traceback" not in said
