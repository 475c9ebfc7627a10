"""Records come in, facts that can be queried come out: ClickHouse in this process or as a server.

Start at `base.Store`, the seam, and `open.open_store`; `errors` says what can go wrong.
"""
