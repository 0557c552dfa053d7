"""The credentialing file: what may be recorded of it, what it then is, and the states that rules judge."""

import datetime as dt
import itertools
import json

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credcore.errors import InvalidInput, MoveRefused
from credcore.events import (
    EVENT_TYPES,
    ApprovalRecorded,
    ContactLogged,
    Corrected,
    Decided,
    FileOpened,
    FlagRaised,
    HoldPlaced,
    HoldReleased,
    LeaveStarted,
    MeetingCancelled,
    MeetingMoved,
    PlacedOnAgenda,
    Stamp,
    Told,
    Withdrawn,
    decode,
    encode,
)
from credcore.files import CredentialingFile, FileFold, Move, open_file, states, unmet
from credcore.history import SILENT, History, Mark, Ref
from credcore.instants import to_us, zone
from credcore.stages import Pipeline, Requirement, Stage
from credcore.testing.histories import events_of, histories, instants
from credcore.verification import Verification

REF = Ref("file", "f-1")
CHICAGO = zone("America/Chicago")
MONDAY = dt.datetime(2026, 3, 2, 15, tzinfo=dt.UTC)
TODAY = MONDAY.date()
HOUR = dt.timedelta(hours=1)
PIPELINE = Pipeline(
    [
        Stage("intake", "Intake", "specialist", "provider", next=("psv", "withdrawn")),
        Stage("psv", "Verification", "specialist", "team", needs=("complete",), next=("decided", "withdrawn")),
        Stage("decided", "Decided", "coordinator", "committee", needs=("clean", "ruled"), terminal=True),
        Stage("withdrawn", "Withdrawn", "specialist", "team", terminal=True),
    ],
    [
        Requirement("complete", "Application complete", documents=("application", "attestation"), no_holds=True),
        Requirement("clean", "Clean file", verified=("licence",), no_flags=True),
        Requirement("ruled", "Ruled on", decision=True),
    ],
    {"initial": "intake"},
)
BODIES = ("chair", "committee", "board")
ids = itertools.count(1)


def stamp(at=MONDAY, **fields):
    """Return a stamp of an instant, or of some hours after Monday."""
    at = at if isinstance(at, dt.datetime) else MONDAY + at * HOUR
    return Stamp(at, "ana", lambda: f"e-{next(ids)}", **fields)


def opened(**fields):
    """Return the history of a file that was opened on Monday."""
    return History(REF, open_file("initial", "p-1", PIPELINE, stamp(), **fields))


def after(*steps, history=None):
    """Return a history after methods of the file were called one after the other: name, arguments, keywords."""
    history = history or opened()
    for name, *args in steps:
        named = args.pop() if isinstance(args[-1], dict) else {}
        history = history.with_events(getattr(CredentialingFile.from_history(history), name)(*args, **named))
    return history


def file_of(*steps):
    """Return the file after some steps."""
    return CredentialingFile.from_history(after(*steps))


def refused(file, name, *args, says, **named):
    """Demand that a method refuses, with a message."""
    with pytest.raises(InvalidInput, match=says):
        getattr(file, name)(*args, **named)


class TestOpening:
    """A file begins in the stage of its kind."""

    def test_it_stands_in_the_start_of_its_kind(self):
        """An opened file has its kind's first stage, no owner, and nothing on hold."""
        file = CredentialingFile.from_history(opened(needed_by=dt.date(2026, 6, 1), facility="lakeside"))
        assert (file.id, file.kind, file.provider, file.facility) == ("f-1", "initial", "p-1", "lakeside")
        assert (file.stage, file.stage_entered_at, file.assignee) == ("intake", MONDAY, "")
        assert file.needed_by == dt.date(2026, 6, 1)
        assert not file.is_closed(PIPELINE)

    def test_an_unknown_kind_is_refused(self):
        """A kind that the pipeline does not have is named with the nearest."""
        with pytest.raises(InvalidInput, match="did you mean 'initial'"):
            open_file("initail", "p-1", PIPELINE, stamp())
        with pytest.raises(InvalidInput, match="give the provider's id"):
            open_file("initial", "", PIPELINE, stamp())

    def test_nothing_happens_before_it(self):
        """A stamp before the opening is refused by every method that records."""
        early = stamp(-1)
        file = file_of()
        for call in (
            lambda: file.advance("withdrawn", PIPELINE, early),
            lambda: file.contact("provider", "email", early),
            lambda: file.receive("application", early),
            lambda: file.assign("ana", early),
        ):
            with pytest.raises(InvalidInput, match="opened only at 2026-03-02T15:00:00Z"):
                call()

    def test_a_file_that_was_not_open_is_no_file(self):
        """Before its opening a file cannot be read, and has no states."""
        before = opened().as_of(MONDAY - HOUR)
        with pytest.raises(InvalidInput, match="file/f-1: was not open"):
            CredentialingFile.from_history(before)
        assert states(before) == []


