"""The plan tables of money, serving and experiments: what a run costs, what another size costs, and which runs to do next."""

from pipeline.schema.column import Column, count, estimate, flag, number, text
from pipeline.schema.plan_columns import FLOPS, SEEN, UNIQUE, plan_table

PER_PARAM = "Training data per parameter"


def _logged(name: str, meaning: str, unit: str = "") -> tuple[Column, Column, Column]:
    """A quantity with the 5th and 95th percentile over the runs that logged their throughput on the device."""
    ends = [f"{p} percentile of {name} over the logged runs on the device; NULL below two of them" for p in ("5th", "95th")]
    return number(name, meaning, unit), number(f"{name}_low", ends[0], unit), number(f"{name}_high", ends[1], unit)


TABLES = (
    plan_table(
        "money",
        "one run priced: a budget's, the largest that makes the deadline, the largest that the money buys",
        text("goal", "budget, deadline or money: what sets the size of the run"),
        number("budget", "The compute that was asked for; NULL where a deadline or money sets it", "FLOP"),
        FLOPS,
        number("params", "Model size of the run", "parameters"),
        SEEN,
        estimate("loss", "Loss of the run", "nats per token"),
        text("accelerator", "Device of the hardware table"),
        count("accelerator_count", "Devices", "devices"),
        _logged("mfu", "Share of the devices' dense peak that the run uses (goodput where it was logged)"),
        text("mfu_source", "plan (declared), logged (median of the runs on this device) or assumed"),
        _logged("accelerator_hours", "Device time", "device hours"),
        _logged("days", "Wall clock", "days"),
        _logged("price", "Price", "currency"),
        number("days_promised", "Wall clock at the 10th percentile of the logged shares: a date to promise", "days"),
        text("currency", "Currency of the price"),
        Column("price_date", "DATE", "When the price of the hardware table was looked at"),
        number("deadline_days", "Deadline that [plan] names", "days"),
        flag("makes_deadline", "Whether the run ends before the deadline"),
        count("zero_stage", "Least sharding of weights, gradients and optimizer state (ZeRO) that fits; 0 is none"),
        number("memory_needed", "Memory on each device under that stage", "bytes"),
        number("memory_available", "Memory of a device, less 8 % for buffers", "bytes"),
        flag("fits", "Whether it fits"),
        keys=("goal", "budget", "accelerator", "accelerator_count", "deadline_days"),
    ),
    plan_table(
        "over_training",
        "one model size at one budget, around the compute-optimal size",
        FLOPS,
        number("size_factor", "Model size over the compute-optimal one; a power of two from 1/32 to 8"),
        number("params", "Model size", "parameters"),
        SEEN,
        number("data_per_param", PER_PARAM),
        estimate("loss", "Loss at that size and budget", "nats per token"),
        estimate("loss_penalty", "Loss above the compute-optimal run's", "nats per token"),
        estimate("flops_to_match", "Compute with which this size reaches the compute-optimal loss", "FLOP"),
        estimate("extra_training", "That compute over the budget, less 1"),
        keys=("flops", "size_factor"),
    ),
    plan_table(
        "serving",
        "one training budget and number of served tokens: the cheapest model to train and serve at the compute-optimal loss",
        FLOPS,
        number("served_tokens", "Tokens that the model will serve", "tokens"),
        estimate("params", "Cheapest model size", "parameters"),
        estimate("data_seen", "Its training data", "data_unit"),
        estimate("data_per_param", PER_PARAM),
        estimate("training_flops", "Compute to train it", "FLOP"),
        estimate("serving_flops", "Compute to serve it: 2 FLOP a parameter and token", "FLOP"),
        estimate("total_flops", "Both", "FLOP"),
        estimate("extra_training", "Training compute over the budget, less 1"),
        estimate("saving", "Share of the total that it saves against serving the compute-optimal model"),
        estimate("loss", "Loss, equal to the compute-optimal run's", "nats per token"),
        keys=("flops", "served_tokens"),
    ),
    plan_table(
        "next_runs",
        "one small run to do next for one target; a single row with run_order NULL where none helps",
        text("target", "What becomes more certain: loss, params (best model size) or pools (lead of the best pool set)"),
        number("target_flops", "Budget of the target", "FLOP"),
        number("target_data_seen", "Training data of the target", "data_unit"),
        Column("target_pools", "VARCHAR[]", "Best pool set at the target by the estimate"),
        estimate("value", "The target now"),
        number("experiment_flops", "What all runs together may cost", "FLOP; samples where no run logged FLOPs"),
        text("experiment_unit", "What that counts: flops or data_seen"),
        text(
            "experiment_source",
            "Where that is from: declared, fitted_runs (what these took together) or half_of_target (half the target run's cost)",
        ),
        count("run_order", "Which to do first: the most certainty per unit of cost"),
        count("replicates", "How often, with different seeds"),
        number("params", "Model size of the run", "parameters"),
        SEEN,
        Column("pools", "VARCHAR[]", "Pools that it draws from"),
        UNIQUE,
        number("flops", "Compute of one such run", "FLOP"),
        number("cumulative_share", "Share of experiment_flops spent once this and the runs before it are done"),
        number("cumulative_flops", "Compute of this and the runs before it, replicates counted", "FLOP"),
        number("share_of_target", "That compute (data, where no run logged FLOPs) over the target run's"),
        number(
            "interval_reduction",
            "How many times narrower the target's interval is then expected to be, the law error included; "
            "where no run helps, after the best set of runs",
        ),
        number("expected_low", "Low end that the interval is then expected to have"),
        number("expected_high", "High end that the interval is then expected to have"),
        text(
            "obstacle",
            "Why no run helps: no_draws or one_run_a_pool (no interval to narrow), too_dear (no run costs so little), "
            "law_error (outweighs what runs tell) or too_small (all runs are); NULL beside runs",
        ),
        keys=("target", "target_flops", "target_data_seen", "run_order"),
        renamed=(("narrowing", "interval_reduction"),),
    ),
)
