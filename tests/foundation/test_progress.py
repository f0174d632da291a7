"""How far long work is, in words; the seconds come from outside."""

import pytest

from commet_core.foundation.progress import Counted, Pace, rate_in_words, seconds_in_words


def test_a_rate_and_the_time_left_follow_from_what_is_done():
    pace = Pace()
    pace.observe(10.0, 0.25, Counted("Reading mine.csv: 12,000,000 rows", 12_000_000))
    assert pace.in_words() == "1.2 million rows a second · about 30 seconds left"


def test_work_that_counts_no_rows_has_no_rate():
    pace = Pace()
    pace.observe(60.0, 0.25, "Replaying")
    assert pace.in_words() == "about 3 minutes left"


def test_rows_once_counted_stay_known_in_a_later_step():
    pace = Pace()
    pace.observe(4.0, 0.5, Counted("Reading", 4_000))
    pace.observe(5.0, 0.9, "Grouping by customer")
    assert pace.rows == 4_000


@pytest.mark.parametrize(("seconds", "share"), [(0.9, 0.5), (30.0, 0.01)])
def test_nothing_is_guessed_too_early(seconds, share):
    pace = Pace()
    pace.observe(seconds, share, "Reading")
    assert pace.in_words() == ""


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (7.2, "7"),
        (849.9, "850"),
        (15_499, "15,000"),
        (999_999, "1 million"),
        (1_249_000, "1.2 million"),
        (87_654_321, "88 million"),
    ],
)
def test_a_rate_has_two_digits_that_count(rate, words):
    assert rate_in_words(rate) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds"),
        (56.9, "about 55 seconds"),
        (57, "about 1 minute"),
        (130, "about 2 minutes"),
        (7_400, "about 2 hours"),
    ],
)
def test_time_left_is_said_as_roughly_as_it_is_known(seconds, words):
    assert seconds_in_words(seconds) == words


def test_a_counted_sentence_is_a_sentence():
    assert Counted("12 rows", 12) == "12 rows"
