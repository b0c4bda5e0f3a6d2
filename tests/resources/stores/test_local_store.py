import errno
import os
import pickle
import time
from pathlib import Path

import pytest

from configs.errors import InputError
from resources.stores import local_order, local_store
from resources.stores.local_faults import ABOUT_ONE_OBJECT
from resources.stores.local_store import LocalStore
from tests.resources.stores.store_suite import StoreSuite

GONE = ["ESTALE", "EHOSTDOWN", "ENETDOWN", "ENETUNREACH", "ETIMEDOUT", "ENOTCONN", "EIO", "EHOSTUNREACH", "ECONNRESET"]
ONE = ["ENOENT", "ENOTDIR", "EACCES", "EPERM", "EISDIR", "ELOOP", "ENAMETOOLONG"]


class TestLocalStore(StoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        (tmp_path / "root").mkdir()
        return LocalStore(tmp_path / "root")


class TestWithoutHardLinks(StoreSuite):
    """As on a memory stick or some network shares."""

    @pytest.fixture
    def store(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalStore:
        def refuse(*_: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
        return LocalStore(tmp_path / "root")  # made by the first put


def put(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"12345")


def failing(monkeypatch: pytest.MonkeyPatch, call: str, at: str, code: int) -> None:
    real = getattr(os, call)

    def fail(path: object, *rest: object, **named: object) -> object:
        if str(path).endswith(at):
            raise OSError(code, os.strerror(code), str(path))
        return real(path, *rest, **named)

    monkeypatch.setattr(os, call, fail)


@pytest.mark.parametrize("name", GONE)
def test_a_share_that_went_away_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    put(tmp_path, "a/x.png")
    store = LocalStore(tmp_path)
    code = getattr(errno, name)
    failing(monkeypatch, "open", "x.png", code)
    failing(monkeypatch, "scandir", "/a", code)
    for call in (lambda: store.get("a/x.png", 9), lambda: store.head("a/x.png", 9), lambda: list(store.list())):
        with pytest.raises(InputError) as caught:
            call()
        message = str(caught.value)
        assert message.startswith(f"folder {tmp_path} cannot be read any more ({os.strerror(code)} at ")
        assert "mount it again" in message and "\n" not in message


@pytest.mark.parametrize("name", ONE)
def test_what_is_said_about_one_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    put(tmp_path, "x.png")
    failing(monkeypatch, "open", "x.png", getattr(errno, name))
    with pytest.raises(OSError) as caught:
        LocalStore(tmp_path).get("x.png", 9)
    assert caught.value.errno == getattr(errno, name)


def test_the_list_of_errors_about_one_object() -> None:
    assert {errno.errorcode[code] for code in ABOUT_ONE_OBJECT} == {*ONE, "EEXIST", "EILSEQ", "ENXIO"}


def test_a_missing_file_of_a_folder_that_vanished(tmp_path: Path) -> None:
    put(tmp_path, "in/x.png")
    store = LocalStore(tmp_path / "in")
    (tmp_path / "in").rename(tmp_path / "away")
    for call in (lambda: store.get("x.png", 9), lambda: list(store.list())):
        with pytest.raises(InputError, match=r"in cannot be read any more \(No such file or directory\)"):
            call()
    (tmp_path / "in").mkdir()  # what is left of a mount point
    with pytest.raises(InputError, match="another folder lies in its place"):
        store.get("x.png", 9)


@pytest.mark.parametrize("linked", ["", "in/b", "in/b/x.png"])
@pytest.mark.parametrize("loss", ["renamed", "emptied"])
def test_a_part_that_vanished_after_it_was_listed(tmp_path: Path, loss: str, linked: str) -> None:
    """A share that is mounted below the input, or that a link leads to."""
    put(tmp_path, "in/a/x.png", "in/b/y.png")
    part = tmp_path / ("share" if linked else "in/b")
    put(part, "x.png")
    if linked == "in/b":
        (tmp_path / "in/b/y.png").unlink()
        (tmp_path / "in/b").rmdir()
    if linked:
        (tmp_path / linked).symlink_to(part / Path(linked).relative_to("in/b"))
    store = LocalStore(tmp_path / "in")
    assert store.get("b/x.png", 10, listed=True) == b"12345"
    part.rename(tmp_path / "elsewhere")
    if loss == "emptied":
        part.mkdir()
    with pytest.raises(InputError) as told:
        store.get("b/x.png", 10, listed=True)
    reason = "No such file or directory" if loss == "renamed" else "nothing is in it any more"
    assert str(told.value) == (
        f"folder {part} cannot be read any more ({reason}): check the disk or network share that it lies on, mount it "
        "again, and run again"
    )
    with pytest.raises(FileNotFoundError):
        store.get("b/x.png", 10)  # a name from elsewhere, which perhaps never was there
    assert store.get("a/x.png", 10, listed=True) == b"12345"


def test_a_listed_file_that_alone_is_missing(tmp_path: Path) -> None:
    put(tmp_path, "b/x.png", "b/y.png")
    store = LocalStore(tmp_path)
    (tmp_path / "b/x.png").unlink()
    with pytest.raises(FileNotFoundError):
        store.get("b/x.png", 10, listed=True)


def test_a_root_that_is_a_file(tmp_path: Path) -> None:
    put(tmp_path, "file")
    with pytest.raises(InputError, match=r"file/x cannot be read \(Not a directory\): check the path"):
        list(LocalStore(tmp_path / "file" / "x").list())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    put(tmp_path, "a/x.png", "b.png")
    (tmp_path / "b.png").chmod(0)
    store = LocalStore(tmp_path)
    with pytest.raises(PermissionError):
        store.get("b.png", 9)
    (tmp_path / "a").chmod(0)
    with pytest.raises(PermissionError):
        list(store.list())
    (tmp_path / "a").chmod(0o700)


def test_does_not_wait_for_a_pipe_and_refuses_folders_and_devices(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    for name in ("pipe.png", "folder.png", "zero.png"):
        with pytest.raises(OSError, match=r"not a regular file|Is a directory"):
            LocalStore(tmp_path).get(name, 100)


@pytest.mark.parametrize("name", ["a\0b", "\ud800.png", "x" * 300])
def test_names_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    with pytest.raises(OSError):
        LocalStore(tmp_path).get(name, 9)


def test_a_file_that_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "x")
    real = os.fstat

    def before(descriptor: int) -> os.stat_result:
        status = real(descriptor)
        with (tmp_path / "x").open("ab") as file:
            file.write(b"more")
        return status

    store = LocalStore(tmp_path)
    monkeypatch.setattr(os, "fstat", before)
    with pytest.raises(OSError, match="it grows while it is read"):
        store.get("x", 100)


def test_links_are_followed_when_reading_also_out_of_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "in/a/x.png", "out.png")
    (tmp_path / "in/link.png").symlink_to("a/x.png")
    (tmp_path / "in/out.png").symlink_to(tmp_path / "out.png")
    store = LocalStore(tmp_path / "in")
    assert store.get("link.png", 5) == store.get("out.png", 5) == b"12345"


def listing(root: Path) -> dict[str, str]:
    found = [(one.key, one.link_to) for one in LocalStore(root).list()]
    assert len(dict(found)) == len(found)
    return dict(found)


@pytest.mark.parametrize("backwards", [False, True])
def test_links_do_not_depend_on_the_order_of_the_file_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, backwards: bool
) -> None:
    put(tmp_path, "in/b/1.png", "in/b/deep/2.png", "disk/x/3.png", "disk/4.png", "one.png")
    disk = str(tmp_path / "disk")
    for name, target in {
        "a": "b",  # a sibling
        "z": "b/deep",  # a folder below another
        "b/up": "..",  # the root
        "b/above": str(tmp_path),
        "b/here": ".",
        "circle": "circle",
        "c1": f"{disk}/x",
        "c2": disk,  # holds that of c1
        "c3": disk,
        "d.png": "b/1.png",
        "e.png": str(tmp_path / "one.png"),
        "f.png": "nowhere",
    }.items():
        (tmp_path / "in" / name).symlink_to(target)
    (tmp_path / "disk/round").symlink_to(disk)
    (tmp_path / "disk/back").symlink_to(tmp_path / "in")
    if backwards:
        real = os.scandir

        class Backwards:
            def __init__(self, path: str) -> None:
                with real(path) as entries:
                    self.entries = sorted(entries, key=lambda entry: entry.name, reverse=True)

            def __enter__(self) -> list[os.DirEntry[str]]:
                return self.entries

            def __exit__(self, *_: object) -> None: ...

        monkeypatch.setattr(os, "scandir", Backwards)
    assert listing(tmp_path / "in") == {
        "b/1.png": "",
        "b/deep/2.png": "",
        "d.png": "b/1.png",
        "e.png": str(tmp_path / "one.png"),
        "f.png": "",
        "circle": "",
        "a/": "b/",
        "z/": "b/deep/",
        "b/up/": f"{tmp_path}/in/",
        "b/above/": f"{tmp_path}/",
        "b/here/": "b/",
        "c1/3.png": f"{disk}/x/3.png",
        "c2/4.png": f"{disk}/4.png",
        "c2/round/": f"{disk}/",
        "c2/back/": f"{tmp_path}/in/",
        "c3/": f"{disk}/",
    }


def test_a_link_to_a_skipped_folder_is_followed(tmp_path: Path) -> None:
    put(tmp_path, ".versions/3/1.png")
    (tmp_path / "now").symlink_to(".versions/3")
    found = {one.key: one.link_to for one in LocalStore(tmp_path).list(skip=lambda key: key.startswith("."))}
    assert found == {".versions/": "", "now/1.png": ".versions/3/1.png"}


def test_a_root_that_is_a_link_itself(tmp_path: Path) -> None:
    put(tmp_path, "real/a/1.png")
    (tmp_path / "in").symlink_to("real")
    (tmp_path / "real/b").symlink_to(tmp_path / "in/a")
    assert listing(tmp_path / "in") == {"a/1.png": "", "b/": "a/"}


def test_a_pipe_is_listed_without_being_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert listing(tmp_path) == {"pipe.png": ""}


def test_etag_and_time_are_those_of_the_file(tmp_path: Path) -> None:
    put(tmp_path, "x")
    os.utime(tmp_path / "x", ns=(0, 1_234_567_890_123_456_789))
    (found,) = LocalStore(tmp_path).list()
    changed = (tmp_path / "x").stat().st_ctime_ns
    assert (found.modified_ns, found.etag) == (1_234_567_890_123_456_789, f"1234567890123456789-5-{changed}")


def test_another_file_of_the_same_size_and_time_has_another_etag(tmp_path: Path) -> None:
    """As `cp -p`, `rsync -t` and archives put it there."""
    for name in ("x", "other"):
        put(tmp_path, name)
        os.utime(tmp_path / name, ns=(0, 10**18))
    (before,) = (found.etag for found in LocalStore(tmp_path).list("x"))
    time.sleep(0.02)  # longer than a tick of the file system's clock
    (tmp_path / "other").replace(tmp_path / "x")
    (found,) = LocalStore(tmp_path).list("x")
    assert found.modified_ns == 10**18 and found.etag != before


def test_what_a_killed_writer_leaves_is_not_listed(tmp_path: Path) -> None:
    put(tmp_path, ".winnow-abc.csv", ".lock", "x")
    (tmp_path / ".winnow").write_text("")  # the mark of a run folder is
    assert sorted(listing(tmp_path)) == [".winnow", "x"]


def test_a_write_that_fails_leaves_the_old_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path)
    store.put("x", b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="the disk is full"):
        store.put("x", b"new")
    monkeypatch.undo()
    assert store.get("x", 9) == b"old" and [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_file_where_a_folder_is_to_be_made_and_a_folder_where_a_file(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.put("a", b"x")
    store.put("b/c", b"x")
    for key in ("a/x", "a/x/y", "b"):
        with pytest.raises(OSError) as caught:
            store.put(key, b"y")
        assert caught.value.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR)
    assert sorted(found.key for found in store.list()) == ["a", "b/c"]


def test_a_share_that_goes_away_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "replace", gone)
    with pytest.raises(InputError, match=r"x: cannot be written \(Input/output error\); check the disk or network"):
        LocalStore(tmp_path).put("x", b"new")


