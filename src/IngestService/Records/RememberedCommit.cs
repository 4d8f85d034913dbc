using System.Buffers.Binary;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;
using Google.Protobuf;

namespace Dendrite.IngestService.Records;

/// <summary>
/// What is kept of a request that was done: the version, which the database puts first, and an answer. Of one that
/// found nothing to do the version is that of its answer, mostly 0.
/// </summary>
internal sealed record RememberedCommit(CommitVersion Version, ByteString Answer)
{
    /// <summary>An answer that is longer is made again instead; see <see cref="IdempotencyStore"/>.</summary>
    public const int MaxAnswerLength = 60_000;

    public static RememberedCommit OfNothing(ByteString answer) => new(CommitVersion.Zero, answer);

    public static RememberedCommit Read(byte[] outcome) =>
        new(new(BinaryPrimitives.ReadInt64BigEndian(outcome)), ByteString.CopyFrom(outcome.AsSpan(sizeof(long))));

    public byte[] Write()
    {
        var outcome = new byte[sizeof(long) + Answer.Length];
        BinaryPrimitives.WriteInt64BigEndian(outcome, Version.Value);
        Answer.Span.CopyTo(outcome.AsSpan(sizeof(long)));
        return outcome;
    }
}
