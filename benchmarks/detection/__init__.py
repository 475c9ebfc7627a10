"""Is the lookout right, early and quiet? Series in, tables out: against simple rules, under stress, by kind.

Run `python -m benchmarks.detection --help`.
"""
