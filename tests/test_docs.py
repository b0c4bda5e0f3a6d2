"""The documentation: links lead somewhere, tables are current, commands and configs are accepted."""

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from PIL import Image

from configs.credentials.kinds import credentials_of
from configs.run_settings import Named, named_in_run_config, resolve
from configs.spellings.flat_options import parse_flat_options
from configs.strategies.strategy_rules import VALID_PAIRS
from selection_assets.command.main import _parser, main
from selection_assets.definitions import defs
from selection_assets.option_table import markdown_table
from selection_assets.stages.samples.relevant_filenames import relevant_rows
from tests.e2e.json_report import WRITE_REPORT, write_json_report

ROOT = Path(__file__).parents[1]
POOLS = ("my_pool", "of_files")  # in the examples of docs/datapool.md
DATASETS = ROOT / "docs" / "datasets.md"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def winnow_commands(pages: Sequence[Path] = PAGES) -> list[list[str]]:
    lines = [line for page in pages for block in blocks(page, "sh") for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("winnow ")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    local = [unquote(target.partition("#")[0]) for target in targets if not re.match(r"[a-z]+://|#", target)]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme] == []


def test_files_and_folders_of_the_code_that_are_named_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (tree,) = blocks(ROOT / "docs" / "architecture.md", "text")
    named = {word for span in re.findall(r"`([^`\n]+)`", text.replace(tree, "")) for word in span.split()} | set(
        tree.split()
    )
    paths = {word.strip("(),:") for word in named if re.fullmatch(r"[(]?[a-z_0-9/]+(\.py|/)[),:]*", word)}
    assert len(paths) > 50
    places = [ROOT, ROOT / "selection_assets", ROOT / "selection_assets" / "stages"]
    known = [
        path.relative_to(ROOT)
        for top in ("configs", "resources", "selection_assets")
        for path in (ROOT / top).rglob("*")
    ]
    gone = {
        path
        for path in paths
        if not any((place / path).exists() for place in places)
        and not ("/" not in path.rstrip("/") and any(each.name == path.rstrip("/") for each in known))
    }
    assert gone == set()


