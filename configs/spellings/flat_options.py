"""The flat, dotted options (`stopping_condition.n_samples=0.3`) and their translation into typed configs and back.

Type, default and meaning of an option are those of the typed field behind it. Only where the old spelling differs from
the typed field does an option have its own conversion here.
"""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from configs.errors import InputError
from configs.run_settings import Named, config_class, merge, resolve
from configs.spellings.dotted_tokens import parse_value, split_token, unquote
from configs.spellings.training_options import TRAINING_OPTIONS
from configs.spellings.unsupported_options import UNSUPPORTED
from configs.stages.report import SavingsConfig
from configs.stages.selection import METHOD_FIELDS, SelectionConfig

REDACTED = "****"


@dataclass(frozen=True)
class FlatOption:
    """One option: where its value goes, and how the old spelling differs from the typed one."""

    key: str
    stage: str
    path: str  # dotted path of the typed field
    to_typed: Callable[[str, Any], dict[str, Any]] | None = None  # (key, value) -> {dotted path: typed value}
    from_typed: Callable[[BaseModel], Any] | None = None  # the stage's config -> value in the old spelling
    type_text: str = ""
    note: str = ""

    @property
    def field(self) -> FieldInfo:
        """The typed field behind the option."""
        model, *names = config_class(self.stage), *self.path.split(".")
        for name in names[:-1]:
            model = model.model_fields[name].annotation  # type: ignore[assignment]
        return model.model_fields[names[-1]]

    @property
    def type_name(self) -> str:
        return self.type_text or _type_name(self.field.annotation)

    @property
    def meaning(self) -> str:
        return " ".join(filter(None, [self.field.description, self.note]))

    def value_in(self, settings: dict[str, BaseModel]) -> Any:
        """The option's value under `settings`, in the old spelling."""
        value: Any = settings[self.stage]
        if self.from_typed:
            return self.from_typed(value)
        for name in self.path.split("."):
            value = getattr(value, name)
        return value


def _n_samples(key: str, value: Any) -> dict[str, Any]:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return {"stopping_condition.n_samples": value, "stopping_condition.proportion_samples": None}
    if value in (-1, None):
        return {"stopping_condition.n_samples": None, "stopping_condition.proportion_samples": None}
    if isinstance(value, float) and 0 <= value <= 1:
        return {"stopping_condition.proportion_samples": value, "stopping_condition.n_samples": None}
    raise InputError(
        f"{key}={value}: write a count (1, 2, …), a share with a decimal point (0.0 to 1.0), or -1 for no condition"
    )


def _min_distance(key: str, value: Any) -> dict[str, Any]:
    if value is None or value == -1:
        return {"stopping_condition.min_distance": None}
    if isinstance(value, int | float) and 0 <= value <= 2:
        return {"stopping_condition.min_distance": float(value)}
    raise InputError(f"{key}={value}: write a distance from 0 to 2, or -1 for no condition")


def _image_size(key: str, value: Any) -> dict[str, Any]:
    sizes = [] if value in (-1, None) else value if isinstance(value, list) else [value]
    if not all(isinstance(size, int) and size > 0 for size in sizes) or len(sizes) > 2 or value == []:
        raise InputError(
            f"{key}={value}: write the shortest edge in pixels, [height,width], or -1 for the original size"
        )
    return {"output_image_size": sizes}


def _read_n_samples(selection: Any) -> Any:
    asked = selection.stopping_condition.asked
    return -1 if asked is None else asked


def _read_min_distance(selection: Any) -> Any:
    distance = selection.stopping_condition.min_distance
    return -1.0 if distance is None else distance


def _read_image_size(export: Any) -> Any:
    sizes = export.output_image_size
    return -1 if not sizes else sizes[0] if len(sizes) == 1 else sizes