class TestMoves:
    """Stages come in the pipeline's order, once what they need is there."""

    def test_next_moves_say_what_is_missing(self):
        """Each stage that may come next says in words what it still needs."""
        file = file_of(("hold", "h-2", "provider", stamp()), ("hold", "h-1", "payer", stamp()))
        assert file.next_moves(PIPELINE) == (
            Move(
                "psv",
                (
                    "document 'application' not received",
                    "document 'attestation' not received",
                    "2 holds open: h-1, h-2",
                ),
            ),
            Move("withdrawn", ()),
        )

    def test_each_requirement_is_told_and_met(self):
        """Verifications, flags and the decision are asked for, and no longer once they are there."""
        everything = Requirement("all", verified=("licence",), no_flags=True, decision=True)
        file = file_of(("raise_flag", "gap", stamp()))
        assert unmet(everything, file) == ("licence not verified", "1 flag raised: gap", "not decided")
        verified = {"method": "web", "result": "active", "tz": CHICAGO}
        day = TODAY
        file = file_of(
            ("verify", "licence", "IL board", day, stamp(), verified),
            ("approve", "chair", "denied", day, BODIES, stamp(), {"tz": CHICAGO}),
        )
        assert unmet(everything, file) == ()

    def test_advance_refuses_what_is_not_allowed(self):
        """A move that the pipeline does not have, or a stage that needs something, is refused with the reason."""
        file = file_of()
        with pytest.raises(MoveRefused, match="may go to: psv, withdrawn") as caught:
            file.advance("decided", PIPELINE, stamp())
        assert caught.value.unmet == ()
        with pytest.raises(MoveRefused, match="document 'attestation' not received") as caught:
            file.advance("psv", PIPELINE, stamp())
        assert len(caught.value.unmet) == 2

    def test_advance_enters_the_stage(self):
        """With its documents in, a file enters verification, and is closed in a terminal stage."""
        history = after(
            ("receive", "application", stamp(1)),
            ("receive", "attestation", stamp(1)),
            ("advance", "psv", PIPELINE, stamp(2)),
        )
        file = CredentialingFile.from_history(history)
        assert (file.stage, file.stage_entered_at) == ("psv", MONDAY + 2 * HOUR)
        closed = CredentialingFile.from_history(after(("advance", "withdrawn", PIPELINE, stamp(3)), history=history))
        assert closed.is_closed(PIPELINE)
        with pytest.raises(MoveRefused, match="nowhere"):
            closed.advance("psv", PIPELINE, stamp(4))

    def test_a_stage_is_not_entered_before_the_last_one(self):
        """A late touch may be recorded, a late change of stage may not."""
        documents = [("receive", "application", stamp(1)), ("receive", "attestation", stamp(1))]
        file = file_of(*documents, ("advance", "psv", PIPELINE, stamp(5)))
        refused(file, "advance", "withdrawn", PIPELINE, stamp(4), says="'psv' was entered at 2026-03-02T20:00:00Z")
        assert file.contact("provider", "email", stamp(4))
        assert file.advance("withdrawn", PIPELINE, stamp(5))


class TestHolds:
    """Holds are a set, and a release names its hold."""

    def test_case_30_a_release_ends_its_own_hold_only(self):
        """Case 30: releasing a newer hold leaves the older one open."""
        file = file_of(
            ("hold", "h-1", "provider", stamp(1)),
            ("hold", "h-2", "payer", stamp(2), {"reason": "roster"}),
            ("release", "h-2", stamp(3)),
        )
        assert set(file.holds) == {"h-1"}
        assert file.holds["h-1"].placed_at == MONDAY + HOUR

    def test_unknown_and_doubled_holds_are_refused(self):
        """A release names the holds that are open; an id is used for one hold at a time."""
        file = file_of(("hold", "h-1", "provider", stamp(2)))
        refused(file, "release", "h-9", stamp(3), says="no open hold 'h-9'; did you mean 'h-1'")
        refused(file, "release", "h-1", stamp(1), says="placed only at 2026-03-02T17:00:00Z")
        refused(file, "hold", "h-1", "payer", stamp(3), says="open already")
        refused(file, "hold", "", "payer", stamp(3), says="needs an id")
        refused(file, "hold", "h-2", "prov", stamp(3), says="did you mean 'provider'")

    def test_parties_and_review_days_are_in_the_state(self):
        """A state knows for whom holds wait, and when each is to be looked at."""
        day = dt.date(2026, 3, 9)
        *_, both, one = states(
            after(
                ("hold", "h-1", "provider", stamp(1), {"review_on": day}),
                ("hold", "h-2", "provider", stamp(1)),
                ("release", "h-1", stamp(2)),
            )
        )
        assert both.facet.parties == frozenset({"provider"})
        assert both.facts["hold-review", "h-1"].day == day
        assert one.facet.parties == frozenset({"provider"})
        assert one.facts == {}

    def test_a_release_whose_hold_was_corrected_away_is_ignored(self):
        """History goes on folding when a correction takes away what a later event relied on."""
        history = after(("hold", "h-1", "provider", stamp(1)), ("release", "h-1", stamp(2)))
        placed = history.events[1]
        corrected = history.with_events([stamp(3)(Corrected, event=placed.id)])
        assert CredentialingFile.from_history(corrected).holds == {}


