"""What a rule would have opened: the past through the live steps again, nobody told and nothing stored.

In flow a store's mentions, or files; out flow cases, one a watch: the rule in force, those tried beside it,
and what really was opened.
"""
