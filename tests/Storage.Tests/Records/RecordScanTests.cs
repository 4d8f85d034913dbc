using Dendrite.Fixtures.Postgres;

namespace Dendrite.Storage.Tests.Records;

public sealed class RecordScanTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_scan_that_is_left_early_gives_its_connection_back_in_good_order()
    {
        var lab = await RecordLab.CreateAsync(database, "early");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", [.. Enumerable.Range(0, 20_000).Select(i => lab.Put($"k{i}", new('x', 500)))]);
        var view = await lab.ViewAsync("trial");

        for (var round = 0; round < 3; round++)
        {
            await foreach (var record in lab.Reader.ScanAsync(view, new(lab.Dataset), Token))
            {
                Assert.NotNull(record.Document);
                break;
            }
        }

        Assert.Equal(20_000, await lab.Reader.CountAsync(view, new(lab.Dataset), Token));
    }

    [Fact]
    public async Task A_scan_keeps_no_row_that_it_has_given()
    {
        const int Rows = 100_000;
        var lab = await RecordLab.CreateAsync(database, "bounded");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", [.. Enumerable.Range(0, Rows).Select(i => lab.Put($"k{i}", new('x', 500)))]);
        var view = await lab.ViewAsync("trial");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var (count, most) = (0, 0L);
        await foreach (var record in lab.Reader.ScanAsync(view, new(lab.Dataset), Token))
        {
            // Live memory after what is dead is gone, now and then: 100,000 rows of 500 bytes would show.
            if (count++ % 10_000 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        Assert.Equal(Rows, count);
        Assert.True(most < 10 << 20, $"A scan of {Rows} rows held {most:N0} bytes.");
    }
}
