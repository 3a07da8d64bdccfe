"""What a workspace holds, as files: any entity, or all of them, in a form that imports again and changes nothing.

Layer 4: it knows the workspace and how our own exports are read; no metric and no page.
"""

from revops.exporting.formats import Format
from revops.exporting.service import Exported, export, export_all

__all__ = ["Exported", "Format", "export", "export_all"]
