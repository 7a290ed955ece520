"""What-if: cases of membership written in JSON, each a person, what happened and a moment, answered by the same rules.

`reading` takes a file apart and says in one line what is odd in it; `answers` plays the events and tells the outcome.
Pure, as all of `rules.months`; the command line and tests knock.
"""
