using System.CommandLine;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;

namespace Dendrite.Cli.Tests.Output;

/// <summary>What is wrong with a value is said of what was typed, not of the field of the API that it became.</summary>
public sealed class FieldSymbolsTests
{
    [Theory]
    [InlineData("branch create", "branch.display_name", "--title")]
    [InlineData("branch create", "branch.labels", "--label")]
    [InlineData("branch create", "branch_id", "BRANCH")]
    [InlineData("branch create", "template_values", "--template")]
    [InlineData("experiment run", "template_values", "--value")]
    [InlineData("experiment run", "template_values.purpose", "purpose in --value")]
    [InlineData("branch rename", "new_branch_id", "NEW")]
    [InlineData("branch label", "branch.labels", "KEY=VALUE")]
    [InlineData("branch list", "order_by", "--order")]
    [InlineData("branch show", "name", "BRANCH")]
    [InlineData("tag create", "tag_id", "TAG")]
    [InlineData("finalize", "tag_id", "--tag")]
    [InlineData("finalize", "request_id", "--request-id")]
    [InlineData("finalize", "pair.source", "SOURCE")]
    [InlineData("reset", "point.version", "POINT")]
    [InlineData("dataset create", "dataset.key_columns[0]", "--key")]
    [InlineData("dataset update", "dataset.display_name", "--title")]
    [InlineData("record put", "records[0].values.visit", "visit in VALUES")]
    [InlineData("record put", "records[0]", "VALUES")]
    [InlineData("record patch", "patches[0].record_id", "KEY")]
    [InlineData("record patch", "patches[0].values", "VALUES")]
    [InlineData("record delete", "deletes[0]", "KEY")]
    [InlineData("record get", "name", "KEY")]
    [InlineData("record query", "selection.start_record_id", "--from")]
    [InlineData("record query", "selection.columns[1]", "--columns")]
    [InlineData("record query", "selection.key_prefix", "--key-prefix")]
    [InlineData("pick", "record_ids", "--record")]
    [InlineData("read", "samples", "--from and --to")]
    [InlineData("overview", "bucket_count", "--buckets")]
    [InlineData("annotation delete", "annotation_ids[0]", "ID")]
    [InlineData("assertion create", "assertion.sql", "--sql")]
    [InlineData("check create", "quality_check.max_missing_ratio", "--max-missing")]
    [InlineData("check create", "quality_check_id", "CHECK")]
    [InlineData("backup plan create", "backup_plan_id", "PLAN")]
    [InlineData("backup plan create", "backup_plan.keep", "--keep")]
    [InlineData("restore", "id_prefix", "--prefix")]
    [InlineData("job create", "job.schedule.cron.expression", "--cron")]
    [InlineData("job create", "job.schedule.cron.time_zone", "--time-zone")]
    [InlineData("job create", "job.task.backup_plan", "--task")]
    [InlineData("job backfill", "range", "--from and --until")]
    [InlineData("calendar create", "calendar.holidays[0]", "--holidays")]
    [InlineData("record query", "parent", "DATASET")]
    [InlineData("gaps", "parent", "STREAM")]
    [InlineData("dataset create", "parent", "--branch")]
    [InlineData("dataset list", "parent", "--branch")]
    [InlineData("branch list", "parent", "--project")]
    [InlineData("source sync", "job.task.sync_source", "SOURCE")]
    [InlineData("source backfill", "range.end_time", "--to")]
    [InlineData("merge resolve", "resolutions[0].conflict_id", "CONFLICT")]
    [InlineData("merge", "policy.columns[0].strategy", "--column")]
    [InlineData("merge", "policy.strategy", "--strategy")]
    [InlineData("compare", "options.pairs[0].from", "--pair")]
    [InlineData("compare", "options.pairs[0].to", "--pair")]
    [InlineData("compare", "options.window_length", "--window")]
    [InlineData("compare", "options.line_frequency_hz", "--line")]
    [InlineData("compare", "comparand.from.branch", "FROM")]
    [InlineData("statistics", "window_step", "--step")]
    [InlineData("job create", "job.schedule.after_jobs.jobs[0]", "--after")]
    [InlineData("job create", "job.schedule.interval", "--every")]
    [InlineData("job create", "job.schedule.active_range", "--from and --until")]
    [InlineData("job create", "job.policy.concurrency_key", "--key")]
    [InlineData("job create", "job.policy.initial_backoff", "--backoff")]
    [InlineData("source create", "sync_source.limits.max_batch_items", "--max-batch")]
    [InlineData("source create", "sync_source.http.items_pointer", "--items")]
    [InlineData("source create", "sync_source.limits.max_requests_per_second", "--rate")]
    [InlineData("check create", "quality_check.line_noise.frequency_hz", "--line")]
    [InlineData("project update", "project.branch_naming_templates", "--naming-template")]
    [InlineData("project update", "project.branch_naming_templates.trial", "trial in --naming-template")]
    public void A_field_has_the_name_of_its_argument_or_option(string command, string field, string symbol) =>
        Assert.Equal(symbol, FieldSymbols.Find(field, Find(command)));

