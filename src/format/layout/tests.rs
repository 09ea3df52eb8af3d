use super::{ColumnSettings, Layout};
use crate::domain::column::KindColumns;
use crate::domain::{Code, DemographicColumn, Kind};
use crate::format::dialect::Dialect;
use crate::format::fields::FieldSplitter;
use crate::format::split::Shape;

fn layout(header: &str, mapped: &[(&str, &str)]) -> Result<Layout, (Code, String)> {
    let mapped: Vec<(String, String)> = mapped
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let mut splitter = FieldSplitter::new(Shape::Delimited(Dialect::new(b',')));
    let fields = splitter.split(header.as_bytes());
    let settings = ColumnSettings {
        mapped,
        ..ColumnSettings::default()
    };
    Layout::from_header(Kind::Demographic, &fields, &settings, 1).map_err(|f| (f.code, f.detail))
}

fn slot(layout: &Layout, column: DemographicColumn) -> Option<u16> {
    layout.slots[column.definition().index.get()]
}

const REST: &str = "Login,SSN,First,Last,D.O.B.,Date of Hire,Status";

#[test]
fn names_match_in_any_dress() {
    let found = layout(&format!("MEMBER-ID,{REST},Shoe Size"), &[]).expect("complete");
    assert_eq!(slot(&found, DemographicColumn::SubscriberId), Some(0));
    assert_eq!(slot(&found, DemographicColumn::BirthDate), Some(5));
    assert_eq!(found.unknown, ["Shoe Size"]);
    assert_eq!(found.header(Some(5)), "D.O.B.");
    assert_eq!(found.header(None), "");
}

#[test]
fn missing_and_double_columns_are_named() {
    let (code, detail) = layout(&format!("Subscribr ID,{REST}"), &[]).expect_err("missing");
    assert_eq!(code, Code::ColumnMissing);
    assert!(
        detail.contains("`Subscribr ID` looks like subscriber_id"),
        "{detail}"
    );
    let (code, detail) = layout(&format!("eid,Employee ID,{REST}"), &[]).expect_err("double");
    assert_eq!(code, Code::ColumnDuplicate);
    assert!(detail.contains("columns 1 and 2"), "{detail}");
    let one = layout(
        &format!("eid,Employee ID,{REST}"),
        &[("subscriber_id", "eid")],
    );
    assert_eq!(
        slot(&one.expect("mapped"), DemographicColumn::SubscriberId),
        Some(0)
    );
}

#[test]
fn a_record_in_place_of_the_header_is_not_shown() {
    let (code, detail) = layout("S1,ann,123121234,Ann,Lee,1990-01-01", &[]).expect_err("no header");
    assert_eq!(code, Code::ColumnMissing);
    assert!(
        !detail.contains("123121234") && !detail.contains("Ann"),
        "{detail}"
    );
}

#[test]
fn delimiters_behind_the_last_name_are_no_columns() {
    let width = |header: String| layout(&header, &[]).expect("complete").width;
    assert_eq!(width(format!("eid,{REST}")), Some(8));
    assert_eq!(width(format!("eid,{REST},, ,")), Some(8));
    assert_eq!(width(format!("eid,{REST},,#")), Some(10));
    assert_eq!(width(format!("eid,{REST}{}", ",".repeat(16_376))), Some(8));
}
