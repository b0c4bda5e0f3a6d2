from configs.run_settings import plain, resolve
from configs.spellings.flat_options import flat_values
from selection_assets.stages.reporting.facts.steps import (
    Step,
    shown_options,
    shown_settings,
    steps_of,
    timings,
    warnings,
)

CHECK = Step("checked_samples", 4.0, ("a", "b"), {"max_pixels": 5})
SELECT = Step("selected_samples", 0.5, ("b", "c"), {})


def test_steps_stand_in_the_order_of_the_run_and_count_once() -> None:
    check = {"name": "checked_samples", "seconds": 4, "warnings": ["a", "b"], "settings": {"max_pixels": 5}}
    found = steps_of(
        {
            "mine": {"step": {"name": "mine", "seconds": 1.5}},
            "selected_samples": {"step": {"name": "selected_samples", "seconds": 0.5, "warnings": ["b", "c"]}},
            "thumbnails": {"step": check},
            "checked_samples": {"step": check, "other": 1},
            "old": {},
        }
    )
    assert found == [CHECK, SELECT, Step("mine", 1.5, (), {})]
    assert steps_of({}) == []


def test_timings_and_warnings() -> None:
    assert list(timings([CHECK, SELECT]).items()) == [("checked_samples", 4.0), ("selected_samples", 0.5)]
    assert warnings([CHECK, SELECT]) == ["a", "b", "c"]
    assert warnings([CHECK], ["d", "a"]) == ["a", "b", "d"]


def test_settings_of_a_step_replace_those_of_this_run() -> None:
    of_this_run = {"checked_samples": {"max_pixels": 7, "num_workers": 2}, "selected_samples": {"seed": 3}}
    assert shown_settings([CHECK, SELECT], of_this_run) == {
        "checked_samples": {"max_pixels": 5},
        "selected_samples": {"seed": 3},
    }


def test_all_settings_of_a_run_give_all_options() -> None:
    settings = resolve({"selected_samples": {"seed": 7}})
    options = shown_options({stage: plain(config) for stage, config in settings.items()})
    assert options == flat_values(settings)
    assert options["seed"] == 7


def test_options_of_stages_that_are_not_shown_are_left_out() -> None:
    assert shown_options({}) == {}
    options = shown_options({"report": {"n_example_images": 4}})
    assert options["n_example_images"] == 4
    assert options["memory_requirement_in_GB"] == 2.0  # the default of the stage
    assert not [key for key in options if not key.startswith(("n_example", "memory", "savings."))]


def test_settings_of_another_version_are_left_out_of_the_options() -> None:
    options = shown_options({"checked_samples": {"gone": 1}, "report": {"n_example_images": 4}})
    assert "n_example_images" in options
    assert not [key for key in options if key.startswith("corruptness_check")]


def test_strategies_stand_in_place_of_the_method() -> None:
    strategies = [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]
    selection = plain(resolve({"selected_samples": {"strategies": strategies, "n_samples": 5}})["selected_samples"])
    options = shown_options({"selected_samples": selection})
    assert options["selection_config.n_samples"] == 5
    assert "method" not in options
    assert not [key for key in shown_options({"report": {}}) if key.startswith("selection_config")]
