//! Pages in process: statuses, headers, who may go where, and what stands on them.

mod accounts;
mod api;
mod api_page;
mod column_map;
mod correct;
mod headers;
mod limited;
mod open_enrollment;
mod own_account;
mod rights;
mod signing_in;
mod test_pages;
