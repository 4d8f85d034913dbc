using System.Buffers.Binary;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;
using Google.Protobuf;

namespace Dendrite.IngestService.Records;

/// <summary>
/// What is kept of a request that committed: the version, which the database puts first, and an answer.
/// </summary>
internal sealed record RememberedCommit(CommitVersion Version, ByteString Answer)
{
    /// <summary>An answer that is longer is made again instead; see <see cref="IdempotencyStore"/>.</summary>
    public const int MaxAnswerLength = 60_000;

    public static RememberedCommit Read(byte[] outcome) =>
        new(new(BinaryPrimitives.ReadInt64BigEndian(outcome)), ByteString.CopyFrom(outcome.AsSpan(sizeof(long))));
}
