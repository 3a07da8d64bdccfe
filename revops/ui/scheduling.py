"""Refreshes on time while the app runs, and pages that repaint when one brought something."""

from __future__ import annotations

import os

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from revops.errors import RevOpsError
from revops.sources import saved, scheduler, trusted
from revops.ui import state
from revops.ui.state import Session

SECONDS = 4  # between looks at the fingerprint


def lookup(name: str) -> str | None:
    """A secret as the environment or Streamlit's secrets have it; None where neither does."""
    found = os.environ.get(name)
    if found:
        return found
    try:
        value = st.secrets.get(name)
    except StreamlitSecretNotFoundError:
        return None
    return value if isinstance(value, str) else None


def follow(session: Session) -> None:
    """Starts the schedule where the open workspace has one, and watches for what it brings."""
    if session.workspace is None:
        return
    try:
        scheduled = any(one.every is not None and trusted(one) for one in saved(session.workspace))
    except RevOpsError:
        return  # the page of sources says what is wrong with them
    if scheduled:
        scheduler().watch(session.path, lookup)
        _repaint(session.fingerprint)


@st.fragment(run_every=SECONDS)
def _repaint(fingerprint: str | None) -> None:
    """Runs the page again once its data are no longer those that it was drawn from."""
    workspace = state.current().workspace
    if workspace is not None and workspace.fingerprint != fingerprint:
        st.rerun()
