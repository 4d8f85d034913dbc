using Dendrite.Contracts.Paging;
using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.ComparisonService.Tests.Similarity.SimilarBench;

namespace Dendrite.ComparisonService.Tests.Similarity;

/// <summary>Bad arguments are refused with the field at fault, and leave nothing behind.</summary>
public sealed class BadSimilarInputTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>, IAsyncLifetime
{
    private const string Word = "bad";

    private static readonly (string Why, Action<QuerySimilarWindowsRequest> Break, Refusal Refusal)[] Rows =
    [
        ("no stream", r => r.Stream = "", Refusal.Invalid("stream")),
        ("a branch for a stream", r => r.Stream = "projects/lab/branches/main", Refusal.Invalid("stream")),
        ("SQL for a stream", r => r.Stream += "'; --", Refusal.Invalid("stream")),
        (
            "another's project",
            r => r.Stream = r.Stream.Replace("lab", "other"),
            Refusal.Of(StatusCode.PermissionDenied)
        ),
        ("an unknown branch", r => r.Stream = r.Stream.Replace("bad-a", "bad-z"), Refusal.Of(StatusCode.NotFound)),
        ("an unknown stream", r => r.Stream += "-not", Refusal.Of(StatusCode.NotFound)),
        ("no channel", r => r.Channel = "", Refusal.Invalid("channel")),
        ("an unknown channel", r => r.Channel = "Z9", new(StatusCode.NotFound, "channel", null)),
        ("a long channel", r => r.Channel = new('x', 100_000), new(StatusCode.NotFound, "channel", null)),
        ("no window", r => r.Window = null, Refusal.Invalid("window")),
        ("an empty window", r => r.Window = Range(500, 500), Refusal.Invalid("window")),
        ("a window back", r => r.Window = Range(500, 0), Refusal.Invalid("window")),
        ("a window before 0", r => r.Window = Range(-500, 0), Refusal.Invalid("window")),
        ("a window of 7 samples", r => r.Window = Range(0, 7), Refusal.Invalid("window")),
        ("a window without end", r => r.Window = Range(0, long.MaxValue), Refusal.Invalid("window")),
        ("from the first to the last", r => r.Window = Range(long.MinValue, long.MaxValue), Refusal.Invalid("window")),
        ("beyond the end", r => r.Window = Range(1_501, 2_001), new(StatusCode.OutOfRange, "window", null)),
        ("a window with a hole", r => r.Window = Range(500, 1_000), Refusal.Invalid("window")),
        ("a flat window", r => r.Window = Range(1_000, 1_500), Refusal.Invalid("window")),
        ("a stream without a rate", r => r.Stream = r.Stream.Replace("eeg", "odd"), Refusal.Invalid("stream")),
        (
            "a window that no spectrum takes in",
            r => (r.Stream, r.Window) = (r.Stream.Replace("eeg", "radio"), Range(0, 400_000_000)),
            Refusal.Invalid("window")
        ),
        (
            "a stream of nothing",
            r => r.Stream = r.Stream.Replace("eeg", "none"),
            new(StatusCode.OutOfRange, "window", null)
        ),
        ("an unknown version", r => r.At = new() { Version = long.MaxValue }, Refusal.Of(StatusCode.NotFound)),
        ("an unknown tag", r => r.At = new() { Tag = "projects/lab/tags/never" }, Refusal.Of(StatusCode.NotFound)),
        ("a side of nothing", r => r.Snapshots.Add(new SnapshotReference()), Refusal.Invalid("snapshots[0].branch")),
        (
            "a side elsewhere",
            r => r.Snapshots.Add(Side("projects/other/branches/main")),
            Refusal.Invalid("snapshots[0].branch")
        ),
        ("an unknown side", r => r.Snapshots.Add(Side("projects/lab/branches/never")), Refusal.Of(StatusCode.NotFound)),
        (
            "too many sides",
            r => r.Snapshots.Add(Enumerable.Repeat(Side("projects/lab/branches/main"), 101)),
            Refusal.Invalid("snapshots")
        ),
        ("a filter over nothing", r => r.StreamFilter = "colour = red", Refusal.Invalid("filter")),
        ("half a filter", r => r.StreamFilter = "(stream_id = eeg", Refusal.Invalid("filter")),
        ("a negative page", r => r.PageSize = -1, Refusal.Invalid("page_size")),
        ("a token that is none", r => r.PageToken = "abc", Refusal.Invalid("page_token")),
        ("no time", r => r.Budget = new(), Refusal.Invalid("budget")),
        ("time back", r => r.Budget = new() { Seconds = -1 }, Refusal.Invalid("budget")),
        ("an hour", r => r.Budget = new() { Seconds = 3_600 }, Refusal.Invalid("budget")),
        ("no time at all", r => r.Budget = new() { Seconds = 1, Nanos = -1 }, Refusal.Invalid("budget")),
        ("all time", r => r.Budget = new() { Seconds = long.MaxValue }, Refusal.Invalid("budget")),
    ];

