using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests;

/// <summary>
/// What the calls that compare say to bad arguments: the status, the field, and nothing is left behind.
/// </summary>
public sealed class DifferenceRefusalTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private static readonly Refusal Missing = Refusal.Of(StatusCode.NotFound);
    private static readonly Refusal Denied = Refusal.Of(StatusCode.PermissionDenied);
    private static readonly string Deep = $"{new string('(', 40)}side = CHANGED{new string(')', 40)}";

    /// <summary>What every request has, spoilt: each RPC refuses it alike.</summary>
    private static (string Case, Action<Comparand> Spoil, Refusal Refusal)[] Comparands =>
        [
            ("no old side", one => one.From = null, Refusal.Invalid("comparand.from")),
            ("no new side", one => one.To = null, Refusal.Invalid("comparand.to")),
            ("an empty side", one => one.From = new(), Refusal.Invalid("comparand.from.branch")),
            ("no name", one => one.To.Branch = "No Name", Refusal.Invalid("comparand.to.branch")),
            (
                "a stream's name",
                one => one.To.Branch = "projects/lab/branches/main/streams/x",
                Refusal.Invalid("comparand.to.branch")
            ),
            (
                "another project",
                one => one.To.Branch = "projects/other/branches/main",
                Refusal.Invalid("comparand.to.branch")
            ),
            ("no such branch", one => one.To.Branch = "projects/lab/branches/nobody", Missing),
            (
                "a negative version",
                one => one.To.Point = new() { Version = -1 },
                Refusal.Invalid("comparand.to.point.version")
            ),
            ("no such version", one => one.To.Point = new() { Version = long.MaxValue }, Missing),
            ("no tag's name", one => one.From.Point = new() { Tag = "x" }, Refusal.Invalid("comparand.from.point.tag")),
            ("no such tag", one => one.From.Point = new() { Tag = "projects/lab/tags/none" }, Missing),
            ("an unknown mode", one => one.Mode = (DiffMode)99, Refusal.Invalid("comparand.mode")),
        ];

    public static TheoryData<string> ComparandCases => [.. Comparands.Select(one => one.Case)];

    private static (string Case, Action<DiffBranchesRequest> Spoil, Refusal Refusal)[] Branches =>
        [
            ("no project", one => one.Project = "", Refusal.Invalid("project")),
            ("another's project", one => one.Project = "projects/other", Denied),
            ("no comparand", one => one.Comparand = null, Refusal.Invalid("comparand")),
            ("a negative page", one => one.PageSize = -1, Refusal.Invalid("page_size")),
            ("no token", one => one.PageToken = "junk", Refusal.Invalid("page_token")),
            ("half a filter", one => one.Filter = "side =", Refusal.Invalid("filter")),
            ("an unknown field", one => one.Filter = "colour = red", Refusal.Invalid("filter")),
            ("an unknown side", one => one.Filter = "side = LEFT", Refusal.Invalid("filter")),
            ("an order of sides", one => one.Filter = "side < CHANGED", Refusal.Invalid("filter")),
            ("a deep filter", one => one.Filter = Deep, Refusal.Invalid("filter")),
            ("a long filter", one => one.Filter = new('x', 5_000), Refusal.Invalid("filter")),
        ];

    public static TheoryData<string> BranchCases => [.. Branches.Select(one => one.Case)];

    private static (string Case, Action<ListRecordDifferencesRequest> Spoil, Refusal Refusal)[] Records =>
        [
            ("no project", one => one.Project = "x", Refusal.Invalid("project")),
            ("another's project", one => one.Project = "projects/other", Denied),
            ("no comparand", one => one.Comparand = null, Refusal.Invalid("comparand")),
            ("a negative page", one => one.PageSize = -5, Refusal.Invalid("page_size")),
            ("no token", one => one.PageToken = "AQ", Refusal.Invalid("page_token")),
            ("half a filter", one => one.Filter = "(", Refusal.Invalid("filter")),
            ("a prefix in order", one => one.Filter = "key < s*", Refusal.Invalid("filter")),
            ("an unknown side", one => one.Filter = "NOT side = 1", Refusal.Invalid("filter")),
            ("no dataset's id", one => one.DatasetIds.Add("Not An Id"), Refusal.Invalid("dataset_ids[0]")),
            ("no such dataset", one => one.DatasetIds.Add("nowhere"), Missing),
            (
                "too many datasets",
                one => one.DatasetIds.Add(Enumerable.Repeat("a", 1_001)),
                Refusal.Invalid("dataset_ids")
            ),
        ];

    public static TheoryData<string> RecordCases => [.. Records.Select(one => one.Case)];

    private static (string Case, Action<DiffStreamRequest> Spoil, Refusal Refusal)[] Streams =>
        [
            ("no project", one => one.Project = "projects/", Refusal.Invalid("project")),
            ("another's project", one => one.Project = "projects/other", Denied),
            ("no comparand", one => one.Comparand = null, Refusal.Invalid("comparand")),
            ("no stream", one => one.StreamId = "", Refusal.Invalid("stream_id")),
            ("no stream's id", one => one.StreamId = "../x", Refusal.Invalid("stream_id")),
            ("no other stream's id", one => one.ToStreamId = "X", Refusal.Invalid("to_stream_id")),
            ("no such stream", one => one.StreamId = "nothing", Missing),
            ("no such channel", one => one.Channels.Add("Xz"), Missing),
            (
                "too many channels",
                one => one.Channels.Add(Enumerable.Repeat("C3", 10_001)),
                Refusal.Invalid("channels")
            ),
            ("a negative page", one => one.PageSize = -1, Refusal.Invalid("page_size")),
            ("no token", one => one.PageToken = "junk", Refusal.Invalid("page_token")),
        ];

    public static TheoryData<string> StreamCases => [.. Streams.Select(one => one.Case)];

    private static (string Case, Action<ExportDiffRequest> Spoil, Refusal Refusal)[] Exports =>
        [
            ("no project", one => one.Project = "", Refusal.Invalid("project")),
            ("another's project", one => one.Project = "projects/other", Denied),
            ("no comparand", one => one.Comparand = null, Refusal.Invalid("comparand")),
            ("no format", one => one.Format = DiffFormat.Unspecified, Refusal.Invalid("format")),
            ("an unknown format", one => one.Format = (DiffFormat)77, Refusal.Invalid("format")),
            ("no dataset's id", one => one.DatasetIds.Add("-"), Refusal.Invalid("dataset_ids[0]")),
            ("no such dataset", one => one.DatasetIds.Add("nowhere"), Missing),
        ];

    public static TheoryData<string> ExportCases => [.. Exports.Select(one => one.Case)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private CallOptions Options => new(lab.Key, cancellationToken: Token);

    [Theory]
    [MemberData(nameof(ComparandCases))]
    public async Task A_bad_side_is_refused_by_every_call_alike(string name)
    {
        var (_, spoil, refusal) = Comparands.Single(one => one.Case == name);
        var comparand = Comparand();
        spoil(comparand);
        Func<Task>[] calls =
        [
            () => DiffBranchesAsync(new() { Project = "projects/lab", Comparand = comparand }),
            () => ListAsync(new() { Project = "projects/lab", Comparand = comparand }),
            () => StreamAsync(new() { Project = "projects/lab", Comparand = comparand }),
            () =>
                DiffStreamAsync(
                    new()
                    {
                        Project = "projects/lab",
                        Comparand = comparand,
                        StreamId = "eeg",
                    }
                ),
            () =>
                ExportAsync(
                    new()
                    {
                        Project = "projects/lab",
                        Comparand = comparand,
                        Format = DiffFormat.Csv,
                    }
                ),
        ];
        foreach (var call in calls)
        {
            Assert.Equal(refusal, await Refusal.OfAsync(call, CountAsync));
        }
    }

    [Theory]
    [BadInputOf("DiffBranches")]
    [MemberData(nameof(BranchCases))]
    public Task A_bad_question_about_branches_is_refused(string name) =>
        RefusedAsync(Branches, name, new() { Project = "projects/lab", Comparand = Comparand() }, DiffBranchesAsync);

    [Theory]
    [BadInputOf("ListRecordDifferences")]
    [MemberData(nameof(RecordCases))]
    public Task A_bad_question_about_records_is_refused(string name) =>
        RefusedAsync(Records, name, new() { Project = "projects/lab", Comparand = Comparand() }, ListAsync);

    [Theory]
    [BadInputOf("StreamRecordDifferences")]
    [MemberData(nameof(RecordCases))]
    public async Task A_bad_question_about_all_records_is_refused(string name)
    {
        if (name is "a negative page" or "no token")
        {
            // A stream has no pages.
            return;
        }

        Task CallAsync(ListRecordDifferencesRequest request) =>
            StreamAsync(
                new()
                {
                    Project = request.Project,
                    Comparand = request.Comparand,
                    Filter = request.Filter,
                    DatasetIds = { request.DatasetIds },
                }
            );
        await RefusedAsync(Records, name, new() { Project = "projects/lab", Comparand = Comparand() }, CallAsync);
    }

    [Theory]
    [BadInputOf("DiffStream")]
    [MemberData(nameof(StreamCases))]
    public async Task A_bad_question_about_a_stream_is_refused(string name)
    {
        await EnsureStreamAsync();
        var request = new DiffStreamRequest
        {
            Project = "projects/lab",
            Comparand = new()
            {
                From = new() { Branch = "projects/lab/branches/refusals" },
                To = new() { Branch = "projects/lab/branches/refusals" },
            },
            StreamId = "eeg",
        };
        await RefusedAsync(Streams, name, request, DiffStreamAsync);
    }

    [Theory]
    [BadInputOf("ExportDiff")]
    [MemberData(nameof(ExportCases))]
    public Task A_bad_export_is_refused(string name) =>
        RefusedAsync(
            Exports,
            name,
            new()
            {
                Project = "projects/lab",
                Comparand = Comparand(),
                Format = DiffFormat.JsonPatch,
            },
            ExportAsync
        );

    private static Comparand Comparand() =>
        new()
        {
            From = new() { Branch = "projects/lab/branches/main" },
            To = new() { Branch = "projects/lab/branches/main" },
        };

    private async Task RefusedAsync<T>(
        (string Case, Action<T> Spoil, Refusal Refusal)[] table,
        string name,
        T request,
        Func<T, Task> callAsync
    )
    {
        var (_, spoil, refusal) = table.Single(one => one.Case == name);
        spoil(request);
        Assert.Equal(refusal, await Refusal.OfAsync(() => callAsync(request), CountAsync));
    }

    private async Task EnsureStreamAsync()
    {
        var branches = await lab.Branches.ListBranchesAsync(new() { Parent = "projects/lab" }, Options);
        if (branches.Branches.All(branch => !branch.Name.EndsWith("/refusals", StringComparison.Ordinal)))
        {
            await lab.Recorder.ForkAsync("refusals");
            await lab.Recorder.RecordAsync("refusals", "eeg", [1]);
        }
    }

    private Task DiffBranchesAsync(DiffBranchesRequest request) =>
        lab.Comparison.DiffBranchesAsync(request, Options).ResponseAsync;

    private Task ListAsync(ListRecordDifferencesRequest request) =>
        lab.Comparison.ListRecordDifferencesAsync(request, Options).ResponseAsync;

    private Task DiffStreamAsync(DiffStreamRequest request) =>
        lab.Comparison.DiffStreamAsync(request, Options).ResponseAsync;

    private async Task StreamAsync(StreamRecordDifferencesRequest request)
    {
        using var call = lab.Comparison.StreamRecordDifferences(request, Options);
        await call.ResponseStream.MoveNext(Token);
    }

    private async Task ExportAsync(ExportDiffRequest request)
    {
        using var call = lab.Comparison.ExportDiff(request, Options);
        await call.ResponseStream.MoveNext(Token);
    }

    private async Task<string> CountAsync()
    {
        await using var command = lab.Database.Owner.CreateCommand(
            "SELECT (SELECT count(*) FROM branching.commit)::text || ' ' || (SELECT count(*) FROM branching.branch)"
        );
        return (string)(await command.ExecuteScalarAsync(Token))!;
    }
}
