"""The bench's own form (``form.json`` of the peers) on our machinery: journey, drafts, wire, base page and script.

``FORM_JSON=... PORT=... python -m bench.ourform`` serves it on loopback. It is no part of the product.
"""

import atexit
import json
import os
import re
import shutil
import tempfile
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, Response, redirect, request, url_for
from granian import Granian
from granian.constants import Interfaces
from jinja2 import ChoiceLoader, DictLoader

from bpu.journey import Journey, Step
from bpu.models import new_uid, writing
from bpu.services.registration import drafts
from bpu.settings import Settings
from bpu.web import page
from bpu.web.frame import visits, wire
from bpu.web.frame.room import Room
from tests import conftest

FORM = json.loads(Path(os.environ["FORM_JSON"]).read_text())
ENDS = (FORM["check"], FORM["done"])
FIELDS = {step["slug"]: step["fields"] for step in FORM["steps"]}
TITLES = {step["slug"]: step["title"] for step in (*FORM["steps"], *ENDS)}
STEPS = [type(slug, (Step,), {"slug": slug, "title": title})() for slug, title in TITLES.items()]
CHECK, DONE = (end["slug"] for end in ENDS)
DATE = ("d", "m", "y")
TEMPLATE = """{% extends layout %}{% from "frame/form.html" import opening with context %}
{% block title %}{{ step.title }}{% endblock %}
{% block attributes %} data-page="step" class="wrap"{% endblock %}
{% block main %}
<h1>{{ step.title }}</h1>
{% if wrong %}<div class="sum" role="alert" tabindex="-1">Periksa isian yang ditandai</div>{% endif %}
{% if step.slug == done %}<p id="done">Terima kasih</p>{% else %}
{{ opening(action) }}
<input type="hidden" name="step" value="{{ step.slug }}">
{% for f in fields %}
{% if f.type == "radio" %}<fieldset class="f"><legend>{{ f.label }}</legend>
{% for value, label in f.options %}<label class="opt"><input type="radio" name="{{ f.name }}" value="{{ value }}"{{ " checked" if typed[f.name] == value }}>{{ label }}</label>
{% endfor %}</fieldset>
{% elif f.type == "date" %}<fieldset class="f date{{ " bad" if f.name in wrong }}"><legend>{{ f.label }}</legend><span class="hint">{{ f.hint }}</span>
{% for part in "dmy" %}<label>{{ {"d": "Tanggal", "m": "Bulan", "y": "Tahun"}[part] }}<input class="w4" name="{{ f.name }}-{{ part }}" value="{{ typed[f.name ~ "-" ~ part] }}" inputmode="numeric"></label>
{% endfor %}</fieldset>
{% else %}<div class="f{{ " bad" if f.name in wrong }}"><label for="{{ f.name }}">{{ f.label }}</label>
{% if f.hint %}<span class="hint">{{ f.hint }}</span>{% endif %}
<input id="{{ f.name }}" name="{{ f.name }}" value="{{ typed[f.name] }}"{% if f.inputmode %} inputmode="{{ f.inputmode }}"{% endif %}></div>
{% endif %}{% endfor %}
{% if step.slug == check %}<dl class="rows" id="check">{% for slug, fields in all.items() %}{% for f in fields %}
<dt>{{ f.label }}</dt><dd>{{ answers[slug][f.name] }}</dd>{% endfor %}{% endfor %}</dl>{% endif %}
<button id="next">Simpan dan lanjut</button>
</form>{% endif %}
{% endblock %}"""
bp = Blueprint("bench", __name__, url_prefix="/bpu/bench")


@bp.get("/")
def start() -> Response:
    """The first page; the draft is born when it is sent."""
    visits.welcome()
    return show(drafts.blank(new_uid()), STEPS[0], {})


