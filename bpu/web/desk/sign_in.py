"""The assistant signs in, locks the screen, leaves; paper and PIN."""

from flask import Blueprint, g, redirect, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from bpu import clock
from bpu.models import SignIn, writing
from bpu.services.access.sign_in import Unwelcome
from bpu.services.audit import record
from bpu.services.desk.assistants import DEMO_PHONE, DEMO_PIN
from bpu.services.registration import drafts
from bpu.steps import JOURNEY
from bpu.steps.case import Case
from bpu.steps.desk.questions import EnterForm, NewPinForm, PaperForm, PinForm, SignInForm
from bpu.steps.forms import StepForm
from bpu.web import services
from bpu.web.desk import door, queue
from bpu.web.desk.door import desk_page, guard, me, who
from bpu.web.frame import limits

bp = door.install(Blueprint("sign_in", __name__, url_prefix="/asisten"), guarded=False)


def form_of(kind: type[StepForm], data: dict[str, str] | None = None) -> StepForm:
    """An empty form, or what was sent to it."""
    nobody = Case(services(), drafts.blank("desk"), JOURNEY)
    return kind(request.form if request.method == "POST" else None, case=nobody, data=data)


def complained(form: StepForm) -> StepForm:
    """The form with what the address says was wrong with the last try: never a value, only the fact."""
    if request.args.get("salah"):
        form.refuse("", WRONG.get(request.args["salah"], WRONG["masuk"]))
    return form


WRONG = {
    "masuk": _("Kode atau PIN belum cocok. Periksa keduanya."),
    "pin": _("PIN belum cocok."),
    "hp": _("Nomor HP belum benar. Contoh: 0812 3456 7890"),
    "pin-baru": _("PIN belum diganti. PIN terdiri dari 6 angka, dan PIN lama harus cocok."),
}


@bp.get("")
def home() -> Response:
    """The queue; the way in for whoever is not signed in."""
    if door.sign_in() is None:
        return way_in()
    return guard() or queue.show()


def way_in() -> Response:
    """Phone number, or the PIN alone at a remembered computer."""
    token = request.cookies.get(door.cookie_name("pc"))
    machine = services().assistants.machine(token) if token and not request.args.get("lain") else None
    demo = None
    if services().settings.sandbox:
        services().assistants.demo()
        demo = (DEMO_PHONE, DEMO_PIN)
    kind = PinForm if machine else SignInForm
    return desk_page("desk/sign_in/sign_in.html", form=complained(form_of(kind)), machine=machine, demo=demo)


@bp.post("/masuk")
def ask_in() -> Response:
    """Send a sign-in code, if the phone is an assistant's; whoever asks is answered alike."""
    form = form_of(SignInForm)
    if not form.passes():
        return redirect(url_for(".home", salah="hp", lain=1), 303)
    attempt = services().assistants.ask_code(form.answer["phone"], limits.address())
    return redirect(url_for(".enter", attempt=attempt.uid), 303)


@bp.route("/masuk/<attempt>", methods=["GET", "POST"])
def enter(attempt: str) -> Response:
    """Code and PIN."""
    if request.method == "GET":
        return desk_page("desk/sign_in/enter.html", form=complained(form_of(EnterForm)), attempt=attempt)
    form = form_of(EnterForm)
    code = "".join(sign for sign in request.form.get("code", "") if sign.isdigit())
    form.passes()
    try:
        pin, remember = form.answer["pin"], bool(form.answer["remember"])
        entered = services().assistants.enter(attempt, code, pin, remember=remember)
    except Unwelcome:
        return redirect(url_for(".enter", attempt=attempt, salah="masuk"), 303)
    door.let_in(entered)
    return redirect(url_for(".home"), 303)


@bp.post("/masuk-pin")
def enter_by_pin() -> Response:
    """The PIN at a remembered computer."""
    form, token = form_of(PinForm), request.cookies.get(door.cookie_name("pc"), "")
    form.passes()
    try:
        door.let_in(services().assistants.enter_by_machine(token, form.answer["pin"]))
    except Unwelcome:
        return redirect(url_for(".home", salah="pin"), 303)
    return redirect(url_for(".home"), 303)


@bp.route("/kunci", methods=["GET", "POST"])
def lock() -> Response:
    """Hide everything; the PIN brings the queue back."""
    here = door.sign_in()
    if here is None:
        return redirect(url_for(".home"), 303)
    if request.method == "GET":
        return desk_page("desk/sign_in/lock.html", form=complained(form_of(PinForm)))
    with writing():
        here.locked = here.locked or clock.now()
        SignIn.update(locked=here.locked).where(SignIn.uid == here.uid).execute()
        record(who(), "desk.lock", me().uid)
    return redirect(url_for(".lock"), 303)


@bp.post("/buka")
def unlock() -> Response:
    """Show the queue again to whoever knows the PIN."""
    here = door.sign_in()
    if here is None:
        return redirect(url_for(".home"), 303)
    form = form_of(PinForm)
    form.passes()
    if not services().assistants.pin_fits(me(), form.answer["pin"], here.uid):
        return redirect(url_for(".lock", salah="pin"), 303)
    with writing():
        here.locked, here.seen = None, clock.now()
        here.save()
        door.rotate()
    return redirect(url_for(".home"), 303)


@bp.post("/keluar")
def leave() -> Response:
    """Sign out here, or everywhere."""
    here = door.sign_in()
    if here is not None:
        with writing():
            if request.form.get("everywhere"):
                services().assistants.sign_out_everywhere(me())
            else:
                record(who(), "desk.sign_out", me().uid)
                here.delete_instance()
    g.desk_leaves = True
    return door.wiped(url_for(".home"))


@bp.route("/atur", methods=["GET", "POST"])
def settings() -> Response:
    """Paper, PIN, sign-ins."""
    if answer := guard():
        return answer
    if request.method == "GET":
        paper = form_of(PaperForm, {"paper": me().paper})
        signed = SignIn.select().where((SignIn.assistant == me()) & (SignIn.expires > clock.now())).count()
        return desk_page("desk/sign_in/settings.html", paper=paper, pin=complained(form_of(NewPinForm)), signed=signed)
    form = form_of(PaperForm)
    if form.passes():
        with writing():
            me().paper = form.answer["paper"]
            me().save()
    return redirect(url_for(".settings"), 303)


@bp.post("/pin")
def change_pin() -> Response:
    """Another PIN, for whoever knows the old one."""
    if answer := guard():
        return answer
    form = form_of(NewPinForm)
    if not form.passes() or not services().assistants.pin_fits(me(), form.answer["pin"], door.here()):
        return redirect(url_for(".settings", salah="pin-baru"), 303)
    with writing():
        services().assistants.change_pin(me(), form.answer["new_pin"], g.sign_in)
        door.rotate()
    return redirect(url_for(".settings"), 303)
