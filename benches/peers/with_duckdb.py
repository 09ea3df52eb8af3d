"""DuckDB: two streaming COPY statements, each of which scans and checks the file.

with_duckdb.py demographic|deduction IN GOOD BAD
"""

import sys

import duckdb
from rules import RULES

kind, source, good, bad = sys.argv[1:5]
rules = RULES[kind]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def holds(name, rule):
    if "enum" in rule:
        test = f"{name} in ({','.join(quoted(word) for word in rule['enum'])})"
    elif rule.get("format") == "date":
        test = f"(length({name})=10 and try_cast({name} as date) is not null)"
    elif rule.get("format") == "date-time":
        test = f"(length({name})=20 and try_strptime({name},'%Y-%m-%dT%H:%M:%SZ') is not null)"
    elif "pattern" in rule:
        test = f"regexp_matches({name},{quoted(rule['pattern'])})"
    else:
        test = f"length({name})<={rule.get('maxLength', 120)}"
    return f"({name} is null or {test})" if "null" in rule["type"] else f"coalesce({test},false)"


columns = ",".join(rules)
all_hold = " and ".join(holds(*rule) for rule in rules.items())
said = " || ".join(f"case when {holds(n, r)} then '' else '{n} ' end" for n, r in rules.items())
rows = f"read_csv('{source}',all_varchar=true,header=true,delim=',',quote='\"',escape='\"')"
connection = duckdb.connect()
connection.execute("set preserve_insertion_order=true")
connection.execute(f"copy (select {columns} from {rows} where {all_hold}) to '{good}' (header,delimiter ',')")
wrong = f"select ({said}) as errors,{columns} from {rows} where not ({all_hold})"
connection.execute(f"copy ({wrong}) to '{bad}' (header,delimiter ',')")
