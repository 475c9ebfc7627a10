"""The life of an incident: what happened to a watch's signals flows in, states and reasons flow out.

Pure decisions; `now` is the end of the step that was decided, never a clock.
"""
