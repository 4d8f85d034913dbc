using System.IO.Pipelines;
using System.Security.Cryptography;
using Dendrite.Errors;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.IngestService.Records;

/// <summary>
/// The bytes of a document that comes in messages, as a stream. When the reader is slow the pipe fills, messages are no
/// longer taken, and HTTP/2 slows the client: memory stays bounded.
/// </summary>
internal sealed class LoadStream(IAsyncStreamReader<V1.LoadRecordsRequest> messages, V1.LoadOpen open) : IDisposable
{
    private const int MaxPieceLength = 1 << 20;

    private readonly Pipe pipe = new(new PipeOptions(pauseWriterThreshold: 4 << 20, resumeWriterThreshold: 2 << 20));
    private readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>What is read here is what <see cref="PumpAsync"/> puts in.</summary>
    public Stream Document => pipe.Reader.AsStream();

    /// <summary>SHA-256 of the request, once all of it was taken: a repetition must be equal to it.</summary>
    public byte[] Digest => digest.GetCurrentHash();

    /// <summary>Takes all messages. What is wrong with one is what the reader of the document gets to see.</summary>
    public async Task PumpAsync(CancellationToken cancellationToken)
    {
        digest.AppendData(open.ToByteArray());
        Exception? failure = null;
        try
        {
            while (await messages.MoveNext(cancellationToken))
            {
                var data = PieceOf(messages.Current);
                digest.AppendData(data.Span);
                // The reader has given up: what comes is only counted into the digest.
                await pipe.Writer.WriteAsync(data.Memory, cancellationToken);
            }
        }
        catch (Exception wrong)
        {
            // Handed on, to be thrown where the document is read.
            failure = wrong;
        }

        await pipe.Writer.CompleteAsync(failure);
    }

    public void Dispose() => digest.Dispose();

    private static ByteString PieceOf(V1.LoadRecordsRequest message)
    {
        if (message.MessageCase != V1.LoadRecordsRequest.MessageOneofCase.Data)
        {
            throw new DendriteException(
                ErrorReason.ProtocolViolation,
                $"After open only data may come, and {message.MessageCase} came: send open once."
            );
        }

        return message.Data.Length <= MaxPieceLength
            ? message.Data
            : throw DendriteException.Invalid(
                "data",
                $"has {message.Data.Length} bytes; send pieces of at most {MaxPieceLength}"
            );
    }
}
