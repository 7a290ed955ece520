"""The architecture is a test: what is written down in the design fails the build when it stops being true."""

import ast
import hashlib
import importlib
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest
from peewee import CharField, Model
from playhouse.cysqlite_ext import CySqliteDatabase

from bpu import providers
from bpu.forms import words
from bpu.migrations import migrate
from bpu.models import TABLES, open_database
from bpu.rules.identity import dates, email, names, nik, phone
from bpu.rules.money import income
from bpu.secrecy import KeyRing
from bpu.settings import documented
from bpu.steps import JOURNEY
from bpu.steps.choose import CHOICE
from tests.people.visitor import OFFICIAL

ROOT = Path(__file__).parents[2]
TEMPLATES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*") if path.is_file()}
SOURCES = {path: path.read_text(encoding="utf-8") for path in (ROOT / "bpu").rglob("*.py")}
HTML = {path: text for path, text in TEMPLATES.items() if path.suffix == ".html" and "messages" not in path.parts}

# The public face and the journey; other rooms list theirs beside their own tests.
ROUTES = {
    "/": "GET",
    "/bpu": "GET",
    "/bpu/": "GET",
    "/bpu/data-diri": "GET",
    "/bpu/<uid>/": "GET",
    "/bpu/<uid>/<slug>": "GET POST",
    "/bpu/<uid>/bayar/lunas": "GET",
    "/bpu/<uid>/bayar/qris": "GET POST",
    "/bpu/<uid>/slip": "GET",
    "/bpu/<uid>/buka": "POST",
    "/bpu/<uid>/tutup": "POST",
    "/lanjut": "GET POST",
    "/lanjut/kode": "POST",
    "/lanjut/kirim": "POST",
    "/manfaat": "GET",
    "/privasi": "GET",
    "/syarat": "GET",
    "/bantuan": "GET",
    "/health": "GET",
    "/simulator": "GET",
    "/simulator/messages.json": "GET",
    "/simulator/pay": "POST",
    "/simulator/sms": "POST",
    "/simulator/clock": "POST",
    "/simulator/clock.json": "GET",
}
OTHER_ROOMS = ("/asisten", "/setuju/", "/kantor", "/peserta", "/snap/", "/hooks/", "/core/", "/sms/", "/s/", "/static/")


def test_the_public_addresses_and_their_methods_are_these_and_no_others(app):
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        found.setdefault(rule.rule, set()).update(rule.methods - {"HEAD", "OPTIONS"})
    listed = {path: set(methods.split()) for path, methods in ROUTES.items()}
    assert {path: methods for path, methods in found.items() if path in listed} == listed
    assert [path for path in found if path not in listed and not path.startswith(OTHER_ROOMS)] == []


def test_every_step_has_its_own_address_title_template_and_place():
    slugs = [step.slug for step in JOURNEY]
    assert len(slugs) == len(set(slugs))
    assert all(re.fullmatch(r"[a-z-]+", slug) for slug in slugs)
    assert all(
        step.template == "registration/step.html" or (ROOT / "templates" / step.template).is_file() for step in JOURNEY
    )
    for step in JOURNEY:
        earlier = slugs[: slugs.index(step.slug)]
        assert set(step.depends_on) <= set(earlier), f"{step.slug} rests on what comes later"


def test_imports_point_one_way():
    """Runs import-linter with the contracts of pyproject.toml."""
    linter = Path(sys.executable).with_name("lint-imports")
    ended = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout


# Savepoints inside a transaction that is open already, and databases that the models are not bound to; everything else
# goes through `writing()`.
SAVEPOINTS = {
    "models/turns.py",
    "services/membership/enrolment.py",
    "services/membership/numbers.py",
    "services/upkeep/copies.py",
}


def calls(path: Path, *methods: str) -> list[int]:
    """The lines of a module on which one of these methods is called."""
    tree = ast.parse(SOURCES[path])
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in methods
    ]


def test_transactions_are_opened_by_writing_alone():
    opened = {path.relative_to(ROOT / "bpu").as_posix() for path in SOURCES if calls(path, "atomic", "transaction")}
    assert opened <= SAVEPOINTS
    for path in SOURCES:
        assert not calls(path, "begin_transaction", "manual_commit"), path


WRITES = re.compile(
    r"\.save\((?:\)|force_insert)|\.delete_instance\(|\b[A-Z]\w+\.(?:insert|insert_many|update|delete|create)\("
)


