//! Parses a file with the `csv` crate and nothing else, and prints how many fields it holds: the measure that
//! `scripts/bench` sets its figures against. `bare_parse FILE`

#![allow(clippy::pedantic)]

use std::env;
use std::error::Error;
use std::fs::File;

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("usage: bare_parse FILE")?;
    let mut reader = csv::ReaderBuilder::new()
        .buffer_capacity(1 << 20)
        .from_reader(File::open(path)?);
    let mut record = csv::ByteRecord::new();
    let mut fields = 0;
    while reader.read_byte_record(&mut record)? {
        fields += record.len();
    }
    println!("{fields}");
    Ok(())
}