def test_rights_are_those_of_any_new_file(tmp_path: Path) -> None:
    LocalStore(tmp_path).put("x", b"")
    put(tmp_path, "y")
    assert (tmp_path / "x").stat().st_mode == (tmp_path / "y").stat().st_mode


def test_it_travels_to_another_process(tmp_path: Path) -> None:
    put(tmp_path, "x")
    assert pickle.loads(pickle.dumps(LocalStore(tmp_path))).get("x", 5) == b"12345"


def test_the_key_of_a_folder_inside(tmp_path: Path) -> None:
    (tmp_path / "real/out").mkdir(parents=True)
    (tmp_path / "in").symlink_to("real")
    store = LocalStore(tmp_path / "in")
    assert store.key_of_folder(tmp_path / "real/out") == store.key_of_folder(tmp_path / "in/out") == "out/"
    assert store.key_of_folder(tmp_path / "in/not/yet") == "not/yet/"
    for outside in (tmp_path / "in", tmp_path, tmp_path / "in2", Path("/")):
        assert store.key_of_folder(outside) == ""


@pytest.mark.parametrize("step_of_clock", [1, 100, 1_000, 10**6, 10**9, 2 * 10**9])
def test_two_writes_of_one_moment_have_two_etags(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step_of_clock: int
) -> None:
    """As on a file system whose clock has such steps: the same size at the same time."""

    def coarse(status: os.stat_result) -> str:
        return f"{status.st_mtime_ns // step_of_clock * step_of_clock}-{status.st_size}"

    monkeypatch.setattr(local_store, "written_etag", coarse)
    first, second = tmp_path / "first", tmp_path / "second"
    for path, text in ((first, "aa"), (second, "bb")):
        path.write_text(text)
        os.utime(path, ns=(0, 10**18))
    before = coarse(first.stat())
    assert local_store._replace(second, first) != before
    assert first.read_text() == "bb" and not second.exists()
    assert coarse(first.stat()) != before


