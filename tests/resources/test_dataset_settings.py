from pathlib import Path

import pytest

from resources.dataset_settings import effective_settings, store_settings, stored_settings


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))


def test_run_config_overrides_only_what_it_names() -> None:
    store_settings("a", {"embeddings": {"loader": {"batch_size": 4}, "append_weak_labels": True}})
    run_config = {"ops": {"embeddings": {"config": {"loader": {"num_workers": 2}}}}}
    assert effective_settings("a", run_config) == {
        "embeddings": {"loader": {"batch_size": 4, "num_workers": 2}, "append_weak_labels": True}
    }


def test_a_dataset_without_settings_has_those_of_the_run_config() -> None:
    assert effective_settings("new", {"resources": {"datasource": {"config": {"input_dir": "/x"}}}}) == {
        "datasource": {"input_dir": "/x"}
    }


def test_the_name_of_one_run_folder_is_not_kept() -> None:
    store_settings("a", {"run_folder": {"output_dir": "/out", "run_directory": "first"}})
    assert stored_settings("a") == {"run_folder": {"output_dir": "/out"}}


def test_strategies_of_a_run_replace_the_stored_method() -> None:
    store_settings("a", {"selected_samples": {"method": "random", "stopping_condition": {"n_samples": 3}, "seed": 5}})
    strategies = [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]
    run_config = {"ops": {"selected_samples": {"config": {"n_samples": 4, "strategies": strategies}}}}
    assert effective_settings("a", run_config) == {
        "selected_samples": {"seed": 5, "n_samples": 4, "strategies": strategies}
    }
