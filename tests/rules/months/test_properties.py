"""What holds for any member whatever happens: money is exact, protection follows the months, paying never harms."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bpu.rules.months.allocation import Held, allocate
from bpu.rules.months.ledger import ZONES, after, month_of, wib_day
from bpu.rules.months.membership import Membership, Protection, Status, membership
from bpu.rules.months.purchase import NotForSale, purchase
from tests.rules.months.histories import CATALOGUE, SUMS, Lived, histories, lived, members

RANK = {Protection.NO: 0, Protection.NOT_ASSURED: 1, Protection.YES: 2}
LATER = st.builds(timedelta, days=st.integers(0, 400), seconds=st.integers(0, 86_399))
AMOUNTS = st.sampled_from(SUMS) | st.integers(1, 400_000)
often = settings(deadline=None, max_examples=150)


def state(now: Lived, at: datetime) -> Membership:
    return membership(now.person, now.ledger, at, CATALOGUE, credit=now.credit)


@often
@given(histories)
def test_prices_and_credit_are_the_money_that_came_to_the_rupiah(history):
    for now in lived(history):
        assert sum(row.price for row in now.ledger) + now.credit == now.received
        assert now.credit >= 0


@often
@given(histories)
def test_no_month_is_sold_twice_and_the_ledger_only_grows(history):
    before = ()
    for now in lived(history):
        months = [row.month for row in now.ledger]
        assert months == sorted(set(months))
        assert set(before) <= set(now.ledger)
        assert set(now.ledger) - set(before) == set(now.done.bought)
        before = now.ledger


@often
@given(histories)
def test_a_month_that_is_over_is_sold_only_where_it_is_owed(history):
    for now in lived(history):
        for row in now.done.bought:
            if row.month < month_of(row.paid_at):
                one_before = [each for each in now.ledger if each.month == after(row.month, -1)]
                assert one_before, "nothing was owed yet"
                newest = max(each.month for each in now.ledger if each not in now.done.bought)
                assert month_of(row.paid_at) <= after(newest, 3), "the membership had ended"


@often
@given(histories)
def test_nothing_is_sold_to_whom_the_rules_refuse(history):
    for now in lived(history):
        if now.done.held in (Held.ENDED, Held.AGE):
            assert not now.done.bought
        if now.person.end and now.at >= now.person.end.at:
            assert not now.done.bought


@often
@given(histories, LATER)
def test_the_status_agrees_with_the_months(history, wait):
    *_, now = lived(history)
    at = now.at + wait
    found, months, this = state(now, at), {row.month for row in now.ledger}, month_of(at)
    if now.person.end:
        assert found.status is Status.ENDED
        return
    assert (found.status is Status.ACTIVE) == (this in months)
    assert (found.protected is Protection.YES) == (this in months)
    unpaid = [month for month in (after(this, -back) for back in range(3)) if months and max(months) < month]
    if found.status in (Status.DUE, Status.ARREARS):
        assert [one.month for one in found.owed] == sorted(unpaid)
        assert after(found.owed[0].month, -1) in months
        assert found.late_months == sum(CATALOGUE.due_date(month) < wib_day(at) for month in unpaid)
        assert (found.status is Status.DUE) == (found.late_months == 0)
        assert found.lapses_on == after(found.owed[0].month, 3)
        assert wib_day(at) < found.lapses_on
    else:
        assert found.owed == ()
    if found.status is Status.LAPSED and not found.covered_from:
        assert all(month <= after(this, -4) for month in months)
        assert found.restart.month == this
    if found.status is Status.NONE:
        assert not months or min(months) > this


@often
@given(histories, st.lists(LATER, min_size=2, max_size=6))
def test_time_alone_only_takes_protection_away_once_it_has_begun(history, waits):
    *_, now = lived(history)
    order = [Status.ACTIVE, Status.DUE, Status.ARREARS, Status.LAPSED, Status.ENDED]
    seen = [state(now, now.at + wait) for wait in sorted(waits)]
    seen = [one for one in seen if one.status is not Status.NONE and not one.covered_from]
    assert [order.index(one.status) for one in seen] == sorted(order.index(one.status) for one in seen)
    owing = [one for one in seen if one.owed]
    for attribute in ("late_months", "to_be_current"):
        values = [getattr(one, attribute) for one in owing]
        assert values == sorted(values)
    assert len({one.lapses_on for one in seen if one.status is not Status.ENDED}) <= 1


@often
@given(histories, AMOUNTS, LATER, st.lists(LATER, min_size=1, max_size=4))
def test_paying_never_reduces_protection_then_or_later(history, amount, wait, waits):
    *_, now = lived(history)
    more = now.paid(amount, now.at + wait)
    for moment in [more.at, *(more.at + each for each in waits)]:
        without, having = state(now, moment), state(more, moment)
        assert RANK[having.protected] >= RANK[without.protected]
        if not now.person.end:
            assert (having.paid_until or without.paid_until) == (having.paid_until or None)
            assert not without.paid_until or having.paid_until >= without.paid_until


@often
@given(histories, st.lists(AMOUNTS, min_size=2, max_size=4), LATER, st.randoms())
def test_splitting_a_sum_that_is_paid_at_one_moment_does_not_matter(history, parts, wait, chance):
    *_, now = lived(history)
    at = now.at + wait
    whole, split = now.paid(sum(parts), at), now
    for part in parts:
        split = split.paid(part, at)
    chance.shuffle(parts)
    shuffled = now
    for part in parts:
        shuffled = shuffled.paid(part, at)
    assert (whole.ledger, whole.credit) == (split.ledger, split.credit) == (shuffled.ledger, shuffled.credit)
    assert state(whole, at) == state(split, at)


@often
@given(members, LATER)
def test_the_sum_to_be_current_makes_it_right_and_a_rupiah_less_does_not(history, wait):
    *_, now = lived(history)
    at = now.at + wait
    found = state(now, at)
    if found.to_be_current < 2:
        assert found.status is Status.ACTIVE or found.covered_from or now.credit
        return
    right = now.paid(found.to_be_current, at)
    assert state(right, at).status is Status.ACTIVE
    assert (right.credit, state(right, at).to_be_current) == (0, 0)
    short = now.paid(found.to_be_current - 1, at)
    assert state(short, at).status is not Status.ACTIVE
    assert state(short, at).to_be_current == 1


@often
@given(members, LATER, st.integers(1, 14), st.booleans())
def test_a_purchase_tells_what_its_money_buys_until_its_last_day(history, wait, count, later):
    *_, now = lived(history)
    at = now.at + wait
    begin = after(month_of(at), 1) if later else None
    try:
        told = purchase(now.person, now.ledger, at, CATALOGUE, count, credit=now.credit, begin=begin)
    except NotForSale:  # so many months ahead as may be
        assert after(max(row.month for row in now.ledger), count) > after(month_of(at), 120)
        return
    assume(now.credit < told.months[0].price)  # else credit alone would buy, and the sum says so: zero
    last = datetime.combine(told.valid_until, datetime.max.time(), ZONES["WIB"])
    for moment in (at, last):
        paid = now.paid(told.amount, moment, begin)
        assert [row.month for row in paid.done.bought] == [month.month for month in told.months]
        assert [row.price for row in paid.done.bought] == [month.price for month in told.months]
        assert paid.credit == 0
        if told.settles:
            assert state(paid, moment).owed == ()
        assert state(paid, moment).paid_until == told.covers[1]
    assert wib_day(at) <= told.valid_until


@often
@given(histories, LATER)
def test_reminders_ask_only_for_what_is_unpaid_at_a_decent_hour(history, wait):
    *_, now = lived(history)
    at = now.at + wait
    told = state(now, at).reminders
    assert len({each.day for each in told}) == len(told)
    for each in told:
        local = each.earliest.astimezone(ZONES[now.person.zone])
        assert (local.date(), local.hour) == (each.day, 8)
        assert each.earliest <= at
        then = state(replace(now, ledger=tuple(r for r in now.ledger if r.paid_at < each.earliest)), each.earliest)
        assert then.status in (Status.DUE, Status.ARREARS, Status.LAPSED)
    if now.person.end:
        assert all(each.earliest < now.person.end.at for each in told)


@often
@given(members)
def test_the_next_reminder_becomes_the_last_one_when_its_hour_comes_until_the_lapse(history):
    *_, now = lived(history)
    now = now.paid(max(1, state(now, now.at).to_be_current), now.at)
    sent, upcoming = [], state(now, now.at).coming
    while upcoming:
        assert state(now, upcoming.earliest).reminders[-1] == upcoming
        sent, upcoming = [*sent, upcoming], state(now, upcoming.earliest).coming
    assert [each.kind.value for each in sent] == ["before", "eve", "late", "month", "month", "lapsing", "lapsed"]
    assert state(now, sent[-1].earliest).status is Status.LAPSED


@often
@given(histories)
def test_no_money_and_no_wish_begin_nothing(history):
    *_, now = lived(history)
    much_later = datetime(2040, 1, 1, tzinfo=UTC)
    done = allocate(now.person, now.ledger, CATALOGUE, 0, much_later, credit=now.credit + 10_000_000)
    assert done.bought == ()
    assert done.credit == now.credit + 10_000_000
