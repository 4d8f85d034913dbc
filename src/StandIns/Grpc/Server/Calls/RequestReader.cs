using System.Buffers;
using System.IO.Pipelines;
using Grpc.Core;
using Grpc.Core.Wire;

namespace Grpc.AspNetCore.Server;

/// <summary>Takes messages out of the request's pipe; each is parsed where it lies, before the pipe moves on.</summary>
internal sealed class RequestReader(HttpCallContext call) : DeserializationContext
{
    private readonly PipeReader input = call.HttpContext.Request.BodyReader;
    private ReadOnlySequence<byte> payload;

    public override int PayloadLength => (int)payload.Length;

    public override byte[] PayloadAsNewBuffer() => payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => payload;

    /// <summary>The one message of a request that may have no second.</summary>
    public async ValueTask<T> ReadSingleAsync<T>(Func<DeserializationContext, T> deserialize)
        where T : class
    {
        try
        {
            var (message, completed) = await ReadAsync(deserialize, CancellationToken.None);
            if (message is null)
            {
                throw WireError.NoMessage();
            }

            while (!completed)
            {
                var result = await input.ReadAsync();
                completed = result.IsCompleted;
                CheckEmpty(result);
            }

            return message;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            call.Server.Logger.ErrorReadingMessage(error);
            throw;
        }
    }

    /// <summary>The next message if all of it is here; false says nothing about what may come.</summary>
    public bool TryReadNext<T>(Func<DeserializationContext, T> deserialize, out T? message)
        where T : class
    {
        if (!input.TryRead(out var result))
        {
            message = null;
            return false;
        }

        return TryTake(result, deserialize, out message);
    }

    /// <summary>The next message, or null after the last.</summary>
    public async ValueTask<T?> ReadNextAsync<T>(Func<DeserializationContext, T> deserialize, CancellationToken token)
        where T : class
    {
        try
        {
            var (message, _) = await ReadAsync(deserialize, token);
            return message;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            call.Server.Logger.ErrorReadingMessage(error);
            throw;
        }
    }

    /// <summary>Ends a read that waits: it is cancelled, and the pipe stays as it was.</summary>
    public void CancelRead() => input.CancelPendingRead();

    private void CheckEmpty(in ReadResult result)
    {
        if (!result.Buffer.IsEmpty)
        {
            input.AdvanceTo(result.Buffer.End);
            throw WireError.SecondMessage();
        }

        input.AdvanceTo(result.Buffer.End);
    }

    private async ValueTask<(T? Message, bool Completed)> ReadAsync<T>(
        Func<DeserializationContext, T> deserialize,
        CancellationToken token
    )
        where T : class
    {
        while (true)
        {
            var result = await input.ReadAsync(token);
            if (result.IsCanceled)
            {
                input.AdvanceTo(result.Buffer.Start);
                throw new OperationCanceledException("The call has ended.");
            }

            var length = result.Buffer.Length;
            if (TryTake(result, deserialize, out var message))
            {
                return (message, false);
            }

            if (result.IsCompleted)
            {
                return length == 0 ? (null, true) : throw WireError.Truncated();
            }
        }
    }

    /// <summary>Parses the message at the front of what was read, and tells the pipe what is used up.</summary>
    private bool TryTake<T>(in ReadResult result, Func<DeserializationContext, T> deserialize, out T? message)
        where T : class
    {
        message = null;
        var buffer = result.Buffer;
        var consumed = buffer.Start;
        var examined = buffer.End;
        try
        {
            if (buffer.Length < MessagePrefix.Size)
            {
                return false;
            }

            var prefix = MessagePrefix.Read(buffer);
            if (prefix.Length > (uint)(call.Settings.MaxReceiveMessageSize ?? int.MaxValue))
            {
                throw WireError.ReceivedTooLarge();
            }

            if (buffer.Length < MessagePrefix.Size + prefix.Length)
            {
                return false;
            }

            var body = buffer.Slice(MessagePrefix.Size, prefix.Length);
            message = prefix.Compressed ? Decompress(body, deserialize) : Deserialize(body, deserialize);
            consumed = examined = body.End;
            return true;
        }
        finally
        {
            input.AdvanceTo(consumed, examined);
        }
    }

    private T Deserialize<T>(in ReadOnlySequence<byte> body, Func<DeserializationContext, T> deserialize)
    {
        payload = body;
        try
        {
            return deserialize(this);
        }
        finally
        {
            payload = default;
        }
    }

    private T Decompress<T>(in ReadOnlySequence<byte> body, Func<DeserializationContext, T> deserialize)
    {
        var encoding = call.HttpContext.Request.Headers[WireNames.Encoding].ToString();
        using var plain = new PooledBufferWriter();
        try
        {
            var limit = call.Settings.MaxReceiveMessageSize;
            call.Settings.Compression.Decompress(encoding.Length == 0 ? null : encoding, body, limit, plain);
        }
        catch (RpcException error) when (error.Status.DebugException is InvalidDataException damaged)
        {
            // As the official server throws it, and as any other fault of reading comes.
            throw new InvalidDataException(error.Status.Detail, damaged);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unimplemented && !HasStarted)
        {
            // The specification asks that this answer names what would have been understood.
            call.HttpContext.Response.Headers[WireNames.AcceptEncoding] = call.Settings.Compression.AcceptEncoding;
            throw;
        }

        return Deserialize(new ReadOnlySequence<byte>(plain.Written), deserialize);
    }

    private bool HasStarted => call.HttpContext.Response.HasStarted;
}
