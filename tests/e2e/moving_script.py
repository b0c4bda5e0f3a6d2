"""Runs the Python blocks of docs/moving.md, one after the other, as the script of a user does.

Arguments: the page; JSON with `datasources`, Python in place of the page's local folders (empty: as it stands), and
`more`, a command that new pictures arrive by. The client sleeps 30 s between two looks at a run: here a second will do.
"""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sleep = time.sleep
time.sleep = lambda seconds: sleep(min(seconds, 1))

page, places = Path(sys.argv[1]).read_text(encoding="utf-8"), json.loads(sys.argv[2])
names: dict[str, Any] = {"add_pictures": lambda: subprocess.run(places["more"], check=True)}
for block in re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE):
    code = places["datasources"] if places["datasources"] and "set_local_config" in block else block
    exec(compile(code, "docs/moving.md", "exec"), names)
