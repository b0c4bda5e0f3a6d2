import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.dataset_key import KEY, dataset_key, key_of_folder
from configs.errors import InputError


@pytest.mark.parametrize("name", ["a", "My-Set_1.2", "0" * 100])
def test_good_names(name: str) -> None:
    assert dataset_key(name) == name


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a|b", "a,b", "a[b", "-a", "a..b", "0" * 101, "ä", "a\n"])
def test_names_that_cannot_be_keys(name: str) -> None:
    with pytest.raises(InputError, match="use up to 100 letters"):
        dataset_key(name)


@given(st.text(st.characters(blacklist_characters="\0"), min_size=1))
def test_every_folder_has_a_key(folder: str) -> None:
    assert KEY.fullmatch(key_of_folder(f"/data/{folder}"))


def test_folders_of_one_name_have_different_keys() -> None:
    assert key_of_folder("/a/train") != key_of_folder("/b/train")
    assert key_of_folder("/a/train").startswith("train-")
