using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Append;

/// <summary>What the cases send.</summary>
public sealed partial class BadInputTests
{
    private static V1.AppendRequest Open(string stream) => Open(stream, Recording.Descriptor());

    private static V1.AppendRequest Open(string stream, V1.SignalStream descriptor) =>
        new()
        {
            Open = new()
            {
                Stream = stream,
                Descriptor_ = descriptor,
                CreateIfMissing = true,
            },
        };

    private static V1.AppendRequest Block(Action<V1.SampleBlock> spoil)
    {
        var block = Recording.Block(0, 10);
        spoil(block);
        return new() { Block = block };
    }

    private static Case BadBlock(ErrorReason reason, string says, Action<V1.SampleBlock> spoil) =>
        new(StatusCode.InvalidArgument, reason, says) { Messages = stream => [Open(stream), Block(spoil)] };

    private static Case BadDescriptor(string says, Action<V1.SignalStream> spoil)
    {
        var descriptor = Recording.Descriptor();
        spoil(descriptor);
        return new(StatusCode.InvalidArgument, ErrorReason.InvalidArgument, says)
        {
            Messages = stream => [Open(stream, descriptor)],
        };
    }

    private static Case BadGap(string says, Action<V1.Gap> spoil)
    {
        var gap = new V1.Gap
        {
            Range = new() { EndSample = 10 },
            Cause = V1.GapCause.Declared,
        };
        spoil(gap);
        return new(StatusCode.InvalidArgument, ErrorReason.InvalidArgument, $"gap.{says}")
        {
            Messages = stream => [Open(stream), new() { Gap = gap }],
        };
    }

    private static Case BadAnchor(string says, Action<V1.TimeAnchor> spoil)
    {
        var anchor = new V1.TimeAnchor
        {
            Sample = 1,
            Instant = new() { Seconds = 1_800_000_000 },
        };
        spoil(anchor);
        return new(StatusCode.InvalidArgument, ErrorReason.InvalidArgument, $"time_anchors.anchors[0].{says}")
        {
            Messages = stream => [Open(stream), new() { TimeAnchors = new() { Anchors = { anchor } } }],
        };
    }

    private static V1.AppendRequest Anchors(params (long Sample, long Seconds)[] anchors)
    {
        var message = new V1.AppendTimeAnchors();
        message.Anchors.Add(
            anchors.Select(anchor => new V1.TimeAnchor
            {
                Sample = anchor.Sample,
                Instant = new() { Seconds = anchor.Seconds },
            })
        );
        return new() { TimeAnchors = message };
    }

    private static V1.SignalStream TwoGroups()
    {
        var descriptor = Recording.Descriptor();
        descriptor.Channels[2].ChannelGroup = descriptor.Channels[3].ChannelGroup = 1;
        return descriptor;
    }

    private static Struct Metadata(string value) => new() { Fields = { ["a"] = Value.ForString(value) } };

    private static Case BadAnnotation(StatusCode code, ErrorReason reason, Action<V1.Annotation> spoil)
    {
        var annotation = new V1.Annotation { Text = "blink" };
        spoil(annotation);
        var message = new V1.AppendAnnotations();
        message.Annotations.Add(annotation);
        return new(code, reason, "annotations.annotations[0]")
        {
            Messages = stream => [Open(stream), new() { Annotations = message }],
        };
    }

    private static void Change(V1.SampleBlock block, Action<byte[]> spoil)
    {
        var bytes = block.Payload.ToByteArray();
        spoil(bytes);
        Replace(block, Recording.WithPayload(0, 10, V1.BlockEncoding.DendriteV1, bytes));
    }

    private static void Resize(V1.SampleBlock block, int length) =>
        Replace(block, Recording.WithPayload(0, 10, V1.BlockEncoding.DendriteV1, block.Payload.Span[..length]));

    private static Action<V1.SampleBlock> MakeRaw(int length) =>
        block => Replace(block, Recording.Raw(0, 10, new byte[length]));

    private static void Replace(V1.SampleBlock block, V1.SampleBlock other)
    {
        block.MergeFrom(other);
        block.SampleCount = other.SampleCount;
    }
}
