using Dendrite.Client.Gateways;
using Dendrite.Client.Spools;
using Dendrite.Errors;

namespace Dendrite.Client.Tests.Gateways;

/// <summary>A disk that takes nothing.</summary>
public sealed class GatewayDiskTests : IDisposable
{
    private readonly TestDevice device = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => device.Dispose();

    [Fact]
    public async Task What_a_full_disk_cost_at_the_end_is_declared_before_the_stream_is_finished()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var gateway = platform.Connection.OpenGateway(device.Options with { MaxSpoolBytes = 64 << 10 });
        var blocked = FillDisk();
        await TestDevice.WriteAsync(gateway, 20_000);
        await gateway.FlushAsync(Token);
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gateway.CompleteAsync(true, patience.Token));
        File.Delete(blocked);
        await gateway.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        TestDevice.AssertStored(platform.Ingest, 20_000);
        Assert.True(platform.Ingest.Finished);
        Assert.Equal(V1.GapCause.SpoolOverflow, platform.Ingest.Gaps[^1].Cause);
        await gateway.DisposeAsync();
        Assert.Contains(device.Events.OfType<GapDeclared>(), gap => gap.FirstSample + gap.SampleCount == 20_000);
    }

    [Fact]
    public async Task The_next_gateway_counts_on_from_the_end_of_all_that_a_full_disk_cost()
    {
        await using var platform = await FakePlatform.StartAsync();
        var options = device.Options with { MaxSpoolBytes = 64 << 10 };
        await using (var gateway = platform.Connection.OpenGateway(options))
        {
            var blocked = FillDisk();
            await TestDevice.WriteAsync(gateway, 20_000);
            await gateway.FlushAsync(Token);
            gateway.DeclareGap(100, V1.GapCause.Paused);
            await TestDevice.WriteAsync(gateway, 20_110);
            await gateway.FlushAsync(Token);
            File.Delete(blocked);
            await gateway.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);
        }

        await using var next = platform.Connection.OpenGateway(options);

        Assert.Equal(20_110, next.NextSample);
    }

    [Fact]
    public async Task What_is_noted_and_declared_while_the_disk_is_full_is_written_when_it_has_room()
    {
        await using var platform = await FakePlatform.StartAsync();
        var full = device.Options with { MaxSpoolBytes = 64 << 10 };
        await using (var gateway = platform.Connection.OpenGateway(full))
        {
            var blocked = FillDisk();
            await TestDevice.WriteAsync(gateway, 20_000);
            gateway.Annotate(new V1.Annotation { Text = "kept", StartSample = 19_999 });
            gateway.DeclareGap(100, V1.GapCause.Paused, "lunch");
            await TestDevice.WriteAsync(gateway, 20_110);
            gateway.Annotate(Enumerable.Repeat(new V1.Annotation { Text = new('x', 4_000) }, 3_000));
            gateway.Annotate(new V1.Annotation { Text = "last" });
            await gateway.FlushAsync(Token);
            File.Delete(blocked);
            await gateway.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token);
        }

        TestDevice.AssertStored(platform.Ingest, 20_110);
        Assert.Contains(platform.Ingest.Gaps, gap => gap.Cause == V1.GapCause.SpoolOverflow);
        var declared = Assert.Single(platform.Ingest.Gaps, gap => gap.Cause == V1.GapCause.Paused);
        Assert.Equal((20_000, 20_100), (declared.Range.StartSample, declared.Range.EndSample));
        Assert.Equal("lunch", declared.Note);
        var texts = platform.Ingest.Annotations.Select(note => note.Text).ToList();
        Assert.Equal(("kept", "last"), (texts[0], texts[^1]));
        var aside = device.Events.OfType<SetAside>().ToList();
        Assert.All(aside, told => Assert.Equal(ErrorReason.QuotaExceeded, told.Cause.Reason));
        Assert.InRange(aside.Sum(told => told.Annotations.Count), 500, 1_500);
        Assert.Equal(3_002, texts.Count + aside.Sum(told => told.Annotations.Count));
    }

    [Fact]
    public async Task What_was_noted_on_a_disk_that_stays_full_is_told()
    {
        // The first is longer than what is left of the first file; all are more than a host is kept events.
        string[] lost = [new string('x', 4_000), .. Enumerable.Range(0, 1_500).Select(i => $"note {i}")];
        await using var platform = await FakePlatform.StartAsync();
        await using (var gateway = platform.Connection.OpenGateway(device.Options with { MaxSpoolBytes = 64 << 10 }))
        {
            FillDisk();
            await TestDevice.WriteAsync(gateway, 20_000);
            foreach (var text in lost)
            {
                gateway.Annotate(new V1.Annotation { Text = text });
            }

            gateway.Anchor(
                new V1.TimeAnchor
                {
                    Sample = 5,
                    Instant = new() { Seconds = 1 },
                }
            );
        }

        var aside = device.Events.OfType<SetAside>().ToList();
        Assert.Equal(lost, aside.SelectMany(told => told.Annotations).Select(note => note.Text));
        Assert.Equal([5L], aside.SelectMany(told => told.Anchors).Select(anchor => anchor.Sample));
    }

    [Fact]
    public async Task A_gateway_that_ends_at_once_does_not_wait_for_a_full_disk()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var gateway = platform.Connection.OpenGateway(device.Options with { MaxSpoolBytes = 64 << 10 });
        FillDisk();
        await TestDevice.WriteAsync(gateway, 20_000);
        var completing = gateway.CompleteAsync(finish: true, Token);
        await gateway.DisposeAsync().AsTask().WaitAsync(TestDevice.Patience, Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => completing);
        Assert.False(platform.Ingest.Finished);
        Assert.NotEqual(GatewayState.Failed, gateway.Progress.State);
    }

    [Fact]
    public async Task A_gateway_that_gave_up_says_so_and_does_not_wait_for_a_full_disk()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var gateway = platform.Connection.OpenGateway(device.Options with { MaxSpoolBytes = 64 << 10 });
        FillDisk();
        await TestDevice.WriteAsync(gateway, 20_000);
        platform.Ingest.Fault = (_, _) => new(ErrorReason.WriterFenced, "a newer writer");
        gateway.Annotate(new V1.Annotation { Text = "the last" });
        var failure = await Assert.ThrowsAsync<DendriteException>(() =>
            gateway.CompleteAsync(finish: true, Token).WaitAsync(TestDevice.Patience, Token)
        );
        Assert.Equal(ErrorReason.WriterFenced, failure.Reason);
    }

    /// <summary>What the spool's first file does not hold, nothing holds; until the link returned is deleted.</summary>
    private string FillDisk()
    {
        var second = SpoolSegment.PathOf(device.Spool.Path, 2);
        File.CreateSymbolicLink(second, "/dev/full");
        return second;
    }
}
