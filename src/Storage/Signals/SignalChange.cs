using Dendrite.Storage.Merging;
using Dendrite.Storage.Requests;

namespace Dendrite.Storage.Signals;

/// <summary>What one commit changes beside samples: descriptors, annotations, masks.</summary>
/// <param name="Message">Of the commit.</param>
/// <param name="Request">Who asks: the commit's author; remembered and audited with it.</param>
/// <param name="Rows">As they are from this commit on; each key once.</param>
public sealed record SignalChange(string Message, Mutation Request, IReadOnlyList<VersionedRow> Rows)
{
    /// <summary>Counts for people, such as <c>annotations</c>.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; init; } = new Dictionary<string, long>();

    /// <summary>Streams whose writers are fenced: they would go on with what is not there any more.</summary>
    public IReadOnlyList<SignalStream> FencedStreams { get; init; } = [];

    /// <summary>What is remembered of the request, behind the 8 bytes of the version (big-endian).</summary>
    public byte[] Outcome { get; init; } = [];
}