class TestContacts:
    """Touches, attempts and promises."""

    def attempts(self, *steps):
        """Return the attempts counted in the last state."""
        return states(after(*steps))[-1].facet.attempts

    def test_attempts_count_from_the_last_answer(self):
        """Unanswered outbound contacts count until an answer, a hold or a stage begins the count anew."""
        tries = [("contact", "provider", "email", stamp(1)), ("contact", "provider", "telephone", stamp(2))]
        assert self.attempts(*tries) == 2
        assert self.attempts(*tries, ("contact", "provider", "telephone", stamp(3), {"answered": True})) == 0
        assert self.attempts(*tries, ("contact", "provider", "email", stamp(3), {"direction": "in"})) == 0
        assert self.attempts(*tries, ("hold", "h-1", "provider", stamp(3))) == 0
        assert self.attempts(*tries, ("advance", "withdrawn", PIPELINE, stamp(3))) == 0
        assert self.attempts(("hold", "h-1", "provider", stamp()), *tries, ("release", "h-1", stamp(3))) == 0
        assert self.attempts(*tries, ("receive", "application", stamp(3))) == 2

    def test_an_answer_is_a_mark_of_its_own(self):
        """A contact is marked with its party; one that was answered, or came in, is also `contact-answered`."""
        run = states(
            after(
                ("contact", "payer", "email", stamp(1)),
                ("contact", "provider", "telephone", stamp(2), {"answered": True}),
            )
        )
        assert [(mark.type, mark.party) for mark in run[1].marks] == [("contact-logged", "payer")]
        assert [(mark.type, mark.party) for mark in run[2].marks] == [
            ("contact-logged", "provider"),
            ("contact-answered", "provider"),
        ]

    def test_promises_are_kept_or_withdrawn_once(self):
        """An open promise is a fact by its day; it ends once, and stays known with what became of it."""
        day = dt.date(2026, 3, 9)
        promised = ("promise", "pr-1", "provider", day, stamp(1))
        assert states(after(promised))[-1].facts["promise", "pr-1"].day == day
        kept = after(promised, ("keep_promise", "pr-1", stamp(2)))
        assert states(kept)[-1].facts == {}
        file = CredentialingFile.from_history(kept)
        assert (file.promises["pr-1"].status, file.promises["pr-1"].ended_at) == ("kept", MONDAY + 2 * HOUR)
        refused(file, "withdraw_promise", "pr-1", stamp(3), says="no open promise 'pr-1'; known: none")
        refused(file, "promise", "pr-1", "payer", day, stamp(3), says="was made already")
        refused(file, "promise", "", "payer", day, stamp(3), says="needs an id")
        refused(file_of(promised), "keep_promise", "pr-1", stamp(), says="was made only at")
        assert file_of(promised, ("withdraw_promise", "pr-1", stamp(2))).promises["pr-1"].status == "withdrawn"


class TestOwner:
    """Who owns a file, and when it is hidden."""

    def test_the_owner_changes_and_goes(self):
        """A file has one owner at most, since the last assignment."""
        *_, owned, queued = states(after(("assign", "ana", stamp(1)), ("unassign", stamp(2))))
        assert owned.assigned_us == to_us(MONDAY + HOUR)
        assert queued.assigned_us is None
        file = file_of(("assign", "ana", stamp(1)))
        refused(file, "assign", "ana", stamp(2), says="owner already")
        refused(file, "assign", "", stamp(2), says="or unassign")
        refused(file_of(), "unassign", stamp(2), says="in the queue already")
        assert file_of(("assign", "ana", stamp(1)), ("assign", "ben", stamp(2))).assignee == "ben"

    def test_a_snooze_is_for_the_future_and_can_be_ended(self):
        """A snooze until the stamp's own instant shows the file again; one until the past is refused."""
        file = file_of(("snooze", MONDAY + 9 * HOUR, stamp(1)))
        assert file.snoozed_until == MONDAY + 9 * HOUR
        refused(file, "snooze", MONDAY, stamp(1), says="is over")
        assert file.snooze(MONDAY + HOUR, stamp(1))

    def test_a_review_is_a_mark(self):
        """A review changes nothing but makes a state, so that rules can see it."""
        run = states(after(("review", stamp(1))))
        assert [mark.type for mark in run[-1].marks] == ["reviewed"]
        assert run[-1].facet == run[-2].facet


