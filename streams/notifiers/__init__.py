"""Ways to tell people and machines of an incident: a message flows in, the other side's answer flows out.

Nothing here decides whether to tell (`streams.notify`) or when to try again (`streams.notifiers.retry`).
"""
