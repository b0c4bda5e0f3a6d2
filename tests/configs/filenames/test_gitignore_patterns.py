import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from configs.filenames.gitignore_patterns import GitIgnorePatterns

NAMES = [
    "a.png",
    "b.png",
    "c",
    "d 1.png",
    "[x].png",
    "a!b.png",
    "-.png",
    "a]b.png",
    "#h.png",
    "!z.png",
    "a*b.png",
    "b\\c",
]
FOLDERS = ["a", "b", "sub", "c", "a.b"]
ATOMS = [
    "a",
    "b",
    "sub",
    "c",
    "*",
    "**",
    "***",
    "a.png",
    "*.png",
    "?.png",
    "[ab].png",
    "s*",
    "c*",
    "[!a]*",
    "*b*",
    "[a-c]*",
    "[]a]*",
    "[^]a]*",
    "[a",
    "[[:alpha:]]*",
    "\\*",
    "?",
    "[a-]*",
    "\\[x].png",
    "[\\]a]*",
    "[c-a]*",
    "[--0].png",
    "\\#h.png",
    "#h.png",
    "a\\*b.png",
    "[!-]*",
    "b\\\\c",
    "a[*]b.png",
    "[[:bogus:]]*",
    "[[:digit:]-z]*",
]


def random_pattern(rng: random.Random) -> str:
    pattern = "/".join(rng.choice(ATOMS) for _ in range(rng.randint(1, 3)))
    return (
        ("!" if rng.random() < 0.35 else "") + ("/" if rng.random() < 0.2 else "") + pattern + rng.choice(["", "", "/"])
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle")
def test_random_patterns_agree_with_git(tmp_path: Path) -> None:
    rng = random.Random(7)
    files = {
        "/".join([rng.choice(FOLDERS) for _ in range(rng.randint(0, 3))] + [rng.choice(NAMES)]) for _ in range(150)
    }
    files = {name for name in files if not any(other.startswith(name + "/") for other in files)}
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for _ in range(300):
        patterns = [random_pattern(rng) for _ in range(rng.randint(1, 4))]
        (tmp_path / ".git/info/exclude").write_text("\n".join(patterns) + "\n")
        listed = subprocess.run(
            ["git", "-C", tmp_path, "-c", "core.excludesFile=/dev/null", "ls-files", "-oz", "--exclude-standard"],
            capture_output=True,
            text=True,
            check=True,
        )
        ignored = GitIgnorePatterns(patterns)
        assert {name for name in files if not ignored.excludes(name)} == set(listed.stdout.split("\0")) - {""}, patterns


def test_nothing_below_an_excluded_folder_comes_back() -> None:
    ignored = GitIgnorePatterns(["a/", "!a/keep.png"])
    assert ignored.excludes("a/keep.png")
    ignored = GitIgnorePatterns(["a/*", "!a/keep.png"])
    assert not ignored.excludes("a/keep.png")
    assert ignored.excludes("a/drop.png")


@pytest.mark.parametrize("pattern", ["*a" * 30 + "b", "/" + "**/a/" * 30 + "b", "a" * 500 + "*b", "*?" * 30 + "[!a]"])
def test_no_pattern_takes_for_ever(pattern: str) -> None:
    begun = time.process_time()
    for name in ("a" * 250, "a/" * 500 + "c", "/".join(["a" * 250] * 4)):
        assert not GitIgnorePatterns([pattern]).excludes(name)
    assert time.process_time() - begun < 5
