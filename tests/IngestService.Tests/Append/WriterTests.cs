using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Append;

public sealed class WriterTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task The_older_of_two_writers_is_fenced_and_the_newer_goes_on()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (older, _) = await Gateway.OpenAsync(fixture, stream);
        using var _1 = older;
        await older.SendAsync(Recording.Block(0, 100));
        await older.HearUntilAsync(100);
        var (newer, resumed) = await Gateway.OpenAsync(fixture, stream);
        using var _2 = newer;
        Assert.Equal(100, resumed.NextSample);
        await older.SendAsync(Recording.Encoded(100, 10, Recording.Samples(555, 10)));
        var (code, reason, message) = await older.HearFailureAsync();
        Assert.Equal(StatusCode.Aborted, code);
        Assert.Equal(ErrorReason.WriterFenced, reason);
        Assert.Contains($"epoch {resumed.Epoch}", message, StringComparison.Ordinal);
        await newer.SendAsync(Recording.Block(100, 10));
        await newer.CloseAsync();
        await fixture.AssertHoldsAsync(stream, 110);
    }

    [Fact]
    public async Task A_writer_may_go_on_under_its_epoch_until_another_one_came()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (first, opened) = await Gateway.OpenAsync(fixture, stream);
        first.Dispose();
        var same = Open(stream, V1.EpochPolicy.SameEpoch, opened.Epoch);
        using (var again = Gateway.Connect(fixture))
        {
            await again.SendAsync(same);
            Assert.Equal(opened.Epoch, (await again.HearAsync()).Opened.Epoch);
        }

        var (other, _) = await Gateway.OpenAsync(fixture, stream);
        other.Dispose();
        using var late = Gateway.Connect(fixture);
        await late.SendAsync(same);
        Assert.Equal(ErrorReason.WriterFenced, (await late.HearFailureAsync()).Reason);
    }

    [Fact]
    public async Task A_modest_writer_waits_until_the_stream_is_free()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (holder, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = holder;
        var modest = Open(stream, V1.EpochPolicy.IfFree);
        using (var early = Gateway.Connect(fixture))
        {
            await early.SendAsync(modest);
            Assert.Equal(ErrorReason.WriterActive, (await early.HearFailureAsync()).Reason);
        }

        await holder.CloseAsync();
        using var later = Gateway.Connect(fixture);
        await later.SendAsync(modest);
        Assert.NotNull((await later.HearAsync()).Opened);
    }

    [Fact]
    public async Task A_writer_that_is_gone_since_a_clock_was_ahead_keeps_nobody_out_until_then()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (holder, opened) = await Gateway.OpenAsync(fixture, stream);
        using var __ = holder;
        Assert.Equal(
            1,
            await fixture.CountAsync(
                $"UPDATE signals.writer SET open_until = now() + interval '1 day' WHERE epoch = {opened.Epoch} "
                    + "RETURNING 1::bigint"
            )
        );

        using var modest = Gateway.Connect(fixture);
        await modest.SendAsync(Open(stream, V1.EpochPolicy.IfFree));

        Assert.NotNull((await modest.HearAsync()).Opened);
    }

    [Fact]
    public async Task Two_writers_at_one_time_that_create_the_stream_create_one()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var opened = await Task.WhenAll(
            Enumerable.Range(0, 6).Select(async _ => (await Gateway.OpenAsync(fixture, stream)).Opened)
        );
        Assert.Single(opened, answer => answer.Created);
        Assert.Equal(6, opened.Select(answer => answer.Epoch).Distinct().Count());
    }

    /// <summary>
    /// Else what it did not send yet would count as what the other one stored, which begins at the same samples.
    /// </summary>
    [Fact]
    public async Task A_writer_of_a_stream_that_was_deleted_is_none_of_the_one_that_took_its_name()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (first, opened) = await Gateway.OpenAsync(fixture, stream);
        await first.SendAsync(Recording.Block(0, 100));
        await first.CloseAsync();
        first.Dispose();
        await fixture.Ingest.DeleteStreamAsync(new() { Name = stream }, IngestFixture.Options);
        var (other, made) = await Gateway.OpenAsync(fixture, stream);
        await other.SendAsync(Recording.Encoded(0, 300, Recording.Samples(555, 300)));
        await other.CloseAsync();
        other.Dispose();

        using var late = Gateway.Connect(fixture);
        await late.SendAsync(Open(stream, V1.EpochPolicy.SameEpoch, opened.Epoch));

        Assert.True(made.Created);
        Assert.Equal(ErrorReason.WriterFenced, (await late.HearFailureAsync()).Reason);
    }

    /// <summary>
    /// Else a gateway that did not hear the first answer takes its own epoch for one that another writer had between,
    /// and what it stored before for that one's.
    /// </summary>
    [Theory]
    [InlineData(V1.EpochPolicy.TakeOver)]
    [InlineData(V1.EpochPolicy.IfFree)]
    public async Task Who_did_not_hear_that_the_stream_is_theirs_asks_again_and_gets_the_same_epoch(
        V1.EpochPolicy policy
    )
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (before, first) = await Gateway.OpenAsync(fixture, stream);
        await before.CloseAsync();
        before.Dispose();
        var open = Open(stream, policy);
        open.Open.RequestId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        using var unheard = Gateway.Connect(fixture);
        await unheard.SendAsync(open);
        Assert.Equal(first.Epoch + 1, (await unheard.HearAsync()).Opened.Epoch);

        using (var again = Gateway.Connect(fixture))
        {
            await again.SendAsync(open);
            Assert.Equal(first.Epoch + 1, (await again.HearAsync()).Opened.Epoch);
            await again.SendAsync(Recording.Block(0, 100));
            await again.CloseAsync();
        }

        var (other, taken) = await Gateway.OpenAsync(fixture, stream);
        await other.CloseAsync();
        other.Dispose();
        using var late = Gateway.Connect(fixture);
        await late.SendAsync(open);
        Assert.Equal((first.Epoch + 2, first.Epoch + 3), (taken.Epoch, (await late.HearAsync()).Opened.Epoch));
        await fixture.AssertHoldsAsync(stream, 100);
    }

    /// <summary>Whoever appends has heard that the stream is theirs, and does not ask again.</summary>
    [Fact]
    public async Task Of_two_writers_that_ask_under_one_id_the_older_is_fenced_once_it_has_appended()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (maker, _) = await Gateway.OpenAsync(fixture, stream);
        maker.Dispose();
        var open = Open(stream, V1.EpochPolicy.TakeOver);
        open.Open.RequestId = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
        using var older = Gateway.Connect(fixture);
        await older.SendAsync(open);
        var first = (await older.HearAsync()).Opened;
        await older.SendAsync(Recording.Block(0, 100));
        await older.HearUntilAsync(100);

        using var newer = Gateway.Connect(fixture);
        await newer.SendAsync(open);
        Assert.Equal(first.Epoch + 1, (await newer.HearAsync()).Opened.Epoch);
        await older.SendAsync(Recording.Block(100, 10));
        Assert.Equal(ErrorReason.WriterFenced, (await older.HearFailureAsync()).Reason);
        using var again = Gateway.Connect(fixture);
        await again.SendAsync(Open(stream, V1.EpochPolicy.SameEpoch, first.Epoch));
        Assert.Equal(ErrorReason.WriterFenced, (await again.HearFailureAsync()).Reason);
    }

    /// <summary>The statement is that of docs/backups.md.</summary>
    [Fact]
    public async Task In_a_database_that_was_set_back_no_epoch_is_that_of_a_writer_from_before()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (before, opened) = await Gateway.OpenAsync(fixture, stream);
        before.Dispose();
        var (lost, last) = await Gateway.OpenAsync(fixture, stream);
        lost.Dispose();
        var row = $"WHERE epoch = {last.Epoch} RETURNING 1::bigint";
        Assert.Equal(1, await fixture.CountAsync($"UPDATE signals.writer SET epoch = {opened.Epoch} {row}"));

        await fixture.CountAsync(
            """
            UPDATE signals.writer
            SET epoch = greatest(epoch + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
            RETURNING 1::bigint
            """
        );
        var (other, _) = await Gateway.OpenAsync(fixture, stream);
        other.Dispose();
        using var late = Gateway.Connect(fixture);
        await late.SendAsync(Open(stream, V1.EpochPolicy.SameEpoch, last.Epoch));

        Assert.Equal(ErrorReason.WriterFenced, (await late.HearFailureAsync()).Reason);
    }

    [Fact]
    public async Task Who_is_refused_keeps_nobody_out()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var options = new V1.CreateStreamRequest { Stream = Recording.Descriptor() };
        var name = Contracts.Names.StreamName.Parse(stream, "stream");
        (options.Parent, options.StreamId) = (name.Parent.ToString(), name.Stream);
        await fixture.Ingest.CreateStreamAsync(options, IngestFixture.Options);
        using (var refused = Gateway.Connect(fixture))
        {
            await refused.SendAsync(Open(stream, V1.EpochPolicy.SameEpoch, epoch: 1));
            Assert.Equal(ErrorReason.WriterFenced, (await refused.HearFailureAsync()).Reason);
        }

        using var modest = Gateway.Connect(fixture);
        await modest.SendAsync(Open(stream, V1.EpochPolicy.IfFree));
        Assert.NotNull((await modest.HearAsync()).Opened);
    }

    private static V1.AppendRequest Open(string stream, V1.EpochPolicy policy, long? epoch = null)
    {
        var open = new V1.AppendOpen { Stream = stream, EpochPolicy = policy };
        if (epoch is { } known)
        {
            open.Epoch = known;
        }

        return new() { Open = open };
    }
}
