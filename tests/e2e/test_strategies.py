"""Selection by strategies: dictionaries as files, beside the engine called directly; what can be wrong in them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from configs.strategies.balance import Balance
from configs.strategies.diversity import Diversity
from configs.strategies.threshold import Threshold
from configs.strategies.weights import Weights
from selection_assets.command.main import main
from selection_assets.stages.selection.engine import select
from selection_assets.stages.selection.goals.embeddings import Embeddings
from selection_assets.stages.selection.goals.metadata import Metadata
from selection_assets.stages.selection.goals.request import Goal, SelectionRequest
from selection_assets.stages.selection.goals.scores import Scores
from tests.e2e.conftest import SMALL_MODEL, Winnow

N = 80
TARGET = {"sun": 0.4, "rain": 0.3, "snow": 0.3}
STRATEGIES = [
    {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY", "strength": 2.0}},
    {"input": {"type": "SCORES", "score": "al_score"}, "strategy": {"type": "WEIGHTS"}},
    {"input": {"type": "METADATA", "key": "weather"}, "strategy": {"type": "BALANCE", "target": TARGET}},
    {"input": {"type": "METADATA", "key": "lux"},
     "strategy": {"type": "THRESHOLD", "threshold": 100, "operation": "BIGGER"}},
]  # fmt: skip


def table() -> pl.DataFrame:
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(N, 6)).astype(np.float32)
    return pl.DataFrame(
        {
            "filenames": [f"{row:03d}.jpg" for row in range(N)],
            **{f"embedding_{i}": vectors[:, i] for i in range(6)},
            "labels": [0] * N,
            "al_score": rng.random(N).round(3),
            "weather": rng.choice(["sun", "rain", "snow"], N, p=[0.8, 0.15, 0.05]),
            "lux": rng.integers(0, 500, N),
            "tag.night": [0] * N,
        }
    )


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """shared/ with an embeddings file; the command runs here."""
    (tmp_path / "shared").mkdir()
    table().write_csv(tmp_path / "shared" / "embeddings.csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    return tmp_path


def names(folder: Path, what: str) -> list[str]:
    return (folder / "filenames" / f"{what}_filenames.txt").read_text(encoding="utf-8").split()


def stored(home: Path, asset: str, dataset: str) -> pl.DataFrame:
    (file,) = home.rglob(f"{asset}/{dataset}.parquet")
    return pl.read_parquet(file)


def test_a_full_selection_is_that_of_the_engine(winnow: Winnow, home: Path, workplace: Path) -> None:
    Path("worker.yaml").write_text("embeddings: embeddings.csv\nremove_exact_duplicates: true\n", encoding="utf-8")
    Path("selection.json").write_text(json.dumps({"n_samples": 20, "strategies": STRATEGIES}), encoding="utf-8")
    arguments = ["--worker-config", "worker.yaml", "shared_dir=shared", "--selection-config", "selection.json"]
    done = winnow("run", *arguments, "output_dir=out", "run_directory=run", "dataset=strategies")
    assert done.returncode == 0, done.stderr
    assert "Sampling dataset with stopping condition: n_samples=20" in done.stdout
    folder = Path("out/run")

    samples = table()
    unit = pl.read_csv(folder / "data" / "normalized_embeddings.csv").select(f"embedding_{i}" for i in range(6))
    goals = (
        Goal(Embeddings(), Diversity(strength=2.0)),
        Goal(Scores("al_score"), Weights()),
        Goal(Metadata("weather"), Balance(target=TARGET)),
        Goal(Metadata("lux"), Threshold(threshold=100, operation="BIGGER")),
    )
    expected = select(samples, unit.to_numpy().astype(np.float32), SelectionRequest(goals, n_samples=20))
    chosen = samples["filenames"].gather(expected.picks["row"]).to_list()
    assert sorted(chosen) == names(folder, "sampled")

    found = stored(home, "selected_samples", "strategies")
    picks = found.filter(pl.col("status") == "selected").sort("order")
    assert picks["filename"].to_list() == chosen
    for goal in goals[:3]:
        np.testing.assert_allclose(picks[f"gain: {goal.label}"], expected.picks[goal.label], rtol=1e-6)
    nearest = [None if row is None else samples["filenames"][row] for row in expected.picks["nearest"]]
    assert picks["nearest_selected"].to_list() == nearest
    np.testing.assert_allclose(picks["distance"][1:], expected.picks["distance"][1:], rtol=1e-6)
    assert picks["reason"].unique().to_list() == [
        "best of all goals together: farthest from everything selected before it, highest al_score, "
        "shares of weather nearest to their target"
    ]
    removed = pl.read_csv(folder / "removed_samples.csv")
    dark = removed.filter(pl.col("reason") == "threshold: lux is not BIGGER 100")["filename"].to_list()
    assert dark == samples.filter(pl.col("lux") <= 100)["filenames"].to_list()

    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert report["selection"]["stop_reason"] == "n_samples reached: 20 new samples were asked for"
    diversity, weights, balance, threshold = report["selection"]["strategies"]
    rows = expected.picks["row"]
    assert weights["reached"]["mean_of_picks"] == pytest.approx(samples["al_score"].gather(rows).mean())
    weather = samples["weather"].gather(rows)
    assert balance["asked"]["shares"] == pytest.approx(TARGET)
    assert balance["reached"]["shares"] == pytest.approx({k: (weather == k).sum() / 20 for k in TARGET})
    assert threshold["reached"]["removed"] == len(dark)
    assert (diversity["label"], diversity["strength"]) == ("EMBEDDINGS × DIVERSITY", 2.0)
    first = report["selection"]["picks"]["rows"][0]
    assert (first["filename"], first["gains"]["SCORES al_score × WEIGHTS"]) == (
        chosen[0], samples["al_score"][rows[0]],
    )  # fmt: skip
    x = unit.to_numpy()
    coverage = report["coverage"]["selection"]
    radius = [np.linalg.norm(x[:, None] - x[None, rows[:k]], axis=-1).min(axis=1).max() for k in coverage["picks"]]
    assert (coverage["picks"][0], coverage["picks"][-1]) == (1, 20)
    assert coverage["radius"] == pytest.approx(radius, rel=1e-5)
    assert {"balance_1", "selection_gains", "coverage_curve"} <= set(report["plots"])
    config = yaml.safe_load((folder / "config" / "config.yaml").read_text(encoding="utf-8"))
    assert config["selection_config"] == {"n_samples": 20, "strategies": STRATEGIES}
    assert "method" not in config
    overrides = yaml.safe_load((folder / "config" / "overrides.yaml").read_text(encoding="utf-8"))
    assert overrides[-2:] == ["--worker-config=worker.yaml", "--selection-config=selection.json"]


def test_metadata_that_is_measured_on_images(winnow: Winnow, home: Path, workplace: Path, pictures: Path) -> None:
    measured = {"type": "METADATA", "key": "lightly.sharpness"}
    config = {"n_samples": 4, "strategies": [{"input": measured, "strategy": {"type": "WEIGHTS"}}]}
    Path("selection.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    lightly = {"model": {"name": "resnet-9", "width": 0.125, "num_ftrs": 16}}
    Path("lightly.json").write_text(json.dumps(lightly), encoding="utf-8")
    assert SMALL_MODEL[2] == "lightly.model.num_ftrs=16"
    files = ["--selection-config", "selection.yaml", "--lightly-config", "lightly.json"]
    done = winnow("run", *files, f"input_dir={pictures}", "output_dir=out", "run_directory=run", "dataset=sharpest")
    assert done.returncode == 0, done.stderr
    checked, unique = (stored(home, name, "sharpest") for name in ("checked_samples", "normalized_embeddings"))
    assert unique.schema["embedding"].shape == (16,)  # type: ignore[attr-defined]
    sharp = checked.filter(pl.col("filename").is_in(unique["filename"].implode())).sort("sharpness", descending=True)
    assert names(Path("out/run"), "sampled") == sorted(sharp["filename"].head(4).to_list())


def run_with(config: Any, *tokens: str, name: str = "selection.json") -> int:
    Path(name).write_text(config if isinstance(config, str) else json.dumps(config), encoding="utf-8")
    source = ["shared_dir=shared", "embeddings=embeddings.csv", "output_dir=out"]
    return main(["run", "--selection-config", name, *source, *tokens])


@pytest.mark.parametrize(
    ("given", "aim", "words"),
    [
        (STRATEGIES[2]["input"], {"type": "BALANCE", "target": {"fog": 1}},
         "METADATA weather × BALANCE: class 'fog' does not exist; there are: 'rain', 'snow', 'sun'"),
        (STRATEGIES[3]["input"], {"type": "THRESHOLD", "threshold": 10_000, "operation": "BIGGER"},
         "METADATA lux × THRESHOLD: none of the 80 samples left has a value BIGGER 10000; loosen the threshold"),
        ({"type": "SCORES", "score": "al_scores"}, {"type": "WEIGHTS"},
         "selection_config.strategies[0].input: scores come from a column of an embeddings file (embeddings=…), here "
         "al_scores; its columns behind labels are al_score, weather, lux, tag.night"),
        ({"type": "SCORES", "score": "lux"}, {"type": "WEIGHTS"},
         "selection_config.strategies[0].input: the score of 000.jpg is "),
        ({"type": "EMBEDDINGS", "tag_name": "night"}, {"type": "SIMILARITY"},
         "selection_config.strategies[0].input.tag_name: the tag night holds no sample"),
        ({"type": "METADATA", "key": "lightly.snr"}, {"type": "WEIGHTS"},
         "selection_config.strategies[0].input: lightly.snr is measured on images, and none were read"),
    ],
)  # fmt: skip
def test_strategies_that_do_not_fit_the_data(
    workplace: Path, capsys: pytest.CaptureFixture[str], given: Any, aim: Any, words: str
) -> None:
    assert run_with({"n_samples": 5, "strategies": [{"input": given, "strategy": aim}]}) == 2
    errors = capsys.readouterr().err.splitlines()
    assert [line for line in errors if line.startswith(f"winnow: error: {words}")], errors
    assert not list(Path("out").rglob("sampled_filenames.txt"))  # never a silent empty result


@pytest.mark.parametrize(
    ("config", "tokens", "words"),
    [
        ("{", [], "--selection-config selection.json, line 1"),
        ({"n_samples": 3, "strategies": []}, [], "selection_config.strategies is missing"),
        ({"n_samples": 3, "strategies": STRATEGIES}, ["method=random"], "method and selection_config exclude each"),
    ],
)  # fmt: skip
def test_files_that_are_wrong_leave_nothing_behind(
    workplace: Path, capsys: pytest.CaptureFixture[str], config: Any, tokens: list[str], words: str
) -> None:
    assert run_with(config, *tokens) == 2
    assert f"winnow: error: {words}" in capsys.readouterr().err
    assert not Path("out").exists()


def test_more_than_there_is_left_is_told(workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_with({"n_samples": 79, "strategies": [STRATEGIES[3]]}, "run_directory=run") == 0
    assert "Skipped sampling because the number of remaining images is smaller" in capsys.readouterr().out
    bright = table().filter(pl.col("lux") > 100)["filenames"].to_list()
    assert names(Path("out/run"), "sampled") == bright
    report = json.loads(Path("out/run/report.json").read_text(encoding="utf-8"))
    assert report["selection"]["stop_reason"].startswith("Skipped sampling")
