"""The tables of docs/selection.md name the keys of every strategy and input."""

import re
from pathlib import Path

from configs.strategies.strategy_config import InputType, StrategyType
from configs.strategies.strategy_rules import INPUTS, STRATEGIES

PAGE = (Path(__file__).parents[3] / "docs" / "selection.md").read_text(encoding="utf-8")


def documented(header: str) -> dict[str, set[str]]:
    rows = re.findall(r"^\| ([A-Z]+) \| (.*?) \|", PAGE.partition(header)[2].partition("\n\n")[0], re.MULTILINE)
    found: dict[str, set[str]] = {}
    for name, keys in rows:
        found.setdefault(name, set()).update(re.findall(r"`([a-z_]+)`", keys))
    return found


def test_keys_of_strategies() -> None:
    found = documented("| `strategy` | Keys |")
    assert set(found) == set(StrategyType)
    for name, rules in STRATEGIES.items():
        nested = {"min_sum", "max_sum"} if "target_range" in rules.KEYS.model_fields else set()
        assert found[name] == set(rules.KEYS.model_fields) | nested, name


def test_keys_of_inputs() -> None:
    found = documented("| `input` | Keys |")
    assert set(found) == set(InputType)
    for name, rules in INPUTS.items():
        keys = set(rules.KEYS.model_fields) - ({"task"} if name == "EMBEDDINGS" else set())  # not supported yet
        assert found[name] - {"seed"} == keys, name
