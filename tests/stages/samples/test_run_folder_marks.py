import pytest

from selection_assets.stages.samples.run_folder_marks import MAX_CONFIG_BYTES, run_folders

OURS = b"hydra:\n  job:\n    name: winnow\n"


def folders(files: dict[str, bytes]) -> list[str]:
    def read(key: str, max_bytes: int) -> bytes:
        assert max_bytes == MAX_CONFIG_BYTES == 1 << 20
        if files[key] == b"forbidden":
            raise PermissionError(13, "Permission denied")
        return files[key]

    return run_folders(files, read)


def test_marks_name_their_folders() -> None:
    files = {"b/run/.winnow": b"", "a/.winnow": b"", "a/x.jpg": b"", "c/x.winnow": b"", "d/.winnow/x.jpg": b""}
    assert folders(files) == ["a/", "b/run/"]
    assert folders({".winnow": b""}) == [""]


@pytest.mark.parametrize(
    ("content", "is_ours"),
    [
        (OURS, True),
        (b"a: 1\n" + OURS + b"b: 2\n", True),
        (b"hydra: \n\tjob:\n\t\tname:   winnow  \n", True),
        (b"hydra:\n  job:\n    name: lightly\n", False),
        (b"hydra:\n  job:\n    name: winnow2\n", False),
        (b"x_hydra:\n  job:\n    name: winnow\n", False),
        (b"", False),
        (b"forbidden", False),
    ],
)
def test_configs_of_runs_without_a_mark(content: bytes, is_ours: bool) -> None:
    assert folders({"a/config/hydra.yaml": content, "a/plots/x.png": b""}) == (["a/"] if is_ours else [])
    assert folders({"config/hydra.yaml": content}) == ([""] if is_ours else [])


def test_other_files_are_not_read() -> None:
    assert folders({"a/otherconfig/hydra.yaml": OURS, "a/config/hydra.yml": OURS, "a/xconfig/hydra.yaml": OURS}) == []
