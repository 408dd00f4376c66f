"""Laws of the book that the shipped runs cannot serve: what they lack, a column or response by its name, and why."""

from __future__ import annotations

LACKING: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("projektor", "projektor_released"), ("transport_distance", "needs the text of pools and validation set; logs hold none")
    ),
    "stacking": ("growth_data", "one run is stacked, at half of its tokens: its best time was not searched"),
    "vocabulary": ("loss_unigram", "every run has the same 64 symbols"),
    "vocabulary_best": ("params_vocabulary", "every run has the same 64 symbols"),
    **dict.fromkeys(("routing", "routing_saturating"), ("experts", "every model is dense")),
    **dict.fromkeys(("coverage", "rollouts"), ("samples", "the probes are answered once, by the first choice")),
    "search_gain": ("diversity", "the probes are answered once, by the first choice"),
    "offload": ("intensity", "parameters and states lie in one memory"),
    "utilisation": ("bubble", "every run is on one core, without a pipeline"),
    **dict.fromkeys(
        ("observational", "capability_compute"),
        ("capability", "a capability is what several benchmarks share; one of the two probes is never solved"),
    ),
    **dict.fromkeys(("verifier_accuracy", "verifier_flukes", "verifier_reward"), ("attempts", "no answer is tried again")),
    "rag_allocation": ("documents", "no model retrieves"),
    "datastore": ("datastore_tokens", "no model retrieves"),
    **dict.fromkeys(("ensemble_of_models", "size_and_ensemble"), ("ensemble_members", "no models were averaged")),
    "knowledge_capacity": ("knowledge_bits", "no facts were planted and counted"),
    "bit_level": ("bits_per_weight", "every run is in float32"),
    **dict.fromkeys(
        ("cnn_activations", "cnn_params", "cnn_runtime"), ("activations or flops_forward", "no network is convolutional")
    ),
}
DESIGN: dict[str, str] = {
    "hestness_params": "one training set was given to several sizes; a best size for each of several sets needs more",
    "sparse_size_data": "every model is dense: active and total parameters are the same",
    "compute_multiplier_of_scores": "the two recipes were compared by their loss; the probe is hardly solved by either",
    **dict.fromkeys(
        ("rises_along_axis", "logistic_rises_along_axis", "capped_rises_along_axis"),
        "nothing that was logged along a column rises but the probe's score, which is logged as an error",
    ),
    "var_depth": "depth does not vary with width: two layers, and one run of four",
    "strong_scaling": "every run is on one core",
    "family_skill": "every model is of one family",
    "example_count": "no run is tuned further on another task",
    "transfer_score": "no run is tuned further on another task",
    "transfer_loss": "no run is tuned further on other data",
    "harmful_pool": "the pools were mixed at one share each, at few tokens a parameter",
    **dict.fromkeys(
        ("size_at_fixed_data", "tuned_unique_data"),
        "epochs and weight decay were not tuned for each size and each amount of data",
    ),
}
"""Laws whose columns are all there, and whose question is not asked by any run."""