class TestVerifications:
    """What was checked at its source, and how old it is."""

    HOW = {"method": "web", "result": "active", "tz": CHICAGO}  # noqa: RUF012 - read only

    def test_the_latest_day_counts_however_late_it_was_recorded(self):
        """A verification of an earlier day, recorded later, does not displace a fresher one."""
        file = file_of(
            ("verify", "licence", "IL board", dt.date(2026, 3, 1), stamp(1), self.HOW | {"evidence": "doc-2"}),
            ("verify", "licence", "IL board", dt.date(2026, 2, 1), stamp(2), self.HOW | {"evidence": "doc-1"}),
        )
        licence = file.verifications["licence"]
        assert (licence.verified_on, licence.evidence, licence.verifier) == (dt.date(2026, 3, 1), "doc-2", "ana")

    def test_of_one_day_the_last_word_counts(self):
        """A second check on the same day takes the place of the first."""
        file = file_of(
            ("verify", "licence", "IL board", TODAY, stamp(1), self.HOW | {"evidence": "doc-1"}),
            ("verify", "licence", "IL board", TODAY, stamp(2), self.HOW | {"evidence": "doc-2"}),
        )
        assert file.verifications["licence"].evidence == "doc-2"

    def test_no_verification_is_dated_ahead(self):
        """A check of tomorrow is refused, by the day of the organisation's zone."""
        evening = stamp(dt.datetime(2026, 3, 4, 1, tzinfo=dt.UTC))  # still the 3rd in Chicago
        args = ("verify", "licence", "IL board")
        refused(file_of(), *args, dt.date(2026, 3, 4), evening, says="recorded as of 2026-03-03", **self.HOW)
        assert file_of().verify(*args[1:], dt.date(2026, 3, 4), evening, **self.HOW | {"tz": dt.UTC})
        refused(file_of(), "verify", "", "IL board", TODAY, stamp(), says="is empty", **self.HOW)

    def test_the_fact_ends_with_what_was_verified(self):
        """The state knows the day of the check, and the day beyond which it cannot last."""
        expires_on = dt.date(2026, 5, 31)
        history = after(("verify", "licence", "IL board", TODAY, stamp(), self.HOW | {"expires_on": expires_on}))
        fact = states(history)[-1].facts["verification", "licence"]
        assert (fact.day, fact.until, fact.event) == (TODAY, expires_on, history.events[1].id)

    @pytest.mark.parametrize(
        ("verified_on", "limit", "decided_on", "fresh"),
        [
            (dt.date(2025, 11, 10), 120, dt.date(2026, 3, 10), True),
            (dt.date(2025, 11, 10), 120, dt.date(2026, 3, 11), False),
            (dt.date(2025, 3, 1), 180, dt.date(2025, 6, 30), True),
            (dt.date(2025, 3, 1), 120, dt.date(2025, 7, 1), False),
            (dt.date(2025, 3, 2), 120, dt.date(2025, 3, 1), False),
        ],
    )
    def test_the_boundary_is_inclusive(self, verified_on, limit, decided_on, fresh):
        """A verification is fresh at its limit, stale a day later, and nothing to a decision before it."""
        check = Verification(element="licence", source="b", method="web", result="ok", verified_on=verified_on)
        assert check.is_fresh(limit, decided_on) is fresh
        assert check.age_on(verified_on + dt.timedelta(days=limit)) == limit

    def test_flags_are_raised_and_cleared_once(self):
        """A flag stands once; clearing one that does not stand names those that do."""
        file = file_of(("raise_flag", "gap", stamp()))
        refused(file, "raise_flag", "gap", stamp(), says="stands already")
        refused(file, "clear_flag", "gaps", stamp(), says="did you mean 'gap'")
        assert file_of(("raise_flag", "gap", stamp()), ("clear_flag", "gap", stamp(1))).flags == frozenset()


