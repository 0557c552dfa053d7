"""The pipeline: what it answers, and every fault that it names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credcore.errors import InvalidInput, ProfileError
from credcore.stages import Pipeline, Requirement, Stage, pipeline_faults


def stage(code, *following, terminal=False, turn="team", needs=()):
    """Return a stage with what a test does not care about filled in."""
    return Stage(code, code.title(), "specialist", turn, needs=needs, next=following, terminal=terminal)


INTAKE = stage("intake", "psv", "withdrawn")
PSV = stage("psv", "decided", "withdrawn", needs=["complete"])
DECIDED = stage("decided", terminal=True)
WITHDRAWN = stage("withdrawn", terminal=True)
COMPLETE = Requirement("complete", "Application complete", documents=["application"])
STARTS = {"initial": "intake", "recredentialing": "psv"}


def keys(*stages, requirements=(COMPLETE,), starts=STARTS):
    """Return the places of a pipeline's faults."""
    return [fault.key for fault in pipeline_faults(stages, requirements, starts)]


def test_a_sound_pipeline_answers():
    """A pipeline knows its stages, where a kind starts, and what a stage needs."""
    pipeline = Pipeline([INTAKE, PSV, DECIDED, WITHDRAWN], [COMPLETE], STARTS)
    assert pipeline.stage("psv") is PSV
    assert pipeline.start("recredentialing") is PSV
    assert pipeline.needs("psv") == (COMPLETE,)
    assert pipeline.needs("intake") == ()


def test_unknown_names_are_refused_with_the_nearest():
    """Asking for a stage or kind that is not there names the one that was meant."""
    pipeline = Pipeline([INTAKE, PSV, DECIDED, WITHDRAWN], [COMPLETE], STARTS)
    with pytest.raises(InvalidInput, match="did you mean 'psv'"):
        pipeline.stage("pvs")
    with pytest.raises(InvalidInput, match="did you mean 'initial'"):
        pipeline.start("inital")
    with pytest.raises(InvalidInput, match="no stage 'nowhere'"):
        pipeline.needs("nowhere")


def test_equal_pipelines_are_equal():
    """Lists and tuples make the same pipeline."""
    one = Pipeline([INTAKE, PSV, DECIDED, WITHDRAWN], [COMPLETE], STARTS)
    two = Pipeline((INTAKE, PSV, DECIDED, WITHDRAWN), (COMPLETE,), dict(STARTS))
    assert one == two


def test_one_slip_of_the_pen_is_one_fault():
    """A misspelt stage is named with the nearest, and paths are followed as they were meant."""
    [fault] = pipeline_faults([stage("intake", "pvs"), PSV, DECIDED, WITHDRAWN], [COMPLETE], {"initial": "intake"})
    assert str(fault) == "stages.intake.next: unknown stage 'pvs'; did you mean 'psv'?"


@pytest.mark.parametrize(
    ("stages", "key", "says"),
    [
        ([INTAKE, stage("psv", "decided", turn="nobody"), DECIDED, WITHDRAWN], "stages.psv.turn", "unknown party"),
        ([INTAKE, stage("psv", "decided", needs=["x"]), DECIDED, WITHDRAWN], "stages.psv.needs", "known: complete"),
        ([INTAKE, PSV, stage("decided", "psv", terminal=True), WITHDRAWN], "stages.decided.next", "leads nowhere"),
        ([INTAKE, PSV, stage("decided"), WITHDRAWN], "stages.decided.next", "make it terminal"),
        ([INTAKE, PSV, PSV, DECIDED, WITHDRAWN], "stages.psv", "more than once"),
        ([INTAKE, PSV, DECIDED, WITHDRAWN, stage("island", "decided")], "stages.island", "no start leads here"),
        ([INTAKE, stage("psv", "loop", "decided"), DECIDED, WITHDRAWN, stage("loop", "loop")], "stages.loop", "no end"),
    ],
)
def test_each_fault_has_its_place(stages, key, says):
    """Every kind of fault is named under the key where it stands."""
    faults = pipeline_faults(stages, [COMPLETE], STARTS)
    assert any(fault.key == key and says in fault.message for fault in faults)


def test_faults_of_starts():
    """A start that is no stage, and a pipeline without starts, are faults."""
    assert keys(INTAKE, PSV, DECIDED, WITHDRAWN, starts={"initial": "intake", "x": "zzz"}) == ["starts.x"]
    assert keys(INTAKE, PSV, DECIDED, WITHDRAWN, starts={}) == ["starts"]


def test_requirements_are_named_once():
    """Two requirements of one code are a fault."""
    assert keys(INTAKE, PSV, DECIDED, WITHDRAWN, requirements=(COMPLETE, COMPLETE)) == ["requirements.complete"]


def test_all_faults_are_reported_together():
    """The constructor refuses with every fault that `pipeline_faults` names."""
    stages = [stage("intake", "pvs", turn="teem"), stage("psv", needs=["y"])]
    with pytest.raises(ProfileError) as caught:
        Pipeline(stages, [], {"initial": "intak"})
    assert list(caught.value.faults) == pipeline_faults(stages, [], {"initial": "intak"})
    assert {fault.key for fault in caught.value.faults} >= {
        "stages.intake.turn",
        "stages.intake.next",
        "stages.psv.needs",
        "stages.psv.next",
        "starts.initial",
    }


CODES = ("north", "south", "east-wing", "attic")


@given(st.fixed_dictionaries({code: st.sets(st.sampled_from(CODES)) for code in CODES}), st.sampled_from(CODES))
def test_a_pipeline_is_sound_exactly_when_no_file_gets_lost(edges, start):
    """No fault means that every stage lies on some walk from the start to an end, and the other way round."""
    stages = [stage(code, *sorted(following), terminal=not following) for code, following in edges.items()]

    def reach(code, walked=()):
        return {code}.union(*(reach(other, (*walked, code)) for other in edges[code] if other not in walked))

    sound = reach(start) == set(CODES) and all(any(not edges[end] for end in reach(code)) for code in CODES)
    assert (pipeline_faults(stages, [], {"initial": start}) == []) is sound
