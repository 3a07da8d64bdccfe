"""Notebooks: kept cells, notes and SQL in an order of a person's own, saved in the workspace."""
