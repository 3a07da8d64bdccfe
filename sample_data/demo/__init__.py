"""The demo company: a small simulation of an IT services firm, written out as the exports of its systems."""
