"""Notebooks and cells as files a person takes along: a page that works offline, pictures, a Jupyter notebook."""
