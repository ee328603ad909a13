"""What the doctor says of one run: a panel that leads to the places on its charts."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from neural._clock import now
from neural.errors import NeuralError, NotFoundError
from neural.tracking.analysis.doctor import RULES, Finding, RunFacts, diagnose
from neural.tracking.analysis.doctor.finding import SEVERITIES
from neural.tracking.analysis.doctor.names import is_learning_rate, known_goal
from neural.tracking.charts.finding_regions import finding_regions
from neural.tracking.charts.lines import View
from neural.tracking.charts.regions import Region
from neural.tracking.experiment_manager import ExperimentManager
from neural.tracking.pages.addresses import run_href
from neural.tracking.pages.board.data import ChartRun
from neural.tracking.pages.board.lines import series_along
from neural.tracking.pages.metric_sections import telling
from neural.tracking.records import RunRecord
from neural.tracking.ui.attributes import attributes
from neural.tracking.ui.callbacks import callback
from neural.tracking.ui.components import badge, card, loading_state, safe_link
from neural.tracking.ui.page import AppContext

__all__ = [
    "MOST_METRICS",
    "Doctor",
    "DoctorIds",
    "Examination",
    "chosen_metrics",
    "doctor_card",
    "doctor_of",
    "doctor_slot",
    "finding_href",
    "register_doctor",
]

#: Metrics of a run that are looked at; those whose direction is known come first.
MOST_METRICS = 200
#: Findings of one rule that are listed.
MOST_OF_A_RULE = 8
#: Examinations that are kept.
_KEPT = 64
#: Seconds after which a run that is being written is looked at again.
_LOOK_AGAIN_S = 30.0

_LOOKS = {
    "error": ("error", "error", "Error"),
    "warning": ("warn", "warning", "Warning"),
    "info": ("live", "info", "Note"),
}


class DoctorIds:
    """Ids of the panel."""

    PANEL = "run-doctor"
    #: Store: ``[run, revision]`` of the panel.
    ASKED = "run-doctor-asked"


@dataclass(frozen=True, kw_only=True)
class Examination:
    """What was found in a run.

    Attributes:
        findings: The worst first.
        looked: Metrics that were looked at.
        total: Metrics there are.
    """

    findings: tuple[Finding, ...]
    looked: int
    total: int


class Doctor:
    """Examines runs, and remembers what it found until they change.

    Args:
        library: The runs.
    """

    def __init__(self, library: ExperimentManager) -> None:
        self._library = library
        self._lock = threading.Lock()
        #: All charts of a page ask at once; one of them looks, the others wait for what it found.
        self._looking = threading.Lock()
        self._kept: OrderedDict[str, tuple[tuple[str, int], Examination]] = OrderedDict()

    def known(self, run: str) -> Examination | None:
        """Return what was found the last time; it may be old."""
        with self._lock:
            found = self._kept.get(run)
        return found[1] if found else None

    def examine(self, run: str) -> Examination:
        """Return what there is to say of a run.

        Raises:
            NotFoundError: There is no such run.
        """
        record, time = self._library.run(run), now()
        revision = str(self._library.revision([run]).get(run, ""))
        state = (revision, 0)
        if record.status == "running":
            # Not with each of its steps: charts are drawn again every other second.
            state = ("", int(time // _LOOK_AGAIN_S))
        with self._looking:
            with self._lock:
                kept = self._kept.get(run)
            if kept and kept[0] == state:
                return kept[1]
            found = self._examined(record, time)
            self._keep(run, state, found)
        return found

    def _keep(self, run: str, state: tuple[str, int], found: Examination) -> None:
        with self._lock:
            self._kept[run] = (state, found)
            self._kept.move_to_end(run)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)

    def _examined(self, record: RunRecord, time: float) -> Examination:
        names = chosen_metrics(record)
        series = self._library.metrics(record.experiment_id, names, view="drawn")
        facts = RunFacts(status=record.status, goals=record.goals, now=time)
        findings = diagnose(series, facts)
        return Examination(findings=tuple(findings), looked=len(names), total=len(record.metrics))

    def regions(self, run: ChartRun, metric: str, view: View) -> tuple[Region, ...]:
        """Return what to mark on the chart of one metric of a run; nothing for a run that is gone.

        Args:
            run: The run.
            metric: Metric of the chart.
            view: Its axes.
        """
        try:
            findings = self.examine(run.id).findings
            if not any(one.region for one in findings):
                return ()
            # Steps stand on their axis as they are; only times have to be looked up.
            by_step = view.x == "step"
            series = None if by_step else series_along(self._library, run.id, metric, view.x)
        except NeuralError:  # gone or damaged: the chart itself says so
            return ()
        return finding_regions(findings, metric, series=series, start=run.start, x=view.x)


def chosen_metrics(record: RunRecord) -> list[str]:
    """Return the metrics to look at, at most :data:`MOST_METRICS`, the most telling first."""

    def is_dull(name: str) -> bool:
        return known_goal(name, record.goals) is None and not is_learning_rate(name)

    names = telling(record.metrics, record.goals)
    # The machine's own come last; throughput is told from the metric with most points.
    own = record.metrics.keys() - set(names)
    names += [name for name in record.metrics if name in own]
    return sorted(names, key=is_dull)[:MOST_METRICS]


_DOCTORS: WeakKeyDictionary[ExperimentManager, Doctor] = WeakKeyDictionary()


def doctor_of(library: ExperimentManager) -> Doctor:
    """Return the doctor of a store; always the same, so that nothing is examined twice."""
    return _DOCTORS.setdefault(library, Doctor(library))


def doctor_slot(context: AppContext, run: str) -> html.Div:
    """Return the place of the panel: what is known at once, the rest a moment later."""
    known = doctor_of(context.manager).known(run)
    shown = loading_state(2) if known is None else doctor_card(context, run, known)
    revision = str(context.manager.revision([run]).get(run, ""))
    return html.Div(
        [
            dcc.Store(id=DoctorIds.ASKED, data=[run, revision]),
            html.Div(shown, id=DoctorIds.PANEL, **attributes(aria_live="polite")),
        ],
        className="aq-doctor",
    )


def doctor_card(context: AppContext, run: str, found: Examination) -> html.Section:
    """Return the panel.

    Args:
        context: The application.
        run: Id of the run.
        found: What the doctor says.
    """
    if not found.findings:
        words = html.P(
            [badge("healthy", kind="ok", icon_name="check"), html.Span(_looked(found))],
            className="aq-with-icon",
        )
        return card("Doctor", [words])
    groups = [_rule(context, run, rule, of) for rule, of in _by_rule(found.findings).items()]
    hint = html.P(_looked(found), className="aq-hint")
    return card(f"Doctor ({len(found.findings):,})", [*groups, hint])


def _looked(found: Examination) -> str:
    plural = "" if found.looked == 1 else "s"
    words = f"{len(RULES)} rules looked at {found.looked:,} metric{plural}"
    if found.looked < found.total:
        words += f"; {found.total - found.looked:,} of {found.total:,} were left out"
    return f"{words}."


def _by_rule(findings: Iterable[Finding]) -> Mapping[str, list[Finding]]:
    """Return the findings by rule, the rule with the worst first."""
    groups: dict[str, list[Finding]] = {}
    for one in sorted(findings, key=lambda one: SEVERITIES.index(one.severity)):
        groups.setdefault(one.rule, []).append(one)
    return groups


def _rule(context: AppContext, run: str, rule: str, findings: Sequence[Finding]) -> html.Section:
    shown = findings[:MOST_OF_A_RULE]
    more = len(findings) - len(shown)
    rest = [html.P(f"{more:,} more of this rule", className="aq-hint")] if more else []
    return html.Section(
        [
            html.H3(RULES[rule].name, className="aq-doctor-rule"),
            html.Ul([html.Li(_finding(context, run, one)) for one in shown]),
            *rest,
        ]
    )


def _finding(context: AppContext, run: str, one: Finding) -> list[Component]:
    kind, icon_name, word = _LOOKS[one.severity]
    title = safe_link(one.title, finding_href(context, run, one))
    return [
        badge(word, kind=kind, icon_name=icon_name),
        html.Div([html.Div(title, className="aq-doctor-title"), html.Div(one.text)]),
    ]


def finding_href(context: AppContext, run: str, one: Finding) -> str:
    """Return the address of the charts a finding was seen in, with its region marked."""
    if not one.metrics:  # the run as a whole: every chart shows it
        return run_href(context, run, "charts")
    names = "|".join(re.escape(name) for name in one.metrics[:3])
    # A blank would part two patterns of the search.
    pattern = f"^({names})$".replace("\\ ", "\\s").replace(" ", "\\s")
    return f"{run_href(context, run, 'charts')}&{urlencode({'q': pattern})}"


def register_doctor(app: Dash, context: AppContext) -> None:
    """Connect the panel: it is worked out once the page stands."""
    doctor = doctor_of(context.manager)

    @callback(
        app,
        Output(DoctorIds.PANEL, "children"),
        Input(DoctorIds.ASKED, "data"),
    )
    def _examine(asked: Sequence[str] | None) -> Component:
        if not asked:
            raise PreventUpdate
        try:
            return doctor_card(context, asked[0], doctor.examine(asked[0]))
        except NotFoundError as error:  # moved to the trash while somebody looks at it
            raise PreventUpdate from error
