"""Invented names of people and companies. Any likeness is chance; every domain ends in .example."""

from __future__ import annotations

import re

from .world import Dice

FIRST = (
    "Adele Aiko Amir Anders Anika Arjun Beatriz Bram Callum Carla Chidi Clara Dana Dario Edith Elias Emeka Esther "
    "Fadi Farah Felix Freya Gael Greta Hana Hugo Ilse Imani Ivo Jasper Joana Kamal Keira Lars Leila Linus Mabel "
    "Malik Marta Mateo Mina Nadia Nils Noor Odette Oscar Petra Priya Quentin Rafael Rhea Rosa Ruben Sana Silas "
    "Sofia Stellan Tamsin Tariq Theo Uma Vera Viktor Wanda Wesley Yara Yusuf Zelda Zora"
).split()
LAST = (
    "Abara Ackland Almgren Ashdown Barlowe Bexley Birkett Brandvold Calloway Castellan Coldwell Corrigan Dalby "
    "Delacour Desrosier Dunmore Eastlake Ekström Elphick Fairbairn Farrow Fenwick Galbraith Garroway Goswick "
    "Grimaldo Hallam Hartwell Heskett Holloway Ibarra Inglewood Jardine Jessop Kaminsky Kestrel Kingsley "
    "Kovalenko Lachlan Lindqvist Lockhart Maddern Marchetti Merrow Montrose Nakata Nightingale Norwood Oakes "
    "Okafor Oyelaran Pascoe Pemberton Quillfeather Radcliff Rasmusen Redfern Rosswell Sandoval Sefton Shirazi "
    "Stanhope Sutherby Tamura Thackeray Tillman Umberto Vandermeer Varga Wakefield Wexford Whitlock Winterbourne "
    "Yarrow Zimmerlin"
).split()
HEADS = (
    "Alder Amber Anchor Arbor Argent Ashgrove Aspenford Atlasby Auroral Basalt Bayside Beaconhurst Birch Bluebell "
    "Boreal Bramble Brightwater Bronze Canyon Cordwain Cascade Cedar Cinder Clearfield Cobalt Copper Coral "
    "Crestline Crossfield Dawn Delphine Driftwood Eastgate Ember Everwick Falconbury Fairway Fernhill Firth Flint "
    "Foxglove Garnet Glacier Goldcrest Granite Greenway Harbor Hazel Heron Highmoor Hollow Indigo Ironwood Ivory "
    "Juniper Keystrand Lakeshore Lantern Larch Laurel Linden Lodestar Maple Marble Meadow Merrowdale Millbrook "
    "Mistral Moorland Northbank Oakridge Obsidian Onyx Opal Orchardby Osprey Pebblewick Pine Pinebrook Plover "
    "Quarry Quartz Ravine Redstone Ridgeway Riverbend Rowan Saffron Sandpiper Senna Silverline Skylark Slate "
    "Solstice Sparrow Summerford Sycamore Tamarack Thistle Tidewater Timber Topazine Tundra Umber Vale Verdant "
    "Vintner Waypoint Westfall Willow Windmere Wren Zephyr"
).split()
TAILS = {
    "Professional Services": ("Advisory", "Partners", "Legal", "Consulting"),
    "Healthcare": ("Clinics", "Health", "Dental", "Care"),
    "Manufacturing": ("Fabrication", "Works", "Tooling", "Industries"),
    "Retail": ("Outfitters", "Stores", "Market", "Goods"),
    "Financial Services": ("Capital", "Insurance", "Credit", "Wealth"),
    "Logistics": ("Freight", "Logistics", "Couriers", "Shipping"),
    "Education": ("Academy", "Learning", "College", "Schools"),
    "Construction": ("Builders", "Civil", "Homes", "Contracting"),
    "Media": ("Press", "Studios", "Broadcast", "Publishing"),
}
COUNTRIES = {
    "United States": ("North America", 46.0),
    "Canada": ("North America", 11.0),
    "United Kingdom": ("EMEA", 15.0),
    "Germany": ("EMEA", 8.0),
    "Netherlands": ("EMEA", 6.0),
    "United Arab Emirates": ("EMEA", 4.0),
    "Australia": ("APAC", 6.0),
    "Singapore": ("APAC", 4.0),
}


class CompanyNames:
    """Draws company names without repeating one."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice
        self._pairs = [(head, tail, industry) for head in HEADS for industry, tails in TAILS.items() for tail in tails]
        dice.shuffle(self._pairs)

    def draw(self) -> tuple[str, str, str]:
        """(company name, domain, industry)."""
        head, tail, industry = self._pairs.pop()
        name = f"{head} {tail}" + self._dice.choice(("", "", "", " Group", " Ltd", " Inc"))
        return name, f"{head}{tail}.example".lower(), industry


def person(dice: Dice) -> tuple[str, str]:
    """(first name, last name)."""
    return dice.choice(FIRST), dice.choice(LAST)


def mailbox(first: str, last: str, domain: str) -> str:
    """first.last@domain in plain ASCII."""
    local = f"{first}.{last}".lower().translate(str.maketrans("öåäéü", "oaaeu"))
    return f"{re.sub(r'[^a-z.]', '', local)}@{domain}"
