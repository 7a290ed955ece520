"""What a phone of the sandbox writes to the office."""

from typing import ClassVar

from flask_babel import lazy_gettext as _
from wtforms import Form
from wtforms.fields import StringField


class WritingForm(Form):
    warnings: ClassVar[dict[str, list[str]]] = {}
    confirms: ClassVar[dict[str, str]] = {}
    sender = StringField(_("Dari HP"), name="from", render_kw={"class": "w10", "inputmode": "tel", "maxlength": 20})
    text = StringField(_("Pesan"), render_kw={"maxlength": 160})
