from collections.abc import Callable

import polars as pl
import pytest

from configs.errors import InputError
from resources.stores.store import StoredObject
from selection_assets.stages.samples import sample_table as module
from selection_assets.stages.samples.listing_notes import ListingNotes
from selection_assets.stages.samples.sample import SCHEMA
from selection_assets.stages.samples.sample_table import MODIFIED, sample_table

OUR_CONFIG = b"hydra:\n  job:\n    name: winnow\n    id: 1\n"


def entry(key: str, link_to: str = "", size: int = 5) -> StoredObject:
    return StoredObject(key, size, 10, f"10-{size}", link_to)


def nothing_to_read(key: str, _: int) -> bytes:
    raise FileNotFoundError(key)


def listed(
    *keys: str | StoredObject,
    read: Callable[[str, int], bytes] = nothing_to_read,
    is_picture: Callable[[str], bool] = lambda _: False,
    output_folder: str = "",
    lines: list[str] | None = None,
) -> tuple[pl.DataFrame, ListingNotes]:
    entries = [key if isinstance(key, StoredObject) else entry(key) for key in keys]
    relevant = None if lines is None else (lines, "list.txt")
    found = sample_table(
        entries, "folder in", read=read, is_picture=is_picture, output_folder=output_folder, relevant=relevant
    )
    backwards = sample_table(
        entries[::-1], "folder in", read=read, is_picture=is_picture, output_folder=output_folder, relevant=relevant
    )
    assert found[0].equals(backwards[0]) and found[1] == backwards[1]  # whatever the order of the file system
    return found


def names(*keys: str | StoredObject, lines: list[str] | None = None) -> list[str]:
    return listed(*keys, lines=lines)[0]["filename"].to_list()


def labels(*keys: str, lines: list[str] | None = None) -> dict[str, str]:
    table = listed(*keys, lines=lines)[0]
    return dict(zip(table["filename"], table["label"], strict=True))


def test_every_column() -> None:
    table, notes = listed(entry("b/z.png", size=1), entry("a/x.JPG", size=2), "a/notes.txt")
    assert dict(table.schema) == {**SCHEMA, MODIFIED: pl.Int64}
    assert table.rows() == [
        ("a/x.JPG", "image", "a/x.JPG", None, None, None, None, "a", 2, "10-2", False, False, 10),
        ("b/z.png", "image", "b/z.png", None, None, None, None, "b", 1, "10-1", False, False, 10),
    ]
    assert notes == ListingNotes(
        "folder in", run_folders=[], hidden_folders=[], old_outputs=[], system_folders=[], links=[]
    )
    assert notes.remarks() == notes.warnings() == []


def test_nested_files_belong_to_their_top_folder() -> None:
    assert labels("a-b/1.png", "a/deep/er/2.png", "c/3.png") == {
        "a/deep/er/2.png": "a",
        "a-b/1.png": "a-b",
        "c/3.png": "c",
    }


def test_a_flat_folder_has_one_label() -> None:
    assert labels("2.PNG", "1.jpeg") == {"1.jpeg": "(root)", "2.PNG": "(root)"}


def test_root_pictures_beside_folders_are_left_out_with_a_count() -> None:
    table, notes = listed("r1.png", "a/1.png", "r2.png")
    assert table["filename"].to_list() == ["a/1.png"]
    assert notes.root_pictures == 2
    assert notes.warnings()[0].startswith("2 picture(s) lie directly in folder in beside sub-folders with pictures")


def test_with_a_relevant_filenames_file_the_file_alone_decides() -> None:
    """The example of the old product's documentation."""
    root = ["image_1.png", *(f"subdir/image_{n}.png" for n in (2, 3, 40, 41, 42))]
    lines = ["image_1.png", "subdir/* subdir/image_4* !subdir/image_41.png !subdir/image_42.png"]
    assert labels(*root, lines=lines) == {
        "image_1.png": "(root)",
        **{f"subdir/image_{n}.png": "subdir" for n in (2, 3, 41, 42)},
    }
    assert names(*root, lines=["image_1.png", "subdir/*"]) == root
    assert names(*root, lines=["image_1.png"]) == ["image_1.png"]
    assert names(*root, lines=["*"]) == root
    assert listed(*root, lines=["*"])[1].root_pictures == 0
    assert names("ok.png", "bad,name.png", "v/clip.mp4", lines=["ok.png"]) == ["ok.png"]


@pytest.mark.parametrize("lines", [None, ["v/*"]])
def test_videos_are_refused_by_name(lines: list[str] | None) -> None:
    with pytest.raises(InputError, match=r"1 video file\(s\) \(v/x\.MP4\).*reads pictures only"):
        listed("a/1.png", "v/x.MP4", "v/y.png", lines=lines)


def test_a_list_that_selects_no_picture() -> None:
    with pytest.raises(InputError, match=r"no pictures found in folder in: .*\(1 file was left out: 1 \.gif\)$"):
        listed("a/1.png", "a/2.gif", lines=["a/2.gif"])
    with pytest.raises(InputError, match=r"list\.txt selects none of the 1 input files"):
        listed("a/1.png", lines=["b.png"])


def test_nothing_supported_names_the_extensions() -> None:
    with pytest.raises(InputError, match=r"no pictures found in folder in: accepted .* are \.jpg .*\.jpe$"):
        listed("readme.txt")
    with pytest.raises(InputError, match=r"\(3 files were left out: 2 \.heic, 1 \.gif\)$"):
        listed("a.HEIC", "b.heic", "c.gif")


