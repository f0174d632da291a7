"""The price curve's marks and axis."""

from decimal import Decimal

from commet_core.reports.quote.price_curve import Crossing, CurvePoint, PriceCurves, UsageAxis
from pages.shared.charts.price_curve import lettered, price_curve
from pages.shared.palette import LIGHT


def crossing(units: int, *, leads: bool = False) -> Crossing:
    return Crossing(Decimal(units), Decimal(10), "A", "B", leads=leads)


def curves(*crossings: Crossing) -> PriceCurves:
    """A and B from 0 to 1,000 units."""
    points = tuple(CurvePoint(Decimal(units), Decimal(120), Decimal(10), refuses=False, plan="p") for units in (0, 1000))
    axis = UsageAxis("image", {"image": Decimal(100)})
    return PriceCurves(axis, {"A": points, "B": points}, crossings, (), (), (), exact=True)


def marked(*crossings: Crossing) -> list[tuple[str, int]]:
    return [(letter, int(one.units)) for letter, one in lettered(curves(*crossings))]


def test_of_marks_too_close_to_tell_apart_the_first_stays() -> None:
    """A mark needs 4 % of the axis, which are 40 units."""
    assert marked(*map(crossing, (100, 101, 139, 140, 179, 300))) == [("A", 100), ("B", 140), ("C", 300)]


def test_what_decides_who_is_cheapest_goes_before_its_neighbours() -> None:
    assert marked(crossing(100), crossing(120, leads=True), crossing(159), crossing(160)) == [("A", 120), ("B", 160)]


def test_no_more_than_six_are_marked() -> None:
    assert [letter for letter, _ in marked(*map(crossing, range(100, 1000, 100)))] == list("ABCDEF")


def test_the_axis_ends_where_the_lines_do() -> None:
    figure = price_curve(curves(), {"A": "metered", "B": "credits"}, LIGHT, "usd", "Images")
    assert list(figure.layout.xaxis.range) == [0, 1000]


def test_the_median_customer_is_marked_where_the_curve_reaches_it() -> None:
    def texts(typical: int) -> list[str]:
        models = {"A": "metered", "B": "credits"}
        figure = price_curve(curves(crossing(500)), models, LIGHT, "usd", "Images", typical=Decimal(typical), marked=False)
        return [note.text for note in figure.layout.annotations]

    assert texts(530) == ["median 530", "A", "B"]
    assert texts(1001) == ["A", "B"]
