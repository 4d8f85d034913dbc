using System.Text.Json;
using Dendrite.ComparisonService.Snapshots;
using Dendrite.Versioning;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Quality;

/// <summary>
/// What an operation checks, with nothing left that may change: the vector and the checks as they were when it was
/// asked for.
/// </summary>
/// <param name="Result">A <c>QualityResult</c> with what is looked at; findings are what is missing.</param>
/// <param name="Checks">Each a <c>QualityCheck</c>.</param>
/// <param name="Vector">Timeline and version of each entry.</param>
internal sealed record SettledChecks(byte[] Result, byte[][] Checks, long[][] Vector)
{
    public static SettledChecks Of(ResolvedSide side, IReadOnlyList<V1.QualityCheck> checks)
    {
        var result = new V1.QualityResult
        {
            Snapshot = new()
            {
                Branch = side.Branch.ToString(),
                Point = side.Tag is { } tag ? new() { Tag = tag } : new() { Version = side.Version.Value },
            },
            SnapshotDigest = ByteString.CopyFrom(SnapshotDigest.Compute(side.Snapshot)),
        };
        return new(
            result.ToByteArray(),
            [.. checks.Select(check => check.ToByteArray())],
            [.. side.Snapshot.Entries.Select(entry => new[] { entry.Timeline.Value, entry.Through.Value })]
        );
    }

    public V1.QualityResult ReadResult() => V1.QualityResult.Parser.ParseFrom(Result);

    public IReadOnlyList<V1.QualityCheck> ReadChecks() => [.. Checks.Select(V1.QualityCheck.Parser.ParseFrom)];

    public Snapshot ReadSnapshot() =>
        Snapshot.Of(Vector.Select(entry => new SnapshotEntry(new(entry[0]), new(entry[1]))));

    public BytesValue ToMessage() => new() { Value = ByteString.CopyFrom(JsonSerializer.SerializeToUtf8Bytes(this)) };

    public static SettledChecks Read(BytesValue message) =>
        JsonSerializer.Deserialize<SettledChecks>(message.Value.Span)!;
}
