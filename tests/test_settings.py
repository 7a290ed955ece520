"""Settings: a place that is described wrongly does not start, and says why in one clear line for each reason."""

import json
import stat
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import pytest

from bpu import create_app, providers
from bpu.settings import Misconfigured, Settings, documented, with_sandbox_secrets

KEY = "1:" + "A" * 43 + "="
LIVE = {
    "BPU_MODE": "live",
    "BPU_SECRET_KEY": "s" * 32,
    "BPU_DATA_KEYS": KEY,
    "BPU_SITE_URL": "https://daftar.contoh.id",
    "BPU_SMS": "kannel",
    "BPU_MAIL": "smtp",
    "BPU_PAYMENT": "snap",
    "BPU_CORE": "file",
}


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    try:
        Settings.from_environ(environ, providers.names())
    except Misconfigured as error:
        return error.problems
    return ()


def test_without_any_environment_it_is_a_sandbox_on_this_machine():
    settings = Settings.from_environ({"PATH": "/bin", "HOME": "/root"})
    assert settings.sandbox
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert settings.database_url == "sqlite:///var/bpu.sqlite3"
    assert (settings.sms, settings.mail, settings.payment, settings.core) == (
        ("simulator",),
        "simulator",
        ("simulator",),
        "sandbox",
    )


def test_a_complete_live_environment_is_accepted():
    assert problems(LIVE) == ()
    settings = Settings.from_environ(
        {**LIVE, "BPU_SMS": "kannel, twilio", "BPU_EMAIL_REQUIRED": "no"}, providers.names()
    )
    assert (settings.sandbox, settings.sms, settings.email_required) == (False, ("kannel", "twilio"), False)


@pytest.mark.requirement("R69")
@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"BPU_MODE": "prod"}, "BPU_MODE='prod' is not one of sandbox, live"),
        ({"BPU_MODE": ""}, "BPU_MODE='' is not one of sandbox, live"),
        ({"PORT": "http"}, "PORT='http' is not a whole number"),
        ({"PORT": "²"}, "PORT='²' is not a whole number"),
        ({"PORT": "-1"}, "PORT='-1' is not a whole number"),
        ({"PORT": "0"}, "PORT=0 is no port"),
        ({"PORT": "65536"}, "PORT=65536 is no port"),
        ({"BPU_WORKERS": "two"}, "BPU_WORKERS='two' is not a whole number"),
        ({"BPU_WORKERS": "0"}, "BPU_WORKERS must be at least 1"),
        ({"BPU_BILL_HOURS": "0"}, "BPU_BILL_HOURS must be at least 1"),
        ({"BPU_DRAFT_DAYS": "0"}, "BPU_DRAFT_DAYS must be at least 1"),
        ({"BPU_KEPT_DAYS": "0"}, "BPU_KEPT_DAYS must be at least 1"),
        ({"BPU_EMAIL_REQUIRED": "maybe"}, "BPU_EMAIL_REQUIRED='maybe' is neither yes nor no"),
        ({"BPU_CAPTCHA": "off"}, "BPU_CAPTCHA='off' is not one of picture, question, risk"),
        ({"BPU_TLS_CERT": "cert.pem"}, "BPU_TLS_CERT and BPU_TLS_KEY go together"),
        ({"BPU_TLS_KEY": "key.pem"}, "BPU_TLS_CERT and BPU_TLS_KEY go together"),
        ({"BPU_BILL_PREFIX": "12a"}, "BPU_BILL_PREFIX is 1 to 8 digits"),
        ({"BPU_BILL_PREFIX": "²²"}, "BPU_BILL_PREFIX is 1 to 8 digits"),
        ({"BPU_BILL_PREFIX": ""}, "BPU_BILL_PREFIX is 1 to 8 digits"),
        ({"BPU_BILL_PREFIX": "123456789"}, "BPU_BILL_PREFIX is 1 to 8 digits"),
        ({"BPU_SECRETKEY": "x"}, "BPU_SECRETKEY is not a setting of this service"),
        ({"BPU_SECRETKEY_FILE": "/x"}, "BPU_SECRETKEY_FILE is not a setting of this service"),
        ({"BPU_CONTRIBUTIONS": "/nowhere.toml"}, "BPU_CONTRIBUTIONS='/nowhere.toml' is not a file"),
        ({"BPU_DATA_KEYS": "abc"}, "BPU_DATA_KEYS: data keys are written ID:BASE64, newest first"),
        ({"BPU_DATABASE_URL": "mysql://x"}, "BPU_DATABASE_URL begins with sqlite:/// or psycopg3+pool://"),
        ({"BPU_DATABASE_URL": "sqlite:///"}, "BPU_DATABASE_URL begins with sqlite:/// or psycopg3+pool://"),
        ({"BPU_LIMITS_URL": "memcached://x"}, "BPU_LIMITS_URL is empty or begins with redis:// or rediss://"),
        ({"BPU_SECRET_KEY_FILE": "/nowhere/key"}, "BPU_SECRET_KEY_FILE='/nowhere/key': No such file or directory"),
        ({"BPU_SITE_NAME_FILE": "/tmp"}, "BPU_SITE_NAME_FILE='/tmp': Is a directory"),
        ({"BPU_SITE_URL": "ftp://x"}, "BPU_SITE_URL is an address such as https://daftar.contoh.id"),
        ({"BPU_SITE_URL": "https://"}, "BPU_SITE_URL is an address such as https://daftar.contoh.id"),
    ],
)
def test_an_odd_value_stops_the_start_with_one_line(changes, line):
    assert problems(changes) == (line,)


