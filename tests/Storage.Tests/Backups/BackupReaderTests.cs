using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Tests.Records;

namespace Dendrite.Storage.Tests.Backups;

/// <summary>A backup of hours holds no statement open for hours.</summary>
public sealed class BackupReaderTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a-quick-one", 0, 1)]
    [InlineData("a-slow-one", 2, 4)]
    public async Task Each_row_comes_once_and_in_order_however_often_a_statement_gives_way_to_the_next(
        string project,
        int minutesARow,
        int statements
    )
    {
        var lab = await RecordLab.CreateAsync(database, project);
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("a", "1"), lab.Put("b", "1"), lab.Put("c", "1"));
        await lab.CommitAsync("trial", lab.Put("a", "2"));
        await lab.CommitAsync("trial", lab.Delete("b"), lab.Put("d", "1"));
        var last = await lab.CommitAsync("trial", lab.Put("a", "3"));
        var reader = new BackupReader(new(database.Scheduler), new LeapingTime(TimeSpan.FromMinutes(minutesARow)));
        var timeline = (await lab.HeadAsync("trial")).Timeline;

        var versions = new List<long>();
        var begun = new HashSet<DateTime>();
        await foreach (var row in reader.ReadAsync(lab.Lab.Project, "records.row", timeline, last.Version, Token))
        {
            versions.Add(row.Version);
            begun.Add(await BeginOfStatementAsync());
        }

        // Three rows of the first commit are read by one statement: it ends only between commits.
        Assert.Equal([3, 1, 2, 1], versions.CountBy(version => version).Select(each => each.Value));
        Assert.Equal(versions.Order(), versions);
        Assert.Equal(statements, begun.Count);
    }

    private async Task<DateTime> BeginOfStatementAsync()
    {
        await using var command = database.Owner.CreateCommand(
            """
            SELECT max(xact_start) FROM pg_stat_activity
            WHERE datname = current_database() AND state <> 'idle' AND query LIKE '%records.row AS stored%'
                AND pid <> pg_backend_pid()
            """
        );
        return (DateTime)(await command.ExecuteScalarAsync(Token))!;
    }

    /// <summary>So much passes between two looks at it.</summary>
    private sealed class LeapingTime(TimeSpan leap) : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now += leap.Ticks;
    }
}
