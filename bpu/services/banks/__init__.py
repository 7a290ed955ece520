"""A bank's side of SNAP BI: who may call, what was asked, what is answered.

May know money and what is below it. `web.partners` knocks.
"""
