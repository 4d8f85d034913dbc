using System.Text.Json;
using Dendrite.Versioning;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>
/// What an operation compares, with nothing left that may change: both vectors, so that it goes on as it began when a
/// branch moves or is deleted meanwhile.
/// </summary>
/// <param name="Comparison">An <c>ExperimentComparison</c> with what was compared, the options and the pairs; figures
/// are what is missing.</param>
internal sealed record SettledComparison(byte[] Comparison, long[][] From, long[][] To)
{
    public static SettledComparison Of(V1.ExperimentComparison comparison, Snapshot from, Snapshot to) =>
        new(comparison.ToByteArray(), Flatten(from), Flatten(to));

    public V1.ExperimentComparison ReadComparison() => V1.ExperimentComparison.Parser.ParseFrom(Comparison);

    public Snapshot ReadFrom() => Gather(From);

    public Snapshot ReadTo() => Gather(To);

    public BytesValue ToMessage() => new() { Value = ByteString.CopyFrom(JsonSerializer.SerializeToUtf8Bytes(this)) };

    public static SettledComparison Read(BytesValue message) =>
        JsonSerializer.Deserialize<SettledComparison>(message.Value.Span)!;

    private static long[][] Flatten(Snapshot snapshot) =>
        [.. snapshot.Entries.Select(entry => new[] { entry.Timeline.Value, entry.Through.Value })];

    private static Snapshot Gather(long[][] entries) =>
        Snapshot.Of(entries.Select(entry => new SnapshotEntry(new(entry[0]), new(entry[1]))));
}
