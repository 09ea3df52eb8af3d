//! An errand is done here, or by the daemon if one runs on the site: then it is handed over through the ledger, and
//! what the daemon answers is printed as if it had been done here.

use super::out::say;
use super::progress::Progress;
use super::{Context, Stop, summary};
use crate::run::{self, Answer, Errand, Site};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// Between two looks for the answer: short at first, for most errands are.
const PAUSE: Duration = Duration::from_millis(20);
/// The longest time between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Does an errand, prints what came of it, and says how the command exits.
pub(super) fn perform(site: &Site, errand: &Errand, context: &mut Context<'_>) -> Result<u8, Stop> {
    let answer = act(site, errand)?;
    print(&answer, context)?;
    end(answer)
}

/// Does an errand, and prints nothing but notes.
pub(super) fn act(site: &Site, errand: &Errand) -> Result<Answer, Stop> {
    if site.daemon_runs()?
        && let Some(body) = errand.written()
        && let Some(answer) = hand_over(site, &body)?
    {
        for note in &answer.notes {
            say(note);
        }
        return Ok(answer);
    }
    let ended = run::perform(site, errand, &Progress::new());
    Ok(Answer::of(ended, Vec::new()))
}

/// How a command exits that got this answer.
pub(super) fn end(answer: Answer) -> Result<u8, Stop> {
    if answer.failure.is_empty() {
        return Ok(answer.exit_code);
    }
    Err(Stop {
        code: answer.exit_code,
        sentences: answer.failure,
    })
}

/// Runs that found nothing to do have said so on standard error.
fn print(answer: &Answer, context: &mut Context<'_>) -> Result<(), Stop> {
    if context.json {
        return match &answer.summaries[..] {
            [only] if !answer.many => context.out.json(only),
            [] if !answer.failure.is_empty() => Ok(()),
            all => context.out.json(all),
        };
    }
    for (place, one) in answer.summaries.iter().enumerate() {
        if place > 0 {
            writeln!(context.out)?;
        }
        summary::print(context.out, one)?;
    }
    Ok(())
}

/// Asks the daemon and waits for its answer. `None`: the daemon ended before it took the request.
fn hand_over(site: &Site, body: &str) -> Result<Option<Answer>, Stop> {
    let mut ledger = site.ledger()?;
    let interruption = Interruption::watch().map_err(cannot_watch)?;
    let number = ledger.ask(site.user(), body, site.now())?;
    site.ring();
    let mut pause = PAUSE;
    loop {
        if let Some(text) = ledger.answer_to(number)? {
            return Ok(Some(read(&text)));
        }
        if let Some(signal) = interruption.came() {
            say(if ledger.withdraw(number)? {
                "feedgate: interrupted before the daemon began; nothing was done"
            } else {
                "feedgate: interrupted, but the daemon is at it already and goes on; `feedgate runs` shows how it ends"
            });
            signal_hook::low_level::emulate_default_handler(signal).map_err(cannot_watch)?;
        }
        if !site.daemon_runs()? {
            if ledger.withdraw(number)? {
                return Ok(None);
            }
            let last = ledger.answer_to(number)?;
            return Ok(Some(last.map_or_else(Answer::interrupted, |t| read(&t))));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn read(text: &str) -> Answer {
    Answer::read(text).unwrap_or_else(Answer::unreadable)
}

fn cannot_watch(error: io::Error) -> Stop {
    Stop::failed(format_args!(
        "can't watch for an interruption: {error}; repeat the command"
    ))
}

/// Ctrl-C, a closed terminal and the polite kill while the command waits; once it is dropped they end the process as ever.
struct Interruption {
    signal: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Interruption {
    fn watch() -> io::Result<Interruption> {
        let watched = Interruption {
            signal: Arc::default(),
            over: Arc::default(),
        };
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            flag::register_conditional_default(signal, Arc::clone(&watched.over))?;
            let number = usize::try_from(signal).unwrap_or_default();
            flag::register_usize(signal, Arc::clone(&watched.signal), number)?;
        }
        Ok(watched)
    }

    fn came(&self) -> Option<i32> {
        let signal = i32::try_from(self.signal.load(Ordering::Relaxed)).unwrap_or_default();
        (signal != 0).then_some(signal)
    }
}

impl Drop for Interruption {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::{end, print};
    use crate::cli::context::Context;
    use crate::cli::out::tests::Printed;
    use crate::cli::summary::tests::sample;
    use crate::run::{Answer, Ended, RunError};

    fn answer(runs: usize, many: bool) -> Answer {
        let ended = Ended {
            summaries: vec![sample(); runs],
            many,
            waiting: 0,
            arriving: 0,
            stuck: 0,
            failure: None,
            exit_code: 3,
        };
        Answer::of(Ok(ended), Vec::new())
    }

    fn printed(answer: &Answer, json: bool) -> String {
        let printed = Printed::default();
        let mut out = printed.out();
        let mut context = Context::new("x".into(), json, &mut out);
        print(answer, &mut context).expect("printed");
        printed.text()
    }

    #[test]
    fn one_object_or_an_array() {
        assert!(printed(&answer(1, false), true).starts_with("{\n"));
        assert!(printed(&answer(1, true), true).starts_with("[\n"));
        assert!(printed(&answer(2, true), true).starts_with("[\n"));
        assert_eq!(printed(&answer(0, false), true).trim(), "[]");
        assert_eq!(printed(&answer(0, false), false), "");
        let two = printed(&answer(2, true), false);
        assert_eq!(two.matches("Integration Run Name").count(), 2);
    }

    #[test]
    fn a_failure_prints_what_ended_before_it_and_nothing_else() {
        assert_eq!(end(answer(1, false)), Ok(3));
        let busy = Answer::of(Err(RunError::Busy("hr is busy".into())), Vec::new());
        assert_eq!(printed(&busy, true), "");
        let stop = end(busy).expect_err("failed");
        assert_eq!((stop.code, &stop.sentences[0][..]), (6, "hr is busy"));
        let mut partly = answer(1, true);
        partly.failure = vec!["the disk is full".into()];
        assert!(printed(&partly, true).starts_with("[\n"));
        assert!(end(partly).is_err());
    }
}
