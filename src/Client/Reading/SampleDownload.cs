using System.Runtime.CompilerServices;
using Dendrite.Client.Connection;
using Dendrite.Errors;
using Dendrite.Signals.Blocks;
using Grpc.Core;
using Polly;

namespace Dendrite.Client.Reading;

/// <summary>Reads samples and checks each chunk's checksum.</summary>
internal static class SampleDownload
{
    /// <summary>
    /// The messages of the read. A call that fails before its first message is tried again; later it is reported.
    /// </summary>
    /// <exception cref="DendriteException">What the service refused; ChecksumMismatch for a chunk damaged on the
    /// way.</exception>
    public static async IAsyncEnumerable<V1.ReadSamplesResponse> ReadAsync(
        DendriteConnection connection,
        V1.ReadSamplesRequest request,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (options, time) = (connection.Options.Retry, connection.Options.Time);
        var start = time.GetTimestamp();
        var retry = RetryRules.BuildPipeline(options, time, () => time.GetElapsedTime(start) < options.GiveUpAfter);
        using var call = await BeginAsync(connection, request, retry, cancellation);
        do
        {
            var response = call.ResponseStream.Current;
            if (response.Chunk is { } chunk && Crc32C.Compute(chunk.Data.Span) != chunk.Crc32C)
            {
                throw new DendriteException(
                    ErrorReason.ChecksumMismatch,
                    $"The chunk at sample {chunk.FirstSample} was damaged on the way; read it again."
                );
            }

            yield return response;
        } while (await MoveNextAsync(call, cancellation));
    }

    private static async Task<AsyncServerStreamingCall<V1.ReadSamplesResponse>> BeginAsync(
        DendriteConnection connection,
        V1.ReadSamplesRequest request,
        ResiliencePipeline retry,
        CancellationToken cancellation
    )
    {
        try
        {
            return await retry.ExecuteAsync(
                async token =>
                {
                    var call = connection.Query.ReadSamples(request, connection.CallOptions(cancellation));
                    try
                    {
                        await call.ResponseStream.MoveNext(token);
                        return call;
                    }
                    catch
                    {
                        call.Dispose();
                        throw;
                    }
                },
                cancellation
            );
        }
        catch (Exception failure)
        {
            throw RetryRules.Explain(failure);
        }
    }

    private static async Task<bool> MoveNextAsync(
        AsyncServerStreamingCall<V1.ReadSamplesResponse> call,
        CancellationToken cancellation
    )
    {
        try
        {
            return await call.ResponseStream.MoveNext(cancellation);
        }
        catch (RpcException failure)
        {
            throw RetryRules.Explain(failure);
        }
    }
}
