"""What every form is made of, and forms that are no steps of the registration.

May know rules, wtforms and words for people; no database and no request. Steps and web rooms knock.
"""
