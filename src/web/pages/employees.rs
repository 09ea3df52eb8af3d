//! `/employees`: employees by state, found by words, and what became of one of them.

use super::employee_acts::EmployeeQuery;
use super::minute;
use crate::domain::EmployeeState;
use crate::domain::Right;
use crate::operations::{self, EmployeeDetails, EmployeePage, ListedEmployee};
use crate::web::app::App;
use crate::web::failure::Failure;
use crate::web::fields::in_path;
use crate::web::layout::{Layout, html};
use crate::web::request::Who;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "employees.html", config = "src/web/askama.toml")]
struct EmployeesPage {
    layout: Layout,
    page: EmployeePage,
    asked: EmployeeQuery,
    integrations: Vec<String>,
    /// How many employees are in the state that is asked for, or in all.
    total: u64,
    may_act: bool,
}

impl EmployeesPage {
    /// The states in the order of attention, with how many employees are in each, and the address of their list.
    fn tabs(&self) -> Vec<(EmployeeState, u64, String)> {
        let of = |state: &EmployeeState| {
            let count = self.page.counts.get(state).copied().unwrap_or_default();
            (*state, count, self.asked.address(Some(*state), None))
        };
        EmployeeState::ALL.iter().map(of).collect()
    }

    fn is_state(&self, state: EmployeeState) -> bool {
        self.asked.state() == Some(state)
    }

    fn path(&self, roster: &str, id: &str) -> String {
        format!("/employees/{}/{}", in_path(roster), in_path(id))
    }

    fn since(&self, employee: &ListedEmployee) -> String {
        employee.since.as_deref().map(minute).unwrap_or_default()
    }

    fn next(&self) -> Option<String> {
        let next = self.page.next.as_ref()?.to_string();
        Some(self.asked.address(self.asked.state(), Some(&next)))
    }
}

pub(super) async fn list(
    State(app): State<App>,
    who: Who,
    Query(asked): Query<EmployeeQuery>,
) -> Result<Response, Failure> {
    let filter = asked.filter(&who)?;
    let after = asked.cursor()?;
    let page = app
        .read(move |site| operations::employees(site, &filter, after.as_ref()))
        .await?;
    let site = app.site();
    let integrations = site.config.integrations.iter().map(|i| i.name.clone());
    let integrations = integrations.filter(|name| who.sees(name)).collect();
    let total = match asked.state() {
        Some(state) => page.counts.get(&state).copied().unwrap_or_default(),
        None => page.counts.values().sum(),
    };
    let layout = Layout::of(&app, &who, "Employees")
        .await?
        .same_as(asked.command(), asked.call());
    Ok(html(&EmployeesPage {
        layout,
        page,
        integrations,
        total,
        may_act: who.may(Right::Correct),
        asked,
    }))
}

#[derive(Template)]
#[template(path = "employee.html", config = "src/web/askama.toml")]
struct EmployeePageOfOne {
    layout: Layout,
    employee: EmployeeDetails,
    may_act: bool,
}

pub(super) async fn one(
    State(app): State<App>,
    who: Who,
    Path((roster, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let missing = || Failure::not_found("There is no such employee.");
    let (of, wanted, visible) = (roster.clone(), id.clone(), who.visible());
    let employee = app
        .read(move |site| operations::employee_of_roster(site, (&of, &wanted), &visible))
        .await;
    let employee = employee.map_err(|failure| match failure.code {
        "refused" => missing(),
        _ => failure,
    })?;
    let employee = employee.ok_or_else(missing)?;
    let title = match &employee.listed {
        Some(listed) if !listed.name.is_empty() => listed.name.clone(),
        _ => id.clone(),
    };
    let layout = Layout::of(&app, &who, title).await?.same_as(
        format!("feedgate employee {id}"),
        format!(
            "GET /api/v1/employees/{}/{}",
            in_path(&roster),
            in_path(&id)
        ),
    );
    Ok(html(&EmployeePageOfOne {
        layout,
        may_act: who.may(Right::Correct),
        employee,
    }))
}