OPTIONS = {
    option.key: option
    for option in (
        FlatOption("input_dir", "datasource", "input_dir"),
        FlatOption("shared_dir", "datasource", "shared_dir"),
        FlatOption("output_dir", "run_folder", "output_dir"),
        FlatOption("run_directory", "run_folder", "run_directory"),
        FlatOption("relevant_filenames_file", "input_samples", "relevant_filenames_file"),
        FlatOption("embeddings", "input_samples", "embeddings"),
        FlatOption("enable_corruptness_check", "checked_samples", "enable_corruptness_check"),
        FlatOption("corruptness_check.num_workers", "checked_samples", "num_workers"),
        FlatOption("corruptness_check.thumbnail_size", "checked_samples", "thumbnail_size"),
        FlatOption("corruptness_check.decode_timeout_seconds", "checked_samples", "decode_timeout_seconds"),
        FlatOption("corruptness_check.max_pixels", "checked_samples", "max_pixels"),
        FlatOption("corruptness_check.max_file_bytes", "checked_samples", "max_file_bytes"),
        FlatOption("checkpoint", "checkpoint", "checkpoint"),
        FlatOption("lightly.model.name", "checkpoint", "model.name"),
        FlatOption("lightly.model.width", "checkpoint", "model.width"),
        FlatOption("lightly.model.num_ftrs", "checkpoint", "model.num_ftrs"),
        FlatOption("lightly.seed", "checkpoint", "seed"),
        FlatOption("enable_training", "checkpoint", "enable_training"),
        FlatOption("lightly.model.out_dim", "checkpoint", "model.out_dim"),
        *(FlatOption(key, "checkpoint", **fields) for key, fields in TRAINING_OPTIONS.items()),
        FlatOption("lightly.loader.batch_size", "embeddings", "loader.batch_size"),
        FlatOption("lightly.loader.num_workers", "embeddings", "loader.num_workers"),
        FlatOption("lightly.collate.input_size", "embeddings", "collate.input_size"),
        FlatOption("lightly.trainer.gpus", "embeddings", "trainer.gpus"),
        FlatOption("embedding_precision", "embeddings", "precision"),
        FlatOption("append_weak_labels", "embeddings", "append_weak_labels"),
        FlatOption("remove_exact_duplicates", "dedup_sets", "remove_exact_duplicates"),
        FlatOption("normalize_embeddings", "normalized_embeddings", "normalize_embeddings"),
        FlatOption("method", "selected_samples", "method"),
        FlatOption(
            "stopping_condition.n_samples",
            "selected_samples",
            "stopping_condition.n_samples",
            _n_samples,
            _read_n_samples,
            type_text="int | float",
            note="0.3 or 1.0 is a share of the input, 3 or 1 a count, -1 no condition.",
        ),
        FlatOption(
            "stopping_condition.min_distance",
            "selected_samples",
            "stopping_condition.min_distance",
            _min_distance,
            _read_min_distance,
            type_text="float",
            note="-1: no condition.",
        ),
        FlatOption("active_learning_score_column_name", "selected_samples", "active_learning_score_column_name"),
        FlatOption("active_learning.task_name", "selected_samples", "active_learning_task_name"),
        FlatOption("active_learning.score_name", "selected_samples", "active_learning_score_name"),
        FlatOption("seed", "selected_samples", "seed"),
        FlatOption("dump_sampled_embeddings", "selected_samples", "dump_sampled_embeddings"),
        FlatOption("dump_dataset", "exported_samples", "dump_dataset"),
        FlatOption(
            "output_image_size",
            "exported_samples",
            "output_image_size",
            _image_size,
            _read_image_size,
            type_text="int | [int,int]",
            note="-1: as they are, x: shortest edge.",
        ),
        FlatOption("output_image_format", "exported_samples", "output_image_format"),
        FlatOption("datapool.name", "datapool", "name"),
        FlatOption("datapool.keep_history", "datapool", "keep_history"),
        FlatOption("datasource.enable_datapool_update", "datapool", "enable_datapool_update"),
        FlatOption("n_example_images", "report", "n_example_images"),
        FlatOption("memory_requirement_in_GB", "report", "memory_requirement_in_GB"),
        *(FlatOption(f"savings.{name}", "report", f"savings.{name}") for name in SavingsConfig.model_fields),
    )
}

# Options of the command itself: the command line acts on them, no stage does.
COMMAND_OPTIONS = {
    "dataset": (
        "str",
        "",
        "Name of the dataset (= partition) in Dagster. Empty: made from the input folder's name and path.",
    ),
    "token": ("str", "", "Accepted for old scripts; nothing is checked against it, and it is never written anywhere."),
    "sanity_check": ("bool", False, "Check the installation, say so, and stop."),
}


@dataclass(frozen=True)
class FlatRun:
    """What a list of tokens asks for."""

    named: Named
    dataset: str
    sanity_check: bool
    overrides: list[str]  # the tokens, token redacted


def parse_flat_options(tokens: Iterable[str]) -> FlatRun:
    """Translate `key=value` tokens. Raises InputError naming the key, its value and the mend."""
    named: Named = {}
    command: dict[str, Any] = {key: default for key, (_, default, _) in COMMAND_OPTIONS.items()}
    texts: dict[str, str] = {}
    for token in tokens:
        key, text = split_token(token)
        texts[key] = text
    for key, text in texts.items():
        if key in COMMAND_OPTIONS:
            command[key] = _coerce(key, text, COMMAND_OPTIONS[key][0])
        elif key in OPTIONS:
            option = OPTIONS[key]
            typed = _typed(option, text)
            for path, value in typed.items():
                named[option.stage] = merge(named.get(option.stage, {}), nested(path, value))
        elif key not in UNSUPPORTED:
            raise InputError(_unknown(key))
    if texts.get("enable_training", "").lower() == "true" and texts.get("embeddings"):
        raise InputError(
            "enable_training=True and embeddings=… exclude each other: training needs images; leave one of them out"
        )
    if texts.get("enable_training", "").lower() == "true" and named.get("datapool", {}).get("name"):
        raise InputError(
            "enable_training=True and datapool.name=… exclude each other: the model that made the datapool embeds; "
            "leave one of them out"
        )
    for key in texts.keys() & UNSUPPORTED.keys():
        _refuse_unsupported(key, parse_value(texts[key]))
    _check_values(named)
    overrides = [f"{key}={REDACTED if key == 'token' else text}" for key, text in texts.items()]
    return FlatRun(named, str(command["dataset"]), bool(command["sanity_check"]), overrides)


