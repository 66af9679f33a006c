"""Parts of an experiment chosen by the name of their class: `--model LCNN --loss Focal`.

The names are those that the packages of the parts export. A part that is chosen has its default
fields; options such as `--model.dropout 0.3` change them.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from spoofjax.config import (
    Augmentation,
    Copying,
    Experiment,
    FrontEnd,
    Loss,
    Model,
    Optimizer,
    Part,
    Sampler,
)
from spoofjax.errors import ConfigError, nearest
from spoofjax.splicing import Splicing

KINDS: dict[str, tuple[type[Part], str]] = {
    "front_end": (FrontEnd, "spoofjax.features"),
    "model": (Model, "spoofjax.models"),
    "sampling": (Sampler, "spoofjax.loading.sampling"),
    "loss": (Loss, "spoofjax.training.losses"),
    "optimizer": (Optimizer, "spoofjax.training.optimizers"),
    "augment": (Augmentation, "spoofjax.audio.augmentation"),
    "synthesis": (Copying, "spoofjax.synthesis"),
    "splicing": (Splicing, "spoofjax.synthesis"),
}
"""The fields of an experiment whose class can be chosen: its base, and where the classes are."""
NOTHING = "none"
"""The name of the augmentation, the synthesis and the splicing that change nothing."""
CAN_BE_NONE = (Augmentation, Copying, Splicing)


def with_chosen_parts(
    experiment: Experiment, arguments: Sequence[str]
) -> tuple[Experiment, list[str]]:
    """Replace the parts that are chosen by name; return the experiment and the other arguments.

    `arguments` are those of a command line, such as `--model LCNN` or `--model=LCNN`. Choosing the
    class that a part has already leaves its fields as they are. Raises ConfigError for an unknown
    name, and for a class that has no defaults.
    """
    others: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        option, equals, value = argument.partition("=")
        field = option.removeprefix("--").replace("-", "_")
        if not option.startswith("--") or field not in KINDS:
            others.append(argument)
            continue
        name = value if equals else next(waiting, "")
        experiment = experiment.replace(**{field: _chosen(experiment, field, name)})
    return experiment, others


def _chosen(experiment: Experiment, field: str, name: str) -> Part:
    """Return the part that a name means for a field."""
    classes = choices(field)
    by_lower = {known.lower(): known for known in classes}
    if name.lower() not in by_lower:
        option = f"--{field.replace('_', '-')}"
        raise ConfigError(
            f"{option} takes the name of a class, not {name!r}.{nearest(name, classes)} "
            f"There are: {', '.join(classes)}."
        )
    kind = classes[by_lower[name.lower()]]
    current = getattr(experiment, field)
    if type(current) is kind:
        return current
    try:
        return kind()
    except ConfigError as error:
        raise ConfigError(f"{kind.__name__} cannot be chosen by its name alone. {error}") from error
    except TypeError as error:
        raise ConfigError(
            f"{kind.__name__} cannot be chosen by its name alone ({error}). Write it with its "
            "fields in a configuration file."
        ) from error


def choices(field: str) -> dict[str, type[Part]]:
    """Return the classes that can be chosen for a field of an experiment, by name."""
    base, package = KINDS[field]
    module = import_module(package)
    names = getattr(module, "__all__", None) or vars(module)
    classes = {
        name: value
        for name in names
        if isinstance(value := getattr(module, name), type)
        and issubclass(value, base)
        and value is not base
    }
    return {NOTHING: base, **classes} if base in CAN_BE_NONE else classes
