//! Windows and schedules as the configuration names them, in the form that answers when.

use super::model::{Config, End, Missed, Schedule, Window};
use crate::schedule::{self, Cron, Timing};

impl Config {
    /// The window with this name; it opens and closes in the site's time zone.
    pub fn window(&self, name: &str) -> Option<schedule::Window> {
        let window = self.windows.iter().find(|w| w.name == name)?;
        Some(window.hours())
    }

    /// When a schedule runs, in the site's time zone. Never `None` for a schedule of a configuration that was checked.
    pub fn timetable(&self, schedule: &Schedule) -> Option<schedule::Schedule> {
        let window = match &schedule.window {
            Some(name) => Some(self.window(name)?),
            None => None,
        };
        Some(schedule::Schedule {
            timing: schedule.timing()?,
            start: schedule.start.map(|start| start.0),
            end: match schedule.end {
                End::Forever => None,
                End::At(end) => Some(end.0),
            },
            except: schedule.except.clone(),
            window,
            missed: match schedule.missed {
                Missed::Skip => schedule::Missed::Skip,
                Missed::Once => schedule::Missed::Once,
                Missed::All => schedule::Missed::All,
            },
        })
    }
}

impl Window {
    fn hours(&self) -> schedule::Window {
        schedule::Window {
            days: self.days.clone(),
            from: self.from,
            to: self.to,
            except: self.except.clone(),
        }
    }
}

impl Schedule {
    fn timing(&self) -> Option<Timing> {
        match (self.every, &self.cron, self.at) {
            (Some(every), None, None) => Some(Timing::Every(every)),
            (None, Some(text), None) => Cron::parse(text).ok().map(Timing::Cron),
            (None, None, Some(time)) => Some(Timing::At {
                time,
                days: self.days.clone(),
            }),
            _ => None,
        }
    }
}
