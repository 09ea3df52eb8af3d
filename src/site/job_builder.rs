//! From the configuration to a job: everything the record path needs, compiled once a file.

use super::{IntegrationContext, Result, RunError, Site, parallelism};
use crate::config::{
    ColumnsGone, Config, Enrolment, FileContent, Integration, MatchMode, PlanYearsOfFile,
    UsernameRule, amount_forms, field_rules, rules_of_corrections,
};
use crate::domain::{
    ACCOUNT_ID, Action, DeductionColumn, Enrollment, Kind, Parameters, RunSummary, ValueCipher,
};
use crate::format::Encoding;
use crate::format::fields::FixedField;
use crate::format::layout::ColumnSettings;
use crate::format::output::{From, OutputLayout};
use crate::format::survey::Survey;
use crate::ledger::{ImportedYear, RunRow};
use crate::process::job::{Known, ListingLimit, SourceFormat};
use crate::process::{JobSpec, sync_reading};
use crate::rules::guards::{Guards, Limit};
use crate::rules::parameters::problems;
use crate::rules::plan_year::{self, PlanYearRules};
use crate::rules::versions::{self, Versions};
use crate::schedule::resolve;
use crate::select::{PrimaryRow, RowFilter, Selection, Since};
use crate::validate::identity::IdentityChecks;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

/// What shapes the job of a file besides the configuration.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own about the file"
)]
pub(crate) struct JobInputs<'a> {
    pub(crate) parameters: &'a Parameters,
    pub(crate) survey: &'a Survey,
    /// The run whose rejected records the file corrects.
    pub(crate) parent: Option<&'a RunRow>,
    /// Whether the same bytes were judged before, and only what is still open is judged again.
    pub(crate) again: bool,
    /// Whether the file was split off by another run, which has checked its control records and selected its rows.
    pub(crate) part: bool,
    /// The number of the integration.
    pub(crate) origin: u16,
    /// When the newest record of the files before was changed.
    pub(crate) watermark: Option<DateTime<Utc>>,
    /// When the file arrived.
    pub(crate) arrived: DateTime<Utc>,
    /// The plan years that the integration has imported.
    pub(crate) imported: Vec<ImportedYear>,
    /// Numbers of the runs that this one repeats.
    pub(crate) repeats: Vec<u32>,
    /// Whether the file doesn't stand for all employees.
    pub(crate) partial: bool,
    /// Whether output rows are wanted.
    pub(crate) rows: bool,
    /// The columns of the last accepted file.
    pub(crate) columns_before: Vec<String>,
}

impl JobInputs<'_> {
    /// Whether the file is that of a sync run, or has corrections of one.
    fn is_like_sync(&self) -> bool {
        self.parameters.sync || self.parent.is_some_and(|parent| parent.parameters.sync)
    }
}

/// Everything wrong with the parameters of a run of this kind on this day.
pub(crate) fn parameter_problems(
    config: &Config,
    kind: Kind,
    parameters: &Parameters,
    day: NaiveDate,
) -> Vec<String> {
    let mut checked = parameters.clone();
    if !kind.has_plan_years() {
        checked.plan_year_start_date = None;
        checked.enrollment = Enrollment::Standard;
    }
    problems(&checked, &config.plan_years, day)
}

