using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Signals.Blocks;
using Grpc.Core;

namespace Dendrite.Client.Tests;

/// <summary>
/// An Ingest service that keeps one stream in memory and fails as it is told to. It holds on to the protocol: what it
/// stored it stored once, in order, and it answers an open with where it stands.
/// </summary>
internal sealed class FakeIngest : V1.IngestService.IngestServiceBase
{
    private readonly Lock gate = new();
    private long[] groupEnds = new long[1];
    private int takenBlockBytes;

    /// <summary>
    /// Asked before each message is taken; a failure ends the call. Arguments: number of the call, message.
    /// </summary>
    public Func<int, V1.AppendRequest, DendriteException?> Fault { get; set; } = (_, _) => null;

    /// <summary>Whether what was stored is acknowledged.</summary>
    public Func<bool> Acknowledges { get; set; } = () => true;

    /// <summary>Awaited before a block is taken; holds up the call.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Whether a call hears anything after its close.</summary>
    public Func<int, bool> AnswersClose { get; set; } = _ => true;

    /// <summary>Under which epoch a writer takes the stream over.</summary>
    public long Epoch { get; set; } = 7;

    /// <summary>Whether the last word of a call is lost after everything was done.</summary>
    public Func<int, bool> LosesLastWord { get; set; } = _ => false;

    public long MaxBytesInFlight { get; set; } = 1 << 20;

    /// <summary>The largest payload that is taken, by calls that are opened from now on.</summary>
    public int MaxBlockBytes { get; set; } = 1 << 20;

    /// <summary>After how long without a message the service says that it ends a call.</summary>
    public TimeSpan IdleTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>What an acknowledgement says in place of where the stream stands; damage on the way.</summary>
    public Func<long, long> Misread { get; set; } = through => through;

    public List<V1.AppendOpen> Opens { get; } = [];

    /// <summary>The samples of the stream, planar by block, in the order of their storing.</summary>
    public List<V1.SampleBlock> Blocks { get; } = [];

    public List<V1.Gap> Gaps { get; } = [];

    public List<V1.Annotation> Annotations { get; } = [];

    public bool Finished { get; private set; }

    /// <summary>Calls that ended with a close.</summary>
    public int Closes { get; private set; }

    /// <summary>Where the stream stands, in all channel groups.</summary>
    public long End
    {
        get => groupEnds.Min();
        set => Array.Fill(groupEnds, value);
    }

    public override async Task Append(
        IAsyncStreamReader<V1.AppendRequest> requestStream,
        IServerStreamWriter<V1.AppendResponse> responseStream,
        ServerCallContext context
    )
    {
        var call = 0;
        var messages = 0;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            var request = requestStream.Current;
            if (request.Open is { } open)
            {
                call = Remember(open);
            }

            if (Fault(call, request) is { } failure)
            {
                throw ErrorStatus.ToRpcException(failure);
            }

            await (request.Block is null ? Task.CompletedTask : Gate.WaitAsync(context.CancellationToken));
            if (request.Close is not null && !AnswersClose(call))
            {
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
            }

            var before = End;
            if (request.Close is { Finish: true } && Acknowledges())
            {
                // Finishing is durable like any other message, and counted like one.
                await responseStream.WriteAsync(
                    new()
                    {
                        Acked = new()
                        {
                            ThroughSample = End,
                            PreviousThroughSample = End,
                            DurableMessages = messages + 1,
                        },
                    }
                );
            }

            if (Take(request, call) is { } answer)
            {
                await responseStream.WriteAsync(answer);
            }
            else if (++messages > 0 && Acknowledges())
            {
                await responseStream.WriteAsync(
                    new()
                    {
                        Acked = new()
                        {
                            ThroughSample = Misread(End),
                            PreviousThroughSample = before,
                            DurableMessages = messages,
                            Version = 100 + messages,
                        },
                    }
                );
            }
        }
    }

    private int Remember(V1.AppendOpen open)
    {
        lock (gate)
        {
            Opens.Add(open);
            return Opens.Count;
        }
    }

    private V1.AppendResponse? Take(V1.AppendRequest request, int call)
    {
        lock (gate)
        {
            switch (request.MessageCase)
            {
                case V1.AppendRequest.MessageOneofCase.Open:
                    return new() { Opened = Open(request.Open) };
                case V1.AppendRequest.MessageOneofCase.Close
                    when request.Close.HasEndSample && request.Close.EndSample != End:
                    throw ErrorStatus.ToRpcException(new(ErrorReason.SamplesOutOfRange, $"the stream ends at {End}"));
                case V1.AppendRequest.MessageOneofCase.Close:
                    Closes++;
                    Finished |= request.Close.Finish;
                    return LosesLastWord(call)
                        ? throw new RpcException(new(StatusCode.Unavailable, "lost"))
                        : new()
                        {
                            Closed = new() { ThroughSample = End, Finished = Finished },
                        };
                case V1.AppendRequest.MessageOneofCase.Block when request.Block.Payload.Length > takenBlockBytes:
                    throw ErrorStatus.ToRpcException(DendriteException.Invalid("block.payload", "is too large"));
                case V1.AppendRequest.MessageOneofCase.Block when request.Block.FirstSample == EndOf(request.Block):
                    Assert.Equal(Crc32C.Compute(request.Block.Payload.Span), request.Block.Crc32C);
                    Blocks.Add(request.Block);
                    groupEnds[request.Block.ChannelGroup] += request.Block.SampleCount;
                    return null;
                case V1.AppendRequest.MessageOneofCase.Gap when request.Gap.Range.StartSample == End:
                    Gaps.Add(request.Gap);
                    End = request.Gap.Range.EndSample;
                    return null;
                case V1.AppendRequest.MessageOneofCase.Annotations:
                    Annotations.AddRange(request.Annotations.Annotations);
                    return null;
                case V1.AppendRequest.MessageOneofCase.Block when request.Block.FirstSample > EndOf(request.Block):
                case V1.AppendRequest.MessageOneofCase.Gap when request.Gap.Range.StartSample > End:
                    throw ErrorStatus.ToRpcException(new(ErrorReason.BlockOutOfOrder, $"a hole at {End}"));
                default:
                    return null;
            }
        }
    }

    private V1.AppendOpened Open(V1.AppendOpen open)
    {
        if (Finished)
        {
            throw ErrorStatus.ToRpcException(
                new(ErrorReason.StreamFinished, "finished")
                {
                    Metadata = new Dictionary<string, string> { ["end_sample"] = End.ToString() },
                }
            );
        }

        var groupCount = open.Descriptor_.Channels.Max(channel => channel.ChannelGroup) + 1;
        groupEnds = [.. groupEnds, .. Enumerable.Repeat(End, groupCount - groupEnds.Length)];
        takenBlockBytes = MaxBlockBytes;
        var opened = new V1.AppendOpened
        {
            NextSample = End,
            Epoch = open.EpochPolicy == V1.EpochPolicy.SameEpoch ? open.Epoch : Epoch,
            MaxBytesInFlight = MaxBytesInFlight,
            MaxBlockBytes = MaxBlockBytes,
            IdleTimeout = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(IdleTimeout),
        };
        opened.Groups.AddRange(
            groupEnds
                .Index()
                .Where(group => group.Item > End)
                .Select(group => new V1.ChannelGroupProgress { ChannelGroup = group.Index, NextSample = group.Item })
        );
        return opened;
    }

    private long EndOf(V1.SampleBlock block) => groupEnds[block.ChannelGroup];
}
