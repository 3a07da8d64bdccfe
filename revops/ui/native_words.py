"""Words that Streamlit's own widgets say and no parameter changes: told in the reader's language by the style sheet.

What Streamlit says is hidden, for eyes and for screen readers, on the very element that says ours instead: where a
later Streamlit has no such element, its English words are there again. Constant texts and a number of the
configuration; nothing from the data.
"""

from __future__ import annotations

import streamlit as st

from revops.formats import Formatter
from revops.ingest.endings import READ
from revops.text import Language, Text

DROPZONE = '[data-testid="stFileUploaderDropzone"]'
SEVERAL = f'{DROPZONE}:has(input[type="file"][multiple])'
BUTTON = 'button [data-testid="stMarkdownContainer"]'
NOTE = '[data-testid="stFileUploaderDropzoneInstructions"]'
DRAGGED = '[data-testid="stFileUploaderDropzoneInput"] + :not(:has(button)) > *'  # there while files are held over it
HINT = '[data-testid="InputInstructions"] > :first-child'

CHOOSE_ONE, CHOOSE = Text("Choose a file", "Выбрать файл"), Text("Choose files", "Выбрать файлы")
NOTE_ONE = Text("or drop it here, up to {size}", "или перетащите сюда, до {size}")
NOTE_SEVERAL = Text("or drop them here, up to {size} each: {kinds}", "или перетащите сюда, до {size} каждый: {kinds}")
DROP = Text("Drop here", "Отпустите здесь")
ENTER = Text("Press Enter to apply", "Enter — применить")
SUBMIT = Text("Press Enter to send", "Enter — отправить")
SEVERAL_LINES = Text("Press Ctrl+Enter to apply", "Ctrl+Enter — применить")


def css(language: Language) -> str:
    """The rules, in that language."""
    size = _size(int(st.get_option("server.maxUploadSize")), Formatter(language))
    kinds = ", ".join(ending.upper() for ending in READ if ending != "htm")
    said = {
        f"{DROPZONE} {BUTTON}": CHOOSE_ONE,
        f"{SEVERAL} {BUTTON}": CHOOSE,
        f"{DROPZONE} {NOTE}": NOTE_ONE.format(size=size),
        f"{SEVERAL} {NOTE}": NOTE_SEVERAL.format(size=size, kinds=kinds),
    }
    rules = [f"{where} > * {{display: none;}}" for where in (f"{DROPZONE} {BUTTON}", f"{DROPZONE} {NOTE}")]
    rules += [f"{where}::after {{content: {_quoted(text[language])};}}" for where, text in said.items()]
    rules.append(f"{DROPZONE} {NOTE}::after {{font-size: .875rem; opacity: .72; overflow-wrap: anywhere;}}")
    rules += _instead(f"{DROPZONE} {DRAGGED}", DROP[language], "1rem")
    if language != "en":
        rules += _instead(HINT, ENTER[language], ".75rem")
        rules.append(f'[data-testid="stForm"] {HINT}::after {{content: {_quoted(SUBMIT[language])};}}')
        rules.append(f'[data-testid="stTextArea"] {HINT}::after {{content: {_quoted(SEVERAL_LINES[language])};}}')
    return "\n".join(rules)


def _instead(where: str, words: str, size: str) -> list[str]:
    """The element's own text gives way to `words`; what else is in it stays."""
    return [
        f"{where} {{font-size: 0 !important; visibility: hidden;}}",
        f"{where}::after {{content: {_quoted(words)}; font-size: {size}; visibility: visible;}}",
    ]


def _size(megabytes: int, formatter: Formatter) -> str:
    if megabytes < 1000:
        return formatter.say(Text("{n} MB", "{n} МБ"), n=formatter.number(megabytes))
    digits = 0 if megabytes % 1000 == 0 else 1
    return formatter.say(Text("{n} GB", "{n} ГБ"), n=formatter.number(megabytes / 1000, digits))


def _quoted(words: str) -> str:
    """As a string of CSS."""
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'
