"""The command line: `python -m revops`, the same code as the pages, for a terminal or a script.

app.py holds the program and its one way to fail; loading.py and asking.py the commands; output.py prints.
"""

from revops.cli.app import main

__all__ = ["main"]
