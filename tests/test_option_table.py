import pytest

from configs.spellings.flat_options import COMMAND_OPTIONS
from configs.spellings.options import OPTIONS
from configs.spellings.unsupported_options import UNSUPPORTED
from selection_assets.option_table import markdown_table, sections, shown, terminal_table

TITLES = [
    "Input", "Output", "Samples", "Corruptness check and thumbnails", "Model", "Embedding", "Exact duplicates",
    "Normalisation", "Selection", "Export", "Datapool", "Report", "Upload", "The command",
]  # fmt: skip


def test_sections_are_the_stages_in_the_order_of_a_run() -> None:
    found = dict(sections())
    assert list(found) == TITLES
    assert [row[0] for rows in found.values() for row in rows] == [*OPTIONS, *COMMAND_OPTIONS]
    assert [row[0] for row in found["Datapool"]] == [
        "datapool.name", "use_datapool", "datapool.dataset_id", "datapool.keep_history",
        "datasource.enable_datapool_update"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "kind", "default", "meaning"),
    [
        ("input_dir", "str", "''", "Folder with the images, also s3://, gs:// or az://bucket/folder: flat, or one "
         "sub-folder per weak label. Optional with embeddings."),
        ("lightly.model.width", "float", "null", "Factor on the channels of a resnet-*. null: 1."),
        ("lightly.optimizer.weight_decay", "float", "1e-05", "Training: L2 penalty on the weights."),
        ("lightly.trainer.weights_summary", "top | full", "''", "Old name: top is summary_callback.max_depth=1, full "
         "is -1."),
        ("lightly.trainer.precision", "32 | 16 | bf16", "32", "Training: 32 bits, or mixed precision with 16 (on a CPU "
         "always bfloat16)."),
        ("stopping_condition.n_samples", "int | float", "-1", "Samples to keep. 0.3 or 1.0 is a share of the input, 3 "
         "or 1 a count, -1 no condition."),
        ("output_image_size", "int | [int,int]", "-1", "Size of the dumped images: [] as they are, [shortest edge], or "
         "[height, width]. -1: as they are, x: shortest edge."),
        ("sanity_check", "bool", "False", "Check the installation, say so, and stop."),
    ],
)  # fmt: skip
def test_a_row_is_what_the_field_says(key: str, kind: str, default: str, meaning: str) -> None:
    rows = {row[0]: row for _, rows in sections() for row in rows}
    assert rows[key] == (key, kind, default, meaning)
    escaped = kind.replace("|", "\\|")
    assert f"| `{key}` | {escaped} | `{default}` | {meaning} |" in markdown_table().splitlines()


def test_the_terminal_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = terminal_table().splitlines()
    assert lines[:3] == ["", "Input", "  input_dir=''  (str)"]
    assert lines[3:5] == [
        "      Folder with the images, also s3://, gs:// or",
        "      az://bucket/folder: flat, or one sub-folder per weak",
    ]
    last = lines.index("Known, but not supported yet (the value shown asks for nothing; most others are errors)")
    assert " ".join(lines[last + 1 :]).split() == [
        f"{key}={shown(option.neutral[0])}" for key, option in UNSUPPORTED.items()
    ]
    assert max(map(len, lines[last + 1 :])) <= 60


def test_values_that_would_not_be_seen() -> None:
    assert [shown(value) for value in ("", None, 0, False, [1, 2], "x")] == ["''", "null", "0", "False", "[1, 2]", "x"]
