import json
import re
from typing import Any

import pytest
from dagster import OpExecutionContext, job, op

from configs.errors import InputError
from configs.launchpad import launchpad_fields
from configs.stages.selection import SelectionConfig, without_replaced
from configs.strategies.strategy_config import InputType, StrategyInputConfig, StrategyType, StrategyTypeConfig
from configs.strategies.strategy_rules import INPUTS as INPUT_RULES
from configs.strategies.strategy_rules import STRATEGIES, VALID_PAIRS
from configs.validated import validated

DIVERSE = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
INPUTS: dict[str, dict[str, Any]] = {
    "EMBEDDINGS": {"type": "EMBEDDINGS"},
    "EMBEDDINGS of a tag": {"type": "EMBEDDINGS", "tag_name": "night"},
    "SCORES": {"type": "SCORES", "score": "uncertainty"},
    "METADATA": {"type": "METADATA", "key": "lux"},
    "PREDICTIONS CLASS_DISTRIBUTION": {"type": "PREDICTIONS", "task": "t", "name": "CLASS_DISTRIBUTION"},
    "PREDICTIONS CATEGORY_COUNT": {"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT"},
    "RANDOM": {"type": "RANDOM"},
}
AIMS: dict[str, dict[str, Any]] = {
    "DIVERSITY": {"type": "DIVERSITY"},
    "WEIGHTS": {"type": "WEIGHTS"},
    "THRESHOLD": {"type": "THRESHOLD", "threshold": 3, "operation": "BIGGER"},
    "BALANCE": {"type": "BALANCE", "distribution": "UNIFORM"},
    "SIMILARITY": {"type": "SIMILARITY"},
    "TYPICALITY": {"type": "TYPICALITY"},
}


def checked(*strategies: Any, **fields: Any) -> SelectionConfig:
    return validated(SelectionConfig, {"n_samples": 3, "strategies": list(strategies), **fields}, "selection_config")


@pytest.mark.parametrize("kind", INPUTS)
@pytest.mark.parametrize("aim", AIMS)
def test_every_pair_is_accepted_or_refused_as_the_table_says(kind: str, aim: str) -> None:
    entry = {"input": INPUTS[kind], "strategy": AIMS[aim]}
    if StrategyType(aim) in VALID_PAIRS[kind]:
        assert checked(entry).selection_config()["strategies"] == [entry]
    else:
        with pytest.raises(InputError, match=r"^selection_config\.strategies\[1\]") as error:
            checked(DIVERSE, entry)
        assert aim in str(error.value) and "\n" not in str(error.value)


def test_every_key_belongs_to_a_file_and_every_type_has_one() -> None:
    for table, model in ((INPUT_RULES, StrategyInputConfig), (STRATEGIES, StrategyTypeConfig)):
        used = {key for rules in table.values() for key in rules.KEYS.model_fields}
        assert used == set(model.model_fields) - {"type"}
        assert all(set(rules.REQUIRED) <= set(rules.KEYS.model_fields) for rules in table.values())
    assert set(INPUT_RULES) == set(InputType) and set(STRATEGIES) == set(StrategyType)
    assert {kind for rules in STRATEGIES.values() for kind in rules.WORKS_ON} == set(VALID_PAIRS)


def test_the_stages_have_the_same_files() -> None:
    from selection_assets.stages.selection.goals import goal_table

    for of_configs, of_stages in ((INPUT_RULES, goal_table.INPUTS), (STRATEGIES, goal_table.STRATEGIES)):
        names = {kind: rules.__name__.rpartition(".")[2] for kind, rules in of_configs.items()}  # type: ignore[attr-defined]
        assert {kind: file.__name__.rpartition(".")[2] for kind, file in of_stages.items()} == names  # type: ignore[attr-defined]


SCORES, LUX = {"type": "SCORES", "score": "s"}, {"type": "METADATA", "key": "lux"}


