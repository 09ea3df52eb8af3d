//! The columns of demographic records, in canonical order: their types, and the headers that mean them.

use super::code_list;
use super::column::{
    Column, ColumnIndex, KindColumns, SharedColumns, Type, columns, of_employees, optional,
    required, shared,
};

columns! {
    /// A column of demographic records.
    DemographicColumn {
        SubscriberId => shared::SUBSCRIBER_ID;
        EmployeeNumber => shared::EMPLOYEE_NUMBER;
        Username => shared::USERNAME;
        Ssn => shared::SSN;
        FirstName => shared::FIRST_NAME;
        MiddleName => optional("middle_name", Type::Text(25), &["middle", "mi", "middle initial"]);
        LastName => shared::LAST_NAME;
        NameSuffix => optional("name_suffix", Type::Text(10), &["suffix"]);
        BirthDate => required("birth_date", Type::Date, &["birthdate", "date of birth", "dob"]);
        Gender => optional("gender", Type::Code(&code_list::GENDER), &["sex"]);
        MaritalStatus => optional("marital_status", Type::Code(&code_list::MARITAL_STATUS), &[]);
        Address1 => optional("address_1", Type::Text(60), &["street 1", "address line 1", "street", "address"]);
        Address2 => optional("address_2", Type::Text(60), &["street 2", "address line 2"]);
        City => optional("city", Type::Text(60), &[]);
        State => optional("state", Type::State, &[]);
        ZipCode => optional("zip_code", Type::Zip, &["zip", "postal code"]);
        Country => optional("country", Type::Text(60), &[]);
        HomeEmail => optional("home_email", Type::Email, &["email home", "personal email"]);
        WorkEmail => optional("work_email", Type::Email, &["email", "email address", "email work"]);
        ServicesEmail => optional("services_email", Type::Email, &["email services"]);
        HomePhone => optional("home_phone", Type::Number(30), &["phone", "phone home"]);
        WorkPhone => optional("work_phone", Type::Number(30), &["phone work"]);
        CellPhone => optional("cell_phone", Type::Number(30), &["cell", "mobile", "mobile phone"]);
        HireDate => required("hire_date", Type::Date, &["date of hire", "employment start date", "last hired"]);
        OriginalHireDate => optional("original_hire_date", Type::Date, &[]);
        TerminationDate => optional("termination_date", Type::EndDate, &["term date", "employment end date"]);
        TerminationReason => optional("termination_reason", Type::Text(100), &["term reason"]);
        EmploymentStatus => required("employment_status", Type::Code(&code_list::EMPLOYMENT_STATUS), &["status", "employee status"]);
        EmployeeType => optional("employee_type", Type::Text(50), &["worker type"]);
        EmploymentLevel => optional("employment_level", Type::Code(&code_list::EMPLOYMENT_LEVEL), &["ft/pt", "full time"]);
        PayType => optional("pay_type", Type::Code(&code_list::PAY_TYPE), &[]);
        PayFrequency => optional("pay_frequency", Type::Code(&code_list::PAY_FREQUENCY), &["pay group", "pay schedule"]);
        AnnualSalary => optional("annual_salary", Type::Amount, &["salary", "annual pay"]);
        Ein => shared::EIN;
        IsPrimaryEin => optional("is_primary_ein", Type::Bool, &["primary ein"]);
        Department => optional("department", Type::Text(100), &[]);
        Division => optional("division", Type::Text(100), &[]);
        Location => optional("location", Type::Text(100), &[]);
        JobTitle => optional("job_title", Type::Text(100), &["title"]);
        UnionCode => optional("union_code", Type::Text(50), &[]);
        BenefitsLevel => optional("benefits_level", Type::Text(50), &["benefit level", "benefits class"]);
        ManagerId => optional("manager_id", Type::Number(50), &["supervisor id"]);
        BenefitsStartDate => optional("benefits_start_date", Type::Date, &["eligibility date"]);
        TestEmployee => shared::TEST_EMPLOYEE;
        ExcludeFromBatchImport => optional("exclude_from_batch_import", Type::Bool, &[]);
        CreateBenefitsRecord => optional("create_benefits_record", Type::Bool, &[]);
        LastChangedAt => shared::LAST_CHANGED_AT;
    }

    of_employees! {}
    const EXCLUDED: Option<Self> = Some(Self::ExcludeFromBatchImport);
    const PRIMARY_EIN: Option<Self> = Some(Self::IsPrimaryEin);
    const STATUS: Option<Self> = Some(Self::EmploymentStatus);
}
