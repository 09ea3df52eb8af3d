//! Writes benchmark data about made-up people, the same for the same arguments:
//! `made_up demographic|deduction ROWS SEED OUT DEFECTS [CHANGED_PER_THOUSAND]`.
//!
//! Demographic rows have 32 columns and about 314 bytes, deductions 14 columns and 128 bytes; the deductions are about
//! the employees of a demographic file of as many rows, none of whom has left. One row in a hundred has exactly one
//! defect; DEFECTS lists them. `CHANGED_PER_THOUSAND` is how many employees in a thousand have moved; the others are unchanged.

#![allow(clippy::pedantic)]

mod words;

use std::env;
use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use words::{
    CITIES, DEDUCTION_DEFECTS, DEDUCTIONS, DEMOGRAPHIC_DEFECTS, DEPARTMENTS, ENDINGS, FIRST,
    FREQUENCIES, LAST, LEVELS, PLACES, PLANS, STATES, STATUSES, STREETS, TITLES,
};

const DEMOGRAPHIC_HEADER: &str = "subscriber_id,username,ssn,person_number,first_name,middle_name,last_name,email_home,\
email_work,birth_date,gender,hire_date,termination_date,employment_status,ein,is_primary_ein,is_test,address1,address2,\
city,state,zip,country,phone,department,job_title,pay_frequency,annual_salary,benefit_level,location,manager_id,\
changed_at";
const DEDUCTION_HEADER: &str = "subscriber_id,username,ssn,plan_code,plan_year_start,coverage_tier,deduction_code,\
employee_amount,employer_amount,frequency,effective_date,end_date,changed_at,is_test";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let (kind, rows, seed, out, defects, changed) =
        match &arguments[..] {
            [kind, rows, seed, out, defects] => (kind, rows, seed, out, defects, "0"),
            [kind, rows, seed, out, defects, changed] => {
                (kind, rows, seed, out, defects, changed.as_str())
            }
            _ => return Err(
                "usage: made_up demographic|deduction ROWS SEED OUT DEFECTS [CHANGED_PER_THOUSAND]"
                    .into(),
            ),
        };
    let (rows, seed) = (rows.parse()?, seed.parse()?);
    let mut file = Files {
        out: BufWriter::with_capacity(1 << 20, File::create(out)?),
        defects: BufWriter::new(File::create(defects)?),
    };
    writeln!(file.defects, "row,defect")?;
    match kind.as_str() {
        "demographic" => demographic(rows, seed, changed.parse()?, &mut file)?,
        "deduction" => deduction(rows, seed, &mut file)?,
        _ => return Err("the kind is demographic or deduction".into()),
    }
    file.out.flush()?;
    Ok(file.defects.flush()?)
}

struct Files {
    out: BufWriter<File>,
    defects: BufWriter<File>,
}

impl Files {
    /// The defect of a row, written down; most rows have none.
    fn defect(
        &mut self,
        chance: &mut Chance,
        row: u64,
        all: &[&'static str],
    ) -> io::Result<&'static str> {
        if chance.below(100) > 0 {
            return Ok("");
        }
        let defect = chance.pick(all);
        writeln!(self.defects, "{},{defect}", row + 1)?;
        Ok(defect)
    }
}

