"""What a strategy asked for and reached, in words for the tables of the report. The numbers are in report.json."""

from collections.abc import Mapping
from typing import Any

SIGNS = {"SMALLER": "<", "SMALLER_EQUAL": "≤", "BIGGER": ">", "BIGGER_EQUAL": "≥"}
AIMS = {
    "DIVERSITY": ("samples far from each other", "samples near to each other"),
    "WEIGHTS": ("high values", "low values"),
    "SIMILARITY": ("samples like those of the tag", "samples unlike those of the tag"),
    "TYPICALITY": ("samples amid many others", "samples far from all others"),
    "BALANCE": ("", "the opposite of"),
}
MAX_CLASSES = 8


def asked_text(goal: Mapping[str, Any]) -> str:
    """What was asked for. `goal` is one entry of `selection.strategies` in the report."""
    asked, strategy = goal["asked"], goal["strategy"]["type"]
    if strategy == "THRESHOLD":
        return f"only values {SIGNS[asked['operation']]} {asked['threshold']:g}"
    if not goal["strength"]:
        return "nothing: its strength is 0"
    aim = AIMS[strategy][goal["strength"] < 0]
    if "shares" in asked:
        return f"{aim} {_shares(asked['shares'])}".strip()
    limits = {
        "minimum_distance": "none nearer than {:g}",
        "minimum_typicality": "none less typical than {:g}",
        "neighbors": "looking at {} neighbours",
    }
    found = [text.format(asked[name]) for name, text in limits.items() if name in asked]
    if "min_sum" in asked:
        return f"a sum from {asked['min_sum']:g} to {asked['max_sum']:g}"
    if "max_sum" in asked:
        found.append(f"a sum of at most {asked['max_sum']:g}")
    return ", ".join([aim, *found])


def reached_text(goal: Mapping[str, Any]) -> str:
    """What was reached, beside what the input would have given."""
    reached = goal["reached"]
    if "kept" in reached:
        return f"{reached['removed']:,} samples removed, {reached['kept']:,} left"
    if "shares" in reached:
        return (
            f"{_shares(reached['shares'])}: {100 * reached['agreement']:.0f}% agreement "
            f"(input: {_shares(reached['shares_of_input'])})"
        )
    found = []
    if reached.get("smallest_distance") is not None:
        smallest, mean = reached["smallest_distance"], reached["mean_distance"]
        found.append(f"every pick at least {smallest:.3f} from all before it, {mean:.3f} on average")
    if reached.get("mean_of_picks") is not None:
        found.append(f"mean {_number(reached['mean_of_picks'])} (input: {_number(reached['mean_of_input'])})")
    if "sum" in reached:
        found.append(f"sum {_number(reached['sum'])}")
    return ", ".join(found) or "–"


def _shares(shares: Mapping[str, float]) -> str:
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    shown = [f"{name} {100 * share:.0f}%" for name, share in ordered[:MAX_CLASSES]]
    return ", ".join(shown) + (f", {len(ordered) - MAX_CLASSES} more" if len(ordered) > MAX_CLASSES else "")


def _number(value: float) -> str:
    return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
