"""What goes wrong with a source, as sentences that never hold a secret."""

from __future__ import annotations

from revops.errors import RevOpsError


class SourceError(RevOpsError):
    """A source cannot be saved, reached or read; nothing was loaded."""

    code = "source"
