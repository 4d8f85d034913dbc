using Dendrite.Checks.Assertions;
using Dendrite.ComparisonService.Tests.Records;
using Dendrite.Storage;
using Dendrite.Storage.Assertions;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dendrite.ComparisonService.Tests.Quality;

/// <summary>Assertions whose time passes while they read, inside a transaction that has more to do.</summary>
public sealed class TimedOutAssertionTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_transaction_whose_assertions_ran_out_of_time_can_be_read_on()
    {
        var records = new RecordBench(lab, "limit");
        await records.ForkAsync("data");
        await records.CreateDatasetAsync("data");
        await records.PutAsync("data", ("s1", 30, "x"), ("s2", 40, "y"));
        var services = lab.App.Services;
        var database = services.GetRequiredService<PlatformDatabase>();
        var (datasets, reader) = (
            services.GetRequiredService<DatasetStore>(),
            services.GetRequiredService<RecordReader>()
        );
        var seen = await new SnapshotReader(database).ReadAsync(lab.Project, "limit-data", SnapshotPoint.Head, Token);
        await using var session = await database.BeginAsync(lab.Project, Token);
        var view = new RecordView(lab.Project, seen.Snapshot) { Session = session };
        var options = Options.Create(new AssertionOptions { RunTimeout = TimeSpan.FromSeconds(1) });
        var sandbox = services.GetRequiredService<AssertionSandbox>();
        var checks = new AssertionChecks(sandbox, datasets, reader, options, TimeProvider.System);
        AssertionRecord assertion = new(default, "any", Guid.Empty, "SELECT id FROM subject") { Revision = 0 };

        await using (var held = await lab.Database.Owner.OpenConnectionAsync(Token))
        {
            await using var transaction = await held.BeginTransactionAsync(Token);
            await using var command = held.CreateCommand();
            command.CommandText = "LOCK TABLE records.row IN ACCESS EXCLUSIVE MODE";
            await command.ExecuteNonQueryAsync(Token);
            var outcome = Assert.Single(await checks.RunAsync(view, [assertion], Token));
            Assert.Equal("was not reached in the 1 s that all may take", outcome.Problem);
        }

        var dataset = Assert.Single(await datasets.ListNamedAsync(view, ["subject"], Token));
        var count = 0;
        await foreach (var _ in reader.ScanCellsAsync(view, new(dataset.Id), [1], Token))
        {
            count++;
        }

        Assert.Equal(2, count);
    }
}
