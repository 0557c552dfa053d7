"""The provider: credentials, cycles, leave, and the states that rules judge."""

import datetime as dt
import itertools

import attrs
import pytest
from hypothesis import given, settings

from credcore.errors import InvalidInput
from credcore.events import EVENT_TYPES, Corrected, CycleAnchored, LeaveStarted, Stamp
from credcore.history import SILENT, History, Ref
from credcore.instants import to_us
from credcore.providers import ProviderFold, ProviderRecord, register_provider, states
from credcore.testing.histories import provider_histories

REF = Ref("provider", "p-1")
T = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
TODAY = T.date()
HOUR = dt.timedelta(hours=1)
ids = itertools.count(1)


def stamp(hours=1):
    """Return a stamp some hours after the registration."""
    return Stamp(T + hours * HOUR, "ana", lambda: f"e-{next(ids)}")


def after(*steps):
    """Return a history after methods of the provider were called one after the other."""
    history = History(REF, register_provider("Ada Ames", stamp(0), npi="1234567893", state="IL"))
    for name, *args in steps:
        named = args.pop() if isinstance(args[-1], dict) else {}
        history = history.with_events(getattr(ProviderRecord.from_history(history), name)(*args, **named))
    return history


def provider(*steps):
    """Return the provider after some steps."""
    return ProviderRecord.from_history(after(*steps))


LICENCE = ("record_credential", "c-1", "licence", stamp(1), {"expires_on": dt.date(2026, 7, 31), "number": "0036"})


def test_a_registered_provider_is_active():
    """Registered, a provider has its details and nothing else."""
    ada = provider()
    assert (ada.id, ada.name, ada.npi, ada.state, ada.status) == ("p-1", "Ada Ames", "1234567893", "IL", "active")
    assert (ada.credentials, ada.cycles, ada.attested_on, ada.merged_into) == ({}, {}, None, "")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"npi": "1234567890"}, "npi: .*check digit is wrong"),
        ({"taxonomy": "family"}, "taxonomy: "),
        ({"state": "Illinois"}, "write 'IL'"),
    ],
)
def test_identifiers_are_checked(fields, says):
    """A provider is neither registered nor changed with an identifier that cannot be right."""
    with pytest.raises(InvalidInput, match=says):
        register_provider("Ada Ames", stamp(), **fields)
    with pytest.raises(InvalidInput, match=says):
        provider().change_details(stamp(), **fields)


def test_a_name_is_needed():
    """A provider has a name, at first and always."""
    with pytest.raises(InvalidInput, match="name: is empty"):
        register_provider("", stamp())
    with pytest.raises(InvalidInput, match="name: is empty"):
        provider().change_details(stamp(), name="")


def test_details_change_one_by_one():
    """A change leaves what it does not name, takes away what it empties, and must change something."""
    ada = provider(("change_details", stamp(), {"city": "Peoria"}), ("change_details", stamp(), {"npi": ""}))
    assert (ada.name, ada.city, ada.npi) == ("Ada Ames", "Peoria", "")
    with pytest.raises(InvalidInput, match="nothing changes"):
        ada.change_details(stamp(), city="Peoria")


def test_a_renewal_adds_a_term():
    """The chain of terms is kept, and the last one says when the credential expires."""
    licence = provider(LICENCE, ("renew", "c-1", stamp(2), {"expires_on": dt.date(2028, 7, 31)})).credentials["c-1"]
    assert [term.expires_on for term in licence.terms] == [dt.date(2026, 7, 31), dt.date(2028, 7, 31)]
    assert (licence.expires_on, licence.issued_on, licence.number) == (dt.date(2028, 7, 31), None, "0036")


def test_expiry_is_a_fact_while_there_is_one():
    """The state knows the present term's last day; renewed without one, a credential no longer expires."""
    history = after(
        LICENCE, ("renew", "c-1", stamp(2), {"expires_on": dt.date(2028, 7, 31)}), ("renew", "c-1", stamp(3), {})
    )
    _, first, renewed, lasting = states(history)
    assert first.facts["expiry", "c-1"].day == dt.date(2026, 7, 31)
    assert renewed.facts["expiry", "c-1"].event == history.events[2].id
    assert lasting.facts == {}


