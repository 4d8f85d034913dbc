using Dendrite.ComparisonService.Tests.Experiments;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Similarity;

/// <summary>Records into branches of one test and asks for windows like one of them.</summary>
internal sealed class SimilarBench(ComparisonFixture lab, string word)
{
    public const int Rate = 250;

    /// <summary>Samples of two seconds.</summary>
    public const int Window = 2 * Rate;

    private readonly SignalRecorder recorder = new(lab.Database);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public string Branch(string side) => $"projects/lab/branches/{word}-{side}";

    public string Stream(string side, string id = "eeg") => $"{Branch(side)}/streams/{id}";

    public Task ForkAsync(string side, string? from = null) =>
        lab.Recorder.ForkAsync($"{word}-{side}", from is null ? "main" : $"{word}-{from}");

    public Task TagAsync(string tag, string side) => lab.Recorder.TagAsync($"{word}-{tag}", $"{word}-{side}");

    public SnapshotReference At(string side, string? tag = null, long? version = null)
    {
        var point =
            tag is not null ? new SnapshotPoint { Tag = $"projects/lab/tags/{word}-{tag}" }
            : version is { } number ? new SnapshotPoint { Version = number }
            : null;
        return new() { Branch = Branch(side), Point = point };
    }

    public Task RecordAsync(string side, RecordedSignals signals) => recorder.RecordAsync($"{word}-{side}", signals);

    /// <summary>Asks for windows like one of channel C3 of stream <c>eeg</c>.</summary>
    /// <param name="window">Counted in windows.</param>
    public QuerySimilarWindowsRequest Like(string side, int window, params SnapshotReference[] snapshots) =>
        new()
        {
            Stream = Stream(side),
            Channel = "C3",
            Window = new() { StartSample = window * Window, EndSample = (window + 1) * Window },
            Snapshots = { snapshots },
            PageSize = 100,
            Budget = new() { Seconds = 60 },
        };

    public async Task<QuerySimilarWindowsResponse> QueryAsync(QuerySimilarWindowsRequest request) =>
        await lab.Experiments.QuerySimilarWindowsAsync(request, new CallOptions(lab.Key, cancellationToken: Token));

    /// <summary>How many runs of windows of the test's streams are kept.</summary>
    public async Task<long> CountKeptAsync()
    {
        await using var count = lab.Database.Owner.CreateCommand(
            $"""
            SELECT count(*) FROM comparison.window_shape WHERE stream_id IN (
                SELECT stream_id FROM signals.stream s JOIN branching.branch b ON b.timeline_id = s.timeline_id
                WHERE b.name LIKE '{word}-%')
            """
        );
        return (long)(await count.ExecuteScalarAsync(Token))!;
    }

    /// <summary>One rhythm a window, in noise.</summary>
    public static double[] Rhythms(int seed, params double[] frequencies)
    {
        var random = new Random(seed);
        return
        [
            .. frequencies.SelectMany(frequency =>
                Enumerable
                    .Range(0, Window)
                    .Select(i => (10 * Math.Sin(2 * Math.PI * frequency * i / Rate)) + (random.NextDouble() * 4))
            ),
        ];
    }

    public static string Describe(SimilarWindow window) =>
        $"{window.Stream.Split('/')[3]}/{window.Stream.Split('/')[5]}/{window.Channel} "
        + $"{window.Window.StartSample}-{window.Window.EndSample}";
}
