"""When a rule applies."""

from hypothesis import given
from hypothesis import strategies as st

from credcore.history import Facet, Mark
from credcore.rules import ALWAYS, NEVER, NO_TRIGGER, AnyOf, Condition, Trigger, When
from credcore.rules._facets import FacetSpace
from credcore.rules.conditions import Named

STAGES, KINDS, PARTIES, FLAGS = ("intake", "psv"), ("initial", "recredentialing"), ("provider", "payer"), ("x", "y")


def some(names: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    """Draw a set of names."""
    return st.frozensets(st.sampled_from(names))


facets = st.builds(
    Facet,
    st.just("file"),
    st.sampled_from(KINDS),
    st.sampled_from(STAGES),
    some(PARTIES),
    some(FLAGS),
    st.integers(0, 4),
    st.sampled_from(["", "NY", "IL"]),
    st.dictionaries(st.sampled_from(PARTIES), st.integers(1, 4)).map(lambda tries: tuple(sorted(tries.items()))),
)
whens = st.builds(
    When,
    record=st.none() | st.sampled_from(["file", "provider"]),
    stage=st.none() | some(STAGES),
    kind=st.none() | some(KINDS),
    waiting_on=st.none() | some(PARTIES),
    held=st.none() | st.booleans(),
    flags=some(FLAGS),
    without=some(FLAGS),
    attempts_from=st.integers(0, 3),
    attempts_below=st.none() | st.integers(0, 4),
    attempts_with=st.sampled_from(["", *PARTIES]),
    state=st.none() | some(("NY", "NJ")),
)
conditions = st.recursive(
    whens | st.just(NEVER), lambda inner: st.builds(AnyOf, st.lists(inner, max_size=3)), max_leaves=4
)


def test_each_part_narrows() -> None:
    """A condition is met by a facet that fits all that it says."""
    facet = Facet("file", "initial", "psv", frozenset({"provider"}), frozenset({"x"}), 2, "NJ", (("payer", 1),))
    for fits in (
        When(record="file"),
        When(stage="psv"),
        When(kind=["initial", "other"]),
        When(waiting_on=["provider", "payer"]),
        When(held=True),
        When(flags="x"),
        When(without="y"),
        When(attempts_from=2),
        When(attempts_below=3),
        When(state=["NY", "NJ"]),
        When(attempts_from=1, attempts_with="payer"),
        When(attempts_below=1, attempts_with="provider"),
        AnyOf([NEVER, ALWAYS]),
    ):
        assert fits.met(facet)
    for misses in (
        When(record="provider"),
        When(stage="intake"),
        When(kind=()),
        When(waiting_on="payer"),
        When(held=False),
        When(flags=["x", "y"]),
        When(without=["x", "y"]),
        When(attempts_from=3),
        When(attempts_below=2),
        When(state="IL"),
        When(attempts_from=1, attempts_with="provider"),
        When(attempts_below=1, attempts_with="payer"),
        AnyOf([NEVER, When(stage="intake")]),
        AnyOf([]),
    ):
        assert not misses.met(facet)


@given(conditions, facets)
def test_what_is_left_within_a_stage_says_the_same(condition: Condition, facet: Facet) -> None:
    """Known the record, kind and stage, the rest of a condition is met exactly where the whole is."""
    left = condition.within(facet.record, facet.kind, facet.stage)
    assert left.met(facet) == condition.met(facet)
    assert left.met(facet._replace(kind="", stage="")) == condition.met(facet)


@given(conditions, facets, facets)
def test_nothing_but_what_is_named_matters(condition: Condition, facet: Facet, other: Facet) -> None:
    """Facets that agree on what a condition names, and on whether anybody is waited for, are alike to it."""
    parties, flags, attempts, states, tries = condition.named
    alike = facet._replace(
        parties=facet.parties & parties | (other.parties - parties if facet.parties else frozenset()),
        flags=facet.flags & flags | other.flags - flags,
        attempts=max(number for number in (0, *attempts) if number <= facet.attempts),
        state=facet.state if facet.state in states else "",
        tries=tuple(
            (party, max([0, *(number for name, number in tries if name == party and number <= tried)]))
            for party, tried in facet.tries
        ),
    )
    if bool(alike.parties) == bool(facet.parties):
        assert condition.met(alike) == condition.met(facet)


@given(st.lists(conditions, min_size=1, max_size=3))
def test_a_set_of_facets_is_those_that_meet(several: list[Condition]) -> None:
    """A condition's set holds, of all facets told apart, those that meet it; numbers of attempts by party are too."""
    left = [condition.within("file", "initial", "psv") for condition in several]
    named = Named()
    for condition in left:
        named |= condition.named
    space = FacetSpace(named)
    for condition in left:
        met = space.where(condition)
        assert all(condition.met(facet) for facet in space.facets(met, "file", "initial", "psv"))
        others = space.facets(space.everything & ~met, "file", "initial", "psv")
        assert not any(condition.met(facet) for facet in others)


def test_a_trigger_fires_on_its_types_and_its_party() -> None:
    """An answer of the provider is not one of the payer, and no trigger fires on nothing."""
    answer = [Mark("e-1", "contact-logged", "provider"), Mark("e-1", "contact-answered", "provider")]
    assert Trigger("contact-answered").fires(answer)
    assert Trigger(["reviewed", "contact-answered"], party="provider").fires(answer)
    assert not Trigger("contact-answered", party="payer").fires(answer)
    assert not NO_TRIGGER.fires(answer)
