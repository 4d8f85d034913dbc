using Dendrite.Client.Gateways;

namespace Dendrite.Client.Tests.Gateways;

public sealed class SampleBufferTests
{
    private const int MaxBytes = 100;

    private readonly SampleBuffer buffer = new(MaxBytes, groupCount: 1);

    [Fact]
    public async Task Samples_that_come_when_nothing_is_taken_any_more_are_refused_and_take_no_room()
    {
        buffer.Complete();

        Assert.False(buffer.TryAdd(0, new byte[MaxBytes]));

        await buffer
            .WaitForRoomAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TestDevice.Patience, TestContext.Current.CancellationToken);
        Assert.False(buffer.TryTake(out _));
    }

    [Fact]
    public async Task What_was_refused_is_told_once_by_whoever_is_first()
    {
        for (var round = 0; round < 2_000; round++)
        {
            var racing = new SampleBuffer(MaxBytes, groupCount: 1);
            racing.Refuse(0, 5);
            using var together = new Barrier(2);
            await Task.WhenAll(
                Task.Run(() => AtOnce(together, racing.Complete)),
                Task.Run(() => AtOnce(together, () => racing.TryAdd(0, new byte[2])))
            );

            var told = 0L;
            while (racing.TryTake(out var item))
            {
                told += item.Refused;
            }

            Assert.Equal(5, told);
        }
    }

    private static void AtOnce(Barrier together, Action what)
    {
        together.SignalAndWait();
        what();
    }
}
