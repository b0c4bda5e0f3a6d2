from selection_assets.stages.pictures.refusal import Refusal, one_line


def test_one_line() -> None:
    assert one_line(" a\n\tb\x00c\x1b[1m ") == "a b c [1m"
    assert one_line("in <_io.BytesIO object at 0x7f80b13c63e0> now") == "in the file now"
    assert one_line("x" * 200) == "x" * 200
    assert one_line("x" * 201) == "x" * 199 + "…"


def test_a_refusal_is_for_good_unless_it_says_otherwise() -> None:
    assert (Refusal("damaged", "Kind").transient, Refusal("damaged", "Kind").raised) == (False, False)
