"""The ears: what platforms say flows in, pages of `Mention`, `Retraction`, `Gap` and `Tick` flow out."""
