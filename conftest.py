"""How properties are tried: without limits of time, since a busy machine says nothing about behaviour, and with the same examples each time.

A gate that fails must fail for the next one who runs it. To look for new examples: `pytest --hypothesis-profile=search`.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("gate", settings.get_profile("search"), derandomize=True)
settings.load_profile("gate")
