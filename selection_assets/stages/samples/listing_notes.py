"""What a listing found and left out, by reason, and the sentences that say so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from configs.filenames.extensions import IMAGE_EXTENSIONS

_SHOWN = 3


@dataclass(frozen=True)
class ListingNotes:
    """Everything that looked like input and is none.

    where: how messages call the input.
    run_folders: folders of earlier runs.
    output_folder: the folder of outputs, where it lies in the input; else empty.
    hidden_folders: folders whose name begins with a dot. hidden_pictures: number of pictures whose name does.
    old_outputs: folders that the old product wrote.
    system_folders: thumbnails, waste bins and the like of a file server or an operating system.
    links: links to a folder or picture that is listed anyway, or to a folder above.
    root_pictures: pictures beside sub-folders, where no relevant filenames file decides.
    other_formats: extension -> number of pictures in a format that is not read; "" for those without an extension.
    unseen: files without an extension that were not looked into, because there are too many.
    """

    where: str
    run_folders: Sequence[str] = ()
    output_folder: str = ""
    hidden_folders: Sequence[str] = ()
    hidden_pictures: int = 0
    old_outputs: Sequence[str] = ()
    system_folders: Sequence[str] = ()
    links: Sequence[str] = ()
    root_pictures: int = 0
    other_formats: Mapping[str, int] = field(default_factory=dict)
    unseen: int = 0

    def remarks(self) -> list[str]:
        """What is as it should be, for the log."""
        said: list[str] = []
        if self.output_folder:
            said.append(f"The output folder {self.output_folder} lies in {self.where} and is passed over.")
        if self.run_folders:
            said.append(f"{_counted(self.run_folders, 'folder')} of earlier runs in {self.where} passed over.")
        if self.old_outputs:
            said.append(f"{_counted(self.old_outputs, 'folder')} of outputs in {self.where} passed over.")
        if self.hidden_folders:
            said.append(f"{_counted(self.hidden_folders, 'hidden folder')} in {self.where} passed over.")
        if self.hidden_pictures:
            said.append(
                f"{self.hidden_pictures:,} hidden picture(s) in {self.where} passed over (names with a leading dot)."
            )
        return said

    def warnings(self) -> list[str]:
        """What the user may not know of, a line for each reason."""
        said: list[str] = []
        if self.system_folders:
            made = _counted(self.system_folders, "folder")
            said.append(f"{made} that a file server or an operating system made in {self.where} passed over")
        if self.links:
            said.append(
                f"{_counted(self.links, 'link')} in {self.where} to what is listed already, or to a folder above, "
                "passed over"
            )
        if self.root_pictures:
            said.append(
                f"{self.root_pictures:,} picture(s) lie directly in {self.where} beside sub-folders with pictures and "
                "are not used; move them into a sub-folder, or name them in a relevant_filenames_file, to use them"
            )
        if self.other_formats:
            said.append(
                f"{self.left_out()} in {self.where}: not read; convert them to one of {' '.join(IMAGE_EXTENSIONS)} "
                "to use them"
            )
        if self.unseen:
            said.append(f"{self.unseen:,} further file(s) without an extension in {self.where} were not looked into")
        return said

    def left_out(self) -> str:
        """`12 files were left out: 10 .gif, 2 without an extension`; empty where none was."""
        if not self.other_formats:
            return ""
        total = sum(self.other_formats.values())
        by_number = sorted(self.other_formats.items(), key=lambda item: (-item[1], item[0]))
        parts = ", ".join(f"{count:,} {extension or 'without an extension'}" for extension, count in by_number)
        return f"{total:,} {'file was' if total == 1 else 'files were'} left out: {parts}"


def _counted(keys: Sequence[str], what: str) -> str:
    shown = ", ".join(key.rstrip("/") for key in keys[:_SHOWN]) + (", …" if len(keys) > _SHOWN else "")
    return f"{len(keys):,} {what}{'' if len(keys) == 1 else 's'} ({shown})"