def test_other_formats_are_counted_in_one_line() -> None:
    pictures = {"x", "y.", "1.2.840"}
    table, notes = listed(
        "a/1.png", "a/2.jfif", "a/3.JPE", "a/4.gif", "a/5.GIF", "b.avif", "c.nef", "d.txt", "e.json", ".f.gif",
        "x", "y.", "1.2.840", "LICENSE", ".hidden", is_picture=pictures.__contains__,
    )  # fmt: skip
    assert table["filename"].to_list() == ["a/1.png", "a/2.jfif", "a/3.JPE"]
    assert notes.other_formats == {".gif": 2, ".avif": 1, ".nef": 1, "": 3}
    (line,) = notes.warnings()
    assert line.startswith("7 files were left out: 3 without an extension, 2 .gif, 1 .avif, 1 .nef in folder in: not")


def test_only_so_many_files_are_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SNIFFED", 3)
    asked: set[str] = set()
    notes = listed("a.png", *"vwxyz", is_picture=lambda key: not asked.add(key))[1]  # type: ignore[func-returns-value]
    assert asked == {"v", "w", "x"} and notes.other_formats == {"": 3} and notes.unseen == 2
    assert "2 further file(s) without an extension" in notes.warnings()[1]


def test_each_picture_once_under_its_own_name() -> None:
    table, notes = listed(
        "b/1.png",
        entry("a/link.png", "b/1.png"),
        entry("z.png", "b/1.png"),
        entry("l2/2.png", "/disk/2.png"),
        entry("l1/2.png", "/disk/2.png"),
        entry("l1/3.png", ".hidden/3.png"),
        entry("l3/4.png", "blobs/4"),
        "blobs/4",
        entry("latest/", "b/"),
    )
    assert table["filename"].to_list() == ["b/1.png", "l1/2.png", "l1/3.png", "l3/4.png"]
    assert notes.links == ["a/link.png", "l2/2.png", "latest/", "z.png"]
    assert notes.warnings() == [
        "4 links (a/link.png, l2/2.png, latest, …) in folder in to what is listed already, or to a folder above, "
        "passed over"
    ]


def test_folders_that_were_not_entered() -> None:
    table, notes = listed(
        "a/1.png", "a/@eaDir/", "#recycle/", ".git/", "out/", "lightly_outputs/", output_folder="out/"
    )
    assert table["filename"].to_list() == ["a/1.png"]
    assert notes.system_folders == ["#recycle/", "a/@eaDir/"] and notes.output_folder == "out"
    assert notes.remarks() == [
        "The output folder out lies in folder in and is passed over.",
        "1 folder (lightly_outputs) of outputs in folder in passed over.",
        "1 hidden folder (.git) in folder in passed over.",
    ]
    assert notes.warnings() == [
        "2 folders (#recycle, a/@eaDir) that a file server or an operating system made in folder in passed over"
    ]


def test_folders_of_runs_are_known_by_their_mark_or_their_config() -> None:
    configs = {"x/r2/config/hydra.yaml": OUR_CONFIG, "theirs/config/hydra.yaml": b"hydra:\n  job:\n    name: train\n"}

    def read(key: str, _: int) -> bytes:
        if key not in configs:
            raise PermissionError(key)
        return configs[key]

    table, notes = listed(
        "a/1.png", "r1/.winnow", "r1/plots/p.png", "r10/p.png", "x/r2/config/hydra.yaml", "x/r2/plots/p.png", "x/q.png",
        "theirs/config/hydra.yaml", "theirs/p.png", "no/config/hydra.yaml", "no/p.png", "my.winnow", read=read,
    )  # fmt: skip
    assert table["filename"].to_list() == ["a/1.png", "no/p.png", "r10/p.png", "theirs/p.png", "x/q.png"]
    assert notes.run_folders == ["r1/", "x/r2/"]
    assert notes.remarks() == ["2 folders (r1, x/r2) of earlier runs in folder in passed over."]


@pytest.mark.parametrize("mark", [".winnow", "config/hydra.yaml"])
def test_the_folder_of_a_run_as_input_is_refused(mark: str) -> None:
    with pytest.raises(InputError, match=r"folder in is the folder of a run.*data/sampled"):
        listed("a/1.png", mark, read=lambda *_: OUR_CONFIG)


@pytest.mark.parametrize("name", ["a,b.png", "a\nb.png", "a\x07.png", "x\u2028y.png", "bad\udcff.png", "d,d/a.png"])
def test_names_that_break_lists_are_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"^1 file name\(s\) in folder in cannot stand in lists") as caught:
        listed("x/good.png", "x/ünï cödé.png", f"x/{name}")
    assert "\n" not in str(caught.value) and ascii(f"x/{name}") in str(caught.value)


def test_only_the_first_few_bad_names_are_shown() -> None:
    with pytest.raises(InputError, match=r"^9 file name\(s\).*'0,\.png' holds a comma, .*'4,\.png' holds a comma, …\)"):
        listed(*(f"{n},.png" for n in range(9)))


@pytest.mark.parametrize("name", ["\\lead.png", "a\\\\b.jpg", " a.png", "a.png .png", 'q".png', "dir\\x.png"])
def test_odd_names_are_names(name: str) -> None:
    assert names(name) == [name]
