"""The little CSS that the theme cannot say. Constant text: nothing from the data is ever put into HTML."""

from __future__ import annotations

import streamlit as st

from revops.text import Language
from revops.ui import native_words

CSS = """<style>
[data-testid="stLayoutWrapper"]:has(> [class*="st-key-address"]) {display: none;}
.stMainBlockContainer {padding-top: 3.25rem; padding-bottom: 4rem; max-width: 1320px;}
.stMain h1 {padding: 0 0 .35rem; letter-spacing: -0.01em;}
[class*="st-key-finding"] p {font-size: 1.2rem; line-height: 1.45; font-weight: 550; text-wrap: pretty;}
[class*="st-key-question"] p {opacity: .72;}
[class*="st-key-bar"] {row-gap: .5rem;}
[data-testid="stMetric"], [data-testid="stDataFrame"] {font-variant-numeric: tabular-nums;}
[data-testid="stMetricLabel"] p {font-weight: 550; white-space: normal; line-height: 1.25;}
[data-testid="stMetricLabel"] > div {white-space: normal;}
[class*="st-key-grid"] [data-testid="stMetricLabel"] {min-height: 2.3rem; align-items: start;}
[class*="st-key-grid"] [data-testid="stMetricLabel"] p {font-size: .88rem;}
[class*="st-key-grid"] [data-testid="stMetricValue"] {font-size: 1.6rem;}
[class*="st-key-grid"] div:has(> [data-testid="stMetricDelta"]) {flex-wrap: wrap; row-gap: .1rem;}
[class*="st-key-grid"] [data-testid="stMetricDeltaDescription"] {flex-basis: 100%;}
[class*="st-key-grid"] [data-testid="stMetric"] {display: flex; flex-direction: column; height: 100%;}
[class*="st-key-grid"] [data-testid="stMetric"] > :first-child {flex: 1 0 auto; display: flex; flex-direction: column;}
[class*="st-key-grid"] [data-testid="stMetricLabel"] {flex: 1 0 auto;}
[class*="st-key-tools"] {margin-bottom: -3.1rem; position: relative; z-index: 2; pointer-events: none;}
[class*="st-key-tools"] button {pointer-events: auto;}
[data-testid="stVerticalBlock"]:has([class*="st-key-tools"]) [class*="st-key-question"]:has(p) {padding-right: 12rem;}
.st-key-guide table {display: block; overflow-x: auto; max-width: 100%;}
[data-testid="stSidebarHeader"] {height: 2.5rem; margin-bottom: 0;}
.st-key-nav {gap: .1rem;}
.st-key-nav [data-testid="stCaptionContainer"] {margin-top: .55rem;}
@media (min-width: 641px) and (max-width: 1360px) {
  [class*="st-key-grid"] [data-testid="stMetricLabel"] p {font-size: .76rem;}
  [class*="st-key-grid"] [data-testid="stMetricValue"] {font-size: 1.25rem;}
}
.stMainBlockContainer [data-testid="stVerticalBlock"] > :has(.st-key-working) ~ * {display: none;}
[class*="st-key-working"] [data-testid="stProgress"] p {font-variant-numeric: tabular-nums;}
@media (max-width: 640px) {
  .stMainBlockContainer {padding-left: 1rem; padding-right: 1rem;}
  .stMainBlockContainer {padding-top: 4rem;}
  .stMain h1 {font-size: 1.6rem;}
  [class*="st-key-bar_"] > [data-testid="stLayoutWrapper"] {flex: 1 1 42% !important; min-width: 0;}
  [class*="st-key-finding"] p {font-size: 1.05rem;}
  [data-testid="stButtonGroup"] button {padding-left: .55rem; padding-right: .55rem;}
}"""


def apply(language: Language) -> None:
    st.html(f"{CSS}\n{native_words.css(language)}\n</style>")
