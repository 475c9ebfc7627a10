"""ClickHouse's HTTP interface over a store, to read it: questions in SQL flow in, answers in any format out.

Grafana, clickhouse-connect, pandas, DBeaver and R talk to it as to a ClickHouse server. It is what one
process that holds an embedded store opens for all the others.
"""
