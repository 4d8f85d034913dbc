using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Streams;

/// <summary>Which streams are compared.</summary>
/// <param name="From">Id on the old side.</param>
/// <param name="To">Id on the new side.</param>
/// <param name="Channels">Labels; empty for all that both have.</param>
public sealed record StreamSelection(string From, string To, IReadOnlyList<string> Channels)
{
    /// <summary>More than any stream has.</summary>
    private const int MaxChannels = 10_000;

    /// <exception cref="DendriteException">MALFORMED_NAME, INVALID_ARGUMENT.</exception>
    public static StreamSelection Read(DiffStreamRequest request)
    {
        var from = ResourceId.Check(request.StreamId, "stream_id");
        var to = request.ToStreamId.Length == 0 ? from : ResourceId.Check(request.ToStreamId, "to_stream_id");
        return request.Channels.Count <= MaxChannels
            ? new(from, to, [.. request.Channels.Distinct()])
            : throw DendriteException.Invalid(
                "channels",
                $"has {request.Channels.Count} labels; at most {MaxChannels} are allowed"
            );
    }
}
