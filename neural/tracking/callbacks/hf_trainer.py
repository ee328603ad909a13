"""The Trainer of Hugging Face's transformers, and those of TRL that inherit from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neural.tracking.callbacks._libraries import first_of, log_numbers
from neural.tracking.experiment_tracker import ExperimentTracker

__all__ = ["trainer_callback"]


class _Hooks:
    """What is logged when; mixed into the library's own class."""

    def __init__(self, tracker: ExperimentTracker) -> None:
        super().__init__()
        self._tracker = tracker

    def on_train_begin(self, args: Any, state: Any, control: Any, **known: Any) -> None:
        """Log the arguments of the training and the configuration of the model."""
        if not state.is_world_process_zero:
            return
        params: dict[str, Any] = {"args": _dict_of(args)}
        model = known.get("model")
        configuration = _dict_of(getattr(model, "config", None))
        if configuration:
            params["model"] = configuration
        self._tracker.log_hyperparameters(params)

    def on_log(
        self,
        args: Any,
        state: Any,
        control: Any,
        logs: Mapping[str, Any] | None = None,
        **known: Any,
    ) -> None:
        """Log the Trainer's values at its global step."""
        if state.is_world_process_zero:
            log_numbers(self._tracker, logs, state.global_step)


def trainer_callback(tracker: ExperimentTracker) -> Any:
    """Return a callback for ``Trainer(callbacks=[…])``.

    It logs what the Trainer logs, under the same names, and its arguments as hyperparameters
    below ``args``; tokens and keys among them are redacted. Of several processes, the first logs.

    Args:
        tracker: Takes what is logged; it is not ended.

    Raises:
        NotFoundError: transformers is not installed.
    """
    transformers = first_of("transformers")
    kind = type("NeuralCallback", (_Hooks, transformers.TrainerCallback), {})
    return kind(tracker)


#: Arguments that may hold a token, whatever a library calls its value.
_SECRET = ("token", "api_key", "password")


def _dict_of(settings: Any) -> dict[str, Any]:
    """Return settings by name; those that are not set are left out, and secrets are covered."""
    if settings is None or not hasattr(settings, "to_dict"):
        return {}
    return {
        str(name): "***" if str(name).endswith(_SECRET) else value
        for name, value in settings.to_dict().items()
        if value is not None
    }
