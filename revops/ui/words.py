"""Words that several screens share."""

from __future__ import annotations

from revops.analysis.core import Compare
from revops.metrics.core import Grain
from revops.text import Language, Text

LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "ru": "Русский"}
PRODUCT = Text("RevOps workbench", "RevOps: рабочее место")
GRAINS = {
    Grain.WEEK: Text("Week", "Неделя"),
    Grain.MONTH: Text("Month", "Месяц"),
    Grain.QUARTER: Text("Quarter", "Квартал"),
    Grain.YEAR: Text("Year", "Год"),
}
COMPARES = {
    Compare.PREVIOUS: Text("Previous period", "К предыдущему периоду"),
    Compare.LAST_YEAR: Text("Same period last year", "К тому же периоду прошлого года"),
    Compare.CUSTOM: Text("Custom dates", "Со своими датами"),
    Compare.NONE: Text("No comparison", "Без сравнения"),
}
DEPARTMENTS = {
    "revenue": Text("Revenue", "Доходы"),
    "marketing": Text("Marketing", "Маркетинг"),
    "sales": Text("Sales", "Продажи"),
    "success": Text("Customer success", "Работа с клиентами"),
}
DOWNLOAD = Text("Download CSV", "Скачать CSV")
OPEN_DEMO = Text("Open the demo", "Открыть демо")
GO_IMPORT = Text("Import files", "Загрузить файлы")
ROWS = Text("row|rows", "строка|строки|строк")
FILES = Text("file|files", "файл|файла|файлов")