@pytest.mark.requirement("R69")
@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"BPU_SECRET_KEY": None}, "BPU_SECRET_KEY is missing; live has no default for it"),
        ({"BPU_DATA_KEYS": None}, "BPU_DATA_KEYS is missing; live has no default for it"),
        ({"BPU_SITE_URL": None}, "BPU_SITE_URL is missing; live has no default for it"),
        ({"BPU_SECRET_KEY": "short"}, "BPU_SECRET_KEY is shorter than 32 characters"),
        ({"BPU_SITE_URL": "http://daftar.contoh.id"}, "BPU_SITE_URL must begin with https:// in live"),
        ({"BPU_CAPTCHA_ANSWER": "x"}, "BPU_CAPTCHA_ANSWER is for the sandbox only"),
        ({"BPU_SMS": "simulator"}, "BPU_SMS=simulator is a simulator; live refuses it"),
        ({"BPU_SMS": None}, "BPU_SMS=simulator is a simulator; live refuses it"),
        ({"BPU_SMS": "kannel,simulator"}, "BPU_SMS=simulator is a simulator; live refuses it"),
        ({"BPU_SMS": ","}, "BPU_SMS is empty"),
        ({"BPU_MAIL": None}, "BPU_MAIL=simulator is a simulator; live refuses it"),
        ({"BPU_MAIL": ""}, "BPU_MAIL is empty"),
        ({"BPU_PAYMENT": None}, "BPU_PAYMENT=simulator is a simulator; live refuses it"),
        ({"BPU_PAYMENT": "snap,simulator"}, "BPU_PAYMENT=simulator is a simulator; live refuses it"),
        ({"BPU_CORE": None}, "BPU_CORE=sandbox is a simulator; live refuses it"),
    ],
)
def test_live_refuses_simulators_and_missing_secrets(changes, line):
    environ = {name: value for name, value in {**LIVE, **changes}.items() if value is not None}
    assert problems(environ) == (line,)


def test_an_empty_live_environment_names_every_reason_at_once():
    assert len(problems({"BPU_MODE": "live"})) == 7