/// The job of judging one file.
pub(crate) fn job<'k>(
    context: &IntegrationContext<'_>,
    inputs: JobInputs<'_>,
    known: Known<'k>,
) -> Result<JobSpec<'k>> {
    let (site, integration) = (context.site, context.integration);
    let config = &site.config;
    let today = site.today();
    let kind = integration.kind;
    let mixed = inputs.parent.is_some_and(RunRow::has_mixed_encoding);
    let fields = field_rules(&config.identity, integration, today);
    Ok(JobSpec {
        kind,
        key: context.key,
        reading: SourceFormat {
            trailer_required: inputs.parent.is_none() && !inputs.part && !inputs.parameters.sync,
            ..match inputs.is_like_sync() {
                true => sync_reading_of(integration, inputs.survey),
                false => reading(integration, inputs.survey, inputs.parent.is_some(), mixed),
            }
        },
        fields: match inputs.parent {
            Some(_) => rules_of_corrections(fields, integration),
            None => fields,
        },
        identity: IdentityChecks {
            plansource: config.identity.username.rule == UsernameRule::Plansource,
            ssn_as_id: config.ssn_as_id(integration),
        },
        encrypts_ids: config.integrations.iter().any(|i| config.ssn_as_id(i)),
        cipher: ValueCipher::new(&context.key),
        selection: selection(site, integration, &inputs, today),
        versions: versions(site, &inputs),
        plan_years: plan_year_rules(config, integration, &inputs, today)?,
        known,
        link_by: integration.link_by,
        manual_enrolment: integration.enrolment == Enrolment::Manual,
        qualify_delta: inputs.parameters.qualify_delta,
        zero_stops: integration.zero_stops,
        key_columns: key_columns(integration),
        write_ends: integration.output.ends,
        after_termination: config.identity.after_termination,
        output: output(integration)?,
        origin: inputs.origin,
        corrects: inputs.parent.map(|parent| parent.number),
        shape: inputs
            .parent
            .and_then(|parent| parent.summary.as_ref()?.record_shape),
        repeats: inputs.repeats,
        omission: (integration.content == FileContent::Full && !inputs.partial)
            .then_some(integration.omission),
        // Corrections have the columns of the file that they come from.
        columns_before: match (integration.columns_gone, inputs.parent) {
            (ColumnsGone::Hold, None) if !inputs.parameters.sync => inputs.columns_before,
            _ => Vec::new(),
        },
        max_listed: integration.limits.max_listed_findings,
        listing: ListingLimit::default(),
        holds: Vec::new(),
        has_rejects_file: true,
        workers: parallelism::workers(),
        rows: inputs.rows && kind.has_output(),
    })
}

/// Whether the roster decides who a deduction is about.
pub(crate) fn matches_roster(config: &Config) -> bool {
    config.identity.match_mode == MatchMode::Roster
}

/// How a source file of the integration is read. Corrections have no trailer. Those of a file in which UTF-8 was `mixed`
/// with other bytes are UTF-8, for what the bytes mean can't be known from these rows alone.
pub(crate) fn reading(
    integration: &Integration,
    survey: &Survey,
    corrections: bool,
    mixed: bool,
) -> SourceFormat {
    let format = &integration.format;
    let assumed = survey.assumed && format.encoding.is_none();
    let encoding = match assumed && mixed {
        true => Encoding::Utf8,
        false => survey.encoding_as(format.encoding),
    };
    SourceFormat {
        encoding,
        assumed: assumed && !mixed,
        mixed: encoding.is_utf16() || encoding == Encoding::Utf8 && (mixed || survey.mixed),
        delimiter: format.delimiter,
        quotes: format.quotes,
        multiline: format.multiline,
        fixed: cuts(integration),
        columns: ColumnSettings {
            mapped: integration.columns.clone(),
            positions: positions(integration),
            constants: integration.constants(),
            not_required: integration.not_required(),
            rows: integration.row_columns().cloned().collect(),
            described: false,
        },
        ignore: format.ignore.clone(),
        header: format.header.clone(),
        trailer: format.trailer.clone(),
        amounts: [
            DeductionColumn::EmployeeAmount,
            DeductionColumn::EmployerAmount,
        ]
        .map(|column| amount_forms(integration).of(column)),
        trailer_required: !corrections,
        max_records: integration.limits.max_records,
        full: integration.content == FileContent::Full && !corrections,
        text_bytes: survey.text_bytes,
        chunk_bytes: parallelism::chunk_bytes(),
    }
}

/// How the file of a sync run is read, and corrections of its records.
pub(crate) fn sync_reading_of(integration: &Integration, survey: &Survey) -> SourceFormat {
    let reading = reading(integration, survey, false, false);
    sync_reading(reading, &custom_names(integration))
}

/// The custom columns that the file of a sync run has.
pub(crate) fn sync_columns(integration: &Integration) -> Vec<String> {
    let names = custom_names(integration).into_iter();
    names.map(str::to_owned).collect()
}

