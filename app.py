"""The app: `streamlit run app.py`. Everything it does is in revops/ui."""

from revops.ui import shell

shell.run()
