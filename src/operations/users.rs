//! STUB until merged.
use super::error::Result;
use crate::domain::Authority;
use crate::site::Site;
pub(crate) struct CurrentUser {
    pub(crate) name: String,
    pub(crate) authority: Authority,
    pub(crate) session: String,
}
pub(crate) fn session(_: &Site, _: &str) -> Result<Option<CurrentUser>> {
    Ok(None)
}
pub(crate) fn bearer(_: &Site, _: &str) -> Result<Option<CurrentUser>> {
    Ok(None)
}
