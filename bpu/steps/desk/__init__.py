"""The journey as the desk asks it: several steps on a sheet, and rows of a list judged like answers.

May know the journey and its steps. `web.desk` knocks.
"""
