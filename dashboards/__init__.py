"""The Grafana boards, as code: definitions and SQL files flow in, `json/` flows out.

`python -m dashboards` writes the JSON that Grafana is provisioned with. A board says nothing that a view
does not hold, and its SQL is the same in both languages.
"""