@pytest.mark.parametrize(
    ("strategy", "line"),
    [
        ({"input": LUX, "strategy": {"type": "THRESHOLD"}}, ".strategy.threshold is missing; THRESHOLD needs it"),
        ({"input": LUX, "strategy": {"type": "THRESHOLD", "threshold": "3"}},
         ".strategy.threshold: expected a number; the value given is '3'"),
        ({"input": LUX, "strategy": {"type": "THRESHOLD", "threshold": 3}},
         ".strategy.operation is missing; THRESHOLD needs it: one of SMALLER, SMALLER_EQUAL, BIGGER, BIGGER_EQUAL"),
        ({"input": LUX, "strategy": {"type": "THRESHOLD", "threshold": 3, "operation": "BIGER"}},
         ".strategy.operation: 'BIGER' does not exist; did you mean BIGGER?"),
        ({"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "THRESHOLD", "threshold": 3, "operation": "BIGGER"}},
         ": THRESHOLD does not work on EMBEDDINGS; use one of: DIVERSITY, TYPICALITY"),
        ({"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY", "threshold": 3}},
         ".strategy.threshold does not belong to DIVERSITY; it takes strength, stopping_condition_minimum_distance"),
        ({"input": {"type": "EMBEDDINGS", "key": "x"}, "strategy": {"type": "DIVERSITY"}},
         ".input.key does not belong to input EMBEDDINGS; it takes task, tag_name, dataset_id"),
        ({"input": {"type": "EMBEDING"}, "strategy": {"type": "DIVERSITY"}},
         ".input.type: 'EMBEDING' does not exist; did you mean EMBEDDINGS?"),
        ({"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY", "strenght": 3}},
         ".strategy.strenght does not exist; did you mean strength?"),
        ({"input": {"type": "RANDOM"}}, ".strategy is missing; give it"),
        ({"input": {"type": "RANDOM"}, "strategy": {}},
         ".strategy.type is missing; give one of DIVERSITY, WEIGHTS, THRESHOLD, BALANCE, SIMILARITY, TYPICALITY"),
        (7, ": expected a dictionary; the value given is 7"),
        ({"input": {"type": "SCORES"}, "strategy": {"type": "WEIGHTS"}},
         ".input.score is missing; input SCORES needs it"),
        ({"input": {"type": "PREDICTIONS", "task": "t"}, "strategy": {"type": "BALANCE"}},
         ".input.name is missing; input PREDICTIONS needs it: one of CLASS_DISTRIBUTION, CATEGORY_COUNT"),
        ({"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "SIMILARITY"}},
         ".input.tag_name is missing; SIMILARITY needs the tag whose samples to resemble"),
        ({"input": {"type": "EMBEDDINGS", "tag_name": "no"}, "strategy": {"type": "SIMILARITY"}},
         ".input.tag_name: 'no' is too short; tags have at least 3 characters"),
        ({"input": {"type": "EMBEDDINGS", "tag_name": "night", "dataset_id": "A" * 24},
          "strategy": {"type": "SIMILARITY"}},
         f".input.dataset_id: '{'A' * 24}' is no id; ids have 24 hexadecimal digits"),
        ({"input": {"type": "EMBEDDINGS", "dataset_id": "a" * 24}, "strategy": {"type": "SIMILARITY"}},
         f".input.tag_name is missing; name the tag of dataset {'a' * 24}"),
        ({"input": {"type": "EMBEDDINGS", "task": "yolo"}, "strategy": {"type": "DIVERSITY"}},
         ".input.task: embeddings of objects are not supported yet; leave it out"),
        ({"input": LUX, "strategy": {"type": "BALANCE"}},
         ".strategy.target is missing; give shares such as {'car': 0.5}, or distribution UNIFORM or INPUT"),
        ({"input": LUX, "strategy": {"type": "BALANCE", "target": {"sun": -1}}},
         ".strategy.target.sun: must be at least 0; the value given is -1"),
        ({"input": LUX, "strategy": {"type": "BALANCE", "target": {"sun": 0}}},
         ".strategy.target: all shares are 0; give at least one class a share"),
        ({"input": LUX, "strategy": {"type": "BALANCE", "target": {"sun": 1}, "distribution": "INPUT"}},
         ".strategy.target does not go with distribution INPUT; leave one out"),
        ({"input": SCORES, "strategy": {"type": "WEIGHTS", "target_range": {"min_sum": 3}}},
         ".strategy.target_range.max_sum is missing; give it"),
        ({"input": SCORES, "strategy": {"type": "WEIGHTS", "target_range": {"min_sum": 3, "max_sum": 2}}},
         ".strategy.target_range: min_sum 3 is above max_sum 2; exchange them"),
        ({"input": SCORES, "strategy": {"type": "WEIGHTS", "stopping_condition_max_sum": 1,
                                        "target_range": {"min_sum": 3, "max_sum": 4}}},
         ".strategy.target_range and stopping_condition_max_sum exclude each other; leave one out"),
        ({"input": SCORES, "strategy": {"type": "WEIGHTS", "strength": 2e9}},
         ".strategy.strength: must be at most 1e+09; the value given is 2000000000.0"),
        ({"input": SCORES, "strategy": {"type": "WEIGHTS", "strength": float("inf")}},
         ".strategy.strength: expected a finite number; the value given is inf"),
        ({"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "TYPICALITY", "num_nearest_neighbors": 1}},
         ".strategy.num_nearest_neighbors: must be at least 2; the value given is 1"),
        ({"input": {"type": "EMBEDDINGS"},
          "strategy": {"type": "TYPICALITY", "stopping_condition_minimum_typicality": 0}},
         ".strategy.stopping_condition_minimum_typicality: must be more than 0; the value given is 0"),
        ({"input": {"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT", "categories": ["a", "a"]},
          "strategy": {"type": "WEIGHTS"}},
         ".input.categories[1]: 'a' is named twice; name each class once"),
        ({"input": {"type": "PREDICTIONS", "task": "t", "name": "CLASS_DISTRIBUTION", "categories": ["a"]},
          "strategy": {"type": "BALANCE", "distribution": "INPUT"}},
         ".input.categories belongs to the name CATEGORY_COUNT; leave it out"),
        ({"input": {"type": "RANDOM", "random_seed": "1"}, "strategy": {"type": "WEIGHTS"}},
         ".input.random_seed: expected a whole number; the value given is '1'"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_with_the_path(strategy: Any, line: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape('selection_config.strategies[1]' + line)}$"):
        checked(DIVERSE, strategy)


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"n_samples": None}, "selection_config: there is neither n_samples nor proportion_samples"),
        ({"proportion_samples": 0.5}, "selection_config: there are both n_samples and proportion_samples"),
        ({"n_samples": "3"}, "selection_config.n_samples: expected a whole number"),
        ({"n_samples": True}, "selection_config.n_samples: expected a whole number"),
        ({"n_samples": 3.0}, "selection_config.n_samples: expected a whole number"),
        ({"n_samples": -2}, "selection_config.n_samples: must be at least -1"),
        ({"n_samples": 0}, "selection_config.n_samples: 0 keeps nothing"),
        ({"n_samples": None, "proportion_samples": 0}, "selection_config.proportion_samples: 0 keeps nothing"),
        ({"n_samples": None, "proportion_samples": 1.5}, "selection_config.proportion_samples: must be at most 1"),
        ({"n_samples": None, "proportion_samples": "0.5"}, "selection_config.proportion_samples: expected a number"),
        ({"strategies": []}, "selection_config.strategies is missing; n_samples needs at least one strategy"),
        ({"strategies": DIVERSE}, "selection_config.strategies: expected a list"),
        ({"method": "random"}, "selection_config: method and strategies exclude each other"),
        ({"stopping_condition": {"n_samples": 3}}, "selection_config: stopping_condition and strategies exclude"),
    ],
)  # fmt: skip
def test_numbers_and_generations(fields: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(line)}"):
        validated(SelectionConfig, {"n_samples": 3, "strategies": [DIVERSE], **fields}, "selection_config")


