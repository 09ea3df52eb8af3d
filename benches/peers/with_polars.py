"""Polars' streaming engine: a condition per column, good and bad rows into two files, one scan.

with_polars.py demographic|deduction IN GOOD BAD
"""

import sys

import polars as pl
from rules import RULES

kind, source, good, bad = sys.argv[1:5]
rules = RULES[kind]


def holds(name, rule):
    column = pl.col(name)
    if "enum" in rule:
        test = column.is_in(rule["enum"])
    elif rule.get("format") == "date":
        test = column.str.to_date("%Y-%m-%d", strict=False).is_not_null() & (column.str.len_bytes() == 10)
    elif rule.get("format") == "date-time":
        moment = column.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", strict=False)
        test = moment.is_not_null() & (column.str.len_bytes() == 20)
    elif "pattern" in rule:
        test = column.str.contains(rule["pattern"])
    else:
        test = column.str.len_chars() <= rule.get("maxLength", 120)
    test = test.fill_null(False)
    return column.is_null() | test if "null" in rule["type"] else test


wrong = [(~holds(name, rule)).alias("bad_" + name) for name, rule in rules.items()]
said = [pl.when(pl.col("bad_" + name)).then(pl.lit(name + " ")).otherwise(pl.lit("")) for name in rules]
any_wrong = pl.any_horizontal(["bad_" + name for name in rules])
rows = pl.scan_csv(source, infer_schema=False).with_row_index("row", 1).with_columns(wrong)
sinks = [
    rows.filter(~any_wrong).select(list(rules)).sink_csv(good, lazy=True),
    rows.filter(any_wrong)
    .with_columns(pl.concat_str(said).alias("errors"))
    .select(["row", "errors", *rules])
    .sink_csv(bad, lazy=True),
]
pl.collect_all(sinks, engine="streaming")
