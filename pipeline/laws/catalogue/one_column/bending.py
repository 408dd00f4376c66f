"""Powers of one column that bend: towards a chance level, a floor, a limit of the column, or at a break.

They read `axis`, which a study declares: `[derive] axis = "flops"`, or any other column, tag or expression of them. All are
fitted by squares of ln: a curve has many points, whose differences from the law are no outliers. Places along the axis start
inside the values that were run.
"""

from pipeline.laws.law import Law, Objective, Parameter, Worked, run_column, symbols

x = run_column("axis")
SQUARES = Objective("log", "l2")
SHIFTED = (
    Parameter("E", start=(0.05, 0.98), meaning="value at the far end of the axis", unit="of the response"),
    Parameter("A", meaning="coefficient", unit="of the response at an axis of one"),
    Parameter("shift", start=(-0.5, 0.7), along="axis", meaning="what the axis is counted from", unit="of the axis"),
    Parameter("alpha", start=(0.05, 1.5), bounds=(1e-3, 4.0), meaning="exponent beyond the shift"),
)
LIMITED = (
    Parameter("A", meaning="coefficient", unit="of the response at an axis of one"),
    Parameter("saturation", start=(0.6, 2.0), along="axis", meaning="where more of the axis ceases to help", unit="of the axis"),
    Parameter("alpha", start=(0.05, 1.5), meaning="exponent below the limit"),
)
HILL = (
    Parameter("E", start=(0.05, 0.98), meaning="value at the far end of the axis", unit="of the response"),
    Parameter("span", meaning="value at the start of the axis above E", unit="of the response"),
    Parameter("half", start=(-0.3, 1.2), along="axis", meaning="where half of the span is gone", unit="of the axis"),
    Parameter("alpha", start=(0.1, 2.0), meaning="exponent far beyond that"),
)
BENT = (
    Parameter("A", meaning="coefficient of the first power"),
    Parameter("slope", start=(0.01, 0.5), meaning="exponent before the break"),
    Parameter("place", start=(0.1, 0.9), along="axis", meaning="where the break is", unit="of the axis"),
    Parameter("change", domain="real", start=(-0.3, 0.3), meaning="change of the exponent at the break"),
    Parameter("width", start=(0.1, 1.5), bounds=(0.05, 5.0), meaning="sharpness of the break: small is sharp"),
)
E, A, shift, alpha = symbols(*SHIFTED)
saturation, span, half = symbols(LIMITED[1], HILL[1], HILL[2])
slope, place, change, width = symbols(*BENT[1:])
AVOID = "Fewer than about three points a parameter; a bend beyond the values that were run, which no fit can see."

shifted_power = Law(
    name="shifted_power",
    formula=E + A / (x + shift) ** alpha,
    parameters=SHIFTED,
    columns=("axis",),
    response="loss",
    linear=("E", "A"),
    objective=SQUARES,
    question="How far does a curve fall that starts slowly?",
    source="Alabdulmohsin et al. 2022, arXiv:2209.06640 (forms compared there)",
    example={"axis": 1e4, "E": 0.5, "A": 20.0, "shift": 300.0, "alpha": 0.4},
    worked=(Worked("a root", {"axis": 60.0, "E": 0.5, "A": 20.0, "shift": 40.0, "alpha": 0.5}, 2.5),),
    avoid=AVOID,
    assumes="One power to a floor, of the axis counted from another point.",
)
limited_power = Law(
    name="limited_power",
    formula=A * (1 / x + 1 / saturation) ** alpha,
    parameters=LIMITED,
    columns=("axis",),
    response="loss",
    linear=("A",),
    objective=SQUARES,
    question="Where does more of the axis cease to help?",
    source="Bansal et al. 2022, arXiv:2202.01994; M3 of Alabdulmohsin et al. 2022, arXiv:2209.06640",
    example={"axis": 1e4, "A": 20.0, "saturation": 1e5, "alpha": 0.4},
    worked=(Worked("a root", {"axis": 200.0, "A": 20.0, "saturation": 200.0, "alpha": 0.5}, 2.0),),
    avoid=AVOID,
    assumes="One power, which flattens as the axis nears a limit; the floor is that of the limit.",
)
hill = Law(
    name="hill",
    formula=E + span / (1 + (x / half) ** alpha),
    parameters=HILL,
    columns=("axis",),
    response="loss",
    linear=("E", "span"),
    objective=SQUARES,
    question="How far does a curve fall that starts at chance and ends at a floor?",
    source="Hill 1910; M4 of Alabdulmohsin et al. 2022, arXiv:2209.06640, with its bend at one",
    example={"axis": 1e4, "E": 0.2, "span": 0.7, "half": 3e3, "alpha": 0.6},
    worked=(Worked("half of its span", {"axis": 50.0, "E": 0.2, "span": 0.6, "half": 50.0, "alpha": 0.7}, 0.5),),
    avoid=AVOID,
    assumes="From a chance level to a floor, with one exponent.",
)
bent_power = Law(
    name="bent_power",
    formula=A * x**-slope * (1 + (x / place) ** (1 / width)) ** (-change * width),
    parameters=BENT,
    columns=("axis",),
    response="loss",
    linear=("A",),
    objective=SQUARES,
    question="Does a curve change its slope, and where?",
    source="Caballero et al. 2023, arXiv:2210.14891, one break and no floor",
    example={"axis": 1e4, "A": 20.0, "slope": 0.2, "place": 8e3, "change": 0.3, "width": 0.4},
    worked=(Worked("at its break", {"axis": 100.0, "A": 20.0, "slope": 0.5, "place": 100.0, "change": 0.5, "width": 2.0}, 1.0),),
    avoid=AVOID,
    assumes="Two powers and one bend between them; no floor.",
)
