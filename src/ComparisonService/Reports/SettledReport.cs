using System.Text.Json;
using Dendrite.ComparisonService.Experiments;
using Dendrite.Reports.Document;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Reports;

/// <summary>
/// What a report follows from, with nothing left that may change: it is made as it was asked for when a branch moves
/// or
/// is deleted meanwhile.
/// </summary>
/// <param name="Title">Never empty.</param>
/// <param name="Mode">Against what; never <c>UNSPECIFIED</c>.</param>
/// <param name="Comparison">What was compared, the options, the pairs and both vectors.</param>
/// <param name="FromCommit">The newest commit of the old side; null before the first.</param>
/// <param name="ToCommit">The newest commit of the new side; null before the first.</param>
internal sealed record SettledReport(
    string Title,
    DiffMode Mode,
    SettledComparison Comparison,
    SideCommit? FromCommit,
    SideCommit? ToCommit
)
{
    public BytesValue ToMessage() => new() { Value = ByteString.CopyFrom(JsonSerializer.SerializeToUtf8Bytes(this)) };

    public static SettledReport Read(BytesValue message) =>
        JsonSerializer.Deserialize<SettledReport>(message.Value.Span)!;
}
