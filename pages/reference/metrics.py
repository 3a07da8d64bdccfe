"""Every metric: what it means, how it is computed, and whether the loaded data can tell it."""

from revops.ui import catalogue

catalogue.page()
