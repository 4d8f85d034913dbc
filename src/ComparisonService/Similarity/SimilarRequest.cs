using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>What is asked, as far as it can be judged before anything is read.</summary>
/// <param name="Stream">The given window's stream.</param>
/// <param name="Place">Where the page before ended; null for the first.</param>
internal sealed record SimilarRequest(QuerySimilarWindowsRequest Asked, StreamName Stream, SimilarPlace? Place)
{
    private const int MaxSnapshots = 100;
    private const int DefaultPage = 10;
    private const int MaxPage = 100;
    private const int MaxWindowSeconds = 600;

    private static readonly TimeSpan DefaultBudget = TimeSpan.FromSeconds(5);

    /// <summary>Whoever wants more asks again: what was measured is kept.</summary>
    private static readonly TimeSpan MaxBudget = TimeSpan.FromMinutes(1);

    public required TimeSpan Budget { get; init; }

    public required int PageSize { get; init; }

    /// <summary>The range of the given window, in order and not empty.</summary>
    public required SampleRange Window { get; init; }

    /// <summary>What a page token is good for. Not the budget and the size of pages, which may change.</summary>
    public string[] Identity { get; private init; } = [];

    /// <exception cref="DendriteException">
    /// MALFORMED_NAME, INVALID_ARGUMENT, INVALID_FILTER, INVALID_PAGE_TOKEN.
    /// </exception>
    public static SimilarRequest Read(QuerySimilarWindowsRequest request)
    {
        var stream = StreamName.Parse(request.Stream, "stream");
        if (request.Channel.Length == 0)
        {
            throw DendriteException.Invalid("channel", "is missing; give the label of a channel of the stream");
        }

        if (request.Snapshots.Count > MaxSnapshots)
        {
            throw DendriteException.Invalid(
                "snapshots",
                $"has {request.Snapshots.Count}; at most {MaxSnapshots} are looked at in one call"
            );
        }

        StreamFilter.Read(request.StreamFilter, "");
        var same = request.Clone();
        (same.PageToken, same.PageSize, same.Budget) = ("", 0, null);
        string[] identity = [nameof(SimilarRequest), $"{same}"];
        var place = SimilarPlace.Read(Contracts.Paging.PageToken.Decode(request.PageToken, identity));
        return new(request, stream, place)
        {
            Budget = ReadBudget(request.Budget),
            PageSize = Contracts.Paging.PageSize.Resolve(request.PageSize, DefaultPage, MaxPage),
            Window = ReadWindow(request.Window),
            Identity = identity,
        };
    }

    /// <summary>Refuses a window that its stream does not have.</summary>
    /// <param name="rate">In Hz.</param>
    /// <param name="length">Samples of the stream.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT, SAMPLES_OUT_OF_RANGE.</exception>
    public void DemandFit(double rate, long length)
    {
        if (!(rate > 0))
        {
            throw DendriteException.Invalid("stream", "has no rate, and so no spectra; give one that has");
        }

        if (Window.Count > MaxWindowSeconds * rate)
        {
            throw DendriteException.Invalid(
                "window",
                $"is {Window.Count / rate:0.###} s long; at most {MaxWindowSeconds} s are compared"
            );
        }

        if (!ShapePlan.Fits(Window.Count, rate))
        {
            throw DendriteException.Invalid(
                "window",
                $"has {Window.Count} samples at {rate:0.###} Hz, and spectra are of at most "
                    + $"{SpectrumPlan.LongestSegment} samples; give a window of as many or fewer"
            );
        }

        if (Window.End > length)
        {
            var problem = $"ends at {Window.End}, and the stream at {length}; give samples that are there";
            throw new DendriteException(ErrorReason.SamplesOutOfRange, $"window: {problem}")
            {
                FieldViolations = [new("window", problem)],
            };
        }
    }

    private static SampleRange ReadWindow(V1.SampleRange? window)
    {
        var range = new SampleRange(window?.StartSample ?? 0, window?.EndSample ?? 0);
        return range.Start >= 0 && range.End > range.Start && range.Count >= ShapePlan.ShortestWindow
            ? range
            : throw DendriteException.Invalid(
                "window",
                $"[{range.Start}, {range.End}) is no run of {ShapePlan.ShortestWindow} samples or more; give its first "
                    + "sample and the one after its last"
            );
    }

    private static TimeSpan ReadBudget(Duration? budget)
    {
        if (budget is null)
        {
            return DefaultBudget;
        }

        var seconds = budget.Seconds + (budget.Nanos / 1e9);
        return budget.Nanos is >= 0 and <= 999_999_999 && seconds > 0 && seconds <= MaxBudget.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw DendriteException.Invalid(
                "budget",
                $"is not above 0 and up to {MaxBudget.TotalSeconds} s; what was measured is kept, so ask again for more"
            );
    }
}