@bp.route("/<uid>/<slug>", methods=["GET", "POST"])
def step(uid: str, slug: str) -> Response:
    """Take the answer to the step named in the form; show the one that comes next at its own address."""
    draft = visits.held(uid)
    if request.method == "GET":
        here = next((one for one in STEPS if one.slug == slug), STEPS[0])
        return show(draft, here, draft.answers) if draft else redirect(url_for(".start"), 303)  # type: ignore[return-value]
    with writing():
        visit = visits.begin()
        if draft is None:
            draft = drafts.begin(uid)
            visits.hold(visit, draft)
        answered = request.form["step"]
        sent, wrong = judged(answered)
        answers = {**draft.answers, answered: sent}
        if not wrong:
            draft.answers = answers
            draft.save()
    journey = Journey(STEPS, draft.answers)
    return show(draft, journey.find(answered) if wrong else journey.current, answers, wrong)  # type: ignore[arg-type]


def judged(slug: str) -> tuple[dict[str, str], list[str]]:
    """What was sent, and the fields that are wrong."""
    sent, wrong = {}, []
    for field in FIELDS.get(slug, ()):
        name = field["name"]
        if field["type"] == "date":
            parts = [request.form.get(f"{name}-{part}", "").strip() for part in DATE]
            value = "-".join(parts) if all(parts) else ""
            sent |= {f"{name}-{part}": text for part, text in zip(DATE, parts, strict=True)}
        else:
            value = request.form.get(name, "").strip()
        sent[name] = value
        if not value or not re.search(field.get("regex", "."), value):
            wrong.append(name)
    return sent, wrong


def show(draft: Any, here: Step, answers: Any, wrong: Any = ()) -> Response:
    """A page of the form."""
    after = Journey(STEPS, {**answers, here.slug: {}}).current
    address = url_for(".step", uid=draft.uid, slug=here.slug)
    context = SimpleNamespace(step=here, wrong=wrong, answers=answers, fields=FIELDS.get(here.slug, ()), all=FIELDS)
    typed = answers.get(here.slug, {})
    action = url_for(".step", uid=draft.uid, slug=after.slug)
    where = None if wrong else address
    return page(
        "bench.html",
        422 if wrong else 200,
        address=where,
        typed=typed,
        action=action,
        check=CHECK,
        done=DONE,
        **vars(context),
    )


def sampled(app: Flask) -> bytes:
    """A dictionary of this form's pages, as the service has one of its own."""
    lines: dict[str, None] = {}
    answers = {slug: {field["name"]: "" for field in fields} for slug, fields in FIELDS.items()}
    held = wire.named(wire.asset(wire.PAGES).digest)
    headers = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "dcz", "Available-Dictionary": held}
    with app.test_request_context("/bpu/bench/", headers=headers):
        for here in STEPS:
            text = show(SimpleNamespace(uid="________"), here, answers).get_data(as_text=True)
            lines |= dict.fromkeys(line for line in text.splitlines() if line.strip())
    return "\n".join(lines).encode()


def build() -> Flask:
    """The application with this form in it."""
    folder = tempfile.mkdtemp(prefix="bpu-ourform-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    app = conftest.running(Settings(database_url=f"sqlite:///{folder}/bench.sqlite3"))
    app.jinja_loader = ChoiceLoader([DictLoader({"bench.html": TEMPLATE}), app.jinja_loader])  # type: ignore[assignment,list-item]
    app.register_blueprint(Room("peers", bp, entrance="bench.start"))
    own = wire.asset(wire.PAGES)
    own.content = sampled(app)
    own.digest = sha256(own.content).digest()
    own.url = f"/s/{own.digest.hex()[:8]}.dict"
    own.encoded.cache_clear()  # type: ignore[attr-defined]
    pages = wire.Dictionary(own.content)
    wire.known[pages.name] = pages
    return app


if __name__ == "__main__":
    Granian("bench.ourform:app", address="127.0.0.1", port=int(os.environ["PORT"]), interface=Interfaces.WSGI).serve()
else:
    app = build()
