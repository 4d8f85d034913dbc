using Dendrite.Fixtures.BadInput;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.IngestService.Tests.Append;

/// <summary>Bad streams and batches: the status, the field at fault, and no stream and no sample stored.</summary>
public sealed class StreamRefusalTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static readonly string Long = new('x', 1_001);

    public static TheoryData<Refusal, Action<V1.CreateStreamRequest>> Creates =>
        new()
        {
            { Invalid("parent"), create => create.Parent = "" },
            { Invalid("parent"), create => create.Parent += "'; DROP TABLE signals.stream; --" },
            { Of(StatusCode.PermissionDenied), create => create.Parent = "projects/other/branches/main" },
            { Of(StatusCode.NotFound), create => create.Parent += "-gone" },
            { Of(StatusCode.FailedPrecondition), create => create.Parent = "projects/lab/branches/main" },
            { Invalid("stream_id"), create => create.StreamId = "" },
            { Invalid("stream_id"), create => create.StreamId = "../eeg" },
            { Invalid("stream_id"), create => create.StreamId = "EEG\0" },
            { Invalid("stream_id"), create => create.StreamId = new string('x', 64) },
            { Invalid("request_id"), create => create.RequestId = "1; SELECT 1" },
            { Invalid("stream"), create => create.Stream = null },
            { Of(StatusCode.ResourceExhausted), create => create.Stream.Labels["site"] = new string('x', 10_000_000) },
        };

    /// <summary>The same wherever a stream is described.</summary>
    public static TheoryData<string, Action<V1.SignalStream>> Descriptors =>
        new()
        {
            { "display_name", stream => stream.DisplayName = new string('x', 201) },
            { "display_name", stream => stream.DisplayName = "nul \0" },
            { "start_time", stream => stream.StartTime = null },
            { "start_time", stream => stream.StartTime = new() { Seconds = long.MaxValue } },
            { "start_time", stream => stream.StartTime = new() { Nanos = -1 } },
            { "nominal_rate", stream => stream.NominalRate = null },
            { "nominal_rate", stream => stream.NominalRate = new() { Samples = 1_000_000_001, Seconds = 1 } },
            { "nominal_rate", stream => stream.NominalRate = new() { Samples = long.MaxValue, Seconds = 2 } },
            { "nominal_rate.samples", stream => stream.NominalRate.Samples = -1 },
            { "nominal_rate.seconds", stream => stream.NominalRate.Seconds = 0 },
            { "expected_sample_count", stream => stream.ExpectedSampleCount = -1 },
            { "labels", stream => stream.Labels["Not An Id"] = "" },
            { "labels.site", stream => stream.Labels["site"] = new string('x', 257) },
            { "labels.site", stream => stream.Labels["site"] = "\u001b[2J" },
            { "metadata", stream => stream.Metadata = Json(Value.ForString("a\0")) },
            { "metadata", stream => stream.Metadata = Json(Value.ForNumber(double.NaN)) },
            { "metadata", stream => stream.Metadata = Json(new Value()) },
            { "metadata", stream => stream.Metadata = Json(Value.ForString(new string('x', 300_000))) },
            { "device.model", stream => stream.Device = new() { Model = "a\0" } },
            { "device.serial_number", stream => stream.Device = new() { SerialNumber = Long } },
            { "channels", stream => stream.Channels.Clear() },
            { "channels[0].label", stream => stream.Channels[0].Label = "" },
            { "channels[0].label", stream => stream.Channels[0].Label = "c\0" },
            { "channels[0].label", stream => stream.Channels[0].Label = new string('x', 81) },
            { "channels[1].label", stream => stream.Channels[1].Label = "c0" },
            { "channels[0].unit", stream => stream.Channels[0].Unit = "u\0" },
            { "channels[0].unit", stream => stream.Channels[0].Unit = Long },
            { "channels[0].transducer", stream => stream.Channels[0].Transducer = "\u0007" },
            { "channels[0].prefilter", stream => stream.Channels[0].Prefilter = Long },
            { "channels[0].modality", stream => stream.Channels[0].Modality = "\0" },
            { "channels[0].location", stream => stream.Channels[0].Location = "\0" },
            { "channels[0].scale", stream => stream.Channels[0].Scale = double.PositiveInfinity },
            { "channels[0].scale", stream => Limit(stream.Channels[0], -100, 100) },
            { "channels[0].scale", stream => Limit(stream.Channels[0], 51, -49) },
            { "channels[0].scale", stream => Limit(stream.Channels[0], 1, 1) },
            { "channels[0].offset", stream => stream.Channels[0].Offset = double.NaN },
            { "channels[0].physical_minimum", stream => stream.Channels[0].PhysicalMinimum = double.NaN },
            { "channels[0].sample_type", stream => stream.Channels[0].SampleType = (V1.SampleType)99 },
            { "channels[0].channel_group", stream => stream.Channels[0].ChannelGroup = -1 },
            { "channels[0].labels", stream => stream.Channels[0].Labels["a\0"] = "" },
            { "channels", stream => stream.Channels[0].ChannelGroup = int.MaxValue },
        };

    public static TheoryData<Refusal, Action<V1.AppendBatchRequest>> Batches =>
        new()
        {
            { Invalid("open"), batch => batch.Open = null },
            { Invalid("open.stream"), batch => batch.Open.Stream = "eeg" },
            { Invalid("open.stream"), batch => batch.Open.Stream += "'; --" },
            { Of(StatusCode.PermissionDenied), batch => batch.Open.Stream = "projects/other/branches/b/streams/s" },
            { Of(StatusCode.NotFound), batch => batch.Open.CreateIfMissing = false },
            { Invalid("open.descriptor"), batch => batch.Open.Descriptor_ = null },
            { Invalid("open.writer"), batch => batch.Open.Writer = "a\0" },
            { Invalid("open.writer"), batch => batch.Open.Writer = Long },
            { Invalid("open.commit_message"), batch => batch.Open.CommitMessage = Long },
            { Invalid("open.commit_message"), batch => batch.Open.CommitMessage = "\0" },
            { Invalid("open.epoch_policy"), batch => batch.Open.EpochPolicy = (V1.EpochPolicy)99 },
            { Invalid("open.epoch"), batch => batch.Open.EpochPolicy = V1.EpochPolicy.SameEpoch },
            { Invalid("request_id"), batch => batch.RequestId = "x" },
            { Invalid("blocks[0].sample_count"), batch => batch.Blocks[0].SampleCount = -1 },
            { Invalid("blocks[0].encoding"), batch => batch.Blocks[0].Encoding = (V1.BlockEncoding)99 },
            { Invalid("blocks[0].channel_group"), batch => batch.Blocks[0].ChannelGroup = 1 },
            { Of(StatusCode.InvalidArgument), batch => batch.Blocks[0].Crc32C ^= 1 },
            { Of(StatusCode.OutOfRange), batch => batch.Blocks[0].FirstSample = -1 },
            { Of(StatusCode.FailedPrecondition), batch => batch.Blocks[0].FirstSample = 7 },
            { Invalid("gaps[0].range"), batch => batch.Gaps.Add(new V1.Gap()) },
            { Invalid("gaps[0].range"), GapsWithoutEnd },
            { Invalid("gaps[0].note"), batch => batch.Gaps.Add(Gap("a\0")) },
            { Invalid("gaps"), batch => batch.Gaps.Add(Enumerable.Repeat(Gap(""), 1_001)) },
            { Invalid("anchors[0].instant"), batch => batch.Anchors.Add(new V1.TimeAnchor()) },
            { Invalid("anchors[0].sample"), batch => batch.Anchors.Add(new V1.TimeAnchor { Sample = -1 }) },
            {
                Invalid("anchors[0].sample"),
                batch => batch.Anchors.Add(new V1.TimeAnchor { Sample = long.MaxValue, Instant = new() })
            },
            { Invalid("anchors"), batch => batch.Anchors.Add(Enumerable.Repeat(new V1.TimeAnchor(), 1_001)) },
            { Invalid("annotations[0].text"), batch => batch.Annotations.Add(Note("")) },
            { Invalid("annotations[0].text"), batch => batch.Annotations.Add(Note("a\0")) },
            { Invalid("annotations[0].text"), batch => batch.Annotations.Add(Note(new string('x', 4_001))) },
            {
                Invalid("annotations[0].category"),
                batch => batch.Annotations.Add(Note("a", note => note.Category = "\0"))
            },
            {
                Invalid("annotations[0].metadata"),
                batch => batch.Annotations.Add(Note("a", note => note.Metadata = Json(Value.ForString("\0"))))
            },
            {
                Invalid("annotations[0].duration"),
                batch => batch.Annotations.Add(Note("a", note => note.Duration = new() { Seconds = -1 }))
            },
            {
                Invalid("annotations[0].annotation_id"),
                batch => batch.Annotations.Add(Note("a", note => note.AnnotationId = "'; --"))
            },
            {
                new(StatusCode.NotFound, "annotations[0].channels", null),
                batch => batch.Annotations.Add(Note("a", note => note.Channels.Add("c99")))
            },
            { Invalid("annotations"), batch => batch.Annotations.Add(Enumerable.Repeat(Note("a"), 1_001)) },
            { Of(StatusCode.ResourceExhausted), batch => batch.Open.CommitMessage = new string('x', 10_000_000) },
        };

    [Theory]
    [MemberData(nameof(Creates))]
    [BadInputOf("CreateStream")]
    public async Task A_bad_stream_is_not_made(Refusal refusal, Action<V1.CreateStreamRequest> spoil)
    {
        var request = await CreateRequestAsync();
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Ingest.CreateStreamAsync(request, IngestFixture.Options));
    }

    [Theory]
    [MemberData(nameof(Descriptors))]
    public async Task A_stream_with_a_bad_field_is_not_made(string field, Action<V1.SignalStream> spoil)
    {
        var request = await CreateRequestAsync();
        spoil(request.Stream);
        await RefusesAsync(
            Invalid($"stream.{field}"),
            () => fixture.Ingest.CreateStreamAsync(request, IngestFixture.Options)
        );
        var batch = new V1.AppendBatchRequest { Open = await OpenAsync() };
        spoil(batch.Open.Descriptor_);
        await RefusesAsync(
            Invalid($"open.descriptor.{field}"),
            () => fixture.Ingest.AppendBatchAsync(batch, IngestFixture.Options)
        );
    }

    [Theory]
    [MemberData(nameof(Batches))]
    [BadInputOf("AppendBatch")]
    public async Task A_bad_batch_stores_nothing_and_makes_no_stream(
        Refusal refusal,
        Action<V1.AppendBatchRequest> spoil
    )
    {
        var request = new V1.AppendBatchRequest { Open = await OpenAsync(), Blocks = { Recording.Block(0, 10) } };
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Ingest.AppendBatchAsync(request, IngestFixture.Options));
    }

    [Theory]
    [InlineData(0.5, -49, 51)]
    [InlineData(0.50004, -49, 51)]
    [InlineData(-0.5, 51, -49)]
    [InlineData(0.5, -999_999_999_949, -999_999_999_849)]
    public async Task A_stream_whose_limits_are_on_the_line_of_its_scale_is_made(double scale, double from, double to)
    {
        var request = await CreateRequestAsync();
        var channel = request.Stream.Channels[0];
        Limit(channel, from, to);
        (channel.Scale, channel.Offset) = (scale, (from + to) / 2);

        var made = (await fixture.Ingest.CreateStreamAsync(request, IngestFixture.Options)).Stream;

        Assert.Equal(request.Stream.Channels[0].PhysicalMaximum, made.Channels[0].PhysicalMaximum);
    }

    private async Task RefusesAsync<T>(Refusal refusal, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(refusal, await fixture.RefusalOfAsync(call));

    private async Task<V1.CreateStreamRequest> CreateRequestAsync() =>
        new()
        {
            Parent = $"projects/lab/branches/{await fixture.ForkAsync()}",
            StreamId = "eeg",
            Stream = Recording.Descriptor(),
        };

    private async Task<V1.AppendOpen> OpenAsync() =>
        new()
        {
            Stream = IngestFixture.StreamName(await fixture.ForkAsync()),
            Descriptor_ = Recording.Descriptor(),
            CreateIfMissing = true,
        };

    private static Struct Json(Value value) => new() { Fields = { ["a"] = value } };

    private static V1.Gap Gap(string note) =>
        new()
        {
            Range = new() { StartSample = 10, EndSample = 20 },
            Cause = V1.GapCause.Declared,
            Note = note,
        };

    /// <summary>Says what the stored values -100 and 100 mean, which by scale and offset are -49 and 51.</summary>
    private static void Limit(V1.SignalChannel channel, double from, double to)
    {
        (channel.DigitalMinimum, channel.DigitalMaximum) = (-100, 100);
        (channel.PhysicalMinimum, channel.PhysicalMaximum) = (from, to);
    }

    /// <summary>Of two groups: what is missing in both does not fit 63 bits.</summary>
    private static void GapsWithoutEnd(V1.AppendBatchRequest batch)
    {
        batch.Blocks.Clear();
        for (var group = 0; group < 2; group++)
        {
            batch.Open.Descriptor_.Channels[group + 1].ChannelGroup = group;
            var gap = Gap("");
            gap.Range = new() { EndSample = 1L << 62 };
            gap.ChannelGroup = group;
            batch.Gaps.Add(gap);
        }
    }

    private static V1.Annotation Note(string text, Action<V1.Annotation>? spoil = null)
    {
        var annotation = new V1.Annotation { Text = text };
        spoil?.Invoke(annotation);
        return annotation;
    }
}
