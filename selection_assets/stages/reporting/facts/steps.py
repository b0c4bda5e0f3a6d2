"""What the steps of a run tell about themselves: the facts that travel with each table.

A report shows tables that may be older than the run that writes it. Its settings, timings and warnings are those of
the steps that made these tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from configs.errors import InputError
from configs.run_settings import STAGES, config_class
from configs.spellings.flat_options import flat_values
from configs.spellings.options import OPTIONS
from configs.stages.base import StageConfig
from configs.validated import validated


@dataclass(frozen=True)
class Step:
    """A step as it was when it made its table.

    Attributes:
        name: of the step, which is that of its table.
        seconds: that it took.
        warnings: of the step, one sentence each.
        settings: its config, as plain nested values.
    """

    name: str
    seconds: float
    warnings: Sequence[str]
    settings: Mapping[str, Any]


def steps_of(table_facts: Mapping[str, Mapping[str, Any]]) -> list[Step]:
    """The steps that made the tables, in the order of the run.

    Args:
        table_facts: the facts of each table by its name; `step` holds name, seconds, warnings and settings. A step that
            made several tables counts once; a table without `step` is left out.
    """
    found: dict[str, Step] = {}
    for facts in table_facts.values():
        if step := facts.get("step"):
            found.setdefault(
                str(step["name"]),
                Step(
                    str(step["name"]),
                    float(step["seconds"]),
                    tuple(map(str, step.get("warnings") or ())),
                    dict(step.get("settings") or {}),
                ),
            )
    order = list(STAGES)
    return sorted(found.values(), key=lambda step: order.index(step.name) if step.name in order else len(order))


def timings(steps: Sequence[Step]) -> dict[str, float]:
    """Seconds by step, in the order of the run."""
    return {step.name: step.seconds for step in steps}


def warnings(steps: Sequence[Step], of_this_run: Sequence[str] = ()) -> list[str]:
    """The warnings of the steps in the order of the run, then those of this run; each once."""
    return list(dict.fromkeys([*(line for step in steps for line in step.warnings), *of_this_run]))


def shown_settings(steps: Sequence[Step], of_this_run: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Plain settings by stage: of the steps that made the tables, and of this run for all others, such as the report
    itself."""
    return {**of_this_run, **{step.name: step.settings for step in steps if step.settings}}


def shown_options(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The settings in the flat dotted spelling, without stages that are not among them.

    Settings that this version does not know, for their table was made by another one, are left out as well:
    `shown_settings` holds them as they are.
    """
    typed, known = typed_settings(settings)
    return {
        key: value
        for key, value in flat_values(typed).items()
        if (OPTIONS[key].stage if key in OPTIONS else "selected_samples") in known
    }


def typed_settings(settings: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, StageConfig], set[str]]:
    """Every stage's typed config, and which stages they are known of: of others, these are the defaults."""
    typed: dict[str, StageConfig] = {}
    known: set[str] = set()
    for stage in (*STAGES, "datasource", "run_folder"):
        try:
            typed[stage] = validated(config_class(stage), settings.get(stage, {}), stage)
            known |= {stage} & settings.keys()
        except InputError:
            typed[stage] = config_class(stage)()
    return typed, known
