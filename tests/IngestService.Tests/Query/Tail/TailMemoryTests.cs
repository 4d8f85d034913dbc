using Dendrite.IngestService.Query.Tail;
using Dendrite.IngestService.Streams;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Tests.Query.Tail;

/// <summary>What is held for readers, however slow they are: bounded.</summary>
public sealed class TailMemoryTests
{
    [Fact]
    public async Task A_reader_that_takes_nothing_is_offered_one_head_the_newest_and_knows_since_when()
    {
        var cursor = new TailCursor(firstLook: 1);
        for (var number = 1; number <= 1_000; number++)
        {
            cursor.Offer(Head(number), timestamp: number * 10);
        }

        var (head, since) = await cursor.TakeAsync(TestContext.Current.CancellationToken);
        Assert.Equal((1_000, 10), (head.Number, since));
        Assert.Null(cursor.TryTake(_ => true));
        cursor.Offer(head, 20_000);
        Assert.Null(cursor.TryTake(_ => true));
    }

    [Fact]
    public async Task What_is_offered_comes_before_why_nothing_more_does()
    {
        var cursor = new TailCursor(firstLook: 1);
        cursor.Offer(Head(1), 1);
        cursor.Fail(new InvalidOperationException("gone"));
        Assert.Equal(1, (await cursor.TakeAsync(TestContext.Current.CancellationToken)).Head.Number);
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            cursor.TakeAsync(TestContext.Current.CancellationToken)
        );
    }

    [Fact]
    public void Shared_steps_keep_within_their_bytes_and_give_only_what_is_whole()
    {
        var steps = new SharedSteps(maxBytes: 100);
        for (var number = 2; number <= 50; number++)
        {
            steps.Add(new(number, new(number, number + 1), [], [], Bytes: 30));
        }

        Assert.Equal(47, steps.Begins);
        Assert.Equal([48L, 49, 50], steps.Find(47, 50)!.Select(step => step.Number));
        Assert.Null(steps.Find(46, 50));
        Assert.Null(steps.Find(49, 51));
        steps.Add(null);
        Assert.Null(steps.Find(49, 50));
    }

    [Fact]
    public void Steps_that_hold_nothing_are_few_too()
    {
        var steps = new SharedSteps(maxBytes: 100);
        for (var number = 2; number <= 10_000; number++)
        {
            steps.Add(new(number, new(0, 0), [], [], Bytes: 0));
        }

        Assert.InRange(10_000 - steps.Begins!.Value, 1, 1_000);
    }

    private static TailHead Head(long number)
    {
        var channel = new SignalChannel("c", SampleType.Int16, 0);
        var descriptor = new SignalStreamDescriptor("eeg", new StreamRate(256, 1), 0, [channel]);
        var stream = new SignalStream(1, Guid.Empty, descriptor, new(number), Finished: false);
        return new(number, new(1), new BranchView(new(1), new(1), new(number), Snapshot.Empty), stream);
    }
}