/// `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        ((self.next() >> 32) * most) >> 32
    }

    fn pick(&mut self, words: &[&'static str]) -> &'static str {
        words[self.below(words.len() as u64) as usize]
    }

    fn percent(&mut self, of: u64) -> bool {
        self.below(100) < of
    }

    fn date(&mut self, first: u64, last: u64) -> String {
        let year = first + self.below(last - first + 1);
        let month = 1 + self.below(12);
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        format!("{year:04}-{month:02}-{:02}", 1 + self.below(days))
    }

    fn amount(&mut self, least: u64, most: u64) -> String {
        format!("{}.{:02}", least + self.below(most), self.below(100))
    }
}

/// First name, last name and username of the employee with this number.
fn person(number: u64) -> (&'static str, &'static str, String) {
    let mut chance = Chance(number.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ 77);
    let (first, last) = (chance.pick(&FIRST), chance.pick(&LAST));
    let user = format!("{}{}{}", &plain(first)[..1], plain(last), number + 1000);
    (first, last, user)
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(char::is_ascii_alphabetic);
    letters.collect::<String>().to_lowercase()
}

fn has_left(number: u64) -> bool {
    number % 23 == 7
}

/// Area, group and serial: a valid number of its own for every employee.
fn ssn(number: u64) -> (u64, u64, u64) {
    const ALL: u64 = 898 * 99 * 9999;
    // Prime to ALL, so that no two employees share one.
    let place = (number * 373_587_883 + 12_345) % ALL;
    let area = place / 9999 / 99 + 1;
    (
        area + u64::from(area >= 666),
        place / 9999 % 99 + 1,
        place % 9999 + 1,
    )
}

fn written_ssn(number: u64, defect: &str) -> String {
    let (area, group, serial) = ssn(number);
    match defect {
        "ssn_000" => format!("000-{group:02}-{serial:04}"),
        "ssn_666" => format!("666-{group:02}-{serial:04}"),
        "ssn_9xx" => format!("9{:02}-{group:02}-{serial:04}", area % 100),
        "ssn_group00" => format!("{area:03}-00-{serial:04}"),
        "ssn_serial0000" => format!("{area:03}-{group:02}-0000"),
        "ssn_short" => format!("{area:03}-{group:02}-{:03}", serial % 1000),
        "ssn_alpha" => format!("{area:03}-{group:02}-12A4"),
        _ => format!("{area:03}-{group:02}-{serial:04}"),
    }
}

fn subscriber(number: u64, defect: &str) -> String {
    if defect == "missing_subscriber" {
        return String::new();
    }
    format!("S{:09}", number + 1)
}

/// The good value, or the bad one where the row has this defect.
fn unless(defect: &str, name: &str, bad: &str, good: impl Into<String>) -> String {
    if defect == name {
        bad.into()
    } else {
        good.into()
    }
}

fn demographic(rows: u64, seed: u64, changed: u64, file: &mut Files) -> io::Result<()> {
    writeln!(file.out, "{DEMOGRAPHIC_HEADER}")?;
    let mut chance = Chance(seed);
    let c = &mut chance;
    for row in 0..rows {
        let defect = file.defect(c, row, &DEMOGRAPHIC_DEFECTS)?;
        let (first, last, user) = person(row);
        let moved = changed > 0 && row * 7919 % 1000 < changed;
        let has = |name: &str| defect == name;
        write!(
            file.out,
            "{},{},{},{},{first},",
            subscriber(row, defect),
            unless(defect, "missing_username", "", &user),
            written_ssn(row, defect),
            100_000 + row
        )?;
        let middle = if c.percent(60) { c.pick(&FIRST) } else { "" };
        write!(
            file.out,
            "{middle},{},",
            unless(defect, "missing_last_name", "", last)
        )?;
        if c.percent(70) {
            let (first, last) = (plain(first), plain(last));
            write!(file.out, "{first}.{last}{}@mail.example.org", row % 1000)?;
        }
        let at = if has("bad_email") { "." } else { "@corp." };
        write!(file.out, ",{user}{at}example.com,")?;
        let born = if has("bad_birth_date") {
            format!("{}-02-30", 1950 + c.below(50))
        } else {
            c.date(1950, 2005)
        };
        let gender = if has("bad_gender") {
            "Q"
        } else {
            c.pick(&["M", "F", "X", "U"])
        };
        let hired = if has("bad_hire_date_format") {
            "03/15/2019".to_owned()
        } else {
            c.date(2006, 2020)
        };
        let status = if has("bad_status") {
            "ACTVE"
        } else if has_left(row) {
            "TERMINATED"
        } else {
            c.pick(&STATUSES)
        };
        let ended = if status == "TERMINATED" {
            c.date(2021, 2025)
        } else {
            String::new()
        };
        let ein = format!("{:02}-{:07}", 10 + row % 40, 1_000_000 + row % 40 * 7919);
        let ein = unless(defect, "bad_ein", "1234567", ein);
        let test = has("test_flag");
        write!(
            file.out,
            "{born},{gender},{hired},{ended},{status},{ein},true,{test},"
        )?;
        let (house, street, ending) = (1 + c.below(9999), c.pick(&STREETS), c.pick(&ENDINGS));
        if c.percent(12) {
            write!(
                file.out,
                "\"{house} {street} {ending}, Apt {}\",",
                1 + c.below(400)
            )?;
        } else {
            write!(file.out, "{house} {street} {ending},")?;
        }
        let second = if c.percent(10) { "Floor 2" } else { "" };
        let city = c.pick(&CITIES);
        let city = if moved { "Newtown" } else { city };
        let state = if has("bad_state") {
            "ZZ"
        } else {
            c.pick(&STATES)
        };
        let zip = if has("bad_zip") {
            "1234".to_owned()
        } else if c.percent(20) {
            format!("{:05}-{:04}", 10_000 + c.below(89_999), c.below(9999))
        } else {
            format!("{:05}", 10_000 + c.below(89_999))
        };
        let phone = format!("{:03}-555-{:04}", 200 + c.below(700), c.below(10_000));
        let (department, title) = (c.pick(&DEPARTMENTS), c.pick(&TITLES));
        let frequency = if has("bad_pay_frequency") {
            "DAILY"
        } else {
            c.pick(&FREQUENCIES)
        };
        let salary = c.amount(25_000, 180_000);
        let sign = if has("negative_salary") { "-" } else { "" };
        let level = if has("bad_benefit_level") {
            "ALL"
        } else {
            c.pick(&LEVELS)
        };
        let place = c.pick(&PLACES);
        let manager = if c.percent(97) {
            subscriber(c.below(rows), "")
        } else {
            String::new()
        };
        let stamp = changed_at(c, defect);
        let stamp = if moved {
            "2027-01-01T00:00:00Z".to_owned()
        } else {
            stamp
        };
        writeln!(
            file.out,
            "{second},{city},{state},{zip},US,{phone},{department},{title},{frequency},{sign}{salary},{level},{place},\
             {manager},{stamp}"
        )?;
    }
    Ok(())
}

fn changed_at(c: &mut Chance, defect: &str) -> String {
    if defect == "bad_changed_at" {
        return "2026-13-01T00:00:00Z".to_owned();
    }
    let day = c.date(2025, 2025);
    format!(
        "{day}T{:02}:{:02}:{:02}Z",
        c.below(24),
        c.below(60),
        c.below(60)
    )
}

/// Keys are unique, seven codes an employee, employees in no order.
fn deduction(rows: u64, seed: u64, file: &mut Files) -> io::Result<()> {
    writeln!(file.out, "{DEDUCTION_HEADER}")?;
    let mut chance = Chance(seed ^ 0xded);
    let c = &mut chance;
    for row in 0..rows {
        let defect = file.defect(c, row, &DEDUCTION_DEFECTS)?;
        let mut who = (row / 7 * 48_271 + 11) % rows;
        while has_left(who) {
            who = (who + 1) % rows;
        }
        let (_, _, user) = person(who);
        let has = |name: &str| defect == name;
        let plan = if has("missing_plan_code") {
            ""
        } else {
            c.pick(&PLANS)
        };
        let tier = if has("bad_tier") {
            "EVERY"
        } else {
            c.pick(&LEVELS)
        };
        let employee = match defect {
            "bad_amount" => "12.3.4".to_owned(),
            "negative_employee" => format!("-{}", c.amount(1, 900)),
            _ => c.amount(0, 900),
        };
        let employer = match defect {
            "negative_employer" => format!("-{}", c.amount(1, 900)),
            _ => c.amount(0, 900),
        };
        let frequency = if has("bad_frequency") {
            "DAILY"
        } else {
            c.pick(&FREQUENCIES)
        };
        let begins = if has("bad_effective_date") {
            "2026-04-31".to_owned()
        } else {
            c.date(2026, 2026)
        };
        let ends = if c.percent(20) {
            c.date(2027, 2028)
        } else {
            String::new()
        };
        let stamp = changed_at(c, defect);
        writeln!(
            file.out,
            "{},{},{},{plan},{},{tier},{},{employee},{employer},{frequency},{begins},{ends},{stamp},{}",
            subscriber(who, defect),
            unless(defect, "missing_username", "", user),
            written_ssn(who, defect),
            unless(defect, "bad_plan_year_format", "2026/13/01", "2026-01-01"),
            DEDUCTIONS[(row % 7) as usize],
            has("test_flag"),
        )?;
    }
    Ok(())
}
