"""The customer-facing people: who they are, when they worked here, what they were asked to sell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .world import END, START, Dice


@dataclass(frozen=True)
class Person:
    """One row of team.csv. `cost` is US dollars a month, `skill` multiplies the odds of winning."""

    name: str
    team: str
    role: str
    manager: str
    start: datetime
    end: datetime | None
    quota: int
    cost: int
    department: str
    skill: float = 1.0

    def works_on(self, day: datetime) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


# team, role, manager, start, end, quarterly quota in US dollars, cost a month, department
_ROSTER = """
Leadership|Chief Revenue Officer||2021-02-01|||15500|Sales|Ingrid Solvang
Marketing|Head of Marketing|Ingrid Solvang|2021-06-14|||11000|Marketing|Paulo Figueira
Marketing|Demand Generation Manager|Paulo Figueira|2022-03-01|||6800|Marketing|Tess Hargrove
Marketing|Content Manager|Paulo Figueira|2022-09-05|||5600|Marketing|Anouk Verhoeven
Marketing|Paid Media Specialist|Paulo Figueira|2023-04-03|2025-06-30||5800|Marketing|Dmitri Aslanov
Marketing|Paid Media Specialist|Paulo Figueira|2025-07-14|||6000|Marketing|Meera Castellino
Marketing|Events Manager|Paulo Figueira|2023-02-06|||5400|Marketing|Jonah Pryce
Marketing|Product Marketing Manager|Paulo Figueira|2024-05-13|||7000|Marketing|Liv Sundgren
Marketing|Marketing Operations Analyst|Paulo Figueira|2024-01-15|||6100|Marketing|Kofi Adomako
Revenue Operations|Head of Revenue Operations|Ingrid Solvang|2025-09-15|||9800|Sales|Marisol Quade
Revenue Operations|Revenue Operations Analyst|Marisol Quade|2025-10-20|||6400|Sales|Edwin Tarrant
Sales Development|SDR Lead|Ingrid Solvang|2022-08-01|||5600|Sales|Bianca Orlov
Sales Development|SDR|Bianca Orlov|2023-01-09|2024-04-30||4200|Sales|Cody Marlin
Sales Development|SDR|Bianca Orlov|2023-03-20|2025-02-28||4200|Sales|Priti Nagarkar
Sales Development|SDR|Bianca Orlov|2023-08-14|||4300|Sales|Leon Abascal
Sales Development|SDR|Bianca Orlov|2024-05-06|||4300|Sales|Hattie Crowe
Sales Development|SDR|Bianca Orlov|2024-09-02|2026-01-31||4300|Sales|Milan Petrak
Sales Development|SDR|Bianca Orlov|2025-03-10|||4400|Sales|Sunniva Dahl
Sales Development|SDR|Bianca Orlov|2026-02-09|||4400|Sales|Tobias Renn
SMB Sales|SMB Sales Manager|Ingrid Solvang|2022-01-10||42000|8200|Sales|Gwen Astley
SMB Sales|Account Executive|Gwen Astley|2022-10-03||56000|6200|Sales|Marcus Feld
SMB Sales|Account Executive|Gwen Astley|2023-02-13|2025-05-31|52000|6000|Sales|Olga Brandt
SMB Sales|Account Executive|Gwen Astley|2024-02-05||54000|6000|Sales|Raj Venkatesan
SMB Sales|Account Executive|Gwen Astley|2025-05-19||54000|6100|Sales|Camille Duroc
Mid-Market Sales|Mid-Market Sales Manager|Ingrid Solvang|2021-09-06||60000|9400|Sales|Henrik Aldous
Mid-Market Sales|Account Executive|Henrik Aldous|2022-05-16||98000|7300|Sales|Simone Achebe
Mid-Market Sales|Account Executive|Henrik Aldous|2023-06-05||95000|7300|Sales|Patrick Lowell
Mid-Market Sales|Account Executive|Henrik Aldous|2024-03-18|2025-12-31|95000|7200|Sales|Yuki Tanimoto
Mid-Market Sales|Account Executive|Henrik Aldous|2026-01-12||95000|7400|Sales|Dalia Mansour
Enterprise Sales|Enterprise Sales Manager|Ingrid Solvang|2022-02-21||90000|10500|Sales|Robert Thane
Enterprise Sales|Account Executive|Robert Thane|2022-11-07||140000|9200|Sales|Ines Carvalho
Enterprise Sales|Account Executive|Robert Thane|2024-06-03||140000|9200|Sales|Samuel Okoro
Moscow Office|Country Manager|Ingrid Solvang|2022-04-04||30000|4200|Sales|Елена Мартынова
Moscow Office|Менеджер по продажам|Елена Мартынова|2022-07-18||18000|2300|Sales|Игорь Савельев
Moscow Office|Менеджер по продажам|Елена Мартынова|2023-05-15|2025-08-31|18000|2300|Sales|Анна Лебедянская
Moscow Office|Менеджер по продажам|Елена Мартынова|2025-09-01||18000|2400|Sales|Павел Громыкин
Customer Success|Head of Customer Success|Ingrid Solvang|2021-11-01|||9600|Customer Success|Naomi Estrin
Customer Success|Customer Success Manager|Naomi Estrin|2022-03-14||36000|5600|Customer Success|Viktor Hale
Customer Success|Customer Success Manager|Naomi Estrin|2022-12-05||36000|5600|Customer Success|Amara Nwosu
Customer Success|Customer Success Manager|Naomi Estrin|2023-07-10|2025-03-31|34000|5500|Customer Success|Julian Pereda
Customer Success|Customer Success Manager|Naomi Estrin|2024-04-08||36000|5600|Customer Success|Kirsten Boyle
Customer Success|Customer Success Manager|Naomi Estrin|2025-04-07||36000|5700|Customer Success|Farid Nasser
Customer Success|Onboarding Specialist|Naomi Estrin|2023-09-18|||4600|Customer Success|Molly Trent
Customer Success|Onboarding Specialist|Naomi Estrin|2024-10-14|||4600|Customer Success|Desmond Gray
Customer Success|Renewals Manager|Naomi Estrin|2024-01-22||60000|6200|Customer Success|Astrid Koenig
"""

SALES_TEAM = {"SMB": "SMB Sales", "Mid-Market": "Mid-Market Sales", "Enterprise": "Enterprise Sales"}


def roster() -> list[Person]:
    """Everyone customer-facing who worked here in the three years, in the order of the org chart."""
    dice = Dice("team")
    people = []
    for line in _ROSTER.strip().splitlines():
        team, role, manager, start, end, quota, cost, department, name = line.split("|")
        people.append(
            Person(
                name=name,
                team=team,
                role=role,
                manager=manager,
                start=datetime.fromisoformat(start),
                end=datetime.fromisoformat(end) if end else None,
                quota=int(quota or 0),
                cost=int(cost),
                department=department,
                skill=round(dice.uniform(0.8, 1.2), 3),
            )
        )
    return people


def someone(dice: Dice, people: list[Person], team: str, day: datetime, *, seller: bool = True) -> Person:
    """A member of the team who works here on that day; sellers are those with a quota."""
    day = min(max(day, START), END)
    able = [p for p in people if p.team == team and p.works_on(day) and (p.quota or not seller)]
    return dice.choice(able)
