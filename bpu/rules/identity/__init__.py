"""Who somebody is, as typed: NIK, name, birth date, phone, e-mail.

Pure functions: the day is an argument, nothing is read or written. Forms, steps and services knock.
"""
