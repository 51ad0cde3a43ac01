"""The plan as SARIF 2.1.0, for code scanning: a result for each container of a workload that ends or cannot be told, and for each finding.

A cluster has no lines of code: a result stands at its object by name (logical location), and at its manifest where that was read
(``media.locations``). Messages are plain text. Whether the run is to be trusted stands in its invocation: what was not seen is a
notification, so that no results from a plan that is not complete are no all-clear. What an ignore entry accepts is a result that is
suppressed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from upgradecheck import __version__
from upgradecheck.hazards import rule, rule_ids
from upgradecheck.model.errors import EXIT_NO_REPORT
from upgradecheck.model.plan import Plan, Severity, Verdict
from upgradecheck.model.rules import RuleFacts
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.locations import Files, Place, path_of
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.answer import answer_of
from upgradecheck.reporting.hits import VERDICT_RULE, finding_place, finding_prints, hits, meaning
from upgradecheck.reporting.words import WORD

FOR_MACHINES = True

Json = Mapping[str, object]
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PRINT = "upgradecheck/v1"


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The document, a result a line."""
    return document([run(plan)])


def document(runs: Iterable[Iterable[str]]) -> Iterator[str]:
    """One of these runs."""
    yield f'{{"$schema": {_text(SCHEMA)}, "version": "2.1.0", "runs": ['
    between = ""
    for one in runs:
        yield between
        yield from one
        between = ",\n"
    yield "]}\n"


def run(plan: Plan, cluster: str | None = None) -> Iterator[str]:
    """What is told of one plan; of which cluster, where that is told: a tracker takes runs apart by it."""
    rules = list(_rules(plan))
    index = {str(one["id"]): number for number, one in enumerate(rules)}
    yield f'{{\n"tool": {_text({"driver": _driver(rules)})},\n{_of_cluster(cluster)}"invocations": [{_text(_invocation(plan))}],\n'
    yield f'"properties": {_text(_properties(plan))},\n"results": ['
    between = "\n"
    for result in _results(plan):
        yield between + _text({**result, "ruleIndex": index[str(result["ruleId"])]})
        between = ",\n"
    yield "]}"


def run_without_plan(cluster: str, trouble: str) -> Iterator[str]:
    """What is told of a cluster of which there is no plan: nothing, and why."""
    notice = {"level": "error", "message": {"text": safe_text(trouble)}}
    told = {"executionSuccessful": False, "exitCode": EXIT_NO_REPORT, "toolExecutionNotifications": [notice]}
    yield f'{{\n"tool": {_text({"driver": _driver([])})},\n{_of_cluster(cluster)}"invocations": [{_text(told)}],\n"results": []}}'


def _driver(rules: list[Json]) -> Json:
    return {"name": "upgradecheck", "version": __version__, "rules": rules}


def _of_cluster(name: str | None) -> str:
    return "" if name is None else f'"automationDetails": {_text({"id": f"upgradecheck/{path_of((name,))}/"})},\n'


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)


def _rules(plan: Plan) -> Iterator[Json]:
    """Of all verdicts, and of the rules that have found something."""
    for verdict, id_ in VERDICT_RULE.items():
        about = {"text": meaning(verdict)}
        level = _level(verdict)
        yield {"id": id_, "name": WORD[verdict], "shortDescription": about, "help": about, "defaultConfiguration": {"level": level}}
    known = rule_ids()
    for id_ in sorted({finding.rule for finding in plan.findings}):
        yield _told(rule(id_)) if id_ in known else {"id": safe_text(id_), "help": {"text": "A rule of another upgradecheck."}}


def _told(facts: RuleFacts) -> Json:
    return {
        "id": facts.id,
        "shortDescription": {"text": facts.title},
        "fullDescription": {"text": facts.summary},
        "help": {"text": f"{facts.why}\n\n{facts.look}\n\n{facts.remedy}"},
        "defaultConfiguration": {"level": _LEVEL[facts.severity]},
    }


def _level(verdict: Verdict) -> str:
    return "warning" if verdict is Verdict.UNKNOWN else "error"


def _results(plan: Plan) -> Iterator[Json]:
    files = Files(plan)
    for hit in (*hits(plan), *hits(plan, accepted=True)):
        told = {"containers": 0 if hit.container is None else hit.number, "whole_pods": hit.number if hit.container is None else 0}
        properties = {"verdict": hit.verdict.value, "reason": hit.reason.value, "nodes": hit.nodes, **told}
        result = _result(hit.rule, _level(hit.verdict), hit.sentence, hit.fingerprint, hit.place, files.of(hit.place), properties)
        yield {**result, **_suppressions(plan, hit.ignored_by)}
    for finding, printed in finding_prints(plan.findings):
        text = f"{finding.message} {finding.remedy}"
        result = _result(
            safe_text(finding.rule), _LEVEL[finding.severity], text, printed, finding_place(finding), files.of(finding_place(finding)), {}
        )
        yield {**result, **_suppressions(plan, finding.ignored_by)}


def _suppressions(plan: Plan, entry: int | None) -> Json:
    """The ignore entry that accepts it, by its reason."""
    entries = () if plan.ignores is None else plan.ignores.entries
    found = next((one for one in entries if one.entry == entry), None)
    return {} if found is None else {"suppressions": [{"kind": "external", "justification": safe_text(found.reason)}]}


def _result(id_: str, level: str, text: str, printed: str, place: tuple[str, ...], file: Place | None, properties: Json) -> Json:
    location: dict[str, object] = {"logicalLocations": [{"name": safe_text(place[-1]), "fullyQualifiedName": safe_text("/".join(place))}]}
    if file is not None:
        location["physicalLocation"] = {"artifactLocation": {"uri": file.uri}, "region": {"startLine": file.line}}
    found = {"ruleId": id_, "level": level, "message": {"text": safe_text(text) or "-"}, "locations": [location]}
    return {**found, "partialFingerprints": {_PRINT: printed}, **({"properties": properties} if properties else {})}


def _invocation(plan: Plan) -> Json:
    missing = [{"level": "warning", "message": {"text": safe_text(f"not seen: {one.what}: {one.reason}")}} for one in plan.coverage.missing]
    answer = answer_of(plan)
    told = {"executionSuccessful": plan.complete, "exitCode": plan.exit_code, "exitCodeDescription": safe_text(answer.gate)}
    return {**told, "toolExecutionNotifications": missing}


def _properties(plan: Plan) -> Json:
    counted = {verdict.value: number for verdict, number in plan.summary.containers.items()}
    return {"plan_hash": safe_text(plan.plan_hash), "complete": plan.complete, "containers": counted}
