//! What made-up people are made of.

#[rustfmt::skip]
pub(crate) const FIRST: [&str; 42] = [
    "James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth", "William",
    "Barbara", "Richard", "Susan", "Joseph", "Jessica", "Thomas", "Sarah", "Charles", "Karen", "Christopher", "Lisa",
    "Daniel", "Nancy", "Matthew", "Betty", "Anthony", "Sandra", "Mark", "Margaret", "José", "Renée", "Zoë", "Søren",
    "Łukasz", "Chloé", "Jürgen", "Siân", "Nguyễn", "Björk", "Anaïs", "Óscar",
];
#[rustfmt::skip]
pub(crate) const LAST: [&str; 38] = [
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Garcia", "Miller", "Davis", "Rodriguez", "Martinez",
    "Hernandez", "Lopez", "Gonzalez", "Wilson", "Anderson", "Thomas", "Taylor", "Moore", "Jackson", "Martin", "Lee",
    "Perez", "Thompson", "White", "Harris", "Sanchez", "Clark", "Ramirez", "Lewis", "Robinson", "O'Brien", "Müller",
    "Nuñez", "Gómez", "Åström", "Dvořák", "D'Souza", "Van der Berg",
];
#[rustfmt::skip]
pub(crate) const STREETS: [&str; 12] = [
    "Maple", "Oak", "Washington", "Lakeview", "Hillcrest", "Martin Luther King", "Second", "Third", "Cedar", "Elm",
    "Sunset", "Jefferson",
];
#[rustfmt::skip]
pub(crate) const ENDINGS: [&str; 7] = [
    "St", "Ave", "Blvd", "Rd", "Ln", "Ct", "Dr",
];
#[rustfmt::skip]
pub(crate) const CITIES: [&str; 12] = [
    "Springfield", "Columbus", "Austin", "San José", "Nashville", "Portland", "Fort Worth", "Charlotte", "Doña Ana",
    "Boise", "Madison", "Rochester",
];
#[rustfmt::skip]
pub(crate) const STATES: [&str; 50] = [
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA", "ME",
    "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR", "PA",
    "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY",
];
#[rustfmt::skip]
pub(crate) const DEPARTMENTS: [&str; 10] = [
    "Finance", "Human Resources", "Engineering", "Sales", "\"Research, Development\"", "Legal", "Operations",
    "Customer Care", "\"Facilities, Safety\"", "Payroll",
];
#[rustfmt::skip]
pub(crate) const TITLES: [&str; 11] = [
    "Analyst", "Software Engineer", "Account Manager", "\"Engineer \"\"Senior\"\"\"", "Driver", "Nurse",
    "\"Director, Benefits\"", "Clerk", "Technician", "Project Manager", "Supervisor",
];
#[rustfmt::skip]
pub(crate) const FREQUENCIES: [&str; 4] = [
    "WEEKLY", "BIWEEKLY", "SEMIMONTHLY", "MONTHLY",
];
#[rustfmt::skip]
pub(crate) const STATUSES: [&str; 7] = [
    "ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "ACTIVE", "LEAVE",
];
#[rustfmt::skip]
pub(crate) const LEVELS: [&str; 5] = [
    "EE", "ES", "EC", "FAM", "NONE",
];
#[rustfmt::skip]
pub(crate) const PLACES: [&str; 6] = [
    "HQ-01", "PLANT-02", "PLANT-03", "REMOTE", "WH-11", "WH-12",
];
#[rustfmt::skip]
pub(crate) const PLANS: [&str; 9] = [
    "MED-PPO", "MED-HDHP", "DEN-STD", "VIS-STD", "HSA-IND", "FSA-HC", "FSA-DC", "LIFE-1X", "\"LTD, CORE\"",
];
#[rustfmt::skip]
pub(crate) const DEDUCTIONS: [&str; 7] = [
    "MED", "DEN", "VIS", "HSA", "FSA", "LIFE", "LTD",
];
#[rustfmt::skip]
pub(crate) const DEMOGRAPHIC_DEFECTS: [&str; 23] = [
    "ssn_000", "ssn_666", "ssn_9xx", "ssn_group00", "ssn_serial0000", "ssn_short", "ssn_alpha", "missing_subscriber",
    "missing_username", "bad_birth_date", "bad_hire_date_format", "negative_salary", "bad_status", "bad_gender",
    "test_flag", "bad_zip", "bad_email", "bad_changed_at", "bad_state", "bad_ein", "bad_pay_frequency",
    "bad_benefit_level", "missing_last_name",
];
#[rustfmt::skip]
pub(crate) const DEDUCTION_DEFECTS: [&str; 16] = [
    "ssn_000", "ssn_666", "ssn_9xx", "ssn_short", "missing_subscriber", "missing_username", "bad_effective_date",
    "bad_plan_year_format", "negative_employee", "negative_employer", "bad_tier", "bad_frequency", "test_flag",
    "bad_changed_at", "missing_plan_code", "bad_amount",
];
