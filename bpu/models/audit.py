"""The trail of what was done."""

from peewee import TextField

from bpu.models.database import Moment, Table


class Audit(Table):
    """What was done by whom to which row; names of fields, never their values. Rows are only ever added."""

    at = Moment(index=True)
    actor = TextField()
    action = TextField()
    subject = TextField()
    detail = TextField(default="")
