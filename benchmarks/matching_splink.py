"""Runs Splink 5 on DuckDB over the same contacts, for comparison.

It is trained without labels, on the list itself. A row is dropped when its cluster, at a match
probability of 0.95, holds an earlier row. It sees the same fields as the policies, and blocks by
phone, by email, and by both names.
"""

import warnings

import duckdb
import pyarrow
import splink.comparison_library as cl
from matching_data import LabelledContact
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI
from splink.internals.exceptions import EMTrainingException

from cxone_async.matching.evaluation import Decided
from cxone_async.outcome import Outcome

MATCH_PROBABILITY = 0.95


def decide(labelled: list[LabelledContact]) -> list[Decided] | None:
    """Return Splink's decisions.

    None if it cannot be trained on the list, for example when no two rows share a phone.
    """
    warnings.simplefilter("ignore")
    connection = duckdb.connect()
    contacts = pyarrow.table(
        {
            "unique_id": [contact.row for contact, _ in labelled],
            "phone": [f"{one.phone}{one.phone_extension}" or None for one, _ in labelled],
            "email": [contact.email or None for contact, _ in labelled],
            "first_name": [contact.first_name.lower() or None for contact, _ in labelled],
            "last_name": [contact.last_name.lower() or None for contact, _ in labelled],
        }
    )
    connection.register("contacts", contacts)
    database = DuckDBAPI(connection)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
            cl.NameComparison("first_name"),
            cl.NameComparison("last_name"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("phone"),
            block_on("email"),
            block_on("first_name", "last_name"),
        ],
    )
    linker = Linker(database.register(connection.table("contacts")), settings, log_level="ERROR")
    training = linker.training
    training.estimate_probability_two_random_records_match([block_on("phone")], recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    try:
        training.estimate_parameters_using_expectation_maximisation(block_on("phone"))
        training.estimate_parameters_using_expectation_maximisation(block_on("email"))
    except EMTrainingException:
        return None
    predicted = linker.inference.predict(threshold_match_probability=MATCH_PROBABILITY)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
        predicted, threshold_match_probability=MATCH_PROBABILITY
    )
    cluster_of = {record["unique_id"]: record["cluster_id"] for record in clusters.as_record_list()}
    seen: set[object] = set()
    decisions = []
    for contact, _ in labelled:
        cluster = cluster_of[contact.row]
        outcome = Outcome.DUPLICATE if cluster in seen else Outcome.READY
        decisions.append(Decided(contact.row, outcome, "splink"))
        seen.add(cluster)
    return decisions
