//! What stands around every page: the site's name and clock, what is open, who is signed in, and the messages of the act before.

use super::app::App;
use super::assets::{ADDRESSES, Addresses};
use super::failure::Failure;
use super::request::Who;
use crate::domain::Right;
use crate::operations::{OpenItems, open_items};
use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// What stands around a page.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) title: String,
    /// The address of the page.
    pub(super) path: String,
    /// The name of the site's folder.
    pub(super) site: String,
    /// Now, on the site's clock.
    pub(super) time: String,
    /// The site's time zone.
    pub(super) zone: String,
    /// Since when the daemon runs.
    pub(super) daemon: String,
    pub(super) open: OpenItems,
    /// Who is signed in, if anyone is.
    pub(super) who: Option<Who>,
    /// What the act before has to say.
    pub(super) messages: Vec<String>,
    /// The command that does what the page does.
    pub(super) command: Option<String>,
    /// The call of the API that does what the page does.
    pub(super) call: Option<String>,
}

impl Layout {
    /// Around a page for a user.
    ///
    /// # Errors
    /// The ledger can't be read.
    pub(super) async fn of(
        app: &App,
        who: &Who,
        title: impl Into<String>,
    ) -> Result<Layout, Failure> {
        let visible = who.visible();
        let open = app.read(move |site| open_items(site, &visible)).await?;
        let site = app.site();
        let name = site.config.root.file_name();
        Ok(Layout {
            title: title.into(),
            path: who.path().to_owned(),
            site: name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            time: site.now().format("%Y-%m-%d %H:%M").to_string(),
            zone: site.config.site.timezone.name().to_owned(),
            daemon: app.since().format("%Y-%m-%d %H:%M").to_string(),
            open,
            messages: match who.asked_in_person() {
                true => app.flashes().take(&who.session()),
                false => Vec::new(),
            },
            who: Some(who.clone()),
            command: None,
            call: None,
        })
    }

    /// Around a page that needs no sign-in.
    pub(super) fn outside(app: &App, title: impl Into<String>) -> Layout {
        let site = app.site();
        let name = site.config.root.file_name();
        Layout {
            title: title.into(),
            site: name.map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            ..Layout::default()
        }
    }

    pub(super) fn titled(self, title: impl Into<String>) -> Layout {
        Layout {
            title: title.into(),
            ..self
        }
    }

    /// With the command and the call of the API that do the same as the page.
    pub(super) fn same_as(self, command: impl Into<String>, call: impl Into<String>) -> Layout {
        Layout {
            command: Some(command.into()),
            call: Some(call.into()),
            ..self
        }
    }

    /// The pages that are always one click away: address and name.
    pub(super) fn navigation(&self) -> Vec<(&'static str, &'static str)> {
        let mut pages = vec![
            ("/", "Integrations"),
            ("/runs", "Runs"),
            ("/files", "Files"),
            ("/employees", "Employees"),
            ("/schedules", "Schedules"),
            ("/events", "Events"),
        ];
        if self.may(Right::Administer) {
            pages.push(("/accounts", "Accounts"));
        }
        pages
    }

    /// Whether the page is this one of the navigation, or below it.
    pub(super) fn is_at(&self, path: &str) -> bool {
        let below = match path {
            "/" => "/integrations",
            path => path,
        };
        self.path == path || self.path == below || self.path.starts_with(&format!("{below}/"))
    }

    /// The addresses of the style sheet, the script and the icon.
    #[expect(clippy::unused_self, reason = "templates call methods")]
    pub(super) fn assets(&self) -> &'static Addresses {
        &ADDRESSES
    }

    /// Whether who is signed in has a right.
    pub(super) fn may(&self, right: Right) -> bool {
        self.who.as_ref().is_some_and(|who| who.may(right))
    }
}

/// A page as a response.
pub(super) fn html(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(_) => Failure::bug().into_response(),
    }
}
