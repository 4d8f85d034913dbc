using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Grpc.Core;

namespace Dendrite.Access;

/// <summary>The body of a call that anybody may make: no message in it is long. For one reader at a time.</summary>
internal sealed class ShortMessages(PipeReader body) : PipeReader
{
    /// <summary>Of health and reflection, which name services and symbols.</summary>
    private const uint MaxBytes = 4 << 10;

    /// <summary>Whether it is compressed, and its length.</summary>
    private const int PrefixBytes = 5;

    /// <inheritdoc />
    /// <exception cref="RpcException">
    /// ResourceExhausted: the next message is longer; Unimplemented: it is compressed.
    /// </exception>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        Check(await body.ReadAsync(cancellationToken));

    /// <inheritdoc />
    /// <exception cref="RpcException">
    /// ResourceExhausted: the next message is longer; Unimplemented: it is compressed.
    /// </exception>
    public override bool TryRead(out ReadResult result)
    {
        var isRead = body.TryRead(out result);
        if (isRead)
            Check(result);
        return isRead;
    }

    public override void AdvanceTo(SequencePosition consumed) => body.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) =>
        body.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);

    /// <summary>What is read begins with a message, since whoever reads takes whole ones.</summary>
    private ReadResult Check(ReadResult result)
    {
        if (result.Buffer.Length < PrefixBytes)
            return result;
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        result.Buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        // What is compressed may be a thousand times as long as its length says.
        var isCompressed = prefix[0] != 0;
        if (!isCompressed && BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]) <= MaxBytes)
            return result;
        body.AdvanceTo(result.Buffer.Start);
        throw new RpcException(
            isCompressed
                ? new(StatusCode.Unimplemented, "A message to health or reflection is not compressed.")
                : new(StatusCode.ResourceExhausted, $"A message to health or reflection has at most {MaxBytes} bytes.")
        );
    }
}
