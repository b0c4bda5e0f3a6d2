import pytest

from configs.filenames.skipped_folders import is_skipped_name, is_system_folder

SYSTEM_FOLDERS = [
    "@eaDir", "@Recycle", "@Recently-Snapshot", "@sharebin", "@tmp", "#recycle", "#snapshot", "~snapshot",
    "$RECYCLE.BIN", "RECYCLER", "Recycled", "System Volume Information", "lost+found", "__MACOSX", "Thumbs",
    "Thumbs.db", "_thumbs", "@Thumb",
]  # fmt: skip


@pytest.mark.parametrize("name", SYSTEM_FOLDERS)
def test_folders_of_servers_and_systems(name: str) -> None:
    for written in (name, name.lower(), name.upper()):
        assert is_system_folder(written) and is_skipped_name(written)


@pytest.mark.parametrize("name", [".lightly", ".thumbnails", ".Trash", ".", "lightly_outputs", "my_lightly_outputs_2"])
def test_hidden_folders_and_those_of_the_old_product(name: str) -> None:
    assert is_skipped_name(name) and not is_system_folder(name)


@pytest.mark.parametrize("name", ["a", "a.b", "thumb", "tmp", "recycle", "snapshot", "Lightly_Outputs", "macosx", ""])
def test_folders_of_the_user(name: str) -> None:
    assert not is_skipped_name(name)
