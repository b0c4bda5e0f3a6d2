from pathlib import Path

import pytest

from resources.atomic_file import atomic_path


def test_the_file_appears_when_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "new" / "a.txt"
    with atomic_path(target) as temporary:
        temporary.write_text("done")
        assert not target.exists()
        assert temporary.parent == target.parent
    assert target.read_text() == "done"
    assert list(target.parent.iterdir()) == [target]


def test_a_failed_block_leaves_everything_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")

    def write() -> None:
        with atomic_path(target) as temporary:
            temporary.write_text("half")
            raise ValueError

    with pytest.raises(ValueError):
        write()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]