class TestDecision:
    """Approvals in order; the last body decides."""

    def approve(self, body, outcome="approved", day=TODAY, at=1, **named):
        """Return the step that records an approval."""
        return ("approve", body, outcome, day, BODIES, stamp(at), {"tz": CHICAGO, **named})

    def test_the_last_body_decides(self):
        """Every body approves in its turn; the last one's day is the day of the decision."""
        history = after(self.approve("chair"), self.approve("committee", "approved-with-conditions"))
        file = CredentialingFile.from_history(history)
        assert file.decision is None
        assert file.next_body(BODIES) == "board"
        recorded, decided = file.approve("board", "approved", TODAY, BODIES, stamp(2), tz=CHICAGO)
        assert isinstance(recorded, ApprovalRecorded)
        assert isinstance(decided, Decided)
        done = history.with_events((recorded, decided))
        file = CredentialingFile.from_history(done)
        assert (file.decision.outcome, file.decision.body) == ("approved", "board")
        assert file.next_body(BODIES) is None
        assert states(done)[-1].facts["decision", ""].day == TODAY
        refused(file, *self.approve("board")[:-1], tz=CHICAGO, says="was decided on 2026-03-02 by 'board'")

    def test_out_of_turn_is_refused(self):
        """The message says whose turn it is, and names a misspelt body."""
        refused(file_of(), *self.approve("board")[:-1], tz=CHICAGO, says="'chair' is next")
        refused(file_of(self.approve("chair")), *self.approve("chair")[:-1], tz=CHICAGO, says="'committee' is next")
        refused(file_of(), *self.approve("chiar")[:-1], tz=CHICAGO, says="did you mean 'chair'")

    def test_tabled_does_not_count_and_denied_decides(self):
        """A tabled file comes back to the same body; a denial by any body ends it."""
        file = file_of(self.approve("chair", "tabled"))
        assert file.next_body(BODIES) == "chair"
        assert file_of(self.approve("chair", "denied")).decision.outcome == "denied"

    def test_days_are_neither_set_back_nor_ahead(self):
        """An approval is not after its record, not before the one before it, not before the opening."""
        refused(
            file_of(),
            *self.approve("chair", day=dt.date(2026, 3, 3))[:-1],
            tz=CHICAGO,
            says="recorded as of 2026-03-02",
        )
        refused(file_of(), *self.approve("chair", day=dt.date(2026, 3, 1))[:-1], tz=CHICAGO, says="set back")
        file = file_of(self.approve("chair", day=dt.date(2026, 3, 4), at=48))
        refused(
            file,
            *self.approve("committee", day=dt.date(2026, 3, 3), at=72)[:-1],
            tz=CHICAGO,
            says="earliest day is 2026-03-04",
        )

    def test_a_seat_is_used_up_by_its_meeting_or_the_decision(self):
        """Days of a meeting matter until the meeting has spoken, the file is decided, or the seat is given up."""
        seat = ("place_on_agenda", "m-1", dt.date(2026, 3, 10), dt.date(2026, 3, 4), stamp())
        seated = states(after(seat))[-1]
        assert {key: fact.day.day for key, fact in seated.facts.items()} == {
            ("meeting", "m-1"): 10,
            ("cut-off", "m-1"): 4,
        }
        assert file_of(seat, self.approve("chair", meeting="m-1")).seat is None
        assert file_of(seat, self.approve("chair", "tabled", meeting="m-1")).seat is None
        assert file_of(seat, self.approve("chair")).seat is not None
        assert file_of(seat, self.approve("chair", "denied")).seat is None
        assert states(after(seat, ("remove_from_agenda", "m-1", stamp(1))))[-1].facts == {}

    def test_one_seat_at_a_time(self):
        """A second seat, one that closes after its meeting, or one that is not there to give up, is refused."""
        seat = ("place_on_agenda", "m-1", dt.date(2026, 3, 10), dt.date(2026, 3, 4), stamp())
        refused(file_of(seat), *seat, says="sits on meeting 'm-1' already")
        refused(file_of(), *seat[:2], seat[3], seat[2], stamp(), says="after the meeting on 2026-03-04")
        refused(file_of(seat), "remove_from_agenda", "m-2", stamp(), says="did you mean 'm-1'")
        refused(file_of(self.approve("chair", "denied")), *seat, says="was decided")