def flat_values(settings: dict[str, BaseModel]) -> dict[str, Any]:
    """Every supported option's value under `settings`, in the old spelling and order.

    Where strategies select, they stand in place of the options that they replace, as `selection_config.…`.
    """
    selection = settings["selected_samples"]
    replaced: tuple[str, ...] = ()
    strategies: dict[str, Any] = {}
    if isinstance(selection, SelectionConfig) and selection.strategies:
        replaced, chosen = METHOD_FIELDS, selection.selection_config()
        entries = chosen.pop("strategies")
        strategies = {f"selection_config.{name}": value for name, value in chosen.items()}
        for place, entry in enumerate(entries):
            strategies |= {f"selection_config.strategies[{place}].{part}": value for part, value in entry.items()}
    values = {
        key: option.value_in(settings)
        for key, option in OPTIONS.items()
        if not (option.stage == "selected_samples" and option.path.partition(".")[0] in replaced)
    }
    return values | strategies


def nested_values(settings: dict[str, BaseModel]) -> dict[str, Any]:
    """`flat_values` with dotted keys nested, as in the old product's config.yaml."""
    values: dict[str, Any] = {}
    for key, value in flat_values(settings).items():
        if key in OPTIONS:
            values = merge(values, nested(key, value))
    selection = settings["selected_samples"]
    if isinstance(selection, SelectionConfig) and selection.strategies:
        values["selection_config"] = selection.selection_config()
    return values


def overrides_of(named: Named) -> list[str]:
    """The tokens that would name these fields on a command line; strategies have none."""
    before, after = flat_values(resolve({})), flat_values(resolve(named))
    return [f"{key}={value}" for key, value in after.items() if key in OPTIONS and value != before[key]]


def _typed(option: FlatOption, text: str) -> dict[str, Any]:
    if option.to_typed:
        return option.to_typed(option.key, parse_value(text))
    return {option.path: _coerce(option.key, text, option.type_name)}


def _coerce(key: str, text: str, type_name: str) -> Any:
    """The value of `text` for an option of this type."""
    if type_name == "str" or "|" in type_name:
        return "" if text.lower() in ("null", "none") else unquote(text)
    value = parse_value(text)
    allowed = {"bool": (bool,), "int": (int,), "float": (int, float)}[type_name]
    if type(value) not in allowed:
        expected = {"bool": "True or False", "int": "a whole number", "float": "a number"}[type_name]
        raise InputError(f"{key}={text}: expected {expected}")
    return float(value) if type_name == "float" else value


def _check_values(named: Named) -> None:
    for key, option in OPTIONS.items():
        fields = named.get(option.stage)
        if fields is None or option.to_typed:
            continue
        value: Any = fields
        for name in option.path.split("."):
            value = value.get(name, _ABSENT) if isinstance(value, dict) else _ABSENT
        if value is _ABSENT:
            continue
        try:
            config_class(option.stage)(**nested(option.path, value))
        except ValidationError as error:
            raise InputError(f"{key}={value}: {_mend(error, option)}") from None


_ABSENT = object()


def _mend(error: ValidationError, option: FlatOption) -> str:
    context = error.errors()[0].get("ctx", {})
    limits = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than", "multiple_of": "a multiple of"}
    found = [f"{words} {context[name]}" for name, words in limits.items() if name in context]
    if "multiple_of" in context and context["multiple_of"] == 2:
        found = ["an even number"]
    if get_origin(option.field.annotation) is Literal:
        found = ["one of " + ", ".join(get_args(option.field.annotation))]
    return f"must be {', '.join(found)}" if found else error.errors()[0]["msg"].lower()


def _refuse_unsupported(key: str, value: Any) -> None:
    option = UNSUPPORTED[key]
    if value not in option.neutral:
        neutral = option.neutral[0] if option.neutral[0] not in ("", None) else "''"
        raise InputError(
            f"{key}={value}: {option.capability} is not supported yet; leave {key} out or set {key}={neutral}"
        )


def _unknown(key: str) -> str:
    known = [*COMMAND_OPTIONS, *OPTIONS, *UNSUPPORTED]
    close = difflib.get_close_matches(key, known, n=1, cutoff=0.7)
    if not close:  # the last part may be right, or nearly, and the group missing
        last_parts = {name.rpartition(".")[2]: name for name in known}
        close = [last_parts[part] for part in difflib.get_close_matches(key.rpartition(".")[2], last_parts, n=1)]
    hint = f"did you mean {close[0]}?" if close else "winnow run --help lists all options"
    return f"option {key} does not exist; {hint}"


def nested(path: str, value: Any) -> dict[str, Any]:
    """`a.b` and a value as {"a": {"b": value}}."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return dict(value)


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return " | ".join(get_args(annotation))
    if get_origin(annotation) is UnionType:
        annotation = next(part for part in get_args(annotation) if part is not NoneType)
    return str(getattr(annotation, "__name__", annotation))