/// Which rows of an integration's files are about its employees, whatever a run selects.
pub(crate) fn whole_selection(integration: &Integration) -> Selection {
    let rows = &integration.rows;
    let only = rows.only.values().map(|values| RowFilter::only(values));
    let skip = rows.skip.values().map(|values| RowFilter::skip(values));
    Selection {
        rows: only.chain(skip).collect(),
        primary: integration
            .primary
            .as_ref()
            .map(|p| PrimaryRow::new(&p.prefer)),
        ..Selection::default()
    }
}

/// The columns of fixed-width files, with those by which rows are taken and that have no name of ours.
fn cuts(integration: &Integration) -> Option<Vec<(String, FixedField)>> {
    let placed = integration.fixed_width.as_ref()?.iter();
    let mut cuts: Vec<(String, FixedField)> = placed
        .map(|(name, column)| (name.clone(), column.place))
        .collect();
    for name in integration.row_columns() {
        if !cuts.iter().any(|(n, _)| n == name)
            && let Some(cut) = integration.row_cut(name)
        {
            cuts.push((name.clone(), cut));
        }
    }
    Some(cuts)
}

/// The positions of columns in files without a header line, with those by which rows are taken and that have no name.
fn positions(integration: &Integration) -> Option<Vec<(String, u16)>> {
    let mut positions = integration.positions.clone()?;
    for name in integration.row_columns() {
        if !positions.iter().any(|(n, _)| n == name)
            && let Some(field) = integration.row_position(name)
        {
            positions.push((name.clone(), field));
        }
    }
    Some(positions)
}

fn plan_year_rules(
    config: &Config,
    integration: &Integration,
    inputs: &JobInputs<'_>,
    today: NaiveDate,
) -> Result<PlanYearRules> {
    let parameters = inputs.parameters;
    let years = &config.plan_years;
    // The parameters were checked when the run was asked for; a life event's date is that day.
    let asked = match (parameters.enrollment, parameters.plan_year_start_date) {
        (Enrollment::LifeEvent, Some(day)) => day,
        _ => today,
    };
    let named = match integration.kind.has_plan_years() {
        true => plan_year::named(years, parameters, asked).map_err(RunError::usage)?,
        false => None,
    };
    // Corrections belong to the plan year of their run.
    let summary = inputs.parent.and_then(|parent| parent.summary.as_ref());
    let of_parent = summary
        .and_then(|summary| summary.plan_year_start)
        .and_then(|start| years.iter().copied().find(|y| y.start == start));
    Ok(PlanYearRules {
        split: integration.plan_years == PlanYearsOfFile::Split && named.is_none(),
        named,
        preferred: of_parent,
        years: years.clone(),
        life_event: parameters.enrollment == Enrollment::LifeEvent,
        imported: inputs.imported.iter().map(|(start, _)| *start).collect(),
        today: asked,
        retro_days: integration.retro_days,
        retro_reject_days: integration.retro_reject_days,
    })
}

/// A canonical or custom column.
fn column(integration: &Integration, name: &str) -> Option<From> {
    let canonical = integration.kind.column(name);
    let custom = || custom_names(integration).iter().position(|c| *c == name);
    let canonical = canonical.map(|c| From::Column(c.index));
    canonical.or_else(|| custom().map(From::Custom))
}

fn key_columns(integration: &Integration) -> Vec<From> {
    let mut names: Vec<&String> = integration.key.iter().collect();
    // Their order doesn't matter.
    names.sort_unstable();
    names.dedup();
    let column = |name: &String| column(integration, name);
    names.into_iter().filter_map(column).collect()
}

fn output(integration: &Integration) -> Result<OutputLayout> {
    let output = &integration.output;
    let kind = integration.kind;
    let custom: Vec<&str> = custom_names(integration);
    let from = |name: &str| match name {
        "action" => Some(From::Action),
        ACCOUNT_ID if integration.link_by.is_some() => Some(From::AccountId),
        name => column(integration, name),
    };
    let bare = |name: &str| name.strip_prefix("custom.").unwrap_or(name).to_owned();
    let columns = match &output.columns {
        Some(chosen) => chosen
            .iter()
            .map(|c| {
                let unknown =
                    || RunError::usage(format!("output column `{}` is not known", c.from));
                Ok((from(&c.from).ok_or_else(unknown)?, c.header.clone()))
            })
            .collect::<Result<_>>()?,
        None => std::iter::once("action")
            .chain(
                kind.columns()
                    .iter()
                    .map(|c| c.name)
                    .filter(|n| *n != "action"),
            )
            .chain(integration.link_by.map(|_| ACCOUNT_ID))
            .chain(custom.iter().copied())
            .filter_map(|name| Some((from(name)?, bare(name))))
            .collect(),
    };
    Ok(OutputLayout {
        columns,
        delimiter: output.delimiter,
        ssn: output.ssn,
        dates: output.dates.clone(),
        timestamps: output.timestamps.clone(),
        actions: Action::ALL.map(|a| output.word(a).to_owned()),
        titles: output.column_header,
        header: output.header.clone(),
        trailer: output.trailer.clone(),
    })
}

