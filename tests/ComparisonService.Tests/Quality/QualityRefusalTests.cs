using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.ComparisonService.Tests.Quality;

/// <summary>Bad arguments to each call of quality checks: the status, the field at fault, and nothing stored.</summary>
public sealed class QualityRefusalTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private const string Name = "projects/lab/qualityChecks/none";
    private const string Injected = "projects/lab/qualityChecks/x'; DROP TABLE comparison.quality_check; --";
    private const string Missing = "quality_check.max_missing_ratio";
    private const string Records = "quality_check.required_records";
    private const string Sql = "quality_check.assertion_sql";

    public static TheoryData<Refusal, Action<CreateQualityCheckRequest>> Creates =>
        new()
        {
            { Invalid("parent"), create => create.Parent = "" },
            { Invalid("parent"), create => create.Parent = "lab" },
            { Of(StatusCode.PermissionDenied), create => create.Parent = "projects/other" },
            { Invalid("quality_check_id"), create => create.QualityCheckId = "" },
            { Invalid("quality_check_id"), create => create.QualityCheckId = "Flat" },
            { Invalid("quality_check_id"), create => create.QualityCheckId = new string('x', 100_000) },
            { Invalid("quality_check"), create => create.QualityCheck = null },
            { Invalid("quality_check.rule"), create => create.QualityCheck.ClearRule() },
            { Invalid("quality_check.display_name"), create => create.QualityCheck.DisplayName = new string('x', 201) },
            { Invalid("quality_check.display_name"), create => create.QualityCheck.DisplayName = "bell \a" },
            { Invalid("filter"), create => create.QualityCheck.StreamFilter = "channels = 3" },
            { Invalid("filter"), create => create.QualityCheck.StreamFilter = "stream_id = a; --" },
            { Invalid("quality_check.stream_filter"), create => create.QualityCheck.StreamFilter = new('x', 4_001) },
            { Invalid(Missing), create => create.QualityCheck.MaxMissingRatio = -0.01 },
            { Invalid(Missing), create => create.QualityCheck.MaxMissingRatio = 1.01 },
            { Invalid(Missing), create => create.QualityCheck.MaxMissingRatio = double.NaN },
            { Invalid("quality_check.max_clipped_ratio"), create => create.QualityCheck.MaxClippedRatio = 2 },
            {
                Invalid("quality_check.max_rate_deviation_ratio"),
                create => create.QualityCheck.MaxRateDeviationRatio = double.PositiveInfinity
            },
            { Invalid("quality_check.max_flat_duration"), create => create.QualityCheck.MaxFlatDuration = new() },
            {
                Invalid("quality_check.max_flat_duration"),
                create => create.QualityCheck.MaxFlatDuration = new() { Seconds = -1 }
            },
            {
                Invalid("quality_check.max_flat_duration"),
                create => create.QualityCheck.MaxFlatDuration = new() { Seconds = long.MaxValue }
            },
            {
                Invalid("quality_check.max_flat_duration"),
                create => create.QualityCheck.MaxFlatDuration = new() { Seconds = 1, Nanos = 1_000_000_000 }
            },
            { Invalid("quality_check.line_noise.frequency_hz"), create => create.QualityCheck.LineNoise = new() },
            {
                Invalid("quality_check.line_noise.max_power_ratio"),
                create => create.QualityCheck.LineNoise = new() { FrequencyHz = 50, MaxPowerRatio = 1.5 }
            },
            { Invalid(Sql), create => create.QualityCheck.AssertionSql = " " },
            { Invalid(Sql), create => create.QualityCheck.AssertionSql = "SELECT nul \0" },
            { Invalid(Sql), create => create.QualityCheck.AssertionSql = new string('x', 20_001) },
            { Invalid(Sql), create => create.QualityCheck.AssertionSql = "SELEC 1" },
            { Invalid(Sql), create => create.QualityCheck.AssertionSql = "SELECT 1 AS a; SELECT 2 AS b" },
            { Invalid(Sql), create => create.QualityCheck.AssertionSql = "DELETE FROM comparison.quality_check" },
            { Invalid(Sql), create => create.QualityCheck.AssertionSql = "SELECT 1 FROM never" },
            { Invalid(Sql), create => create.QualityCheck.AssertionSql = "SELECT 1 FROM comparison.quality_check" },
            { Invalid(Sql), create => create.QualityCheck.AssertionSql = "SELECT pg_sleep(1) AS a" },
            { Invalid("schema_source.branch"), create => Fit(create, new()) },
            { Of(StatusCode.NotFound), create => Fit(create, new() { Branch = "projects/lab/branches/never" }) },
            { Invalid($"{Records}.dataset_id"), create => Rule(create, rule => rule.DatasetId = "") },
            { Invalid($"{Records}.dataset_id"), create => Rule(create, rule => rule.DatasetId = "a b") },
            { Invalid($"{Records}.required_dataset_id"), create => Rule(create, rule => rule.RequiredDatasetId = "'") },
            { Invalid($"{Records}.columns"), create => Rule(create, rule => rule.Columns.Clear()) },
            { Invalid($"{Records}.columns"), create => Rule(create, rule => rule.Columns.Add(Texts(16))) },
            { Invalid($"{Records}.columns[1]"), create => Rule(create, rule => rule.Columns.Add("")) },
            { Invalid($"{Records}.columns[1]"), create => Rule(create, rule => rule.Columns.Add("id")) },
            { Invalid($"{Records}.columns[1]"), create => Rule(create, rule => rule.Columns.Add("nul \0")) },
            { Invalid($"{Records}.value_column"), create => Rule(create, rule => rule.ValueColumn = "week") },
            { Invalid($"{Records}.value_column"), create => Rule(create, rule => rule.RequiredValues.Add("1")) },
            {
                Invalid($"{Records}.required_values"),
                create => Rule(create, rule => rule.RequiredValues.Add(Texts(65)))
            },
            { Invalid("request_id"), create => create.RequestId = "1" },
        };

    public static TheoryData<Refusal, Action<UpdateQualityCheckRequest>> Updates =>
        new()
        {
            { Invalid("quality_check"), update => update.QualityCheck = null },
            { Invalid("quality_check.name"), update => update.QualityCheck.Name = "" },
            { Invalid("quality_check.name"), update => update.QualityCheck.Name = Injected },
            { Of(StatusCode.NotFound), update => update.QualityCheck.Name = Name },
            {
                Of(StatusCode.PermissionDenied),
                update => update.QualityCheck.Name = "projects/other/qualityChecks/bad-input"
            },
            { Of(StatusCode.Aborted), update => update.QualityCheck.Etag = "\"99\"" },
            { Invalid(Missing), update => update.QualityCheck.MaxMissingRatio = 7 },
            { Invalid("update_mask"), update => update.UpdateMask = new FieldMask { Paths = { "create_time" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new FieldMask { Paths = { "rule" } } },
            {
                Invalid("quality_check.line_noise"),
                update => update.UpdateMask = new FieldMask { Paths = { "line_noise" } }
            },
            { Invalid("request_id"), update => update.RequestId = "x" },
        };

    public static TheoryData<Refusal, Action<RunQualityChecksRequest>> Runs =>
        new()
        {
            { Invalid("parent"), run => run.Parent = "" },
            { Of(StatusCode.PermissionDenied), run => run.Parent = "projects/other" },
            { Invalid("snapshot"), run => run.Snapshot = null },
            { Invalid("snapshot.branch"), run => run.Snapshot = new() },
            { Invalid("snapshot.branch"), run => run.Snapshot.Branch = "main" },
            { Invalid("snapshot.branch"), run => run.Snapshot.Branch = "projects/other/branches/main" },
            { Of(StatusCode.NotFound), run => run.Snapshot.Branch = "projects/lab/branches/nowhere" },
            { Invalid("snapshot.point.version"), run => run.Snapshot.Point = new() { Version = -1 } },
            { Of(StatusCode.NotFound), run => run.Snapshot.Point = new() { Version = long.MaxValue } },
            { Invalid("checks[0]"), run => run.Checks.Add("flat") },
            { Invalid("checks[0]"), run => run.Checks.Add(Injected) },
            { Of(StatusCode.NotFound), run => run.Checks.Add(Name) },
            { Invalid("checks"), run => run.Checks.Add("projects/other/qualityChecks/flat") },
            { Invalid("checks"), run => run.Checks.Add(Enumerable.Repeat(Name, 101)) },
            { Invalid("request_id"), run => run.RequestId = "{}" },
        };

    public static TheoryData<Refusal, Action<ListQualityResultsRequest>> Lists =>
        new()
        {
            { Invalid("parent"), list => list.Parent = "projects/lab/qualityChecks/x" },
            { Of(StatusCode.PermissionDenied), list => list.Parent = "projects/other" },
            { Invalid("page_size"), list => list.PageSize = -1 },
            { Invalid("page_token"), list => list.PageToken = "%%%" },
            { Invalid("page_token"), list => list.PageToken = "AAAA" },
            { Invalid("filter"), list => list.Filter = "creator = me" },
            { Invalid("filter"), list => list.Filter = "passed > true" },
            { Invalid("filter"), list => list.Filter = "create_time = yesterday" },
            { Invalid("filter"), list => list.Filter = new string('(', 100) },
        };

    [Theory]
    [MemberData(nameof(Creates))]
    [BadInputOf("CreateQualityCheck")]
    public Task A_bad_check_is_not_made(Refusal expected, Action<CreateQualityCheckRequest> spoil)
    {
        var request = new CreateQualityCheckRequest
        {
            Parent = "projects/lab",
            QualityCheckId = "spoilt",
            QualityCheck = new() { MaxMissingRatio = 0 },
        };
        spoil(request);
        return AssertAsync(expected, () => lab.Quality.CreateQualityCheckAsync(request, lab.AdministratorKey));
    }

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateQualityCheck")]
    public async Task A_bad_change_changes_nothing(Refusal expected, Action<UpdateQualityCheckRequest> spoil)
    {
        var made = await MakeAsync();
        var request = new UpdateQualityCheckRequest
        {
            QualityCheck = new() { Name = made, MaxMissingRatio = 0.5 },
        };
        spoil(request);
        await AssertAsync(expected, () => lab.Quality.UpdateQualityCheckAsync(request, lab.AdministratorKey));
    }

    [Theory]
    [MemberData(nameof(Runs))]
    [BadInputOf("RunQualityChecks")]
    public Task A_bad_run_does_not_begin(Refusal expected, Action<RunQualityChecksRequest> spoil)
    {
        var request = new RunQualityChecksRequest
        {
            Parent = "projects/lab",
            Snapshot = new() { Branch = "projects/lab/branches/main" },
        };
        spoil(request);
        return AssertAsync(expected, () => lab.Quality.RunQualityChecksAsync(request, lab.Key));
    }

    [Theory]
    [MemberData(nameof(Lists))]
    [BadInputOf("ListQualityResults")]
    public Task A_bad_list_is_refused(Refusal expected, Action<ListQualityResultsRequest> spoil)
    {
        var request = new ListQualityResultsRequest { Parent = "projects/lab" };
        spoil(request);
        return AssertAsync(expected, () => lab.Quality.ListQualityResultsAsync(request, lab.Key));
    }

    [Theory]
    [InlineData("", StatusCode.InvalidArgument, "name")]
    [InlineData("flat", StatusCode.InvalidArgument, "name")]
    [InlineData(Injected, StatusCode.InvalidArgument, "name")]
    [InlineData(Name, StatusCode.NotFound, "")]
    [InlineData("projects/other/qualityChecks/flat", StatusCode.PermissionDenied, "")]
    [BadInputOf("GetQualityCheck", "DeleteQualityCheck")]
    public async Task A_bad_name_finds_nothing_and_deletes_nothing(string name, StatusCode status, string field)
    {
        var expected = new Refusal(status, field, null);
        await AssertAsync(expected, () => lab.Quality.GetQualityCheckAsync(new() { Name = name }, lab.Key));
        var delete = new DeleteQualityCheckRequest { Name = name };
        await AssertAsync(expected, () => lab.Quality.DeleteQualityCheckAsync(delete, lab.AdministratorKey));
    }

    [Theory]
    [InlineData("", 0, "", "parent")]
    [InlineData("projects/lab/branches/main", 0, "", "parent")]
    [InlineData("projects/lab", -1, "", "page_size")]
    [InlineData("projects/lab", 0, "AAAA", "page_token")]
    [BadInputOf("ListQualityChecks")]
    public Task A_bad_page_of_checks_is_refused(string parent, int size, string token, string field)
    {
        var request = new ListQualityChecksRequest
        {
            Parent = parent,
            PageSize = size,
            PageToken = token,
        };
        return AssertAsync(Invalid(field), () => lab.Quality.ListQualityChecksAsync(request, lab.Key));
    }

    private static void Fit(CreateQualityCheckRequest create, SnapshotReference source) =>
        (create.QualityCheck.AssertionSql, create.SchemaSource) = ("SELECT 1 AS one", source);

    private static void Rule(CreateQualityCheckRequest create, Action<RequiredRecordsRule> spoil)
    {
        var rule = new RequiredRecordsRule
        {
            DatasetId = "subject",
            RequiredDatasetId = "visit",
            Columns = { "id" },
        };
        spoil(rule);
        create.QualityCheck.RequiredRecords = rule;
    }

    private static IEnumerable<string> Texts(int count) => Enumerable.Range(0, count).Select(i => $"text-{i}");

    private async Task<string> MakeAsync()
    {
        const string Id = "bad-input";
        var request = new CreateQualityCheckRequest
        {
            Parent = "projects/lab",
            QualityCheckId = Id,
            QualityCheck = new() { MaxMissingRatio = 0 },
            RequestId = "6f0f4f0e-6d0b-4a3c-9d5e-0f4a3a5a7c01",
        };
        return (await lab.Quality.CreateQualityCheckAsync(request, lab.AdministratorKey)).QualityCheck.Name;
    }

    private async Task AssertAsync<T>(Refusal expected, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(expected, await Refusal.OfAsync(async () => await call(), CountAsync));

    private async Task<string> CountAsync()
    {
        await using var command = lab.Database.Owner.CreateCommand(
            """
            SELECT concat_ws(' ', (SELECT count(*) FROM comparison.quality_check),
                (SELECT sum(revision) FROM comparison.quality_check),
                (SELECT count(*) FROM comparison.quality_result), (SELECT count(*) FROM branching.operation))
            """
        );
        return (string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
