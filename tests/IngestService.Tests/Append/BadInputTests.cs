using Dendrite.Errors;
using Dendrite.Fixtures.BadInput;
using Dendrite.Signals.Blocks;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Append;

/// <summary>
/// Whatever comes in wrong gets the right status and a message with the remedy; nothing is stored; the service goes
/// on.
/// </summary>
public sealed partial class BadInputTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private sealed record Case(StatusCode Code, ErrorReason Reason, string Says)
    {
        public Func<string, IEnumerable<V1.AppendRequest>> Messages { get; init; } = _ => [];
    }

    private static readonly Dictionary<string, Case> Cases = new()
    {
        ["a block before open"] = new(StatusCode.FailedPrecondition, ErrorReason.ProtocolViolation, "open the stream")
        {
            Messages = _ => [new() { Block = Recording.Block(0, 10) }],
        },
        ["an empty message first"] = new(StatusCode.FailedPrecondition, ErrorReason.ProtocolViolation, "not open")
        {
            Messages = _ => [new()],
        },
        ["a second open"] = new(StatusCode.FailedPrecondition, ErrorReason.ProtocolViolation, "second open")
        {
            Messages = stream => [Open(stream), Open(stream)],
        },
        ["an empty message"] = new(StatusCode.FailedPrecondition, ErrorReason.ProtocolViolation, "empty message")
        {
            Messages = stream => [Open(stream), new()],
        },
        ["a malformed name"] = new(StatusCode.InvalidArgument, ErrorReason.MalformedName, "projects/{project}/branches")
        {
            Messages = _ => [Open("projects/lab/streams/eeg")],
        },
        ["an unknown branch"] = new(StatusCode.NotFound, ErrorReason.BranchNotFound, "nowhere")
        {
            Messages = _ => [Open(IngestFixture.StreamName("nowhere"))],
        },
        ["another project"] = new(StatusCode.PermissionDenied, ErrorReason.PermissionDenied, "does not reach")
        {
            Messages = _ => [Open("projects/other/branches/main/streams/eeg")],
        },
        ["a protected branch"] = new(StatusCode.FailedPrecondition, ErrorReason.BranchProtected, "protected")
        {
            Messages = _ => [Open(IngestFixture.StreamName("main"))],
        },
        ["a stream that is not to be made"] = new(StatusCode.NotFound, ErrorReason.StreamNotFound, "create_if_missing")
        {
            Messages = stream => [new() { Open = new() { Stream = stream } }],
        },
        ["no descriptor"] = new(StatusCode.InvalidArgument, ErrorReason.InvalidArgument, "open.descriptor")
        {
            Messages = stream =>
                [
                    new()
                    {
                        Open = new() { Stream = stream, CreateIfMissing = true },
                    },
                ],
        },
        ["a descriptor without channels"] = BadDescriptor("channels", stream => stream.Channels.Clear()),
        ["a descriptor without a rate"] = BadDescriptor("nominal_rate", stream => stream.NominalRate = null),
        ["a descriptor without a start"] = BadDescriptor("start_time", stream => stream.StartTime = null),
        ["a start beyond what nanoseconds count"] = BadDescriptor(
            "start_time",
            stream => stream.StartTime.Seconds = 253_402_300_799
        ),
        ["a label twice"] = BadDescriptor("channels[1].label", stream => stream.Channels[1].Label = "c0"),
        ["a scale of zero"] = BadDescriptor("channels[0].scale", stream => stream.Channels[0].Scale = 0),
        ["no sample type"] = BadDescriptor("sample_type", stream => stream.Channels[0].SampleType = 0),
        ["a hole between groups"] = BadDescriptor("group 1", stream => stream.Channels[0].ChannelGroup = 2),
        ["two types in a group"] = BadDescriptor(
            "several sample types",
            stream => stream.Channels[0].SampleType = V1.SampleType.Int32
        ),
        ["a bad checksum"] = BadBlock(ErrorReason.ChecksumMismatch, "send it again", block => block.Crc32C ^= 1),
        ["a flipped bit under a true checksum"] = BadBlock(
            ErrorReason.MalformedBlock,
            "CRC-32C",
            block => Change(block, bytes => bytes[^1] ^= 0x40)
        ),
        ["bytes that are no block"] = BadBlock(
            ErrorReason.MalformedBlock,
            "DBLK",
            block => Change(block, bytes => bytes.AsSpan().Clear())
        ),
        ["a truncated block"] = BadBlock(ErrorReason.MalformedBlock, "bytes", block => Resize(block, 20)),
        ["a raw block too short"] = BadBlock(ErrorReason.ChannelCountMismatch, "Send every channel", MakeRaw(79)),
        ["a raw block too long"] = BadBlock(ErrorReason.ChannelCountMismatch, "Send every channel", MakeRaw(81)),
        ["an empty payload"] = BadBlock(ErrorReason.ChannelCountMismatch, "Send every channel", MakeRaw(0)),
        ["a lying sample count"] = BadBlock(ErrorReason.ChannelCountMismatch, "11", block => block.SampleCount = 11),
        ["no samples"] = BadBlock(ErrorReason.InvalidArgument, "sample_count", block => block.SampleCount = 0),
        ["negative samples"] = BadBlock(ErrorReason.InvalidArgument, "sample_count", block => block.SampleCount = -5),
        ["no encoding"] = BadBlock(ErrorReason.InvalidArgument, "encoding", block => block.Encoding = 0),
        ["an unknown encoding"] = BadBlock(
            ErrorReason.InvalidArgument,
            "encoding",
            block => block.Encoding = (V1.BlockEncoding)77
        ),
        ["an unknown group"] = BadBlock(ErrorReason.InvalidArgument, "group", block => block.ChannelGroup = 1),
        ["a negative group"] = BadBlock(ErrorReason.InvalidArgument, "group", block => block.ChannelGroup = -1),
        ["too many bytes"] = BadBlock(
            ErrorReason.InvalidArgument,
            "Send smaller blocks",
            block => MakeRaw((3 << 20) + 8)(block)
        ),
        ["more samples than a block holds"] = new(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            "block.sample_count: 1048577 is more than 1048576. Send smaller blocks"
        )
        {
            Messages = stream =>
                [
                    Open(stream, Recording.Descriptor(channels: 1)),
                    new() { Block = Recording.Raw(0, (1 << 20) + 1, new byte[2 * ((1 << 20) + 1)]) },
                ],
        },
        ["a negative index"] = new(StatusCode.OutOfRange, ErrorReason.SamplesOutOfRange, "counted from 0")
        {
            Messages = stream => [Open(stream), Block(block => block.FirstSample = -1)],
        },
        ["an index beyond all time"] = new(StatusCode.OutOfRange, ErrorReason.SamplesOutOfRange, "counted from 0")
        {
            Messages = stream => [Open(stream), Block(block => block.FirstSample = long.MaxValue)],
        },
        ["a skipped index"] = new(
            StatusCode.FailedPrecondition,
            ErrorReason.BlockOutOfOrder,
            "declare what is missing with a gap"
        )
        {
            Messages = stream => [Open(stream), Block(block => block.FirstSample = 1), new() { Close = new() }],
        },
        ["too few channels"] = BadBlock(
            ErrorReason.ChannelCountMismatch,
            "4 channels",
            block => Replace(block, Recording.Encoded(0, 10, Recording.Samples(0, 10, 3), 3))
        ),
        ["another sample type"] = BadBlock(
            ErrorReason.InvalidArgument,
            "Int32",
            block => Replace(block, Recording.Encoded(0, 10, new byte[160], 4, SampleType.Int32))
        ),
        ["a block that unfolds to too much"] = new(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            "decodes to"
        )
        {
            Messages = stream =>
                [
                    Open(stream, Recording.Descriptor(12)),
                    new() { Block = Recording.Encoded(0, 1 << 20, new byte[24 << 20], 12) },
                ],
        },
        ["a raw block of packed int24 in four bytes"] = new(
            StatusCode.InvalidArgument,
            ErrorReason.ChannelCountMismatch,
            "Int24 are 120 bytes; these are 160"
        )
        {
            Messages = stream => [Open(stream, Recording.Descriptor(4, V1.SampleType.Int24)), Block(MakeRaw(160))],
        },
        ["a group with a lying payload among several"] = new(
            StatusCode.InvalidArgument,
            ErrorReason.ChannelCountMismatch,
            "2 channels"
        )
        {
            Messages = stream => [Open(stream, TwoGroups()), Block(block => block.ChannelGroup = 1)],
        },
        ["metadata of more than 4 KiB"] = BadBlock(
            ErrorReason.InvalidArgument,
            "block.metadata",
            block => block.Metadata = Metadata(new('x', 5_000))
        ),
        ["metadata that JSON cannot hold"] = BadBlock(
            ErrorReason.InvalidArgument,
            "block.metadata",
            block => block.Metadata = Metadata("a\0")
        ),
        ["an anchor without an instant"] = BadAnchor("instant", anchor => anchor.Instant = null),
        ["an anchor beyond what nanoseconds count"] = BadAnchor(
            "instant",
            anchor => anchor.Instant.Seconds = -62_135_596_800
        ),
        ["an anchor before the first sample"] = BadAnchor("sample", anchor => anchor.Sample = -1),
        ["an anchor with a clock that is no number"] = BadAnchor(
            "device_seconds",
            anchor => anchor.DeviceSeconds = double.NaN
        ),
        ["an anchor with an infinite offset"] = BadAnchor(
            "clock_offset_seconds",
            anchor => anchor.ClockOffsetSeconds = double.PositiveInfinity
        ),
        ["an anchor with a negative uncertainty"] = BadAnchor(
            "uncertainty_seconds",
            anchor => anchor.UncertaintySeconds = -1
        ),
        ["anchors that go back"] = new(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            "time_anchors.anchors[1].sample"
        )
        {
            Messages = stream => [Open(stream), Anchors((10, 100), (9, 200))],
        },
        ["times that go back"] = new(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            "time_anchors.anchors[1].instant"
        )
        {
            Messages = stream => [Open(stream), Anchors((10, 200), (20, 199))],
        },
        ["no anchor"] = new(StatusCode.InvalidArgument, ErrorReason.InvalidArgument, "time_anchors.anchors")
        {
            Messages = stream => [Open(stream), Anchors()],
        },
        ["a gap before all time"] = BadGap("range", gap => gap.Range.StartSample = -1),
        ["a gap beyond all time"] = BadGap("range", gap => gap.Range.EndSample = long.MaxValue),
        ["a gap of an unknown group"] = BadGap("channel_group", gap => gap.ChannelGroup = 1),
        ["an empty gap"] = BadGap("range", gap => gap.Range.EndSample = 0),
        ["a gap without a cause"] = BadGap("cause", gap => gap.Cause = 0),
        ["a gap that only a mask can make"] = BadGap("cause", gap => gap.Cause = V1.GapCause.Masked),
        ["an annotation without a text"] = BadAnnotation(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            annotation => annotation.Text = ""
        ),
        ["an annotation with a bad id"] = BadAnnotation(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            annotation => annotation.AnnotationId = "seven"
        ),
        ["an annotation whose onset nanoseconds do not count"] = BadAnnotation(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            annotation => annotation.Onset = new() { Seconds = -9_223_372_037 }
        ),
        ["an annotation that lasts longer than nanoseconds count"] = BadAnnotation(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            annotation => annotation.Duration = new() { Seconds = 315_576_000_000 }
        ),
        ["an annotation of no channel"] = BadAnnotation(
            StatusCode.NotFound,
            ErrorReason.ChannelNotFound,
            annotation => annotation.Channels.Add("c99")
        ),
    };

    public static TheoryData<string> CaseNames => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(CaseNames))]
    [BadInputOf("Append")]
    public async Task It_is_refused_and_nothing_is_stored(string name)
    {
        var wrong = Cases[name];
        var branch = await fixture.ForkAsync();
        var rows = await fixture.CountRowsAsync();
        using var gateway = Gateway.Connect(fixture);
        foreach (var message in wrong.Messages(IngestFixture.StreamName(branch)))
        {
            await SendAsync(gateway, message);
        }

        var (code, reason, said) = await gateway.HearFailureAsync();
        Assert.Equal((wrong.Code, wrong.Reason), (code, reason));
        Assert.Contains(wrong.Says, said, StringComparison.Ordinal);
        Assert.Equal(rows, await fixture.CountRowsAsync());

        var (next, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch, "after"));
        using var __ = next;
        await next.SendAsync(Recording.Block(0, 10));
        Assert.Equal(10, (await next.CloseAsync()).ThroughSample);
    }

    [Fact]
    public async Task A_message_over_the_limit_ends_its_call_and_no_other()
    {
        var branch = await fixture.ForkAsync();
        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var _1 = gateway;
        var (other, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch, "other"));
        using var _2 = other;
        await SendAsync(gateway, new V1.AppendRequest { Block = Recording.Raw(0, 10, new byte[9 << 20]) });
        Assert.Equal(StatusCode.ResourceExhausted, (await gateway.HearFailureAsync()).Code);
        await other.SendAsync(Recording.Block(0, 10));
        Assert.Equal(10, (await other.CloseAsync()).ThroughSample);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    [InlineData("Bearer dk_tests_00000000000000000000000000000000")]
    public async Task A_call_without_a_good_key_is_refused(string? authorization)
    {
        var headers = new Metadata();
        if (authorization is not null)
        {
            headers.Add("authorization", authorization);
        }

        var request = new V1.ListStreamsRequest { Parent = "projects/lab/branches/main" };
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Query.ListStreamsAsync(request, headers)
        );
        Assert.Equal(StatusCode.Unauthenticated, failure.StatusCode);
    }

    /// <summary>
    /// The service may have ended the call over an earlier message: then sending fails, and the status says why.
    /// </summary>
    private static async Task SendAsync(Gateway gateway, V1.AppendRequest message)
    {
        try
        {
            await gateway.SendAsync(message);
        }
        catch (Exception ended) when (ended is RpcException or InvalidOperationException or IOException) { }
    }
}