def test_links_in_order(tmp_path: Path) -> None:
    """Each name of a file, no circle, and what lies outside says so."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "a").mkdir(parents=True)
    outside.mkdir()
    (root / "a" / "1").write_bytes(b"x")
    (outside / "2").write_bytes(b"xy")
    (root / "b").symlink_to("a")
    (root / "circle").symlink_to(".")
    (root / "a" / "up").symlink_to("..")
    (root / "file").symlink_to("a/1")
    (root / "itself").symlink_to("itself")
    (root / "out").symlink_to(outside)
    (root / "secret").symlink_to(outside / "2")
    found = {each.key: (each.link_to, each.size) for each in LocalStore(root).ordered()}
    assert list(found) == ["a/1", "b/1", "file", "itself", "out/2", "secret"]
    assert (found["a/1"], found["b/1"], found["file"]) == (("", 1), ("a/1", 1), ("a/1", 1))
    assert found["out/2"] == found["secret"] == (str(outside / "2"), 2)


def test_a_large_folder_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_order, "BLOCK", 3)
    names = [f"{number:02d}" for number in range(10)]
    for name in names:
        (tmp_path / name).write_bytes(b"")
    for place, after in enumerate(["", *names]):
        assert [found.key for found in LocalStore(tmp_path).ordered(after=after)] == names[place:]


def test_a_folder_that_is_gone_has_no_order(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(LocalStore(tmp_path / "gone").ordered())
    with pytest.raises(OSError, match="leads out"):
        list(LocalStore(tmp_path).ordered("../"))
