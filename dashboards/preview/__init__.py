"""Pictures of the boards without Grafana: a store and a span of time flow in, one SVG a board flows out.

Drawn from the definitions and the SQL that Grafana is given, so that a board can be looked at, and mended,
where no Grafana runs. Close to Grafana's dark theme, and no copy of it.
"""
