"""Python's csv module with checks written by hand.

with_python.py demographic|deduction IN GOOD BAD
"""

import csv
import datetime
import re
import sys

from rules import RULES

kind, source, good, bad = sys.argv[1:5]


def is_date(text):
    try:
        return len(text) == 10 and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False


def is_moment(text):
    try:
        return len(text) == 20 and text[19] == "Z" and bool(datetime.datetime.fromisoformat(text))
    except ValueError:
        return False


def check(rule):
    if "enum" in rule:
        test = frozenset(rule["enum"]).__contains__
    elif rule.get("format") == "date":
        test = is_date
    elif rule.get("format") == "date-time":
        test = is_moment
    elif "pattern" in rule:
        test = re.compile(rule["pattern"], re.A).match
    else:
        least, most = rule.get("minLength", 0), rule.get("maxLength", 120)
        test = lambda text: least <= len(text) <= most
    return (lambda text: not text or test(text)) if "null" in rule["type"] else test


checks = [check(rule) for rule in RULES[kind].values()]
with (
    open(source, newline="", encoding="utf-8") as rows,
    open(good, "w", newline="", encoding="utf-8") as kept,
    open(bad, "w", newline="", encoding="utf-8") as refused,
):
    reader = csv.reader(rows)
    header = next(reader)
    keep, refuse = csv.writer(kept, lineterminator="\n"), csv.writer(refused, lineterminator="\n")
    keep.writerow(header)
    refuse.writerow(["row", "errors", *header])
    for number, row in enumerate(reader, 1):
        if len(row) != len(header):
            refuse.writerow([number, "shape", *row])
            continue
        errors = [header[i] for i, holds in enumerate(checks) if not holds(row[i])]
        if errors:
            refuse.writerow([number, "invalid " + ";".join(errors), *row])
        else:
            keep.writerow(row)