class TestPayer:
    """What a payer has and says."""

    def test_a_request_has_a_day_until_it_is_over(self):
        """The day to answer by is a fact while the request stands, and the effective day comes with the approval."""
        asked = [
            ("submitted", "ref-1", stamp(1)),
            ("payer_answered", "development", stamp(2), {"answer_by": dt.date(2026, 4, 1), "missing": ["w-9"]}),
        ]
        assert states(after(*asked))[-1].facts["payer-answer", ""].day == dt.date(2026, 4, 1)
        assert states(after(*asked, ("submitted", "ref-2", stamp(3))))[-1].facts == {}
        done = after(*asked, ("payer_answered", "approved", stamp(3), {"effective_on": dt.date(2026, 5, 1)}))
        file = CredentialingFile.from_history(done)
        assert states(done)[-1].facts == {}
        assert (file.payer_status, file.payer_reference, file.effective_on) == (
            "approved",
            "ref-1",
            dt.date(2026, 5, 1),
        )

    def test_a_new_application_begins_anew(self):
        """Submitted again, an application has neither the old answer nor the old effective day."""
        approved = ("payer_answered", "approved", stamp(2), {"effective_on": dt.date(2026, 5, 1)})
        file = file_of(("submitted", "ref-1", stamp(1)), approved, ("submitted", "ref-2", stamp(3)))
        assert (file.payer_reference, file.payer_status, file.effective_on) == ("ref-2", "submitted", None)

    def test_answers_to_nothing_are_refused(self):
        """An answer needs the application that stands, and days go with their own status."""
        refused(file_of(), "payer_answered", "received", stamp(), says="not submitted")
        file = file_of(("submitted", "ref-1", stamp(1)))
        refused(
            file, "payer_answered", "received", stamp(2), reference="ref-9", says="the application that stands, 'ref-1'"
        )
        day = dt.date(2026, 4, 1)
        refused(file, "payer_answered", "received", stamp(2), answer_by=day, says="goes with the status 'development'")
        refused(file, "payer_answered", "denied", stamp(2), effective_on=day, says="goes with the status 'approved'")
        refused(file, "submitted", "", stamp(2), says="is empty")


class TestLinkedRecords:
    """Leave, termination and moved meetings reach the file."""

    LEAVE = LeaveStarted(id="p-9", at=MONDAY + 2 * HOUR)

    def linked(self, ref, *events, history=None):
        """Return a file's history linked to another record's."""
        return attrs.evolve(history or opened(), linked=(History(Ref(*ref), events),))

    def test_leave_flags_the_file_from_its_instant(self):
        """A provider's leave makes a state of the file, with its mark and flag; its end takes the flag off."""
        back = EVENT_TYPES["leave-ended"](id="p-10", at=MONDAY + 3 * HOUR)
        run = states(self.linked(("provider", "p-1"), self.LEAVE, back))
        assert [state.facet.flags for state in run] == [frozenset(), {"provider-on-leave"}, frozenset()]
        assert run[1].marks == (Mark("p-9", "leave-started"),)
        assert run[1].entered == run[0].opened

    def test_what_happens_with_the_opening_is_marked(self):
        """A leave that starts at the very instant of the opening belongs to the first state, marks and all."""
        [first] = states(self.linked(("provider", "p-1"), attrs.evolve(self.LEAVE, at=MONDAY)))
        assert [mark.type for mark in first.marks] == ["file-opened", "leave-started"]

    def test_what_happened_before_the_opening_holds_at_the_opening(self):
        """A provider who was terminated earlier is so from the file's first state, without a mark."""
        gone = EVENT_TYPES["terminated"](id="p-9", at=MONDAY - HOUR)
        [first] = states(self.linked(("provider", "p-1"), gone))
        assert first.facet.flags == {"provider-terminated"}
        assert [mark.type for mark in first.marks] == ["file-opened"]

    def seated(self):
        """Return the history of a file that sits on a meeting."""
        return after(("place_on_agenda", "m-1", dt.date(2026, 3, 10), dt.date(2026, 3, 4), stamp(1)))

    def moved(self, at):
        """Return the event of a meeting that moved to the evening of the 17th in Chicago."""
        meets_at = dt.datetime(2026, 3, 18, 1, tzinfo=dt.UTC)
        return MeetingMoved(id="m-9", at=at, meets_at=meets_at, cutoff_at=meets_at - 48 * HOUR)

    def test_a_moved_meeting_takes_the_file_along(self):
        """The file's planned days are those of its meeting, in the organisation's zone."""
        run = states(self.linked(("meeting", "m-1"), self.moved(MONDAY + 2 * HOUR), history=self.seated()), CHICAGO)
        assert run[-1].facts["meeting", "m-1"].day == dt.date(2026, 3, 17)
        assert run[-1].facts["cut-off", "m-1"].day == dt.date(2026, 3, 15)
        assert run[-1].facts["meeting", "m-1"].event == "m-9"

    def test_a_move_that_was_told_late_still_counts(self):
        """A meeting that had moved before the seat was given has the last word on its days."""
        run = states(self.linked(("meeting", "m-1"), self.moved(MONDAY), history=self.seated()), CHICAGO)
        assert run[-1].facts["meeting", "m-1"].day == dt.date(2026, 3, 17)
        assert all(mark.type != "meeting-moved" for state in run for mark in state.marks)

    def test_a_cancelled_meeting_has_no_days(self):
        """Cancelled, a meeting takes its days away for good; another meeting's fate does not matter."""
        cancelled = MeetingCancelled(id="m-8", at=MONDAY + 2 * HOUR)
        history = self.linked(("meeting", "m-1"), cancelled, self.moved(MONDAY + 3 * HOUR), history=self.seated())
        assert states(history)[-1].facts == {}
        assert len(states(self.linked(("meeting", "m-7"), cancelled, history=self.seated()))) == 2

    def test_the_record_reads_its_own_events_only(self):
        """Linked histories make states; what is stored of the file does not depend on them."""
        alone = opened()
        history = self.linked(("provider", "p-1"), self.LEAVE, history=alone)
        assert CredentialingFile.from_history(history) == CredentialingFile.from_history(alone)