/// Custom columns in the order of the layout.
fn custom_names(integration: &Integration) -> Vec<&str> {
    let names = integration.named_columns().into_iter();
    let custom = names.filter(|n| n.starts_with("custom."));
    custom.map(String::as_str).collect()
}

/// The guards of an integration. A partial file (corrections, Include Employees) can't be compared with whole ones, and
/// corrections, all of them rejected once, may well be wrong again.
pub(crate) fn guards(integration: &Integration, partial: bool, corrections: bool) -> Guards {
    let mut guards = integration.guards;
    if corrections {
        guards.errors = Limit::default();
    }
    if partial {
        guards.missing = Limit::default();
        guards.rows = Limit::default();
        guards.amount = Limit::default();
    }
    guards
}

/// Person numbers of Include Employees that the file does not hold.
pub(crate) fn not_found(summary: &RunSummary, included: &[usize]) -> Vec<String> {
    let numbers = summary
        .parameters
        .include_employees
        .iter()
        .flatten()
        .enumerate();
    let missing = numbers.filter(|(i, _)| !included.contains(i));
    missing.map(|(_, number)| number.clone()).collect()
}

/// Whether the file is cut to what has changed. A correction was in scope when its original was; it doesn't change with the
/// time of its last edit.
fn is_delta(inputs: &JobInputs<'_>) -> bool {
    inputs.parameters.delta && inputs.parent.is_none() && !inputs.part
}

/// What the change times of the file's records are compared with.
fn versions(site: &Site, inputs: &JobInputs<'_>) -> Versions {
    let unlimited = is_delta(inputs) && inputs.parameters.lookback_days.is_none();
    Versions {
        zone: site.config.site.timezone,
        arrived: versions::seconds(inputs.arrived),
        now: versions::seconds(site.now().to_utc()),
        watermark: inputs
            .watermark
            .filter(|_| unlimited && !inputs.parameters.sync)
            .map(versions::seconds),
        ordered: inputs.parent.is_none()
            && !inputs.again
            && inputs.repeats.is_empty()
            && !inputs.parameters.sync,
    }
}

/// Which records a run is about: from its parameters to the thresholds that selection compares with.
fn selection(
    site: &Site,
    integration: &Integration,
    inputs: &JobInputs<'_>,
    today: NaiveDate,
) -> Selection {
    let parameters = inputs.parameters;
    let include = parameters.include_employees.as_ref().map(|numbers| {
        let numbered = numbers.iter().enumerate();
        numbered.map(|(i, n)| (n.clone().into_bytes(), i)).collect()
    });
    let days = parameters.lookback_days.filter(|_| is_delta(inputs));
    let first = days.and_then(|days| today.checked_sub_days(Days::new(u64::from(days))));
    // The file of a sync run has the records that were selected, and none of the sender's own columns.
    let whole = match inputs.is_like_sync() {
        true => Selection::default(),
        false => whole_selection(integration),
    };
    Selection {
        include,
        statuses: integration.statuses.clone(),
        changed_since: first.map(|day| midnight(site, day)),
        deductions_since: parameters.deduction_start_date.map(|d| midnight(site, d)),
        ..whole
    }
}

/// 00:00 of a day in the site's time zone; where a clock change swallows it, the first moment after.
fn midnight(site: &Site, day: NaiveDate) -> Since {
    let local = day.and_time(NaiveTime::MIN);
    let utc = resolve(local, site.config.site.timezone).naive_utc();
    Since { local, utc }
}
