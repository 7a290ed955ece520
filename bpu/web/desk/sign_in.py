"""Home of the assistant: signing in, the queue, locking the screen, the end of a person and of the day."""

from flask import Blueprint, g, redirect, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from bpu import clock
from bpu.models import SignIn, writing
from bpu.services.access.sign_in import Unwelcome
from bpu.services.audit import record
from bpu.services.desk import helping, queue, slips
from bpu.services.desk.assistants import DEMO_PHONE, DEMO_PIN
from bpu.services.registration import drafts
from bpu.steps import JOURNEY
from bpu.steps.case import Case
from bpu.steps.desk.questions import EnterForm, NewPinForm, PaperForm, PinForm, SignInForm
from bpu.steps.desk.sheets import forget_typed_nik
from bpu.steps.forms import StepForm
from bpu.web import services
from bpu.web.desk import door
from bpu.web.desk.door import desk_page, guard, me, who

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
    return guard() or show_queue()


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
    attempt = services().assistants.ask_code(form.answer["phone"])
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


def show_queue() -> Response:
    """Today's people, with what can be done next."""
    found = queue.entries(me())
    sums = queue.totals(me(), found, clock.today())
    picked = [uid for uid in request.args.get("pilih", "").split(",") if uid]
    shown = [entry for entry in found if not picked or entry.uid in picked]
    payable = [entry for entry in shown if entry.state is queue.State.PAY and not entry.group]
    return desk_page(
        "desk/queue/queue.html", entries=shown, sums=sums, picked=picked, payable=payable, today=clock.today()
    )


@bp.post("/cari")
def search() -> Response:
    """Find somebody in the own queue; what was typed never stands in an address."""
    if answer := guard():
        return answer
    found = queue.search(queue.entries(me()), request.form.get("cari", ""))
    picked = ",".join(entry.uid for entry in found[:20]) or "-"
    return redirect(url_for(".home", pilih=picked), 303)


@bp.post("/baru")
def new() -> Response:
    """Open a clean slate for the next person."""
    if answer := guard():
        return answer
    return redirect(url_for("desk.person.sheet", uid=begun(), slug="ktp"), 303)


def begun() -> str:
    """A new person's name."""
    with writing():
        draft = helping.begin(me())
        record(who(), "desk.begin", draft.uid)
    return str(draft.uid)


@bp.post("/selesai/<uid>")
def finish(uid: str) -> Response:
    """Done with this person: nothing of them can be opened here any more, and the browser forgets what it saw."""
    if answer := guard():
        return answer
    one = door.helped(uid)
    if one is None:
        return door.nobody()
    with writing():
        helping.close(one)
        case = door.case_of(one)
        if case and case.registration is None:
            forget_typed_nik(case)
        record(who(), "desk.finish", uid)
        door.rotate()
    if request.form.get("next"):
        return door.wiped(url_for("desk.person.sheet", uid=begun(), slug="ktp"))
    return door.wiped(url_for(".empty"))


@bp.get("/selesai")
def empty() -> Response:
    """An empty page between two people."""
    return guard() or desk_page("desk/queue/empty.html")


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
    if not services().assistants.pin_fits(me(), form.answer["pin"]):
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
    if not form.passes() or not services().assistants.pin_fits(me(), form.answer["pin"]):
        return redirect(url_for(".settings", salah="pin-baru"), 303)
    services().assistants.change_pin(me(), form.answer["new_pin"])
    return redirect(url_for(".settings"), 303)


@bp.get("/panduan")
def guide() -> Response:
    """The seven steps on one page, to print."""
    return guard() or desk_page("desk/queue/guide.html")


@bp.get("/tutup")
@bp.get("/tutup.txt", endpoint="closing_text", defaults={"plain": True})
def closing(plain: bool = False) -> Response:
    """The day's sheet: people, contributions, fees."""
    if answer := guard():
        return answer
    found, today = queue.entries(me()), clock.today()
    sums = queue.totals(me(), found, today)
    if plain:
        return text(slips.closing(shop(), today, found, sums), f"tutup-{today}")
    return desk_page("desk/queue/closing.html", entries=found, sums=sums, today=today)


def shop() -> slips.Shop:
    """Where slips come from."""
    settings = services().settings
    return slips.Shop(me().shop, me().name, settings.site_name, settings.help_phone)


def text(body: str, name: str) -> Response:
    """Plain text for raw printers, under a name without personal data."""
    response = Response(body, content_type="text/plain; charset=us-ascii")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.txt"'
    return response
