"""Writes the table of options into the README."""

from pathlib import Path

from selection_assets.option_table import markdown_table

readme = Path(__file__).parents[1] / "README.md"
before, _, rest = readme.read_text(encoding="utf-8").partition("<!-- options -->")
after = rest.partition("<!-- /options -->")[2]
readme.write_text(f"{before}<!-- options -->\n{markdown_table()}\n<!-- /options -->{after}", encoding="utf-8")
