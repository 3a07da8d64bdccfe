"""The screens: the only package that imports Streamlit. Nothing here computes a figure."""
