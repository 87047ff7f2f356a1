"""How properties are tried: without a deadline, since a busy machine says nothing about behaviour."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
