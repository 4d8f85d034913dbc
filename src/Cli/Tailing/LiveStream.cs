using System.Runtime.CompilerServices;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Tailing;

/// <summary>
/// A tail that goes on after a lost connection, from the sample after the last that came; from now where none came.
/// </summary>
internal sealed class LiveStream(
    QueryService.QueryServiceClient query,
    TailRequest request,
    CliOutput output,
    TimeProvider time
)
{
    private readonly Reconnecting connection = new(output, time);

    /// <summary>Up to where each channel group came; empty before the first header.</summary>
    private readonly Dictionary<int, long> ends = [];

    /// <summary>What comes, until the stream is finished.</summary>
    /// <exception cref="RpcException">
    /// It cannot be followed: it is not there or not any more; or the platform does not answer for too long.
    /// </exception>
    public async IAsyncEnumerable<TailResponse> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            using var call = query.Tail(request, cancellationToken: cancellationToken);
            while (true)
            {
                bool? came;
                try
                {
                    came = await call.ResponseStream.MoveNext(cancellationToken);
                }
                catch (RpcException lost) when (connection.MayHelp(lost, cancellationToken))
                {
                    came = null;
                }
                if (came == false)
                {
                    yield break;
                }
                if (came is null)
                {
                    break;
                }
                connection.Answered();
                Note(call.ResponseStream.Current);
                yield return call.ResponseStream.Current;
            }
            var place = ends.Count > 0 ? $"at sample {ends.Values.Min()}" : "before a sample came";
            await connection.PauseAsync(place, cancellationToken);
            if (ends.Count > 0)
            {
                request.StartSample = ends.Values.Min();
            }
        }
    }

    private void Note(TailResponse message)
    {
        switch (message.MessageCase)
        {
            case TailResponse.MessageOneofCase.Header:
                foreach (var group in message.Header.Channels.Select(channel => channel.ChannelGroup))
                {
                    ends[group] = message.Header.Range.StartSample;
                }
                break;
            case TailResponse.MessageOneofCase.Chunk:
                ends[message.Chunk.ChannelGroup] = message.Chunk.FirstSample + message.Chunk.SampleCount;
                break;
            case TailResponse.MessageOneofCase.Gap when message.Gap.Channels.Count == 0:
                Pass(message.Gap.Range, message.Gap.HasChannelGroup ? message.Gap.ChannelGroup : null);
                break;
            case TailResponse.MessageOneofCase.Skipped:
                Pass(message.Skipped, null);
                break;
            default:
                break;
        }
    }

    private void Pass(SampleRange range, int? group)
    {
        foreach (var passed in ends.Keys.Where(one => group is null || one == group).ToArray())
        {
            ends[passed] = Math.Max(ends[passed], range.EndSample);
        }
    }
}
