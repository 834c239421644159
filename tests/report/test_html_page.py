"""The HTML report without a browser: its structure, its words and what it escapes."""

import json
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from xml.etree import ElementTree

import numpy as np
import pytest

from discovery.report.findings import Findings, read_findings
from discovery.report.html.compare import Compared, compare_html
from discovery.report.html.maths import definition, mathml
from discovery.report.html.page import embedded, to_html
from discovery.report.html.proofs import proof
from discovery.report.html.tables import benchmark_rows
from discovery.runs import Run
from tests.report.sample_run import REFERENCE, REFUTED, complete, surfaces_for

HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"alert('1')\">"
VOID = {"meta", "link", "img", "br", "input", "hr"}


class Page(HTMLParser):
    """Sections with their text, tags and attributes; every tag must be closed by its own end."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.sections, self.tags, self.attributes, self.codes = [], {}, [], [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "section":
            self.sections[dict(attrs)["id"]] = ""
        if tag in ("code", "pre"):
            self.codes.append("")
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("id")))

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        inside = [name for tag, name in self.open if tag == "section"]
        if inside:
            self.sections[inside[-1]] += data
        if any(tag in ("code", "pre") for tag, _ in self.open):
            self.codes[-1] += data


@pytest.fixture(scope="module")
def whole():
    return complete()


@pytest.fixture(scope="module")
def page(whole):
    findings, certificates = whole
    return Page(to_html(findings, surfaces_for(findings), certificates))


def unfinished(**manifest):
    config = {"task": ["CartPole-v1"], "ppo": {}, "train": {}}
    base = {"name": "early", "command": ["drift", "discover"], "created": "2026-11-01T00:00:00+00:00", "git": "abc",
            "python": "3.11", "device": "cpu", "versions": {}, "artifacts": {}, "config": config}  # fmt: skip
    return Findings(manifest={**base, **manifest}, path="runs/early run")


def test_the_page_tells_the_story_in_order(page):
    assert list(page.sections) == [
        "evolution", "formula", "verdict", "surface", "front", "benchmark", "diagnostics", "settings", "reproduce",
    ]  # fmt: skip
    assert "OpenES for up to 100 generations of 64 members in antithetic pairs" in page.sections["evolution"]
    assert "This completes the proof." in page.sections["verdict"]
    assert "Made by" not in "".join(page.sections.values())  # nothing is missing


def test_formulas_hashes_and_commands_are_those_of_the_artifacts(page, whole):
    findings, _ = whole
    for member in findings.front:
        assert member["expression"] in page.codes
        assert set(member["ties"]) <= set(page.codes)
    artifacts = findings.manifest["artifacts"]
    assert set(artifacts.values()) - {artifacts["report.md"]} <= set(page.codes)
    assert any(code == "drift discover --preset pendulum-cartpole --runs runs" for code in page.codes)
    for name, version in findings.manifest["versions"].items():
        assert f"{name} {version}" in page.sections["reproduce"]


def test_the_numbers_are_those_of_the_rows(page, whole):
    findings, _ = whole
    for row in findings.rows:
        assert f"{row['iqm']:.1f}" in page.sections["benchmark"]
    assert "1 of 128" in page.sections["benchmark"]  # a run that diverged
    assert "0.48 [0.42, 0.55]not told apart412" in page.sections["benchmark"]
    assert "Left out: Acrobot-v1 (ppo does not clearly beat none)" in page.sections["benchmark"]


def test_a_refuted_member_has_its_counterexample(page, whole):
    _, certificates = whole
    assert "Refutation." in proof(certificates[REFUTED])
    assert "Counterexample" in page.sections["front"]


def test_an_unfinished_run_says_what_is_missing_and_what_makes_it():
    page = Page(to_html(unfinished(), [], {}))
    command = "drift discover --resume 'runs/early run'"
    for section in ("evolution", "formula", "front", "benchmark"):
        assert f"Made by {command}" in page.sections[section], section
    assert "no diagnostics" in page.sections["diagnostics"]


def test_a_trained_drift_is_told_how_to_go_on(whole):
    findings = replace(unfinished(command=["drift", "train"]), history=whole[0].history)
    page = Page(to_html(findings, [], {}))
    assert "Made by drift distil 'runs/early run'" in page.sections["formula"]
    assert "drift bench --drifts none,ppo,'runs/early run' --envs CartPole-v1" in page.sections["benchmark"]


def test_a_distillation_and_a_benchmark_lack_only_what_is_theirs(whole):
    findings = whole[0]
    distil = replace(
        unfinished(config={"source": "dpo", "distil": {}}), front=findings.front, verdicts=findings.verdicts
    )
    page = Page(to_html(distil, [], {}))
    assert "formulas were sought for dpo" in page.sections["evolution"]
    assert "Made by" not in page.sections["evolution"]
    assert "Made by drift bench --drifts none,ppo,dpo,'expr:" in page.sections["benchmark"]
    bench = unfinished(config={"drifts": ["none", "ppo", "expr:abs(A)*(r - 1)**2"], "envs": ["CartPole-v1"]})
    page = Page(to_html(bench, [], {}))
    assert "evolution" not in page.sections
    assert "expr:abs(A)*(r - 1)**2" in page.sections["formula"]
    assert "relu((r - clip(r, 0.8, 1.2))*A)" in page.codes


def test_nothing_of_a_run_becomes_markup():
    member = {
        "expression": HOSTILE,
        "complexity": 3,
        "nmse": 0.1,
        "heldout_nmse": 0.2,
        "ties": [HOSTILE],
        "selected": True,
    }
    row = {"env": HOSTILE, "drift": HOSTILE, "metric": "auc", "scores": [1.0, 2.0], "iqm": 1.5, "iqm_low": 1.0,
           "iqm_high": 2.0, "mean": 1.5, "probability_of_improvement_over_ppo": 0.5}  # fmt: skip
    verdict = {"expression": HOSTILE, "verdict": "refuted", "gauge": HOSTILE, "counterexample": {"r": HOSTILE},
               "conditions": {"zero": {"verdict": "refuted", "method": HOSTILE, "reason": HOSTILE}}}  # fmt: skip
    config = {"task": [HOSTILE], "ppo": {HOSTILE: HOSTILE}, "train": {"variant": HOSTILE}, HOSTILE: HOSTILE}
    findings = replace(
        unfinished(name=HOSTILE, command=["drift", HOSTILE], versions={HOSTILE: "1"}, device=HOSTILE, config=config,
                   artifacts={HOSTILE: "0"}),
        front=[member], verdicts=[verdict], rows=[row, {**row, "drift": "<b>2</b>"}],
        curves={HOSTILE: {"<b>2</b>": np.ones((2, 3))}},
    )  # fmt: skip
    text = to_html(findings, surfaces_for(findings), {HOSTILE: {"verdict": "proved", "expression": HOSTILE}})
    page = Page(text)
    assert page.tags.count("script") == 3
    assert "img" not in page.tags
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert data
    shown = json.loads(data[1])
    names = [trace.get("name") for trace in shown["figures"]["curves-0"]["data"]]
    assert escape("<b>2</b>") in names  # plotly reads markup in names


@pytest.mark.parametrize("text", ["</script>", "<!--<script>", "&lt;", "\u2028", 'a"b'])
def test_data_within_a_script_comes_back_and_cannot_end_it(text):
    held = embedded({"x": [text, float("nan")]})
    assert "<" not in held
    assert json.loads(held) == {"x": [text, None]}


def test_mathml_is_well_formed_and_escapes_text():
    tree = ElementTree.fromstring(mathml(r"a < b \text{<script>&lt;b&gt; & c}"))
    assert not [node for node in tree.iter() if node.tag.endswith("script>")]
    assert "".join(tree.itertext()).replace("\u00a0", " ").startswith("a<b<script>")
    assert "ReLU" in definition("relu(A*(r - 1))")
    assert definition("<b>") == "<code>&lt;b&gt;</code>"
    assert "<mi>N</mi>" in definition("progress*(r - 1)**2")


def test_rows_are_sorted_by_score_and_a_score_that_is_no_number_comes_last(whole):
    rows = [dict(row) for row in whole[0].rows[:3]]
    rows[0].update(iqm=float("nan"), iqm_low=None, iqm_high=None)
    shown = benchmark_rows([(row, None, row["drift"]) for row in rows])
    assert [row["label"] for row in shown] == ["ppo", "dpo", "none"]
    assert shown[-1]["bar"] is None


def test_runs_are_merged_only_where_settings_agree(whole):
    findings, certificates = whole
    config = findings.manifest["config"]
    other = {**findings.manifest, "config": {**config, "ppo": {**config["ppo"], "learning_rate": 0.003}}}
    same = Compared(findings, surfaces_for(findings), certificates)
    changed = Compared(replace(findings, manifest=other), surfaces_for(findings), certificates)
    together = Page(compare_html([same, same]))
    assert "CartPole-v1 (run 1, run 2)" in together.sections["benchmark"]
    assert "Not comparable" not in together.sections["benchmark"]
    apart = Page(compare_html([same, changed]))
    assert "CartPole-v1 (run 1)" in apart.sections["benchmark"]
    assert "Not comparable with run 2 on this environment: learning_rate 0.01 and 0.003." in apart.sections["benchmark"]


def test_the_reference_run_as_it_is_has_a_page():
    findings = read_findings(Run.open(REFERENCE))
    page = Page(to_html(findings, surfaces_for(findings), {}))
    assert "no certificate that can be explained" in page.sections["verdict"]
