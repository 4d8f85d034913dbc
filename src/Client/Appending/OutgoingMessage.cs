namespace Dendrite.Client.Appending;

/// <summary>A message that is not known to be durable.</summary>
/// <param name="Request">As it is sent, and sent again.</param>
/// <param name="Bytes">What it holds of the window.</param>
/// <param name="ChannelGroup">The group whose samples it holds; null for what is not a block.</param>
/// <param name="EndSample">Index after its last sample; 0 for what is not a block.</param>
internal sealed record OutgoingMessage(V1.AppendRequest Request, long Bytes, int? ChannelGroup, long EndSample)
{
    public static OutgoingMessage OfBlock(V1.SampleBlock block) =>
        new(new() { Block = block }, block.Payload.Length, block.ChannelGroup, block.FirstSample + block.SampleCount);

    /// <summary>The samples of a block that is larger than the service takes.</summary>
    public static OutgoingMessage[] OfPieces(V1.SampleBlock block, int maxBlockBytes)
    {
        var first = block.FirstSample;
        List<OutgoingMessage> pieces = [];
        foreach (var piece in BlockCutter.Cut(block.Payload.Span, 0, maxBlockBytes))
        {
            pieces.Add(OfBlock(piece.ToBlock(block.ChannelGroup, first)));
            first += piece.SampleCount;
        }

        return [.. pieces];
    }

    public static OutgoingMessage Of(V1.AppendRequest request) => new(request, request.CalculateSize(), null, 0);

    /// <summary>
    /// Whether a stream that stands there holds it already. What is not a block is sent again: gaps, anchors and
    /// annotations that are stored already change nothing.
    /// </summary>
    public bool IsDurableAt(IReadOnlyList<long> groupEnds) =>
        ChannelGroup is { } group && EndSample <= groupEnds[group];
}
