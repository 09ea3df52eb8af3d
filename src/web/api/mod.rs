//! The API for programs: the same operations as on the command line and on the pages, with the JSON of `--json`. Each route
//! stands in the table with a [`Description`](crate::web::description::Description), of which `/openapi.json` is made.

mod document;
mod employees;
mod exchange;
mod integrations;
mod lists;
mod metrics;
mod monitoring;
mod resubmission;
mod runs;
mod shapes;

pub(super) use document::document;
pub(super) use exchange::{as_problems, nothing};

use super::guard::Requires;
use super::routes::Routes;
use crate::domain::Right;
use axum::http::Method;

const SEE: Requires = Requires::Right(Right::See);
const OPERATE: Requires = Requires::Right(Right::Operate);
const RELEASE: Requires = Requires::Right(Right::Release);
const CORRECT: Requires = Requires::Right(Right::Correct);
const ADMINISTER: Requires = Requires::Right(Right::Administer);

/// The routes of the API, and those of monitors.
pub(super) fn routes(table: Routes) -> Routes {
    employees(runs(integrations(lists(monitoring(table)))))
}

fn monitoring(table: Routes) -> Routes {
    use monitoring::{DOCUMENT, HEALTH, METRICS, READINESS, document, health, metrics, readiness};
    let near = Requires::LoopbackOrToken;
    table
        .api(Method::GET, "/healthz", Requires::Nothing, &HEALTH, health)
        .api(Method::GET, "/readyz", near, &READINESS, readiness)
        .api(Method::GET, "/metrics", near, &METRICS, metrics)
        .api(Method::GET, "/openapi.json", SEE, &DOCUMENT, document)
}

fn lists(table: Routes) -> Routes {
    table
        .api(
            Method::GET,
            "/api/v1/files",
            SEE,
            &lists::FILES,
            lists::files,
        )
        .api(
            Method::GET,
            "/api/v1/schedules",
            SEE,
            &lists::SCHEDULES,
            lists::schedules,
        )
        .api(
            Method::GET,
            "/api/v1/events",
            SEE,
            &lists::EVENTS,
            lists::events,
        )
        .api(
            Method::GET,
            "/api/v1/notices",
            SEE,
            &lists::NOTICES,
            lists::notices,
        )
        .api(
            Method::GET,
            "/api/v1/findings/{code}",
            SEE,
            &lists::FINDING,
            lists::finding,
        )
        .api(
            Method::GET,
            "/api/v1/accounts",
            ADMINISTER,
            &lists::ACCOUNTS,
            lists::accounts,
        )
}

fn integrations(table: Routes) -> Routes {
    table
        .api(
            Method::GET,
            "/api/v1/integrations",
            SEE,
            &integrations::LIST,
            integrations::list,
        )
        .api(
            Method::GET,
            "/api/v1/integrations/{integration}",
            SEE,
            &integrations::ONE,
            integrations::one,
        )
        .api(
            Method::POST,
            "/api/v1/integrations/{integration}/run",
            OPERATE,
            &integrations::RUN,
            integrations::run,
        )
        .api(
            Method::POST,
            "/api/v1/integrations/{integration}/pause",
            OPERATE,
            &integrations::PAUSE,
            integrations::pause,
        )
        .api(
            Method::POST,
            "/api/v1/integrations/{integration}/resume",
            OPERATE,
            &integrations::RESUME,
            integrations::resume,
        )
        .api(
            Method::PUT,
            "/api/v1/integrations/{integration}/inbound/{file}",
            OPERATE,
            &integrations::UPLOAD,
            integrations::upload,
        )
}

fn runs(table: Routes) -> Routes {
    table
        .api(Method::GET, "/api/v1/runs", SEE, &runs::LIST, runs::list)
        .api(
            Method::GET,
            "/api/v1/runs/{reference}",
            SEE,
            &runs::ONE,
            runs::one,
        )
        .api(
            Method::POST,
            "/api/v1/runs/{reference}/rerun",
            OPERATE,
            &runs::RERUN,
            runs::rerun,
        )
        .api(
            Method::POST,
            "/api/v1/runs/{reference}/release",
            RELEASE,
            &runs::RELEASE,
            runs::release,
        )
        .api(
            Method::POST,
            "/api/v1/runs/{reference}/refuse",
            RELEASE,
            &runs::REFUSE,
            runs::refuse,
        )
        .api(
            Method::GET,
            "/api/v1/runs/{reference}/rejections",
            SEE,
            &resubmission::REJECTIONS,
            resubmission::rejections,
        )
        .api(
            Method::POST,
            "/api/v1/runs/{reference}/resubmit",
            CORRECT,
            &resubmission::RESUBMIT,
            resubmission::resubmit,
        )
        .api(
            Method::POST,
            "/api/v1/runs/{reference}/dismiss",
            CORRECT,
            &resubmission::DISMISS,
            resubmission::dismiss,
        )
        .api(
            Method::GET,
            "/api/v1/runs/{reference}/files",
            SEE,
            &runs::FILES,
            runs::files,
        )
        .api(
            Method::GET,
            "/api/v1/runs/{reference}/files/{name}",
            SEE,
            &runs::FILE,
            runs::file,
        )
}

fn employees(table: Routes) -> Routes {
    table
        .api(
            Method::GET,
            "/api/v1/employees",
            SEE,
            &employees::LIST,
            employees::list,
        )
        .api(
            Method::GET,
            "/api/v1/employees/{roster}/{id}",
            SEE,
            &employees::ONE,
            employees::one,
        )
        .api(
            Method::POST,
            "/api/v1/employees/sync",
            CORRECT,
            &employees::SYNC,
            employees::sync,
        )
        .api(
            Method::POST,
            "/api/v1/employees/benefits-level",
            CORRECT,
            &employees::LEVEL,
            employees::level,
        )
}