def test_a_task_without_coral_is_refused() -> None:
    with pytest.raises(InputError, match=r"^x\.active_learning_task_name: scores select with method coral, not"):
        validated(SelectionConfig, {"method": "random", "active_learning_task_name": "yolo"}, "x")
    validated(SelectionConfig, {"method": "coral", "active_learning_task_name": "yolo"}, "x")


def test_asked_and_min_distance_of_both_generations() -> None:
    older = SelectionConfig(stopping_condition={"proportion_samples": 0.5, "min_distance": 0.2})  # type: ignore[arg-type]
    assert (older.asked, older.min_distance) == (0.5, 0.2)
    near = {**DIVERSE, "strategy": {"type": "DIVERSITY", "stopping_condition_minimum_distance": 0.1}}
    assert (checked(near, DIVERSE).asked, checked(near, DIVERSE).min_distance) == (3, 0.1)
    assert checked(DIVERSE, n_samples=-1).asked is None
    assert checked(DIVERSE, n_samples=None, proportion_samples=1).asked == 1.0


def test_it_can_be_given_in_the_launchpad() -> None:
    """Dagster's own schema takes the same shape, and gives the same config."""
    seen: list[SelectionConfig] = []
    entries = [{"input": INPUTS[kind], "strategy": AIMS[aims[-1].value]} for kind, aims in VALID_PAIRS.items()]
    entries[2]["strategy"] = {"type": "WEIGHTS", "strength": -2, "target_range": {"min_sum": 1, "max_sum": 2.5}}
    entries[3]["strategy"] = {"type": "BALANCE", "target": {"sun": 0.5, "rain": 1}}

    @op(config_schema=launchpad_fields(SelectionConfig))
    def taken(context: OpExecutionContext) -> None:
        seen.append(validated(SelectionConfig, context.op_config, "selected_samples"))

    @job
    def alone() -> None:
        taken()

    for named in ({"n_samples": 9, "strategies": entries}, {}):
        assert alone.execute_in_process(run_config={"ops": {"taken": {"config": named}}}).success
    assert seen[0].selection_config() == checked(*entries, n_samples=9).selection_config()
    assert json.loads(json.dumps(seen[0].selection_config())) == {"n_samples": 9, "strategies": entries}
    assert seen[1] == SelectionConfig()


@pytest.mark.parametrize(
    ("stored", "named", "left"),
    [
        ({"method": "random", "seed": 3}, {"strategies": [DIVERSE], "n_samples": 2}, {"seed": 3}),
        ({"strategies": [DIVERSE], "n_samples": 2, "seed": 3}, {"method": "random"}, {"seed": 3}),
        ({"strategies": [DIVERSE], "n_samples": 2}, {"strategies": []}, {}),
        ({"strategies": [DIVERSE], "n_samples": 2}, {"proportion_samples": 0.5}, {"strategies": [DIVERSE]}),
        ({"strategies": [DIVERSE], "n_samples": 2}, {"seed": 4}, {"strategies": [DIVERSE], "n_samples": 2}),
        ({"stopping_condition": {"n_samples": 2, "min_distance": 0.1}},
         {"stopping_condition": {"proportion_samples": 0.5}}, {"stopping_condition": {"min_distance": 0.1}}),
    ],
)  # fmt: skip
def test_what_a_run_names_replaces_what_is_stored(stored: Any, named: Any, left: Any) -> None:
    assert without_replaced(stored, named) == left
