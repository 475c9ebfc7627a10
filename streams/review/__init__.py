"""People's verdicts on incidents, and what they say of each rule.

In flow marks (`vigie incidents mark`) and what was opened, out flow precision and delay a watch.
"""
