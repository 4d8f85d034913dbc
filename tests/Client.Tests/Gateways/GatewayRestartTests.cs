using System.Text.Json;
using Dendrite.Client.Gateways;
using Dendrite.Client.Spools;
using Dendrite.Errors;
using Google.Protobuf;

namespace Dendrite.Client.Tests.Gateways;

public sealed class GatewayRestartTests : IDisposable
{
    private readonly TestDevice device = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => device.Dispose();

    [Fact]
    public async Task What_was_spooled_while_the_platform_was_away_is_sent_by_the_next_process_in_order()
    {
        await using (var nowhere = TestDevice.Nowhere())
        {
            for (var end = 1_000; end <= 3_000; end += 1_000)
            {
                await using var gateway = nowhere.OpenGateway(device.Options);
                Assert.Equal(end - 1_000, gateway.NextSample);
                await TestDevice.WriteAsync(gateway, end);
                await Eventually.HoldsAsync(() => device.Events.Any(happened => happened is Spooling), "spooling");
            }
        }

        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.End = 50;
        await using var last = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(last, 4_000);
        await last.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 4_050, origin: 50);
        await last.DisposeAsync();
        var kinds = device.Events.Select(happened => happened.GetType()).ToArray();
        Assert.Contains(typeof(Spooling), kinds);
        Assert.Equal(
            [typeof(SpoolRecovered), typeof(Connected), typeof(Draining), typeof(Drained)],
            kinds.Where(kind => kind != typeof(BlockSizeChanged)).TakeLast(4)
        );
    }

    [Fact]
    public async Task What_was_spooled_in_larger_blocks_than_the_platform_takes_is_cut_and_later_blocks_fit()
    {
        await using (var nowhere = TestDevice.Nowhere())
        {
            await using var gateway = nowhere.OpenGateway(device.Options);
            await TestDevice.WriteAsync(gateway, 2_000);
        }

        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.MaxBlockBytes = 150;
        await using var next = platform.Connection.OpenGateway(device.Options);
        await Eventually.HoldsAsync(() => next.Progress.DurableSample == 2_000, "cut and durable");
        Assert.InRange(next.Progress.BlockBytes, 1, 150);
        // Another replica takes even less.
        platform.Ingest.MaxBlockBytes = 100;
        platform.Ingest.Fault = (call, _) => call == 1 ? new(ErrorReason.Unavailable, "away") : null;
        await TestDevice.WriteAsync(next, 4_000);
        await next.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 4_000);
        Assert.Empty(platform.Ingest.Gaps);
        Assert.InRange(next.Progress.BlockBytes, 1, 100);
    }

    [Fact]
    public async Task A_sample_that_is_larger_than_the_platform_takes_is_declared_as_a_gap()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.MaxBlockBytes = 20;
        platform.Ingest.End = 1_000;
        // Sent again, it is told and counted as it was.
        platform.Ingest.Fault = (call, request) =>
            call < 4 && request.Gap is not null ? new(ErrorReason.Unavailable, "away") : null;
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        await TestDevice.WriteAsync(gateway, 500);
        await gateway.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 1_500, 1_000);
        Assert.Empty(platform.Ingest.Blocks);
        Assert.Equal(500, gateway.Progress.LostSamples);
        await gateway.DisposeAsync();
        var gaps = device.Events.OfType<GapDeclared>().ToArray();
        Assert.All(gaps, gap => Assert.Contains("larger", gap.Note));
        Assert.Equal((0, 500), (gaps[0].FirstSample, gaps.Sum(gap => gap.SampleCount)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_a_kill_leaves_on_disk_at_any_moment_is_enough_to_go_on(int seed)
    {
        var random = new Random(seed);
        await using var platform = await FakePlatform.StartAsync();
        var (taken, isCut) = (0, false);
        platform.Ingest.Fault = (_, request) =>
            isCut || (request.Block is not null && ++taken % 7 == 0) ? new(ErrorReason.Unavailable, "away") : null;
        string copy;
        await using (var first = platform.Connection.OpenGateway(device.Options))
        {
            await TestDevice.WriteAsync(first, 500 + random.Next(2_000));
            // From here on it is dead to the platform, in the middle of sending; its spool is copied in mid-writing.
            isCut = true;
            var writing = TestDevice.WriteAsync(first, 4_000);
            copy = CopyOfSpool();
            await writing;
        }

        isCut = false;
        await using (var second = platform.Connection.OpenGateway(device.Options with { SpoolDirectory = copy }))
        {
            Assert.InRange(second.NextSample, platform.Ingest.End, 4_000);
            await TestDevice.WriteAsync(second, 5_000);
            await second.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        }

        Directory.Delete(copy, recursive: true);
        TestDevice.AssertStored(platform.Ingest, 5_000);
        Assert.Empty(platform.Ingest.Gaps);
    }

    [Fact]
    public async Task After_a_loss_of_power_nothing_is_written_over_what_the_platform_has()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using (var gateway = platform.Connection.OpenGateway(device.Options))
        {
            await TestDevice.WriteAsync(gateway, 300);
            await Eventually.HoldsAsync(() => platform.Ingest.End == 300, "all durable");
        }

        // The disk had not been told of the last blocks.
        var segment = device.Spool.Files("*.spool")[^1];
        var kept = (await File.ReadAllBytesAsync(segment, Token))[..100];
        await File.WriteAllBytesAsync(segment, kept, Token);
        await using (var nowhere = TestDevice.Nowhere())
        await using (var away = nowhere.OpenGateway(device.Options))
        {
            Assert.Equal(0, away.NextSample);
            await TestDevice.WriteAsync(away, 200);
        }

        await using var back = platform.Connection.OpenGateway(device.Options);
        await back.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        Assert.Equal(500, platform.Ingest.End);
        var after = platform.Ingest.Blocks.Where(block => block.FirstSample >= 300).ToArray();
        Assert.Equal(200, after.Sum(block => block.SampleCount));
        Assert.Equal(300, after[0].FirstSample);
    }

    [Fact]
    public async Task A_full_spool_costs_the_oldest_samples_and_the_ledger_says_so()
    {
        var options = device.Options with { MaxSpoolBytes = 64 << 10 };
        await using (var nowhere = TestDevice.Nowhere())
        await using (var away = nowhere.OpenGateway(options))
        {
            await TestDevice.WriteAsync(away, 60_000);
            await away.FlushAsync(Token).WaitAsync(TestDevice.Patience, Token);
            Assert.True(away.Progress.LostSamples > 0);
        }

        await using var platform = await FakePlatform.StartAsync();
        await using var back = platform.Connection.OpenGateway(options);
        await TestDevice.WriteAsync(back, 61_000);
        await back.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 61_000);
        var gap = Assert.Single(platform.Ingest.Gaps);
        Assert.Equal((0L, V1.GapCause.SpoolOverflow), (gap.Range.StartSample, gap.Cause));
        await back.DisposeAsync();
        var told = device.Events.OfType<GapDeclared>().Sum(declared => declared.SampleCount);
        Assert.Equal(gap.Range.EndSample - gap.Range.StartSample, told);
    }

    [Fact]
    public async Task A_restarted_gateway_goes_on_under_its_epoch_unless_it_is_to_take_over()
    {
        await using var platform = await FakePlatform.StartAsync();
        foreach (var takeOver in new[] { false, false, true })
        {
            await using var gateway = platform.Connection.OpenGateway(device.Options with { TakeOver = takeOver });
            await TestDevice.WriteAsync(gateway, gateway.NextSample + 10);
            await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        }

        Assert.Equal(
            [V1.EpochPolicy.TakeOver, V1.EpochPolicy.SameEpoch, V1.EpochPolicy.TakeOver],
            platform.Ingest.Opens.Select(open => open.EpochPolicy)
        );
    }

    [Fact]
    public async Task A_spool_of_another_layout_is_refused_and_keeps_its_samples()
    {
        await using var nowhere = TestDevice.Nowhere();
        await using (var gateway = nowhere.OpenGateway(device.Options))
        {
            await TestDevice.WriteAsync(gateway, 1_000);
        }

        var halves = device.Options with { Descriptor = TestDevice.Descriptor(groups: 2) };
        var refused = Assert.Throws<DendriteException>(() => nowhere.OpenGateway(halves));
        Assert.Equal(ErrorReason.StreamLayoutMismatch, refused.Reason);
        await using var again = nowhere.OpenGateway(device.Options);
        Assert.Equal(1_000, again.NextSample);
    }

    [Fact]
    public async Task A_session_whose_mark_was_lost_with_the_power_lends_its_place_to_no_other()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using (var gateway = platform.Connection.OpenGateway(device.Options))
        {
            await TestDevice.WriteAsync(gateway, 300);
            await Eventually.HoldsAsync(() => platform.Ingest.End == 300, "all durable");
        }

        // The disk had been told of the segment's header and of nothing behind it.
        var segment = device.Spool.Files("*.spool")[^1];
        var kept = (await File.ReadAllBytesAsync(segment, Token))[..44];
        await File.WriteAllBytesAsync(segment, kept, Token);
        await using var back = platform.Connection.OpenGateway(device.Options);
        Assert.Equal(0, back.NextSample);
        await TestDevice.WriteAsync(back, 200);
        await back.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        Assert.Equal(500, platform.Ingest.End);
    }

    [Fact]
    public async Task What_was_spooled_is_appended_behind_the_samples_of_a_writer_that_came_between()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.Fault = (_, request) =>
            request.Block?.FirstSample >= 100 ? new(ErrorReason.Unavailable, "away") : null;
        await using (var first = platform.Connection.OpenGateway(device.Options))
        {
            await TestDevice.WriteAsync(first, 100);
            await Eventually.HoldsAsync(() => first.Progress.DurableSample == 100, "what comes first is durable");
            await TestDevice.WriteAsync(first, 150);
            first.Annotate(new V1.Annotation { StartSample = 150, Text = "between" });
            await TestDevice.WriteAsync(first, 200);
        }

        // Another writer took the stream over and wrote: this one's next epoch is not the one after its own.
        platform.Ingest.End = 500;
        platform.Ingest.Epoch = 9;
        var broken = false;
        platform.Ingest.Fault = (_, request) =>
            request.Block?.FirstSample >= 540 && !broken && (broken = true)
                ? new(ErrorReason.Unavailable, "once more")
                : null;
        await using var back = platform.Connection.OpenGateway(device.Options with { TakeOver = true });
        await TestDevice.WriteAsync(back, 250);
        await back.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        platform.Ingest.Blocks.RemoveAll(block => block.FirstSample < 100);
        foreach (var block in platform.Ingest.Blocks)
        {
            block.FirstSample -= 400;
        }

        Assert.Equal(650, platform.Ingest.End);
        Assert.Equal(Enumerable.Range(100, 150).Select(i => (long)i), platform.Ingest.Blocks.SelectMany(SamplesOf));
        Assert.All(platform.Ingest.Annotations, note => Assert.Equal(550, note.StartSample));
        Assert.NotEmpty(platform.Ingest.Annotations);
        await back.DisposeAsync();
        var displaced = Assert.Single(device.Events.OfType<Displaced>());
        Assert.Equal((100L, 500L), (displaced.FirstSample, displaced.StreamSample));
    }

    [Fact]
    public async Task An_annotation_that_is_durable_is_not_sent_again_whatever_breaks_and_whoever_goes_on()
    {
        await using var platform = await FakePlatform.StartAsync();
        string killed;
        await using (var first = platform.Connection.OpenGateway(device.Options))
        {
            first.Annotate(new V1.Annotation { StartSample = 0, Text = "blink" });
            await WriteDurableAsync(first, 100);
            killed = CopyOfSpool();
            await BreakAsync(first, platform.Ingest);
            first.Annotate(new V1.Annotation { StartSample = 110, Text = "before it ended" });
            await WriteDurableAsync(first, 200);
        }

        foreach (var directory in new[] { device.Spool.Path, killed })
        {
            await using var next = platform.Connection.OpenGateway(device.Options with { SpoolDirectory = directory });
            next.Annotate(new V1.Annotation { StartSample = 200, Text = "of another" });
            await next.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        }

        Directory.Delete(killed, recursive: true);
        Assert.Equal(
            ["blink", "before it ended", "of another", "of another"],
            platform.Ingest.Annotations.Select(note => note.Text)
        );
    }

    [Fact]
    public async Task After_a_kill_no_event_comes_again_that_was_durable_when_the_gateway_fell_quiet()
    {
        await using var platform = await FakePlatform.StartAsync();
        var options = device.Options with { FlushInterval = TimeSpan.FromMilliseconds(20) };
        string killed;
        await using (var first = platform.Connection.OpenGateway(options))
        {
            first.Annotate(new V1.Annotation { StartSample = 0, Text = "blink" });
            await WriteDurableAsync(first, 100);
            // Within the second in which the first one was noted.
            first.Annotate(new V1.Annotation { StartSample = 100, Text = "spike" });
            await WriteDurableAsync(first, 200);
            var path = Path.Combine(device.Spool.Path, "state.json");
            await Eventually.HoldsAsync(() => DurableEvents(path) == 2, "both are noted");
            killed = CopyOfSpool();
        }

        await using (var next = platform.Connection.OpenGateway(options with { SpoolDirectory = killed }))
        {
            await next.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        }

        Directory.Delete(killed, recursive: true);
        Assert.Equal(["blink", "spike"], platform.Ingest.Annotations.Select(note => note.Text));
    }

    private static long DurableEvents(string path)
    {
        using var state = JsonDocument.Parse(File.ReadAllText(path));
        return (uint)state.RootElement.GetProperty("durable_event").GetInt64();
    }

    [Fact]
    public async Task Annotations_of_a_spool_that_was_written_before_they_had_numbers_are_sent()
    {
        var state = """
            {"stream": "projects/lab/branches/b/streams/eeg", "layout": "LAYOUT", "epoch": 7, "origins": {"1": 0},
             "durable": {"counted": [0], "stored": [0]}}
            """.Replace("LAYOUT", ChannelGroupShape.Describe(device.Options.Descriptor));
        await File.WriteAllTextAsync(Path.Combine(device.Spool.Path, "state.json"), state, Token);
        using (var segment = SpoolSegment.Create(device.Spool.Path, new(1, Session: 0, [0])))
        {
            var message = new V1.AppendAnnotations();
            message.Annotations.Add(new V1.Annotation { StartSample = 0, Text = "of then" });
            segment.Append(BytesOf(new(SpoolKind.Session, SpoolRecord.AllGroups, 0, 1, default)));
            segment.Append(BytesOf(new(SpoolKind.Annotations, SpoolRecord.AllGroups, 0, 0, message.ToByteArray())));
        }

        await using var platform = await FakePlatform.StartAsync();
        await using var gateway = platform.Connection.OpenGateway(device.Options);
        gateway.Annotate(new V1.Annotation { StartSample = 0, Text = "of now" });
        await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        Assert.Equal(["of then", "of now"], platform.Ingest.Annotations.Select(note => note.Text));
    }

    private static byte[] BytesOf(SpoolRecord record)
    {
        var bytes = new byte[record.SizeBytes];
        record.Write(bytes);
        return bytes;
    }

    private static async Task WriteDurableAsync(SignalGateway gateway, long end)
    {
        await TestDevice.WriteAsync(gateway, end);
        await Eventually.HoldsAsync(() => gateway.Progress.DurableSample == end, $"durable up to {end}");
    }

    /// <summary>Ends the next message's call, and waits until another one was opened.</summary>
    private static async Task BreakAsync(SignalGateway gateway, FakeIngest ingest)
    {
        var opens = ingest.Opens.Count;
        ingest.Fault = (_, request) =>
            request.Open is null && ingest.Opens.Count == opens ? new(ErrorReason.Unavailable, "away") : null;
        await WriteDurableAsync(gateway, gateway.NextSample + 10);
    }

    private static IEnumerable<long> SamplesOf(V1.SampleBlock block) =>
        Enumerable.Range(0, block.SampleCount).Select(i => block.FirstSample + i);

    private string CopyOfSpool()
    {
        var copy = Directory.CreateTempSubdirectory("dendrite-client-copy-").FullName;
        foreach (var file in Directory.GetFiles(device.Spool.Path).Where(IsKept).Order())
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        }

        return copy;
    }

    private static bool IsKept(string file) => Path.GetExtension(file) is ".spool" or ".json";
}
