"""An embedded retaguarda and customers API to run against: no account, no network.

An island on purpose: a second, independent reading of the APIs, so that one misunderstanding cannot make the tests pass.
"""
