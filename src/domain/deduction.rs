//! The columns of deduction records, in canonical order: their types, and the headers that mean them.

use super::code_list;
use super::column::{
    Column, ColumnIndex, KindColumns, SharedColumns, Type, columns, of_employees, optional,
    required, shared,
};

columns! {
    /// A column of deduction records.
    DeductionColumn {
        SubscriberId => shared::SUBSCRIBER_ID;
        EmployeeNumber => shared::EMPLOYEE_NUMBER;
        Username => shared::USERNAME;
        Ssn => shared::SSN;
        FirstName => shared::FIRST_NAME.not_required();
        LastName => shared::LAST_NAME.not_required();
        PlanYearStart => optional("plan_year_start", Type::Date, &["org plan year starts"]);
        PlanYearEnd => optional("plan_year_end", Type::Date, &["org plan year ends"]);
        DeductionCode => required("deduction_code", Type::Number(20), &["ded code", "benefit lookup code", "dcode"]);
        PlanName => optional("plan_name", Type::Text(100), &["plan", "plan code"]);
        CoverageLevel => optional("coverage_level", Type::Code(&code_list::COVERAGE_LEVEL), &["tier", "coverage tier", "coverage option"]);
        EmployeeAmount => required("employee_amount", Type::Amount, &["subscriber premium", "ee amount", "per pay period", "deduction amount"]);
        EmployerAmount => optional("employer_amount", Type::Amount, &["org premium", "er amount"]);
        PretaxAmount => optional("pretax_amount", Type::Amount, &[]);
        PosttaxAmount => optional("posttax_amount", Type::Amount, &[]);
        ImputedIncome => optional("imputed_income", Type::Amount, &[]);
        TaxTreatment => optional("tax_treatment", Type::Code(&code_list::TAX_TREATMENT), &["pre tax", "cafeteria"]);
        Frequency => optional("frequency", Type::Code(&code_list::FREQUENCY), &[]);
        EffectiveDate => required("effective_date", Type::Date, &["change effective date", "start date", "begin date"]);
        EndDate => optional("end_date", Type::EndDate, &["stop date", "coverage termination date"]);
        Action => optional("action", Type::Code(&code_list::ACTION), &["change status"]);
        Ein => shared::EIN;
        TestEmployee => shared::TEST_EMPLOYEE;
        LastChangedAt => shared::LAST_CHANGED_AT;
    }

    of_employees! {}
    const ACTION: Option<Self> = Some(Self::Action);
    const HAS_START_DATE: bool = true;
}
