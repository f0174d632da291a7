"""Random simulations that mix all rules: seats, quota, add-ons, offers, codes, credits, adjustments, grants, versions, calendars, tiers, caps."""

from hypothesis import strategies as st

from support.add_on_draws import ADD_ON_FEATURES, SWITCHED, TERMS, add_ons, used_add_ons
from support.level_draws import with_levels
from support.market_draws import in_markets
from support.simulations import MODELS, Row, Simulation, windows
from support.timelines import line_ups, simulations_on, version_rules, versions


def limits_alone(catalog: Row) -> Row:
    """Without overage prices: what grants need."""
    plans = {}
    for code, plan in catalog["plans"].items():
        features = {
            feature: terms if terms is True else {key: term for key, term in terms.items() if key != "overage"}
            for feature, terms in plan["features"].items()
        }
        plans[code] = plan | {"features": features}
    return catalog | {"plans": plans}


@st.composite
def mixed_catalogs(draw: st.DrawFn, model: str, days: Row, *, with_versions: bool) -> Row:
    """Each rule in a part of them, so that any two meet."""
    catalog = draw(line_ups(model))
    lends = model == "metered" and draw(st.integers(0, 2)) == 0
    if lends:
        catalog = limits_alone(catalog)
    for plan in catalog["plans"].values():
        if with_versions and not lends and draw(st.booleans()):
            plan["versions"] = draw(versions(plan, days))
    if draw(st.integers(0, 3)) == 0 or (lends and draw(st.booleans())):
        return catalog
    return draw(versions_of_add_ons(draw(add_ons(catalog))))


@st.composite
def versions_of_add_ons(draw: st.DrawFn, catalog: Row) -> Row:
    """A version in three adds the feature of an add-on to its plan, or takes it away."""
    plans = {}
    for code, plan in catalog["plans"].items():
        own, versions_now = {*plan["features"]}, []
        for version in plan.get("versions", ()):
            changes: Row = {}
            if draw(st.integers(0, 2)) == 0:
                feature = draw(st.sampled_from((*ADD_ON_FEATURES, SWITCHED)))
                terms = True if feature == SWITCHED else draw(TERMS[plan["consumption_model"]])
                changes = {feature: None if feature in own else terms}
                own ^= {feature}
            versions_now.append(version | {"features": version["features"] | changes})
        plans[code] = plan | ({"versions": versions_now} if versions_now else {})
    return catalog | {"plans": plans}


@st.composite
def mixed_simulations(draw: st.DrawFn, *models: str) -> Simulation:
    days, model = draw(windows()), draw(st.sampled_from(models or MODELS))
    elsewhere = draw(st.integers(0, 4)) == 0
    catalog = draw(mixed_catalogs(model, days, with_versions=not elsewhere))
    simulation = draw(simulations_on(catalog, days))
    if catalog.get("addons"):
        simulation = draw(used_add_ons(simulation))
    said: Row = {"versions": draw(version_rules(catalog))} if not elsewhere else {}
    simulation = simulation._replace(scenario=simulation.scenario | said)
    if draw(st.integers(0, 3)):
        simulation = draw(with_levels(simulation))
    return draw(in_markets(without_limited_codes(simulation))) if elsewhere else simulation


def without_limited_codes(simulation: Simulation) -> Simulation:
    """The oracle settles a limit of redemptions market by market, the rules over all (9.3)."""
    codes = simulation.catalog.get("promo_codes", {}).items()
    free = {code: {key: term for key, term in rule.items() if key != "max_redemptions"} for code, rule in codes}
    return simulation._replace(catalog=simulation.catalog | {"promo_codes": free})


@st.composite
def lending_simulations(draw: st.DrawFn) -> Simulation:
    """Timelines on plans with limits alone, which are lent; a part of them with add-ons."""
    days, catalog = draw(windows()), limits_alone(draw(line_ups("metered")))
    if draw(st.integers(0, 3)) == 0:
        return draw(used_add_ons(draw(simulations_on(limits_alone(draw(add_ons(catalog))), days))))
    return draw(simulations_on(catalog, days))
