"""Companies of any size with known totals: made by the engine from numbers, the same for the same seed.

`build` writes one into a new workspace as the importer would have loaded it; `totals` says what must come out of it,
counted from the rows as they were made and not by the product's metrics.
"""

from revops.synth.company import FIRST_DAY, Size, size_of
from revops.synth.details import AS_OF
from revops.synth.loaded import build
from revops.synth.totals import totals

__all__ = ["AS_OF", "FIRST_DAY", "Size", "build", "size_of", "totals"]
