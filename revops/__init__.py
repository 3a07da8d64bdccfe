"""RevOps workbench: from the exports of five systems to KPIs one can defend.

Layers point down only: errors, text, formats (0) < model (1) < ingest (2) < workspace (3) < metrics (4)
< analysis (5) < charts, report (6) < ui, cli, pages, app (7). tests/unit/test_layers.py keeps it so.
"""

__version__ = "0.1.0"
