using System.Runtime.CompilerServices;
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
    /// <summary>Attempts in a row without an answer before it is given up: two minutes or so.</summary>
    private const int MaxAttempts = 30;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Up to where each channel group came; empty before the first header.</summary>
    private readonly Dictionary<int, long> ends = [];

    /// <summary>What comes, until the stream is finished.</summary>
    /// <exception cref="RpcException">
    /// It cannot be followed: it is not there or not any more; or the platform does not answer for too long.
    /// </exception>
    public async IAsyncEnumerable<TailResponse> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var call = query.Tail(request, cancellationToken: cancellationToken);
            while (true)
            {
                bool? came;
                try
                {
                    came = await call.ResponseStream.MoveNext(cancellationToken);
                }
                catch (RpcException lost) when (IsPassing(lost) && attempt < MaxAttempts)
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
                attempt = 0;
                Note(call.ResponseStream.Current);
                yield return call.ResponseStream.Current;
            }
            await PauseAsync(attempt, cancellationToken);
            if (ends.Count > 0)
            {
                request.StartSample = ends.Values.Min();
            }
        }
    }

    private static bool IsPassing(RpcException error) => error.StatusCode == StatusCode.Unavailable;

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

    private async Task PauseAsync(int attempt, CancellationToken cancellationToken)
    {
        if (attempt == 0 || (attempt == 1 && ends.Count == 0))
        {
            var place = ends.Count > 0 ? $"at sample {ends.Values.Min()}" : "before a sample came";
            output.Warn($"The connection was lost {place}; trying again.");
        }
        var pause = FirstPause * Math.Pow(2, Math.Min(attempt, 10));
        await Task.Delay(pause < LongestPause ? pause : LongestPause, time, cancellationToken);
    }
}
