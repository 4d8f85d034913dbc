using Dendrite.Client.Appending;
using Dendrite.Client.Connection;
using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Client.Tests.Appending;

public sealed class SignalWriterTests
{
    private const int Channels = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(100, 100)]
    [InlineData(1, 7)]
    [InlineData(64, 1000)]
    public async Task Runs_of_any_length_arrive_as_they_were_written(int samplesPerBlock, int run)
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var writer = await OpenAsync(platform, samplesPerBlock);
        await WriteAsync(writer, 0, 1000, run);
        var closed = await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        Assert.True(closed.Finished);
        AssertStored(platform.Ingest, 1000);
        Assert.All(platform.Ingest.Blocks.SkipLast(1), block => Assert.Equal(samplesPerBlock, block.SampleCount));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(500)]
    public async Task Blocks_are_no_larger_than_the_platform_takes(int? samplesPerBlock)
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.MaxBlockBytes = 400;
        platform.Ingest.Fault = (call, request) =>
            call == 1 && request.Block?.FirstSample > 400 ? new(ErrorReason.Unavailable, "away") : null;
        await using var writer = await OpenAsync(platform, samplesPerBlock);
        // What is sent again goes to a replica that takes even less.
        platform.Ingest.MaxBlockBytes = 150;
        await WriteAsync(writer, 0, 1000, 30);
        var closed = await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        Assert.True(closed.Finished);
        AssertStored(platform.Ingest, 1000);
    }

    [Fact]
    public async Task Interleaved_samples_are_put_in_order()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var writer = await OpenAsync(platform, 50);
        var interleaved = new short[Channels * 120];
        for (var i = 0; i < interleaved.Length; i++)
        {
            interleaved[i] = SampleOf(i % Channels, i / Channels);
        }

        await writer.WriteInterleavedAsync(interleaved, Token);
        await writer.CompleteAsync(finish: false, Token).WaitAsync(Patience, Token);
        AssertStored(platform.Ingest, 120);
    }

    [Fact]
    public async Task A_call_that_breaks_again_and_again_is_resumed_where_the_service_stands()
    {
        await using var platform = await FakePlatform.StartAsync();
        var taken = 0;
        platform.Ingest.Fault = (_, request) =>
            request.Block is not null && ++taken % 4 == 0 ? new(ErrorReason.Unavailable, "away") : null;
        List<WriterProgress> progress = [];
        await using var writer = await OpenAsync(platform, 10, progress.Add);
        await WriteAsync(writer, 0, 1000, 30);
        await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        AssertStored(platform.Ingest, 1000);
        Assert.True(writer.Progress.Reconnects > 10);
        Assert.Equal(progress.Select(step => step.DurableSample).Order(), progress.Select(step => step.DurableSample));
        Assert.Equal(1000, progress[^1].DurableSample);
    }

    [Fact]
    public async Task Acknowledgements_that_were_lost_do_not_make_the_writer_store_anything_twice()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.Acknowledges = () => platform.Ingest.Opens.Count > 1;
        platform.Ingest.Fault = (call, request) =>
            call == 1 && request.Block?.FirstSample == 90 ? new(ErrorReason.Unavailable, "away") : null;
        await using var writer = await OpenAsync(platform, 10);
        await WriteAsync(writer, 0, 200, 10);
        await writer.CompleteAsync(finish: false, Token).WaitAsync(Patience, Token);
        AssertStored(platform.Ingest, 200);
        Assert.Equal(20, platform.Ingest.Blocks.Count);
    }

    [Fact]
    public async Task Later_calls_go_on_under_the_first_ones_epoch()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.Fault = (call, request) =>
            call == 1 && request.Block is not null ? new(ErrorReason.Unavailable, "away") : null;
        await using var writer = await OpenAsync(platform, 10);
        await WriteAsync(writer, 0, 20, 10);
        await writer.CompleteAsync(finish: false, Token).WaitAsync(Patience, Token);
        var opens = platform.Ingest.Opens;
        Assert.Equal(V1.EpochPolicy.TakeOver, opens[0].EpochPolicy);
        Assert.Equal((V1.EpochPolicy.SameEpoch, 7), (opens[1].EpochPolicy, opens[1].Epoch));
    }

    [Theory]
    [InlineData(ErrorReason.InvalidArgument)]
    [InlineData(ErrorReason.WriterFenced)]
    [InlineData(ErrorReason.BlockContradiction)]
    [InlineData(ErrorReason.PermissionDenied)]
    public async Task What_does_not_pass_by_itself_is_not_tried_again(ErrorReason reason)
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.Fault = (_, request) => request.Block is null ? null : new(reason, "never");
        await using var writer = await OpenAsync(platform, 10);
        var failure = await Assert.ThrowsAsync<DendriteException>(async () =>
        {
            await WriteAsync(writer, 0, 100, 10);
            await writer.CompleteAsync(finish: false, Token).WaitAsync(Patience, Token);
        });
        Assert.Equal(reason, failure.Reason);
        Assert.Single(platform.Ingest.Opens);
    }

    [Fact]
    public async Task Writing_waits_while_the_window_is_full()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.MaxBytesInFlight = 4_000;
        platform.Ingest.Acknowledges = () => false;
        await using var writer = await OpenAsync(platform, 100);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writing = WriteAsync(writer, 0, 100_000, 100, stop.Token);
        var first = await Task.WhenAny(writing, Task.Delay(TimeSpan.FromMilliseconds(200), Token));
        Assert.NotSame(writing, first);
        Assert.InRange(writer.NextSample, 100, 20_000);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing);
    }

    [Fact]
    public async Task A_write_that_was_cancelled_while_it_waited_loses_nothing()
    {
        await using var platform = await FakePlatform.StartAsync();
        var gate = new TaskCompletionSource();
        platform.Ingest.MaxBytesInFlight = 400;
        platform.Ingest.Gate = gate.Task;
        await using var writer = await OpenAsync(platform, 100);
        var brief = TimeSpan.FromMilliseconds(100);
        await RequireCancelledAsync(token => WriteAsync(writer, 0, 100_000, 70, token));
        await RequireCancelledAsync(writer.FlushAsync);
        await RequireCancelledAsync(token => writer.CompleteAsync(finish: true, token));
        var next = writer.NextSample;
        gate.SetResult();
        await WriteAsync(writer, (int)next, 2_000, 70);
        await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        AssertStored(platform.Ingest, 2_000);

        async Task RequireCancelledAsync(Func<CancellationToken, Task> waiting)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
            stop.CancelAfter(brief);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting(stop.Token));
        }
    }

    [Fact]
    public async Task A_close_says_where_the_recording_ends()
    {
        await using var platform = await FakePlatform.StartAsync();
        List<V1.AppendClose> closes = [];
        platform.Ingest.Fault = (_, request) =>
        {
            closes.AddRange(request.Close is { } close ? [close] : []);
            return null;
        };
        await using var writer = await OpenAsync(platform, 10);
        await WriteAsync(writer, 0, 55, 10);
        await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        Assert.Equal(55, Assert.Single(closes).EndSample);
    }

    [Fact]
    public async Task A_platform_that_only_opens_streams_is_given_up()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.Fault = (_, request) => request.Block is null ? null : new(ErrorReason.Unavailable, "away");
        await using var connection = Impatient(platform, TimeSpan.FromMilliseconds(200));
        await using var writer = await OpenAsync(connection, 10);
        var failure = await Assert.ThrowsAsync<DendriteException>(async () =>
        {
            await WriteAsync(writer, 0, 10, 10);
            await writer.CompleteAsync(finish: false, Token).WaitAsync(Patience, Token);
        });
        Assert.Equal(ErrorReason.Unavailable, failure.Reason);
    }

    [Fact]
    public async Task A_writer_that_had_nothing_to_send_for_long_has_all_its_patience_left()
    {
        await using var platform = await FakePlatform.StartAsync();
        var patience = TimeSpan.FromMilliseconds(500);
        await using var connection = Impatient(platform, patience);
        await using var writer = await OpenAsync(connection, 10);
        await WriteAsync(writer, 0, 10, 10);
        await Task.Delay(patience * 1.2, Token);
        var failures = 0;
        platform.Ingest.Fault = (_, _) => ++failures < 4 ? new(ErrorReason.Unavailable, "away") : null;
        await WriteAsync(writer, 10, 20, 10);
        await writer.CompleteAsync(finish: false, Token).WaitAsync(Patience, Token);
        AssertStored(platform.Ingest, 20);
    }

    [Fact]
    public async Task A_last_word_that_was_lost_is_made_up_for()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Ingest.LosesLastWord = call => call == 1;
        await using var writer = await OpenAsync(platform, 10);
        await WriteAsync(writer, 0, 50, 10);
        var closed = await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        Assert.True(closed.Finished);
        Assert.Equal(50, closed.ThroughSample);
        AssertStored(platform.Ingest, 50);
    }

    [Fact]
    public async Task A_gap_stands_between_the_samples_around_it()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var writer = await OpenAsync(platform, 100);
        await WriteAsync(writer, 0, 30, 30);
        await writer.WriteGapAsync(20, V1.GapCause.Paused, "a break", Token);
        Assert.Equal(50, writer.NextSample);
        await WriteAsync(writer, 50, 60, 10);
        await writer.CompleteAsync(finish: false, Token).WaitAsync(Patience, Token);
        Assert.Equal(
            [(0L, 30), (50L, 10)],
            platform.Ingest.Blocks.Select(block => (block.FirstSample, block.SampleCount))
        );
        Assert.Equal((30L, 50L), (platform.Ingest.Gaps[0].Range.StartSample, platform.Ingest.Gaps[0].Range.EndSample));
    }

    [Fact]
    public async Task What_is_written_behind_the_end_is_refused_and_not_lost_in_silence()
    {
        await using var platform = await FakePlatform.StartAsync();
        await using var writer = await OpenAsync(platform, 10);
        await WriteAsync(writer, 0, 25, 25);
        await writer.CompleteAsync(finish: false, Token).WaitAsync(Patience, Token);
        Func<Task>[] late =
        [
            () => WriteAsync(writer, 25, 26, 1),
            () => writer.WriteGapAsync(5, V1.GapCause.Paused, "", Token),
            () => writer.WriteAnnotationsAsync([new() { Text = "late" }], Token),
            () => writer.WriteTimeAnchorsAsync([new() { Instant = new Timestamp { Seconds = 1 } }], Token),
            () => writer.FlushAsync(Token),
        ];
        foreach (var write in late)
        {
            await Assert.ThrowsAsync<ObjectDisposedException>(write);
        }

        Assert.Equal(25, writer.NextSample);
        await writer.CompleteAsync(finish: false, Token).WaitAsync(Patience, Token);
        AssertStored(platform.Ingest, 25);
    }

    [Fact]
    public async Task A_writer_may_be_disposed_of_twice()
    {
        await using var platform = await FakePlatform.StartAsync();
        var writer = await OpenAsync(platform, 10);
        await writer.DisposeAsync();
        await writer.DisposeAsync();
    }

    [Fact]
    public async Task What_ends_the_opening_does_not_end_the_first_call()
    {
        await using var platform = await FakePlatform.StartAsync();
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using var writer = await OpenAsync(platform, 10, cancellation: opening.Token);
        await opening.CancelAsync();
        await WriteAsync(writer, 0, 100, 10);
        await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        AssertStored(platform.Ingest, 100);
        Assert.Single(platform.Ingest.Opens);
    }

    [Fact]
    public async Task A_platform_that_stays_away_is_reported_in_the_end()
    {
        await using var connection = new DendriteConnection(
            new()
            {
                IngestAddresses = ["http://127.0.0.1:1"],
                ApiKey = "dk_test_0123456789abcdef",
                Retry = new()
                {
                    FirstDelay = TimeSpan.FromMilliseconds(1),
                    GiveUpAfter = TimeSpan.FromMilliseconds(50),
                },
            }
        );
        var options = new WriterOptions { Stream = "projects/p/branches/b/streams/s", Descriptor = Descriptor() };
        var failure = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() =>
            connection.OpenWriterAsync(options, Token)
        );
        Assert.Equal(Grpc.Core.StatusCode.Unavailable, failure.StatusCode);
    }

    private static DendriteConnection Impatient(FakePlatform platform, TimeSpan giveUpAfter) =>
        new(
            platform.Connection.Options with
            {
                Retry = platform.Connection.Options.Retry with { GiveUpAfter = giveUpAfter },
            }
        );

    private static Task<SignalWriter> OpenAsync(
        FakePlatform platform,
        int? samplesPerBlock,
        Action<WriterProgress>? onProgress = null,
        CancellationToken? cancellation = null
    ) => OpenAsync(platform.Connection, samplesPerBlock, onProgress, cancellation);

    private static Task<SignalWriter> OpenAsync(
        DendriteConnection connection,
        int? samplesPerBlock,
        Action<WriterProgress>? onProgress = null,
        CancellationToken? cancellation = null
    ) =>
        connection.OpenWriterAsync(
            new()
            {
                Stream = "projects/lab/branches/b/streams/eeg",
                Descriptor = Descriptor(),
                SamplesPerBlock = samplesPerBlock,
                OnProgress = onProgress,
            },
            cancellation ?? Token
        );

    private static V1.SignalStream Descriptor()
    {
        var stream = new V1.SignalStream
        {
            NominalRate = new() { Samples = 100, Seconds = 1 },
            StartTime = new Timestamp { Seconds = 1 },
        };
        for (var i = 0; i < Channels; i++)
        {
            stream.Channels.Add(new V1.SignalChannel { Label = $"c{i}", SampleType = V1.SampleType.Int16 });
        }

        return stream;
    }

    private static async Task WriteAsync(
        SignalWriter writer,
        int first,
        int end,
        int run,
        CancellationToken? cancellation = null
    )
    {
        for (var start = first; start < end; start += run)
        {
            await writer.WriteAsync(Samples(start, Math.Min(run, end - start)), cancellation ?? Token);
        }
    }

    private static short[] Samples(long first, int count)
    {
        var planar = new short[Channels * count];
        for (var i = 0; i < planar.Length; i++)
        {
            planar[i] = SampleOf(i / count, first + (i % count));
        }

        return planar;
    }

    private static short SampleOf(int channel, long sample) => (short)((sample * 31 % 500) + (channel * 1000));

    private static void AssertStored(FakeIngest ingest, long end)
    {
        Assert.Equal(end, ingest.End);
        foreach (var stored in ingest.Blocks)
        {
            var samples = new short[Channels * stored.SampleCount];
            Dendrite.Signals.Blocks.SampleBlock.Open(stored.Payload.Span).Decode(samples);
            Assert.Equal(Samples(stored.FirstSample, stored.SampleCount), samples);
        }
    }
}