    private static bool isRecorded;

    private readonly SimilarBench bench = new(lab, Word);

    public static TheoryData<string> Whys => [.. Rows.Select(row => row.Why)];

    public async ValueTask InitializeAsync()
    {
        if (isRecorded)
        {
            return;
        }

        isRecorded = true;
        var samples = Rhythms(1, 10, 10, 10, 10);
        samples[700] = double.NaN;
        samples.AsSpan(1_000, 500).Fill(3);
        await bench.ForkAsync("a");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", samples), ("C4", samples)));
        await bench.RecordAsync("a", new("odd", 0, ("C3", samples)));
        await bench.RecordAsync("a", new("radio", 200_000_000, ("C3", samples)));
        await bench.RecordAsync("a", new("none", Rate, ("C3", [])));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [BadInputOf("QuerySimilarWindows")]
    [MemberData(nameof(Whys))]
    public async Task A_bad_question_is_refused(string why)
    {
        var row = Rows.Single(one => one.Why == why);
        var request = bench.Like("a", 0);
        row.Break(request);

        var refusal = await Refusal.OfAsync(async () => await bench.QueryAsync(request), CountAsync);

        Assert.Equal(row.Refusal, refusal);
    }

    [Fact]
    public async Task A_token_of_another_question_is_refused()
    {
        var request = bench.Like("a", 0);
        request.PageSize = 1;
        request.PageToken = (await bench.QueryAsync(request)).NextPageToken;
        request.Channel = "C4";

        var refusal = await Refusal.OfAsync(async () => await bench.QueryAsync(request), CountAsync);

        Assert.Equal(Refusal.Invalid("page_token"), refusal);
    }

    [Theory]
    [InlineData("0 0 1 s 0 0")]
    [InlineData("0,0,0,0,0,0,0,0,0 0 1 s 0 0")]
    [InlineData("0,0,0,0,0,0,0,0,NaN 0,0,0,0,0,0,0,0,0 1 s 0 0")]
    [InlineData("0,0,0,0,0,0,0,0,0 0,0,0,0,0,0,0,0,-1 1 s 0 0")]
    [InlineData("0,0,0,0,0,0,0,0,0 0,0,0,0,0,0,0,0,0 NaN s 0 0")]
    [InlineData("0,0,0,0,0,0,0,0,0 0,0,0,0,0,0,0,0,0 1 s -1 0")]
    [InlineData("0,0,0,0,0,0,0,0,0 0,0,0,0,0,0,0,0,0 1 s 0 -1")]
    public async Task A_made_up_place_is_refused(string place)
    {
        var request = bench.Like("a", 0);
        var same = request.Clone();
        (same.PageToken, same.PageSize, same.Budget) = ("", 0, null);
        request.PageToken = PageToken.Encode(place, "SimilarRequest", $"{same}");

        var refusal = await Refusal.OfAsync(async () => await bench.QueryAsync(request), CountAsync);

        Assert.Equal(Refusal.Invalid("page_token"), refusal);
    }

    [Fact]
    public async Task An_unknown_channel_is_told_with_those_that_there_are()
    {
        var request = bench.Like("a", 0);
        request.Channel = "Z9";

        var refusal = await Assert.ThrowsAsync<RpcException>(() => bench.QueryAsync(request));

        Assert.Contains("'Z9' is no channel of stream 'eeg'; its channels are C3, C4", refusal.Status.Detail);
    }

    private static SampleRange Range(long start, long end) => new() { StartSample = start, EndSample = end };

    private static SnapshotReference Side(string branch) => new() { Branch = branch };

    private async Task<string> CountAsync()
    {
        await using var count = lab.Database.Owner.CreateCommand("SELECT count(*)::text FROM comparison.window_shape");
        return (string)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}
