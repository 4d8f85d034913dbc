using Dendrite.Client.Spools;

namespace Dendrite.Client.Tests.Spools;

public sealed class SpoolStateFileTests : IDisposable
{
    private const int Rounds = 100;

    private readonly TempDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task What_a_link_and_a_timer_save_at_once_is_both_kept()
    {
        var state = Open();
        using var together = new Barrier(2);

        await Task.WhenAll(
            EachRoundAsync(together, round => state.Change(known => known with { Epoch = round })),
            EachRoundAsync(together, round => state.Remember(new(new(1, round), [round], [round], round)))
        );

        var kept = Open().State;
        Assert.Equal((Rounds, Rounds), (kept.Epoch, kept.DurableEvent));

        Task EachRoundAsync(Barrier barrier, Action<int> save) =>
            Task.Run(() =>
            {
                try
                {
                    for (var round = 1; round <= Rounds; round++)
                    {
                        barrier.SignalAndWait();
                        save(round);
                        var (epoch, durable) = (state.State.Epoch ?? 0, state.State.DurableEvent);
                        Assert.True(epoch >= round - 1 && durable >= round - 1, $"{round}: {epoch}, {durable}");
                    }
                }
                finally
                {
                    barrier.RemoveParticipant();
                }
            });
    }

    private SpoolStateFile Open() => SpoolStateFile.Open(directory.Path, "projects/p/branches/b/streams/s", "layout");
}