@pytest.mark.parametrize(
    ("steps", "call", "named", "says"),
    [
        ([LICENCE], ("record_credential", "c-1", "dea", stamp()), {}, "recorded already"),
        ([], ("record_credential", "", "dea", stamp()), {}, "needs an id"),
        ([], ("record_credential", "c-2", "dea", stamp()), {"state": "XX"}, "not a state's code"),
        (
            [],
            ("record_credential", "c-2", "dea", stamp()),
            {"issued_on": TODAY, "expires_on": dt.date(2026, 3, 1)},
            "2026-03-01 is before its issue, 2026-03-02",
        ),
        ([LICENCE], ("renew", "c-2", stamp()), {}, "did you mean 'c-1'"),
        (
            [("record_credential", "c-1", "dea", stamp(), {"issued_on": TODAY})],
            ("renew", "c-1", stamp()),
            {"expires_on": dt.date(2026, 3, 1)},
            "before its issue",
        ),
        ([("anchor_cycle", "ncqa", TODAY, stamp())], ("anchor_cycle", "ncqa", TODAY, stamp()), {}, "anchored on"),
        ([], ("anchor_cycle", "", TODAY, stamp()), {}, "name the body"),
        ([], ("anchor_cycle", "tjc", TODAY, stamp()), {"term_ends_on": dt.date(2026, 3, 1)}, "before the anchor"),
        ([], ("monitor", "", TODAY, stamp()), {}, "name what was searched"),
        ([], ("end_leave", stamp()), {}, "is active, not on-leave"),
        ([("start_leave", stamp())], ("start_leave", stamp()), {}, "is on-leave, not active"),
        ([("terminate", stamp())], ("terminate", stamp()), {}, "is terminated, not active or on-leave"),
        ([], ("reinstate", stamp()), {}, "is active, not terminated"),
        ([], ("merge_into", "p-1", stamp()), {}, "into another one"),
        ([("merge_into", "p-2", stamp())], ("merge_into", "p-3", stamp()), {}, "into 'p-2' already"),
        ([], ("unmerge", stamp()), {}, "is not merged"),
        ([], ("attest", TODAY, stamp(-1)), {}, "registered only at 2026-03-02T09:00:00Z"),
    ],
)
def test_nonsense_is_refused(steps, call, named, says):
    """What a provider cannot take is refused, and the message says what is known."""
    name, *args = call
    with pytest.raises(InvalidInput, match=says):
        getattr(provider(*steps), name)(*args, **named)


def test_the_latest_day_counts_however_late_it_was_recorded():
    """Anchors, attestations and checks of an earlier day, recorded later, displace nothing."""
    earlier = dt.date(2023, 3, 2)
    ada = provider(
        ("anchor_cycle", "ncqa", TODAY, stamp(1), {"term_ends_on": dt.date(2029, 3, 1), "file": "f-1"}),
        ("anchor_cycle", "ncqa", earlier, stamp(2)),
        ("anchor_cycle", "tjc", earlier, stamp(2)),
        ("attest", TODAY, stamp(1)),
        ("attest", earlier, stamp(2)),
        ("monitor", "oig-leie", TODAY, stamp(1), {"result": "listed"}),
        ("monitor", "oig-leie", earlier, stamp(2)),
    )
    assert (ada.cycles["ncqa"].anchor_on, ada.cycles["ncqa"].file) == (TODAY, "f-1")
    assert ada.cycles["tjc"].anchor_on == earlier
    assert ada.attested_on == TODAY
    assert (ada.monitored["oig-leie"].monitored_on, ada.monitored["oig-leie"].result) == (TODAY, "listed")


def test_of_one_day_the_last_word_counts():
    """Two anchors of one day can only come from a late record: the later one's term counts."""
    history = after(("anchor_cycle", "tjc", TODAY, stamp(1)))
    again = stamp(2)(CycleAnchored, body="tjc", anchor_on=TODAY, term_ends_on=dt.date(2029, 3, 1))
    ada = ProviderRecord.from_history(history.with_events([again]))
    assert ada.cycles["tjc"].term_ends_on == dt.date(2029, 3, 1)


