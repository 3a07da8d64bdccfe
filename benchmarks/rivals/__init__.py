"""Each metric by month and segment as an analyst would write it, in DuckDB SQL and in pandas.

Written from the metrics' definitions, without the product's code: so they check its numbers as well as its speed.
"""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.rivals.frames import Frames, Months, Rival
from benchmarks.rivals.pandas_costs import COSTS as PANDAS_COSTS
from benchmarks.rivals.pandas_leads import LEADS as PANDAS_LEADS
from benchmarks.rivals.pandas_recurring import RECURRING as PANDAS_RECURRING
from benchmarks.rivals.pandas_sales import SALES as PANDAS_SALES
from benchmarks.rivals.pandas_service import SERVICE as PANDAS_SERVICE
from benchmarks.rivals.sql_costs import COSTS
from benchmarks.rivals.sql_leads import LEADS
from benchmarks.rivals.sql_recurring import RECURRING
from benchmarks.rivals.sql_sales import SALES
from benchmarks.rivals.sql_service import SERVICE

__all__ = ["MONTH_ALONE", "PANDAS", "SQL", "WITHOUT", "Frames", "Months", "Rival"]

SQL: Mapping[str, str] = {**RECURRING, **SALES, **SERVICE, **LEADS, **COSTS}
PANDAS: Mapping[str, Rival] = {**PANDAS_RECURRING, **PANDAS_SALES, **PANDAS_SERVICE, **PANDAS_LEADS, **PANDAS_COSTS}

_SPEND = "spend names no segment"
MONTH_ALONE: Mapping[str, str] = {  # metric -> why it has no segments
    **dict.fromkeys(("spend", "cac", "paid_cac", "cac_lagged", "cac_payback", "ltv_cac", "magic_number"), _SPEND),
    "quota_attainment": "quotas are people's, who belong to no segment",
}
WITHOUT: Mapping[str, str] = {}  # metric -> why it has no rivals
