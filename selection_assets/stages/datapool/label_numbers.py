"""Weak labels of a datapool: its CSV holds numbers, which stay what they are, also when later runs have other labels.

A run numbers its own labels anew each time (`samples.label_numbers`); a datapool continues the numbers it began with.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import count

import polars as pl

from selection_assets.stages.samples.sample import ROOT_LABEL

LARGEST = 2**63 - 1
_NUMBER = re.compile(r"-?[0-9]{1,19}")


def names_of_numbers(members: pl.DataFrame, stored: Mapping[str, int]) -> dict[str, str]:
    """Number (as text) -> name of each weak label in the CSV of a datapool; no name stands for two numbers.

    members: filename, label (the number as text). stored: name -> number, from the settings of the datapool; empty for
        one of another program, or of an older version. There the name is the top-level folder, where all members with
        the number lie in one and none with another number does, else the number itself.
    """
    names = {str(number): name for name, number in stored.items()}
    numbers = [number for number in members["label"].unique().sort() if number not in names]
    pairs = members.select("label", folder=_folder(members["filename"])).unique()
    alone = pairs.filter(~pairs["label"].is_duplicated() & ~pairs["folder"].is_duplicated())
    folders = dict(alone.iter_rows())
    taken = set(names.values())
    for number in numbers:
        folder = folders.get(number)
        name = folder if folder is not None and folder not in taken else number
        while name in taken:  # a folder that is called like the number of another one
            name = f"({name})"
        names[number] = name
        taken.add(name)
    return names


def continued(known: Mapping[str, int], labels: Iterable[str], *, are_numbers: bool) -> dict[str, int]:
    """`known` (name -> number) and a number for every further label: the next free ones, in the order of the names.

    are_numbers: some labels are those of an embeddings file; a whole number stands for itself.
    """
    numbers = dict(known)
    further = sorted(set(labels) - numbers.keys())
    if are_numbers:
        numbers |= {label: int(label) for label in further if _NUMBER.fullmatch(label)}
    for label in further:
        if label not in numbers:
            numbers[label] = _free(numbers.values())
    return numbers


def _free(taken: Iterable[int]) -> int:
    used = set(taken)
    after = max(used, default=-1) + 1
    return after if 0 <= after <= LARGEST else next(number for number in count() if number not in used)


def _folder(filenames: pl.Series) -> pl.Series:
    return filenames.str.extract(r"^([^/]*)/", 1).fill_null(ROOT_LABEL)
