from selection_assets.stages.samples.supported_formats import IMAGE_EXTENSIONS, extension_of, kind_of


def test_the_extensions_are_the_documented_ones() -> None:
    assert sorted(IMAGE_EXTENSIONS) == sorted(
        [".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"]
    )


def test_extension_ignores_case_and_folders() -> None:
    assert extension_of("a.b/C.JPG") == ".jpg"
    assert extension_of("a.jpg/b") == ""
    assert extension_of(".jpg") == ""
    assert kind_of("x/Y.TIF") == "tiff"
    assert kind_of("clip.mp4") is None