def written_without(path: Path) -> list[str]:
    """Functions that write with peewee although neither they nor the words about them speak of a transaction."""
    tree, found = ast.parse(SOURCES[path]), []
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        text = ast.get_source_segment(SOURCES[path], node) or ""
        writes = WRITES.search(text)
        if writes and "writing()" not in text and "transaction" not in text:
            found.append(node.name)
    return found


# Called by the step of the journey whose answer is being kept: `registration.take` holds the transaction.
HELD = {
    "steps/case.py": {"keep", "keep_typed", "save"},
    "steps/who.py": {"save"},
    "services/access/tally.py": {"count"},
    "web/frame/visits.py": {"hold", "release"},
    "web/desk/person.py": {"sent"},
    "cli/dictionary.py": {"settled"},  # walks a person of paper over a database of its own
    "migrations/0001_initial.py": {"up", "down"},
}


def test_whoever_writes_opens_a_transaction_or_says_who_holds_it():
    rooms = ("steps", "services", "web")
    for path in SOURCES:
        place = path.relative_to(ROOT / "bpu").as_posix()
        if place.startswith(rooms):
            assert set(written_without(path)) <= HELD.get(place, set()), place


def test_codes_are_written_in_one_place():
    """Whoever wrote one elsewhere would send SMS that no limit counts."""
    made = re.compile(r"\b(?:Code|Sending)(?:\(|\.(?:insert|insert_many|create)\()")
    writers = {path.relative_to(ROOT / "bpu").as_posix() for path, text in SOURCES.items() if made.search(text)}
    assert writers == {
        "models/codes.py",
        "services/access/codes.py",
        "services/access/written.py",
        "providers/money/acquirer.py",
    }
    assert "import Code" not in SOURCES[ROOT / "bpu/providers/money/acquirer.py"]  # a QRIS code, which is its own


def test_no_template_writes_a_field_by_hand():
    for path, text in HTML.items():
        if path.name == "form.html" or "desk" in path.parts:
            continue
        for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", text):
            by_hand = 'type="hidden"' not in tag and 'name="penghasilan"' not in tag
            assert not by_hand, f"{path.name}: {tag}"


def test_every_macro_is_used():
    everything = "\n".join(TEMPLATES.values())
    for name in re.findall(r"{%-? macro (\w+)\(", everything):
        used = len(re.findall(rf"\b{name}\(", everything))
        assert used > 1, f"macro {name} is drawn nowhere"


def test_every_template_is_used():
    code = "\n".join([*SOURCES.values(), *TEMPLATES.values()])
    for path in TEMPLATES:
        assert path.name.split(".")[0] in code, path


@pytest.mark.requirement("R71")
def test_no_template_leads_to_a_host_other_than_the_official_one():
    for path, text in TEMPLATES.items():
        hosts = set(re.findall(r"(?:https?:)?//([\w.-]+\.\w+)", text))
        assert hosts <= {OFFICIAL}, path


def test_no_sum_of_money_stands_in_a_template():
    for path, text in TEMPLATES.items():
        assert not re.search(r"Rp ?[0-9]", text), path


@pytest.mark.requirement("R71")
def test_the_vendored_file_is_the_one_that_was_checked():
    rows = re.findall(r"^\| `([\w.-]+)` \|.*\| `([0-9a-f]{64})` \|$", (ROOT / "static" / "VENDOR.md").read_text(), re.M)
    assert dict(rows) == {name: hashlib.sha256((ROOT / "static" / name).read_bytes()).hexdigest() for name, _ in rows}
    assert {path.name for path in (ROOT / "static").glob("*.min.js")} == {name for name, _ in rows}


def test_every_setting_is_in_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [name for name, _, _ in documented() if f"`{name}`" not in readme]
    missing += [name for name in sorted(providers.names()) if f"`{name}`" not in readme and "_*" not in readme]
    assert missing == []


def codes_of(*modules: object) -> set[str]:
    """Every code of a finding that the source of these rules can make."""
    found = set()
    for module in modules:
        source = Path(module.__file__).read_text(encoding="utf-8")
        found |= set(re.findall(r"""(?:refused|Finding)\(\s*"(\w+)\"""", source))
        for pair in re.findall(r"""(?:refused|Finding)\(\s*"(\w+)" if [^"]+ else "(\w+)\"""", source):
            found |= set(pair)
        found |= set(re.findall(r"""else "(maybe_\w+|birth_\w+|length|serial_\w+)\"""", source))
    return found