class TestFolding:
    """What no history can hold is refused; what a correction left over is not."""

    def test_impossible_events_are_refused_with_their_path(self):
        """A second opening, an event before it, and an event of another record name the record and the event."""
        [opening] = opened().events
        again = attrs.evolve(opening, id="again")
        stray = LeaveStarted(id="stray", at=MONDAY)
        early = ContactLogged(id="early", at=MONDAY - HOUR, party="provider", channel="email")
        for events, path in (
            ((opening, again), "file/f-1/again"),
            ((opening, stray), "file/f-1/stray"),
            ((opening, early), "file/f-1/early"),
        ):
            with pytest.raises(InvalidInput) as caught:
                CredentialingFile.from_history(History(REF, events))
            assert caught.value.path == path

    def test_every_event_of_a_file_has_its_place(self):
        """Each event type that can happen to a file folds, is silent, or is a correction."""
        for event_type in EVENT_TYPES.values():
            folds = event_type.type in FileFold._handlers
            expected = "file" in event_type.of and not issubclass(event_type, (*SILENT, Corrected))
            assert folds is expected, event_type.type

    def test_what_cannot_be_ended_is_ignored(self):
        """Ending a promise, flag, seat or hold that is not there changes nothing."""
        history = opened()
        before = CredentialingFile.from_history(history)
        stamped = stamp(1)
        for name, fields in (
            ("promise-kept", {"promise": "x"}),
            ("flag-cleared", {"flag": "x"}),
            ("removed-from-agenda", {"meeting": "x"}),
            ("hold-released", {"hold": "x"}),
        ):
            history = history.with_events([stamped(EVENT_TYPES[name], **fields)])
        assert CredentialingFile.from_history(history) == before


LAW = settings(max_examples=60, deadline=None)


