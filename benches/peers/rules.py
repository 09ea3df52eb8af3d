"""What the peers check: the rules of the benchmark's columns, as a JSON Schema has them.

Run as a program, it writes demographic.schema.json and deduction.schema.json into the folder named (for `qsv validate`).
"""

import json
import pathlib
import sys

STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY"
).split()
SSN = (
    r"^(00[1-9]|0[1-9]\d|[1-578]\d\d|6[0-57-9]\d|66[0-57-9])-(0[1-9]|[1-9]\d)-"
    r"(000[1-9]|00[1-9]\d|0[1-9]\d\d|[1-9]\d{3})$"
)
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
SUBSCRIBER = r"^S\d{9}$"
USERNAME = r"^[a-z][a-z0-9._-]{1,63}$"
AMOUNT = r"^\d{1,9}(\.\d{1,2})?$"
FREQUENCIES = ("WEEKLY", "BIWEEKLY", "SEMIMONTHLY", "MONTHLY")
LEVELS = ("EE", "ES", "EC", "FAM", "NONE")


def required(pattern=None, **more):
    return {"type": "string", **({"pattern": pattern} if pattern else {}), **more}


def optional(pattern=None, **more):
    return required(pattern, **more) | {"type": ["string", "null"]}


def one_of(*words):
    return {"type": "string", "enum": list(words)}


def text():
    return required(minLength=1, maxLength=120)


DATE = {"format": "date"}
TIME = {"format": "date-time"}
RULES = {
    "demographic": {
        "subscriber_id": required(SUBSCRIBER),
        "username": required(USERNAME),
        "ssn": required(SSN),
        "person_number": required(r"^\d{1,12}$"),
        "first_name": text(),
        "middle_name": optional(maxLength=120),
        "last_name": text(),
        "email_home": optional(EMAIL),
        "email_work": required(EMAIL),
        "birth_date": required(**DATE),
        "gender": one_of("M", "F", "X", "U"),
        "hire_date": required(**DATE),
        "termination_date": optional(**DATE),
        "employment_status": one_of("ACTIVE", "LEAVE", "TERMINATED", "RETIRED"),
        "ein": required(r"^\d{2}-\d{7}$"),
        "is_primary_ein": one_of("true", "false"),
        "is_test": one_of("false"),
        "address1": text(),
        "address2": optional(maxLength=120),
        "city": text(),
        "state": one_of(*STATES),
        "zip": required(r"^\d{5}(-\d{4})?$"),
        "country": one_of("US"),
        "phone": required(r"^\d{3}-\d{3}-\d{4}$"),
        "department": text(),
        "job_title": text(),
        "pay_frequency": one_of(*FREQUENCIES),
        "annual_salary": required(AMOUNT),
        "benefit_level": one_of(*LEVELS),
        "location": text(),
        "manager_id": optional(SUBSCRIBER),
        "changed_at": required(**TIME),
    },
    "deduction": {
        "subscriber_id": required(SUBSCRIBER),
        "username": required(USERNAME),
        "ssn": required(SSN),
        "plan_code": text(),
        "plan_year_start": required(**DATE),
        "coverage_tier": one_of(*LEVELS),
        "deduction_code": text(),
        "employee_amount": required(AMOUNT),
        "employer_amount": required(AMOUNT),
        "frequency": one_of(*FREQUENCIES),
        "effective_date": required(**DATE),
        "end_date": optional(**DATE),
        "changed_at": required(**TIME),
        "is_test": one_of("false"),
    },
}


if __name__ == "__main__":
    for kind, rules in RULES.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"}
        schema |= {"properties": rules, "required": list(rules)}
        path = pathlib.Path(sys.argv[1]) / f"{kind}.schema.json"
        path.write_text(json.dumps(schema, indent=1))