def test_no_line_quotes_a_secret(tmp_path):
    secret = "rahasia-sekali-0123456789"
    environ = {
        **LIVE,
        "BPU_SECRET_KEY": secret,
        "BPU_DATA_KEYS": f"1:{secret}",
        "BPU_SMTP_PASSWORD": secret,
        "PORT": "x",
    }
    told = "\n".join(problems(environ))
    assert told
    assert secret not in told


def test_a_value_may_come_from_a_file(tmp_path):
    path = tmp_path / "key"
    path.write_text("from-a-file\n")
    settings = Settings.from_environ({"BPU_SECRET_KEY_FILE": str(path), "PORT_FILE": str(_port(tmp_path))})
    assert (settings.secret_key, settings.port) == ("from-a-file", 8123)
    assert problems({"BPU_SECRET_KEY_FILE": str(path), "BPU_SECRET_KEY": "x"}) == (
        "BPU_SECRET_KEY and BPU_SECRET_KEY_FILE are both set",
    )
    path.write_bytes(b"\xff\xfe\x00")
    assert problems({"BPU_SECRET_KEY_FILE": str(path)}) == (f"BPU_SECRET_KEY_FILE={str(path)!r}: is not text",)


def _port(folder: Path) -> Path:
    path = folder / "port"
    path.write_text("8123\n")
    return path


def test_a_secret_of_a_provider_may_come_from_a_file(tmp_path):
    path = tmp_path / "password"
    path.write_text("geheim\n")
    settings = Settings.from_environ({"BPU_SMTP_PASSWORD_FILE": str(path)}, providers.names())
    assert settings.provider["BPU_SMTP_PASSWORD"] == "geheim"


def test_settings_do_not_change_once_read():
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1


def test_every_setting_says_what_it_is_for():
    names = [name for name, _, _ in documented()]
    assert len(names) == len(set(names)) == len(fields(Settings)) - 1
    assert all(name.startswith("BPU_") or name in ("HOST", "PORT") for name in names)
    assert all(len(doc) > 5 for _, _, doc in documented())


def test_the_sandbox_makes_its_secrets_once_and_keeps_them_to_itself(tmp_path):
    bare = Settings(database_url=f"sqlite:///{tmp_path}/new/bpu.sqlite3")
    first, second = with_sandbox_secrets(bare), with_sandbox_secrets(bare)
    kept = tmp_path / "new" / "sandbox-secrets.json"
    assert (first.secret_key, first.data_keys) == (second.secret_key, second.data_keys)
    assert len(first.secret_key) >= 32
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert set(json.loads(kept.read_text())) == {"secret_key", "data_keys"}
    assert list(kept.parent.iterdir()) == [kept]
    assert with_sandbox_secrets(replace(bare, secret_key="mine")).secret_key == "mine"


def test_live_never_makes_up_a_secret(tmp_path):
    bare = Settings(mode="live", database_url=f"sqlite:///{tmp_path}/bpu.sqlite3")
    assert with_sandbox_secrets(bare) == bare
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value"), [("sms", ("telegram",)), ("mail", "pigeon"), ("payment", ("barter",)), ("core", "oracle")]
)
def test_a_partner_that_nobody_knows_stops_the_start(settings, name, value):
    changed = with_sandbox_secrets(replace(settings, **{name: value}))
    if not (told := changed.problems()):
        with pytest.raises(Misconfigured) as caught:
            create_app(changed)
        told = caught.value.problems
    (line,) = told
    assert f"BPU_{name.upper()}=" in line


@pytest.mark.parametrize(
    ("environ", "line"),
    [({"BPU_MODE": "live"}, "BPU_SECRET_KEY is missing"), ({"BPU_ODD": "1"}, "BPU_ODD is not a setting")],
)
def test_the_command_itself_says_why_and_ends(environ, line):
    ended = subprocess.run(
        [sys.executable, "app.py"], env={"PATH": "/usr/bin", **environ}, capture_output=True, text=True, timeout=30
    )
    assert ended.returncode == 1
    assert line in ended.stderr
    assert "Traceback" not in ended.stderr