class TestLaws:
    """Whatever happens, a file is the fold of its events."""

    @LAW
    @given(histories(linked=False))
    def test_replay_is_the_same_in_every_way(self, history):
        """Event by event, all at once, or from stored JSON: one record; what was frozen midway stays as it was."""
        whole = CredentialingFile.from_history(history)
        fold, frozen = FileFold(history.ref), []
        for event in history.effective:
            fold.apply(event)
            frozen.append((CredentialingFile.from_fold(fold), fold.state()))
        assert frozen[-1][0] == whole
        for count, (file, state) in enumerate(frozen, 1):
            fresh = FileFold(history.ref)
            for event in history.effective[:count]:
                fresh.apply(event)
            assert (CredentialingFile.from_fold(fresh), fresh.state()) == (file, state)
            assert isinstance(file.contacts, tuple)
        stored = json.loads(json.dumps([encode(event) for event in history.events]))
        again = History(history.ref, [decode(item) for item in stored])
        assert CredentialingFile.from_history(again) == whole
        assert states(again) == states(history)

    @LAW
    @given(st.data())
    def test_what_is_not_said_to_reshape_a_file_never_does(self, data):
        """The facet is kept from state to state: an event that changes it must be among those that are said to."""
        for event_type in (kind for kind in EVENT_TYPES.values() if kind.type in FileFold._handlers):
            if event_type is FileOpened:
                continue
            event = data.draw(events_of(event_type))
            now, fold = stamp(), FileFold(REF)
            for earlier in (
                *opened().events,
                now(FlagRaised, flag=getattr(event, "flag", "x")),
                now(HoldPlaced, hold=getattr(event, "hold", "x"), waiting_on="provider"),
                now(ContactLogged, party="provider", channel="email"),
            ):
                fold.apply(earlier)
            assert fold.state().facet == fold.facet()
            before = fold.facet()
            fold.apply(event)
            assert fold.facet() == before or event.type in FileFold.reshaping
            assert fold.state().facet == fold.facet()

    @LAW
    @given(histories())
    def test_states_rise_and_tell_every_event_once(self, history):
        """States have rising instants, and the marks of all of them are the events that count, silent ones apart."""
        run = states(history, CHICAGO)
        instants_us = [state.at_us for state in run]
        assert instants_us == sorted(set(instants_us))
        own = [event.id for event in history.effective if not isinstance(event, SILENT)]
        theirs = {event.id for other in history.linked for event in other.effective}
        marked = [mark.id for state in run for mark in state.marks if mark.type != "contact-answered"]
        assert [mark for mark in marked if mark not in theirs] == own
        assert len(marked) == len(set(marked))
        assert all(state.opened_us <= state.entered_us <= state.at_us for state in run)

    @LAW
    @given(histories(), instants(32), instants(32))
    def test_cuts_commute(self, history, at, known):
        """What had happened of what was known is what was known of what had happened."""
        one, two = history.as_of(at).known_at(known), history.known_at(known).as_of(at)
        assert one.effective == two.effective
        assert states(one) == states(two)

    @LAW
    @given(histories(), instants(32))
    def test_states_are_causal(self, history, at):
        """The states of what had happened by an instant are the first states of the whole."""
        assert states(history.as_of(at)) == [state for state in states(history) if state.at_us <= to_us(at)]

    @LAW
    @given(histories(), st.data())
    def test_telling_changes_no_state(self, history, data):
        """`Told` and `Withdrawn`, wherever they are added, leave every state as it was."""
        before = states(history)
        opened_at = history.effective[0].at
        for event_type, fields in ((Told, {"to": "ana"}), (Withdrawn, {})):
            at = max(data.draw(instants(32)), opened_at)
            history = history.with_events([stamp(at)(event_type, rule="r", episode="e", rung="warned", **fields)])
        assert states(history) == before
        assert CredentialingFile.from_history(history) == CredentialingFile.from_history(
            History(history.ref, [event for event in history.events if not isinstance(event, (Told, Withdrawn))])
        )

    @LAW
    @given(histories(linked=False))
    def test_case_30_open_holds_are_placed_less_released(self, history):
        """Case 30: the open holds are those placed and not released since, each by its own id."""
        placed = {}
        for event in history.effective:
            if event.type == "hold-placed":
                placed[event.hold] = event.waiting_on
            if isinstance(event, HoldReleased):
                placed.pop(event.hold, None)
        file = CredentialingFile.from_history(history)
        assert {hold.id: hold.waiting_on for hold in file.holds.values()} == placed
        assert states(history)[-1].facet.parties == frozenset(placed.values())

    @LAW
    @given(histories(linked=False))
    def test_next_moves_and_advance_agree(self, history):
        """A stage that needs nothing more can be entered, and one that needs something cannot."""
        file = CredentialingFile.from_history(history)
        pipeline = Pipeline(
            [
                Stage(file.stage, "", "specialist", "team", next=("clean", "free")),
                Stage("clean", "", "specialist", "team", needs=("all",), terminal=True),
                Stage("free", "", "specialist", "team", terminal=True),
            ],
            [Requirement("all", verified=("licence",), documents=("attestation",), no_holds=True, no_flags=True)],
            {"initial": file.stage},
        )
        now = stamp(max(event.recorded_at for event in history.events))
        for move in file.next_moves(pipeline):
            if move.unmet:
                with pytest.raises(MoveRefused) as caught:
                    file.advance(move.stage, pipeline, now)
                assert caught.value.unmet == move.unmet
            else:
                entered = history.with_events(file.advance(move.stage, pipeline, now))
                assert CredentialingFile.from_history(entered).stage == move.stage


def test_the_seat_of_a_stored_file_is_what_was_recorded():
    """The record keeps the days that its seat was given with, whatever the meeting did since."""
    event = PlacedOnAgenda(
        id="e", at=MONDAY, meeting="m-1", meets_on=dt.date(2026, 3, 10), cutoff_on=dt.date(2026, 3, 4)
    )
    opening = FileOpened(id="o", at=MONDAY, kind="initial", provider="p-1", stage="intake")
    file = CredentialingFile.from_history(History(REF, (opening, event)))
    assert (file.seat.meets_on, file.seat.event) == (dt.date(2026, 3, 10), "e")
