"""What an assistant does: people who are helped, the queue, slips, lists, links to agree.

May know registration, money, membership and access. `web.desk` and `steps.desk` knock.
"""
