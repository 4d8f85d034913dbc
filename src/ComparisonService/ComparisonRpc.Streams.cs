using System.Globalization;
using Dendrite.ComparisonService.Streams;
using Dendrite.Contracts.Paging;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService;

public sealed partial class ComparisonRpc
{
    private const int DefaultRanges = 1_000;
    private const int MaxRanges = 10_000;

    /// <summary>
    /// A page of the ranges in which a stream differs, and on the first page by how much. Each page finds the ranges
    /// anew; samples are read for the first page only.
    /// </summary>
    public override async Task<DiffStreamResponse> DiffStream(DiffStreamRequest request, ServerCallContext context)
    {
        var pageSize = PageSize.Resolve(request.PageSize, DefaultRanges, MaxRanges);
        var selection = StreamSelection.Read(request);
        var comparison = await opener.OpenAsync(request.Project, request.Comparand, context);
        string[] fields = [selection.From, selection.To, $"{request.Exact}", .. selection.Channels];
        var identity = comparison.Identity(nameof(DiffStream), fields);
        // The snapshots of a token never change, so neither do the ranges: the number of those before says the place.
        var token = PageToken.Decode(request.PageToken, identity);
        var skipped = token is null
            ? 0
            : PageToken.Parse(token, text => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture));
        var samples = request.Exact && skipped == 0;
        var diff = await streamDifferences.CompareAsync(comparison, selection, samples, context.CancellationToken);
        var page = diff.Pair.Ranges.Skip(skipped).Take(pageSize).ToList();
        var isLast = skipped + page.Count >= diff.Pair.Ranges.Count;
        var (from, to) = (comparison.Sides.From.Branch, comparison.Sides.To.Branch);
        var response = new DiffStreamResponse
        {
            Comparand = comparison.ToMessage(),
            Difference = StreamDifferenceMapper.ToMessage(diff.Pair with { Ranges = [] }, from, to),
            ReadBytes = diff.Samples?.ReadBytes ?? 0,
            NextPageToken = isLast ? "" : PageToken.Encode($"{skipped + page.Count}", identity),
        };
        response.Ranges.Add(page.Select(StreamDifferenceMapper.ToMessage));
        response.Channels.Add(diff.Samples?.Channels ?? []);
        return response;
    }
}
