"""The judgement: text and numbers flow in, small frozen values flow out.

Nothing here knows a network, a broker, a database, a setting or a clock.
"""
