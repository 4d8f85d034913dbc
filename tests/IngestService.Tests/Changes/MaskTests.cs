using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;

namespace Dendrite.IngestService.Tests.Changes;

/// <summary>Hidden samples are missing in every form of reading, from the version of the mask on.</summary>
public sealed class MaskTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    /// <summary>Three blocks, 0 to 100, 100 to 200 and 200 to 300.</summary>
    private async Task<StreamLab> RecordAsync()
    {
        var lab = new StreamLab(fixture, await fixture.ForkAsync());
        for (var first = 0; first < 300; first += 100)
        {
            await lab.RecordAsync(first, 100);
        }

        return lab;
    }

    [Fact]
    public async Task Masked_samples_are_a_gap_from_the_mask_on_and_were_there_before()
    {
        var lab = await RecordAsync();
        var version = await lab.MaskAsync(50, 250, "patient asked");

        var read = await fixture.ReadAsync(new() { Stream = lab.Name });

        Assert.Equal(["0-50", "50-250 Masked", "250-300"], Runs(read));
        var gap = read.Select(response => response.Gap).Single(gap => gap is not null);
        Assert.Equal(("patient asked", version, 0), (gap.Note, gap.Version, gap.Channels.Count));
        Assert.All(Chunks(read), AssertMade);
        var before = new V1.SnapshotPoint { Version = version - 1 };
        Assert.Equal(["0-100", "100-200", "200-300"], Runs(await ReadAsync(lab, at: before)));
        await lab.AssertWholeAsync();
    }

    [Theory]
    [InlineData(V1.SampleFormat.PhysicalFloat32)]
    [InlineData(V1.SampleFormat.PhysicalFloat64)]
    [InlineData(V1.SampleFormat.Blocks)]
    public async Task No_form_of_reading_shows_masked_samples(V1.SampleFormat format)
    {
        var lab = await RecordAsync();
        await lab.MaskAsync(50, 150, "artifact");

        var read = await ReadAsync(lab, format);

        Assert.Equal(["0-50", "50-150 Masked", "150-200", "200-300"], Runs(read));
        foreach (var block in read.Select(response => response.Block).OfType<V1.SampleBlock>())
        {
            var samples = new byte[Recording.Channels * block.SampleCount * sizeof(short)];
            SampleBlock.Open(block.Payload.Span).Decode(samples);
            Assert.Equal(Recording.Samples(block.FirstSample, block.SampleCount), samples);
            Assert.Equal(Crc32C.Compute(block.Payload.Span), block.Crc32C);
        }
    }

    [Fact]
    public async Task A_mask_of_some_channels_blanks_these_and_names_them_and_leaves_the_others()
    {
        var lab = await RecordAsync();
        await lab.MaskAsync(20, 80, "loose electrode", "c1");

        var read = await ReadAsync(lab);

        Assert.Equal(["0-20", "20-80 Masked c1", "20-80", "80-100", "100-200", "200-300"], Runs(read));
        var chunk = Chunks(read).Single(chunk => chunk.FirstSample == 20);
        var values = MemoryMarshal.Cast<byte, short>(chunk.Data.Span);
        for (var i = 0; i < 60; i++)
        {
            Assert.Equal(0, values[60 + i]);
            Assert.Equal(Recording.SampleOf(2, 20 + i), values[120 + i]);
        }

        var physical = Chunks(await ReadAsync(lab, V1.SampleFormat.PhysicalFloat32)).Single(c => c.FirstSample == 20);
        Assert.True(float.IsNaN(BinaryPrimitives.ReadSingleLittleEndian(physical.Data.Span[(60 * sizeof(float))..])));
        Assert.False(float.IsNaN(BinaryPrimitives.ReadSingleLittleEndian(physical.Data.Span)));
        Assert.Equal(
            ["0-20", "20-80 Masked c1", "80-100", "100-200", "200-300"],
            Runs(await ReadAsync(lab, channels: "c1"))
        );
        Assert.Equal(["0-100", "100-200", "200-300"], Runs(await ReadAsync(lab, channels: "c0")));
    }

    [Fact]
    public async Task Blocks_of_which_a_channel_is_masked_come_without_it()
    {
        var lab = await RecordAsync();
        await lab.MaskAsync(0, 100, "loose electrode", "c1");
        var blocks = await ReadAsync(lab, V1.SampleFormat.Blocks);
        Assert.Equal(["0-100 Masked c1", "0-100", "100-200", "200-300"], Runs(blocks));
        var samples = new short[Recording.Channels * 100];
        SampleBlock.Open(blocks[2].Block.Payload.Span).Decode(MemoryMarshal.AsBytes(samples.AsSpan()));
        Assert.All(samples[100..200], sample => Assert.Equal(0, sample));
        Assert.Equal(Recording.SampleOf(3, 99), samples[399]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_overview_counts_no_hidden_sample(bool exact)
    {
        var lab = await RecordAsync();
        await lab.MaskAsync(0, 150, "all");
        await lab.MaskAsync(220, 230, "one", "c1");
        var request = new V1.ReadOverviewRequest
        {
            Stream = lab.Name,
            BucketCount = 3,
            Exact = exact,
        };
        using var call = fixture.Query.ReadOverview(request, IngestFixture.Options);
        var channels = new Dictionary<string, V1.ChannelOverview>();
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            if (call.ResponseStream.Current.Channel is { } channel)
            {
                channels[channel.Channel] = channel;
            }
        }

        Assert.Equal([0, 50, 100], channels["c0"].Counts);
        Assert.Equal([0, 50, 90], channels["c1"].Counts);
        Assert.True(double.IsNaN(channels["c0"].Means[0]));
    }

    [Fact]
    public async Task Masks_may_overlap_and_each_sample_is_hidden_once()
    {
        var lab = await RecordAsync();
        await lab.MaskAsync(10, 120, "one");
        await lab.MaskAsync(60, 130, "two");
        await lab.MaskAsync(125, 140, "three", "c0");
        Assert.Equal(
            ["0-10", "10-120 Masked", "120-130 Masked", "130-140 Masked c0", "130-140", "140-200", "200-300"],
            Runs(await ReadAsync(lab))
        );
        Assert.Equal(
            ["60-120 Masked", "120-125 Masked"],
            Runs(await fixture.ReadAsync(new() { Stream = lab.Name, Samples = Range(60, 125) }))
        );
    }

    [Fact]
    public async Task Of_several_groups_only_that_of_the_channels_is_hidden()
    {
        var lab = new StreamLab(fixture, await fixture.ForkAsync());
        var descriptor = Recording.Descriptor(3);
        descriptor.Channels[2].ChannelGroup = 1;
        var (gateway, _) = await Gateway.OpenAsync(fixture, lab.Name, descriptor);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 40, channels: 2));
        var other = Recording.Block(0, 40, channels: 1);
        other.ChannelGroup = 1;
        await gateway.SendAsync(other);
        await gateway.CloseAsync();
        await lab.MaskAsync(10, 20, "group", "c2");
        var read = await ReadAsync(lab);
        Assert.Equal(["0-40", "0-10", "10-20 Masked c2", "20-40"], Runs(read));
        Assert.Equal(1, read.Select(response => response.Gap).Single(gap => gap is not null).ChannelGroup);
        await lab.MaskAsync(30, 40, "all");
        Assert.Equal(2, (await ReadAsync(lab)).Count(response => response.Gap?.Note == "all"));
    }

    [Fact]
    public async Task A_fork_masks_for_itself_and_its_parent_sees_everything()
    {
        var lab = await RecordAsync();
        var fork = await lab.ForkAsync();
        await fork.MaskAsync(0, 300, "not for this study");
        await lab.RecordAsync(300, 10);
        await fork.RecordAsync(300, 20);
        Assert.Equal(["0-100", "100-200", "200-300", "300-310"], Runs(await ReadAsync(lab)));
        Assert.Equal(["0-300 Masked", "300-320"], Runs(await ReadAsync(fork)));
    }

    [Fact]
    public async Task Masked_samples_that_a_gateway_sends_again_are_those_that_are_stored()
    {
        var lab = await RecordAsync();
        await lab.MaskAsync(0, 300, "hidden");
        var (gateway, opened) = await Gateway.OpenAsync(fixture, lab.Name);
        using var __ = gateway;
        Assert.Equal(300, opened.NextSample);
        await gateway.SendAsync(Recording.Block(200, 100));
        await gateway.SendAsync(Recording.Block(300, 10));
        Assert.Equal(310, (await gateway.CloseAsync()).ThroughSample);
        Assert.Equal(["0-300 Masked", "300-310"], Runs(await ReadAsync(lab)));
    }

    [Fact]
    public async Task Masks_are_listed_by_the_page_and_a_repeated_request_makes_no_second_one()
    {
        var lab = await RecordAsync();
        var request = new V1.MaskSamplesRequest
        {
            Stream = lab.Name,
            Range = Range(200, 220),
            Reason = "twice",
            Channels = { "c3", "c0", "c3" },
            RequestId = "11111111-2222-3333-4444-555555555521",
        };
        var first = await fixture.Ingest.MaskSamplesAsync(request, IngestFixture.Options);
        Assert.Equal(first, await fixture.Ingest.MaskSamplesAsync(request, IngestFixture.Options));
        await lab.MaskAsync(100, 110, "before", "c0", "c1", "c2", "c3");
        var list = new V1.ListMasksRequest { Parent = lab.Name, PageSize = 1 };
        var page = await fixture.Query.ListMasksAsync(list, IngestFixture.Options);
        list.PageToken = page.NextPageToken;
        var last = await fixture.Query.ListMasksAsync(list, IngestFixture.Options);

        Assert.Equal(("before", 0), (page.Masks.Single().Reason, page.Masks.Single().Channels.Count));
        Assert.Equal(("twice", first.Version), (last.Masks.Single().Reason, last.Masks.Single().Version));
        Assert.Equal(["c0", "c3"], last.Masks.Single().Channels);
        Assert.Empty(last.NextPageToken);
    }

    [Theory]
    [InlineData(198)]
    [InlineData(199)]
    [InlineData(200)]
    public async Task A_reason_of_any_characters_is_cut_between_them_for_the_commit(int before)
    {
        var lab = await RecordAsync();
        var reason = new string('x', before) + "🧠 and more";
        await lab.MaskAsync(0, 100, reason);
        var masks = await fixture.Query.ListMasksAsync(new() { Parent = lab.Name }, IngestFixture.Options);
        Assert.Equal(reason, masks.Masks.Single().Reason);
    }

    [Fact]
    public async Task A_mask_that_was_tampered_with_is_said()
    {
        var lab = await RecordAsync();
        var version = await lab.MaskAsync(0, 100, "hidden");
        await fixture.CountAsync($"UPDATE signals.mask SET end_sample = 1 WHERE version = {version}");
        Assert.Single((await fixture.VerifyDataAsync(lab.Branch)).OfType<string>());
    }

    [Fact]
    public async Task Of_more_masks_than_a_page_holds_as_merges_bring_them_together_each_hides()
    {
        var lab = await RecordAsync();
        var version = await lab.MaskAsync(250, 260, "the last");
        await fixture.CountAsync(
            $"""
            INSERT INTO signals.mask
            SELECT project_id, timeline_id, stream_id, gen_random_uuid(), version, false, 20, 30, channels, 'one'
            FROM signals.mask, generate_series(1, 10001) AS n WHERE version = {version}
            """
        );

        var read = await ReadAsync(lab);

        string[] runs = ["0-20", "20-30 Masked", "30-100", "100-200", "200-250", "250-260 Masked", "260-300"];
        Assert.Equal(runs, Runs(read));
    }

    private static V1.SampleRange Range(long start, long end) => new() { StartSample = start, EndSample = end };

    private Task<List<V1.ReadSamplesResponse>> ReadAsync(
        StreamLab lab,
        V1.SampleFormat format = V1.SampleFormat.Stored,
        V1.SnapshotPoint? at = null,
        string? channels = null
    ) =>
        fixture.ReadAsync(
            new()
            {
                Stream = lab.Name,
                Format = format,
                At = at,
                Channels = { channels?.Split(',') ?? [] },
            }
        );

    private static IEnumerable<V1.SampleChunk> Chunks(IEnumerable<V1.ReadSamplesResponse> read) =>
        read.Select(response => response.Chunk).Where(chunk => chunk is not null);

    private static void AssertMade(V1.SampleChunk chunk) =>
        Assert.Equal(Recording.Samples(chunk.FirstSample, chunk.SampleCount), chunk.Data.ToByteArray());

    /// <summary>What a read gave, in order: samples, and gaps with their cause and channels.</summary>
    private static IEnumerable<string> Runs(IEnumerable<V1.ReadSamplesResponse> read) =>
        read.Skip(1)
            .Select(response =>
                response.MessageCase switch
                {
                    V1.ReadSamplesResponse.MessageOneofCase.Gap => string.Join(
                        ' ',
                        [
                            $"{response.Gap.Range.StartSample}-{response.Gap.Range.EndSample} {response.Gap.Cause}",
                            .. response.Gap.Channels,
                        ]
                    ),
                    V1.ReadSamplesResponse.MessageOneofCase.Chunk => Run(
                        response.Chunk.FirstSample,
                        response.Chunk.SampleCount
                    ),
                    _ => Run(response.Block.FirstSample, response.Block.SampleCount),
                }
            );

    private static string Run(long first, int count) => $"{first}-{first + count}";
}
