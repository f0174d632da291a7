"""A design: plans while somebody works on them. Edits are pure functions, design in, design out.

The document may be wrong for a while (a price half typed, a code given twice): what was typed stays as it is until it is
corrected, and `checked` says what is wrong and where. Names that refer to something follow it: a renamed plan is renamed
everywhere, a deleted plan's candidates go with it, and `notes` say so.
"""

from commet_core.scenario.drafts.candidates import (
    intervals_of,
    packs_for,
    plans_of,
    settled,
    with_candidate,
    with_candidate_value,
    without_candidate,
)
from commet_core.scenario.drafts.codes import free_code, free_name
from commet_core.scenario.drafts.design import Design, Kind, Path, name_of, places_in_words
from commet_core.scenario.drafts.edits import FIRST_NAMES, with_copy, with_new, with_value, without
from commet_core.scenario.drafts.plan_models import with_model, with_new_plan
from commet_core.scenario.drafts.renaming import code_problem, with_code, with_name
from commet_core.scenario.drafts.treatment import How, how, with_how

__all__ = [
    "FIRST_NAMES",
    "Design",
    "How",
    "Kind",
    "Path",
    "code_problem",
    "free_code",
    "free_name",
    "how",
    "intervals_of",
    "name_of",
    "packs_for",
    "places_in_words",
    "plans_of",
    "settled",
    "with_candidate",
    "with_candidate_value",
    "with_code",
    "with_copy",
    "with_how",
    "with_model",
    "with_name",
    "with_new",
    "with_new_plan",
    "with_value",
    "without",
    "without_candidate",
]
