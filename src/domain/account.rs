//! The columns of accounts files, in canonical order: their types, and the headers that mean them.

use super::code_list;
use super::column::{
    Column, ColumnIndex, KindColumns, SharedColumns, Type, columns, optional, required, shared,
};

/// The column with the ID of an account, in accounts files and in the output files of linked employees.
pub(crate) const ACCOUNT_ID: &str = "account_id";

columns! {
    /// A column of accounts files.
    AccountColumn {
        AccountId => required(ACCOUNT_ID, Type::Number(100), &["account", "account number", "account no", "user id", "platform id"]);
        Email => required("email", Type::Email, &["email address", "work email", "email work", "user email", "login email"]);
        FirstName => shared::FIRST_NAME.not_required();
        LastName => shared::LAST_NAME.not_required();
        Status => optional("status", Type::Code(&code_list::ACCOUNT_STATUS), &["account status", "user status", "active", "is active"]);
    }

    const SHARED: SharedColumns<Self> = SharedColumns {
        id: Self::AccountId,
        employee_number: None,
        username: None,
        ssn: None,
        first_name: Self::FirstName,
        last_name: Self::LastName,
        ein: None,
        test_employee: None,
        last_changed_at: None,
    };
}
