"""What Vigie measures, against what, with one command each."""