# `length` of a NIK is told as `short` or `long`; a wrong gender is told at its own field.
TOLD_AS = {"NIK": {"length"}, "EMAIL": {"incomplete"}}


@pytest.mark.parametrize(
    ("told", "modules"),
    [
        ("NIK", [nik]),
        ("NAME", [names]),
        ("PHONE", [phone]),
        ("EMAIL", [email]),
        ("BIRTH", [dates]),
        ("INCOME", [income]),
    ],
)
def test_every_finding_of_every_rule_has_words(told, modules):
    table, codes = getattr(words, told), codes_of(*modules)
    assert len(codes) > 4
    assert codes - set(table) - TOLD_AS.get(told, set()) == set()


def test_what_addresses_and_free_words_are_refused_for_has_words():
    line = Path(names.__file__).read_text(encoding="utf-8").split("def _line(")[1].split("\ndef ")[0]
    codes = set(re.findall(r'refused\("(\w+)"', line))
    assert codes == set(words.ADDRESS) == set(words.FREE)


def test_what_a_choice_of_programmes_is_refused_for_has_words():
    source = (ROOT / "bpu" / "rules" / "money" / "contributions.py").read_text(encoding="utf-8")
    assert set(re.findall(r'Finding\(\s*"(\w+)"', source)) == set(CHOICE)


def test_every_word_with_a_blank_names_what_its_rule_gives(app):
    blanks = {
        match
        for table in vars(words).values()
        if isinstance(table, dict)
        for text in table.values()
        for match in re.findall(r"%\((\w+)\)", str(text))
    }
    assert blanks <= {
        "missing",
        "extra",
        "nik",
        "nik_date",
        "char",
        "shown",
        "suggestion",
        "value",
        "part",
        "minimum",
        "maximum",
        "limit",
        "amount",
        "perhaps",
        "daily",
        "days",
        "monthly",
        "per",
        "left",
    }


def test_no_english_word_of_the_form_library_can_reach_a_person():
    """Every form checks by its rules: no field has validators of the library, and no choice is checked by it."""
    for step in JOURNEY:
        for name in dir(step.form):
            field = getattr(step.form, name)
            if hasattr(field, "field_class"):
                assert not field.kwargs.get("validators"), f"{step.slug}.{name}"
                if field.field_class.__name__ in ("SelectField", "RadioField", "SelectMultipleField"):
                    assert field.kwargs.get("validate_choice") is False, f"{step.slug}.{name}"
                assert field.field_class.__name__ in (
                    "StringField",
                    "BooleanField",
                    "RadioField",
                    "SelectField",
                    "SelectMultipleField",
                ), "a field that converts brings words of its own"


def schema(folder: Path, make) -> dict[str, str]:
    url = f"sqlite:///{folder}/{make.__name__}.sqlite3"
    opened = open_database(url, KeyRing.parse(KeyRing.new_key(1)))
    make(opened)
    rows = opened.execute_sql("SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    opened.close()
    return {name: re.sub(r"\s+", " ", sql) for name, sql in rows if "migration" not in name and "sqlite_" not in name}


def by_migrations(opened: CySqliteDatabase) -> None:
    migrate(opened)


def by_models(opened: CySqliteDatabase) -> None:
    opened.create_tables(TABLES)


def test_migrations_make_the_schema_that_the_models_describe(tmp_path):
    assert schema(tmp_path, by_migrations) == schema(tmp_path, by_models)
    assert len(schema(tmp_path / "again", by_models)) > len(TABLES)


def test_every_model_is_a_table_that_is_made():
    models = set()
    for module in pkgutil.iter_modules([str(ROOT / "bpu" / "models")]):
        for thing in vars(importlib.import_module(f"bpu.models.{module.name}")).values():
            if isinstance(thing, type) and issubclass(thing, Model) and thing.__name__ not in ("Model", "Table", "Row"):
                models.add(thing)
    assert models == set(TABLES)
    assert not any(
        isinstance(field, CharField) and type(field) is CharField
        for model in models
        for field in model._meta.sorted_fields
    )


def test_every_module_and_every_public_thing_says_what_it_is_for():
    silent = []
    for path, text in SOURCES.items():
        tree = ast.parse(text)
        if path.name != "__init__.py" and "migrations" not in path.parts and not ast.get_docstring(tree):
            silent.append(path.name)
    assert silent == []


def test_no_machine_of_ours_is_named_anywhere():
    for path, text in {**SOURCES, **TEMPLATES}.items():
        assert "/work/" not in text, path