def test_facts_have_the_days_that_rules_need():
    """Cycle, attestation and monitoring are facts by body and source; a term's end bounds its cycle."""
    history = after(
        ("anchor_cycle", "tjc", TODAY, stamp(1), {"term_ends_on": dt.date(2029, 3, 1)}),
        ("attest", TODAY, stamp(2)),
        ("monitor", "oig-leie", TODAY, stamp(3)),
    )
    facts = states(history)[-1].facts
    assert {(*key, fact.until) for key, fact in facts.items()} == {
        ("cycle", "tjc", dt.date(2029, 3, 1)),
        ("attestation", "", None),
        ("monitoring", "oig-leie", None),
    }


def test_a_leave_goes_on_under_a_termination():
    """The status is terminated before on leave before active, and a state is entered when the status changes."""
    history = after(
        ("start_leave", stamp(1), {"reason": "military"}),
        ("terminate", stamp(2)),
        ("reinstate", stamp(3)),
        ("end_leave", stamp(4)),
        ("attest", TODAY, stamp(5)),
    )
    run = states(history)
    assert [state.facet.stage for state in run] == [
        "active",
        "on-leave",
        "terminated",
        "on-leave",
        "active",
        "active",
    ]
    assert [state.entered for state in run] == [event.id for event in history.events[:5]] + [history.events[4].id]


def test_a_status_that_stays_is_not_entered_again():
    """A leave that starts under a termination changes no status, so the state was entered with the termination."""
    history = after(("terminate", stamp(1)))
    last = states(history.with_events([stamp(2)(LeaveStarted)]))[-1]
    assert (last.facet.stage, last.entered) == ("terminated", history.events[1].id)


def test_a_merge_is_a_flag_and_reversible():
    """While another record goes on for it, a provider bears the flag `merged`."""
    run = states(after(("merge_into", "p-2", stamp(1)), ("unmerge", stamp(2))))
    assert [state.facet.flags for state in run] == [frozenset(), {"merged"}, frozenset()]
    assert provider(("merge_into", "p-2", stamp(1))).merged_into == "p-2"


def test_a_renewal_whose_credential_was_corrected_away_is_ignored():
    """History goes on folding when a correction takes away what a later event relied on."""
    history = after(LICENCE, ("renew", "c-1", stamp(2), {"expires_on": dt.date(2028, 7, 31)}))
    gone = history.with_events([stamp(3)(Corrected, event=history.events[1].id)])
    assert ProviderRecord.from_history(gone).credentials == {}
    assert states(gone)[-1].facts == {}


def test_every_event_of_a_provider_has_its_place():
    """Each event type that can happen to a provider folds, is silent, or is a correction; no other does."""
    for event_type in EVENT_TYPES.values():
        expected = "provider" in event_type.of and not issubclass(event_type, (*SILENT, Corrected))
        assert (event_type.type in ProviderFold._handlers) is expected, event_type.type


@settings(max_examples=60, deadline=None)
@given(provider_histories())
def test_a_provider_is_the_same_however_it_is_folded(history):
    """Freezing midway has no effect, and each instant makes one state."""
    fold = ProviderFold(history.ref)
    for event in history.effective:
        fold.apply(event)
        ProviderRecord.from_fold(fold)
        fold.state()
    ada = ProviderRecord.from_history(history)
    assert ProviderRecord.from_fold(fold) == ada
    run = states(history)
    assert [state.at_us for state in run] == sorted({to_us(event.at) for event in history.effective})
    assert run[-1].facet.stage == ada.status
    assert {key: fact.day for (kind, key), fact in run[-1].facts.items() if kind == "expiry"} == {
        credential.id: credential.expires_on for credential in ada.credentials.values() if credential.expires_on
    }


@settings(max_examples=60, deadline=None)
@given(provider_histories())
def test_the_latest_days_win(history):
    """Of all anchors, attestations and checks the record shows the latest day."""
    ada = ProviderRecord.from_history(history)
    days = {"cycle-anchored": set(), "attested": set(), "monitored": set()}
    for event in history.effective:
        if event.type in days:
            days[event.type] |= {value for value in attrs.asdict(event).values() if type(value) is dt.date}
    assert ada.attested_on == max(days["attested"], default=None)
    assert [cycle.anchor_on for cycle in ada.cycles.values()] == sorted(days["cycle-anchored"])[-1:]
    assert [check.monitored_on for check in ada.monitored.values()] == sorted(days["monitored"])[-1:]
