using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Experiments;

/// <summary>Bad arguments are refused with the field at fault, and leave nothing behind.</summary>
public sealed class BadExperimentInputTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private const string Unknown = "projects/lab/operations/0197a000-0000-7000-8000-000000000000";

    private static readonly Refusal WindowLength = Refusal.Invalid("options.window_length");

    private static readonly (string Why, Action<CompareExperimentsRequest> Break, Refusal Refusal)[] Comparisons =
    [
        ("no project", r => r.Project = "", Refusal.Invalid("project")),
        ("a branch for a project", r => r.Project = "projects/lab/branches/main", Refusal.Invalid("project")),
        ("another's project", r => r.Project = "projects/other", Refusal.Of(StatusCode.PermissionDenied)),
        ("no comparand", r => r.Comparand = null, Refusal.Invalid("comparand")),
        ("one side", r => r.Comparand.To = null, Refusal.Invalid("comparand.to")),
        ("no branch", r => r.Comparand.From.Branch = "", Refusal.Invalid("comparand.from.branch")),
        ("an unknown branch", r => r.Comparand.From.Branch += "-not", Refusal.Of(StatusCode.NotFound)),
        ("an unknown mode", r => r.Comparand.Mode = (DiffMode)77, Refusal.Invalid("comparand.mode")),
        ("a request id that is none", r => r.RequestId = "again", Refusal.Invalid("request_id")),
        ("an unknown pairing", r => r.Options.Pairing = (ChannelPairing)9, Refusal.Invalid("options.pairing")),
        ("no pairs", r => r.Options.Pairing = ChannelPairing.Given, Refusal.Invalid("options.pairs")),
        ("a pair twice", r => r.Options.Pairs.Add([Pair(), Pair()]), Refusal.Invalid("options.pairs[1]")),
        ("a stream that is none", r => r.Options.Pairs.Add(Pair()), NotFound("options.pairs[0].from_stream_id")),
        ("no time", r => r.Options.WindowLength = new(), Refusal.Invalid("options.window_length")),
        ("time back", r => r.Options.WindowLength = new() { Seconds = -2 }, Refusal.Invalid("options.window_length")),
        ("an hour", r => r.Options.WindowLength = new() { Seconds = 3600 }, Refusal.Invalid("options.window_length")),
        ("many nanoseconds", r => r.Options.WindowLength = Nanos(0, 2_000_000_000), WindowLength),
        ("two signs", r => r.Options.WindowLength = Nanos(3, -500_000_000), WindowLength),
        ("no mains", r => r.Options.LineFrequencyHz = -50, Refusal.Invalid("options.line_frequency_hz")),
        ("NaN", r => r.Options.LineFrequencyHz = double.NaN, Refusal.Invalid("options.line_frequency_hz")),
        ("certainty", r => r.Options.Confidence = 1, Refusal.Invalid("options.confidence")),
        ("no number", r => r.Options.Confidence = double.NaN, Refusal.Invalid("options.confidence")),
        ("a band without a name", r => r.Options.Bands.Add(Band("", 1, 4)), Refusal.Invalid("options.bands[0].band")),
        ("a band of nothing", r => r.Options.Bands.Add(Band("x", 4, 4)), Refusal.Invalid("options.bands[0].high_hz")),
        ("a narrow band", r => r.Options.Bands.Add(Band("x", 4, 4.1)), Refusal.Invalid("options.bands[0].high_hz")),
        ("a band below 0", r => r.Options.Bands.Add(Band("x", -1, 4)), Refusal.Invalid("options.bands[0].low_hz")),
        (
            "a band to infinity",
            r => r.Options.Bands.Add(Band("x", 1, double.PositiveInfinity)),
            Refusal.Invalid("options.bands[0].high_hz")
        ),
        (
            "a band twice",
            r => r.Options.Bands.Add([Band("x", 1, 4), Band("x", 4, 8)]),
            Refusal.Invalid("options.bands[1].band")
        ),
        (
            "too many bands",
            r => r.Options.Bands.Add(Enumerable.Range(0, 17).Select(i => Band($"x{i}", i, i + 1))),
            Refusal.Invalid("options.bands")
        ),
    ];

    private static readonly (string Name, Refusal Refusal)[] Names =
    [
        ("", Refusal.Invalid("name")),
        ("projects/lab/operations/", Refusal.Invalid("name")),
        ("projects/lab", Refusal.Invalid("name")),
        ("projects/other/operations/x", Refusal.Of(StatusCode.PermissionDenied)),
        (Unknown, Refusal.Of(StatusCode.NotFound)),
    ];

    public static TheoryData<string> Whys => [.. Comparisons.Select(row => row.Why)];

    [Theory]
    [BadInputOf("CompareExperiments")]
    [MemberData(nameof(Whys))]
    public async Task A_bad_comparison_is_refused(string why)
    {
        var row = Comparisons.Single(one => one.Why == why);
        var request = Good();
        row.Break(request);

        var refusal = await Refusal.OfAsync(
            async () => await lab.Experiments.CompareExperimentsAsync(request, lab.Key),
            CountAsync
        );

        Assert.Equal(row.Refusal, refusal);
    }

    [Fact]
    [BadInputOf("GetOperation", "WaitOperation", "CancelOperation", "DeleteOperation")]
    public async Task Names_of_no_operation_are_refused()
    {
        foreach (var (name, expected) in Names)
        {
            Func<Task>[] calls =
            [
                async () => await lab.Operations.GetOperationAsync(new() { Name = name }, lab.Key),
                async () => await lab.Operations.WaitOperationAsync(new() { Name = name }, lab.Key),
                async () => await lab.Operations.CancelOperationAsync(new() { Name = name }, lab.Key),
                async () => await lab.Operations.DeleteOperationAsync(new() { Name = name }, lab.Key),
            ];
            foreach (var call in calls)
            {
                Assert.Equal(expected, await Refusal.OfAsync(call, CountAsync));
            }
        }
    }

    [Fact]
    [BadInputOf("WaitOperation", "CancelOperation", "DeleteOperation")]
    public async Task Times_and_request_ids_that_are_none_are_refused()
    {
        var back = new WaitOperationRequest
        {
            Name = Unknown,
            Timeout = new Duration { Seconds = -1 },
        };
        var (cancel, delete) = (
            new CancelOperationRequest { Name = Unknown, RequestId = "x" },
            new DeleteOperationRequest { Name = Unknown, RequestId = "x" }
        );

        Assert.Equal(
            Refusal.Invalid("timeout"),
            await Refusal.OfAsync(async () => await lab.Operations.WaitOperationAsync(back, lab.Key), CountAsync)
        );
        Assert.Equal(
            Refusal.Invalid("request_id"),
            await Refusal.OfAsync(async () => await lab.Operations.CancelOperationAsync(cancel, lab.Key), CountAsync)
        );
        Assert.Equal(
            Refusal.Invalid("request_id"),
            await Refusal.OfAsync(async () => await lab.Operations.DeleteOperationAsync(delete, lab.Key), CountAsync)
        );
    }

    [Theory]
    [BadInputOf("ListOperations")]
    [InlineData("", "", "", 0, "parent", StatusCode.InvalidArgument)]
    [InlineData("projects/lab/operations", "", "", 0, "parent", StatusCode.InvalidArgument)]
    [InlineData("projects/other", "", "", 0, "", StatusCode.PermissionDenied)]
    [InlineData("projects/lab", "", "", -1, "page_size", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "abc", "", 0, "page_token", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "", "colour = red", 0, "filter", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "", "state = DREAMING", 0, "filter", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "", "create_time > yesterday", 0, "filter", StatusCode.InvalidArgument)]
    [InlineData("projects/lab", "", "(state = RUNNING", 0, "filter", StatusCode.InvalidArgument)]
    public async Task A_bad_list_is_refused(
        string parent,
        string pageToken,
        string filter,
        int pageSize,
        string field,
        StatusCode status
    )
    {
        var request = new ListOperationsRequest
        {
            Parent = parent,
            PageToken = pageToken,
            Filter = filter,
            PageSize = pageSize,
        };

        var refusal = await Refusal.OfAsync(
            async () => await lab.Operations.ListOperationsAsync(request, lab.Key),
            CountAsync
        );

        Assert.Equal(new(status, field, null), refusal);
    }

    private static CompareExperimentsRequest Good() =>
        new()
        {
            Project = "projects/lab",
            Comparand = new()
            {
                From = new() { Branch = "projects/lab/branches/main" },
                To = new() { Branch = "projects/lab/branches/main" },
            },
            Options = new(),
        };

    private static Duration Nanos(long seconds, int nanos) => new() { Seconds = seconds, Nanos = nanos };

    private static ChannelPair Pair() =>
        new()
        {
            FromStreamId = "none",
            FromChannel = "C3",
            ToStreamId = "none",
            ToChannel = "C3",
        };

    private static FrequencyBand Band(string name, double low, double high) =>
        new()
        {
            Band = name,
            LowHz = low,
            HighHz = high,
        };

    private static Refusal NotFound(string field) => new(StatusCode.NotFound, field, null);

    private async Task<string> CountAsync()
    {
        await using var count = lab.Database.Owner.CreateCommand(
            """
            SELECT concat_ws(' ', (SELECT count(*) FROM branching.operation), (SELECT count(*) FROM branching.request),
                (SELECT count(*) FROM branching.audit_entry))
            """
        );
        return (string)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