def test_the_table_of_assets_is_that_of_the_definitions() -> None:
    page = (ROOT / "docs" / "dagster.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("| `")]
    told = {
        name: (group, set(re.findall(r"`(\w+)`", checks)))
        for names, group, _, checks in rows
        for name in re.findall(r"`(\w+)`", names)
    }
    graph = defs.resolve_asset_graph()
    assert {name: group for name, (group, _) in told.items()} == {
        key.to_user_string(): graph.get(key).group_name for key in graph.materializable_asset_keys
    }
    checks: dict[str, set[str]] = {}
    for key in graph.asset_check_keys:
        checks.setdefault(key.asset_key.to_user_string(), set()).add(key.name)
    assert {name: names for name, (_, names) in told.items() if names} == checks


def test_the_option_table_is_current() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("<!-- options -->\n")[2].partition("\n<!-- /options -->")[0]
    assert table == markdown_table(), "run: python scripts/option_table.py"


def test_there_are_commands() -> None:
    assert len(winnow_commands()) >= 6


@pytest.mark.parametrize("arguments", winnow_commands(), ids=" ".join)
def test_options_in_commands_exist(arguments: list[str]) -> None:
    command, *tokens = arguments
    assert command in (
        "run",
        "ui",
        "serve",
        "api",
        "user",
        "token",
        "demo",
        "datasets",
        "backfill",
        "clean",
    )  # those of datasets are run in tests/command
    _, rest = _parser().parse_known_args(arguments)  # tokens may stand behind options
    assert [each for each in rest if each.startswith("-")] == []
    resolve(parse_flat_options([token for token in tokens if "=" in token]).named)


@pytest.mark.parametrize("text", [block for page in PAGES if page != DATASETS for block in blocks(page, "yaml")])
def test_run_configs_are_valid(text: str) -> None:
    named = named_in_run_config(yaml.safe_load(text))
    assert named
    resolve(named)


def test_credentials_are_valid() -> None:
    s3, azure = (yaml.safe_load(text.replace("…", "x")) for text in blocks(DATASETS, "yaml"))
    assert credentials_of("s3", s3, "docs").about == "access key …KIAx"
    assert credentials_of("az", azure, "docs").about == "SAS token of account pictures"


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    used = {
        match
        for page in PAGES
        for match in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {target for target in used if not re.search(rf"^{target}:", makefile, re.MULTILINE)} == set()


def test_the_worked_example_of_relevant_filenames() -> None:
    (text,) = blocks(ROOT / "docs" / "run.md", "text")
    names = ["image_1.png", *(f"subdir/image_{n}.png" for n in (2, 3, 40, 41, 42))]
    kept = [names[row] for row in relevant_rows(text.splitlines(), names)]
    assert kept == [name for name in names if name != "subdir/image_40.png"]


def test_the_embeddings_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = ROOT / "docs" / "embeddings_file.md"
    (csv,) = blocks(page, "csv")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "embeddings.csv").write_text(csv, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    (command,) = [arguments for arguments in winnow_commands() if "stopping_condition.n_samples=2" in arguments]
    assert main(command) == 0
    folder = Path(capsys.readouterr().out.splitlines()[-1])
    kept = (folder / "filenames" / "sampled_filenames.txt").read_text(encoding="utf-8").split()
    assert kept == ["a/x.jpg", "a/w.jpg"]  # the pre-selected one, and the one farthest from it; b/z.png is masked


SELECTION = ROOT / "docs" / "selection.md"


def test_the_strategies_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (csv,), (config,) = blocks(SELECTION, "csv"), blocks(SELECTION, "json")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "samples.csv").write_text(csv, encoding="utf-8")
    (tmp_path / "selection.json").write_text(config, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    (command,) = [arguments for arguments in winnow_commands() if "embeddings=samples.csv" in arguments]
    assert main(command) == 0
    folder = Path(capsys.readouterr().out.splitlines()[-1])
    picks = json.loads((folder / "report.json").read_text(encoding="utf-8"))["selection"]["picks"]["rows"]
    named = re.search(r"^picks (.*), in this order", SELECTION.read_text(encoding="utf-8"), re.MULTILINE)
    assert named is not None
    assert [pick["filename"] for pick in picks] == re.findall("`(.*?)`", named[1])


def test_the_python_example_builds_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[Named] = []
    monkeypatch.setattr(
        "selection_assets.command.launch.launch", lambda named, dataset, overrides: launched.append(named)
    )
    (code,) = blocks(SELECTION, "python")
    exec(code, {})
    settings = resolve(launched[0])
    assert settings["selected_samples"].asked == 3  # type: ignore[attr-defined]
    assert settings["input_samples"].embeddings == "samples.csv"  # type: ignore[attr-defined]


def test_the_table_of_pairs_is_that_of_the_configs() -> None:
    rows = [line.split("|")[1:-1] for line in SELECTION.read_text(encoding="utf-8").splitlines() if "✓" in line]
    aims = ("DIVERSITY", "WEIGHTS", "THRESHOLD", "BALANCE", "SIMILARITY", "TYPICALITY")
    found: dict[str, set[str]] = {}
    for first, *cells in rows:
        kind = first.replace(",", "").strip()
        for name in sorted(VALID_PAIRS, key=len, reverse=True):
            if kind.startswith(name):
                found.setdefault(name, set()).update(aim for aim, cell in zip(aims, cells, strict=True) if "✓" in cell)
                break
    assert found == {kind: {aim.value for aim in allowed} for kind, allowed in VALID_PAIRS.items()}


def test_the_datapool_examples_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(WRITE_REPORT, write_json_report)
    (tmp_path / "shared").mkdir()
    (csv,) = blocks(ROOT / "docs" / "embeddings_file.md", "csv")
    (tmp_path / "shared" / "embeddings.csv").write_text(csv, encoding="utf-8")
    page = (ROOT / "docs" / "datapool.md").read_text(encoding="utf-8")
    commands = [command for command in winnow_commands() if any(f"datapool.name={name}" in command for name in POOLS)]
    assert len(commands) == page.count("winnow run") == 3
    sizes = []
    for number, command in enumerate(commands):
        (tmp_path / "pictures").mkdir(exist_ok=True)
        for colour in (("red", "blue"), ("lime", "gray"), ())[number]:
            Image.new("RGB", (64, 64), colour).save(tmp_path / "pictures" / f"{colour}.png")
        assert main(command) == 0, capsys.readouterr().err
        report = json.loads((Path(capsys.readouterr().out.splitlines()[-1]) / "report.json").read_text("utf-8"))
        sizes.append((report["datapool"]["size_before"], report["datapool"]["size_after"]))
    assert sizes[0] == (0, 2)
    assert sizes[1][0] == 2 < sizes[1][1]
    assert sizes[2] == (0, 3)  # of four samples one is masked
    members = (tmp_path / "shared" / "my_pool" / "datapool_latest.csv").read_text(encoding="utf-8").splitlines()
    assert len(members) == 1 + sizes[1][1]
