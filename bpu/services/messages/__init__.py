"""What leaves the house and what becomes of it: texts, the outbox, its worker, reports of delivery.

May know providers and tables. Every service that has something to tell knocks.
"""
