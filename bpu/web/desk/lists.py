"""Bringing a list: the file is read, judged a few rows at a time, and what is good becomes people in the queue."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from bpu import clock
from bpu.models import Draft, Uploaded, keyring, writing
from bpu.services.audit import record
from bpu.services.desk import helping, lists, queue
from bpu.steps.desk import rows
from bpu.web import services
from bpu.web.desk import door, helped, paper
from bpu.web.desk.door import desk_page, me, who
from bpu.web.frame.look import time_of_day

bp = door.install(Blueprint("lists", __name__, url_prefix="/asisten/unggah"))
AT_A_TIME = 50  # rows judged for one page view, so that the bar moves
ROOM = lists.MOST_BYTES + 64 * 1024
TOLD = {
    "type": _("File ini bukan tabel CSV atau XLSX. Simpan dulu sebagai CSV."),
    "big": _("File terlalu besar. Paling besar %(kb)s kB."),
    "rows": _("File ini berisi %(rows)s orang. Paling banyak %(most)s orang sekali unggah."),
    "columns": _("Kolom ini tidak ada di baris pertama: %(missing)s. Pakai contoh tabel."),
    "empty": _("Tidak ada orang di file ini."),
    "damaged": _("File ini rusak dan tidak bisa dibaca. Simpan lagi, lalu unggah."),
    "none": _("Pilih file dulu."),
}


@bp.url_value_preprocessor
def roomy(endpoint: str | None, _values: Any) -> None:
    """A list may be larger than a form."""
    if endpoint == "desk.lists.take":
        request.max_content_length = ROOM


@bp.get("")
def home() -> Response:
    """What to bring, and the last lists."""
    last = Uploaded.select().where((Uploaded.assistant == me()) & Uploaded.content_sealed.is_null(False))
    code = request.args.get("salah", "")
    told = TOLD.get(code, "")
    numbers = {name: request.args.get(name, "")[:80] for name in ("kb", "rows", "most", "missing")}
    return desk_page(
        "desk/lists/upload.html",
        told=told % numbers if told else "",
        same=request.args.get("sama", "")[:9],
        lists=list(last.order_by(Uploaded.at.desc()).limit(5)),
        most=lists.MOST_ROWS,
        kb=round(len(lists.sample_csv(rows.HEADED)) / 1024, 1),
    )


@bp.get("/contoh.<any(csv,xlsx):kind>")
def sample(kind: str) -> Response:
    """The sample table."""
    body = lists.sample_csv(rows.HEADED) if kind == "csv" else lists.sample_xlsx(rows.HEADED)
    return paper.kept(body, f"contoh-daftar.{kind}", kind)


@bp.post("")
def take() -> Response:
    """Read a file; whatever is wrong with it as a whole is told at once."""
    sent = request.files.get("file")
    content = sent.read(lists.MOST_BYTES + 1) if sent else b""
    if not content:
        return redirect(url_for(".home", salah="none"), 303)
    if before := lists.earlier(me(), content):
        with writing():
            record(who(), "desk.upload_again", before.uid)
        return redirect(url_for(".home", sama=time_of_day(before.at)[:9]), 303)
    try:
        lines = lists.read(content, rows.HEADED)
    except lists.Unreadable as problem:
        with writing():
            record(who(), "desk.upload_refused", me().uid, problem.code)
        return redirect(url_for(".home", salah=problem.code, **problem.params), 303)
    row = lists.keep(me(), content, lines)
    with writing():
        record(who(), "desk.upload", row.uid, f"rows:{row.total}")
    return redirect(url_for(".look", uid=row.uid), 303)


@bp.get("/<uid>")
def look(uid: str) -> Response:
    """How far the list is judged, then what is good and what is not. Judging changes nothing but this list."""
    row = mine(uid)
    if row is None:
        return helped.nobody()
    if row.judged < row.total:
        judge_some(row)
    content = row.content
    return desk_page(
        "desk/lists/uploaded.html", list=row, good=len(content["good"]), bad=content["bad"], busy=row.judged < row.total
    )


def judge_some(row: Uploaded) -> None:
    """Judge the next rows of a list."""
    content = row.content
    niks = {entry["answers"]["data-diri"]["nik"] for entry in content["good"] if "data-diri" in entry["answers"]}
    waiting = _waiting()
    for number, cells, flaws in content["lines"][row.judged : row.judged + AT_A_TIME]:
        judged = rows.judge(rows.blank(services()), cells, flaws)
        nik = judged.answers.get("data-diri", {}).get("nik")
        if nik and nik in niks:
            judged.reasons.append(str(_("NIK ini sudah ada di baris lain.")))
        elif nik and keyring().index("nik", nik) in waiting:
            judged.reasons.append(str(_("Orang ini sudah ada di antrean Anda.")))
        if judged.reasons:
            content["bad"].append([number, cells, judged.reasons])
        else:
            content["good"].append({"line": number, "answers": judged.answers, "typed": judged.typed})
            niks.add(nik)
    with writing():
        row.judged = min(row.total, row.judged + AT_A_TIME)
        row.content = content
        row.save()


def _waiting() -> set[bytes]:
    """Blind indexes of the NIKs that wait in this assistant's own queue."""
    uids = [entry.uid for entry in queue.entries(me())]
    return {bytes(row.nik_index) for row in Draft.select(Draft.nik_index).where(Draft.uid.in_(uids)) if row.nik_index}


@bp.post("/<uid>")
def go(uid: str) -> Response:
    """The good rows become people in the queue, each waiting for their own yes and their own code."""
    row = mine(uid)
    if row is None:
        return helped.nobody()
    with writing():
        fresh = Uploaded.update(taken=clock.now()).where((Uploaded.uid == uid) & Uploaded.taken.is_null()).execute()
    if fresh:
        for entry in row.content["good"]:
            with writing():
                draft = helping.begin(me(), opened=False)
                case = rows.blank(services())
                case.draft, case.given, case.typed = draft, entry["answers"], entry["typed"]
                case.save()
                record(who(), "desk.from_list", draft.uid, f"list:{uid}")
    return redirect(url_for("desk.sign_in.home"), 303)


@bp.get("/<uid>/salah.csv")
def refused(uid: str) -> Response:
    """The rows that were refused, with their reasons."""
    row = mine(uid)
    if row is None:
        return helped.nobody()
    return paper.kept(lists.refused_csv(row.content["bad"], rows.HEADED), f"baris-salah-{uid}.csv", "csv")


def mine(uid: str) -> Uploaded | None:
    """A list of this assistant that is still kept; any other is refused and on record."""
    kept = (Uploaded.uid == uid) & (Uploaded.assistant == me()) & Uploaded.content_sealed.is_null(False)
    row: Uploaded | None = Uploaded.get_or_none(kept)
    if row is None:
        door.refused(uid)
    return row
