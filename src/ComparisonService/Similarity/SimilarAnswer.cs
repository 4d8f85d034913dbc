using Dendrite.Contracts.Paging;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>A page of windows, nearest first, each with what made it near or far.</summary>
internal static class SimilarAnswer
{
    /// <param name="scan">Whose windows are the rows of <paramref name="table"/>.</param>
    public static QuerySimilarWindowsResponse Of(SimilarRequest request, ShapeTable table, ShapeScan scan)
    {
        var place = request.Place;
        var scale = place?.Scale ?? table.FindScale();
        var distances = table.FindDistances(scale);
        // One more than the page says whether there is a next one.
        var nearest = FindNearest(distances, scan.Windows, place, request.PageSize + 1);
        var response = new QuerySimilarWindowsResponse { Complete = scan.IsComplete, ScannedWindows = table.Count };
        foreach (var row in nearest.Take(request.PageSize))
        {
            response.Windows.Add(Describe(scan.Windows[row], distances[row], table.Explain(row, scale)));
        }

        if (nearest.Count > request.PageSize)
        {
            var last = nearest[request.PageSize - 1];
            var window = scan.Windows[last];
            var next = new SimilarPlace(scale, distances[last], window.Stream.Name, window.Channel, window.Start);
            response.NextPageToken = PageToken.Encode(next.ToString(), request.Identity);
        }

        return response;
    }

    /// <summary>Rows behind a place, in order.</summary>
    private static List<int> FindNearest(
        double[] distances,
        IReadOnlyList<FoundWindow> windows,
        SimilarPlace? place,
        int count
    )
    {
        var byPlace = Comparer<int>.Create(
            (one, other) => SimilarPlace.Compare((distances[one], windows[one]), (distances[other], windows[other]))
        );
        // The farthest of those kept comes out first.
        var kept = new PriorityQueue<int, int>(Comparer<int>.Create((one, other) => byPlace.Compare(other, one)));
        for (var row = 0; row < distances.Length; row++)
        {
            if (place is not null && !place.IsBefore(distances[row], windows[row]))
            {
                continue;
            }

            if (kept.Count < count)
            {
                kept.Enqueue(row, row);
            }
            else
            {
                kept.EnqueueDequeue(row, row);
            }
        }

        return [.. kept.UnorderedItems.Select(item => item.Element).Order(byPlace)];
    }

    private static SimilarWindow Describe(
        FoundWindow found,
        double distance,
        IEnumerable<(int Feature, double Given, double Found)> features
    )
    {
        var window = new SimilarWindow
        {
            Stream = found.Stream.Name,
            Channel = found.Stream.LabelOf(found.Channel),
            Window = new() { StartSample = found.Start, EndSample = found.Start + found.Stream.WindowLength },
            Distance = distance,
        };
        window.Contributions.AddRange(
            features.Select(one => new FeatureContribution
            {
                Feature = ShapePlan.Names[one.Feature],
                Given = one.Given,
                Found = one.Found,
            })
        );
        return window;
    }
}