    [Theory]
    [InlineData("streams create", "stream.channels[0].label")]
    [InlineData("branch show", "page_token")]
    public void A_field_that_no_option_gives_keeps_its_name(string command, string field)
    {
        Assert.Null(FieldSymbols.Find(field, Find(command)));
        Assert.Equal($"{field}: is wrong", FieldSymbols.Reword($"{field}: is wrong", [(field, "")], Typed(command)));
    }

    [Fact]
    public void All_that_is_wrong_is_said_and_the_whole_of_it_where_it_is_one()
    {
        var put = Typed("record put");
        Assert.Equal(
            "visit in VALUES: has no value\ntest in VALUES: has no value",
            FieldSymbols.Reword(
                "records[0].values.visit: has no value (and 1 more)",
                [("records[0].values.visit", "has no value"), ("records[0].values.test", "has no value")],
                put
            )
        );
        Assert.Equal(
            "--filter: 'x' is none, at character 1.",
            FieldSymbols.Reword("filter: 'x' is none, at character 1.", [("filter", "'x' is none")], Typed("log"))
        );
        Assert.Equal("It is away.", FieldSymbols.Reword("It is away.", [("filter", "no")], Typed("log")));
    }

    [Fact]
    public void Other_fields_within_a_problem_are_named_by_their_options() =>
        Assert.Equal(
            "--branches: is empty, and so is --tags, which",
            FieldSymbols.Reword(
                "backup_plan.branch_filter: is empty, and so is tag_filter, which",
                [("backup_plan.branch_filter", "is empty, and so is tag_filter, which")],
                Typed("backup plan create")
            )
        );

    [Theory]
    [InlineData("record query", "selection.filter", "'end_date' is no field; give start_time, order_by or end_time")]
    [InlineData("branch list", "order_by", "'display_name' has no order; give create_time or order_by")]
    public void Columns_that_are_called_as_fields_are_keep_their_names(string command, string field, string problem) =>
        Assert.EndsWith(
            problem,
            FieldSymbols.Reword($"{field}: {problem}", [(field, problem)], Typed(command)),
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("job create j --title t --file job.json", "job.display_name", "--title")]
    [InlineData(
        "job create j --title t --file job.json",
        "job.schedule.cron.expression",
        "job.schedule.cron.expression"
    )]
    [InlineData("job create j --title t --file job.json", "job_id", "JOB")]
    [InlineData("streams create s -b b --file stream.json", "stream.start_time", "stream.start_time")]
    public void What_a_file_says_keeps_its_name_but_for_what_was_typed_beside_it(
        string line,
        string field,
        string symbol
    ) => Assert.Equal($"{symbol}: no", FieldSymbols.Reword($"{field}: no", [(field, "no")], Typed(line)));

    private static ParseResult Typed(string line) => Root().Parse(line);

    private static Command Find(string path) => Typed(path).CommandResult.Command;

    private static RootCommand Root()
    {
        var host = new CliHost
        {
            Output = TextWriter.Null,
            Error = TextWriter.Null,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = CommandRun.Nothing,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        return new CliApplication(host).BuildRoot();
    }
}
