from selection_assets.stages.samples.listing_notes import ListingNotes

EXTENSIONS = ".jpg .jpeg .png .ppm .pgm .bmp .tif .tiff .webp .jfif .jpe"


def test_nothing_to_say() -> None:
    notes = ListingNotes("folder in")
    assert notes.remarks() == notes.warnings() == []
    assert notes.left_out() == ""


def test_remarks() -> None:
    notes = ListingNotes("folder in", run_folders=["a/", "b/c/"], output_folder="out")
    assert notes.remarks() == [
        "The output folder out lies in folder in and is passed over.",
        "2 folders (a, b/c) of earlier runs in folder in passed over.",
    ]
    assert notes.warnings() == []
    notes = ListingNotes("in", hidden_folders=["a/.git/"], hidden_pictures=1200, old_outputs=["lightly_outputs/"])
    assert notes.remarks() == [
        "1 folder (lightly_outputs) of outputs in in passed over.",
        "1 hidden folder (a/.git) in in passed over.",
        "1,200 hidden picture(s) in in passed over (names with a leading dot).",
    ]
    assert notes.warnings() == []


def test_warnings_have_a_line_for_each_reason() -> None:
    notes = ListingNotes(
        "folder in",
        system_folders=["@eaDir/"],
        links=["a/", "b/", "c/", "d/"],
        root_pictures=1234,
        other_formats={".gif": 2, "": 10, ".avif": 2},
        unseen=5000,
    )
    assert notes.warnings() == [
        "1 folder (@eaDir) that a file server or an operating system made in folder in passed over",
        "4 links (a, b, c, …) in folder in to what is listed already, or to a folder above, passed over",
        "1,234 picture(s) lie directly in folder in beside sub-folders with pictures and are not used; move them into "
        "a sub-folder, or name them in a relevant_filenames_file, to use them",
        "14 files were left out: 10 without an extension, 2 .avif, 2 .gif in folder in: not read; convert them to "
        f"one of {EXTENSIONS} to use them",
        "5,000 further file(s) without an extension in folder in were not looked into",
    ]
    assert notes.remarks() == []


def test_one_file_that_was_left_out() -> None:
    assert ListingNotes("in", other_formats={".gif": 1}).left_out() == "1 file was left out: 1 .gif"


def test_three_links_are_all_shown() -> None:
    assert ListingNotes("in", links=["a", "b", "c"]).warnings()[0].startswith("3 links (a, b, c) in in")
