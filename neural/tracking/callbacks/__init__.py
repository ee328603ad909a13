"""What training libraries call while they train: a run of ours gets what they tell.

Each function takes a tracker and returns the object that the library wants::

    model.fit(x, y, callbacks=[keras_callback(tracker)])
    Trainer(..., callbacks=[trainer_callback(tracker)])
    pl.Trainer(logger=lightning_logger(tracker))
    xgboost.train(..., callbacks=[xgboost_callback(tracker)])
    log_search(tracker, GridSearchCV(...).fit(x, y))

The library is imported when the function is called. The tracker stays the caller's, who ends it.
"""

from __future__ import annotations

from neural.tracking.callbacks.hf_trainer import trainer_callback
from neural.tracking.callbacks.keras import keras_callback
from neural.tracking.callbacks.lightning import lightning_logger
from neural.tracking.callbacks.scikit_learn import log_evaluation, log_search
from neural.tracking.callbacks.xgboost import xgboost_callback

__all__ = [
    "keras_callback",
    "lightning_logger",
    "log_evaluation",
    "log_search",
    "trainer_callback",
    "xgboost_callback",
]
