"""Offline training: a folder of labelled posts flows in, the files of `models/artefacts` flow out.

Nothing here is imported by a running Vigie. `python -m models.train DATA_FOLDER` is the one command.
"""
