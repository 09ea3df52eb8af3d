//! Pages in process: statuses, headers, who may go where, and what stands on them.

mod headers;
mod rights;
mod test_pages;
